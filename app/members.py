"""One member of a shared subscription: what is written to it, and what waits to be.

A frame is written in the very turn in which it is offered, without a task of its own, if the connection takes it. What
a slow connection does not take waits in a bounded queue for the task that Strawberry keeps for the operation anyway, so
that no member delays another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected

from app.json_text import encoded

FRAMES_WAITING = 256
OCTETS_WAITING = 1024 * 1024
"""How much may wait to be written to one member, beside what its connection holds (64 KiB in asyncio's transports). One
frame may be larger. Members share the text of frames, so this bounds how long the slowest keeps it alive."""
LONGEST_REASON = 123
"""Octets: what a close frame holds beside its code (RFC 6455, 5.5)."""


class Frame(NamedTuple):
    """An encoded answer, the payload of a `next` message, and its size in UTF-8."""

    text: str
    octets: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Why nothing more comes. `errors` are those of an operation that could not go on; `late` is who joined one that
    was over already."""

    errors: Sequence[GraphQLError] = ()
    too_slow: bool = False
    late: bool = False


COMPLETE = Ending()
LATE = Ending(late=True)
TOO_SLOW = Ending(too_slow=True)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A message that the connection did not take at once: a coroutine, and the future it waits for."""

    sending: Coroutine[asyncio.Future[Any], None, None]
    awaited: asyncio.Future[Any]

    async def finish(self) -> None:
        """Wait until the connection has taken it."""
        awaited = self.awaited
        while True:
            await asyncio.wait([awaited])
            try:
                awaited = self.sending.send(None)
            except StopIteration:
                return


class Socket(ASGIWebSocketAdapter):
    """The connection, as subscriptions write to it. All methods that send raise WebSocketDisconnected once it is
    closed, by whichever side."""

    def begin(self, text: str) -> Unfinished | None:
        """Send a text message as far as that goes without waiting; what is left of it, if anything."""
        sending = self.write(text)
        try:
            return Unfinished(sending, sending.send(None))
        except StopIteration:
            return None

    async def close(self, code: int, reason: str) -> None:
        """Close with as much of `reason` as a close frame holds."""
        with suppress(RuntimeError):  # it was closed before
            await super().close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message of the protocol."""
        await self.write(encoded(message))

    async def write(self, text: str) -> None:
        """Send a text message."""
        try:
            await self.ws.send({"type": "websocket.send", "text": text})
        except (WebSocketDisconnect, RuntimeError) as error:  # RuntimeError: it was we who closed it
            raise WebSocketDisconnected from error


class Member:
    """A subscription of one connection. `head` is what its messages begin with, up to the payload."""

    def __init__(self, session_id: UUID, socket: Socket, head: str) -> None:
        self.session_id = session_id
        self.told = False
        """Whether anything was offered to it."""
        self._socket = socket
        self._head = head
        self._waiting: asyncio.Queue[Frame | Unfinished | Ending] = asyncio.Queue()
        self._behind = 0
        self._octets = 0
        self._ended = False

    def offer(self, frame: Frame) -> bool:
        """Write `frame` now or in its turn; whether that can be. A member that has no room left for it is ended."""
        if self._ended:
            return False
        self.told = True
        if not self._behind:
            try:
                unfinished = self._socket.begin(f"{self._head}{frame.text}}}")
            except WebSocketDisconnected:
                self.end(COMPLETE, at_once=True)
                return False
            if unfinished:
                self._wait_with(unfinished, 0)
        elif self._behind > FRAMES_WAITING or (self._octets and self._octets + frame.octets > OCTETS_WAITING):
            self.end(TOO_SLOW, at_once=True)
            return False
        else:
            self._wait_with(frame, frame.octets)
        return True

    def end(self, ending: Ending, *, at_once: bool = False) -> None:
        """The last that is said to the member: after all that waits, or `at_once` instead of it."""
        if self._ended:
            return
        self._ended = True
        while at_once and not self._waiting.empty():
            self._written(self._waiting.get_nowait())
        self._wait_with(ending, 0)

    async def followed(self) -> Ending:
        """Write what waits, until nothing more comes; why that is so."""
        while True:
            item = await self._waiting.get()
            match item:
                case Ending():
                    return item
                case Frame():
                    await self._socket.write(f"{self._head}{item.text}}}")
                case Unfinished():
                    await item.finish()
            self._written(item)

    async def caught_up(self) -> None:
        """Return once everything offered has been written."""
        await self._waiting.join()

    def _wait_with(self, item: Frame | Unfinished | Ending, octets: int) -> None:
        self._behind += 1
        self._octets += octets
        self._waiting.put_nowait(item)

    def _written(self, item: Frame | Unfinished | Ending) -> None:
        self._behind -= 1
        self._octets -= item.octets if isinstance(item, Frame) else 0
        self._waiting.task_done()
