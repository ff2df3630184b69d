"""Trusted documents only: nothing else is executed, by whatever way it comes."""

from __future__ import annotations

import contextlib
import json
from hashlib import sha256

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.sockets import CLOSED, heard, hello, socket
from scripts.attacks.standing import KNOWN, id_of
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN

FREE = "{ viewer { id email } }"


@check(Category.DOCUMENTS, "a document that is not on the list: POST, GET, events", strict=True)
async def free(target: Target) -> None:
    answers = [
        await target.ask(FREE, by=ADMIN),
        await target.send("GET", "/graphql", params={"query": FREE}, by=ADMIN),
        await target.ask(FREE, by=ADMIN, headers={"accept": "text/event-stream"}),
    ]
    for answer in answers:
        broken_if("viewer" in answer.data or '"viewer"' in answer.text, answer.text[:100])


@check(Category.DOCUMENTS, "a document that is not on the list, over a socket", strict=True)
async def free_over_a_socket(target: Target) -> None:
    async with socket(target) as connection:
        with contextlib.suppress(*CLOSED):
            await hello(connection, target.world.tokens[ADMIN])
            await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": FREE}}))
            message = await heard(connection)
            broken_if(message["type"] == "next", str(message)[:100])


@check(Category.DOCUMENTS, "a known id with another document beside it", strict=True)
async def known_id(target: Target) -> None:
    known = id_of("types")
    for body in (
        {"documentId": known, "query": FREE},
        {"query": FREE, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": known}}},
        {
            "query": FREE,
            "extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(FREE.encode()).hexdigest()}},
        },
    ):
        answer = await target.post(json.dumps(body).encode(), by=ADMIN)
        broken_if("viewer" in answer.data, str(body)[:80])


@check(Category.DOCUMENTS, "a known document with something more at its end or inside", strict=True)
async def almost_known(target: Target) -> None:
    for query in (
        KNOWN["types"] + " query Free { viewer { id } }",
        KNOWN["viewer"].replace("role", "role email"),
        KNOWN["types"] + "\n# viewer\nfragment f on User { id }",
    ):
        body = {"query": query, "operationName": "Free" if "Free" in query else None}
        answer = await target.post(json.dumps(body).encode(), by=ADMIN)
        broken_if(answer.value, query[:80])


@check(Category.DOCUMENTS, "a known document twice in the body, the second one free", strict=True)
async def twice(target: Target) -> None:
    for first, second in ((KNOWN["types"], FREE), (FREE, FREE)):
        body = f'{{"query": {json.dumps(first)}, "query": {json.dumps(second)}}}'.encode()
        broken_if("viewer" in (await target.post(body, by=ADMIN)).data, "executed")


@check(Category.DOCUMENTS, "ids that are paths, objects, or nobody's", strict=True)
async def odd_ids(target: Target) -> None:
    oddities: list[object] = ["../documents.json", "__proto__", "constructor", "", "0" * 64, {}, [], 5]
    for odd in oddities:
        answer = await target.post(json.dumps({"documentId": odd, "query": FREE}).encode(), by=ADMIN)
        broken_if("viewer" in answer.data or answer.status >= 500, f"{odd!r}: {answer.status}")


@check(Category.DOCUMENTS, "the schema", strict=True)
async def schema(target: Target) -> None:
    answer = await target.ask("{ __schema { types { name } } }", by=ADMIN)
    broken_if('"User"' in answer.text, "all names")
