"""How people prove who they are: second factors, passkeys, links by mail, delays after failed tries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.enums import AccountLinkKind, ChallengeKind
from models.keys import uuid7

if TYPE_CHECKING:
    from models.users import Session, User


class RecoveryCode(Model):
    """One of the codes that replace a lost second factor, each once. Kept as a keyed digest (HMAC-SHA-256) only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    digest = fields.CharField(64, unique=True)
    created_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_codes"
        indexes = [Index(fields=["user_id"], name="recovery_codes_of_user")]


class Passkey(Model):
    """A public key credential (Web Authentication §4): what a person's authenticator registered here."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="passkeys", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    name = fields.CharField(100)
    credential_id = fields.CharField(1400, unique=True)
    public_key = fields.BinaryField()
    sign_count = fields.BigIntField()
    transports = fields.JSONField[list[str]]()
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "passkeys"
        indexes = [Index(fields=["user_id"], name="passkeys_of_user")]


class Challenge(Model):
    """A ceremony that has begun: what an authenticator is asked to sign, or a second factor that a sign-in still
    lacks. Answered once, soon."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(ChallengeKind, max_length=24)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID | None
    session: fields.ForeignKeyNullableRelation[Session] = fields.ForeignKeyField(
        "models.Session", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    session_id: UUID | None
    challenge = fields.BinaryField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "challenges"
        indexes = [Index(fields=["expires_at"], name="challenges_by_end")]


class AccountLink(Model):
    """A link sent by mail that lets somebody set their password: an invitation or a reset. Its secret is kept as its
    SHA-256 only, from the moment the mail is made."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(AccountLinkKind, max_length=24)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="links", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    token_digest = fields.CharField(64, unique=True, null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "account_links"
        indexes = [Index(fields=["user_id", "kind"], name="account_links_of_user")]


class KnownDevice(Model):
    """A client somebody has signed in from: its failures are counted apart, so that strangers' tries cannot keep the
    owner of the account out (OWASP, device cookies). The token is kept as its SHA-256 only."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    token_digest = fields.CharField(64, unique=True)
    created_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "known_devices"
        indexes = [Index(fields=["user_id"], name="known_devices_of_user")]


class FailedTries(Model):
    """The failures counted under one key (an account from one network, a known device, an account's second factor)
    and until when they delay the next try."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    key = fields.CharField(200, unique=True)
    failures = fields.IntField(default=0)
    last_at = fields.DatetimeField()
    locked_until = fields.DatetimeField(null=True)

    class Meta:
        table = "failed_tries"
        indexes = [Index(fields=["last_at"], name="failed_tries_by_last")]
