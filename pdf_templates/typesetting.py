"""From the values of a paper to the one self-contained HTML page that the engine prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, zip_longest
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pdf_templates.moments import Clockface
from pdf_templates.paper import ColumnPaper, DeclinePaper, EntryPaper, JournalPaper, SlotPaper, StampPaper
from pdf_templates.sheet_plan import SheetPlan, column_widths, fits
from pdf_templates.wording import words

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.tests["stamp"] = lambda place: isinstance(place, StampPaper)
TEMPLATES.tests["decline"] = lambda place: isinstance(place, DeclinePaper)

SignaturePlace = StampPaper | SlotPaper | DeclinePaper


@dataclass(frozen=True)
class Section:
    """Neighbouring entries of one form: one table with its own head."""

    columns: tuple[ColumnPaper, ...]
    widths_mm: list[float]
    entries: tuple[EntryPaper, ...]


def journal_html(paper: JournalPaper, plan: SheetPlan, nonce: str) -> str:
    """The journal on sheets laid as `plan` says.

    :param nonce: lets our own script and style run, and nothing else; also marks the script's word to the engine
    :raises ValueError: if a moment has no time zone
    :raises zoneinfo.ZoneInfoNotFoundError: if the object's time zone is unknown
    """
    clock = Clockface(paper.time_zone, paper.language)
    return TEMPLATES.get_template("journal.html").render(
        paper=paper,
        plan=plan,
        sections=_sections(paper, plan),
        nonce=nonce,
        say=words(paper.language),
        moment=clock.moment,
        day=clock.day,
        fits=fits,
        qr_code=qr_code,
        signature_rows=signature_rows,
    )


def signature_rows(entry: EntryPaper) -> list[tuple[SignaturePlace | None, SignaturePlace | None]]:
    """The places of signatures side by side, the operator's left and the subscriber's right: first what counts for
    this revision (signed, declined, awaited), then what a change or an annulment has taken away."""
    current: list[SignaturePlace] = [stamp for stamp in entry.stamps if stamp.standing == "CURRENT"]
    former: list[SignaturePlace] = [stamp for stamp in entry.stamps if stamp.standing != "CURRENT"]
    return [
        row
        for places in ([*current, *entry.declines, *entry.awaiting], former)
        for row in zip_longest(_of_side("OPERATOR", places), _of_side("SUBSCRIBER", places))
    ]


def qr_code(address: str) -> Markup:
    """The address as a QR code (ISO/IEC 18004): inline vector graphics with the quiet zone of four modules."""
    # Weighing all eight masks takes most of a long journal's time, and a reader undoes any of them.
    return Markup(segno.make_qr(address, error="m", mask=2).svg_inline(border=4, omitsize=True))  # noqa: S704


def _of_side(side: str, places: Sequence[SignaturePlace]) -> list[SignaturePlace]:
    return [place for place in places if place.side == side]


def _sections(paper: JournalPaper, plan: SheetPlan) -> list[Section]:
    if not paper.entries:
        return [Section(paper.columns, column_widths(paper.columns, (), plan), ())]
    of_form = partial(_entries_of_form, paper)
    return [
        Section(columns, column_widths(columns, of_form(columns), plan), tuple(neighbours))
        for columns, neighbours in groupby(paper.entries, key=lambda entry: entry.columns)
    ]


def _entries_of_form(paper: JournalPaper, columns: tuple[ColumnPaper, ...]) -> list[EntryPaper]:
    return [entry for entry in paper.entries if entry.columns == columns]
