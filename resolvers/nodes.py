"""Rows by their public identifiers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import strawberry
from tortoise import Model

from resolvers import graph
from resolvers.context import Info
from resolvers.graph import Policy, Row
from rules import identifiers
from rules.refusals import invalid

MOST_NODES = 100


def of_type(type_name: str) -> Callable[[Info, strawberry.ID], Awaitable[Row | None]]:
    """A resolver of one row of `type_name` by its identifier; null for what is not there or may not be seen."""

    async def resolve(info: Info, id: strawberry.ID) -> Row | None:
        named, key = identifiers.parse(id, "id")
        return await graph.by_id(info.context, graph.NODES[type_name], key) if named == type_name else None

    return resolve


async def node(info: Info, id: strawberry.ID) -> Row | None:
    """Any row by its identifier (Relay, Global Object Identification)."""
    return await _node(info, id, "id")


async def nodes(info: Info, ids: list[strawberry.ID]) -> list[Row | None]:
    """Rows in the order of their identifiers, null where there is none."""
    if len(ids) > MOST_NODES:
        raise invalid("ids", "page_size", most=MOST_NODES)
    return list(await asyncio.gather(*(_node(info, id, f"ids.{place}") for place, id in enumerate(ids))))


async def _node(info: Info, id: str, field: str) -> Row | None:
    type_name, key = identifiers.parse(id, field)
    model = graph.NODES.get(type_name)
    return None if model is None else await graph.by_id(info.context, model, key)


async def made(info: Info, model: type[Model], id: UUID) -> Row:
    """The row a mutation made or changed, as its maker may see it: having been let make it, they may read it."""
    row = await graph.by_id(info.context, model, id, Policy.IMPLIED)
    if row is None:
        raise RuntimeError(f"{model.__name__} {id} is gone after its own commit")
    return row
