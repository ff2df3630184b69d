"""Entries, revisions and slots."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.attachments
import models.entries as tables
import models.events
import models.signatures
from resolvers import entries as resolvers
from resolvers import events as event_resolvers
from resolvers import graph
from rules.entry_expressions import annullable, backdated, file_address, obstacle_told, revisable, with_former
from rules.events import ORDER, certain
from rules.slots import overdue, signable
from schema.enums import Duty, EntryStatus, RevisionKind, Side, SigningObstacle, SlotStatus
from schema.fields import plain
from schema.journals import Journal, JournalTypeVersion
from schema.people import Person
from schema.relay import Connection, Node
from schema.scalars import JSON, Base64

if TYPE_CHECKING:
    from schema.events import Event
    from schema.signatures import Signature

EventOf = Annotated["Event", strawberry.lazy("schema.events")]
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


@plain
@strawberry.type(description="What keeps the viewer from signing.")
class CannotSign:
    obstacle: SigningObstacle
    message: str = strawberry.field(description="For people, in the viewer's language.")


@graph.node(models.attachments.Attachment)
class Attachment(Node):
    """A file that an entry holds: its name, size and digest stand in the signed bytes."""

    id: strawberry.ID = graph.identifier("Attachment")
    name: str = graph.column()
    size: int = graph.column(description="In octets.")
    media_type: str = graph.column()
    digest: str = graph.column(description="SHA-256, lower-case hexadecimal.")
    location_removed: bool = graph.column(description="Where the picture was taken was taken out of it.")
    address: str = graph.expression(file_address, description="The path to download it from.")
    created_at: datetime = graph.column()


@graph.node(tables.Slot)
class Slot(Node):
    """One required signature of a revision."""

    id: strawberry.ID = graph.identifier("Slot")
    side: Side = graph.column()
    duty: Duty = graph.column()
    order: int = graph.column()
    group: int = graph.column()
    deadline: datetime | None = graph.column()
    overdue: bool = graph.expression(overdue, description="Open, though the deadline has passed.")
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
    backdated: bool = graph.expression(
        backdated, description="The work was recorded later after it was done than its journal type allows."
    )
    attachments: list[Attachment] = graph.many(
        models.attachments.RevisionAttachment,
        "revision",
        policy=graph.Policy.IMPLIED,
        order=("position",),
        through="attachment",
    )
    reason: str | None = graph.column()
    changes: list[Change] = graph.computed(
        with_former, resolvers.changes, description="Field by field against the one before."
    )
    slots: list[Slot] = graph.many(tables.Slot, "revision", policy=INHERITED, order=("order", "group", "id"))
    signatures: list[SignatureOf] = graph.many(
        models.signatures.Signature, "revision", policy=INHERITED, order=("signed_at", "id")
    )
    entry: EntryOf | None = graph.one("entry", policy=INHERITED)


@graph.node(tables.Comment)
class Comment(Node):
    """A remark about an entry, beside what is signed."""

    id: strawberry.ID = graph.identifier("Comment")
    author: Person = graph.one("author")
    text: str = graph.column()
    revision_number: int = graph.column(description="The revision that was current when it was written.")
    created_at: datetime = graph.column()
    entry: EntryOf = graph.one("entry", policy=INHERITED)


@graph.node(tables.Draft)
class Draft(Node):
    """An unfinished entry: its author's alone, without a number."""

    id: strawberry.ID = graph.identifier("Draft")
    journal: Journal | None = graph.one(
        "journal", policy=graph.Policy.CHECKED, description="Null once the author may not see it any more."
    )
    values: JSON = graph.column()
    performed_at: datetime | None = graph.column()
    client_id: str | None = graph.column()
    attachments: list[Attachment] = graph.many(
        models.attachments.DraftAttachment,
        "draft",
        policy=graph.Policy.IMPLIED,
        order=("position",),
        through="attachment",
    )
    created_at: datetime = graph.column()
    updated_at: datetime = graph.column()


@graph.node(tables.Entry)
class Entry(Node):
    """One recorded work."""

    id: strawberry.ID = graph.identifier("Entry")
    number: int = graph.column()
    status: EntryStatus = graph.column()
    journal: Journal = graph.one("journal", policy=INHERITED)
    revision: Revision = graph.one("current_revision", policy=INHERITED, description="The current revision.")
    record: Revision = graph.one(
        "record_revision",
        policy=INHERITED,
        description="What the entry says: the current revision, unless that proposes or makes its annulment.",
    )
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
    comments: Connection[Comment] = graph.connection(tables.Comment, "entry", policy=INHERITED, order=("id",))
    events: Connection[EventOf] = graph.connection(
        models.events.Event,
        "entry",
        policy=graph.Policy.CHECKED,
        order=ORDER,
        cursor=event_resolvers.CURSORS,
        only=certain,
        description="Its history: every deed, by whom, when, and what changed.",
    )
    can_sign: bool = graph.expression(signable, description="Nothing keeps the viewer from signing it now.")
    cannot_sign: CannotSign | None = graph.computed(
        obstacle_told, resolvers.cannot_sign, description="What keeps the viewer from signing; null if nothing does."
    )
    can_revise: bool = graph.expression(revisable)
    can_annul: bool = graph.expression(annullable)
