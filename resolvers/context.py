"""What one request carries through its resolvers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from rules.access import signed_in
from rules.actor import Actor, Anonymous, Caller

SESSION_COOKIE = "session"
DEVICE_COOKIE = "device"
DEVICE_COOKIE_SECONDS = 365 * 24 * 3600


class CookieAttributes(TypedDict):
    """How the session's cookie is set and unset."""

    path: str
    httponly: bool
    samesite: Literal["strict"]
    secure: bool


@dataclass
class Context:
    """One request's context; on a WebSocket one connection's, whose caller is read anew for every operation."""

    caller: Caller
    request: Request | WebSocket
    response: Response | None = None
    connection_params: dict[str, Any] | None = None
    secure_cookies: bool = True
    refresh: Callable[[], Awaitable[Caller]] | None = None
    """On a WebSocket: who the caller is now."""

    @property
    def actor(self) -> Actor:
        """The signed-in caller. Raises UNAUTHENTICATED for an anonymous one."""
        return signed_in(self.caller)

    @property
    def visitor(self) -> Anonymous:
        """Who is about to sign in, signed in already or not: somebody at an address with a client."""
        return Anonymous(
            now=self.caller.now,
            language=self.caller.language,
            request_id=self.caller.request_id,
            address=self.request.client.host if self.request.client else None,
            client=self.request.headers.get("user-agent"),
        )

    @property
    def device(self) -> str | None:
        """What a browser keeps from an earlier sign-in."""
        return self.request.cookies.get(DEVICE_COOKIE)

    def keep_device(self, token: str) -> None:
        """Give a browser what makes it a known one."""
        if self.response is not None:
            self.response.set_cookie(DEVICE_COOKIE, token, max_age=DEVICE_COOKIE_SECONDS, **self._cookie)

    def keep_session(self, token: str, expires_at: datetime) -> None:
        """Give a browser its session's cookie; a WebSocket has no response to carry one."""
        if self.response is not None:
            seconds = int((expires_at - self.caller.now).total_seconds())
            self.response.set_cookie(SESSION_COOKIE, token, max_age=seconds, **self._cookie)

    def forget_session(self) -> None:
        """Take the browser's cookie away."""
        if self.response is not None:
            self.response.delete_cookie(SESSION_COOKIE, **self._cookie)

    @property
    def _cookie(self) -> CookieAttributes:
        return {"path": "/", "httponly": True, "samesite": "strict", "secure": self.secure_cookies}


Info = strawberry.Info[Context, None]
