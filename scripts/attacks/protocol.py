"""HTTP and GraphQL over HTTP at their edges: methods, types, duplicates, lengths that lie."""

from __future__ import annotations

import json

import httpx

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.raw import exchange, request, statuses
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN, CUSTOMER, WORKER

QUERY = "{ viewer { id } }"
BODY = json.dumps({"query": QUERY}).encode()
KIND = "Content-Type: application/json"
SMUGGLED = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@check(Category.HTTP, "other methods on /graphql: PUT, PATCH, DELETE, TRACE, and an overridden one")
async def methods(target: Target) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        answer = await target.send(method, "/graphql", by=WORKER, json={"query": QUERY})
        broken_if(answer.status < 400 or answer.value, f"{method}: {answer.status}")
        broken_if(target.world.tokens[WORKER] in answer.text, f"{method} shows the token")


@check(Category.HTTP, "content types that are not JSON, or say another charset")
async def content_types(target: Target) -> None:
    for kind, body in (
        ("text/plain", BODY),
        ("application/graphql", QUERY.encode()),
        ("application/x-www-form-urlencoded", b"query=%7Bviewer%7Bid%7D%7D"),
        ("application/json; charset=utf-16", json.dumps({"query": QUERY}).encode("utf-16")),
        ("application/jsonp", BODY),
    ):
        answer = await target.send("POST", "/graphql", by=WORKER, content=body, headers={"content-type": kind})
        broken_if(answer.value, f"{kind}: executed")
        broken_if(answer.status >= 500, f"{kind}: {answer.status}")


@check(
    Category.HTTP,
    "answers in a type that the client does not take, or as a script",
    planted=lambda: as_json(a_script()),
)
async def accepted(target: Target) -> None:
    for accept in ("application/javascript", "text/html", "application/json, text/html;q=0.9"):
        as_json(await target.ask(QUERY, by=WORKER, headers={"accept": accept}))
    answer = await target.send("GET", "/graphql", by=WORKER, params={"query": QUERY, "callback": "alert"})
    as_json(answer)
    broken_if(answer.text.startswith("alert("), "a script")


def as_json(answer: Answer) -> None:
    """Raises Broken for a GraphQL answer that a browser would run or show."""
    kind = answer.headers.get("content-type", "")
    broken_if("json" not in kind or answer.status >= 500, f"{answer.status} {kind}")


def a_script() -> Answer:
    """JSONP."""
    return Answer(200, httpx.Headers({"content-type": "text/javascript"}), b"alert({})", 0.1)


@check(
    Category.HTTP, "two lengths that differ", planted=lambda: refused(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
)
async def two_lengths(target: Target) -> None:
    headers = [KIND, "Content-Length: 5", f"Content-Length: {len(BODY)}"]
    refused(await exchange(target, request(target, "POST", "/graphql", headers, BODY)))


@check(
    Category.HTTP,
    "a length and chunks at once, another request hidden behind",
    planted=lambda: one_answer(2 * b"HTTP/1.1 200 OK\r\n\r\n"),
)
async def smuggling(target: Target) -> None:
    for coding in (
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: identity, chunked",
    ):
        body = b"0\r\n\r\n" + SMUGGLED
        headers = [KIND, f"Content-Length: {len(body)}", coding]
        one_answer(await exchange(target, request(target, "POST", "/graphql", headers, body), 2))


@check(
    Category.HTTP,
    "chunks whose sizes are negative, huge or no numbers",
    planted=lambda: refused(b"HTTP/1.1 200 OK\r\n\r\n"),
)
async def chunks(target: Target) -> None:
    for size in (b"-1", b"FFFFFFFFFFFFFFFFFF", b"zz", b"0x10", b"5;" + b"a" * 100_000):
        body = size + b"\r\nhello\r\n0\r\n\r\n"
        heard = await exchange(
            target, request(target, "POST", "/graphql", [KIND, "Transfer-Encoding: chunked"], body), 2
        )
        refused(heard)


@check(
    Category.HTTP,
    "malformed heads: a NUL, a space before the colon, folded lines, a bare CR",
    planted=lambda: refused(b"HTTP/1.1 200 OK\r\n\r\n"),
)
async def heads(target: Target) -> None:
    for header in ("X-A\0: b", "X A: b", "X-A: b\r c", "X-A: a\0b", ": b"):
        refused(await exchange(target, request(target, "GET", "/health/live", [header]), 2))


def refused(heard: bytes) -> None:
    """Raises Broken if anything but a refusal, or nothing, was heard."""
    broken_if(any(not 400 <= status < 500 for status in statuses(heard)), heard[:60].decode("latin-1"))


def one_answer(heard: bytes) -> None:
    """Raises Broken if a hidden request was answered."""
    found = statuses(heard)
    broken_if(len(found) > 1 and 200 in found, f"answers: {found}")


@check(
    Category.HTTP, "heads of a megabyte, and ten thousand of them", planted=lambda: refused(b"HTTP/1.1 200 OK\r\n\r\n")
)
async def large_heads(target: Target) -> None:
    for headers in (["X-A: " + "a" * 1_000_000], [f"X-{n}: {n}" for n in range(10_000)]):
        refused(await exchange(target, request(target, "GET", "/health/live", headers), 3))


@check(
    Category.HTTP,
    "a query of two hundred kilobytes in the address, longer than a document may be",
    planted=lambda: refused(b"HTTP/1.1 200 OK\r\n\r\n"),
)
async def long_address(target: Target) -> None:
    padded = "{viewer{id}}" + "%20" * 70_000
    heard = await exchange(
        target,
        request(target, "GET", f"/graphql?query={padded}", [f"Authorization: Bearer {target.world.tokens[WORKER]}"]),
        3,
    )
    refused(heard)


@check(
    Category.HTTP,
    "two bearers at once: reading and writing take the same one, or none",
    planted=lambda: same(["1", "2"]),
)
async def two_bearers(target: Target) -> None:
    first, second = target.world.tokens[WORKER], target.world.tokens[CUSTOMER]
    both = [KIND, f"Authorization: Bearer {first}", f"Authorization: Bearer {second}", "Connection: close"]
    answers = []
    for headers, body in (
        ([*both, f"Content-Length: {len(BODY)}"], BODY),
        ([*both, "Transfer-Encoding: chunked"], f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n"),
    ):
        heard = await exchange(target, request(target, "POST", "/graphql", headers, body), 3)
        answers.append(heard[heard.find(b'"viewer"') :].partition(b"}")[0].decode("latin-1"))
    same(answers)


def same(answers: list[str]) -> None:
    """Raises Broken if two ways in take the same request for different people's."""
    broken_if(len(set(answers)) > 1, " / ".join(answers))


@check(Category.HTTP, "a key twice in the body: what is judged is what is executed")
async def duplicate_keys(target: Target) -> None:
    deep = "{ viewer { id " + "@skip(if: false) id " * 200 + "} }"
    for queries in ((QUERY, deep), (QUERY, "{ __schema { types { name } } }")):
        body = f'{{"query": {json.dumps(queries[0])}, "query": {json.dumps(queries[1])}}}'.encode()
        answer = await target.post(body, by=ADMIN)
        broken_if("__schema" in answer.text and '"User"' in answer.text, "the schema")
        broken_if(len(queries[1]) > 3000 and answer.value, "two hundred directives")


@check(Category.HTTP, "a thousand ranges of one file")
async def ranges(target: Target) -> None:
    given = {"range": "bytes=" + ",".join("0-20" for _ in range(1000))}
    answer = await target.send("GET", f"/files/{target.world.file}", by=WORKER, headers=given)
    broken_if(len(answer.body) > 10_000 or answer.status >= 500, f"{answer.status}, {len(answer.body)} octets")


@check(Category.HTTP, "an address that spells its way to another one: dots, double slashes, encodings")
async def spelled(target: Target) -> None:
    for path in (
        "/./admin/user/list",
        "//admin/user/list",
        "/verify/..%2fadmin/user/list",
        "/%61dmin/user/list",
        "/admin/%2e%2e/admin/user/list",
        "/ADMIN/user/list",
    ):
        heard = await exchange(target, request(target, "GET", path, ["Connection: close"]), 3)
        broken_if(b"200 OK" in heard[:20], path)
