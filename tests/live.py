"""What tests of live subscriptions say often: things happen in the log, members join, connections read nothing."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
import websockets
from client import Client, Stream
from conftest import Database

from app.executions import Execution, Executions
from rules import bell

EVENTS = "subscription ($after: String) { events(after: $after) { cursor kind entry { number status } } }"

RECORDED = """
with made as (
  insert into events (id, epoch, kind, occurred_at, operator_id, subscriber_id, object_id, type_id, journal_id,
                      entry_id, changes)
  select gen_random_uuid(), epoch, kind, now(), operator_id, subscriber_id, object_id, type_id, journal_id, entry_id,
         jsonb_build_object('filling', repeat('x', $2))
  from (select * from events where kind = 'ENTRY_RECORDED' order by position limit 1) e, generate_series(1, $1)
  returning 1
) select count(*), pg_notify('events', '') from made
"""
RUNG = "select pg_notify('events', '')"


async def happen(database: Database, count: int = 1, *, octets: int = 0) -> None:
    """`count` events on the demo's warehouse, in one transaction, past the server and its statements."""
    await database.fetch(RECORDED, count, octets)


async def together(database: Database, *statements: tuple[Any, ...]) -> None:
    """Statements with their values, in one transaction."""
    connection = await asyncpg.connect(database.owner_url)
    async with connection.transaction():
        for statement, *values in statements:
            await connection.fetch(statement, *values)
    await connection.close()


def running() -> list[Execution]:
    """The executions at work in this process."""
    return [execution for executions in Executions._of_schemas.values() for execution in executions]


async def members(count: int, executions: int = 1, *, waiting: bool = True) -> list[Execution]:
    """Wait until `count` members have joined `executions` executions, and those are `waiting` for the bell."""

    def there() -> bool:
        return (len(running()), sum(map(len, running()))) == (executions, count) and (
            not (waiting and executions) or len(bell.current()._heard._waiters) == executions
        )

    async with asyncio.timeout(10):
        while not there():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0)
    return running()


@asynccontextmanager
async def subscribed(clients: Sequence[Client], query: str = EVENTS, **variables: Any) -> AsyncIterator[list[Stream]]:
    """One socket a client, all subscribed to the same."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(each.subscribed(query, **variables)) for each in clients]


@asynccontextmanager
async def reading_nothing(client: Client, query: str) -> AsyncIterator[Stream]:
    """A subscriber on a connection that holds little and is not read from."""
    host, port = client.address.removeprefix("http://").split(":")
    with sockets.socket() as narrow:
        narrow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, (host, int(port)))
        async with websockets.connect(
            f"ws://{host}:{port}/graphql",
            sock=narrow,
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            max_queue=1,
            compression=None,
        ) as socket:
            stream = Stream(socket)
            await socket.send(json.dumps({"type": "connection_init", "payload": {"token": client.token}}))
            assert (await stream.message())["type"] == "connection_ack"
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            yield stream


async def until_closed(stream: Stream) -> AsyncIterator[str]:
    """What still comes before the server's close."""
    async with asyncio.timeout(20):
        with suppress(websockets.ConnectionClosed):
            while True:
                yield await stream.socket.recv()


async def close_code(stream: Stream) -> int | None:
    """The code with which the server closes, before anything else is said."""
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await stream.message()
    return closed.value.rcvd and closed.value.rcvd.code
