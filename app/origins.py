"""Pages of other origins: those of `CORS_ORIGINS` may ask and be told, all others may not.

A page of an origin that is named may send its user's cookie along, if both are of one site (the cookie is
`SameSite=Strict`); frontends elsewhere send a bearer token.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

TRUSTED = "trusted_origin"
"""The key by which the scope says that the request's Origin is one of those named."""
BACK_OFFICE = "/admin"
REQUEST_HEADERS = (
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "GraphQL-Require-Preflight",
    "Apollo-Require-Preflight",
    "X-Request-Id",
)
RESPONSE_HEADERS = ("Content-Disposition", "ETag", "Retry-After", "X-Request-Id")
PREFLIGHT_SECONDS = 600


class Origins:
    """ASGI middleware: answers preflights, and says whose pages a request comes from. The back office is for nobody
    else's pages."""

    def __init__(self, app: ASGIApp, *, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._sharing = CORSMiddleware(
            app,
            allow_origins=sorted(origins),
            allow_methods=("GET", "POST"),
            allow_headers=REQUEST_HEADERS,
            allow_credentials=True,
            expose_headers=RESPONSE_HEADERS,
            max_age=PREFLIGHT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(BACK_OFFICE):
            await self._app(scope, receive, send)
            return
        scope[TRUSTED] = Headers(scope=scope).get("origin") in self._origins
        await self._sharing(scope, receive, send)
