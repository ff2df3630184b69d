"""People: accounts, their cards, their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from models.enums import Language, Role, Side
from models.keys import uuid7

if TYPE_CHECKING:
    from models.organizations import Organization


class Person(Model):
    """The card of somebody as they were at one moment. Immutable: who changes gets a new card, so that revisions,
    signatures and events that point to the old one keep saying what was true when they were made."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    name = fields.CharField(200)
    surname = fields.CharField(100)
    given_name = fields.CharField(100)
    position = fields.CharField(200, null=True)
    organization = fields.CharField(300)
    side = fields.CharEnumField(Side, max_length=16, null=True)

    class Meta:
        table = "people"


class User(Model):
    """An account. Name, position and organisation's name stand on its current card."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="users", on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name="users", on_delete=fields.OnDelete.RESTRICT
    )
    person_id: UUID
    name_sort = fields.CharField(220)
    email = fields.CharField(254, unique=True)
    role = fields.CharEnumField(Role, max_length=24)
    language = fields.CharEnumField(Language, max_length=2, default=Language.RU)
    password_hash = fields.CharField(200)
    active = fields.BooleanField(default=True)
    failed_sign_ins = fields.IntField(default=0)
    locked_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "users"
        constraints = [CheckConstraint(check="email = lower(email)", name="user_email_lower")]


class Session(Model):
    """A signed-in client. The opaque token is kept as its SHA-256 only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="sessions", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    token_digest = fields.CharField(64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "sessions"
