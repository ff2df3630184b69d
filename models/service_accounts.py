"""Partners' systems: named accounts that only read, within scopes, by tokens that end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from models.keys import uuid7

if TYPE_CHECKING:
    from models.organizations import Organization
    from models.users import User


class ServiceAccount(Model):
    """A partner's system that reads what is its organisation's, as far as `scopes` let it."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="service_accounts", on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    name = fields.CharField(100)
    scopes = fields.JSONField[list[str]]()
    created_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    created_by_id: UUID
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "service_accounts"
        indexes = [Index(fields=["organization_id"], name="service_accounts_of_organization")]


class ServiceToken(Model):
    """A secret of a service account, kept as its SHA-256 only. Rotation makes the next one; the former one works on
    until `ends_at`."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    account: fields.ForeignKeyRelation[ServiceAccount] = fields.ForeignKeyField(
        "models.ServiceAccount", related_name="tokens", on_delete=fields.OnDelete.RESTRICT
    )
    account_id: UUID
    token_digest = fields.CharField(64, unique=True)
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "service_tokens"
        indexes = [Index(fields=["account_id"], name="service_tokens_of_account")]
        constraints = [CheckConstraint(check="ends_at >= created_at", name="service_token_term")]
