"""Bodies of /graphql that are no requests, too large, too deep, too slow."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
import zlib

import httpx

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.raw import line, request
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN, WORKER

QUERY = "{ viewer { id } }"
PATIENCE = 40.0
"""Longer than a body may take."""


def no_request(answer: Answer) -> None:
    """Raises Broken unless the body was refused as the client's fault, in GraphQL's words."""
    broken_if(answer.data, f"executed: {answer.text[:100]}")
    broken_if(not 400 <= answer.status < 500 or not answer.codes, f"{answer.status}: {answer.text[:100]}")
    broken_if("Traceback" in answer.text, "a trace of the program")


@check(Category.SERVICE, "a batch: a list of fifty requests")
async def batch(target: Target) -> None:
    answer = await target.post(json.dumps([{"query": QUERY}] * 50).encode(), by=ADMIN)
    broken_if(isinstance(answer.json, list), "fifty answers")
    no_request(answer)


@check(Category.SERVICE, "a body of twenty megabytes")
async def huge_body(target: Target) -> None:
    padding = b" " * 20_000_000
    no_request(await target.post(b'{"query": "{ viewer { id } }"' + padding + b"}", by=ADMIN))


@check(Category.SERVICE, "JSON fifty thousand levels deep")
async def deep_json(target: Target) -> None:
    deep = b"[" * 50_000 + b"]" * 50_000
    no_request(await target.post(b'{"query": "{ viewer { id } }", "variables": {"a": ' + deep + b"}}", by=ADMIN))


@check(Category.SERVICE, "a number of five thousand digits")
async def long_number(target: Target) -> None:
    body = b'{"query": "query ($n: Int!) { objects(first: $n) { totalCount } }", "variables": {"n": 1%s}}' % (
        b"0" * 5000
    )
    no_request(await target.post(body, by=ADMIN))


@check(Category.SERVICE, "five thousand digits inside the document")
async def long_number_in_the_document(target: Target) -> None:
    answer = await target.ask("{ objects(first: 1" + "0" * 5000 + ") { totalCount } }", by=ADMIN)
    broken_if(answer.data or answer.status >= 500 or not answer.codes, f"{answer.status}: {answer.text[:100]}")


@check(Category.SERVICE, "bodies that are no request: null, a text, a number, invalid UTF-8, half a surrogate")
async def no_requests(target: Target) -> None:
    for body in (
        b"null",
        b'"x"',
        b"1",
        b"",
        b"{",
        b'{"query": "\xff"}',
        b'{"query": {"a": 1}}',
        b'{"query": "\\ud800"}',
    ):
        no_request(await target.post(body, by=ADMIN))


@check(Category.SERVICE, "three megabytes of variables that nobody asked for")
async def huge_variables(target: Target) -> None:
    no_request(await target.ask(QUERY, {f"v{n}": "x" * 3000 for n in range(1000)}, by=ADMIN))


@check(Category.SERVICE, "a compressed body that unpacks to fifty megabytes", planted=lambda: no_request(unpacked()))
async def compressed(target: Target) -> None:
    body = zlib.compress(json.dumps({"query": QUERY + " " * 50_000_000}).encode())
    no_request(await target.post(body, by=ADMIN, headers={"content-encoding": "deflate"}))


def unpacked() -> Answer:
    """What a server that unpacks it would answer; Starlette does not."""
    return Answer(200, httpx.Headers(), b'{"data": {"viewer": null}}', 2.0)


@check(Category.SERVICE, "a body that comes one octet in two seconds", patient=True)
async def slow_body(target: Target) -> None:
    async with line(target) as connection:
        headers = ["Content-Type: application/json", "Content-Length: 5000"]
        await connection.say(request(target, "POST", "/graphql", headers, b"{"))
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            await asyncio.sleep(2)
            if not await connection.say(b" "):
                return
            if b"408" in await connection.hear(0.05):
                return
    broken_if(True, f"still listened after {PATIENCE:.0f} s")


@check(Category.SERVICE, "a request whose head never ends, one octet in two seconds", patient=True)
async def slow_head(target: Target) -> None:
    async with line(target) as connection:
        await connection.say(b"GET /health/live HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            await asyncio.sleep(2)
            if not await connection.say(b"a"):
                return
    broken_if(True, f"still listened after {PATIENCE:.0f} s")


@check(Category.SERVICE, "a file that comes one octet in two seconds", patient=True)
async def slow_file(target: Target) -> None:
    async with line(target) as connection:
        token = target.world.tokens[WORKER]
        headers = [
            f"Authorization: Bearer {token}",
            "Content-Type: multipart/form-data; boundary=x",
            "Content-Length: 100000",
        ]
        start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        await connection.say(request(target, "POST", "/files", headers, start))
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            await asyncio.sleep(2)
            if not await connection.say(b"a") or b"HTTP/1.1 4" in await connection.hear(0.05):
                return
    broken_if(True, f"still listened after {PATIENCE:.0f} s")


@check(Category.SERVICE, "a file of sixty megabytes")
async def huge_file(target: Target) -> None:
    await refused_file(target, "note.txt", b"a" * 60_000_000)


@check(Category.SERVICE, "a program under the name of a picture")
async def disguised_file(target: Target) -> None:
    await refused_file(target, "photo.jpg", b"\x7fELF\x02\x01\x01" + b"\0" * 500)


@check(Category.SERVICE, "a sheet of objects that unpacks to gigabytes")
async def bomb_of_a_sheet(target: Target) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row>" * 20_000_000)
    sent = await target.send(
        "POST",
        "/imports/objects",
        by=ADMIN,
        files={"file": ("objects.xlsx", packed.getvalue())},
        data={"contract": target.world.contract, "contractId": target.world.contract},
    )
    broken_if(sent.status < 400 or sent.status >= 500, f"{sent.status}: {sent.text[:100]}")


async def refused_file(target: Target, name: str, content: bytes) -> None:
    """Raises Broken unless the file is refused as the client's fault, soon."""
    sent = await target.send("POST", "/files", by=WORKER, files={"file": (name, content)})
    broken_if(
        not 400 <= sent.status < 500 or sent.seconds > 10, f"{sent.status} in {sent.seconds:.1f} s: {sent.text[:80]}"
    )
