"""HTTP by hand, for what no client library sends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from scripts.attacks.target import Target

MOST = 4 * 1024 * 1024


@dataclass
class Line:
    """One connection, octet by octet."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, octets: bytes) -> bool:
        """Whether the other side still took it."""
        try:
            self.writer.write(octets)
            async with asyncio.timeout(5):
                await self.writer.drain()
        except (OSError, TimeoutError):
            return False
        return not self.writer.is_closing() and not self.reader.at_eof()

    async def hear(self, seconds: float = 3.0) -> bytes:
        """All that comes until the other side closes, or `seconds` are over."""
        heard = bytearray()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(seconds):
                while (part := await self.reader.read(65536)) and len(heard) < MOST:
                    heard += part
        return bytes(heard)


@asynccontextmanager
async def line(target: Target) -> AsyncIterator[Line]:
    """A connection to the target."""
    reader, writer = await asyncio.wait_for(asyncio.open_connection(*target.host), 5)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), 2)


async def exchange(target: Target, octets: bytes, seconds: float = 3.0) -> bytes:
    """Say something, and hear all that is answered."""
    async with line(target) as connection:
        await connection.say(octets)
        return await connection.hear(seconds)


def request(target: Target, method: str, path: str, headers: list[str], body: bytes = b"") -> bytes:
    """A request whose headers are given as they stand."""
    host, port = target.host
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def statuses(heard: bytes) -> list[int]:
    """The status of each answer in what was heard."""
    found = [part[:3] for part in heard.split(b"HTTP/1.1 ")[1:]]
    return [int(each) for each in found if each.isdigit()]
