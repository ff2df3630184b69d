"""Where reading begins: the root fields of a query, and the rows that a resolver hands over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, get_named_type
from tortoise import Model

from resolvers.graph import pages
from resolvers.graph.bindings import Key
from resolvers.graph.compilation import Compilation, Level
from resolvers.graph.declarations import (
    NODES,
    All,
    Declaration,
    Identified,
    IdentifiedMany,
    Page,
    Policy,
    Sole,
    quoted,
    table,
    type_name_of,
)
from resolvers.graph.internals import FieldDetailsList, get_argument_values
from resolvers.graph.json_sql import list_of, object_of
from resolvers.graph.rows import Rows
from rules import identifiers
from rules.refusals import invalid

MOST_NODES = 100


@dataclass(frozen=True, slots=True)
class Root:
    """A field at which a statement begins to read."""

    compilation: Compilation
    core: GraphQLField
    details: FieldDetailsList

    def declared(self, declared: Declaration) -> str:
        """The scalar subquery of a field that reads by a declaration."""
        match declared:
            case Page():
                columns = Rows(self.compilation).columns
                return pages.connection(self.compilation, columns, declared, self.core, self.details, None)
            case All():
                alias, conditions = self._visible(declared.target)
                source = self._source(declared.target, alias, conditions, declared.order)
                return list_of(self._columns(declared.target, alias, MOST_NODES), source)
            case Sole():
                alias, conditions = self._visible(declared.target)
                conditions.append(declared.only(self.compilation.caller, alias, self.compilation.parameters))
                source = self._source(declared.target, alias, conditions, declared.order)
                return f"({object_of(self._columns(declared.target, alias, 1), f'{source} limit 1')})"
            case Identified(type_name=str(name)):
                alias, conditions = self._visible(NODES[name])
                key = self.compilation.bound(self.core, self._node, ("id",), _key_of(name), "uuid")
                source = self._source(NODES[name], alias, [f"{alias}.id = {key}", *conditions])
                return f"({object_of(self._columns(NODES[name], alias, 1), source)})"
            case Identified():
                return self._of_any_type()
            case IdentifiedMany():
                return self._many_of_any_type()
            case _:
                raise TypeError(f"no root field: {declared}")

    def row(self, model: type[Model], *, granted: bool) -> str:
        """The scalar subquery of a row whose key the resolver will say."""
        alias, conditions = (self.compilation.alias(), []) if granted else self._visible(model)
        key = self.compilation.parameters.bind(Key(0), "uuid")
        source = self._source(model, alias, [f"{alias}.id = {key}", *conditions])
        return f"({object_of(self._columns(model, alias, 1, proved=not granted), source)})"

    # ------------------------------------------------------------------ rows of any type

    def _of_any_type(self) -> str:
        bound = self.compilation.bound
        type_name = bound(self.core, self._node, ("id",), lambda text: identifiers.parse(text, "id")[0], "text")
        key = bound(self.core, self._node, ("id",), lambda text: identifiers.parse(text, "id")[1], "uuid")
        return f"({self._by_type(type_name, key, 1)})"

    def _many_of_any_type(self) -> str:
        ids = get_argument_values(self.core, self._node, self.compilation.operation.variables)["ids"]
        _parsed(ids)
        bound = self.compilation.bound
        names = bound(self.core, self._node, ("ids",), lambda ids: [name for name, _ in _parsed(ids)], "text[]")
        keys = bound(self.core, self._node, ("ids",), lambda ids: [key for _, key in _parsed(ids)], "uuid[]")
        chosen = self._by_type("i.type_name", "i.key", MOST_NODES)
        return (
            f"(select coalesce(json_agg(({chosen}) order by i.place), '[]'::json)"
            f" from unnest({names}, {keys}) with ordinality i(type_name, key, place))"
        )

    def _by_type(self, type_name: str, key: str, breadth: int) -> str:
        """The row of whichever type it is; null for a name that is no type."""
        branches = []
        interface = cast("GraphQLInterfaceType", get_named_type(self.core.type))
        for kind in self.compilation.operation.schema.get_possible_types(interface):
            model = NODES[kind.name]
            alias, conditions = self._visible(model)
            source = self._source(model, alias, [f"{alias}.id = {key}", *conditions])
            branches.append(f"when '{kind.name}' then ({object_of(self._columns(model, alias, breadth), source)})")
        return f"case {type_name} {' '.join(branches)} end"

    # ------------------------------------------------------------------

    @property
    def _node(self) -> Any:
        return self.details[0].node

    def _visible(self, model: type[Model]) -> tuple[str, list[str]]:
        alias = self.compilation.alias()
        conditions, _ = self.compilation.may(model, Policy.CHECKED, False, alias)
        return alias, conditions

    def _source(self, model: type[Model], alias: str, conditions: Sequence[str], order: Sequence[str] = ()) -> str:
        where = " and ".join(conditions) or "true"
        ordered = f" order by {', '.join(f'{alias}.{quoted(name)}' for name in order)}" if order else ""
        return f"from {table(model)} {alias} where {where}{ordered}"

    def _columns(
        self, model: type[Model], alias: str, breadth: int, *, proved: bool = True
    ) -> Sequence[tuple[str, str]]:
        kind = cast("GraphQLObjectType", self.compilation.operation.schema.type_map[type_name_of(model)])
        level = Level(model, alias, proved, self.compilation.wider(1, breadth))
        return Rows(self.compilation).columns(kind, self.details, level)


def _key_of(type_name: str) -> Any:
    """The key that an identifier names, if it is one of the type; None finds nothing. Raises INVALID."""

    def key(text: str) -> UUID | None:
        named, key = identifiers.parse(text, "id")
        return key if named == type_name else None

    return key


def _parsed(ids: Sequence[str]) -> list[tuple[str, UUID]]:
    """Type names and keys. Raises INVALID naming the place of what is no identifier, or too many."""
    if len(ids) > MOST_NODES:
        raise invalid("ids", "page_size", most=MOST_NODES)
    return [identifiers.parse(id, f"ids.{place}") for place, id in enumerate(ids)]
