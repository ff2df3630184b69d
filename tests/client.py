"""A GraphQL client of the tests: what a frontend would send, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import httpx
import websockets

from app.demo import PASSWORD, PIN

SIGN_IN = """
mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) {
    __typename
    ... on Session { token expiresAt user { id role } }
    ... on Problem { code message field details }
  }
}
"""


class Failed(AssertionError):
    """The answer holds errors where none was expected."""


class Client:
    """One caller of one server. `headers` are sent with every request."""

    def __init__(
        self,
        address: str,
        token: str | None = None,
        language: str = "ru",
        sessions: dict[str, str] | None = None,
    ) -> None:
        self.address = address
        self.sessions = sessions or {}
        self.token = token
        headers = {"accept-language": language}
        if token:
            headers["authorization"] = f"Bearer {token}"
        self.http = httpx.AsyncClient(base_url=address, headers=headers, timeout=30)
        self._others: list[Client] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for other in self._others:
            await other.__aexit__()
        await self.http.aclose()

    async def signed_in(self, email: str, password: str = PASSWORD, *, anew: bool = False) -> Client:
        """Another client, signed in as `email`: with a session that stands already, or one opened `anew`."""
        token = None if anew else self.sessions.get(email)
        token = token or (await self.do(SIGN_IN, email=email, password=password))["token"]
        other = Client(self.address, token)
        self._others.append(other)
        return other

    async def post(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer."""
        response = await self.http.post("/graphql", json={"query": query, "variables": variables or {}})
        answer: dict[str, Any] = response.json()
        return answer

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data. Raises Failed if there are errors."""
        answer = await self.post(query, variables)
        if answer.get("errors"):
            raise Failed(json.dumps(answer["errors"], ensure_ascii=False))
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, mutation: str, **variables: Any) -> Any:
        """The result of the mutation's only field. Raises Failed if it is a Problem."""
        (result,) = (await self.ask(mutation, **variables)).values()
        if isinstance(result, dict) and result.get("__typename") == "Problem":
            raise Failed(json.dumps(result, ensure_ascii=False))
        return result

    async def refused(self, mutation: str, **variables: Any) -> dict[str, Any]:
        """The Problem that the mutation's only field answers with. Raises Failed if it was done."""
        (result,) = (await self.ask(mutation, **variables)).values()
        if result.get("__typename") != "Problem":
            raise Failed(f"done, not refused: {result}")
        problem: dict[str, Any] = result
        return problem

    @asynccontextmanager
    async def subscribed(self, query: str, **variables: Any) -> AsyncIterator[Stream]:
        """A graphql-transport-ws subscription, begun before the body runs."""
        address = self.address.replace("http", "ws", 1) + "/graphql"
        async with websockets.connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            await socket.send(
                json.dumps({"type": "connection_init", "payload": {"token": self.token} if self.token else {}})
            )
            acknowledged = json.loads(await asyncio.wait_for(socket.recv(), 10))
            assert acknowledged["type"] == "connection_ack", acknowledged
            message = {"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}
            await socket.send(json.dumps(message))
            yield Stream(socket)


class Stream:
    """What a subscription delivers."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def message(self, seconds: float = 10) -> dict[str, Any]:
        """The next message of the protocol, pings answered."""
        while True:
            message: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), seconds))
            if message["type"] == "ping":
                await self.socket.send(json.dumps({"type": "pong"}))
                continue
            return message

    async def next(self, seconds: float = 10) -> Any:
        """The next value of the subscription's only field. Raises Failed for errors or the end."""
        message = await self.message(seconds)
        if message["type"] != "next" or message["payload"].get("errors"):
            raise Failed(json.dumps(message, ensure_ascii=False))
        (value,) = message["payload"]["data"].values()
        return value

    async def silent(self, seconds: float = 0.4) -> bool:
        """Whether nothing is delivered for a while."""
        try:
            await self.message(seconds)
        except TimeoutError:
            return True
        return False


__all__ = ["PIN", "Client", "Failed", "Stream"]
