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
from resolvers.graph.compilation import Compilation
from resolvers.graph.declarations import (
    NODES,
    All,
    Condition,
    Declaration,
    Identified,
    IdentifiedMany,
    Page,
    Policy,
    Sole,
    type_name_of,
)
from resolvers.graph.internals import FieldDetailsList, get_argument_values
from resolvers.graph.json_sql import Columns, list_of, object_of
from resolvers.graph.levels import Level
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
                return pages.Connection(self.compilation, columns, declared, self.core, self.details, None).sql()
            case All():
                level = self._level(declared.target, breadth=MOST_NODES, order=declared.order)
                narrowed = self.compilation.narrowed(declared.filters, self.core, self._node, level.alias)
                level.conditions = [*level.conditions, *narrowed]
                return list_of(self._columns(level), level.source())
            case Sole():
                level = self._level(declared.target, only=declared.only, order=declared.order, limit=1)
                return object_of(self._columns(level), level.source())
            case Identified(type_name=str(name)):
                key = self.compilation.bound(self.core, self._node, ("id",), _key_of(name), "uuid")
                level = self._level(NODES[name], key=key)
                return object_of(self._columns(level), level.source())
            case Identified():
                return self._of_any_type()
            case IdentifiedMany():
                return self._many_of_any_type()
            case _:
                raise TypeError(f"no root field: {declared}")

    def row(self, model: type[Model], *, granted: bool) -> str:
        """The scalar subquery of a row whose key the resolver will say."""
        level = self._level(model, key=self.compilation.parameters.bind(Key(0), "uuid"), granted=granted)
        return object_of(self._columns(level), level.source())

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
            level = self._level(NODES[kind.name], key=key, breadth=breadth)
            branches.append(f"when '{kind.name}' then {object_of(self._columns(level), level.source())}")
        return f"case {type_name} {' '.join(branches)} end"

    # ------------------------------------------------------------------

    @property
    def _node(self) -> Any:
        return self.details[0].node

    def _level(
        self,
        model: type[Model],
        *,
        key: str | None = None,
        granted: bool = False,
        only: Condition | None = None,
        order: Sequence[str] = (),
        limit: int | None = None,
        breadth: int = 1,
    ) -> Level:
        """The rows of `model` that may be seen, or that are `granted`; the one with the `key` if there is one."""
        making, alias = self.compilation, self.compilation.alias()
        conditions = [] if key is None else [f"{alias}.id = {key}"]
        if not granted:
            conditions += making.may(model, Policy.CHECKED, False, alias)[0]
        if only is not None:
            conditions.append(only(making.caller, alias, making.parameters))
        return Level(model, alias, not granted, making.wider(1, breadth), conditions, order, limit=limit)

    def _columns(self, level: Level) -> Columns:
        kind = cast("GraphQLObjectType", self.compilation.operation.schema.type_map[type_name_of(level.model)])
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
