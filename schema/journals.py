"""Journal types and volumes."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.entries
import models.events
import models.journals as tables
from resolvers import events as event_resolvers
from resolvers import graph
from rules.entry_expressions import own, performed_since, performed_until, recorded_late, says
from rules.events import ORDER, certain
from rules.object_search import searchable
from rules.slots import waiting
from rules.texts import instant
from schema.enums import EntryStatus, JournalStatus, VolumePeriod
from schema.objects import ServiceObject
from schema.organizations import Organization
from schema.people import Person
from schema.relay import Connection, Node
from schema.scalars import JSON, Base64

if TYPE_CHECKING:
    from schema.entries import Entry
    from schema.events import Event

EventOf = Annotated["Event", strawberry.lazy("schema.events")]
EntryOf = Annotated["Entry", strawberry.lazy("schema.entries")]


@graph.node(tables.JournalTypeVersion)
class JournalTypeVersion(Node):
    """One edition of a journal type; entries keep the one they were made with."""

    id: strawberry.ID = graph.identifier("JournalTypeVersion")
    number: int = graph.column()
    name: str = graph.column(localized=True)
    regulation: str = graph.column()
    columns: JSON = graph.column(
        description="In printing order: key, label (ru, en), required, the JSON Schema of a value, unit, choices, list."
    )
    signature_policy: JSON = graph.column(description="The slots that open: side, duty, order, group, deadlineDays.")
    retention_years: int = graph.column()
    approval_order: str | None = graph.column(description="The order that approves the form.")
    record_within_hours: int = graph.column(
        description="A work recorded longer after it was done counts as back-dated."
    )
    volume_entries: int | None = graph.column(
        description="How many entries fill a volume: the next one opens by itself."
    )
    volume_period: VolumePeriod | None = graph.column(description="How long a volume lasts, by the object's calendar.")
    created_at: datetime = graph.column()


@graph.node(tables.JournalType)
class JournalType(Node):
    """A kind of journal."""

    id: strawberry.ID = graph.identifier("JournalType")
    code: str = graph.column()
    name: str = graph.column(localized=True)
    version: JournalTypeVersion = graph.one("current_version", description="The edition that new entries are made by.")
    versions: list[JournalTypeVersion] = graph.many(
        tables.JournalTypeVersion, "type", policy=graph.Policy.IMPLIED, order=("number",)
    )
    draft: bool = graph.column(description="To be reviewed by an administrator before journals of it are opened.")
    operator: Organization | None = graph.one(
        "operator", policy=graph.Policy.CHECKED, description="Whose own form it is; null for the installation's."
    )
    derived_from: Annotated[JournalType, strawberry.lazy("schema.journals")] | None = graph.one(
        "derived_from", policy=graph.Policy.CHECKED
    )


@graph.node(tables.ReferenceList)
class ReferenceList(Node):
    """Choices that columns of journal types take from."""

    id: strawberry.ID = graph.identifier("ReferenceList")
    code: str = graph.column()
    name: str = graph.column(localized=True)
    items: JSON = graph.column(description="In their order: key, ru, en.")


@graph.node(tables.ClosingRecord)
class ClosingRecord(Node):
    """What a volume held when it was closed."""

    id: strawberry.ID = graph.identifier("ClosingRecord")
    entry_count: int = graph.column()
    incomplete_count: int = graph.column(description="How many entries still awaited signatures.")
    digest: str = graph.column(description="SHA-256 of the closing record, which the next volume cites.")
    person: Person | None = graph.one("person", description="Nobody, if the volume was full or its period over.")
    payload: Base64 = graph.column(description="The exact bytes of the record: RFC 8785 JSON.")
    closed_at: datetime = graph.column()


@strawberry.input(description="Narrows entries; what is left out does not.")
class EntryFilter:
    status: list[EntryStatus] | None = graph.narrowing(graph.one_of("status"))
    recorded_from: datetime | None = graph.narrowing(graph.since("created_at", "filter.recordedFrom"))
    recorded_to: datetime | None = graph.narrowing(graph.until("created_at", "filter.recordedTo"))
    performed_from: datetime | None = graph.narrowing(
        graph.matching(performed_since, "timestamptz", partial(instant, field="filter.performedFrom"))
    )
    performed_to: datetime | None = graph.narrowing(
        graph.matching(performed_until, "timestamptz", partial(instant, field="filter.performedTo"))
    )
    search: str | None = graph.narrowing(
        graph.matching(says, convert=searchable), description="Words, Russian or English, of what the entry says."
    )
    awaiting_me: bool | None = graph.narrowing(graph.holding(waiting), description="The viewer has a slot to fill now.")
    mine: bool | None = graph.narrowing(graph.holding(own), description="Recorded by the viewer.")
    backdated: bool | None = graph.narrowing(graph.holding(recorded_late))


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
    events: Connection[EventOf] = graph.connection(
        models.events.Event,
        "journal",
        policy=graph.Policy.CHECKED,
        order=ORDER,
        cursor=event_resolvers.CURSORS,
        only=certain,
        description="Its history: every deed, by whom, when, and what changed.",
    )
