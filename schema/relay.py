"""Relay: the Node interface and connections with a total count."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

from schema.fields import plain

Item = TypeVar("Item")


@strawberry.interface(description="Whatever has an identifier of its own.")
class Node:
    id: strawberry.ID


@plain
@strawberry.type(description="Where a page lies in its connection.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@plain
@strawberry.type(description="A row in a page and its place.")
class Edge(Generic[Item]):
    cursor: str
    node: Item


@plain
@strawberry.type(description="A page of rows.")
class Connection(Generic[Item]):
    edges: list[Edge[Item]]
    page_info: PageInfo
    total_count: int = strawberry.field(description="How many rows there are in all; counted only if asked for.")
