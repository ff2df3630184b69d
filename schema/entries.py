"""Entries, revisions and slots."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.entries as tables
import models.signatures
from resolvers import entries as resolvers
from resolvers import graph
from schema.enums import Duty, EntryStatus, RevisionKind, Side, SlotStatus
from schema.fields import plain
from schema.journals import Journal, JournalTypeVersion
from schema.people import Person
from schema.relay import Node
from schema.scalars import JSON, Base64

if TYPE_CHECKING:
    from schema.signatures import Signature

SignatureOf = Annotated["Signature", strawberry.lazy("schema.signatures")]
EntryOf = Annotated["Entry", strawberry.lazy("schema.entries")]
RevisionOf = Annotated["Revision", strawberry.lazy("schema.entries")]


@plain
@strawberry.type(description="What one field was before a revision and is since.")
class Change:
    field: str
    before: JSON | None
    after: JSON | None


@graph.node(tables.Slot)
class Slot(Node):
    """One required signature of a revision."""

    id: strawberry.ID = graph.identifier("Slot")
    side: Side = graph.column()
    duty: Duty = graph.column()
    order: int = graph.column()
    group: int = graph.column()
    deadline: datetime | None = graph.column()
    status: SlotStatus = graph.column()
    declined_reason: str | None = graph.column()
    signature: SignatureOf | None = graph.many(
        models.signatures.Signature, "slot", policy=graph.Policy.CHECKED, order=("id",), single=True
    )
    entry: EntryOf = graph.one("entry")
    revision: RevisionOf = graph.one("revision")


@graph.node(tables.Revision)
class Revision(Node):
    """Immutable content of an entry."""

    id: strawberry.ID = graph.identifier("Revision")
    number: int = graph.column()
    kind: RevisionKind = graph.column()
    digest: str = graph.column(description="SHA-256 of the payload, lower-case hexadecimal.")
    previous_digest: str | None = graph.column()
    payload: Base64 = graph.column(description="The exact bytes that are signed: RFC 8785 JSON.")
    values: JSON = graph.column()
    type_version: JournalTypeVersion = graph.one("type_version")
    author: Person = graph.one("author")
    performed_at: datetime = graph.column()
    recorded_at: datetime = graph.column()
    reason: str | None = graph.column()
    changes: list[Change] = graph.computed(resolvers.changes, description="Field by field against the one before.")
    slots: list[Slot] = graph.many(tables.Slot, "revision", policy=graph.Policy.CHECKED, order=("order", "group", "id"))
    signatures: list[SignatureOf] = graph.many(
        models.signatures.Signature, "revision", policy=graph.Policy.CHECKED, order=("signed_at", "id")
    )
    entry: EntryOf | None = graph.one("entry", policy=graph.Policy.CHECKED)


@graph.node(tables.Entry)
class Entry(Node):
    """One recorded work."""

    id: strawberry.ID = graph.identifier("Entry")
    number: int = graph.column()
    status: EntryStatus = graph.column()
    journal: Journal = graph.one("journal")
    revision: Revision = graph.one("current_revision", description="The current revision.")
    revisions: list[Revision] = graph.many(
        tables.Revision, "entry", policy=graph.Policy.CHECKED, order=("number", "id"), description="All, oldest first."
    )
    slots: list[Slot] = graph.many(
        tables.Slot,
        "revision",
        key="current_revision_id",
        policy=graph.Policy.CHECKED,
        order=("order", "group", "id"),
        description="Of the current revision.",
    )
    signatures: list[SignatureOf] = graph.many(
        models.signatures.Signature,
        "revision",
        key="current_revision_id",
        policy=graph.Policy.CHECKED,
        order=("signed_at", "id"),
        description="Of the current revision; earlier ones hang on their revisions.",
    )
    can_sign: bool = graph.computed(resolvers.can_sign, description="There is a slot that the viewer may fill now.")
    can_revise: bool = graph.computed(resolvers.can_revise)
