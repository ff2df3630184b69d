"""Connections that carry shared subscriptions: slow ones, vanishing ones, and those that speak oddly."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack

import uvicorn
from client import Client
from conftest import Database, Server, Template
from live import EVENTS, close_code, happen, members, reading_nothing, running, subscribed, until_closed

from app import demo
from app.assembly import build
from app.members import OCTETS_WAITING
from app.settings import Settings


async def test_a_slow_reader_is_closed_with_1008_delays_nobody_and_resumes(client: Client, database: Database) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    query = EVENTS.replace("kind", "kind changes")
    count, octets = 120, 80_000
    async with admin.subscribed(query) as quick, reading_nothing(admin, query) as slow:
        await members(2)
        await happen(database, count, octets=octets)
        told = [(await quick.next())["cursor"] for _ in range(count)]
        await members(1)  # the slow one is out although it has not read a thing
        heard = [json.loads(message)["payload"]["data"]["events"]["cursor"] async for message in until_closed(slow)]
        assert slow.socket.close_code == 1008
        assert "after" in slow.socket.close_reason
        assert told[: len(heard)] == heard
        assert (count - len(heard)) * octets > OCTETS_WAITING / 2
        await happen(database)
        last = (await quick.next())["cursor"]
    async with admin.subscribed(query, after=heard[-1]) as resumed:
        rest = [(await resumed.next())["cursor"] for _ in range(count - len(heard) + 1)]
        assert [*heard, *rest] == [*told, last]


async def test_a_backlog_waits_for_its_slow_reader(client: Client, database: Database) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    page = await admin.ask("{ events(last: 1) { edges { cursor } } }")
    after = page["events"]["edges"][0]["cursor"]
    await happen(database, 120, octets=80_000)
    query = f'subscription {{ events(after: "{after}") {{ cursor changes }} }}'
    async with reading_nothing(admin, query) as slow, admin.subscribed(query) as quick:
        await members(2, 2, waiting=False)
        told = [(await quick.next())["cursor"] for _ in range(120)]
        assert [(await slow.next())["cursor"] for _ in range(120)] == told


async def test_nothing_runs_once_the_last_has_left(client: Client, database: Database) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    async with subscribed([admin] * 3) as (completing, vanishing, staying):
        (execution,) = await members(3)
        await completing.socket.send(json.dumps({"id": "1", "type": "complete"}))
        await members(2)
        vanishing.socket.transport.abort()
        await members(1)
        await happen(database)
        assert (await staying.next())["kind"] == "ENTRY_RECORDED"
        assert await completing.silent(0.2)
        again = {"id": "1", "type": "subscribe", "payload": {"query": EVENTS.replace("kind", "again: kind")}}
        await completing.socket.send(json.dumps(again))
        await members(2, 2)
        await happen(database)
        assert (await completing.next())["again"] == "ENTRY_RECORDED"
        assert await completing.silent(0.2)
    await members(0, 0)
    assert execution.stopped


async def test_an_id_in_use_is_4409(client: Client) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    async with admin.subscribed(EVENTS) as stream:
        await members(1)
        await stream.socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": EVENTS}}))
        assert await close_code(stream) == 4409
    await members(0, 0)


async def test_a_stopping_server_leaves_nothing_running(settings: Settings, template: Template) -> None:
    configuration = uvicorn.Config(
        build(settings), lifespan="on", log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=2
    )
    async with AsyncExitStack() as stack:
        async with Server(configuration).running() as address:
            client = await stack.enter_async_context(Client(address, sessions=template.tokens))
            admin = await client.signed_in(demo.OPERATOR_ADMIN)
            streams = await stack.enter_async_context(subscribed([admin] * 2))
            (execution,) = await members(2)
        assert execution.stopped
        assert running() == []
        for stream in streams:
            assert await close_code(stream) == 1012


ODD = {
    "list": "[]",
    "number": "1",
    "text": '"x"',
    "broken": "{",
    "binary": b"{}",
    "no type": '{"id": "1"}',
    "type that is no string": '{"type": []}',
    "unknown type of any length": json.dumps({"type": "я" * 300}),
    "subscribe without payload": '{"type": "subscribe", "id": "2"}',
    "payload that is a list": '{"type": "subscribe", "id": "2", "payload": []}',
    "payload that is a string": '{"type": "subscribe", "id": "2", "payload": "x"}',
    "no query": '{"type": "subscribe", "id": "2", "payload": {}}',
    "query that is no string": '{"type": "subscribe", "id": "2", "payload": {"query": 1}}',
    "id that is a list": '{"type": "subscribe", "id": [], "payload": {"query": "{ viewer { id } }"}}',
    "operationName that is a list": '{"type": "subscribe", "id": "2", "payload": {"query": "{ viewer { id } }", '
    '"operationName": []}}',
    "variables that are a list": '{"type": "subscribe", "id": "2", "payload": {"query": "{ viewer { id } }", '
    '"variables": []}}',
    "complete without id": '{"type": "complete"}',
    "complete with an object": '{"type": "complete", "id": {}}',
    "ping with a list": '{"type": "ping", "payload": []}',
}


async def test_odd_messages_are_answered_with_4400(client: Client) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    for name, message in ODD.items():
        async with admin.subscribed(EVENTS) as stream:
            await stream.socket.send(message)
            assert (name, await close_code(stream)) == (name, 4400)
    await members(0, 0)
