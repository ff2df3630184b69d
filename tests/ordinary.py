"""The oracle: the product's own schema with ordinary resolvers, one call a value, over rows held in memory.

Every declaration has its plain meaning in Python here; filters, orders, pages and the computed values are written
anew. Permissions, arguments, completion and the coding of errors stay Strawberry's and graphql-core's own. A relation
that claims to inherit its parent's proof is checked all the same: that is the proof of the claim.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from inspect import isawaitable
from typing import Any
from uuid import UUID

from graphql import GraphQLInterfaceType, GraphQLObjectType
from ordinary_reading import View
from ordinary_rules import CONDITIONS, MATCHES, VALUES

import schema
from resolvers.context import Context
from resolvers.graph import NODES, Policy
from resolvers.graph.cursors import place_of
from resolvers.graph.declarations import (
    DECLARATION,
    All,
    Column,
    Computed,
    Expression,
    Filter,
    Identified,
    IdentifiedMany,
    Page,
    Sole,
    ToMany,
    ToOne,
    foreign_key,
)
from resolvers.graph.internals import StrawberryExecutor, core_schema, declared_field
from rules import events, identifiers
from rules.refusals import Code, Refusal, invalid
from rules.texts import sort_key, storable

LARGEST_PAGE = MOST_NODES = 100

Resolve = Callable[..., Any]


@dataclass
class OrdinaryContext(Context):
    """A request's context with the rows that its caller may see."""

    view: View = None  # type: ignore[assignment]


def build() -> schema.Schema:
    """The schema whose resolvers need an `OrdinaryContext`."""
    built = schema.build()
    built.execution_context_class = StrawberryExecutor
    core = core_schema(built)
    for kind in core.type_map.values():
        if isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda row, info, _: type_name_of(row)
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        if kind.name in NODES:
            kind.is_type_of = lambda row, info, model=NODES[kind.name]: row.of_model is model
        for name, field in kind.fields.items():
            strawberry = declared_field(kind, name)[1]
            if DECLARATION in strawberry.metadata:
                declared = strawberry.metadata[DECLARATION]
                if kind is core.query_type:
                    field.resolve = _permitted(field.resolve, _at_root(declared))
                else:
                    field.resolve = _of_row(kind.name, name, strawberry.python_name, declared)
    return built


def type_name_of(row: Any) -> str:
    """The GraphQL type of a row."""
    return next(name for name, model in NODES.items() if row.of_model is model)


def written(moment: datetime) -> str:
    """A moment as PostgreSQL's JSON holds it: RFC 3339, a fraction without the zeros at its end."""
    whole, _, fraction = moment.replace(tzinfo=None).isoformat().partition(".")
    return whole + (f".{fraction.rstrip('0')}" if fraction.rstrip("0") else "") + "+00:00"


def _permitted(original: Any, resolve: Resolve) -> Resolve:
    """Behind the permission of the product's own root field."""

    async def permitted(root: Any, info: Any, **given: Any) -> Any:
        answered = original(root, info, **given)
        if isawaitable(answered):
            await answered
        return resolve(root, info, **given)

    return permitted


# ---------------------------------------------------------------------- fields of rows


def _of_row(type_name: str, name: str, python_name: str, declared: Any) -> Resolve:
    match declared:
        case Column(localized=True):
            stem = declared.name or python_name
            return lambda row, info: getattr(row, f"{stem}_{info.context.caller.language.value}")
        case Column():
            return lambda row, info: getattr(row, declared.name or python_name)
        case Expression() if name == "id":
            return lambda row, info: identifiers.encode(type_name, row.id)
        case Expression() | Computed():
            value = VALUES[type_name, name]
            return lambda row, info: value(info.context.view, row)
        case ToOne():
            return _to_one(declared)
        case ToMany():
            return _to_many(declared)
        case Page():
            return lambda row, info, **given: _page(declared, info.context.view, _below(declared, row, info), given)
        case _:
            raise TypeError(f"{type_name}.{name} is declared for a root: {declared}")


def _to_one(declared: ToOne) -> Resolve:
    def resolve(row: Any, info: Any) -> Any:
        column, target = foreign_key(row.of_model, declared.relation)
        key, view = getattr(row, column), info.context.view
        found = view.snapshot.rows[target].get(key)
        return found if found is not None and _shown(view, declared.policy, found) else None

    return resolve


def _shown(view: View, policy: Policy, row: Any) -> bool:
    return policy is Policy.IMPLIED or view.may(row)


def _below(declared: ToMany | Page, row: Any, info: Any) -> list[Any]:
    """The rows of a relation that may be seen."""
    column, _ = foreign_key(declared.target, declared.relation or "")
    view: View = info.context.view
    found = view.snapshot.children(declared.target, column, getattr(row, declared.key))
    return [each for each in found if _shown(view, declared.policy, each)]


def _to_many(declared: ToMany) -> Resolve:
    def resolve(row: Any, info: Any, **given: Any) -> Any:
        view: View = info.context.view
        rows = _narrowed(view, _below(declared, row, info), declared.filters, given)
        rows.sort(key=_place(declared.order))
        if declared.through:
            column, target = foreign_key(declared.target, declared.through)
            rows = [view.snapshot.rows[target][getattr(each, column)] for each in rows]
        return rows if not declared.single else next(iter(rows), None)

    return resolve


# ---------------------------------------------------------------------- roots


def _at_root(declared: Any) -> Resolve:
    def resolve(root: Any, info: Any, **given: Any) -> Any:
        view: View = info.context.view
        match declared:
            case Page():
                return _page(declared, view, view.those(view.snapshot.all(declared.target)), given)
            case All():
                rows = view.those(view.snapshot.all(declared.target))
                return sorted(_narrowed(view, rows, declared.filters, given), key=_place(declared.order))
            case Sole():
                only = CONDITIONS[declared.only]
                found = view.those(view.snapshot.all(declared.target), lambda row: only(view, row))
                return min(found, key=_place(declared.order), default=None)
            case Identified():
                return _identified(view, given["id"], "id", declared.type_name)
            case IdentifiedMany():
                if len(given["ids"]) > MOST_NODES:
                    raise invalid("ids", "page_size", most=MOST_NODES)
                return [_identified(view, id, f"ids.{place}") for place, id in enumerate(given["ids"])]
            case _:
                raise TypeError(f"no root field: {declared}")

    return resolve


def _identified(view: View, id: str, field: str, of_type: str | None = None) -> Any:
    type_name, key = identifiers.parse(id, field)
    known = type_name in NODES and of_type in (None, type_name)
    return view.find(NODES[type_name], key) if known else None


# ---------------------------------------------------------------------- narrowing and order


def _narrowed(
    view: View, rows: Sequence[Any], filters: Mapping[tuple[str, ...], Filter], given: Mapping[str, Any]
) -> list[Any]:
    found = list(rows)
    for path, narrow in filters.items():
        value: Any = given
        for name in path:
            value = None if value is None else value.get(name)
        if value is not None and narrow.only is not None:
            holds = CONDITIONS[narrow.only]
            found = [row for row in found if holds(view, row) == value]
        elif value is not None and narrow.matches is not None:
            matches = MATCHES[narrow.matches]
            found = [row for row in found if matches(view, row, value)]
        elif value is not None:
            passes = _passes(narrow, value)
            found = [row for row in found if passes(getattr(row, narrow.column))]
    return found


def _passes(narrow: Filter, value: Any) -> Callable[[Any], bool]:
    """Whether a column's value passes; what is null passes no comparison."""
    if isinstance(value, str) and not storable(value):
        return lambda held: False
    match narrow.operator:
        case "is null":
            return lambda held: held is None or not value
        case "like":
            return lambda held: sort_key(value) in held
        case "= any":
            return lambda held: held in value
    wanted = narrow.convert(value)
    match narrow.operator:
        case "=":
            return lambda held: held is not None and held == wanted
        case ">=":
            return lambda held: held is not None and held >= wanted
        case "<":
            return lambda held: held is not None and held < wanted
        case _:
            raise TypeError(f"an operator that the oracle does not know: {narrow.operator}")


def _place(order: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda row: tuple(getattr(row, name) for name in order)


# ---------------------------------------------------------------------- pages


@dataclass(frozen=True)
class PageInfo:
    """Where a page lies."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True)
class Edge:
    """A row in a page."""

    cursor: str
    node: Any


@dataclass(frozen=True)
class Connection:
    """A page of rows."""

    edges: list[Edge]
    page_info: PageInfo
    total_count: int


def _page(declared: Page, view: View, rows: Sequence[Any], given: Mapping[str, Any]) -> Connection:
    first, last, after, before = (given.get(name) for name in ("first", "last", "after", "before"))
    if (first is None) == (last is None):
        raise Refusal(Code.INVALID, "page_arguments", field="first" if last is None else "last")
    size: int = given["last" if first is None else "first"]
    if not 0 <= size <= LARGEST_PAGE:
        raise invalid("first" if last is None else "last", "page_size", most=LARGEST_PAGE)
    place = _place(declared.order)
    if declared.only is not None:
        only = CONDITIONS[declared.only]
        rows = [row for row in rows if only(view, row)]
    everything = sorted(_narrowed(view, rows, declared.filters, given), key=place)
    within = everything
    if after is not None:
        low = tuple(place_of(declared, after, "after"))
        within = [row for row in within if place(row) > low]
    if before is not None:
        high = tuple(place_of(declared, before, "before"))
        within = [row for row in within if place(row) < high]
    cut = within[:size] if first is not None else within[max(len(within) - size, 0) :]
    more = len(within) > size
    edges = [Edge(cursor_of(declared, row), row) for row in cut]
    info = PageInfo(
        has_next_page=more if first is not None else before is not None,
        has_previous_page=more if first is None else after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges, info, len(everything))


def cursor_of(declared: Page, row: Any) -> str:
    """The cursor of a row in a connection."""
    values = _place(declared.order)(row)
    if declared.order == events.ORDER:
        return str(events.Cursor(*values))
    plain = [_plain(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    return str(value) if isinstance(value, UUID) else value


__all__ = ["OrdinaryContext", "build", "cursor_of", "type_name_of"]
