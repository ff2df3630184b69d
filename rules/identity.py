"""Signing in and out, and who a token stands for."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tortoise import connections

from models.enums import EventKind, Language, Role
from models.users import Session, User
from rules import installation, passwords, texts
from rules.access import Parameters
from rules.actor import SIDES, Actor, Anonymous, Caller
from rules.refusals import Code, Refusal
from rules.unit import unit

FREE_TRIES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
LONGEST_TOKEN = 200


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session. The token is shown this once; only its digest is kept."""

    session: Session
    user: User
    token: str = field(repr=False)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def sign_in(visitor: Anonymous, email: str, password: str) -> SignedIn:
    """Open a session. Raises UNAUTHENTICATED, alike and after the same time for an unknown address and a wrong
    password, or RATE_LIMITED (details.seconds) while too many tries delay an account."""
    user = await User.get_or_none(email=email.strip().lower()[:254], active=True) if texts.storable(email) else None
    if user is not None and user.locked_until is not None and user.locked_until > visitor.now:
        seconds = int((user.locked_until - visitor.now).total_seconds()) + 1
        raise Refusal(Code.RATE_LIMITED, "sign_in_locked", details={"seconds": seconds})
    right = await passwords.matches(user.password_hash if user else None, password)
    if user is None or not right:
        if user is not None:
            await _count_failure(visitor, user.id)
        raise Refusal(Code.UNAUTHENTICATED, "sign_in_failed")
    token = secrets.token_urlsafe(32)
    async with unit(visitor) as deed:
        user = await User.select_for_update().get(id=user.id)
        if not user.active:
            raise Refusal(Code.UNAUTHENTICATED, "sign_in_failed")
        user.failed_sign_ins, user.locked_until = 0, None
        await user.save(update_fields=["failed_sign_ins", "locked_until"])
        session = await Session.create(
            user_id=user.id,
            token_digest=_digest(token),
            created_at=visitor.now,
            expires_at=visitor.now + timedelta(hours=installation.current().session_hours),
        )
        await deed.record_person(
            EventKind.SIGNED_IN,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
            changes={"session": str(session.id)},
            actor_id=user.person_id,
            actor_user_id=user.id,
        )
    return SignedIn(session, user, token)


async def _count_failure(visitor: Anonymous, user_id: UUID) -> None:
    async with unit(visitor) as deed:
        user = await User.select_for_update().get(id=user_id)
        user.failed_sign_ins += 1
        beyond = user.failed_sign_ins - FREE_TRIES
        if beyond >= 0:
            user.locked_until = visitor.now + min(FIRST_DELAY * 2 ** min(beyond, 20), LONGEST_DELAY)
        await user.save(update_fields=["failed_sign_ins", "locked_until"])
        await deed.record_person(
            EventKind.SIGN_IN_REFUSED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
            changes={"failures": user.failed_sign_ins},
        )


def oneself(caller: Caller, u: str, parameters: Parameters) -> str:
    """The SQL condition under which the account aliased `u` is the caller's own."""
    return "false" if isinstance(caller, Anonymous) else f"{u}.id = {parameters.bind(caller.user_id, 'uuid')}"


async def sign_out(actor: Actor) -> None:
    """End the session at once, in open sockets too: its event rings the bell that they listen to."""
    async with unit(actor) as deed:
        await Session.filter(id=actor.session_id, ended_at=None).update(ended_at=actor.now)
        await deed.record_person(
            EventKind.SIGNED_OUT,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            changes={"session": str(actor.session_id)},
        )


LIVES = "s.ended_at is null and s.expires_at > {now} and u.active"
"""When the session `s` of the account `u` stands for somebody at `now`."""
ACTOR = f"""
select s.id as session_id, u.id as user_id, u.organization_id, u.person_id, u.role, u.language
from sessions s join users u on u.id = s.user_id
where s.{{key}} = $1 and {LIVES.format(now="$2")}
"""


def living(actor: Actor, parameters: Parameters) -> str:
    """The SQL condition under which the actor is still who they were: the session lives, the account is active and
    nothing of it that decides what they see has changed. A statement that carries it needs no other look."""
    bind = parameters.bind
    return (
        "exists(select 1 from sessions s join users u on u.id = s.user_id"
        f" where s.id = {bind(actor.session_id, 'uuid')}"
        f" and {LIVES.format(now=bind(actor.now, 'timestamptz'))}"
        f" and u.id = {bind(actor.user_id, 'uuid')} and u.person_id = {bind(actor.person_id, 'uuid')}"
        f" and u.organization_id = {bind(actor.organization_id, 'uuid')} and u.role = {bind(actor.role.value, 'text')}"
        f" and u.language = {bind(actor.language.value, 'text')})"
    )


BY_TOKEN = ACTOR.format(key="token_digest")
BY_SESSION = ACTOR.format(key="id")
LAPSED = f"""
select given.id from unnest($1::uuid[]) as given(id) where not exists (
    select 1 from sessions s join users u on u.id = s.user_id
    where s.id = given.id and {LIVES.format(now="$2")}
    and u.role = $3 and u.organization_id = $4 and u.language = $5
)
"""


async def actor_of_token(token: str, now: datetime, request_id: str | None = None) -> Actor | None:
    """Whom a session's token stands for at `now`, or None."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    return await _actor(BY_TOKEN, _digest(token), now, request_id)


async def actor_of_session(session_id: UUID, now: datetime, request_id: str | None = None) -> Actor | None:
    """Whom a session stands for at `now`, or None once it has ended. For who was told of it by a token before."""
    return await _actor(BY_SESSION, session_id, now, request_id)


async def lapsed(sessions: Iterable[UUID], actor: Actor, now: datetime) -> set[UUID]:
    """Those of `sessions` that at `now` no longer stand for somebody with the role, the organisation and the language
    of `actor`. One statement, however many are asked for."""
    like = [actor.role.value, actor.organization_id, actor.language.value]
    rows = await connections.get("default").execute_query_dict(LAPSED, [list(sessions), now, *like])
    return {UUID(str(row["id"])) for row in rows}


async def _actor(statement: str, key: str | UUID, now: datetime, request_id: str | None) -> Actor | None:
    rows = await connections.get("default").execute_query_dict(statement, [key, now])
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
    )
