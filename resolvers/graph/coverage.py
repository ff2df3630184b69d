"""What the schema promises against what the tables hold, looked at once, when the schema is built: nothing is checked
value by value when text goes through."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)
from strawberry.types.field import StrawberryField
from tortoise import Model

from resolvers.graph.declarations import (
    DECLARATION,
    NODES,
    Column,
    Computed,
    Expression,
    Page,
    Policy,
    ToMany,
    ToOne,
    field_of,
    foreign_key,
)
from resolvers.graph.internals import declared_field
from rules.access import POLICIES

WRITTEN = frozenset({"String", "Int", "Boolean", "Float", "ID", "DateTime", "Date", "JSON", "Base64"})
"""The scalars whose JSON PostgreSQL writes as GraphQL would, or that `rows` has an expression for."""


def uncovered(schema: GraphQLSchema) -> Iterator[str]:
    """What is wrong with the fields of rows, a sentence each."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and kind.name in NODES:
            for name in kind.fields:
                core, declared = declared_field(kind, name)
                for fault in _faults(NODES[kind.name], core, declared):
                    yield f"{kind.name}.{name}: {fault}"


def _faults(model: type[Model], core: GraphQLField, strawberry: StrawberryField) -> Iterator[str]:
    if strawberry.extensions:
        yield "permissions and extensions are for root fields; below them rows are guarded by their policy"
    required = isinstance(core.type, GraphQLNonNull)
    declared = strawberry.metadata.get(DECLARATION)
    match declared:
        case Column():
            yield from _column_faults(model, core, declared, strawberry.python_name, required=required)
        case Expression() | Computed():
            return
        case ToOne():
            column, target = foreign_key(model, declared.relation)
            if required and field_of(model, column).null:
                yield f"{column} may be null"
            if required and declared.policy is Policy.CHECKED:
                yield "a row that may be hidden must be nullable"
            yield from _policy_faults(target, declared.policy)
        case ToMany():
            foreign_key(declared.target, declared.relation)
            if required and declared.single:
                yield "there may be no such row"
            yield from _policy_faults(declared.target, declared.policy)
        case Page():
            yield from _policy_faults(declared.target, declared.policy)
        case _:
            yield "it is not declared where the value lives"


def _column_faults(
    model: type[Model], core: GraphQLField, declared: Column, python_name: str, *, required: bool
) -> Iterator[str]:
    stem = declared.name or python_name
    for column in [f"{stem}_ru", f"{stem}_en"] if declared.localized else [stem]:
        if column not in model._meta.fields_db_projection_reverse:
            yield f"{model.__name__} has no column {column}"
        elif required and field_of(model, column).null:
            yield f"{column} may be null"
    named = get_named_type(core.type)
    if not is_leaf_type(named) or not (isinstance(named, GraphQLEnumType) or named.name in WRITTEN):
        yield f"nothing says how {named} is written"


def _policy_faults(target: type[Model], policy: Policy) -> Iterator[str]:
    if policy is not Policy.IMPLIED and target not in POLICIES:
        yield f"rules.access has no policy for {target.__name__}"
