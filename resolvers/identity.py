"""Signing in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.users import User
from resolvers import graph
from resolvers.context import Info
from resolvers.graph import Row
from resolvers.nodes import made
from rules import identity
from rules.actor import Actor, Anonymous


@dataclass(frozen=True, slots=True)
class Session:
    """What `signIn` answers with."""

    token: str
    expires_at: datetime
    user: Row


async def viewer(info: Info) -> Row | None:
    """The caller's own account; null for an anonymous caller."""
    caller = info.context.caller
    return await graph.by_id(info.context, User, caller.user_id) if isinstance(caller, Actor) else None


async def sign_in(info: Info, email: str, password: str) -> Session:
    """Opens a session and, for browsers, sets its cookie."""
    caller = info.context.caller
    visitor = Anonymous(now=caller.now, language=caller.language, request_id=caller.request_id)
    signed_in = await identity.sign_in(visitor, email, password)
    info.context.keep_session(signed_in.token, signed_in.session.expires_at)
    return Session(signed_in.token, signed_in.session.expires_at, await made(info, User, signed_in.user.id))


async def sign_out(info: Info) -> bool:
    """Ends the caller's session."""
    await identity.sign_out(info.context.actor)
    info.context.forget_session()
    return True
