"""The limit: a bare ASGI server with one statement a query, written by hand for exactly these answers.

It knows the documents of queries.py and nothing else. The token is checked by the statement itself. What role a token
has chooses the text; it is remembered, and the statement asks for that very role again.
"""

from __future__ import annotations

import base64
import gc
import hashlib
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from rules.tenancy import EVERY, SETTING
from scripts.benchmark.queries import DOCUMENTS
from scripts.benchmark.raw_statements import ROLE, statement

Message = dict[str, Any]
Given = Mapping[str, Any]
POOL = 10
MOST_TOKENS = 10_000
ROOTS = {"graph": "objects", "point": "entry", "page": "journal", "counts": "objects"}
HEADERS = [(b"content-type", b"application/json")]


def _key(id: str) -> UUID:
    return UUID(base64.urlsafe_b64decode(id + "==")[-36:].decode())


def _place(after: str | None) -> list[Any]:
    return orjson.loads(base64.urlsafe_b64decode(after + "==")) if after else [None, None]


ARGUMENTS: Mapping[str, Callable[[Given], list[Any]]] = {
    "graph": lambda given: [given["first"], *_place(given.get("after")), given["entries"]],
    "point": lambda given: [_key(given["id"])],
    "page": lambda given: [_key(given["id"]), given["first"], _place(given.get("after"))[0]],
    "counts": lambda given: [given["first"]],
}


class Application:
    """The server as an ASGI application; `database_url` is the serving role's address."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._queries = {text: name for name, text in DOCUMENTS.items() if name in ROOTS}
        self._roles: dict[str, tuple[str, str]] = {}
        self._texts: dict[tuple[str, str, str, bool], str] = {}
        self._pool: asyncpg.Pool

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        token = next((value[7:] for name, value in scope["headers"] if name == b"authorization"), b"")
        asked = orjson.loads(body)
        status, answer = await self._answer(
            self._queries[asked["query"]], asked["variables"], hashlib.sha256(token).hexdigest()
        )
        headers = [*HEADERS, (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, query: str, given: Given, digest: str) -> tuple[int, bytes]:
        arguments = ARGUMENTS[query](given)
        after = given.get("after") is not None
        async with self._pool.acquire() as connection:
            if known := self._roles.get(digest):
                text = self._texts.get((query, *known, after)) or self._write(query, known, after)
                if row := await connection.fetchrow(text, digest, *arguments):
                    return 200, b'{"data":{"%s":%s}}' % (ROOTS[query].encode(), row[0] or b"null")
            # A token not seen before, or one whose person has got another role or language, or that has ended.
            found = await connection.fetchrow(ROLE, digest)
            if found is None:
                self._roles.pop(digest, None)
                return 401, b'{"errors":[{"message":"UNAUTHENTICATED"}]}'
        if len(self._roles) >= MOST_TOKENS:
            self._roles.clear()
        self._roles[digest] = (found["role"], found["language"])
        return await self._answer(query, given, digest)

    def _write(self, query: str, known: tuple[str, str], after: bool) -> str:
        text = self._texts[(query, *known, after)] = statement(query, *known, after)
        return text

    async def _live(
        self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        await receive()
        self._pool = await asyncpg.create_pool(
            self._database_url,
            min_size=POOL,
            max_size=POOL,
            init=_through,
            reset=_nothing,  # its round trip at each release buys a reader nothing
            server_settings={"TimeZone": "UTC", SETTING: EVERY},
        )
        gc.collect()
        gc.freeze()
        gc.set_threshold(5000, 10, 100)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._pool.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _through(connection: asyncpg.Connection) -> None:
    """Let the database's JSON text through as octets."""
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=lambda octets: octets, decoder=bytes
    )


async def _nothing(connection: asyncpg.Connection) -> None:
    pass


def create() -> Application:
    """The application over the database that DATABASE_URL names, for uvicorn's --factory."""
    return Application(os.environ["DATABASE_URL"])
