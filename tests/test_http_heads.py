"""The head of a request has an end, in octets and in time, whatever a client goes on sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from client import Client
from conftest import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app import http_protocol
from app.http_protocol import LARGEST_HEAD, BoundedHeads

BEGINNING = b"POST /echo HTTP/1.1\r\nHost: journals.example\r\nX-Filling: "


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """The protocol as the product serves by it, above the smallest application."""
    application = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
    configuration = uvicorn.Config(application, http=BoundedHeads, log_config=None, lifespan="off")
    async with Server(configuration).running() as address:
        yield address


async def status_of(reader: asyncio.StreamReader) -> int:
    """The status of the answer, after which the connection must be closed."""
    try:
        answer = await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return 0  # closed while we were still sending
    return int(answer.split(b" ")[1]) if answer else 0


async def connected(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))


async def test_an_endless_head_is_cut_off() -> None:
    async with served() as address:
        reader, writer = await connected(address)
        writer.write(BEGINNING)
        sent = 0
        try:
            while sent < 100 * LARGEST_HEAD and not writer.is_closing():
                writer.write(b"a" * 8192)
                sent += 8192
                await writer.drain()
        except ConnectionError:
            pass
        assert sent < 100 * LARGEST_HEAD
        writer.close()
        reader, writer = await connected(address)
        writer.write(BEGINNING + b"a" * (2 * LARGEST_HEAD))
        await writer.drain()
        writer.write(b"a")
        assert await status_of(reader) in (0, 431)
        writer.close()


async def test_a_head_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.2)
    async with served() as address:
        for beginning in (b"", BEGINNING):
            reader, writer = await connected(address)
            writer.write(beginning)
            assert await status_of(reader) == 408, beginning
            writer.close()
        # Whoever is in time is not held to it: a body may take longer, and so may the next request.
        reader, writer = await connected(address)
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
        for _ in range(2):
            writer.write(head)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readexactly(1), 0.4)
            writer.write(b"abc")
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n3"), 5)
            assert answer.startswith(b"HTTP/1.1 200")
        writer.close()


async def test_usual_requests_are_as_they_were() -> None:
    async with served() as address, httpx.AsyncClient(base_url=address) as http:
        for octets in (0, 10, 3 * LARGEST_HEAD, 5):
            answer = await http.post("/echo", content=b"a" * octets, headers={"x-filling": "b" * 30_000})
            assert (answer.status_code, answer.text) == (200, str(octets))


async def test_no_redirect_names_a_host_that_the_request_made_up(client: Client) -> None:
    answer = await client.http.get("/admin", headers={"host": "evil.example"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/admin/")
    assert (await client.http.get("/verify/", headers={"host": "evil.example"})).status_code == 404
