"""Shared subscriptions: one execution for all who see the same, and nobody sees more for it."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from client import Client
from conftest import Database
from live import EVENTS, RECORDED, RUNG, happen, members, subscribed, together
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.schema import BaseSchema
from strawberry.subscriptions.protocols.graphql_transport_ws import handlers
from strawberry.types.execution import ExecutionResult, PreExecutionError
from world import ASSIGN, CREATE_USER, People, main_journal, other_company, person, record, warehouse

import schema
from app import demo
from app.sharing import asked
from models.enums import Role
from resolvers.graph import core_schema, personal_fields

PERSONAL = "subscription { events { kind entry { canSign } } }"
COLLEAGUE = "colleague@demo.test"
PASSWORD = "correct horse"
SELECTION = "graph.statements"
LOOK, RIGHTS = "with last as", "unnest($1::uuid[]) as given"
NIL = UUID(int=0)


async def colleague(people: People, client: Client, email: str = COLLEAGUE) -> Client:
    """A second admin of the demo's operator, assigned to nothing."""
    site = await warehouse(people.operator_admin)
    await people.owner.do(CREATE_USER, input=person(site["operator"]["id"], "OPERATOR_ADMIN", email))
    return await client.signed_in(email, PASSWORD)


async def test_many_cost_the_statements_of_one(
    client: Client, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    people = await People.of(client)
    admins = [people.operator_admin, await colleague(people, client)]
    costs = {}
    for count in (1, 20):
        async with subscribed((admins * count)[:count]) as streams:
            await members(count)
            await happen(database)
            for stream in streams:
                await stream.next()  # whatever beginning cost is behind
            caplog.clear()
            with caplog.at_level("DEBUG", logger="tortoise.db_client"), caplog.at_level("DEBUG", logger=SELECTION):
                for _ in range(2):
                    await happen(database)
                    told = [json.dumps(await stream.next()) for stream in streams]
                    assert len(set(told)) == 1
            costs[count] = Counter(
                next((mark for mark in (LOOK, RIGHTS) if mark in each.message), each.name) for each in caplog.records
            )
        await members(0, 0)
    for cost in costs.values():
        assert set(cost) == {LOOK, SELECTION, RIGHTS}
        assert (cost[LOOK], cost[SELECTION]) == (2, 2)
        assert 2 <= cost[RIGHTS] <= 4  # before each delivery and after each look, the last of which is not waited for


async def test_each_member_is_answered_by_its_own_id(client: Client, database: Database) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    names = ['"quoted"', "ид", ""]
    async with admin.subscribed(EVENTS) as stream:
        for name in names:
            await stream.socket.send(json.dumps({"id": name, "type": "subscribe", "payload": {"query": EVENTS}}))
        await members(4)
        await happen(database)
        messages = [await stream.message() for _ in range(4)]
        assert sorted(message["id"] for message in messages) == sorted(["1", *names])
        assert all(message["payload"] == messages[0]["payload"] for message in messages)


async def test_nobody_shares_with_those_who_see_other_rows(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    newcomer = await client.signed_in(demo.NEWCOMER)
    insiders = [people.owner, people.operator_admin, people.subscriber_admin]
    workers = [people.operator_employee, people.subscriber_employee]
    outsiders = [other.admin, other.employee, newcomer]
    everybody = [*insiders, *workers, *outsiders]
    async with subscribed(everybody) as streams:
        await members(len(everybody), len(everybody))
        await happen(database)
        for stream in streams[:5]:
            assert (await stream.next())["kind"] == "ENTRY_RECORDED"
        assert all(await asyncio.gather(*(stream.silent() for stream in streams[5:])))
        await record(other.employee, other.journal_id)
        for stream in (streams[0], *streams[5:7]):
            assert (await stream.next())["entry"]["number"] == 2
        assert all(await asyncio.gather(*(stream.silent() for stream in (*streams[1:5], streams[7]))))


async def test_what_is_about_the_viewer_is_never_shared(client: Client, database: Database) -> None:
    people = await People.of(client)
    unassigned = await colleague(people, client)
    site = await warehouse(people.operator_admin)
    me = (await people.operator_admin.ask("{ viewer { id } }"))["viewer"]["id"]
    await people.operator_admin.do(
        ASSIGN, input={"objectId": site["id"], "userId": me, "duty": "RESPONSIBLE", "basis": "Приказ"}
    )
    admins = [people.operator_admin, unassigned]
    hidden = "subscription { events { ...Deep } } fragment Deep on Event { kind entry { may: canSign } }"
    for query, name in ((PERSONAL, "canSign"), (hidden, "may")):
        async with subscribed(admins, query) as streams:
            await members(2, 2)
            await record(people.operator_employee, await main_journal(people.operator_employee))
            assert [(await stream.next())["entry"][name] for stream in streams] == [True, False]


async def test_languages_do_not_share(client: Client, database: Database) -> None:
    people = await People.of(client)
    english = await colleague(people, client)
    await database.fetch("update users set language = 'en' where email = $1", COLLEAGUE)
    query = "subscription { events { journal { type { name } } } }"
    async with subscribed([people.operator_admin, english], query) as streams:
        await members(2, 2)
        await happen(database)
        names = [(await stream.next())["journal"]["type"]["name"] for stream in streams]
        assert names[0] != names[1]
        assert names[1].isascii()


async def test_a_resumed_stream_runs_alone(client: Client, database: Database) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    page = await admin.ask("{ events(last: 3) { edges { cursor } } }")
    after = page["events"]["edges"][0]["cursor"]
    async with subscribed([admin] * 2) as fresh, subscribed([admin] * 2, after=after) as resumed:
        await members(4, 3)
        for stream in resumed:
            assert [(await stream.next())["cursor"] for _ in range(2)] == [
                edge["cursor"] for edge in page["events"]["edges"][1:]
            ]
        await happen(database)
        assert len({(await stream.next())["cursor"] for stream in (*fresh, *resumed)}) == 1


LOST = {
    "ended@demo.test": "update sessions set ended_at = now() where user_id = (select id from users where email = $1)",
    "late@demo.test": "update sessions set expires_at = now() where user_id = (select id from users where email = $1)",
    "closed@demo.test": "update users set active = false where email = $1",
    "other.role@demo.test": "update users set role = 'OPERATOR_EMPLOYEE' where email = $1",
    "other.language@demo.test": "update users set language = 'en' where email = $1",
    "moved@demo.test": "update users set organization_id = (select id from organizations where kind = 'SUBSCRIBER'"
    " limit 1) where email = $1",
}


async def test_who_loses_a_right_is_completed_at_once_and_the_others_go_on(client: Client, database: Database) -> None:
    people = await People.of(client)
    losing = [await colleague(people, client, email) for email in LOST]
    async with subscribed([people.operator_admin, *losing]) as (staying, *leaving):
        await members(1 + len(LOST))
        for number, (email, loss) in enumerate(LOST.items()):
            await together(database, (loss, email), (RECORDED, 1, 0))
            assert (await leaving[number].message())["type"] == "complete"
            for stream in (staying, *leaving[number + 1 :]):
                assert (await stream.next())["kind"] == "ENTRY_RECORDED"
        assert all(await asyncio.gather(*(stream.silent(0.2) for stream in leaving)))
        await members(1)


async def test_a_right_lost_without_an_event_is_noticed_by_the_bell(client: Client, database: Database) -> None:
    people = await People.of(client)
    leaving = await colleague(people, client)
    async with subscribed([people.operator_admin, leaving]) as (kept, lost):
        await members(2)
        await database.fetch("update users set active = false where email = $1", COLLEAGUE)
        await database.fetch(RUNG)
        assert (await lost.message())["type"] == "complete"
        await members(1)
        await happen(database)
        assert (await kept.next())["kind"] == "ENTRY_RECORDED"


async def test_errors_reach_every_member_and_end_the_execution(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    query = "subscription ($id: ID) { signatureEvents(journalId: $id) { kind } }"
    for asked_for, variables, code in (
        (query, {"id": other.journal_id}, "NOT_FOUND"),
        (query, {"id": "x"}, "INVALID"),
        ("subscription { events { nothing } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($id: Int!) { events { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ):
        async with subscribed([people.operator_admin] * 8, asked_for, **variables) as streams:
            for stream in streams:
                message = await stream.message()
                errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
                assert errors[0]["extensions"]["code"] == code
                if message["type"] == "next":
                    assert (await stream.message())["type"] == "complete"
            await members(0, 0)


@pytest.mark.parametrize("table", ["epochs", "sessions"])
async def test_a_fault_of_ours_is_told_to_all_without_our_insides(
    client: Client, database: Database, table: str
) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    async with subscribed([admin] * 2) as streams:
        await members(2)
        await database.fetch(f"alter table {table} rename to elsewhere")
        await database.fetch(RUNG)
        for stream in streams:
            message = await stream.message()
            (error,) = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert error["extensions"] == {"code": "INTERNAL"}
            assert table not in json.dumps(message)
        await members(0, 0)
        await database.fetch(f"alter table elsewhere rename to {table}")


def test_only_subscriptions_from_now_on_with_the_same_variables_are_alike() -> None:
    def key(query: str, name: str | None = None, **variables: Any) -> Any:
        found = asked(query, name, variables)
        return found and found.key

    assert key(EVENTS) == key(EVENTS)
    assert key(EVENTS, x=1, y=2) == key(EVENTS, y=2, x=1)
    assert len({key(EVENTS), key(EVENTS, x=1), key(EVENTS, x="1"), key(EVENTS, x=True), key(EVENTS + " ")}) == 5
    assert key(EVENTS, after="x") is None
    assert key(EVENTS, after=None) is not None
    assert key('subscription { events(after: "x") { id } }') is None
    assert key("subscription { events(after: null) { id } }") is not None
    defaulting = 'subscription ($a: String = "x") { ...F } fragment F on Subscription { events(after: $a) { id } }'
    assert key(defaulting) is None
    assert key(defaulting, a=None) is not None
    deep: dict[str, Any] = {}
    for _ in range(400):
        deep = {"deeper": deep}
    assert key(EVENTS, filter=deep) is None
    two = "subscription A { events { id } } subscription B { events { cursor } }"
    assert key(two, "A") != key(two, "B")
    for other in ("{ viewer { id } }", "query subscription { viewer { id } }", "subscription {", two):
        assert asked(other, None, None) is None


def test_what_is_about_the_person_follows_from_the_declarations() -> None:
    contract = core_schema(schema.build())
    for role in set(Role) - {Role.PARTNER}:  # a partner's system subscribes to nothing
        personal = personal_fields(contract, role)
        alike = role in (Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
        assert ("events" in personal) is not alike  # people of these roles see the same rows as their colleagues
        assert {"inbox", "accepted"} <= personal
        assert ("canSign" in personal) is (role is not Role.SUPERADMIN)
        assert not personal & {"name", "kind", "cursor", "status", "standing"}


# What we rely on in Strawberry beyond its documentation, and in uvicorn: one test each, to fail when they move.


def test_contract_the_view_makes_the_handler_by_these_names() -> None:
    taken = inspect.signature(handlers.BaseGraphQLTransportWSHandler.__init__).parameters
    assert {"view", "websocket", "context", "root_value", "schema"} <= set(taken)
    made = inspect.getsource(inspect.getmodule(GraphQL.__mro__[1]).AsyncBaseHTTPView.run)  # type: ignore[union-attr]
    assert "self.graphql_transport_ws_handler_class(" in made
    assert "view=self" in made
    assert "websocket=websocket" in made


@pytest.mark.parametrize(
    ("method", "names"),
    [
        ("handle_message", ["self", "message"]),
        ("handle_invalid_message", ["self", "error_message"]),
        ("handle_task_exception", ["self", "error"]),
        ("run_operation", ["self", "operation"]),
    ],
)
def test_contract_methods_of_the_handler(method: str, names: list[str]) -> None:
    found = getattr(handlers.BaseGraphQLTransportWSHandler, method)
    assert inspect.iscoroutinefunction(found)
    assert list(inspect.signature(found).parameters) == names


def test_contract_an_operation_is_registered_run_as_a_task_and_cancelled_by_complete() -> None:
    handler = handlers.BaseGraphQLTransportWSHandler
    assert "asyncio.create_task(self.run_operation(operation))" in inspect.getsource(handler.handle_subscribe)
    assert "operation.task.cancel()" in inspect.getsource(handler.cleanup_operation)
    assert {"id", "query", "variables", "operation_name", "completed"} <= set(handlers.Operation.__slots__)
    for name in ("send_operation_message", "send_initial_errors"):
        assert inspect.iscoroutinefunction(getattr(handlers.Operation, name))


def test_contract_the_adapter_holds_a_starlette_socket() -> None:
    assert list(inspect.signature(ASGIWebSocketAdapter.__init__).parameters) == ["self", "view", "request", "response"]
    assert "self.ws = response" in inspect.getsource(ASGIWebSocketAdapter.__init__)
    assert list(inspect.signature(ASGIWebSocketAdapter.close).parameters) == ["self", "code", "reason"]
    assert list(inspect.signature(WebSocket.send).parameters) == ["self", "message"]


def test_contract_a_schema_streams_results_and_says_which_could_not_begin() -> None:
    taken = inspect.signature(BaseSchema.stream).parameters
    assert {"query", "variable_values", "context_value", "operation_name"} <= set(taken)
    assert issubclass(PreExecutionError, ExecutionResult)
