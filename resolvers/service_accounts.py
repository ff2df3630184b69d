"""Partners' systems and their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import strawberry

from models.enums import ServiceScope
from models.service_accounts import ServiceAccount
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import service_accounts
from rules.identifiers import decode


@dataclass(frozen=True, slots=True)
class IssuedServiceToken:
    """What a new token is answered with."""

    token: str
    ends_at: datetime
    service_account: Row


def _shown(issued: service_accounts.IssuedToken) -> IssuedServiceToken:
    return IssuedServiceToken(issued.token, issued.ends_at, made(ServiceAccount, issued.account.id))


async def create_service_account(
    info: Info, organization_id: strawberry.ID, name: str, scopes: list[ServiceScope], ends_at: datetime
) -> IssuedServiceToken:
    """Makes an account and its first token."""
    issued = await service_accounts.create_service_account(
        info.context.actor,
        decode(organization_id, "Organization", "organizationId"),
        name=name,
        scopes=scopes,
        ends_at=ends_at,
    )
    return _shown(issued)


async def change_service_account(
    info: Info, service_account_id: strawberry.ID, name: str | None, scopes: list[ServiceScope] | None
) -> Row:
    """Gives an account another name or other scopes."""
    key = decode(service_account_id, "ServiceAccount", "serviceAccountId")
    account = await service_accounts.change_service_account(info.context.actor, key, name=name, scopes=scopes)
    return made(ServiceAccount, account.id)


async def rotate_service_token(
    info: Info, service_account_id: strawberry.ID, ends_at: datetime, former_ends_at: datetime | None
) -> IssuedServiceToken:
    """Issues an account's next token."""
    key = decode(service_account_id, "ServiceAccount", "serviceAccountId")
    issued = await service_accounts.rotate_service_token(
        info.context.actor, key, ends_at=ends_at, former_ends_at=former_ends_at
    )
    return _shown(issued)


async def revoke_service_account(info: Info, service_account_id: strawberry.ID, reason: str) -> Row:
    """Ends an account with its tokens."""
    key = decode(service_account_id, "ServiceAccount", "serviceAccountId")
    account = await service_accounts.revoke_service_account(info.context.actor, key, reason=reason)
    return made(ServiceAccount, account.id)
