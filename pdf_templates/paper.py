"""What the print form says, as plain values: the whole interface of this room besides `render.render_journal`.

Whoever prints has looked rows up, checked rights and worded values already; here is no database, no user, no clock.
Every moment is an aware `datetime`; it is printed in the object's time zone with its offset from UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Language = Literal["ru", "en"]
Side = Literal["OPERATOR", "SUBSCRIBER"]


@dataclass(frozen=True, kw_only=True)
class PersonPaper:
    """Somebody as they were at that moment."""

    name: str
    position: str | None
    organization: str


@dataclass(frozen=True, kw_only=True)
class ResponsiblePaper:
    """A person named on the title page, with the term of the duty; `valid_to` is its end, or None while it lasts."""

    name: str
    position: str | None
    organization: str
    side: Side
    valid_from: datetime
    valid_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class ColumnPaper:
    """A column of the form; `key` finds the entry's value, `unit` is printed after the label."""

    key: str
    label: str
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class StampPaper:
    """A signature (УНЭП, 63-FZ art. 5(3)), printed where the hand-written one would stand.

    `revision` is the revision that was signed; `certificate_serial` is printed as given; `not_before` and `not_after`
    are the certificate's term; `code` and `verify_url` lead to the verification page, the latter as a QR code.
    """

    side: Side
    name: str
    position: str | None
    organization: str
    certificate_serial: str
    not_before: datetime
    not_after: datetime
    signed_at: datetime
    revision: int
    code: str
    verify_url: str
    level: Literal["B", "T"]
    standing: Literal["CURRENT", "SUPERSEDED", "ANNULLED"]
    annulment: bool = False
    """It signs that the entry does not hold, not what the entry says."""


@dataclass(frozen=True, kw_only=True)
class SlotPaper:
    """A signature that is required and not there yet."""

    side: Side
    duty: Literal["RESPONSIBLE", "PARTICIPANT"]


@dataclass(frozen=True, kw_only=True)
class DeclinePaper:
    """A person's refusal to sign the current revision, with its reason."""

    side: Side
    name: str
    position: str | None
    organization: str
    declined_at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class AnnulmentPaper:
    """That an entry does not hold: proposed, until both sides have signed it."""

    revision: int
    complete: bool
    reason: str
    proposed_at: datetime
    author: PersonPaper
    digest: str


@dataclass(frozen=True, kw_only=True)
class FilePaper:
    """A file that the entry holds: `size` a finished text, `digest` SHA-256 in hexadecimal."""

    name: str
    size: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class EntryPaper:
    """What one entry says, by the columns of the form that was in force when it was written.

    `values` holds finished texts by column key; a missing one is printed as a dash. `reason` says why the entry was
    changed; `backdated` that it was recorded later after the work than its form allows. `digest` is the SHA-256 of the
    signed bytes of the revision, in hexadecimal. `stamps` may hold signatures of other revisions too: their standing
    says so.
    """

    number: int
    revision: int
    revisions: int
    status: Literal["AWAITING_SIGNATURES", "SIGNED", "DECLINED", "ANNULLED"]
    performed_at: datetime
    recorded_at: datetime
    author: PersonPaper
    reason: str | None
    digest: str
    columns: tuple[ColumnPaper, ...]
    values: Mapping[str, str]
    stamps: tuple[StampPaper, ...] = ()
    awaiting: tuple[SlotPaper, ...] = ()
    declines: tuple[DeclinePaper, ...] = ()
    files: tuple[FilePaper, ...] = ()
    backdated: bool = False
    annulment: AnnulmentPaper | None = None


@dataclass(frozen=True, kw_only=True)
class JournalPaper:
    """One volume: its title page, and its entries in the order in which they shall be printed.

    `columns` are those of the form now in force: the head of an empty table. `time_zone` is the object's IANA name.
    `document_code` and `verify_url` stand on every page and in the title page's QR code; `printed_by` is the person,
    and if wanted the organization, in one line.
    """

    language: Language
    type_name: str
    regulation: str | None
    approval: str | None
    volume: int
    status: Literal["ACTIVE", "ARCHIVED"]
    object_name: str
    address: str
    time_zone: str
    operator: str
    subscriber: str
    contract_number: str
    contract_date: date
    opened_at: datetime
    closed_at: datetime | None
    responsible: tuple[ResponsiblePaper, ...]
    columns: tuple[ColumnPaper, ...]
    entries: tuple[EntryPaper, ...]
    printed_by: str
    printed_at: datetime
    document_code: str
    verify_url: str
