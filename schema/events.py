"""Events: history, live feed, notifications."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models.events as tables
from resolvers import graph
from rules.events import cursor
from schema.certificates import Certificate
from schema.entries import Entry
from schema.enums import EventKind, SignatureEventKind
from schema.fields import plain
from schema.journals import Journal
from schema.objects import ServiceObject
from schema.people import Person
from schema.relay import Node
from schema.scalars import JSON
from schema.signatures import Signature


@graph.node(tables.Event)
class Event(Node):
    """An immutable fact: who did what, when, and what changed."""

    id: strawberry.ID = graph.identifier("Event")
    cursor: str = graph.expression(cursor, description="Its place: give it as `after` to go on from here.")
    kind: EventKind = graph.column()
    occurred_at: datetime = graph.column()
    actor: Person | None = graph.one("actor")
    object: ServiceObject | None = graph.one("object", policy=graph.Policy.CHECKED)
    journal: Journal | None = graph.one("journal", policy=graph.Policy.CHECKED)
    entry: Entry | None = graph.one("entry", policy=graph.Policy.CHECKED)
    signature: Signature | None = graph.one("signature", policy=graph.Policy.CHECKED)
    certificate: Certificate | None = graph.one("certificate", policy=graph.Policy.CHECKED)
    changes: JSON = graph.column()


@graph.node(tables.Notification)
class Notification(Node):
    """An event that the viewer should hear of."""

    id: strawberry.ID = graph.identifier("Notification")
    event: Event = graph.one("event")
    read_at: datetime | None = graph.column()


@plain
@strawberry.type(description="Something happened to a signature or an entry's signatures.")
class SignatureEvent:
    cursor: str
    kind: SignatureEventKind
    entry: Entry
    signature: Signature | None


@strawberry.input(description="Narrows events; what is left out does not.")
class EventFilter:
    kinds: list[EventKind] | None = graph.narrowing(graph.one_of("kind"))
    object: strawberry.ID | None = graph.narrowing(graph.identified_by("object_id", "ServiceObject", "filter.object"))
    journal: strawberry.ID | None = graph.narrowing(graph.identified_by("journal_id", "Journal", "filter.journal"))
    entry: strawberry.ID | None = graph.narrowing(graph.identified_by("entry_id", "Entry", "filter.entry"))
    since: datetime | None = graph.narrowing(graph.since("occurred_at", "filter.since"))
    until: datetime | None = graph.narrowing(graph.until("occurred_at", "filter.until"))
