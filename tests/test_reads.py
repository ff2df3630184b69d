"""The short way through /graphql: whom it answers, what it leaves to the ordinary way, how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn
from client import Client
from conftest import Database, Server, Template
from world import main_journal, record

import schema
from app import demo
from app.assembly import build
from app.settings import Settings
from resolvers.graph import Documents, core_schema


def nest(path: str, inner: str) -> str:
    """A selection along `path`: fields parted by blanks."""
    for field in reversed(path.split(" ")):
        inner = f"{field} {{ {inner} }}"
    return inner


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The limits at the door so wide that those of reading are met."""
    return replace(
        settings,
        graphql_tokens=100_000,
        graphql_depth=100,
        graphql_aliases=10_000,
        graphql_root_fields=1_000,
        graphql_cost=10**9,
        graphql_cost_per_minute=10**12,
        graphql_cost_per_minute_anonymous=10**12,
    )


VIEWER = "{ viewer { id role } objects(first: 5) { totalCount } }"
UNAUTHENTICATED = {"code": "UNAUTHENTICATED"}


async def test_a_session_that_has_ended_reads_nothing_from_that_moment(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE, anew=True)
    for _ in range(3):  # the caller is remembered by now
        assert (await worker.ask(VIEWER))["viewer"]
    await worker.ask("mutation { signOut }")
    answer = await worker.post(VIEWER)
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == UNAUTHENTICATED
    assert (await worker.ask("{ viewer { id } }"))["viewer"] is None


@pytest.mark.parametrize(
    ("change", "role", "certificates"),
    [
        ("active = false", None, 0),
        ("role = 'OPERATOR_ADMIN'", "OPERATOR_ADMIN", 2),
        ("role = 'SUPERADMIN'", "SUPERADMIN", 4),
        # Their own from before too.
        ("role = 'SUBSCRIBER_ADMIN', organization_id = o.id from organizations o", "SUBSCRIBER_ADMIN", 3),
        ("role = 'SUBSCRIBER_EMPLOYEE'", "SUBSCRIBER_EMPLOYEE", 1),
    ],
)
async def test_an_account_that_has_changed_reads_as_what_it_is_now(
    client: Client, database: Database, change: str, role: str | None, certificates: int
) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    query = "{ viewer { role } certificates(first: 1) { totalCount } }"
    for _ in range(2):
        expected = {"viewer": {"role": "OPERATOR_EMPLOYEE"}, "certificates": {"totalCount": 1}}
        assert await worker.ask(query) == expected
    condition = f"email = '{demo.OPERATOR_EMPLOYEE}'" + (" and o.kind = 'SUBSCRIBER'" if " from " in change else "")
    await database.fetch(f"update users set {change} where {condition}")
    answer = await worker.post(query)
    if role is None:
        assert answer["errors"][0]["extensions"] == UNAUTHENTICATED
    else:
        assert answer["data"] == {"viewer": {"role": role}, "certificates": {"totalCount": certificates}}


async def test_the_language_of_the_account_counts_at_once(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    names = "{ journalTypes { name } }"
    russian = await worker.ask(names)
    assert await worker.ask(names) == russian
    await database.fetch("update users set language = 'en'")
    assert await worker.ask(names) != russian


async def test_a_token_of_nobody_and_a_foreign_page_are_nobody(client: Client, template: Template) -> None:
    async with Client(client.address, "nobody's") as nobody:
        assert (await nobody.post(VIEWER))["errors"][0]["extensions"] == UNAUTHENTICATED
    token = template.tokens[demo.OPERATOR_EMPLOYEE]
    async with httpx.AsyncClient(base_url=client.address, cookies={"session": token}) as browser:
        own = await browser.post("/graphql", json={"query": VIEWER}, headers={"sec-fetch-site": "same-origin"})
        assert own.json()["data"]["viewer"]["role"] == "OPERATOR_EMPLOYEE"
        foreign = await browser.post("/graphql", json={"query": VIEWER}, headers={"origin": "https://evil.example"})
        assert foreign.json()["errors"][0]["extensions"] == UNAUTHENTICATED


async def test_both_ways_answer_alike(client: Client) -> None:
    """The same query as a usual body, in pieces, without a length, too long for the short way, and beside a field that
    Python answers."""
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    query = "query Q { viewer { id role } objects(first: 1) { totalCount edges { node { name } } } }"
    usual = await worker.http.post("/graphql", json={"query": query})
    assert usual.headers["content-security-policy"].startswith("default-src 'none'")

    async def pieces(text: str) -> AsyncIterator[bytes]:
        for start in range(0, len(text), 7):
            yield text[start : start + 7].encode()

    body = json.dumps({"query": query, "operationName": "Q", "variables": None})
    kind = {"content-type": "application/json"}
    length = {"content-length": str(len(body))}
    long = json.dumps({"query": query}) + " " * 300_000
    bodies: list[tuple[str | AsyncIterator[bytes], dict[str, str]]] = [
        (pieces(body), kind | length),
        (pieces(body), kind),
        (long, kind),
        (body, {"content-type": "application/json; charset=utf-8", "accept": "application/json"}),
    ]
    for content, headers in bodies:
        answered = await worker.http.post("/graphql", content=content, headers=headers)
        assert answered.json()["data"] == usual.json()["data"]
        assert answered.headers["x-frame-options"] == "DENY"
    beside = await worker.ask(query.replace("viewer", 'verifySignature(code: "x") { summary } viewer', 1))
    assert beside.pop("verifySignature") is None
    assert beside == usual.json()["data"]


async def test_what_is_wrong_with_a_document_is_told_as_ever(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    several = "query A { viewer { id } } query B { viewer { role } }"
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"query": "{ viewer { nothing } }"}, "Cannot query field"),
        ({"query": "{ viewer { id }"}, "Syntax Error"),
        ({"query": "query ($n: Int!) { objects(first: $n) { totalCount } }"}, "to be provided"),
        ({"query": "query ($n: Int!) { objects(first: $n) { totalCount } }", "variables": {"n": "x"}}, "Int"),
        ({"query": several, "operationName": "B"}, None),
    ]
    for _ in range(2):  # the second time from what was kept
        for body, message in cases:
            answer = (await worker.http.post("/graphql", json=body)).json()
            if message is None:
                assert answer["data"] == {"viewer": {"role": "OPERATOR_EMPLOYEE"}}
            else:
                assert message in answer["errors"][0]["message"]


@asynccontextmanager
async def locked(database: Database, table: str) -> AsyncIterator[asyncpg.Connection]:
    """While nobody else can read `table`."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access exclusive mode")
            yield connection
    finally:
        await connection.close()


WAITING = "select count(*) from pg_locks where not granted"


async def waiting(connection: asyncpg.Connection, count: int) -> None:
    """Returns once so many statements wait for a lock. Fails after ten seconds."""
    async with asyncio.timeout(10):
        while await connection.fetchval(WAITING) != count:
            pass


async def test_a_statement_is_cancelled_when_its_client_goes(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    journal = await main_journal(worker)
    query = "query ($id: ID!) { journal(id: $id) { entries(first: 1) { totalCount } } }"
    await worker.ask(query, id=journal)
    body = json.dumps({"query": query, "variables": {"id": journal}}).encode()
    address = httpx.URL(client.address)
    async with locked(database, "entries") as connection:
        _, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"Authorization: Bearer {worker.token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await waiting(connection, 1)
        writer.close()
        await waiting(connection, 0)
    assert (await worker.ask(query, id=journal))["journal"]["entries"]["totalCount"] >= 1


async def test_a_statement_has_its_time(settings: Settings, template: Template, database: Database) -> None:
    application = build(replace(settings, statement_timeout_ms=200))
    configuration = uvicorn.Config(application, lifespan="on", log_config=None, ws="none", timeout_graceful_shutdown=2)
    async with Server(configuration).running() as address, Client(address, sessions=template.tokens) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        query = "{ objects(first: 1) { edges { node { journals { entries(first: 1) { totalCount } } } } } }"
        await worker.ask(query)
        async with locked(database, "entries"):
            answer = await worker.post(query)
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"] == {"code": "INVALID"}
        assert "слишком много времени" in answer["errors"][0]["message"]
        await worker.ask(query)


async def test_an_answer_has_its_size(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    copies = " ".join(f"c{n}: columns" for n in range(40))
    many = "{ a: journalTypes { version { %s } } %s }"
    octets = len((await worker.http.post("/graphql", json={"query": many % (copies, "")})).content)
    beyond = " ".join(f"a{n}: journalTypes {{ version {{ {copies} }} }}" for n in range(16 * 1024 * 1024 // octets))
    for ordinary in ("", 'verifySignature(code: "x") { summary }'):  # by one statement, and by many
        answer = await worker.post(many % (copies, beyond + ordinary))
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"] == {"code": "INVALID", "details": {"most": 16 * 1024 * 1024}}
    inner, page = "totalCount", "entries(first:100)"
    for _ in range(3):
        inner = nest(f"edges node journal object journals {page}", inner)
        answer = await worker.post(nest(f" awaitingMySignature(first:1) edges node entry journal {page}", inner))
    assert answer["errors"][0]["extensions"] == {"code": "INVALID", "field": "first", "details": {"most": 500_000}}


async def test_the_rows_of_all_statements_of_an_operation_count_together(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    heavy = nest("events(last:100) edges node object journals entries(first:50) edges node", "id revisions { id }")
    assert (await worker.post("{ a0: " + heavy + "}"))["data"]
    answer = await worker.post("{" + " ".join(f"a{n}: {heavy}" for n in range(6)) + "}")
    assert answer["errors"][0]["extensions"] == {"code": "INVALID", "field": "first", "details": {"most": 500_000}}


@pytest.mark.parametrize("alias", ["r", "r1", "r2", "r3", "r4", "r5", "t1", "t2", "c3", "n0", "p", "x", "o", "i", "s"])
async def test_an_alias_is_never_taken_for_a_name_of_ours(client: Client, alias: str) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    documents = [
        "{ journalTypes { A: code } }",
        "{ viewer { A: id role organization { A: name id } } }",
        "{ A: __typename viewer { A: id } }",
        "{ objects(first: 1) { A: __typename totalCount pageInfo { A: hasNextPage endCursor } } }",
        "{ objects(first: 2) { edges { node { subscriber { A: name } operator { A: name } } A: cursor } } }",
        "{ certificates(first: 2) { edges { node { A: pem } } } }",
        "{ objects(first: 2) { edges { node { journals { A: entries(first: 0) { A: totalCount } } } } } }",
    ]
    for document in documents:
        plainly = await admin.ask(document.replace("A:", "plain:"))
        assert await admin.ask(document.replace("A:", f"{alias}:")) == json.loads(
            json.dumps(plainly).replace('"plain"', json.dumps(alias))
        )


async def test_a_request_that_can_be_read_in_two_ways_is_read_in_one(client: Client, template: Template) -> None:
    owner, worker = (template.tokens[email] for email in (demo.OWNER, demo.OPERATOR_EMPLOYEE))
    twice = [("content-type", "application/json"), *(("authorization", f"Bearer {each}") for each in (owner, worker))]
    for body in ({"query": VIEWER}, {"query": VIEWER, "extensions": {}}):
        answer = (await client.http.post("/graphql", content=json.dumps(body), headers=twice)).json()
        assert answer["data"]["viewer"]["role"] == "SUPERADMIN"
    for variables in ([], 0, "", False):
        response = await client.http.post("/graphql", json={"query": VIEWER, "variables": variables})
        assert response.status_code == 400


async def test_nobodys_slow_reads_stop_the_others(client: Client, database: Database) -> None:
    greedy, other = await client.signed_in(demo.OPERATOR_EMPLOYEE), await client.signed_in(demo.SUBSCRIBER_EMPLOYEE)
    journal = await main_journal(greedy)
    slow = "query ($id: ID!) { journal(id: $id) { entries(first: 1) { totalCount } } }"
    async with locked(database, "entries") as connection:
        reads = [asyncio.create_task(greedy.ask(slow, id=journal)) for _ in range(12)]
        await waiting(connection, 8)
        assert (await other.ask("{ viewer { role } }"))["viewer"]["role"] == "SUBSCRIBER_EMPLOYEE"
    answers = await asyncio.gather(*reads)
    assert len(answers) == 12
    assert all(answer == answers[0] for answer in answers)


async def test_fresh_documents_do_not_push_the_hot_ones_out() -> None:
    documents = Documents(core_schema(schema.build()))
    documents.find(VIEWER, None)
    hot = documents.find(VIEWER, None)
    for number in range(600):
        documents.find(f"{{ a{number}: viewer {{ id }} }}", None)
        assert documents.find(VIEWER, None) is hot
    assert len(documents) == 1  # what comes once leaves no trace
    for number in range(600):
        documents.find(f"{{ a{number}: viewer {{ id }} }}", None)
        assert documents.find(VIEWER, None) is hot
    assert len(documents) == 500


async def test_two_answers_of_one_operation_are_of_one_moment(client: Client) -> None:
    """All root fields are read by one statement, hence in one snapshot: no count disagrees with its list."""
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    journal = await main_journal(worker)
    query = """query ($id: ID!) {
      a: journal(id: $id) { entries(last: 1) { totalCount edges { node { number } } } }
      b: journal(id: $id) { entries(last: 1) { totalCount edges { node { number } } } } }"""

    async def look() -> None:
        answer = await worker.ask(query, id=journal)
        assert answer["a"] == answer["b"]
        assert answer["a"]["entries"]["totalCount"] == answer["a"]["entries"]["edges"][0]["node"]["number"]

    async def looks() -> None:
        for _ in range(40):
            await look()

    await asyncio.gather(looks(), looks(), *(record(worker, journal) for _ in range(8)))


async def test_a_statement_has_so_many_parts_and_no_more(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    twice = [f"{name}: revision {{ entry {{ ...F%s }} }}" for name in ("a", "b")]
    doubling = [f"fragment F{n} on Entry {{ {' '.join(twice) % (n + 1, n + 1)} }}" for n in range(9)]
    waiting = " awaitingMySignature(first:1) edges node entry"
    documents = [
        "{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(501)) + "}",
        'query { verifySignature(code: "x") { summary } '
        + " ".join(f"a{n}: viewer {{ id }}" for n in range(501))
        + "}",
        " ".join([nest(waiting, "...F0"), *doubling, "fragment F9 on Entry { number }"]),
        nest(waiting, " ".join(f"a{n}: canSign" for n in range(501))),
    ]
    for document in documents:
        answer = await worker.post(document)
        assert answer["errors"][0]["extensions"] == {"code": "INVALID", "details": {"most": 500}}


async def test_reading_goes_on_after_its_connections_were_cut(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    expected = await worker.ask(VIEWER)
    assert await asyncio.gather(*(worker.ask(VIEWER) for _ in range(30))) == [expected] * 30
    cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like '%-reading'"
    connection = await asyncpg.connect(database.web_url)
    try:
        assert await connection.fetchval(f"{cut} and datname = current_database()")
    finally:
        await connection.close()
    assert await asyncio.gather(*(worker.ask(VIEWER) for _ in range(30))) == [expected] * 30
