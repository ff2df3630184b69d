"""Every private name of graphql-core and Strawberry that we stand on, in one place; tests/test_internals.py holds each
of them to what we need of it, so that a new release is tried in a minute."""

from __future__ import annotations

from typing import Any, cast

from graphql import GraphQLEnumType, GraphQLField, GraphQLObjectType, GraphQLSchema
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as StrawberryExecutor
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

__all__ = [
    "CollectedFields",
    "FieldDetails",
    "FieldDetailsList",
    "FragmentDetails",
    "StrawberryExecutor",
    "VariableValues",
    "collect_fields",
    "collect_subfields",
    "core_schema",
    "declared_field",
    "enum_names",
    "get_argument_values",
    "get_variable_values",
]


def core_schema(schema: Any) -> GraphQLSchema:
    """The graphql-core schema that a Strawberry schema wraps."""
    return cast("GraphQLSchema", schema._schema)


def declared_field(parent: GraphQLObjectType, name: str) -> tuple[GraphQLField, StrawberryField]:
    """A field of graphql-core with the Strawberry field that it was made of."""
    field = parent.fields[name]
    return field, field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]


def enum_names(kind: GraphQLEnumType) -> dict[str, str]:
    """The name of each value of an enum, by what the database holds for it."""
    return {str(getattr(value.value, "value", value.value)): name for name, value in kind.values.items()}
