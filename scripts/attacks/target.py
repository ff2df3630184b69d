"""What is attacked: how it is asked, and what is known of it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
from graphql import GraphQLSchema

from scripts.attacks.world import World

SECONDS = 20.0
LONGEST_ANSWER = 8 * 1024 * 1024
HUNG_UP = 444
"""In place of a status: the server closed the connection before it had read all that was sent. One that had crashed
would fail the next check."""
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP, read whole."""

    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float

    @classmethod
    async def of(cls, response: httpx.Response, began: float) -> Self:
        """Read a streamed response, at most LONGEST_ANSWER of it."""
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > LONGEST_ANSWER:
                break
        return cls(response.status_code, response.headers, bytes(body), time.monotonic() - began)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The JSON of the answer; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def data(self) -> dict[str, Any]:
        """The GraphQL data; empty where nothing was executed."""
        told = self.json
        return (told.get("data") if isinstance(told, dict) else None) or {}

    @property
    def value(self) -> Any:
        """The value of the operation's first field."""
        return next(iter(self.data.values()), None)

    @property
    def errors(self) -> list[dict[str, Any]]:
        told = self.json
        return (told.get("errors") if isinstance(told, dict) else None) or []

    @property
    def codes(self) -> list[str]:
        """The codes of errors that have one, and of the Problem that the first field answers with."""
        found = [str((error.get("extensions") or {}).get("code", "")) for error in self.errors]
        return [each for each in found if each] + (
            [str(self.value["code"])] if isinstance(self.value, dict) and "code" in self.value else []
        )

    @property
    def done(self) -> bool:
        """Whether an operation was executed and its first field answered with neither null, a Problem nor a refusal."""
        return not (self.codes or self.errors or self.value is None or self.value is False)


@dataclass(frozen=True)
class Target:
    """One server. `network` is where requests seem to come from, so that checks do not spend each other's tries.

    :ivar mail: the folder that it writes its mails to, if it lies on this machine
    """

    address: str
    schema: GraphQLSchema
    http: httpx.AsyncClient
    world: World
    mail: Path | None = None
    network: str = "198.51.100.1"

    @property
    def host(self) -> tuple[str, int]:
        """Where raw sockets connect to."""
        url = httpx.URL(self.address)
        return url.host, url.port or 80

    async def send(self, method: str, path: str, *, by: str | None = None, **request: Any) -> Answer:
        """Any request. `by` is a person's e-mail address, or a token."""
        headers = {"x-forwarded-for": self.network, **(request.pop("headers", None) or {})}
        if by is not None:
            headers["authorization"] = f"Bearer {self.world.tokens.get(by, by)}"
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(SECONDS),
                self.http.stream(method, f"{self.address}{path}", headers=headers, **request) as response,
            ):
                return await Answer.of(response, began)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            return Answer(HUNG_UP, httpx.Headers(), b"", time.monotonic() - began)

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **request: Any) -> Answer:
        """A GraphQL request as clients send it."""
        body = {"query": query} | ({"variables": variables} if variables is not None else {})
        return await self.send("POST", "/graphql", json=body, **request)

    async def post(self, body: bytes, **request: Any) -> Answer:
        """A body to /graphql that says of itself that it is JSON."""
        headers = JSON | (request.pop("headers", None) or {})
        return await self.send("POST", "/graphql", content=body, headers=headers, **request)

    async def signed_in(self, email: str, password: str, **more: Any) -> Answer:
        """Try to open a session."""
        return await self.ask(SIGN_IN, {"input": {"email": email, "password": password, **more}})


SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
  ... on Session { token user { id } } ... on Problem { code } } }"""
