"""Connections in SQL: keyset pages over a total order, of which only what is selected is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from graphql import GraphQLField, GraphQLObjectType, get_named_type
from graphql.language import FieldNode

from resolvers.graph.compilation import Compilation, Level
from resolvers.graph.cursors import place_of
from resolvers.graph.declarations import Page, foreign_key, quoted, sql_type, table
from resolvers.graph.internals import FieldDetailsList, get_argument_values
from resolvers.graph.json_sql import Columns, list_of, object_of
from resolvers.graph.selections import TYPENAME
from rules.refusals import Code, Refusal, invalid

LARGEST_PAGE = 100
PLACE, ALL = quoted("place in page"), quoted("rows in page")

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
    def of(cls, given: dict[str, Any]) -> Bounds:
        """Raises INVALID unless exactly one of first and last is given, from 0 to 100."""
        first, last = given.get("first"), given.get("last")
        if (first is None) == (last is None):
            raise Refusal(Code.INVALID, "page_arguments", field="first" if last is None else "last")
        name, size = ("first", first) if first is not None else ("last", last)
        if not 0 <= (size or 0) <= LARGEST_PAGE:
            raise invalid(name, "page_size", most=LARGEST_PAGE)
        return cls(size or 0, first is not None, given.get("after") is not None, given.get("before") is not None)


def connection(
    compilation: Compilation,
    row_columns: RowColumns,
    declared: Page,
    core: GraphQLField,
    details: FieldDetailsList,
    level: Level | None,
) -> str:
    """A scalar subquery: the connection as JSON; below a row if there is a `level`, of all visible rows otherwise."""
    return _Connection(compilation, row_columns, declared, core, details[0].node, level).written(details)


class _Connection:
    """One connection in the making."""

    def __init__(
        self,
        compilation: Compilation,
        row_columns: RowColumns,
        declared: Page,
        core: GraphQLField,
        node: FieldNode,
        parent: Level | None,
    ) -> None:
        self.compilation, self.row_columns, self.declared = compilation, row_columns, declared
        self.core, self.node, self.parent = core, node, parent
        self.kind = cast("GraphQLObjectType", get_named_type(core.type))
        self.bounds = Bounds.of(get_argument_values(core, node, compilation.operation.variables))
        for argument, given in (("after", self.bounds.after), ("before", self.bounds.before)):
            if given:  # a cursor that is none is refused even where nothing is read by it
                compilation.checks.append(
                    compilation.given(core, node, (argument,), partial(place_of, declared, argument=argument))
                )

    def written(self, details: FieldDetailsList) -> str:
        """The whole: `edges` alone are a list; `pageInfo` needs one row more than the page holds."""
        chosen = self.compilation.operation.subfields(self.kind, details)
        names = {key: fields[0].node.name.value for key, fields in chosen.items()}
        whole = "pageInfo" in names.values()
        columns, aggregates = [], ["count(*)"]
        alias = self.compilation.alias()
        conditions, level = self._source(alias) if whole or "edges" in names.values() else ([], None)
        for place, (key, fields) in enumerate(chosen.items()):
            match names[key]:
                case "edges" if whole and level:
                    aggregates.append(f"{self._aggregated(fields, level)} as {quoted(f'edges {place}')}")
                    columns.append((key, f"page.{quoted(f'edges {place}')}"))
                case "edges" if level:
                    columns.append((key, self._list(fields, level, conditions)))
                case "pageInfo":
                    infos, values = self._page_info(fields, alias, place)
                    aggregates += infos
                    columns.append((key, f"({object_of(values, '')})"))
                case "totalCount":
                    columns.append((key, self._count()))
                case _:
                    columns.append((key, f"text '{self.kind.name}'"))
        source = f"from (select {', '.join(aggregates)} from {self._page(alias, conditions)}) page" if whole else ""
        return f"({object_of(columns, source)})"

    # ------------------------------------------------------------------ which rows

    def _source(self, alias: str) -> tuple[list[str], Level]:
        """The conditions of the rows in question, before a page is cut, and what they are."""
        declared, parent, compilation = self.declared, self.parent, self.compilation
        proved_parent = parent is not None and parent.proved
        conditions, proved = compilation.may(declared.target, declared.policy, proved_parent, alias)
        if parent is not None and declared.relation is not None:
            column, _ = foreign_key(declared.target, declared.relation)
            conditions.insert(0, f"{alias}.{quoted(column)} = {parent.alias}.{quoted(declared.key)}")
        if declared.only is not None:
            conditions.append(declared.only(compilation.caller, alias, compilation.parameters))
        conditions += compilation.narrowed(declared.filters, self.core, self.node, alias)
        breadth = compilation.wider(1 if parent is None else parent.breadth, self.bounds.size)
        return conditions, Level(declared.target, alias, proved, breadth)

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

    def _cut(self, alias: str, conditions: Sequence[str], size: int) -> str:
        """The table, where, order and limit of a page."""
        where = " and ".join([*conditions, *self._beyond(alias)]) or "true"
        order = self._order(alias, forward=self.bounds.forward)
        return f"{table(self.declared.target)} {alias} where {where} order by {order} limit {size}"

    def _order(self, alias: str, *, forward: bool) -> str:
        return ", ".join(f"{alias}.{quoted(name)}{'' if forward else ' desc'}" for name in self.declared.order)

    # ------------------------------------------------------------------ what is said of them

    def _edge(self, details: FieldDetailsList, level: Level) -> list[tuple[str, str]]:
        """Response key and SQL of every field selected of an edge."""
        edge = cast("GraphQLObjectType", get_named_type(self.kind.fields["edges"].type))
        row = cast("GraphQLObjectType", get_named_type(edge.fields["node"].type))
        columns = []
        for key, chosen in self.compilation.operation.subfields(edge, details).items():
            match chosen[0].node.name.value:
                case "node":
                    columns.append((key, f"({object_of(self.row_columns(row, chosen, level), '')})"))
                case "cursor":
                    columns.append((key, self._cursor(level.alias)))
                case _:
                    columns.append((key, f"text '{edge.name}'"))
        return columns

    def _list(self, details: FieldDetailsList, level: Level, conditions: Sequence[str]) -> str:
        cut = self._cut(level.alias, conditions, self.bounds.size)
        if not self.bounds.forward:  # read from the end, shown from the beginning
            cut = f"(select {level.alias}.* from {cut}) {level.alias} order by {self._order(level.alias, forward=True)}"
        return list_of(self._edge(details, level), f"from {cut}")

    def _page(self, alias: str, conditions: Sequence[str]) -> str:
        """The rows of the page and one more, each with its place in the direction of reading."""
        cut = self._cut(alias, conditions, self.bounds.size + 1)
        order = self._order(alias, forward=self.bounds.forward)
        numbered = f"select {alias}.*, row_number() over (order by {order}) as {PLACE}, count(*) over () as {ALL}"
        return f"({numbered} from (select {alias}.* from {cut}) {alias}) {alias}"

    def _aggregated(self, details: FieldDetailsList, level: Level) -> str:
        """The edges of a page with its one row more, which the filter keeps from being computed."""
        place = f"{level.alias}.{PLACE}"
        order = "" if self.bounds.forward else f" order by {place} desc"
        within = f"filter (where {place} <= {self.bounds.size})"
        return f"coalesce(json_agg(({object_of(self._edge(details, level), '')}){order}) {within}, '[]'::json)"

    def _page_info(self, details: FieldDetailsList, alias: str, place: int) -> tuple[list[str], list[tuple[str, str]]]:
        """The aggregates that tell where the page lies, and the object made of them."""
        size, here, rows = self.bounds.size, f"{alias}.{PLACE}", f"{alias}.{ALL}"
        first, last = f"{here} = 1 and {here} <= {size}", f"{here} = least({size}, {rows})"
        cursor = self._cursor(alias)
        more = f"count(*) > {size}"
        forward, before, after = self.bounds.forward, self.bounds.before, self.bounds.after
        told = {
            "hasNextPage": more if forward else str(before).lower(),
            "hasPreviousPage": str(after).lower() if forward else more,
            "startCursor": f"min({cursor}) filter (where {first if forward else last})",
            "endCursor": f"min({cursor}) filter (where {last if forward else first})",
        }
        kind = cast("GraphQLObjectType", get_named_type(self.kind.fields["pageInfo"].type))
        aggregates, values = [], []
        for key, chosen in self.compilation.operation.subfields(kind, details).items():
            name = chosen[0].node.name.value
            if name == TYPENAME:
                values.append((key, f"text '{kind.name}'"))
                continue
            column = quoted(f"{name} {place}")
            if (aggregate := f"{told[name]} as {column}") not in aggregates:
                aggregates.append(aggregate)
            values.append((key, f"page.{column}"))
        return aggregates, values

    def _cursor(self, alias: str) -> str:
        return self.declared.cursor.expression([f"{alias}.{quoted(name)}" for name in self.declared.order])

    def _count(self) -> str:
        """How many rows there are in all."""
        alias = self.compilation.alias()
        conditions, _ = self._source(alias)
        where = " and ".join(conditions) or "true"
        return f"(select count(*) from {table(self.declared.target)} {alias} where {where})"
