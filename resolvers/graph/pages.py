"""Connections in SQL: keyset pages over a total order, of which only what is selected is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, get_named_type
from graphql.language import FieldNode

from resolvers.graph.compilation import Compilation
from resolvers.graph.cursors import place_of
from resolvers.graph.declarations import Page, foreign_key, quoted, sql_type, table
from resolvers.graph.internals import FieldDetailsList, get_argument_values
from resolvers.graph.json_sql import Columns, list_of, object_of, record_of
from resolvers.graph.levels import Level
from resolvers.graph.selections import TYPENAME, Operation
from rules.refusals import Code, Refusal, invalid

LARGEST_PAGE = 100

RowColumns = Callable[[GraphQLObjectType, FieldDetailsList, Level], Columns]
"""What selects the fields of a row: connections and rows hold each other."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a page is cut: its size, from which end, and whether it goes on from a cursor."""

    size: int
    forward: bool
    after: bool
    before: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Bounds:
        """Raises INVALID unless exactly one of first and last is given, from 0 to 100."""
        first, last = given.get("first"), given.get("last")
        if (first is None) == (last is None):
            raise Refusal(Code.INVALID, "page_arguments", field="first" if last is None else "last")
        name, size = ("first", first) if first is not None else ("last", last)
        if not 0 <= (size or 0) <= LARGEST_PAGE:
            raise invalid(name, "page_size", most=LARGEST_PAGE)
        return cls(size or 0, first is not None, given.get("after") is not None, given.get("before") is not None)


class Connection:
    """One connection in the making: below a row if there is a `parent`, of all visible rows otherwise."""

    def __init__(
        self,
        compilation: Compilation,
        row_columns: RowColumns,
        declared: Page,
        core: GraphQLField,
        details: FieldDetailsList,
        parent: Level | None,
    ) -> None:
        self.compilation, self.row_columns, self.declared = compilation, row_columns, declared
        self.core, self.details, self.parent = core, details, parent
        self.kind = _kind_of(core)
        self.bounds = Bounds.of(get_argument_values(core, self.node, compilation.operation.variables))
        self.chosen = compilation.operation.subfields(self.kind, details)
        self.names = {key: fields[0].node.name.value for key, fields in self.chosen.items()}
        for argument, given in (("after", self.bounds.after), ("before", self.bounds.before)):
            if given:  # a cursor that is none is refused even where nothing is read by it
                check = compilation.given(core, self.node, (argument,), partial(place_of, declared, argument=argument))
                compilation.checks.append(check)

    @property
    def node(self) -> FieldNode:
        """The field in the document."""
        return self.details[0].node

    def sql(self) -> str:
        """A scalar subquery: the connection as JSON."""
        columns = []
        for key, details in self.chosen.items():
            match self.names[key]:
                case "edges":
                    columns.append((key, self._edges(details)))
                case "pageInfo":
                    columns.append((key, self._page_info(details)))
                case "totalCount":
                    columns.append((key, self._count()))
                case _:
                    columns.append((key, f"text '{self.kind.name}'"))
        return object_of(columns, "")

    # ------------------------------------------------------------------ which rows

    def conditions(self, alias: str) -> tuple[list[str], bool]:
        """The conditions of all rows of the relation that may be seen, and whether they are proved."""
        declared, parent, compilation = self.declared, self.parent, self.compilation
        proved_parent = parent is not None and parent.proved
        conditions, proved = compilation.may(declared.target, declared.policy, proved_parent, alias)
        if parent is not None and declared.relation is not None:
            column, _ = foreign_key(declared.target, declared.relation)
            conditions.insert(0, f"{alias}.{quoted(column)} = {parent.alias}.{quoted(declared.key)}")
        if declared.only is not None:
            conditions.append(declared.only(compilation.caller, alias, compilation.parameters))
        return conditions, proved

    def narrowed(self, alias: str) -> list[str]:
        """The conditions that the arguments set beside."""
        return self.compilation.narrowed(self.declared.filters, self.core, self.node, alias)

    def _level(self, size: int) -> Level:
        """The rows of a page of `size`."""
        alias = self.compilation.alias()
        conditions, proved = self.conditions(alias)
        conditions += [*self.narrowed(alias), *self._beyond(alias)]
        breadth = self.compilation.wider(1 if self.parent is None else self.parent.breadth, size)
        return Level(
            self.declared.target,
            alias,
            proved,
            breadth,
            conditions,
            self.declared.order,
            backward=not self.bounds.forward,
            limit=size,
        )

    def _beyond(self, alias: str) -> list[str]:
        """The keyset conditions: strictly after or before a place in the total order."""
        names = ", ".join(f"{alias}.{quoted(name)}" for name in self.declared.order)
        conditions = []
        for argument, operator, given in (("after", ">", self.bounds.after), ("before", "<", self.bounds.before)):
            if given:
                values = [self._bound_place(argument, place) for place in range(len(self.declared.order))]
                conditions.append(f"({names}) {operator} ({', '.join(values)})")
        return conditions

    def _bound_place(self, argument: str, place: int) -> str:
        declared = self.declared
        kind = sql_type(declared.target, declared.order[place])
        return self.compilation.bound(
            self.core, self.node, (argument,), lambda cursor: place_of(declared, cursor, argument)[place], kind
        )

    # ------------------------------------------------------------------ what is said of them

    def _edges(self, details: FieldDetailsList) -> str:
        level = self._level(self.bounds.size)
        edge = _kind_of(self.kind.fields["edges"])
        columns = []
        for key, chosen in self.compilation.operation.subfields(edge, details).items():
            match chosen[0].node.name.value:
                case "node":
                    columns.append((key, record_of(self.row_columns(_kind_of(edge.fields["node"]), chosen, level))))
                case "cursor":
                    columns.append((key, self._cursor([f"{level.alias}.{quoted(name)}" for name in level.order])))
                case _:
                    columns.append((key, f"text '{edge.name}'"))
        return list_of(columns, level.source())

    def _page_info(self, details: FieldDetailsList) -> str:
        """Where the page lies: told by its places alone, of one row more than it holds."""
        size, level = self.bounds.size, self._level(self.bounds.size + 1)
        forward, before, after = self.bounds.forward, self.bounds.before, self.bounds.after
        more, nearest, farthest = f"count(*) > {size}", "1", f"least(count(*), {size})"
        told = {
            "hasNextPage": more if forward else str(before).lower(),
            "hasPreviousPage": str(after).lower() if forward else more,
            "startCursor": self._cursor_at(nearest if forward else farthest),
            "endCursor": self._cursor_at(farthest if forward else nearest),
        }
        kind = _kind_of(self.kind.fields["pageInfo"])
        asked = self.compilation.operation.subfields(kind, details)
        names = {key: chosen[0].node.name.value for key, chosen in asked.items()}
        columns = [(key, f"text '{kind.name}'" if name == TYPENAME else told[name]) for key, name in names.items()]
        places = ", ".join(f"{level.alias}.{quoted(name)}" for name in level.order)
        cut = f"{table(level.model)} {level.alias} where {level.where} order by {level.ordered} limit {level.limit}"
        # One group, which is there even if the page is empty and nothing of it is asked.
        return object_of(columns, f"from (select {places} from {cut}) p having count(*) >= 0")

    def _cursor_at(self, position: str) -> str:
        """The cursor of the row at a position of the page, counted in the direction of reading."""
        if not self.bounds.size:
            return "null"
        cursor = self._cursor([f"(array_agg(p.{quoted(name)}))[{position}]" for name in self.declared.order])
        return f"case when count(*) > 0 then {cursor} end"

    def _cursor(self, values: Sequence[str]) -> str:
        return self.declared.cursor.expression(values)

    def _count(self) -> str:
        alias = self.compilation.alias()
        conditions, _ = self.conditions(alias)
        where = " and ".join([*conditions, *self.narrowed(alias)]) or "true"
        return f"(select count(*) from {table(self.declared.target)} {alias} where {where})"


def only_counted(operation: Operation, core: GraphQLField, details: FieldDetailsList) -> bool:
    """Whether the count is all that is asked of a connection."""
    chosen = operation.subfields(_kind_of(core), details)
    names = {fields[0].node.name.value for fields in chosen.values()}
    return "totalCount" in names and names <= {"totalCount", TYPENAME}


def counted(connections: Mapping[str, Connection], level: Level) -> Mapping[str, str]:
    """Connections over one relation of which only the count is asked, by response key: one pass counts for all."""
    first = next(iter(connections.values()))
    first.compilation.wider(level.breadth, 1)
    alias, name = first.compilation.alias(), f"c{first.compilation.part()}"
    conditions, _ = first.conditions(alias)
    counts = []
    for place, connection in enumerate(connections.values()):
        narrowed = connection.narrowed(alias)
        if len(connections) == 1:
            conditions += narrowed
            narrowed = []
        only = f" filter (where {' and '.join(narrowed)})" if narrowed else ""
        counts.append(f"count(*){only} as n{place}")
    where = " and ".join(conditions) or "true"
    level.joins.append(
        f"cross join lateral (select {', '.join(counts)} from {table(first.declared.target)} {alias}"
        f" where {where}) {name}"
    )
    return {
        key: record_of(
            [
                (inner, f"{name}.n{place}" if told == "totalCount" else f"text '{connection.kind.name}'")
                for inner, told in connection.names.items()
            ]
        )
        for place, (key, connection) in enumerate(connections.items())
    }


def _kind_of(core: GraphQLField) -> GraphQLObjectType:
    named = get_named_type(core.type)
    if not isinstance(named, GraphQLObjectType):
        raise TypeError(f"{named} is no object type")
    return named
