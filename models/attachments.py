"""Files: received once, held by the revisions that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.keys import uuid7

if TYPE_CHECKING:
    from models.entries import Draft, Entry, Revision
    from models.journals import JournalType
    from models.objects import ServiceObject
    from models.organizations import Organization
    from models.users import User


class Attachment(Model):
    """A received file. Its octets lie in the file storage under `storage_key`; until a revision or a draft holds it, it
    is its uploader's alone and may be removed. `size` in octets, `digest` SHA-256 in hexadecimal."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    uploader: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    uploader_id: UUID
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    name = fields.CharField(255)
    media_type = fields.CharField(100)
    size = fields.BigIntField()
    digest = fields.CharField(64)
    storage_key = fields.CharField(200, unique=True)
    location_removed = fields.BooleanField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "attachments"
        indexes = [Index(fields=["uploader_id", "created_at"], name="attachments_of_uploader")]
        constraints = [CheckConstraint(check="size >= 0", name="attachment_size")]


class RevisionAttachment(Model):
    """A revision holds a file: its name, size and digest stand in the signed bytes."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name="attached", on_delete=fields.OnDelete.RESTRICT
    )
    revision_id: UUID
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID
    attachment: fields.ForeignKeyRelation[Attachment] = fields.ForeignKeyField(
        "models.Attachment", related_name="holders", on_delete=fields.OnDelete.RESTRICT
    )
    attachment_id: UUID
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
    position = fields.IntField()

    class Meta:
        table = "revision_attachments"
        indexes = [
            Index(fields=["attachment_id"], name="holders_of_attachment"),
            Index(fields=["entry_id"], name="attachments_of_entry"),
        ]
        constraints = [
            UniqueConstraint(fields=("revision_id", "position"), name="attachment_position"),
            UniqueConstraint(fields=("revision_id", "attachment_id"), name="attachment_once"),
        ]


class DraftAttachment(Model):
    """A draft holds a file."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    draft: fields.ForeignKeyRelation[Draft] = fields.ForeignKeyField(
        "models.Draft", related_name="attached", on_delete=fields.OnDelete.CASCADE
    )
    draft_id: UUID
    attachment: fields.ForeignKeyRelation[Attachment] = fields.ForeignKeyField(
        "models.Attachment", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    attachment_id: UUID
    position = fields.IntField()

    class Meta:
        table = "draft_attachments"
        indexes = [Index(fields=["attachment_id"], name="drafts_with_attachment")]
        constraints = [
            UniqueConstraint(fields=("draft_id", "position"), name="draft_attachment_position"),
            UniqueConstraint(fields=("draft_id", "attachment_id"), name="draft_attachment_once"),
        ]
