"""Headers of every answer: what a browser may do with it, which is as little as possible."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For answers that are no pages of ours: nothing is loaded, nothing framed. A page brings its own."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ONE_YEAR = "max-age=31536000"


def security_headers(*, secure: bool) -> dict[str, str]:
    """The headers of an answer that is no page. `secure`: the public address is https, and browsers shall insist on it
    (RFC 6797)."""
    headers = HEADERS | {"Content-Security-Policy": CONTENT_POLICY}
    return headers | {"Strict-Transport-Security": ONE_YEAR} if secure else headers


class SecurityHeaders:
    """ASGI middleware: adds the headers to each HTTP answer that does not carry its own.

    A page that loads something brings its own Content-Security-Policy.
    """

    def __init__(self, app: ASGIApp, *, secure: bool = False) -> None:
        self._app = app
        self._headers = security_headers(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
