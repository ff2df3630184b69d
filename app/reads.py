"""The short way through /graphql: a query that one statement can answer is answered before any framework is asked.

Whatever is unusual, be it the request, the document or its arguments, goes the ordinary way, with its body replayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.admission import SCOPE_KEY, Admission, network_in
from app.http_answers import JSON, MODERN, NOT_KEPT, content_type, media_type_for, refused
from app.identity import Callers
from resolvers.graph import Document, Documents, NotRead, core_schema, read
from schema import Schema
from schema.errors import told
from schema.request_errors import RequestCode, RequestRefused
from web.headers import security_headers
from web.pacing import Lingering

LARGEST_BODY = 256 * 1024
"""Requests with more octets go the ordinary way."""
BODY_SECONDS = 30
MOST_DIGITS = 12
MEMBERS = frozenset({"query", "variables", "operationName", "documentId", "extensions"})
TYPES: tuple[tuple[str, type], ...] = (("variables", dict), ("operationName", str), ("extensions", dict))
WATCH_AFTER_SECONDS = 0.1
"""How long a statement may run before it is watched whether the client is still there."""
STREAMED = (b"event-stream", b"multipart")


class Reads:
    """ASGI middleware before everything else. It also holds the bodies of all requests to their size and time."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        path: str,
        schema: Schema,
        callers: Callers,
        admission: Admission,
        largest_body: int,
        secure: bool,
    ) -> None:
        self._app = app
        self._path = path
        self._callers = callers
        self._admission = admission
        self._largest_body = largest_body
        self._documents = Documents(core_schema(schema))
        self._guarding = _raw(security_headers(secure=secure))
        self._headers = self._guarding + _raw(NOT_KEPT)
        self._content_types = {kind: (b"content-type", content_type(kind).encode()) for kind in (JSON, MODERN)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or leave the request to the application behind."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        answer: bytes | Response | None = None
        try:
            messages = await self._received(headers, receive)
        except RequestRefused as refusal:
            answer = Lingering(refused(Request(scope), refusal))
            answer.raw_headers += self._guarding
            await answer(scope, receive, send)
            return
        kind = media_type_for(headers.get(b"accept", b"").decode("latin-1"))
        if kind and _usual(scope, headers) and messages[-1]["type"] == "http.request":
            body = messages[0]["body"] if len(messages) == 1 else b"".join(each["body"] for each in messages)
            try:
                async with WhileConnected(receive):
                    answer = await self._answer(scope, headers, body)
            except ClientGone:
                return
        if answer is None or kind is None:
            await self._app(scope, _replayed(messages, receive), send)
            return
        if isinstance(answer, Response):
            answer.raw_headers += self._guarding
            await answer(scope, receive, send)
            return
        length = (b"content-length", str(len(answer)).encode())
        begin = [*self._headers, self._content_types[kind], length]
        await send({"type": "http.response.start", "status": 200, "headers": begin})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> bytes | Response | None:
        """The response to a query, or None for what goes the ordinary way."""
        asked = _asked(body)
        if asked is None:
            return None
        caller = await self._callers.taken_for(scope, headers)
        variables, name = asked.get("variables") or {}, asked.get("operationName")
        try:
            text = self._admission.text(asked)
            charge = self._admission.charge(text, name, variables, caller, network_in(scope))
        except RequestRefused as refusal:
            return refused(Request(scope), refusal)
        scope[SCOPE_KEY] = charge
        document = self._documents.find(text, name)
        if document is None:
            return None
        for _ in range(2):
            try:
                data = await read(document, variables, caller)
            except NotRead:
                caller = await self._callers.asked_anew(scope, headers)
                continue
            except Exception as error:
                return orjson.dumps(
                    _failed(document, variables, told(error, caller.language)) | {"extensions": charge.told()}
                )
            return None if data is None else b'{"data":%b,"extensions":%b}' % (data, charge.written())
        return None

    async def _received(self, headers: Mapping[bytes, bytes], receive: Receive) -> list[Message]:
        """The messages of a request's body. Raises RequestRefused for one that is too large or too slow."""
        left = self._largest_body
        first = Begun(cast("Coroutine[Any, Any, Message]", receive()))
        if first.done and not first.message.get("more_body") and len(first.message.get("body", b"")) <= left:
            return [first.message]
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and (len(announced) > MOST_DIGITS or int(announced) > left):
            first.forget()
            raise body_too_large()
        try:
            async with asyncio.timeout(BODY_SECONDS):
                messages = [await first]
                while messages[-1]["type"] == "http.request":
                    left -= len(messages[-1].get("body", b""))
                    if left < 0:
                        raise body_too_large()
                    if not messages[-1].get("more_body"):
                        break
                    messages.append(await receive())
        except TimeoutError:
            raise RequestRefused(RequestCode.BAD_REQUEST, "body_too_slow", status=HTTPStatus.REQUEST_TIMEOUT) from None
        return messages


class Begun:
    """A `receive` that was begun: mostly the message is there already, and no clock has to be set to wait for it."""

    def __init__(self, receiving: Coroutine[Any, Any, Message]) -> None:
        self._receiving = receiving
        self.message: Message = {}
        self.done = False
        try:
            self._awaited = receiving.send(None)
        except StopIteration as ended:
            self.message, self.done = ended.value, True

    def forget(self) -> None:
        """Wait for it no more."""
        self._receiving.close()

    def __await__(self) -> Generator[Any, Any, Message]:
        if not self.done:
            yield self._awaited
            self.message, self.done = (yield from self._receiving.__await__()), True
        return self.message


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def body_too_large() -> RequestRefused:
    """The refusal of a body with more octets than are taken."""
    return RequestRefused(RequestCode.BAD_REQUEST, "body_too_large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _usual(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is a JSON body of bearable size that asks for a plain answer."""
    if len(headers) < len(scope["headers"]):
        return False
    accept = headers.get(b"accept", b"").lower()
    kind = headers.get(b"content-type", b"")
    if kind != b"application/json" and kind.partition(b";")[0].strip().lower() != b"application/json":
        return False
    if any(word in accept for word in STREAMED):
        return False
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= LARGEST_BODY


def _asked(body: bytes) -> dict[str, Any] | None:
    """The members of a usual body."""
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if type(asked) is not dict or not asked.keys() <= MEMBERS:
        return None
    for member, kind in TYPES:
        value = asked.get(member)
        if value is not None and type(value) is not kind:
            return None
    return asked


def _failed(document: Document, given: Mapping[str, Any], error: dict[str, Any]) -> dict[str, Any]:
    """The answer to a query that nothing could be read for: the error at each of its fields, as they fell together."""
    roots = document.roots(given)
    data = dict.fromkeys(roots) if all(roots.values()) else None
    return {"data": data, "errors": [error | {"path": [key]} for key in roots] or [error]}


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
