"""People: accounts, their cards, their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from models.enums import Language, Role, SecondFactor, Side
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
    password_hash = fields.CharField(200, null=True)
    """None for whoever was invited and has not set one yet, or signs in by passkeys alone."""
    active = fields.BooleanField(default=True)
    totp_secret = fields.BinaryField(null=True)
    """The shared secret of RFC 6238, sealed under the server's secret."""
    totp_confirmed_at = fields.DatetimeField(null=True)
    totp_last_step = fields.BigIntField(null=True)
    """The time step of the last accepted code: none is accepted twice (RFC 6238 §5.2)."""
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
    client = fields.CharField(200, null=True)
    """What the client called itself (User-Agent)."""
    address = fields.CharField(45, null=True)
    second_factor = fields.CharEnumField(SecondFactor, max_length=16, null=True)
    """By which second factor it was opened or confirmed last."""
    confirmed_at = fields.DatetimeField(null=True)
    """When its person last proved once more who they are, for what asks for that."""

    class Meta:
        table = "sessions"
        indexes = [Index(fields=["user_id", "created_at"], name="sessions_of_user")]
