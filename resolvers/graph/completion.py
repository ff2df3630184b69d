"""Completion of plain values, generated once a selection: what graphql-core would make of them field by field.

Covers objects whose selected fields are attributes without resolver, arguments or extensions; anything unusual, such as
null where the schema demands a value, is left to graphql-core, which reports it exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    get_named_type,
)

from resolvers.graph.internals import FieldDetailsList, declared_field
from resolvers.graph.selections import TYPENAME, Operation

Complete = Callable[[Any], Any]


class Unusual(Exception):
    """Graphql-core must say what becomes of the value."""


def completion(operation: Operation, kind: GraphQLOutputType, details: FieldDetailsList) -> Complete:
    """What turns a value of the type `kind` into what JSON holds of it. Raises Unusual for a selection not covered; so
    does the result for a value."""
    if isinstance(kind, GraphQLNonNull):
        return _required(completion(operation, kind.of_type, details))
    if isinstance(kind, GraphQLList):
        each = completion(operation, kind.of_type, details)
        return _optional(lambda values: [each(value) for value in values])
    if isinstance(kind, GraphQLScalarType | GraphQLEnumType):
        return _optional(kind.coerce_output_value)
    if isinstance(kind, GraphQLObjectType):
        return _optional(_object(_members(operation, kind, details)))
    raise Unusual


def _members(
    operation: Operation, kind: GraphQLObjectType, details: FieldDetailsList
) -> Sequence[tuple[str, Complete, Complete]]:
    """Response key, how the value is had, how it is completed."""
    members: list[tuple[str, Complete, Complete]] = []
    for key, chosen in operation.subfields(kind, details).items():
        name = chosen[0].node.name.value
        if name == TYPENAME:
            members.append((key, lambda _: kind.name, lambda value: value))
            continue
        field, declared = declared_field(kind, name)
        if not declared.is_basic_field or field.args or declared.python_name is None:
            raise Unusual
        if getattr(get_named_type(field.type), "fields", None) and declared.metadata:
            raise Unusual
        members.append((key, attrgetter(declared.python_name), completion(operation, field.type, chosen)))
    return members


def _object(members: Sequence[tuple[str, Complete, Complete]]) -> Complete:
    return lambda value: {key: complete(get(value)) for key, get, complete in members}


def _optional(complete: Complete) -> Complete:
    return lambda value: None if value is None else complete(value)


def _required(complete: Complete) -> Complete:
    def completed(value: Any) -> Any:
        if value is None:
            raise Unusual
        return complete(value)

    return completed
