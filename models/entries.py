"""Entries, their immutable revisions and the signatures each revision requires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import Duty, EntryStatus, RevisionKind, Side, SlotStatus
from models.keys import uuid7

if TYPE_CHECKING:
    from models.journals import Journal, JournalType, JournalTypeVersion
    from models.objects import ServiceObject
    from models.organizations import Organization
    from models.users import Person, User


class Entry(Model):
    """One recorded work. What it says stands in its revisions."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    journal: fields.ForeignKeyRelation[Journal] = fields.ForeignKeyField(
        "models.Journal", related_name="entries", on_delete=fields.OnDelete.RESTRICT
    )
    journal_id: UUID
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    number = fields.IntField()
    status = fields.CharEnumField(EntryStatus, max_length=24)
    current_revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    current_revision_id: UUID
    """Enforced by a deferred foreign key of the first migration: entry and revision are born together."""
    record_revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    record_revision_id: UUID
    """What the entry says: another than the current one while an annulment is pending or complete."""
    author: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_id: UUID
    client_id = fields.CharField(100, null=True)
    request_digest = fields.CharField(64)
    created_at = fields.DatetimeField()

    class Meta:
        table = "entries"
        indexes = [
            Index(fields=["journal_id", "status"], name="entries_of_journal"),
            Index(fields=["operator_id", "status"], name="entries_of_operator"),
            Index(fields=["subscriber_id", "status"], name="entries_of_subscriber"),
        ]
        constraints = [
            UniqueConstraint(fields=("journal_id", "number"), name="entry_number"),
            UniqueConstraint(fields=("author_id", "client_id"), name="entry_client_id"),
            CheckConstraint(check="number >= 1", name="entry_number_positive"),
        ]


class Revision(Model):
    """Immutable content of an entry. `payload` is the exact RFC 8785 text that is signed; the database checks that
    `values` is what the payload says."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name="revisions", on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    number = fields.IntField()
    kind = fields.CharEnumField(RevisionKind, max_length=16)
    type_version: fields.ForeignKeyRelation[JournalTypeVersion] = fields.ForeignKeyField(
        "models.JournalTypeVersion", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_version_id: UUID
    payload = fields.BinaryField()
    digest = fields.CharField(64)
    previous_digest = fields.CharField(64, null=True)
    values = fields.JSONField[dict[str, Any]]()
    author: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_id: UUID
    author_user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_user_id: UUID
    performed_at = fields.DatetimeField()
    recorded_at = fields.DatetimeField()
    reason = fields.CharField(1000, null=True)

    class Meta:
        table = "revisions"
        constraints = [
            UniqueConstraint(fields=("entry_id", "number"), name="revision_number"),
            CheckConstraint(
                check="convert_from(payload, 'UTF8')::jsonb -> 'values' = \"values\"", name="revision_values_in_payload"
            ),
            CheckConstraint(check="digest = encode(sha256(payload), 'hex')", name="revision_digest"),
            CheckConstraint(check="(number = 1) = (previous_digest is null)", name="revision_chain"),
            CheckConstraint(check="number = 1 or reason is not null", name="revision_reason"),
            CheckConstraint(check="performed_at <= recorded_at", name="revision_not_from_the_future"),
        ]


class Slot(Model):
    """One required signature of a revision. A quorum of m is m slots of one `group`."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID
    revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name="slots", on_delete=fields.OnDelete.RESTRICT
    )
    revision_id: UUID
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    side = fields.CharEnumField(Side, max_length=16)
    duty = fields.CharEnumField(Duty, max_length=16)
    order = fields.IntField()
    group = fields.IntField()
    deadline = fields.DatetimeField(null=True)
    status = fields.CharEnumField(SlotStatus, max_length=16)
    decided_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    decided_by_id: UUID | None
    decided_at = fields.DatetimeField(null=True)
    declined_reason = fields.CharField(1000, null=True)
    overdue_told_at = fields.DatetimeField(null=True)
    unfillable_told_at = fields.DatetimeField(null=True)
    """When the admins were told that nobody can fill it; null again once somebody can."""

    class Meta:
        table = "slots"
        indexes = [
            PartialIndex(fields=["deadline"], name="slots_open_by_deadline", condition={"status": "OPEN"}),
            Index(fields=["revision_id"], name="slots_of_revision"),
            Index(fields=["object_id", "status"], name="slots_of_object"),
        ]
        constraints = [
            UniqueConstraint(fields=("revision_id", "decided_by_id"), name="one_slot_a_person"),
            CheckConstraint(
                check="(status in ('SIGNED', 'DECLINED')) = (decided_by_id is not null)", name="slot_decided"
            ),
            CheckConstraint(check="(status = 'DECLINED') = (declined_reason is not null)", name="slot_reason"),
        ]


class Comment(Model):
    """A remark about an entry. It is no part of what is signed and touches no signature."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name="comments", on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    author: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_id: UUID
    author_user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_user_id: UUID
    revision_number = fields.IntField()
    """The revision that was current when it was written."""
    text = fields.CharField(4000)
    client_id = fields.CharField(100, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "comments"
        indexes = [Index(fields=["entry_id", "id"], name="comments_of_entry")]
        constraints = [UniqueConstraint(fields=("author_user_id", "client_id"), name="comment_client_id")]


class Draft(Model):
    """An unfinished entry, its author's alone: no number, no event. Once submitted it points at its entry, so that a
    repeated submission finds it; until then it may be discarded."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    journal: fields.ForeignKeyRelation[Journal] = fields.ForeignKeyField(
        "models.Journal", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    journal_id: UUID
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    author: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="drafts", on_delete=fields.OnDelete.RESTRICT
    )
    author_id: UUID
    values = fields.JSONField[dict[str, Any]]()
    performed_at = fields.DatetimeField(null=True)
    client_id = fields.CharField(100, null=True)
    request_digest = fields.CharField(64)
    """Of what was saved first under `client_id`."""
    entry: fields.ForeignKeyNullableRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID | None
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "drafts"
        indexes = [Index(fields=["author_id", "id"], name="drafts_of_author")]
        constraints = [UniqueConstraint(fields=("author_id", "client_id"), name="draft_client_id")]
