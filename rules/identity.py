"""Signing in by password, and who a token stands for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tortoise import connections

from models.enums import EventKind, Language, Role, Side
from models.users import User
from rules import (
    bearer_secrets,
    installation,
    passwords,
    second_step,
    service_accounts,
    sessions,
    sign_in_delays,
    texts,
)
from rules.access import Parameters
from rules.actor import SIDES, Actor, Anonymous, Caller
from rules.passkeys import Assertion
from rules.refusals import Code, Refusal
from rules.sessions import SignedIn, sign_out
from rules.unit import unit

__all__ = ["SignedIn", "sign_in", "sign_out"]

LONGEST_TOKEN = 200
LONGEST_EMAIL = 254


async def sign_in(
    visitor: Anonymous,
    email: str,
    password: str,
    *,
    otp: str | None = None,
    passkey: Assertion | None = None,
    device_token: str | None = None,
) -> SignedIn:
    """Open a session.

    :param otp: a code of the account's app, or a recovery code
    :param passkey: the answer to what SECOND_FACTOR_REQUIRED gave
    :param device_token: what an earlier sign-in from this client gave: its tries are counted apart
    :raises Refusal: UNAUTHENTICATED, alike and after the same statements and time for an unknown address and a wrong
        password; RATE_LIMITED (details.seconds) while too many tries delay this client; SECOND_FACTOR_REQUIRED
        if the password is right but more is needed, and INVALID for a second factor that is not right
        (`rules.second_step.demanded`)
    """
    address = email.strip().lower()[:LONGEST_EMAIL] if texts.storable(email) else ""
    device = await sign_in_delays.known_device(device_token, address, visitor.now)
    keys = sign_in_delays.sign_in_keys(address, visitor.address, device)
    failures = await sign_in_delays.count(visitor, keys)
    user = await User.get_or_none(email=address, active=True)
    right = await passwords.matches(user.password_hash if user else None, password)
    if user is None or not right:
        await _record_refusal(visitor, user, failures)
        raise Refusal(Code.UNAUTHENTICATED, "sign_in_failed")
    await sign_in_delays.forgive(keys)
    second_factor = await second_step.demanded(visitor, user, otp=otp, passkey=passkey, device=device)
    return await sessions.open_session(
        visitor, user, second_factor=second_factor, device=device, device_token=device_token
    )


async def _record_refusal(visitor: Anonymous, user: User | None, failures: int) -> None:
    """Of an unknown address too, so that it takes as long; such an event is the owner's alone to see."""
    side = SIDES[user.role] if user else None
    async with unit(visitor) as deed:
        await deed.record(
            EventKind.SIGN_IN_REFUSED,
            changes={"failures": failures, "address": visitor.address},
            user_id=user and user.id,
            operator_id=user.organization_id if user and side is Side.OPERATOR else None,
            subscriber_id=user.organization_id if user and side is Side.SUBSCRIBER else None,
        )


def oneself(caller: Caller, u: str, parameters: Parameters) -> str:
    """The SQL condition under which the account aliased `u` is the caller's own."""
    return "false" if isinstance(caller, Anonymous) else f"{u}.id = {parameters.bind(caller.user_id, 'uuid')}"


LIVES = "s.ended_at is null and s.expires_at > {now} and u.active"
"""When the session `s` of the account `u` stands for somebody at `now`."""
CONFINED = "({required} and u.role = 'SUPERADMIN' and s.second_factor is null)"
"""Whether the session `s` of the account `u` may do no more than set a second factor up."""
ACTOR = f"""
select s.id as session_id, u.id as user_id, u.organization_id, u.person_id, u.role, u.language,
       {CONFINED.format(required="$3::boolean")} as confined
from sessions s join users u on u.id = s.user_id
where s.{{key}} = $1 and {LIVES.format(now="$2")}
"""


def living(actor: Actor, parameters: Parameters) -> str:
    """The SQL condition under which the actor is still who they were: the session lives, the account is active and
    nothing of it that decides what they see has changed. A statement that carries it needs no other look."""
    if actor.role is Role.PARTNER:
        return service_accounts.living(actor, parameters)
    bind = parameters.bind
    confined = CONFINED.format(required=bind(_required(), "boolean"))
    return (
        "exists(select 1 from sessions s join users u on u.id = s.user_id"
        f" where s.id = {bind(actor.session_id, 'uuid')}"
        f" and {LIVES.format(now=bind(actor.now, 'timestamptz'))}"
        f" and u.id = {bind(actor.user_id, 'uuid')} and u.person_id = {bind(actor.person_id, 'uuid')}"
        f" and u.organization_id = {bind(actor.organization_id, 'uuid')} and u.role = {bind(actor.role.value, 'text')}"
        f" and u.language = {bind(actor.language.value, 'text')}"
        f" and {confined} = {bind(actor.confined, 'boolean')})"
    )


BY_TOKEN = ACTOR.format(key="token_digest")
BY_SESSION = ACTOR.format(key="id")
LAPSED = f"""
select given.id from unnest($1::uuid[]) as given(id) where not exists (
    select 1 from sessions s join users u on u.id = s.user_id
    where s.id = given.id and {LIVES.format(now="$2")}
    and u.role = $3 and u.organization_id = $4 and u.language = $5
    and {CONFINED.format(required="$6::boolean")} = $7
)
"""


async def actor_of_token(token: str, now: datetime, request_id: str | None = None) -> Actor | None:
    """Whom a session's token, or that of a partner's system, stands for at `now`, or None."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    if token.startswith(service_accounts.PREFIX):
        return await service_accounts.actor_of_token(token, now, request_id=request_id)
    return await _actor(BY_TOKEN, bearer_secrets.digest(token), now, request_id)


async def actor_of_session(session_id: UUID, now: datetime, request_id: str | None = None) -> Actor | None:
    """Whom a session stands for at `now`, or None once it has ended. For who was told of it by a token before."""
    return await _actor(BY_SESSION, session_id, now, request_id)


async def lapsed(sessions: Iterable[UUID], actor: Actor, now: datetime) -> set[UUID]:
    """Those of `sessions` that at `now` no longer stand for somebody with the role, the organisation, the language and
    the confinement of `actor`. One statement, however many are asked for."""
    like = [actor.role.value, actor.organization_id, actor.language.value, _required(), actor.confined]
    rows = await connections.get("default").execute_query_dict(LAPSED, [list(sessions), now, *like])
    return {UUID(str(row["id"])) for row in rows}


def _required() -> bool:
    return installation.current().second_factor_required


async def _actor(statement: str, key: str | UUID, now: datetime, request_id: str | None) -> Actor | None:
    rows = await connections.get("default").execute_query_dict(statement, [key, now, _required()])
    if not rows:
        return None
    row = rows[0]
    return Actor(
        now=now,
        user_id=UUID(str(row["user_id"])),
        organization_id=UUID(str(row["organization_id"])),
        person_id=UUID(str(row["person_id"])),
        role=Role(row["role"]),
        language=Language(row["language"]),
        session_id=UUID(str(row["session_id"])),
        request_id=request_id,
        confined=bool(row["confined"]),
    )
