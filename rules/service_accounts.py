"""Partners' systems: accounts of nobody that read what is their organisation's, within scopes, by tokens that end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from tortoise import connections

from models.enums import EventKind, Language, OrganizationKind, Role, ServiceScope
from models.organizations import Organization
from models.service_accounts import ServiceAccount, ServiceToken
from rules import access, bearer_secrets, confirmation, texts
from rules.access import Parameters
from rules.actor import ADMINISTRATORS, Actor, Caller
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

PREFIX = "ejst_"
"""Says what a token is to whoever finds one where none should be."""
LONGEST_TERM = timedelta(days=366)
LONGEST_OVERLAP = timedelta(days=30)
USE_NOTED_EVERY = timedelta(minutes=1)
MOST_TOKENS = 2
"""The one in use and the former one, while partners change over."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as it is shown this once; only its digest is kept."""

    account: ServiceAccount
    ends_at: datetime
    token: str = field(repr=False)


async def create_service_account(
    actor: Actor, organization_id: UUID, *, name: str, scopes: Iterable[ServiceScope], ends_at: datetime
) -> IssuedToken:
    """A new account with its first token, which ends at `ends_at`. An admin makes them for their own organisation.

    Raises INVALID for no scope, a term of more than a year or one that is over, FORBIDDEN, NOT_FOUND.
    """
    await _may_manage(actor)
    name = texts.text(name, "name", most=100)
    async with unit(actor) as deed:
        organization = await access.get(Organization, actor, organization_id, field="organizationId")
        if organization.kind is OrganizationKind.OWNER:
            raise invalid("organizationId", "organization_kind")
        if actor.role is not Role.SUPERADMIN and organization.id != actor.organization_id:
            raise Refusal(Code.FORBIDDEN, field="organizationId")
        account = await ServiceAccount.create(
            organization_id=organization.id,
            name=name,
            scopes=_listed(scopes),
            created_by_id=actor.user_id,
            created_at=actor.now,
        )
        await _record(deed, EventKind.SERVICE_ACCOUNT_CREATED, account, {"after": _said(account)})
        return await _issue(deed, account, ends_at)


async def change_service_account(
    actor: Actor, account_id: UUID, *, name: str | None, scopes: Iterable[ServiceScope] | None
) -> ServiceAccount:
    """Another name or other scopes, which hold for its tokens at once."""
    await _may_manage(actor)
    async with unit(actor) as deed:
        account = await _managed(actor, account_id)
        before = _said(account)
        if name is not None:
            account.name = texts.text(name, "name", most=100)
        if scopes is not None:
            account.scopes = _listed(scopes)
        if _said(account) != before:
            await account.save(update_fields=["name", "scopes"])
            changes = {"before": before, "after": _said(account)}
            await _record(deed, EventKind.SERVICE_ACCOUNT_CHANGED, account, changes)
    return account


async def rotate_service_token(
    actor: Actor, account_id: UUID, *, ends_at: datetime, former_ends_at: datetime | None
) -> IssuedToken:
    """The next token. The former one works on until `former_ends_at`, at most 30 days, or no longer."""
    await _may_manage(actor)
    async with unit(actor) as deed:
        account = await _managed(actor, account_id)
        if former_ends_at is not None and not actor.now <= former_ends_at <= actor.now + LONGEST_OVERLAP:
            raise invalid("formerEndsAt", "service_token_overlap", days=LONGEST_OVERLAP.days)
        running = ServiceToken.filter(account_id=account.id, ends_at__gt=actor.now)
        kept = [token.id for token in await running.order_by("-created_at", "-id")][: MOST_TOKENS - 1]
        await running.exclude(id__in=kept).update(ends_at=actor.now)
        await running.filter(ends_at__gt=former_ends_at or actor.now).update(ends_at=former_ends_at or actor.now)
        return await _issue(deed, account, ends_at)


async def revoke_service_account(actor: Actor, account_id: UUID, *, reason: str) -> ServiceAccount:
    """End an account with all its tokens, at once and for good."""
    actor.require(*ADMINISTRATORS)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        account = await _managed(actor, account_id)
        account.revoked_at = actor.now
        await account.save(update_fields=["revoked_at"])
        await ServiceToken.filter(account_id=account.id, ends_at__gt=actor.now).update(ends_at=actor.now)
        await _record(deed, EventKind.SERVICE_ACCOUNT_REVOKED, account, {"name": account.name, "reason": reason})
    return account


async def _may_manage(actor: Actor) -> None:
    actor.require(*ADMINISTRATORS)
    await confirmation.require(actor)


async def _managed(actor: Actor, account_id: UUID) -> ServiceAccount:
    account = await access.get(ServiceAccount, actor, account_id, field="serviceAccountId", lock=True)
    if account.revoked_at is not None:
        raise Refusal(Code.CONFLICT, "service_account_revoked", field="serviceAccountId")
    return account


async def _issue(deed: Unit, account: ServiceAccount, ends_at: datetime) -> IssuedToken:
    if not deed.now < ends_at <= deed.now + LONGEST_TERM:
        raise invalid("endsAt", "service_token_term", days=LONGEST_TERM.days)
    token = PREFIX + bearer_secrets.made()
    await ServiceToken.create(
        account_id=account.id, token_digest=bearer_secrets.digest(token), created_at=deed.now, ends_at=ends_at
    )
    changes = {"name": account.name, "endsAt": ends_at.isoformat()}
    await _record(deed, EventKind.SERVICE_TOKEN_ISSUED, account, changes)
    return IssuedToken(account, ends_at, token)


async def _record(deed: Unit, kind: EventKind, account: ServiceAccount, changes: dict[str, Any]) -> None:
    organization = await Organization.get(id=account.organization_id)
    operator = organization.id if organization.kind is OrganizationKind.OPERATOR else None
    subscriber = organization.id if organization.kind is OrganizationKind.SUBSCRIBER else None
    await deed.record(kind, operator_id=operator, subscriber_id=subscriber, changes=changes)


def _listed(scopes: Iterable[ServiceScope]) -> list[str]:
    """Scopes in the one order in which they are kept and compared. Raises INVALID for none."""
    listed = sorted({scope.value for scope in scopes})
    if not listed:
        raise invalid("scopes", "required")
    return listed


def _said(account: ServiceAccount) -> dict[str, Any]:
    return {"name": account.name, "scopes": account.scopes}


STANDS_FOR = """
select t.id as token_id, a.id as account_id, a.organization_id, a.scopes, t.last_used_at
from service_tokens t join service_accounts a on a.id = t.account_id
where t.token_digest = $1 and t.ends_at > $2 and a.revoked_at is null
"""


async def actor_of_token(
    token: str, now: datetime, *, language: Language = Language.RU, request_id: str | None = None
) -> Actor | None:
    """The partner's system that a token stands for at `now`, or None. Its use is noted once a minute."""
    client = connections.get("default")
    rows = await client.execute_query_dict(STANDS_FOR, [bearer_secrets.digest(token), now])
    if not rows:
        return None
    row = rows[0]
    if row["last_used_at"] is None or row["last_used_at"] < now - USE_NOTED_EVERY:
        await ServiceToken.filter(id=row["token_id"]).update(last_used_at=now)
    scopes = row["scopes"]
    account_id = UUID(str(row["account_id"]))
    return Actor(
        now=now,
        user_id=account_id,
        organization_id=UUID(str(row["organization_id"])),
        person_id=account_id,
        role=Role.PARTNER,
        language=language,
        session_id=UUID(str(row["token_id"])),
        request_id=request_id,
        scopes=frozenset(map(ServiceScope, orjson.loads(scopes) if isinstance(scopes, str) else scopes)),
    )


def living(actor: Actor, parameters: Parameters) -> str:
    """The SQL condition under which the token still stands for the account, and the account reads within the same
    scopes."""
    bind = parameters.bind
    scopes = orjson.dumps(_listed(actor.scopes)).decode()
    return (
        "exists(select 1 from service_tokens k join service_accounts a on a.id = k.account_id"
        f" where k.id = {bind(actor.session_id, 'uuid')} and k.ends_at > {bind(actor.now, 'timestamptz')}"
        f" and a.revoked_at is null and a.id = {bind(actor.user_id, 'uuid')}"
        f" and a.organization_id = {bind(actor.organization_id, 'uuid')}"
        f" and a.scopes = {bind(scopes, 'text')}::jsonb)"
    )


def itself(caller: Caller, a: str, parameters: Parameters) -> str:
    """The SQL condition under which the account aliased `a` is the one whose token asks."""
    if not isinstance(caller, Actor) or caller.role is not Role.PARTNER:
        return "false"
    return f"{a}.id = {parameters.bind(caller.user_id, 'uuid')}"


def opened(caller: Caller, a: str, parameters: Parameters) -> str:
    """What the account aliased `a` may read, as an SQL expression."""
    return f"{a}.scopes"


def last_used(caller: Caller, a: str, parameters: Parameters) -> str:
    """When any token of the account aliased `a` was used last, as an SQL expression."""
    return f"(select max(k.last_used_at) from service_tokens k where k.account_id = {a}.id)"


def ends(caller: Caller, a: str, parameters: Parameters) -> str:
    """When the last token of the account aliased `a` ends, as an SQL expression."""
    return f"(select max(k.ends_at) from service_tokens k where k.account_id = {a}.id)"
