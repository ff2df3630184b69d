"""The heart of the compiler: the selection under a row becomes the columns of one SQL select, relations nested in it as
correlated subqueries that PostgreSQL writes as JSON."""

from __future__ import annotations

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
from resolvers.graph.compilation import USUAL_LIST, Compilation, Level
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
from resolvers.graph.json_sql import list_of, object_of
from resolvers.graph.selections import TYPENAME


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one statement in the making."""

    compilation: Compilation

    def columns(self, kind: GraphQLObjectType, details: FieldDetailsList, level: Level) -> list[tuple[str, str]]:
        """Response key and SQL of every field selected of a row."""
        return [
            (key, self._value(kind, chosen, level))
            for key, chosen in self.compilation.operation.subfields(kind, details).items()
        ]

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
                return pages.connection(self.compilation, self.columns, declared, core, details, level)
            case _:
                raise TypeError(f"{kind.name}.{name} is declared for a root: {declared}")

    def _to_one(self, declared: ToOne, core: GraphQLField, details: FieldDetailsList, level: Level) -> str:
        column, target = foreign_key(level.model, declared.relation)
        alias = self.compilation.alias()
        required = isinstance(core.type, GraphQLNonNull)
        policy = Policy.IMPLIED if required and not level.proved else declared.policy
        conditions, proved = self.compilation.may(target, policy, level.proved, alias)
        below = Level(target, alias, proved, self.compilation.wider(level.breadth, 1))
        where = " and ".join([f"{alias}.id = {level.alias}.{quoted(column)}", *conditions])
        return self.one(core.type, details, below, f"from {table(target)} {alias} where {where}")

    def _to_many(self, declared: ToMany, core: GraphQLField, details: FieldDetailsList, level: Level) -> str:
        column, _ = foreign_key(declared.target, declared.relation)
        alias = self.compilation.alias()
        conditions, proved = self.compilation.may(declared.target, declared.policy, level.proved, alias)
        conditions += self.compilation.narrowed(declared.filters, core, details[0].node, alias)
        where = " and ".join([f"{alias}.{quoted(column)} = {level.alias}.{quoted(declared.key)}", *conditions])
        order = ", ".join(f"{alias}.{quoted(name)}" for name in declared.order)
        source = f"from {table(declared.target)} {alias} where {where} order by {order}"
        below = Level(
            declared.target, alias, proved, self.compilation.wider(level.breadth, 1 if declared.single else USUAL_LIST)
        )
        if declared.single:
            return self.one(core.type, details, below, f"{source} limit 1")
        return self.every(core.type, details, below, source)

    def one(self, kind: GraphQLOutputType, details: FieldDetailsList, level: Level, source: str) -> str:
        """The JSON of the only row of `source`, a from clause; null if there is none."""
        return f"({object_of(self.columns(_object_type(kind), details, level), source)})"

    def every(self, kind: GraphQLOutputType, details: FieldDetailsList, level: Level, source: str) -> str:
        """The JSON array of all rows of `source`, in its order."""
        return list_of(self.columns(_object_type(kind), details, level), source)


def _object_type(kind: GraphQLOutputType) -> GraphQLObjectType:
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
