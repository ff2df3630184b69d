"""The only ways to make a root field. `may` has no default: a field without a declared permission cannot be written,
and `refuse_undeclared` stops a schema into which one was smuggled."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import strawberry
from graphql import GraphQLSchema
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from resolvers.context import Info
from resolvers.graph import MODEL, uncovered

PLAIN = "__plain__"
"""Marks a type that is no row: its values were made for the caller by what returned it."""


class Undeclared(Exception):
    """A field of the schema says neither who may ask for it nor where its value lives."""


def _extensions(may: BasePermission) -> list[FieldExtension]:
    return [PermissionExtension([may])]


def answered_by(
    resolver: Callable[..., Any],
    *,
    may: BasePermission,
    takes: type | None = None,
    description: str | None = None,
) -> Any:
    """A query or mutation field that `resolver` answers, for those whom `may` lets in.

    With `takes`, an input type, the field has one argument `input`, whose fields become the resolver's arguments.
    """
    return strawberry.field(
        resolver=_unpacking(resolver, takes) if takes else resolver,
        extensions=_extensions(may),
        description=description,
    )


def _unpacking(resolver: Callable[..., Any], takes: Any) -> Callable[..., Any]:
    """`resolver` behind one argument `input`. Raises Undeclared if their names differ."""
    names = [field.python_name for field in takes.__strawberry_definition__.fields]
    expected = [name for name in inspect.signature(resolver).parameters if name != "info"]
    if sorted(names) != sorted(expected):
        raise Undeclared(f"{takes.__name__} has {sorted(names)}, {resolver.__name__} takes {sorted(expected)}")

    async def resolve(info: Info, input: Any) -> Any:
        return await resolver(info, **{name: getattr(input, name) for name in names})

    resolve.__annotations__ = {"info": Info, "input": takes}
    return resolve


def read_as(field: Any, *, may: BasePermission) -> Any:
    """A root field that reads by a declaration of `resolvers.graph`, for those whom `may` lets in."""
    field.extensions = [*field.extensions, *_extensions(may)]
    return field


def followed_by(resolver: Callable[..., Any], *, may: BasePermission, description: str | None = None) -> Any:
    """A subscription field that `resolver` streams, for those whom `may` lets in."""
    return strawberry.subscription(resolver=resolver, extensions=_extensions(may), description=description)


def plain(cls: type) -> type:
    """Marks a GraphQL type that is no row."""
    setattr(cls, PLAIN, True)
    return cls


def refuse_undeclared(roots: Iterable[type], types: Iterable[type], schema: GraphQLSchema) -> None:
    """Raise `Undeclared` for a root field without a permission, a type that is neither a row nor plain, or a field of a
    row that cannot be read as it is declared."""
    for cls in roots:
        for field in _fields(cls):
            if not any(isinstance(extension, PermissionExtension) for extension in field.extensions):
                raise Undeclared(f"{cls.__name__}.{field.python_name}: no permission is declared")
    for cls in types:
        if not getattr(cls, PLAIN, False) and not hasattr(cls, MODEL):
            raise Undeclared(f"{cls.__name__}: neither a row nor marked plain")
    for fault in uncovered(schema):
        raise Undeclared(fault)


def _fields(cls: Any) -> list[StrawberryField]:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__
    return definition.fields
