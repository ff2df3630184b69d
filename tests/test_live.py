"""Subscriptions: every event once, in one order, to those who may see it, from any cursor on (law 13)."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import pytest
import websockets
from client import Client
from conftest import Database
from world import (
    DECLINE_ENTRY,
    REVISE_ENTRY,
    People,
    main_journal,
    other_company,
    record,
    revising,
    sign,
    signing,
)

from app import demo

SIGNATURE_EVENTS = """
subscription ($journalId: ID, $after: String) {
  signatureEvents(journalId: $journalId, after: $after) {
    cursor kind entry { id status revision { number } } signature { code standing signer { name } }
  }
}
"""
EVENTS = (
    "subscription ($after: String, $filter: EventFilter) { events(after: $after, filter: $filter) { cursor kind } }"
)


async def test_a_signature_is_told_to_the_other_side_at_once(client: Client) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    async with people.subscriber_employee.subscribed(SIGNATURE_EVENTS, journalId=journal) as stream:
        assert await stream.silent(0.2)
        entry = await record(people.operator_employee, journal)
        signature = await sign(people.operator_employee, entry)
        told = await stream.next()
        assert told["kind"] == "SIGNED"
        assert told["entry"]["id"] == entry["id"]
        assert told["signature"]["code"] == signature["verificationCode"]
        await sign(people.subscriber_employee, entry)
        assert [(await stream.next())["kind"] for _ in range(2)] == ["SIGNED", "COMPLETED"]
        await people.operator_employee.do(REVISE_ENTRY, input=revising(entry, location="Этаж 2"))
        superseded = [await stream.next() for _ in range(2)]
        assert {event["kind"] for event in superseded} == {"SUPERSEDED"}
        assert {event["signature"]["standing"] for event in superseded} == {"SUPERSEDED"}
        assert await stream.silent()


async def test_after_resumes_without_loss_or_repeat(client: Client) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    async with people.operator_admin.subscribed(EVENTS) as stream:
        assert await stream.silent(0.2)
        entry = await record(people.operator_employee, journal)
        first = await stream.next()
    await sign(people.operator_employee, entry)
    await sign(people.subscriber_employee, entry)
    async with people.operator_admin.subscribed(EVENTS, after=first["cursor"]) as stream:
        resumed = [await stream.next() for _ in range(3)]
        assert [event["kind"] for event in resumed] == ["SIGNATURE_MADE", "SIGNATURE_MADE", "ENTRY_COMPLETED"]
        assert await stream.silent()
    page = await people.operator_admin.ask(
        "query ($after: String) { events(first: 10, after: $after) { edges { cursor node { cursor kind } } } }",
        after=first["cursor"],
    )
    assert [edge["cursor"] for edge in page["events"]["edges"]] == [event["cursor"] for event in resumed]


async def test_strangers_hear_nothing(client: Client) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    journal = await main_journal(people.operator_employee)
    async with other.admin.subscribed(EVENTS) as admins, other.employee.subscribed(SIGNATURE_EVENTS) as employees:
        assert await admins.silent(0.2)
        assert await employees.silent(0.2)
        entry = await record(people.operator_employee, journal)
        await sign(people.operator_employee, entry)
        assert await admins.silent()
        assert await employees.silent()
    async with other.employee.subscribed(SIGNATURE_EVENTS, journalId=journal) as stream:
        message = await stream.message()
        (error,) = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"


async def test_a_filter_narrows(client: Client) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    async with people.operator_admin.subscribed(EVENTS, filter={"kinds": ["ENTRY_DECLINED"]}) as stream:
        assert await stream.silent(0.2)
        entry = await record(people.operator_employee, journal)
        declining = signing(entry, reason="Нет")
        del declining["pin"]
        await people.subscriber_employee.do(DECLINE_ENTRY, input=declining)
        assert (await stream.next())["kind"] == "ENTRY_DECLINED"
        assert await stream.silent()


async def test_an_event_never_appears_behind_one_that_was_delivered(client: Client, database: Database) -> None:
    """An older transaction that commits late holds back what came after it."""
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    journal = await main_journal(worker)
    slow = await asyncpg.connect(database.owner_url)
    copy = (
        "insert into events (id, epoch, kind, occurred_at, operator_id, subscriber_id, changes)"
        " select gen_random_uuid(), epoch, 'OBJECT_CREATED', now(), operator_id, subscriber_id, '{}'"
        " from events where kind = 'CONTRACT_CREATED' limit 1"
    )
    async with admin.subscribed(EVENTS) as stream:
        assert await stream.silent(0.2)
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(copy)
        await record(worker, journal)
        assert await stream.silent()
        await transaction.commit()
        assert [(await stream.next())["kind"] for _ in range(2)] == ["OBJECT_CREATED", "ENTRY_RECORDED"]
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(copy)
        await record(worker, journal)
        await transaction.rollback()
        assert (await stream.next())["kind"] == "ENTRY_RECORDED"
    await slow.close()


async def test_the_inbox_brings_ones_own_notifications(client: Client) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    inbox = "subscription { inbox { id readAt event { kind entry { id } } } }"
    async with people.operator_employee.subscribed(inbox) as mine, people.subscriber_admin.subscribed(inbox) as theirs:
        assert await mine.silent(0.2)
        entry = await record(people.operator_employee, journal)
        await sign(people.subscriber_employee, entry)
        told = await mine.next()
        assert told["event"] == {"kind": "SIGNATURE_MADE", "entry": {"id": entry["id"]}}
        assert await theirs.silent()
    marked = "mutation ($ids: [ID!]!) { markNotificationsRead(ids: $ids) }"
    assert (await people.subscriber_admin.ask(marked, ids=[told["id"]]))["markNotificationsRead"] == 0
    assert (await people.operator_employee.ask(marked, ids=[told["id"]]))["markNotificationsRead"] == 1
    assert (await people.operator_employee.ask(marked, ids=[told["id"]]))["markNotificationsRead"] == 0


async def test_a_sign_out_ends_the_open_socket_at_once(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    async with worker.subscribed(EVENTS) as stream:
        assert await stream.silent(0.2)
        assert (await worker.ask("mutation { signOut }"))["signOut"] is True
        assert (await stream.message())["type"] == "complete"
        query = {"id": "2", "type": "subscribe", "payload": {"query": "{ viewer { id } journalTypes { id } }"}}
        await stream.socket.send(json.dumps(query))
        answer = await stream.message()
        payload = answer["payload"]
        errors = payload if isinstance(payload, list) else payload["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_sockets_without_a_good_token_are_refused(client: Client) -> None:
    address = client.address.replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"token": "nobody's"}}))
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
    async with client.subscribed(EVENTS) as stream:
        message = await stream.message()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_malformed_cursor_is_an_error_of_its_argument(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    for cursor in ("", "x", "МОСКВА", "MS4y", "LTEuMS4x"):
        async with worker.subscribed(EVENTS, after=cursor) as stream:
            message = await stream.message()
            errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert errors[0]["extensions"] == {"code": "INVALID", "field": "after"}
