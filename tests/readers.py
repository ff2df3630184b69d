"""The product and its oracle over the same rows, asked alike, and what may differ in their answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import ordinary
import orjson
import rich_world
from conftest import Cluster, Template
from operation_values import Pool
from operations import Refusals
from ordinary_reading import Snapshot, View
from rich_world import World

import schema
from app.settings import Settings
from resolvers.context import Context
from rules.actor import Caller
from schema.request_errors import RequestCode

DENIED: Refusals = {("FORBIDDEN", None), ("UNAUTHENTICATED", None)}


@dataclass
class Readers:
    """The product and its oracle over the same rows."""

    world: World
    product: schema.Schema
    oracle: schema.Schema
    pool: Pool
    callers: Mapping[str, Caller]
    views: Mapping[str, View]
    http: httpx.AsyncClient

    async def compiled(self, document: str, variables: dict[str, Any], who: str) -> dict[str, Any]:
        """The product's answer, in process."""
        context = Context(caller=self.callers[who], request=None)  # type: ignore[arg-type]
        return _answer(await self.product.execute(document, variables, context))

    async def ordinary(self, document: str, variables: dict[str, Any], who: str) -> dict[str, Any]:
        """The oracle's answer."""
        context = ordinary.OrdinaryContext(
            caller=self.callers[who],
            request=None,  # type: ignore[arg-type]
            view=self.views[who],
        )
        return _answer(await self.oracle.execute(document, variables, context))

    async def posted(self, document: str, variables: dict[str, Any], who: str) -> dict[str, Any]:
        """The product's answer over HTTP."""
        token = self.world.tokens.get(who)
        headers = {"authorization": f"Bearer {token}"} if token else {"accept-language": who}
        body = {"query": document, "variables": variables}
        response = await self.http.post("/graphql", json=body, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer


def _answer(result: Any) -> dict[str, Any]:
    """An execution's result as a client would get it."""
    errors = [error.formatted for error in result.errors or ()]
    answer: dict[str, Any] = orjson.loads(orjson.dumps({"data": result.data, "errors": errors}))
    return answer


@asynccontextmanager
async def readers_of(
    cluster: Cluster, template: Template, base_settings: Settings, database: str
) -> AsyncIterator[Readers]:
    """Both over a rich world in a database of its own, in which nothing is written any more."""
    async with (
        rich_world.made(cluster, template, base_settings, database) as world,
        httpx.AsyncClient(base_url=world.address, timeout=30) as http,
    ):
        product, oracle, snapshot = schema.build(), ordinary.build(), await Snapshot.taken()
        callers = world.callers
        views = {who: await snapshot.seen_by(caller) for who, caller in callers.items()}
        yield Readers(world, product, oracle, Pool(snapshot), callers, views, http)


# ---------------------------------------------------------------------- equality


def difference(compiled: dict[str, Any], expected: dict[str, Any], refusals: Refusals) -> str | None:
    """What is wrong with the compiled answer; None if nothing is.

    It may refuse at the root what the ordinary one refuses further below, only one of several faults, and a fault in an
    argument that no row leads to.
    """
    ours, theirs = compiled.get("errors") or [], expected["errors"]
    if not ours and not theirs:
        same = json.dumps(compiled["data"]) == json.dumps(expected["data"])
        return None if same else "the data differ"
    if theirs and not ours:
        return "not refused"
    allowed = {_code(error) for error in theirs} | refusals
    if theirs and compiled["data"] is expected["data"] is None:
        allowed |= DENIED  # of several roots that must not be null, whichever fails first ends the operation
    if surplus := {_code(error) for error in ours} - allowed:
        return f"refused for {surplus}"
    if any(_code(error)[0] in set(RequestCode) for error in [*ours, *theirs]):
        return "an error of its own"
    if compiled["data"] is None or expected["data"] is None:
        return None
    faulty = {error["path"][0] for error in [*ours, *theirs]}
    for key in expected["data"]:
        if key not in faulty and compiled["data"].get(key) != expected["data"][key]:
            return f"the data differ at {key}"
    return None


def _code(error: dict[str, Any]) -> tuple[str, str | None]:
    extensions = error.get("extensions") or {}
    return extensions.get("code", "?"), extensions.get("field")


def values_in(data: Any) -> int:
    """How many values that are not null an answer tells."""
    if isinstance(data, dict):
        return sum(values_in(value) for value in data.values())
    if isinstance(data, list):
        return sum(values_in(value) for value in data)
    return data is not None
