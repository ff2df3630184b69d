"""Entries, revisions and slots."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.entries as tables
import models.signatures
from resolvers import entries as resolvers
from resolvers import graph
from rules.entries import revisable, with_former
from rules.slots import signable
from schema.enums import Duty, EntryStatus, RevisionKind, Side, SlotStatus
from schema.fields import plain
from schema.journals import Journal, JournalTypeVersion
from schema.people import Person
from schema.relay import Node
from schema.scalars import JSON, Base64

if TYPE_CHECKING:
    from schema.signatures import Signature

INHERITED = graph.Policy.INHERITED
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
        models.signatures.Signature, "slot", policy=INHERITED, order=("id",), single=True
    )
    entry: EntryOf = graph.one("entry", policy=INHERITED)
    revision: RevisionOf = graph.one("revision", policy=INHERITED)


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
    changes: list[Change] = graph.computed(
        with_former, resolvers.changes, description="Field by field against the one before."
    )
    slots: list[Slot] = graph.many(tables.Slot, "revision", policy=INHERITED, order=("order", "group", "id"))
    signatures: list[SignatureOf] = graph.many(
        models.signatures.Signature, "revision", policy=INHERITED, order=("signed_at", "id")
    )
    entry: EntryOf | None = graph.one("entry", policy=INHERITED)


@graph.node(tables.Entry)
class Entry(Node):
    """One recorded work."""

    id: strawberry.ID = graph.identifier("Entry")
    number: int = graph.column()
    status: EntryStatus = graph.column()
    journal: Journal = graph.one("journal", policy=INHERITED)
    revision: Revision = graph.one("current_revision", policy=INHERITED, description="The current revision.")
    revisions: list[Revision] = graph.many(
        tables.Revision,
        "entry",
        policy=INHERITED,
        order=("number", "id"),
        description="All, oldest first.",
    )
    slots: list[Slot] = graph.many(
        tables.Slot,
        "revision",
        key="current_revision_id",
        policy=INHERITED,
        order=("order", "group", "id"),
        description="Of the current revision.",
    )
    signatures: list[SignatureOf] = graph.many(
        models.signatures.Signature,
        "revision",
        key="current_revision_id",
        policy=INHERITED,
        order=("signed_at", "id"),
        description="Of the current revision; earlier ones hang on their revisions.",
    )
    can_sign: bool = graph.expression(signable, description="There is a slot that the viewer may fill now.")
    can_revise: bool = graph.expression(revisable)
