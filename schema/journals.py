"""Journal types and volumes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.entries
import models.journals as tables
from resolvers import graph
from schema.enums import EntryStatus, JournalStatus
from schema.objects import ServiceObject
from schema.people import Person
from schema.relay import Connection, Node
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.entries import Entry

EntryOf = Annotated["Entry", strawberry.lazy("schema.entries")]


@graph.node(tables.JournalTypeVersion)
class JournalTypeVersion(Node):
    """One edition of a journal type; entries keep the one they were made with."""

    id: strawberry.ID = graph.identifier("JournalTypeVersion")
    number: int = graph.column()
    name: str = graph.column(localized=True)
    regulation: str = graph.column()
    columns: JSON = graph.column(
        description="Columns in printing order: key, label (ru, en), required, the JSON Schema of a value, choices."
    )
    signature_policy: JSON = graph.column(description="The slots that open: side, duty, order, group, deadlineDays.")
    retention_years: int = graph.column()


@graph.node(tables.JournalType)
class JournalType(Node):
    """A kind of journal."""

    id: strawberry.ID = graph.identifier("JournalType")
    code: str = graph.column()
    name: str = graph.column(localized=True)
    version: JournalTypeVersion = graph.one("current_version", description="The edition that new entries are made by.")


@graph.node(tables.ClosingRecord)
class ClosingRecord(Node):
    """What a volume held when it was closed."""

    id: strawberry.ID = graph.identifier("ClosingRecord")
    entry_count: int = graph.column()
    incomplete_count: int = graph.column(description="How many entries still awaited signatures.")
    digest: str = graph.column(description="SHA-256 of the closing record, which the next volume cites.")
    person: Person = graph.one("person")
    closed_at: datetime = graph.column()


@strawberry.input(description="Narrows entries; what is left out does not.")
class EntryFilter:
    status: list[EntryStatus] | None = graph.narrowing(graph.one_of("status"))
    recorded_from: datetime | None = graph.narrowing(graph.since("created_at", "filter.recordedFrom"))
    recorded_to: datetime | None = graph.narrowing(graph.until("created_at", "filter.recordedTo"))


@graph.node(tables.Journal)
class Journal(Node):
    """One volume of one type for one object."""

    id: strawberry.ID = graph.identifier("Journal")
    type: JournalType = graph.one("type")
    volume: int = graph.column()
    status: JournalStatus = graph.column()
    opened_at: datetime = graph.column()
    closed_at: datetime | None = graph.column()
    object: ServiceObject = graph.one("object", policy=graph.Policy.INHERITED)
    closing: ClosingRecord | None = graph.many(
        tables.ClosingRecord, "journal", policy=graph.Policy.IMPLIED, order=("id",), single=True
    )
    previous: Annotated[Journal, strawberry.lazy("schema.journals")] | None = graph.one(
        "previous", policy=graph.Policy.INHERITED
    )
    previous_digest: str | None = graph.column(description="The digest of the previous volume's closing record.")
    entries: Connection[EntryOf] = graph.connection(
        models.entries.Entry,
        "journal",
        policy=graph.Policy.INHERITED,
        order=("number",),
        filter_type=EntryFilter,
    )
