"""The heart of the compiler: the selection under a row becomes the columns of one SQL select. Single rows are joined to
it, lists nested in it as correlated subqueries that PostgreSQL writes as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
)

from resolvers.graph import pages
from resolvers.graph.compilation import USUAL_LIST, Compilation
from resolvers.graph.declarations import (
    DECLARATION,
    Column,
    Computed,
    Expression,
    Page,
    Policy,
    ToMany,
    ToOne,
    foreign_key,
    quoted,
    table,
)
from resolvers.graph.holes import Hole, marked
from resolvers.graph.internals import FieldDetailsList, declared_field, enum_names
from resolvers.graph.json_sql import Columns, list_of, nameable, object_of, selected
from resolvers.graph.levels import MOST_JOINS, Level
from resolvers.graph.selections import TYPENAME


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one statement in the making."""

    compilation: Compilation

    def columns(self, kind: GraphQLObjectType, details: FieldDetailsList, level: Level) -> Columns:
        """Response key and SQL of every field selected of a row; what they need is joined to `level`."""
        chosen = self.compilation.operation.subfields(kind, details)
        counted = self._counted(kind, chosen, level)
        return [(key, counted.get(key) or self._value(kind, fields, level)) for key, fields in chosen.items()]

    def _value(self, kind: GraphQLObjectType, details: FieldDetailsList, level: Level) -> str:
        name = details[0].node.name.value
        if name == TYPENAME:
            return f"text '{kind.name}'"
        core, strawberry = declared_field(kind, name)
        declared = strawberry.metadata[DECLARATION]
        match declared:
            case Column():
                column = declared.name or strawberry.python_name
                if declared.localized:
                    column = f"{column}_{self.compilation.caller.language.value}"
                return _written(f"{level.alias}.{quoted(column)}", core.type)
            case Expression():
                self.compilation.part()
                return declared.sql(self.compilation.caller, level.alias, self.compilation.parameters)
            case Computed():
                self.compilation.part()
                needs = declared.needs(self.compilation.caller, level.alias, self.compilation.parameters)
                hole = Hole.of(self.compilation.operation, core.type, details, declared.work)
                self.compilation.holes.append(hole)
                return marked(len(self.compilation.holes) - 1, needs)
            case ToOne():
                return self._to_one(declared, core, details, level)
            case ToMany():
                return self._to_many(declared, core, details, level)
            case Page():
                return pages.Connection(self.compilation, self.columns, declared, core, details, level).sql()
            case _:
                raise TypeError(f"{kind.name}.{name} is declared for a root: {declared}")

    def _to_one(self, declared: ToOne, core: GraphQLField, details: FieldDetailsList, level: Level) -> str:
        column, target = foreign_key(level.model, declared.relation)
        alias = self.compilation.alias()
        required = isinstance(core.type, GraphQLNonNull)
        policy = Policy.IMPLIED if required and not level.proved else declared.policy
        conditions, proved = self.compilation.may(target, policy, level.proved, alias)
        by_key = f"{alias}.id = {level.alias}.{quoted(column)}"
        breadth = self.compilation.wider(level.breadth, 1)
        below = Level(target, alias, proved, breadth, [by_key, *conditions])
        if level.joined.count >= MOST_JOINS:
            return object_of(self.columns(object_type(core.type), details, below), below.source())
        level.joined.count += 1
        below.joined = level.joined
        columns = self.columns(object_type(core.type), details, below)
        if not nameable(columns):
            return object_of(columns, below.source())
        name, row = quoted(f"${self.compilation.part()}"), f"select {selected(columns)} {below.source()}"
        sure = required and not conditions
        level.joins.append(
            f"cross join lateral ({row}) {name}" if sure else f"left join lateral ({row}) {name} on true"
        )
        return name

    def _to_many(self, declared: ToMany, core: GraphQLField, details: FieldDetailsList, level: Level) -> str:
        column, _ = foreign_key(declared.target, declared.relation)
        alias = self.compilation.alias()
        conditions, proved = self.compilation.may(declared.target, declared.policy, level.proved, alias)
        conditions += self.compilation.narrowed(declared.filters, core, details[0].node, alias)
        by_key = f"{alias}.{quoted(column)} = {level.alias}.{quoted(declared.key)}"
        breadth = self.compilation.wider(level.breadth, 1 if declared.single else USUAL_LIST)
        below = Level(declared.target, alias, proved, breadth, [by_key, *conditions], declared.order)
        below.limit = 1 if declared.single else None
        columns = self.columns(object_type(core.type), details, self._shown(declared, below))
        return object_of(columns, below.source()) if declared.single else list_of(columns, below.source())

    def _shown(self, declared: ToMany, below: Level) -> Level:
        """The level whose columns are selected: that of the rows themselves, or of what they link to."""
        if declared.through is None:
            return below
        column, target = foreign_key(declared.target, declared.through)
        alias = self.compilation.alias()
        below.joined.count += 1
        below.joins.append(f"join {table(target)} {alias} on {alias}.id = {below.alias}.{quoted(column)}")
        return Level(target, alias, False, below.breadth, joins=below.joins, joined=below.joined)

    def _counted(
        self, kind: GraphQLObjectType, chosen: Mapping[str, FieldDetailsList], level: Level
    ) -> Mapping[str, str]:
        """The connections of which nothing but the count is asked: those over one relation are counted in one pass."""
        passes: dict[int, dict[str, pages.Connection]] = {}
        for key, details in chosen.items():
            name = details[0].node.name.value
            if name == TYPENAME:
                continue
            core, strawberry = declared_field(kind, name)
            declared = strawberry.metadata[DECLARATION]
            if isinstance(declared, Page) and pages.only_counted(self.compilation.operation, core, details):
                connection = pages.Connection(self.compilation, self.columns, declared, core, details, level)
                passes.setdefault(id(declared), {})[key] = connection
        return {key: sql for each in passes.values() for key, sql in pages.counted(each, level).items()}


def object_type(kind: GraphQLOutputType) -> GraphQLObjectType:
    """The object type behind a field's type."""
    named = get_named_type(kind)
    if not isinstance(named, GraphQLObjectType):
        raise TypeError(f"{named} is no object type")
    return named


def _written(sql: str, kind: GraphQLOutputType) -> str:
    """A column as JSON is to hold it."""
    named = get_named_type(kind)
    if named.name == "Base64":
        return f"translate(encode({sql}, 'base64'), E'\\n', '')"
    if isinstance(named, GraphQLEnumType) and any(value != name for value, name in enum_names(named).items()):
        cases = " ".join(f"when '{value}' then '{name}'" for value, name in enum_names(named).items())
        return f"(case {sql} {cases} end)"
    return sql
