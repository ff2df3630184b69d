"""What one document and one caller may ask, at every door alike: before anything is executed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from client import Client
from conftest import Database, Server, Template

from app import demo
from app.assembly import build
from app.settings import Settings
from app.startup_refusal import StartupRefused
from app.trusted_documents import read_manifest


@asynccontextmanager
async def served(settings: Settings, template: Template, **changes: Any) -> AsyncIterator[Client]:
    """An anonymous client of the product with other settings."""
    configuration = uvicorn.Config(
        build(replace(settings, **changes)), lifespan="on", log_config=None, ws="websockets-sansio"
    )
    async with Server(configuration).running() as address, Client(address, sessions=template.tokens) as client:
        yield client


async def pieces(body: dict[str, Any]) -> AsyncIterator[bytes]:
    """A body without a length, which no short way takes."""
    yield json.dumps(body).encode()


async def at_every_door(client: Client, query: str, **members: Any) -> list[dict[str, Any]]:
    """What a document is answered with: on the short way, the ordinary one, as events and over a socket."""
    body = {"query": query, **members}
    kind = {"content-type": "application/json"}
    short = (await client.http.post("/graphql", json=body)).json()
    ordinary = (await client.http.post("/graphql", content=pieces(body), headers=kind)).json()
    streamed = await client.http.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    events = [line.removeprefix("data: ") for line in streamed.text.splitlines() if line.startswith("data: {")]
    event = json.loads(events[0]) if events else streamed.json()
    async with client.subscribed(query, **members.get("variables", {})) as stream:
        message = await stream.message()
    framed = {"errors": message["payload"]} if message["type"] == "error" else message["payload"]
    return [short, ordinary, event, framed]


def deep(depth: int) -> str:
    """Fields below each other, half of them in fragments."""
    inner = "id"
    for level in range(depth - 2, 0, -1):
        inner = ("organization" if level % 2 else "users: people") + " { " + inner + " }"
    return "{ viewer { " + inner + " } }"


def tokens(count: int) -> str:
    """A document of so many words and signs."""
    return "{ viewer { id } } " + "fragment f on User { id } " * ((count - 6) // 7)


def spreading(levels: int) -> str:
    """Fragments each of which holds the next one four times."""
    fragments = [
        f"fragment f{n} on Entry {{ {' '.join(f'{key}: revision {{ entry {{ ...f{n + 1} }} }}' for key in 'abcd')} }}"
        for n in range(levels)
    ]
    return " ".join(['{ entry(id: "x") { ...f0 } }', *fragments, f"fragment f{levels} on Entry {{ number }}"])


CASES: dict[str, tuple[str, str, int]] = {
    "depth": (deep(15), deep(16), 15),
    "aliases": (
        "{ viewer { " + " ".join(f"a{n}: id" for n in range(50)) + " } }",
        "{ viewer { " + " ".join(f"a{n}: id" for n in range(51)) + " } }",
        50,
    ),
    "directives": (
        "{ viewer { " + "id @skip(if: false) " * 50 + "} }",
        "{ viewer { " + "id @skip(if: false) " * 51 + "} }",
        50,
    ),
    "rootFields": ("{ " + "viewer { id } " * 20 + "}", "{ " + "viewer { id } " * 21 + "}", 20),
    "tokens": (tokens(1990), tokens(2001), 2000),
    "characters": ("{ viewer { id } }" + " " * 65_000, "{ viewer { id } }" + " " * 66_000, 65536),
    "repeats": ("{ viewer { " + "id " * 100 + "} }", "{ viewer { " + "id " * 101 + "} }", 100),
    "fields": (spreading(5), spreading(6), 5000),
}


async def test_documents_beyond_a_limit_are_refused_at_every_door(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    for limit, (within, beyond, most) in CASES.items():
        told = (await worker.post(within)).get("errors") or [{}]
        assert told[0].get("extensions", {}).get("code") != "DOCUMENT_TOO_COMPLEX", (limit, told)
        for answer in await at_every_door(worker, beyond):
            assert "data" not in answer, limit
            (error,) = answer["errors"]
            assert error["extensions"] == {
                "code": "DOCUMENT_TOO_COMPLEX",
                "details": {"limit": limit, "most": most},
            }, limit
    unbounded = "{ viewer { id } " * 900
    assert (await worker.post(unbounded))["errors"][0]["extensions"]["details"]["limit"] == "tokens"
    bottomless = "{" + "viewer{" * 900 + "id" + "}" * 900 + "}"
    assert (await worker.post(bottomless))["errors"][0]["extensions"]["details"]["limit"] in ("depth", "tokens")


async def test_fragments_that_hold_themselves_are_a_fault_of_the_document(client: Client) -> None:
    query = "{ viewer { ...a } } fragment a on User { ...b } fragment b on User { organization { name } ...a }"
    for answer in await at_every_door(client, query):
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


COSTS = [
    ("{ __typename }", {}, 1),
    ("{ viewer { id role organization { name } } }", {}, 2),
    ("{ objects(first: 10) { totalCount edges { node { id journals { id } } } } }", {}, 1 + 1 + 10 * (1 + 5)),
    ("query ($n: Int!) { objects(first: $n) { edges { node { id } } } }", {"n": 7}, 1 + 7),
    ("query ($n: Int = 3) { objects(first: $n) { edges { node { id } } } }", {}, 1 + 3),
    (
        "query ($n: Int!) { objects(first: $n) { edges { node { journals { entries(last: $n) {"
        " edges { node { id } } } } } } } }",
        {"n": 4},
        1 + 4 * (1 + 5 * (1 + 1 + 4)),
    ),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": []}, 1),
    ("{ objects(first: 10) { ...page } } fragment page on ServiceObjectConnection { edges { node { id } } }", {}, 11),
    ('{ viewer { id } verifySignature(code: "x") { summary } }', {}, 1 + 10 + 1),
]


async def test_each_answer_says_what_it_cost_and_what_is_left(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    for query, variables, cost in COSTS:
        for answer in await at_every_door(worker, query, variables=variables):
            assert answer.get("errors") is None, answer
            told = answer["extensions"]["cost"]
            assert (told["requested"], told["limit"]) == (cost, 500_000), query
            assert 4_000_000 < told["available"] < 5_000_000
    done = await worker.post("mutation { a: signOut }")
    assert done["extensions"]["cost"]["requested"] == 10


async def test_what_costs_too_much_is_not_executed(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    page = "{ objects(first: $n) { edges { node { journals { entries(first: $n) { edges { node { %s } } } } } } } }"
    query = "query ($n: Int!) " + page % "slots { signature { id } } revisions { slots { id } }"
    for answer in await at_every_door(worker, query, variables={"n": 100}):
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "COST_TOO_HIGH"
        assert error["extensions"]["details"]["limit"] == 500_000 < error["extensions"]["details"]["requested"]
    assert (await worker.post(query, {"n": 2}))["data"]


async def test_sizes_of_too_many_pages_are_not_multiplied(client: Client) -> None:
    """Nine variables on three levels make more products than are worked out, three do not."""
    for count, refused in ((3, None), (9, {"code": "DOCUMENT_TOO_COMPLEX", "details": {"limit": "pageVariables"}})):
        names = [f"v{n}" for n in range(count)]
        inner = ["number", "...f0", "...f1"]
        fragments = [
            f"fragment f{level} on Journal {{ "
            + " ".join(
                f"{name}: entries(first: ${name}) {{ edges {{ node {{ {inside} }} }} }}"
                for name in names
                for inside in [inner[0] if level == 0 else f"journal {{ {inner[level]} }}"]
            )
            + " }"
            for level in range(3)
        ]
        head = f"query ({' '.join(f'${name}: Int!' for name in names)}) {{ journal(id: $id) {{ ...f2 }} }}"
        document = " ".join([head.replace("(", "($id: ID! ", 1), *fragments])
        for answer in await at_every_door(client, document, variables=dict.fromkeys(names, 1) | {"id": "x"}):
            extensions = answer["errors"][0]["extensions"]
            assert extensions == refused or (refused is None and extensions["code"] == "UNAUTHENTICATED")


async def test_whoever_asks_too_much_waits_and_nobody_else_does(
    settings: Settings, template: Template, database: Database
) -> None:
    changes = {"graphql_cost_per_minute": 100, "graphql_cost_per_minute_anonymous": 30}
    async with served(settings, template, **changes) as visitor:
        worker, admin = [await visitor.signed_in(each) for each in (demo.OPERATOR_EMPLOYEE, demo.OPERATOR_ADMIN)]
        query = "{ objects(first: 59) { edges { node { id } } } }"
        first = await worker.http.post("/graphql", json={"query": query})
        assert first.json()["extensions"]["cost"] == {"requested": 60, "limit": 100, "available": 40}
        for again in (
            await worker.http.post("/graphql", json={"query": query}),
            await worker.http.post(
                "/graphql", content=pieces({"query": query}), headers={"content-type": "application/json"}
            ),
        ):
            assert again.status_code == 429
            (error,) = again.json()["errors"]
            assert error["extensions"]["code"] == "RATE_LIMITED"
            assert again.headers["retry-after"] == str(error["extensions"]["details"]["seconds"])
            assert 0 < error["extensions"]["details"]["seconds"] <= 60
        async with worker.subscribed(query) as stream:
            refused = await stream.message()
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")
        assert (await worker.post("{ viewer { id } }"))["data"]["viewer"]  # what is left is still theirs
        assert (await admin.post(query))["data"]
        # A refused mutation has done nothing.
        sign_out = await admin.http.post(
            "/graphql", json={"query": "mutation { " + "".join(f"a{n}: signOut " for n in range(5)) + "}"}
        )
        assert sign_out.status_code == 429
        assert (await admin.post("{ viewer { id } }"))["data"]["viewer"]
        statuses = [
            (await visitor.http.post("/graphql", json={"query": "{ viewer { id } }"})).status_code for _ in range(40)
        ]
        assert statuses[:30] == [200] * 30
        assert 429 in statuses[30:]


async def test_verifications_count_together_with_the_public_page(client: Client) -> None:
    query = "{ " + " ".join(f'a{n}: verifySignature(code: "x") {{ summary }}' for n in range(20)) + " }"
    for _ in range(6):
        assert (await client.post(query))["data"]
    refused = await client.http.post("/graphql", json={"query": query})
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert (await client.http.get("/verify/00000-00000-ZZZZZ-ZZZZZ")).status_code == 429
    assert (await client.post("{ viewer { id } }"))["data"] == {"viewer": None}


async def test_a_closed_schema_tells_no_names(settings: Settings, template: Template) -> None:
    asked = [
        "{ __schema { types { name } } }",
        '{ __type(name: "User") { name } }',
        "{ viewer { id } ...q } fragment q on Query { __schema { description } }",
    ]
    wrong = [
        ("{ viewer { rol } }", {}),
        ("{ verifySignatur }", {}),
        ("query ($f: ObjectFilter) { objects(first: 1, filter: $f) { totalCount } }", {"f": {"nam": "x"}}),
    ]
    for opened in (True, False):
        async with served(settings, template, introspection=opened) as visitor:
            worker = await visitor.signed_in(demo.OPERATOR_EMPLOYEE)
            for query in asked:
                for answer in await at_every_door(worker, query):
                    if opened:
                        assert answer["data"]
                    else:
                        assert answer["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"
            for query, variables in wrong:
                (error,) = (await worker.post(query, variables))["errors"]
                assert ("Did you mean" in error["message"]) is opened, error
            assert await worker.ask("{ __typename viewer { __typename } }") == {
                "__typename": "Query",
                "viewer": {"__typename": "User"},
            }


async def test_at_most_five_faults_are_told(client: Client) -> None:
    query = "{ viewer { " + " ".join(f"nothing{n}" for n in range(40)) + " } }"
    for answer in await at_every_door(client, query):
        assert len(answer["errors"]) == 5
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


VIEWER, NAMES = "query Viewer { viewer { role } }", "query Names { objects(first: 1) { totalCount } }"


async def test_trusted_documents(settings: Settings, template: Template, tmp_path: Path) -> None:
    digest = sha256(VIEWER.encode()).hexdigest()
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({digest: VIEWER}))
    by_id: list[dict[str, Any]] = [
        {"documentId": digest},
        {"documentId": f"sha256:{digest}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}},
    ]
    unknown: list[dict[str, Any]] = [{"documentId": "0" * 64}, {"extensions": {"persistedQuery": {"sha256Hash": 5}}}]

    def code(answer: httpx.Response) -> str:
        return str(answer.json()["errors"][0]["extensions"]["code"])

    for only in (False, True):
        async with served(settings, template, trusted_documents=manifest, trusted_documents_only=only) as visitor:
            worker = (
                await visitor.signed_in(demo.OPERATOR_EMPLOYEE)
                if not only
                else Client(visitor.address, template.tokens[demo.OPERATOR_EMPLOYEE])
            )
            for body in by_id:
                answer = await worker.http.post("/graphql", json=body)
                assert answer.json()["data"] == {"viewer": {"role": "OPERATOR_EMPLOYEE"}}, body
                answer = await worker.http.post(
                    "/graphql", content=pieces(body), headers={"content-type": "application/json"}
                )
                assert answer.json()["data"] == {"viewer": {"role": "OPERATOR_EMPLOYEE"}}, body
            for body in unknown:
                answer = await worker.http.post("/graphql", json=body)
                assert (answer.status_code, code(answer)) == (400, "PERSISTED_QUERY_NOT_FOUND")
            assert (await worker.post(VIEWER))["data"]
            free = await worker.http.post("/graphql", json={"query": NAMES})
            if only:
                assert (free.status_code, code(free)) == (403, "QUERY_NOT_IN_SAFELIST")
                async with worker.subscribed(NAMES) as stream:
                    message = await stream.message()
                assert message["payload"][0]["extensions"]["code"] == "QUERY_NOT_IN_SAFELIST"
            else:
                assert free.json()["data"]
            await worker.http.aclose()


async def test_without_a_manifest_clients_learn_that_ids_are_not_taken(client: Client) -> None:
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    (error,) = (await client.http.post("/graphql", json=body)).json()["errors"]
    assert (error["message"], error["extensions"]) == (
        "PersistedQueryNotSupported",
        {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
    )


def test_manifests_of_relay_and_apollo_are_read_and_others_refused(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    apollo = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": "i", "name": "Viewer", "type": "query", "body": VIEWER}],
    }
    for content in ({"i": VIEWER}, apollo):
        path.write_text(json.dumps(content))
        assert read_manifest(path, only=True).text(None, "i", None) == VIEWER
    for wrong in ("", "{}", "[]", '{"i": 5}', '{"format": "apollo-persisted-query-manifest"}'):
        path.write_text(wrong)
        with pytest.raises(StartupRefused):
            read_manifest(path, only=False)
    with pytest.raises(StartupRefused):
        read_manifest(None, only=True)
