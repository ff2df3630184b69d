"""GraphQL over HTTP: what a request may look like, what it is answered with, whose pages may send it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import websockets
from client import SIGN_IN, Client, Stream
from conftest import Database, Template
from test_limits import pieces, served
from world import CREATE_ENTRY

from app import demo
from app.settings import Settings
from app.sockets import LARGEST_MESSAGE

KIND = {"content-type": "application/json"}
JSON, MODERN = "application/json", "application/graphql-response+json"
NAME = "query N { viewer { id } }"
DEEP = b"[" * 50_000 + b"]" * 50_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a string": b'"x"',
    "null": b"null",
    "a number": b"1",
    "a list": b"[]",
    "a batch": b'[{"query": "{ viewer { id } }"}, {"query": "{ viewer { id } }"}]',
    "broken": b"{",
    "invalid UTF-8": b'{"query": "\xff"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "a number of 5,000 digits": b'{"query": "{ __typename }", "variables": {"n": 1' + b"0" * 5000 + b"} ",
    "50,000 deep": b'{"query": "{ __typename }", "variables": {"n": ' + DEEP + b"}}",
    "not a number": b'{"query": "{ __typename }", "variables": {"n": NaN}}',
    "half a surrogate": b'{"query": "{ __typename }", "variables": {"n": "\\ud800"}}',
    "no query": b"{}",
    "an empty query": b'{"query": ""}',
    "a query that is null": b'{"query": null}',
    "a query that is a number": b'{"query": 1}',
    "a query that is an object": b'{"query": {"a": 1}}',
    "variables that are a list": b'{"query": "{ __typename }", "variables": []}',
    "variables that are a text": b'{"query": "{ __typename }", "variables": "{}"}',
    "a name that is a list": b'{"query": "{ __typename }", "operationName": []}',
    "extensions that are a text": b'{"query": "{ __typename }", "extensions": "x"}',
    "an id that is an object": b'{"documentId": {}}',
}
FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "syntax": ({"query": "{ viewer { id }"}, "GRAPHQL_PARSE_FAILED"),
    "a NUL": ({"query": "{ viewer\u0000 { id } }"}, "GRAPHQL_PARSE_FAILED"),
    "an unknown field": ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
    "no such operation": ({"query": NAME, "operationName": "M"}, "OPERATION_RESOLUTION_FAILURE"),
    "an empty name": ({"query": NAME, "operationName": ""}, "OPERATION_RESOLUTION_FAILURE"),
    "two operations": ({"query": NAME + " mutation M { signOut }"}, "OPERATION_RESOLUTION_FAILURE"),
    "no operation": ({"query": "fragment f on User { id }"}, "OPERATION_RESOLUTION_FAILURE"),
    "a variable left out": ({"query": "query ($id: ID!) { entry(id: $id) { id } }"}, "BAD_USER_INPUT"),
    "a variable of another type": (
        {"query": "query ($n: Int!) { objects(first: $n) { totalCount } }", "variables": {"n": "x"}},
        "BAD_USER_INPUT",
    ),
    "a page of a huge size": (
        {"query": "query ($n: Int!) { objects(first: $n) { totalCount } }", "variables": {"n": 2**31}},
        "BAD_USER_INPUT",
    ),
    "a page of a negative size": ({"query": "{ objects(first: -1) { totalCount } }"}, "INVALID"),
    "a bad cursor": ({"query": '{ objects(first: 1, after: "x") { totalCount } }'}, "INVALID"),
    "a bad id": ({"query": '{ node(id: "x") { id } }'}, "INVALID"),
    "an id with a NUL": ({"query": '{ node(id: "\\u0000") { id } }'}, "INVALID"),
    "a huge id": ({"query": "query ($i: ID!) { node(id: $i) { id } }", "variables": {"i": "9" * 200_000}}, "INVALID"),
    "a deep value": (
        {
            "query": CREATE_ENTRY,
            "variables": {"input": {"journalId": "x", "values": {"a": json.loads("[" * 900 + "]" * 900)}}},
        },
        "INVALID",
    ),
}


def code(answer: httpx.Response) -> str:
    """The code of an answer's first error, which is a JSON answer like all."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def test_bodies_that_are_no_request_are_told_so(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    for name, body in BODIES.items():

        async def parts(content: bytes = body) -> AsyncIterator[bytes]:
            yield content

        for content in (body, parts()):
            answer = await worker.http.post("/graphql", content=content, headers=KIND)
            assert (answer.status_code, code(answer)) in [
                (400, "BAD_REQUEST"),
                (400, "PERSISTED_QUERY_NOT_SUPPORTED"),
            ], name
            assert "data" not in answer.json()
    twice = b'{"query": "{ nothing }", "query": "{ viewer { role } }"}'
    answer = await worker.http.post("/graphql", content=twice, headers=KIND)
    assert answer.json()["data"]["viewer"]["role"] == "OPERATOR_EMPLOYEE"


async def test_the_same_bodies_over_a_socket(client: Client) -> None:
    for name, body in BODIES.items():
        text = '{"id": "2", "type": "subscribe", "payload": ' + body.decode("utf-8", "replace") + "}"
        async with client.subscribed("subscription { nothing }") as stream:
            assert (await stream.message())["type"] == "error"
            await stream.socket.send(text)
            assert await refusal(stream) in (4400, "PERSISTED_QUERY_NOT_SUPPORTED", "GRAPHQL_PARSE_FAILED"), name


async def refusal(stream: Stream) -> int | str:
    """The code of the error that an operation is answered with, or with which the socket is closed."""
    try:
        message = await stream.message()
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006
    assert message["type"] == "error", message
    return str(message["payload"][0]["extensions"]["code"])


async def test_every_fault_has_its_code_at_every_door(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    for name, (body, expected) in FAULTY.items():
        bare = expected in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")
        for content in (json.dumps(body).encode(), pieces(body)):
            for accept in (JSON, MODERN):
                sent = content if isinstance(content, bytes) else pieces(body)
                answer = await worker.http.post("/graphql", content=sent, headers=KIND | {"accept": accept})
                told = answer.json()
                found = (
                    told["errors"][0]["extensions"]["code"] if "errors" in told else told["data"]["createEntry"]["code"]
                )
                assert found == expected, (name, told)
                assert answer.headers["content-type"] == f"{accept}; charset=utf-8"
                refused = expected == "OPERATION_RESOLUTION_FAILURE" or (bare and accept == MODERN)
                assert answer.status_code == (400 if refused else 200), (name, accept)
                assert ("data" in told) is not refused, name
        async with worker.subscribed("{ __typename }") as stream:
            while (await stream.message())["type"] != "complete":
                pass
            await stream.socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": body}))
            message = await stream.message()
            payload = message["payload"]
            errors = payload if message["type"] == "error" else payload.get("errors")
            assert (errors[0]["extensions"] if errors else payload["data"]["createEntry"])["code"] == expected, name


async def test_refused_on_the_short_way_an_error_has_its_path(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    await database.fetch("alter table objects rename to taken_away")
    for query, nullable in (
        ("{ a: object(id: $id) { id } viewer { id } }", True),
        ("{ objects(first: 1) { edges { node { id } } } viewer { id } }", False),
    ):
        full = ("query ($id: ID!) " if nullable else "") + query
        told = await worker.post(full, {"id": "U2VydmljZU9iamVjdDowMWEyMDMxYi0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDA"})
        paths = [error["path"] for error in told["errors"]]
        assert {error["extensions"]["code"] for error in told["errors"]} == {"INTERNAL"}
        assert paths == ([["a"], ["viewer"]] if nullable else [["objects"], ["viewer"]])
        assert told["data"] == ({"a": None, "viewer": None} if nullable else None)


MEDIA = [
    (None, 200, JSON),
    ("*/*", 200, JSON),
    ("application/*;q=0.5", 200, JSON),
    (JSON, 200, JSON),
    (MODERN, 200, MODERN),
    (f"{MODERN}, {JSON};q=0.9", 200, MODERN),
    (f"{MODERN};q=0.1, {JSON}", 200, JSON),
    (f"{JSON}; charset=utf-8", 200, JSON),
    ("text/html", 406, JSON),
    ("application/json;q=0", 406, JSON),
]


async def test_media_types_and_methods(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    query = "{ viewer { role } }"
    for accept, status, answered in MEDIA:
        headers = {"accept": accept} if accept else {}
        for content in ({"content": json.dumps({"query": query})}, {"content": pieces({"query": query})}):
            request = worker.http.build_request("POST", "/graphql", headers=KIND | headers, **content)  # type: ignore[arg-type]
            if accept is None:
                del request.headers["accept"]
            answer = await worker.http.send(request)
            assert (answer.status_code, answer.headers["content-type"]) == (status, f"{answered}; charset=utf-8"), (
                accept
            )
            assert answer.headers["cache-control"] == "no-store"
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
    ):
        answer = await worker.http.post(
            "/graphql", content=json.dumps({"query": query}), headers={"content-type": kind}
        )
        assert (answer.status_code, code(answer)) == (415, "BAD_REQUEST"), kind
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await worker.http.request(method, "/graphql")
        assert (answer.status_code, code(answer), answer.headers["allow"]) == (405, "BAD_REQUEST", "GET, POST")


async def test_queries_are_taken_by_get_and_mutations_are_not(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE, anew=True)
    read = {"query": "query A { viewer { role } } query B($n: Int!) { objects(first: $n) { totalCount } }"}
    answer = await worker.http.get("/graphql", params=read | {"operationName": "B", "variables": '{"n": 1}'})
    assert answer.json()["data"]["objects"]["totalCount"] > 0
    assert (answer.headers["cache-control"], answer.json()["extensions"]["cost"]["requested"]) == ("no-store", 2)
    for wrong in (
        {},
        {"query": ""},
        read | {"operationName": "B", "variables": "{"},
        {"variables": "[]", "query": NAME},
    ):
        answer = await worker.http.get("/graphql", params=wrong)
        assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST"), wrong
    answer = await worker.http.get("/graphql", params={"query": "mutation { signOut }"})
    assert (answer.status_code, code(answer), answer.headers["allow"]) == (405, "BAD_REQUEST", "POST")
    assert (await worker.ask("{ viewer { role } }"))["viewer"]  # nobody has been signed out


async def test_bodies_have_a_size(settings: Settings, template: Template) -> None:
    async with served(settings, template, graphql_body_kib=64) as client:
        fitting, large = [json.dumps({"query": NAME}) + " " * size for size in (60_000, 70_000)]

        async def parts(text: str) -> AsyncIterator[bytes]:
            for start in range(0, len(text), 10_000):
                yield text[start : start + 10_000].encode()

        for make in (str, parts):
            answer = await client.http.post("/graphql", content=make(fitting), headers=KIND)
            assert answer.json()["data"] == {"viewer": None}
            answer = await client.http.post("/graphql", content=make(large), headers=KIND)
            assert (answer.status_code, code(answer)) == (413, "BAD_REQUEST")
            assert answer.headers["x-content-type-options"] == "nosniff"


ORIGIN = "https://app.example"


async def test_a_cookie_needs_a_sign_that_the_page_is_ours(client: Client, template: Template) -> None:
    token = template.tokens[demo.OPERATOR_EMPLOYEE]
    query = "{ viewer { role } }"

    async def role(method: str, headers: dict[str, str]) -> str | None:
        given: dict[str, Any] = {"params": {"query": query}} if method == "GET" else {"json": {"query": query}}
        answer = await client.http.request(
            method, "/graphql", headers={"cookie": f"session={token}"} | headers, **given
        )
        viewer = answer.json()["data"]["viewer"]
        return viewer and viewer["role"]

    foreign = [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ]
    for method in ("GET", "POST"):
        for headers in foreign:
            assert await role(method, headers) is None, headers
            assert await role(method, headers | {"graphql-require-preflight": "1"}) is None, headers
        assert await role(method, {"origin": client.address}) == "OPERATOR_EMPLOYEE"
        assert await role(method, {"sec-fetch-site": "same-origin"}) == "OPERATOR_EMPLOYEE"
        assert await role(method, {"graphql-require-preflight": "1"}) == "OPERATOR_EMPLOYEE"
    assert await role("POST", {}) == "OPERATOR_EMPLOYEE"  # JSON is asked about first
    assert await role("GET", {}) is None
    file = {"files": {"file": ("a.txt", b"text")}, "headers": {"cookie": f"session={token}"}}
    assert (await client.http.post("/files", **file)).status_code == 401  # type: ignore[arg-type]
    file["headers"]["x-requested-with"] = "fetch"  # type: ignore[assignment]
    assert (await client.http.post("/files", **file)).status_code == 201  # type: ignore[arg-type]


ASKING = {"origin": ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}


async def test_pages_of_other_origins_are_told_nothing(client: Client, template: Template) -> None:
    nobodys = await client.http.options("/graphql", headers=ASKING)
    assert nobodys.status_code == 405
    assert not [name for name in nobodys.headers if name.startswith("access-control")]
    cookie = {"cookie": f"session={template.tokens[demo.OPERATOR_EMPLOYEE]}"}
    assert await handshake(client.address, {"origin": ORIGIN} | cookie) == 403
    assert await handshake(client.address, {"origin": client.address} | cookie) is None


async def test_pages_of_origins_that_are_named_are_told(settings: Settings, template: Template) -> None:
    token = template.tokens[demo.OPERATOR_EMPLOYEE]
    sent = {"origin": ORIGIN, "sec-fetch-site": "same-site", "cookie": f"session={token}"}
    body = {"query": "{ viewer { role } }"}
    async with served(settings, template, cors_origins=(ORIGIN,)) as visitor:
        preflight = await visitor.http.options("/graphql", headers=ASKING)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == ORIGIN
        assert preflight.headers["access-control-allow-credentials"] == "true"
        for content in (json.dumps(body), pieces(body)):
            answer = await visitor.http.post("/graphql", content=content, headers=KIND | sent)
            assert answer.json()["data"]["viewer"]["role"] == "OPERATOR_EMPLOYEE"
            assert answer.headers["access-control-allow-origin"] == ORIGIN
        evil = await visitor.http.options("/graphql", headers=ASKING | {"origin": "https://evil.example"})
        assert (evil.status_code, "access-control-allow-origin" in evil.headers) == (400, False)
        office = await visitor.http.get("/admin/login", headers={"origin": ORIGIN})
        assert "access-control-allow-origin" not in office.headers
        assert await handshake(visitor.address, {"origin": ORIGIN, "cookie": f"session={token}"}) is None
        assert await handshake(visitor.address, {"origin": "https://evil.example"}) == 403


async def handshake(address: str, headers: dict[str, str]) -> int | None:
    """The status or code with which a WebSocket is refused, None if it is opened for the cookie's person."""
    try:
        async with websockets.connect(
            address.replace("http", "ws", 1) + "/graphql",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            additional_headers=headers,
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            query = {"id": "1", "type": "subscribe", "payload": {"query": "{ viewer { role } }"}}
            await socket.send(json.dumps(query))
            assert json.loads(await socket.recv())["payload"]["data"]["viewer"]["role"] == "OPERATOR_EMPLOYEE"
            return None
    except websockets.InvalidStatus as refused:
        return refused.response.status_code
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


async def test_connections_are_counted(settings: Settings, template: Template) -> None:
    changes = {"sockets": 4, "sockets_per_network": 3, "sockets_per_caller": 2, "operations_per_socket": 2}
    subscription = "subscription { events { id } }"
    async with served(settings, template, **changes) as visitor:
        worker, admin = [await visitor.signed_in(each) for each in (demo.OPERATOR_EMPLOYEE, demo.OPERATOR_ADMIN)]
        async with worker.subscribed(subscription) as first, worker.subscribed(subscription):
            assert await handshake(visitor.address, {"cookie": f"session={worker.token}"}) == 1013
            streamed = await worker.http.post(
                "/graphql", json={"query": subscription}, headers={"accept": "text/event-stream"}
            )
            assert (streamed.status_code, code(streamed)) == (429, "RATE_LIMITED")
            async with admin.subscribed(subscription):
                assert await handshake(visitor.address, {}) == 429
                streamed = await admin.http.post(
                    "/graphql", json={"query": subscription}, headers={"accept": "text/event-stream"}
                )
                assert (streamed.status_code, code(streamed)) == (429, "RATE_LIMITED")
            for number in ("2", "3"):
                message = {"id": number, "type": "subscribe", "payload": {"query": subscription}}
                await first.socket.send(json.dumps(message))
            refused = await first.message()
            assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("3", "RATE_LIMITED")
            await first.socket.close()
            await first.socket.wait_closed()
            async with asyncio.timeout(10):
                while await handshake(visitor.address, {"cookie": f"session={worker.token}"}) == 1013:
                    pass  # its place is free in a moment


async def test_a_message_has_a_size(client: Client) -> None:
    async with client.subscribed("subscription { nothing }") as stream:
        assert await refusal(stream) == "GRAPHQL_VALIDATION_FAILED"
        await stream.socket.send(json.dumps({"type": "ping", "payload": {"x": "x" * LARGEST_MESSAGE}}))
        assert await refusal(stream) == 1009


async def test_an_answer_in_several_lines_is_one_event(client: Client) -> None:
    """PostgreSQL parts the rows of a list by line ends, which an event's data must not have."""
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    body = {"query": "{ journalTypes { code } }"}
    streamed = await worker.http.post("/graphql", json=body, headers={"accept": "text/event-stream"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    event, data = streamed.text.splitlines()[:2]
    plain = await worker.http.post("/graphql", json=body)
    assert event == "event: next"
    assert json.loads(data.removeprefix("data: "))["data"] == plain.json()["data"]


async def test_a_session_and_a_refusal_leave_no_trace_in_caches(client: Client) -> None:
    body = {"query": SIGN_IN, "variables": {"email": demo.OPERATOR_ADMIN, "password": "wrong"}}
    for answer in (
        await client.http.post("/graphql", json=body),
        await client.http.post("/graphql", content=b"x", headers=KIND),
        await client.http.get("/graphql"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers or not any(map(str.isdigit, answer.headers["server"]))
