"""The simple engine: one statement a level, whatever the breadth.

Rows asked for by the fields of one level meet in a loader and are fetched together; every statement carries the
visibility of the relation it follows. Nothing is cached between levels: on a WebSocket a context outlives its reads.
"""

from __future__ import annotations

import builtins
import datetime
import uuid
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise import Model, connections
from tortoise.fields import Field

from resolvers.context import Context
from resolvers.graph.declarations import (
    All,
    Filter,
    Page,
    Policy,
    Row,
    ToMany,
    ToOne,
    columns_of,
    foreign_key,
    quoted,
    table,
)
from rules.access import Parameters, condition
from rules.refusals import Code, Refusal, invalid
from rules.texts import instant, storable

LARGEST_PAGE = 100
PARENT = "parent key"

Fetch = Callable[[list[Any]], Awaitable[list[Any]]]
Narrowing = Sequence[tuple[Filter, Any]]


def loader(context: Context, key: Hashable, fetch: Fetch) -> DataLoader[Any, Any]:
    """What gathers the keys that one level asks for under `key` and fetches them with one call of `fetch`."""
    found = context.loaders.get(key)
    if found is None:
        found = context.loaders[key] = DataLoader(load_fn=fetch, cache=False)
    return found


async def _rows(statement: str, parameters: Parameters) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await connections.get("default").execute_query_dict(statement, parameters.values)
    return rows


def _row(model: type[Model], record: Mapping[str, Any]) -> Row:
    """The record with the Python values that the model's own fields make of it."""
    fields = model._meta.fields_map
    projection = model._meta.fields_db_projection
    return Row(model, {column: fields[name].to_python_value(record[column]) for name, column in projection.items()})


def _columns(model: type[Model], alias: str) -> str:
    return ", ".join(f"{alias}.{quoted(column)}" for column in columns_of(model))


def _policy(model: type[Model], policy: Policy, context: Context, parameters: Parameters) -> str:
    return "true" if policy is Policy.IMPLIED else condition(model, context.caller, "t", parameters)


def _narrowed(narrowing: Narrowing, parameters: Parameters) -> list[str]:
    conditions = []
    for narrow, value in narrowing:
        if narrow.operator == "is null":
            conditions += [f"t.{quoted(narrow.column)} is null"] if value else []
            continue
        if isinstance(value, str) and not storable(value):
            conditions.append("false")
            continue
        placeholder = parameters.bind(narrow.convert(value), narrow.sql_type)
        compared = f"any({placeholder})" if narrow.operator == "= any" else placeholder
        conditions.append(f"t.{quoted(narrow.column)} {narrow.operator.removesuffix(' any')} {compared}")
    return conditions


async def by_id(context: Context, model: type[Model], id: UUID, policy: Policy = Policy.CHECKED) -> Row | None:
    """The row, if the caller may see it."""

    async def fetch(ids: list[UUID]) -> list[Row | None]:
        parameters = Parameters()
        wanted = parameters.bind(list(set(ids)), "uuid[]")
        may = _policy(model, policy, context, parameters)
        statement = f"select {_columns(model, 't')} from {table(model)} t where t.id = any({wanted}) and {may}"
        found = {UUID(str(record["id"])): _row(model, record) for record in await _rows(statement, parameters)}
        return [found.get(UUID(str(id))) for id in ids]

    loaded: Row | None = await loader(context, ("row", model, policy), fetch).load(id)
    return loaded


async def to_one(context: Context, row: Row, relation: ToOne) -> Row | None:
    """The row at the other end of a foreign key."""
    column, target = foreign_key(row.model, relation.relation)
    key = row[column]
    return None if key is None else await by_id(context, target, key, relation.policy)


async def to_many(context: Context, row: Row, relation: ToMany, narrowing: Narrowing = ()) -> list[Row]:
    """The rows that point at this one, in the relation's order."""
    column, _ = foreign_key(relation.target, relation.relation)

    async def fetch(keys: list[Any]) -> list[list[Row]]:
        parameters = Parameters()
        parents = parameters.bind(list(set(keys)), "uuid[]")
        conditions = [f"t.{quoted(column)} = any({parents})"]
        conditions.append(_policy(relation.target, relation.policy, context, parameters))
        conditions += _narrowed(narrowing, parameters)
        order = ", ".join(f"t.{quoted(name)}" for name in relation.order)
        statement = (
            f"select {_columns(relation.target, 't')} from {table(relation.target)} t"
            f" where {' and '.join(conditions)} order by {order}"
        )
        children: dict[UUID, list[Row]] = {}
        for record in await _rows(statement, parameters):
            children.setdefault(UUID(str(record[column])), []).append(_row(relation.target, record))
        return [children.get(UUID(str(key)), []) for key in keys]

    same = ("many", id(relation), _same(narrowing))
    loaded: list[Row] = await loader(context, same, fetch).load(row[relation.key])
    return loaded


async def every(context: Context, declared: All) -> list[Row]:
    """All visible rows, in order."""
    parameters = Parameters()
    may = condition(declared.target, context.caller, "t", parameters)
    order = ", ".join(f"t.{quoted(name)}" for name in declared.order)
    statement = f"select {_columns(declared.target, 't')} from {table(declared.target)} t where {may} order by {order}"
    return [_row(declared.target, record) for record in await _rows(statement, parameters)]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The arguments of a connection, checked."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None

    @property
    def size(self) -> int:
        """How many rows the page may hold."""
        return self.first if self.first is not None else self.last or 0

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> Bounds:
        """Raises INVALID unless exactly one of first and last is given, from 0 to 100."""
        if (first is None) == (last is None):
            raise Refusal(Code.INVALID, "page_arguments", field="first" if last is None else "last")
        name, size = ("first", first) if first is not None else ("last", last)
        if not 0 <= (size or 0) <= LARGEST_PAGE:
            raise invalid(name, "page_size", most=LARGEST_PAGE)
        return cls(first, after, last, before)


@dataclass(frozen=True, slots=True)
class Edge:
    """A row in a page and its place."""

    cursor: str
    node: Row


@dataclass(frozen=True, slots=True)
class PageInfo:
    """Relay's account of where a page lies."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class Connection:
    """One page. `count` is asked only if the client asks for it."""

    edges: list[Edge]
    page_info: PageInfo
    count: Callable[[], Awaitable[int]]


async def page(context: Context, row: Row | None, declared: Page, bounds: Bounds, narrowing: Narrowing) -> Connection:
    """A page of the visible rows of a root (no `row`) or of those below `row`."""
    key = None if row is None else row[declared.key]
    after = _place(declared, bounds.after, "after")
    before = _place(declared, bounds.before, "before")

    def source(parameters: Parameters) -> str:
        """The rows in question, before a page is cut; those of one parent where there is one."""
        conditions = [_policy(declared.target, declared.policy, context, parameters)]
        if declared.relation is not None:
            conditions.append(f"t.{quoted(foreign_key(declared.target, declared.relation)[0])} = p.key")
        if declared.only is not None:
            conditions.append(declared.only(context.caller, "t", parameters))
        return f"{table(declared.target)} t where {' and '.join([*conditions, *_narrowed(narrowing, parameters)])}"

    async def fetch(keys: list[Any]) -> list[list[Row]]:
        parameters = Parameters()
        parents = _parents(keys, parameters)
        within = (
            source(parameters) + _beyond(declared, after, ">", parameters) + _beyond(declared, before, "<", parameters)
        )
        direction = " desc" if bounds.first is None else ""
        order = ", ".join(f"t.{quoted(name)}{direction}" for name in declared.order)
        statement = (
            f"select p.key as {quoted(PARENT)}, {_columns(declared.target, 't')} from {parents} cross join lateral"
            f" (select t.* from {within} order by {order} limit {bounds.size + 1}) t order by p.key, {order}"
        )
        children: dict[Any, list[Row]] = {}
        for record in await _rows(statement, parameters):
            children.setdefault(_key(record[PARENT]), []).append(_row(declared.target, record))
        return [children.get(_key(one), []) for one in keys]

    async def fetch_counts(keys: list[Any]) -> list[int]:
        parameters = Parameters()
        parents = _parents(keys, parameters)
        statement = (
            f"select p.key as {quoted(PARENT)}, c.total from {parents} cross join lateral"
            f" (select count(*) as total from {source(parameters)}) c"
        )
        totals = {_key(record[PARENT]): record["total"] for record in await _rows(statement, parameters)}
        return [totals.get(_key(one), 0) for one in keys]

    async def count() -> int:
        total: int = await loader(context, ("count", id(declared), same), fetch_counts).load(key)
        return total

    same = _same(narrowing)
    cut: list[Row] = await loader(context, ("page", id(declared), bounds, same), fetch).load(key)
    return _connection(declared, bounds, cut, count)


def _connection(declared: Page, bounds: Bounds, cut: list[Row], count: Callable[[], Awaitable[int]]) -> Connection:
    """The page out of one row more than it may hold, which tells whether there are others."""
    more = len(cut) > bounds.size
    rows = cut[: bounds.size] if bounds.first is not None else cut[: bounds.size][::-1]
    edges = [Edge(declared.cursor.encode([row[name] for name in declared.order]), row) for row in rows]
    info = PageInfo(
        has_next_page=more if bounds.first is not None else bounds.before is not None,
        has_previous_page=more if bounds.first is None else bounds.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges, info, count)


def _beyond(declared: Page, place: Sequence[Any] | None, operator: str, parameters: Parameters) -> str:
    """The keyset condition: strictly after or before a place in the total order."""
    if place is None:
        return ""
    names = ", ".join(f"t.{quoted(name)}" for name in declared.order)
    types = [_sql_type(declared.target, name) for name in declared.order]
    values = ", ".join(parameters.bind(value, kind) for value, kind in zip(place, types, strict=True))
    return f" and ({names}) {operator} ({values})"


def _place(declared: Page, cursor: str | None, argument: str) -> list[Any] | None:
    """The values that a cursor stands for, in the types of the order's columns."""
    if cursor is None:
        return None
    try:
        written = declared.cursor.decode(cursor, argument)
        return [
            _typed(_field(declared.target, name), value) for name, value in zip(declared.order, written, strict=True)
        ]
    except (ValueError, Refusal) as error:
        raise invalid(argument, "malformed_cursor") from error


def _typed(field: Field[Any], value: Any) -> Any:
    """The Python value of a column from what JSON can hold of it. Raises ValueError, or Refusal for a moment."""
    match field.field_type:
        case builtins.int:
            bits = 63 if field.get_for_dialect("postgres", "SQL_TYPE") == "BIGINT" else 31
            if type(value) is not int or not -(2**bits) <= value < 2**bits:
                raise ValueError("not a whole number of the database")
            return value
        case _ if not isinstance(value, str) or not storable(value):
            raise ValueError("not a text of the database")
        case datetime.datetime:
            return instant(datetime.datetime.fromisoformat(value), "cursor")
        case uuid.UUID:
            return UUID(value)
        case _:
            return value


def _field(model: type[Model], column: str) -> Field[Any]:
    names = {db_column: name for name, db_column in model._meta.fields_db_projection.items()}
    return model._meta.fields_map[names[column]]


def _sql_type(model: type[Model], column: str) -> str:
    return str(_field(model, column).get_for_dialect("postgres", "SQL_TYPE"))


def _parents(keys: list[Any], parameters: Parameters) -> str:
    if keys[0] is None:
        return "(select null::uuid) p(key)"
    return f"unnest({parameters.bind(list(set(keys)), 'uuid[]')}) p(key)"


def _key(value: Any) -> UUID | None:
    return None if value is None else UUID(str(value))


def _same(narrowing: Narrowing) -> Hashable:
    return tuple((id(narrow), repr(value)) for narrow, value in narrowing)
