"""Events: the one truth behind audit trail, live feed and notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from models.enums import EventKind
from models.keys import uuid7

if TYPE_CHECKING:
    from models.certificates import Certificate
    from models.entries import Entry, Revision
    from models.journals import Journal, JournalType
    from models.objects import ServiceObject
    from models.organizations import Organization
    from models.signatures import Signature
    from models.users import Person, User


class Epoch(Model):
    """A life of the database. Transaction ids restart when a dump is restored; the epoch then rises, so that cursors
    keep their order (design.md §3, law 13)."""

    number = fields.IntField(primary_key=True)
    identity = fields.CharField(64)
    started_at = fields.DatetimeField()

    class Meta:
        table = "epochs"


class Event(Model):
    """An immutable fact, written in the transaction of the deed. (`epoch`, `transaction_id`, `position`) is its cursor.

    `operator`, `subscriber`, `object` and `type` decide who may see it; `user` is the person it is about, if one is.
    `changes` holds what was before and after, or other particulars of the kind.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    epoch = fields.IntField()
    transaction_id = fields.BigIntField(db_default=SqlDefault("(pg_current_xact_id()::text)::bigint"))
    position = fields.BigIntField(db_default=SqlDefault("nextval('event_position')"))
    kind = fields.CharEnumField(EventKind, max_length=40)
    occurred_at = fields.DatetimeField()
    actor: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    actor_id: UUID | None
    actor_user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    actor_user_id: UUID | None
    operator: fields.ForeignKeyNullableRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID | None
    subscriber: fields.ForeignKeyNullableRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID | None
    object: fields.ForeignKeyNullableRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID | None
    type: fields.ForeignKeyNullableRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID | None
    journal: fields.ForeignKeyNullableRelation[Journal] = fields.ForeignKeyField(
        "models.Journal", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    journal_id: UUID | None
    entry: fields.ForeignKeyNullableRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID | None
    revision: fields.ForeignKeyNullableRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    revision_id: UUID | None
    signature: fields.ForeignKeyNullableRelation[Signature] = fields.ForeignKeyField(
        "models.Signature", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    signature_id: UUID | None
    certificate: fields.ForeignKeyNullableRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    certificate_id: UUID | None
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID | None
    request_id = fields.CharField(64, null=True)
    changes = fields.JSONField[dict[str, Any]]()

    class Meta:
        table = "events"
        indexes = [
            Index(fields=["epoch", "transaction_id", "position"], name="events_cursor"),
            Index(fields=["operator_id", "epoch", "transaction_id", "position"], name="events_of_operator"),
            Index(fields=["subscriber_id", "epoch", "transaction_id", "position"], name="events_of_subscriber"),
            Index(fields=["entry_id"], name="events_of_entry"),
            Index(fields=["object_id", "epoch", "transaction_id", "position"], name="events_of_object"),
            Index(fields=["journal_id", "epoch", "transaction_id", "position"], name="events_of_journal"),
        ]


class Notification(Model):
    """An event that one person should hear of."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="notifications", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    event: fields.ForeignKeyRelation[Event] = fields.ForeignKeyField(
        "models.Event", related_name="notifications", on_delete=fields.OnDelete.RESTRICT
    )
    event_id: UUID
    read_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notifications"
        indexes = [
            Index(fields=["user_id", "id"], name="notifications_of_user"),
            Index(fields=["event_id"], name="notifications_of_event"),
        ]
        constraints = [UniqueConstraint(fields=("user_id", "event_id"), name="notified_once")]
