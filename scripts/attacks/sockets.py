"""WebSockets: floods, silence, large messages, and who is asked again."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, CUSTOMER, CUSTOMER_ADMIN, WORKER

INIT_PATIENCE = 15.0
EVENTS = "subscription { events { kind } }"
CLOSED = (websockets.exceptions.WebSocketException, OSError, TimeoutError)


@asynccontextmanager
async def socket(target: Target, headers: dict[str, str] | None = None) -> AsyncIterator[ClientConnection]:
    """An open socket that has said nothing yet."""
    async with websockets.connect(
        target.address.replace("http", "ws", 1) + "/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers={"x-forwarded-for": target.network, **(headers or {})},
        open_timeout=5,
        close_timeout=1,
        max_size=2**22,
        proxy=None,
    ) as connection:
        yield connection


async def hello(connection: ClientConnection, token: str | None) -> dict[str, Any]:
    """Say who one is, and hear the answer."""
    await connection.send(json.dumps({"type": "connection_init", "payload": {"token": token} if token else {}}))
    return await heard(connection)


async def heard(connection: ClientConnection, seconds: float = 5.0) -> dict[str, Any]:
    """The next message that is no ping."""
    async with asyncio.timeout(seconds):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if message["type"] != "ping":
                return message


async def subscribe(connection: ClientConnection, query: str, key: str = "1") -> None:
    await connection.send(json.dumps({"id": key, "type": "subscribe", "payload": {"query": query}}))


@check(Category.SOCKETS, "a socket that never says who it is", patient=True)
async def silence(target: Target) -> None:
    async with socket(target) as connection:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(connection.wait_closed(), INIT_PATIENCE)
        broken_if(connection.close_code is None, f"open for {INIT_PATIENCE:.0f} s")


@check(Category.SOCKETS, "asking before saying who one is", planted=lambda: unasked({"type": "next"}, None))
async def before_hello(target: Target) -> None:
    async with socket(target) as connection:
        await subscribe(connection, "{ __typename }")
        message = {}
        with contextlib.suppress(*CLOSED):
            message = await heard(connection, 2)
        unasked(message, connection.close_code)


def unasked(message: dict[str, Any], close_code: int | None) -> None:
    """Raises Broken unless the socket was closed as the protocol wants it."""
    broken_if(message or close_code != 4401, f"{message}, closed with {close_code}")


@check(Category.SOCKETS, "three hundred subscriptions on one socket")
async def many_operations(target: Target) -> None:
    async with socket(target) as connection:
        await hello(connection, target.world.tokens[ADMIN])
        refused = False
        try:
            for number in range(300):
                await subscribe(connection, EVENTS, str(number))
            async with asyncio.timeout(4):
                while not refused:
                    refused = (await heard(connection, 2))["type"] == "error"
        except TimeoutError:
            broken_if(True, "all of them are served")
        except CLOSED:
            refused = True
    broken_if(not refused, "all of them are served")


@check(Category.SOCKETS, "sixty sockets of one person")
async def many_sockets(target: Target) -> None:
    async with contextlib.AsyncExitStack() as open_ones:
        for _ in range(60):
            try:
                connection = await open_ones.enter_async_context(socket(target))
                if (await hello(connection, target.world.tokens[CUSTOMER]))["type"] != "connection_ack":
                    return
            except CLOSED:
                return
        broken_if(True, "sixty are open")


@check(Category.SOCKETS, "a message of three megabytes")
async def large_message(target: Target) -> None:
    async with socket(target) as connection:
        await hello(connection, target.world.tokens[ADMIN])
        try:
            await subscribe(connection, "{ viewer { id } }" + " " * 3_000_000)
            message = await heard(connection)
        except CLOSED:
            return
        broken_if(message["type"] == "next", "executed")


@check(Category.SOCKETS, "a document too deep, over a socket")
async def deep_document(target: Target) -> None:
    query = '{ entry(id: "entry-1") ' + "{ revision { entry " * 30 + "{ id }" + " } }" * 30 + " }"
    message = await answered(target, query, target.world.tokens[ADMIN])
    broken_if(message["type"] == "next" and "data" in message["payload"], str(message)[:100])


@check(Category.SOCKETS, "the schema, over a socket")
async def introspection(target: Target) -> None:
    message = await answered(target, "{ __schema { types { name } } }", target.world.tokens[ADMIN])
    broken_if('"User"' in json.dumps(message), "the schema's names")


async def answered(target: Target, query: str, token: str | None) -> dict[str, Any]:
    """The first answer to an operation on a socket of its own; what closes the socket is an answer too."""
    async with socket(target) as connection:
        try:
            first = await hello(connection, token)
            if first["type"] != "connection_ack":
                return first
            await subscribe(connection, query)
            return await heard(connection)
        except CLOSED as closed:
            return {"type": "closed", "payload": {"said": str(closed)}}


@check(Category.SOCKETS, "a token of nobody's opens no socket")
async def token_of_nobody(target: Target) -> None:
    async with socket(target) as connection:
        with contextlib.suppress(*CLOSED):
            broken_if((await hello(connection, "nobody's"))["type"] == "connection_ack", "let in")


@check(Category.SOCKETS, "nobody's subscription")
async def anonymous_subscription(target: Target) -> None:
    message = await answered(target, EVENTS, None)
    broken_if(message["type"] == "next" and (message["payload"].get("data") or {}).get("events"), "an event")


@check(Category.SOCKETS, "a page of another site opens a socket with the visitor's cookie")
async def cross_site(target: Target) -> None:
    headers = {"origin": "https://evil.attack.test", "cookie": target.world.cookies[WORKER]}
    try:
        async with socket(target, headers) as connection:
            await hello(connection, None)
            await subscribe(connection, "{ viewer { id } }")
            message = await heard(connection)
    except CLOSED:
        return
    broken_if("viewer" in str(message), f"asked as the visitor: {message}")


@check(Category.SOCKETS, "messages that are none of the protocol's")
async def garbage(target: Target) -> None:
    for text in ('"x"', "null", "[]", '{"type": 5}', '{"type": "subscribe"}', "{", "[" * 50_000):
        async with socket(target) as connection:
            try:
                await hello(connection, target.world.tokens[CUSTOMER_ADMIN])
                await connection.send(text)
                message = await heard(connection, 3)
                broken_if(message["type"] != "error", str(message)[:100])
            except CLOSED as closed:
                code = connection.close_code or 0
                broken_if(not 4000 <= code < 5000 and code != 1009, f"{text[:20]}: {code} {closed}")


@check(Category.SOCKETS, "mutations over a socket by a partner's token, or by nobody")
async def mutation_by_nobody(target: Target) -> None:
    query = f'mutation {{ updateObject(input: {{objectId: "{target.world.object}", name: "Чужой"}}) {{ __typename }} }}'
    message = await answered(target, query, None)
    broken_if("ServiceObject" in json.dumps(message), str(message)[:100])
