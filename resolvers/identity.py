"""Signing in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.users import User
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import identity
from rules.actor import Anonymous


@dataclass(frozen=True, slots=True)
class Session:
    """What `signIn` answers with."""

    token: str
    expires_at: datetime
    user: Row


async def sign_in(info: Info, email: str, password: str) -> Session:
    """Opens a session and, for browsers, sets its cookie."""
    caller = info.context.caller
    visitor = Anonymous(now=caller.now, language=caller.language, request_id=caller.request_id)
    signed_in = await identity.sign_in(visitor, email, password)
    info.context.keep_session(signed_in.token, signed_in.session.expires_at)
    return Session(signed_in.token, signed_in.session.expires_at, made(User, signed_in.user.id))


async def sign_out(info: Info) -> bool:
    """Ends the caller's session."""
    await identity.sign_out(info.context.actor)
    info.context.forget_session()
    return True
