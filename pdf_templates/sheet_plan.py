"""How the form lies on A4: upright or across, and how wide each column is. Decided from the texts, in millimetres."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import Literal

from pdf_templates.paper import ColumnPaper, EntryPaper, JournalPaper

MOST_COLUMNS_UPRIGHT = 5
NUMBER_MM = 11.5
PERFORMED_MM = 20.0
PADDING_MM = 3.2
EM_MM = 2.54
"""One em of DejaVu Sans Condensed at 8 pt, as wide as one of DejaVu Sans nine tenths its size."""
WIDE, NARROW = frozenset("жмшщыюфЖМШЩЫЮФmwMW@%—"), frozenset(" .,:;!|'()[]«»ijlftI")
LONGEST_WORD_MM = 30.0
"""Longer words break rather than widen their column."""

MOST_LINES = 12
"""A text that takes more lines in its column is printed below the row, over the whole width."""
LONG_TEXT = 300
"""Letters; a column grows no wider for what is longer."""


@dataclass(frozen=True)
class SheetPlan:
    """The printed area inside the margins, and the engine's name for the way the sheet lies."""

    orientation: Literal["Portrait", "Landscape"]
    width_mm: float
    height_mm: float


PORTRAIT = SheetPlan("Portrait", 184.5, 276.0)
LANDSCAPE = SheetPlan("Landscape", 271.5, 189.0)


def sheet_plan(paper: JournalPaper) -> SheetPlan:
    """Across the sheet as soon as one entry's form has more columns than an upright one shows with ease."""
    most = max(len(columns) for columns in [paper.columns, *(entry.columns for entry in paper.entries)])
    return PORTRAIT if most <= MOST_COLUMNS_UPRIGHT else LANDSCAPE


def column_widths(columns: Sequence[ColumnPaper], entries: Sequence[EntryPaper], plan: SheetPlan) -> list[float]:
    """Millimetres for number, time of work and each of `columns`; together exactly the plan's width.

    Every column holds its longest word; beyond that, long texts get about the same number of lines, which keeps the
    rows low.
    """
    available = plan.width_mm - NUMBER_MM - PERFORMED_MM
    least = [PADDING_MM + _longest_word(column, entries) for column in columns]
    if sum(least) >= available:
        return [NUMBER_MM, PERFORMED_MM, *(width * available / sum(least) for width in least)]
    lengths = [fmean(min(len(text), LONG_TEXT) for text in _texts(column, entries)) for column in columns]
    widths = _filled(least, lengths, available)
    return [NUMBER_MM, PERFORMED_MM, *widths]


def fits(text: str, width_mm: float) -> bool:
    """Whether a column of that width holds the text in few lines."""
    inside = max(width_mm - PADDING_MM, 1.0)
    return sum(ceil(_millimetres(line) / inside) for line in text.split("\n")) <= MOST_LINES


def _filled(least: Sequence[float], lengths: Sequence[float], available: float) -> list[float]:
    """Widths in proportion to `lengths`, none below its `least`, that fill `available`: the common factor is found by
    bisection, for the sum only grows with it."""

    def widths(factor: float) -> list[float]:
        return [max(width, length * factor) for width, length in zip(least, lengths, strict=True)]

    low, high = 0.0, available
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(widths(middle)) < available else (low, middle)
    return widths(low)


def _texts(column: ColumnPaper, entries: Sequence[EntryPaper]) -> list[str]:
    return [column.label, *(entry.values.get(column.key, "") for entry in entries)]


def _longest_word(column: ColumnPaper, entries: Sequence[EntryPaper]) -> float:
    words = {word for text in _texts(column, entries) for word in re.split(r"[\s/-]+", text)}
    return min(LONGEST_WORD_MM, max(_millimetres(word) for word in words))


def _millimetres(word: str) -> float:
    """About as wide as the engine prints it; the engine alone knows exactly, and breaks what does not fit."""
    return EM_MM * sum(
        0.9 if letter in WIDE else 0.4 if letter in NARROW else 0.72 if letter.isupper() else 0.62 for letter in word
    )
