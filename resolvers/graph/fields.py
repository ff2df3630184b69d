"""The functions that schema types are written with: each makes a Strawberry field that carries its declaration."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from tortoise import Model

from resolvers.context import Info
from resolvers.graph.cursors import json_cursor
from resolvers.graph.declarations import (
    DECLARATION,
    MODEL,
    NODES,
    All,
    Column,
    Computed,
    Condition,
    CursorFormat,
    Expression,
    Filter,
    Identified,
    IdentifiedMany,
    Page,
    Policy,
    Row,
    Sole,
    ToMany,
    ToOne,
)
from rules import identifiers
from rules.actor import Caller

Type = TypeVar("Type", bound=type)
Arguments = Mapping[str, tuple[Any, Filter]]
"""What narrows a relation: the argument's name → (GraphQL type, filter)."""

DECLARED = object()
"""What the resolver of a declared root field answers: the executor reads by the declaration."""


class Unread(Exception):
    """A field of a row was asked of Python: rows are read by their declarations alone."""


def _value(declared: Any, description: str | None) -> Any:
    """A field without arguments."""
    return StrawberryField(metadata={DECLARATION: declared}, type_annotation=None, description=description)


def _field(declared: Any, arguments: Mapping[str, Any], description: str | None) -> Any:
    """A field whose GraphQL arguments are `arguments` (name → type): required unless the type admits null."""

    def resolve(root: Any, info: Info, **given: Any) -> object:
        if root is not None:
            raise Unread(info.field_name)
        return DECLARED

    parameters = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
        *(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                annotation=kind,
                default=False if kind == bool | None else inspect.Parameter.empty,
            )
            for name, kind in arguments.items()
        ),
    ]
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    resolve.__annotations__ = {"info": Info, **arguments}
    return strawberry.field(resolver=resolve, metadata={DECLARATION: declared}, description=description)


def column(name: str | None = None, *, localized: bool = False, description: str | None = None) -> Any:
    """The row's column of the field's own name, or `name`; `localized` ones in the caller's language."""
    return _value(Column(name, localized), description)


def expression(sql: Condition, *, description: str | None = None) -> Any:
    """A value that the database works out: `sql(caller, alias, parameters)`."""
    return _value(Expression(sql), description)


def computed(needs: Condition, work: Callable[[Any, Caller], Any], *, description: str | None = None) -> Any:
    """A value that Python works out of what `needs`, a JSON expression in SQL, brings of the row."""
    return _value(Computed(needs, work), description)


def identifier(type_name: str) -> Any:
    """The field `id`: the row's public identifier."""
    return expression(lambda caller, alias, parameters: identifiers.expression(type_name, f"{alias}.id"))


def one(relation: str, *, policy: Policy = Policy.IMPLIED, description: str | None = None) -> Any:
    """The row that the foreign key `relation` points at. The way up is implied by seeing the row, unless said."""
    return _field(ToOne(relation, policy), {}, description)


def many(
    target: type[Model],
    relation: str,
    *,
    policy: Policy,
    order: Sequence[str],
    key: str = "id",
    single: bool = False,
    through: str | None = None,
    arguments: Arguments | None = None,
    description: str | None = None,
) -> Any:
    """The rows of `target` whose `relation` points at this row (or at its column `key`), in `order`; the first alone
    if `single`; what their foreign key leads to if they only link, `through` it."""
    given = arguments or {}
    filters: dict[tuple[str, ...], Filter] = {(to_camel_case(name),): narrow for name, (_, narrow) in given.items()}
    declared = ToMany(target, relation, policy, tuple(order), key, single, through, filters)
    return _field(declared, {name: kind | None for name, (kind, _) in given.items()}, description)


def connection(
    target: type[Model],
    relation: str | None = None,
    *,
    policy: Policy,
    order: Sequence[str],
    cursor: CursorFormat | None = None,
    only: Condition | None = None,
    filter_type: type | None = None,
    arguments: Arguments | None = None,
    description: str | None = None,
) -> Any:
    """A Relay connection over `target`, at a root or below a row; `filter_type` is an input whose fields narrow, and so
    do `arguments`."""
    given = arguments or {}
    filters = {(to_camel_case(name),): narrow for name, (_, narrow) in given.items()} | _filters(filter_type)
    declared = Page(
        target, relation, policy, tuple(order), cursor or json_cursor(target, order), only=only, filters=filters
    )
    takes: dict[str, Any] = {"first": int | None, "after": str | None, "last": int | None, "before": str | None}
    takes |= {name: kind | None for name, (kind, _) in given.items()}
    if filter_type is not None:
        takes["filter"] = filter_type | None
    return _field(declared, takes, description)


def _filters(filter_type: Any) -> dict[tuple[str, ...], Filter]:
    """How each field of an input narrows, by the path of its argument."""
    fields = filter_type.__strawberry_definition__.fields if filter_type is not None else []
    return {("filter", to_camel_case(field.python_name)): field.metadata[DECLARATION] for field in fields}


def every(
    target: type[Model],
    *,
    order: Sequence[str],
    arguments: Arguments | None = None,
    description: str | None = None,
) -> Any:
    """All visible rows of a small table, at a root."""
    given = arguments or {}
    filters: dict[tuple[str, ...], Filter] = {(to_camel_case(name),): narrow for name, (_, narrow) in given.items()}
    declared = All(target, tuple(order), filters)
    return _field(declared, {name: kind | None for name, (kind, _) in given.items()}, description)


def sole(
    target: type[Model], only: Condition, *, order: Sequence[str] = ("id",), description: str | None = None
) -> Any:
    """The first visible row that `only` lets through, at a root; null if there is none."""
    return _field(Sole(target, only, tuple(order)), {}, description)


def identified(type_name: str | None = None, *, description: str | None = None) -> Any:
    """The row that the argument `id` names, at a root; null for what is not there, may not be seen or is of another
    type. Without `type_name` it may be of any (Relay, Global Object Identification)."""
    return _field(Identified(type_name), {"id": strawberry.ID}, description)


def identified_many(*, description: str | None = None) -> Any:
    """The rows that the argument `ids` names, at a root, in its order, null where there is none."""
    return _field(IdentifiedMany(), {"ids": list[strawberry.ID]}, description)


def narrowing(narrow: Filter, *, description: str | None = None) -> Any:
    """A field of a filter input: left out, it does not narrow."""
    return strawberry.field(default=None, metadata={DECLARATION: narrow}, description=description)


def node(model: type[Model]) -> Callable[[Type], Type]:
    """Makes a class the GraphQL type of the rows of `model`."""

    def decorate(cls: Type) -> Type:
        setattr(cls, MODEL, model)
        cls.is_type_of = classmethod(  # type: ignore[attr-defined]
            lambda _, value, info: isinstance(value, Row) and value.model is model
        )
        decorated: Type = strawberry.type(cls, description=inspect.getdoc(cls))
        NODES[decorated.__name__] = model
        return decorated

    return decorate
