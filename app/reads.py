"""The short way through /graphql: a query that one statement can answer is answered before any framework is asked.

Whatever is unusual, be it the request, the document or its arguments, goes the ordinary way, with its body replayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.identity import Callers
from resolvers.graph import Documents, NotRead, core_schema, read
from schema import Schema
from schema.errors import told
from web.headers import security_headers

LARGEST_BODY = 256 * 1024
"""Requests with more octets go the ordinary way."""
WATCH_AFTER_SECONDS = 0.1
"""How long a statement may run before it is watched whether the client is still there."""
STREAMED = (b"event-stream", b"multipart")


class Reads:
    """ASGI middleware before everything else."""

    def __init__(self, app: ASGIApp, *, path: str, schema: Schema, callers: Callers, secure: bool) -> None:
        self._app = app
        self._path = path
        self._callers = callers
        self._documents = Documents(core_schema(schema))
        fixed = {"content-type": "application/json", **security_headers(secure=secure)}
        self._headers = [(name.lower().encode(), value.encode()) for name, value in fixed.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or leave the request to the application behind."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(headers) < len(scope["headers"]) or not _usual(headers):
            await self._app(scope, receive, send)
            return
        messages = await _received(receive)
        answer: bytes | None = None
        if messages[-1]["type"] == "http.request" and not messages[-1].get("more_body"):
            body = messages[0]["body"] if len(messages) == 1 else b"".join(each["body"] for each in messages)
            try:
                async with WhileConnected(receive):
                    answer = await self._answer(scope, headers, body)
            except ClientGone:
                return
        if answer is None:
            await self._app(scope, _replayed(messages, receive), send)
            return
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*self._headers, length]})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> bytes | None:
        """The response to a query, or None for what goes the ordinary way."""
        asked = _asked(body)
        document = asked and self._documents.find(asked[0], asked[2])
        if not asked or not document:
            return None
        caller = await self._callers.taken_for(scope, headers)
        for _ in range(2):
            try:
                text = await read(document, asked[1], caller)
            except NotRead:
                caller = await self._callers.asked_anew(scope, headers)
                continue
            except Exception as error:
                return orjson.dumps({"data": None, "errors": [told(error, caller.language)]})
            return None if text is None else b'{"data":' + text + b"}"
        return None


def _usual(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is a JSON body of bearable size that asks for a plain answer."""
    accept = headers.get(b"accept", b"*/*").lower()
    if any(word in accept for word in STREAMED) or not headers.get(b"content-type", b"").startswith(
        b"application/json"
    ):
        return False
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= LARGEST_BODY


def _asked(body: bytes) -> tuple[str, Mapping[str, Any], str | None] | None:
    """Query, variables and operation name of a usual body."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(asked) is not dict or not asked.keys() <= {"query", "variables", "operationName"}:
        return None
    query, variables, name = asked.get("query"), asked.get("variables"), asked.get("operationName")
    if type(query) is not str or not isinstance(variables, dict | None) or not isinstance(name, str | None):
        return None
    return query, variables or {}, name


async def _received(receive: Receive) -> list[Message]:
    """The messages of a request's body; uvicorn holds them to the announced length."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """A `receive` that begins with what was received already."""
    waiting = iter(messages)

    async def again() -> Message:
        return next(waiting, None) or await receive()

    return again


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


class WhileConnected:
    """Cancels the work inside, and with it the statement it waits for, once the client has gone. Raises ClientGone."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watcher: asyncio.Task[None] | None = None
        self._gone = False

    async def __aenter__(self) -> None:
        self._work = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, self._begin)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._gone and self._work is not None:
            if kind is None:  # the work ended in the very moment: what was to cancel it must not meet anything else
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)
            self._work.uncancel()
            raise ClientGone from None

    def _begin(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        if (await self._receive())["type"] == "http.disconnect" and self._work is not None:
            self._gone = self._work.cancel()
