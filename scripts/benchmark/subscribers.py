"""Live: how long one event takes to the last of many WebSocket subscribers, beside uvicorn pushing the same octets.

The client is a loop over plain sockets: a library's would cost more than the servers it measures.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import select
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx

from scripts.benchmark.targets import Target

DOCUMENT = """
subscription {
  signatureEvents { cursor kind entry { id number status revision { number digest } } signature { id } }
}
"""
EVENT = (Path(__file__).parent / "sql" / "event.sql").read_text()
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
SUBSCRIBERS = 500
BURSTS = 42
DELIVERY_SECONDS = 20.0
PAUSE_SECONDS = 0.05


class NotDelivered(Exception):
    """Some subscriber did not get an event in time."""


@dataclass(frozen=True)
class Delivery:
    """Medians over the events, in milliseconds from before the commit."""

    first: float
    last: float


class Subscribers:
    """Open WebSockets (RFC 6455) that have subscribed by graphql-transport-ws."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._closed = False

    def subscribe(self, address: str, token: str, many: int = SUBSCRIBERS) -> None:
        """Open them, one by one."""
        while len(self._sockets) < many and not self._closed:
            self._sockets.append(_subscribe(address, token))

    def close(self) -> None:
        """Let all go; who waits in another thread ends at once."""
        self._closed = True
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def receive(self, started: float) -> tuple[float, float, bytes]:
        """Wait until each has got a text: milliseconds from `started` to the first and to the last, and the text."""
        waiting = {each.fileno(): each for each in self._sockets}
        poll = select.epoll()
        try:
            for number in waiting:
                poll.register(number, select.EPOLLIN)
            arrivals, text = [], b""
            while waiting:
                ready = poll.poll(max(0.0, started + DELIVERY_SECONDS - time.monotonic()))
                if not ready:
                    raise NotDelivered(f"{len(waiting)} of {len(self._sockets)} subscribers got nothing")
                for number, _ in ready:
                    octets = waiting[number].recv(65536)
                    arrived = time.monotonic()
                    for kind, payload in _frames(octets):
                        if kind == PING:
                            _send(waiting[number], payload, PONG)
                        elif kind == TEXT and number in waiting:
                            arrivals.append(arrived)
                            text = payload
                            poll.unregister(number)
                            del waiting[number]
                        elif kind not in (TEXT, PONG):
                            raise NotDelivered(f"a subscriber was let go: {payload.decode(errors='replace')}")
        finally:
            poll.close()
        return (arrivals[0] - started) * 1000, (arrivals[-1] - started) * 1000, text


def _subscribe(address: str, token: str) -> socket.socket:
    place = urlsplit(address)
    connection = socket.create_connection((place.hostname or "", place.port or 0), timeout=DELIVERY_SECONDS)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /graphql HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    while not connection.recv(65536).endswith(b"\r\n\r\n"):
        pass
    _send(connection, json.dumps({"type": "connection_init", "payload": {"token": token}}).encode())
    connection.recv(65536)
    _send(connection, json.dumps({"id": "1", "type": "subscribe", "payload": {"query": DOCUMENT}}).encode())
    return connection


def _send(connection: socket.socket, payload: bytes, kind: int = TEXT) -> None:
    """One frame, masked by zeros."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    connection.sendall(bytes([0x80 | kind]) + length + bytes(4) + payload)


def _frames(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """The kinds and payloads of a server's frames below 64 KiB, which come whole; CLOSE for the end of the stream."""
    if not octets:
        yield CLOSE, b""
    while octets:
        start = 4 if octets[1] == 126 else 2
        end = start + (int.from_bytes(octets[2:4], "big") if start == 4 else octets[1])
        yield octets[0] & 0x0F, octets[start:end]
        octets = octets[end:]


async def measure(
    product: Target, bare_address: str, token: str, superuser_url: str, entry: object
) -> tuple[Delivery, Delivery]:
    """The product's delivery and the bare server's, event by event in turn.

    :param superuser_url: of a role that may take the events away again, which nobody else may
    :param entry: the key of an entry that the token's user sees
    """
    connection = await asyncpg.connect(superuser_url)
    async with httpx.AsyncClient(timeout=60) as client:
        texts = [b"{}"]

        @asynccontextmanager
        async def commit() -> AsyncIterator[None]:
            async with connection.transaction():
                await connection.execute(EVENT, entry)
                await connection.execute("select pg_notify('events', '')")
                yield

        @asynccontextmanager
        async def push() -> AsyncIterator[None]:
            yield
            await client.post(f"{bare_address}/push", content=texts[-1])

        groups = [Subscribers(), Subscribers()]
        try:
            for group, address in zip(groups, (product.address, bare_address), strict=True):
                await asyncio.to_thread(group.subscribe, address, token)
            await asyncio.sleep(2)  # until the last has begun to follow; there is no sign of it
            times: list[list[tuple[float, float]]] = [[], []]
            for _ in range(BURSTS):
                for turn, act in enumerate((commit, push)):
                    first, last, text = await _burst(groups[turn], act)
                    times[turn].append((first, last))
                    texts.append(text)
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            for group in groups:
                group.close()
            await connection.execute("set session_replication_role = replica; truncate events cascade")
            await connection.close()
    ours, bare = (Delivery(*(statistics.median(column) for column in zip(*one[2:], strict=True))) for one in times)
    return ours, bare


async def _burst(
    group: Subscribers, act: Callable[[], AbstractAsyncContextManager[None]]
) -> tuple[float, float, bytes]:
    """One event to all. The clock begins when the context `act` is left: at the commit, or the order to push."""
    async with act():
        started = time.monotonic()
        receiving = asyncio.create_task(asyncio.to_thread(group.receive, started))
    return await receiving
