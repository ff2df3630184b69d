"""A body that comes in: counted and timed, so that nobody sends more or slower than we mean to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

LINGER_SECONDS = 10.0
LINGER_OCTETS = 64 * 1024 * 1024


class BodyTooLarge(Exception):
    """More comes than was to be taken."""


class BodyTooSlow(Exception):
    """It comes too slowly."""


class Pacing:
    """Lets messages of `request` through while they are no more than `most` octets and come no slower than `pace`
    octets a second on average after the first `grace` seconds. Raises BodyTooLarge or BodyTooSlow."""

    def __init__(self, request: Request, most: int, *, grace: float, pace: int) -> None:
        self._receive = request.receive
        self._most, self._grace, self._pace = most, grace, pace
        self._began = time.monotonic()
        self._octets = 0

    async def receive(self) -> Message:
        """The next message (ASGI)."""
        allowed = self._grace + self._octets / self._pace
        try:
            async with asyncio.timeout(self._began + allowed - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        self._octets += len(message.get("body", b""))
        if self._octets > self._most:
            raise BodyTooLarge
        return message


class Lingering(Response):
    """`answer` to a request whose body has not been read. Clients read an answer when they have sent all, and lose it
    if the connection is closed under them: what comes meanwhile is thrown away, so much and so long at most."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body, answer.status_code)
        self.raw_headers = answer.raw_headers
        self.headers["Connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, then hear the client out (ASGI)."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        octets = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while octets < LINGER_OCTETS:
                    message = await receive()
                    octets += len(message.get("body", b""))
                    if not message.get("more_body"):
                        break
        await send({"type": "http.response.body"})
