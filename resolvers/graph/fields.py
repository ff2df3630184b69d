"""The functions that schema types are written with: each makes a Strawberry field that carries its declaration."""

from __future__ import annotations

import base64
import binascii
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from strawberry.types.field import StrawberryField
from tortoise import Model

from resolvers.context import Info
from resolvers.graph import reading
from resolvers.graph.declarations import (
    DECLARATION,
    All,
    Column,
    Computed,
    Condition,
    CursorFormat,
    Filter,
    Page,
    Policy,
    Row,
    ToMany,
    ToOne,
)
from rules import identifiers
from rules.refusals import invalid

Type = TypeVar("Type", bound=type)

MODEL = "__graph_model__"


class ColumnField(StrawberryField):
    """A field whose value is a column of the row."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The value; of a localized column the one in the caller's language."""
        declared: Column = self.metadata[DECLARATION]
        name = declared.name or self.python_name
        return source[f"{name}_{info.context.caller.language.value}" if declared.localized else name]

    @property
    def is_basic_field(self) -> bool:
        """Localized columns need the caller's language, hence the resolver's info."""
        return super().is_basic_field and not self.metadata[DECLARATION].localized


def column(name: str | None = None, *, localized: bool = False, description: str | None = None) -> Any:
    """The row's column of the field's own name, or `name`; `localized` ones in the caller's language."""
    return ColumnField(metadata={DECLARATION: Column(name, localized)}, type_annotation=None, description=description)


def _field(resolver: Callable[..., Any], declared: Any, arguments: Mapping[str, Any], description: str | None) -> Any:
    """A field with `resolver`, whose GraphQL arguments are `arguments` (name → type), all of them optional."""
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
    resolver.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    resolver.__annotations__ = {"info": Info, **arguments}
    return strawberry.field(resolver=resolver, metadata={DECLARATION: declared}, description=description)


def one(relation: str, *, policy: Policy = Policy.IMPLIED, description: str | None = None) -> Any:
    """The row that the foreign key `relation` points at. The way up is implied by seeing the row, unless said."""
    declared = ToOne(relation, policy)

    async def resolve(root: Row, info: Info) -> Row | None:
        return await reading.to_one(info.context, root, declared)

    return _field(resolve, declared, {}, description)


def many(
    target: type[Model],
    relation: str,
    *,
    policy: Policy,
    order: Sequence[str],
    key: str = "id",
    single: bool = False,
    arguments: Mapping[str, tuple[Any, Filter]] | None = None,
    description: str | None = None,
) -> Any:
    """The rows of `target` whose `relation` points at this row (or at its column `key`), in `order`; the first alone
    if `single`. `arguments` narrow: name → (GraphQL type, filter)."""
    given = arguments or {}
    declared = ToMany(
        target, relation, policy, tuple(order), key, single, {name: narrow for name, (_, narrow) in given.items()}
    )

    async def resolve(root: Row, info: Info, **values: Any) -> list[Row] | Row | None:
        narrowing = [(declared.filters[name], value) for name, value in values.items() if value is not None]
        rows = await reading.to_many(info.context, root, declared, narrowing)
        return rows if not single else next(iter(rows), None)

    return _field(resolve, declared, {name: kind | None for name, (kind, _) in given.items()}, description)


def connection(
    target: type[Model],
    relation: str | None = None,
    *,
    policy: Policy,
    order: Sequence[str],
    cursor: CursorFormat | None = None,
    only: Condition | None = None,
    filter_type: type | None = None,
    arguments: Mapping[str, tuple[Any, Filter]] | None = None,
    description: str | None = None,
) -> Any:
    """A Relay connection over `target`, at a root or below a row; `filter_type` is an input whose fields narrow, and so
    do `arguments`: name → (GraphQL type, filter)."""
    given = arguments or {}
    declared = Page(target, relation, policy, tuple(order), cursor or json_cursor(len(order)), only=only)

    async def resolve(
        root: Row | None,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        filter: Any = None,
        **values: Any,
    ) -> reading.Connection:
        bounds = reading.Bounds.of(first, after, last, before)
        parent = root if declared.relation is not None else None
        narrow = narrowing_of(filter)
        narrow += [(given[name][1], value) for name, value in values.items() if value is not None]
        return await reading.page(info.context, parent, declared, bounds, narrow)

    takes: dict[str, Any] = {"first": int | None, "after": str | None, "last": int | None, "before": str | None}
    takes |= {name: kind | None for name, (kind, _) in given.items()}
    if filter_type is not None:
        takes["filter"] = filter_type | None
    return _field(resolve, declared, takes, description)


def every(target: type[Model], *, order: Sequence[str], description: str | None = None) -> Any:
    """All visible rows of a small table, at a root."""
    declared = All(target, tuple(order))

    async def resolve(root: None, info: Info) -> list[Row]:
        return await reading.every(info.context, declared)

    return _field(resolve, declared, {}, description)


def computed(resolver: Callable[..., Any], *, description: str | None = None) -> Any:
    """A value worked out in Python by `resolver(root, info)`."""
    return strawberry.field(resolver=resolver, metadata={DECLARATION: Computed()}, description=description)


def narrowing(narrow: Filter, *, description: str | None = None) -> Any:
    """A field of a filter input: left out, it does not narrow."""
    return strawberry.field(default=None, metadata={DECLARATION: narrow}, description=description)


def narrowing_of(filter: Any) -> list[tuple[Filter, Any]]:
    """The filters that were given a value."""
    if filter is None:
        return []
    fields = filter.__strawberry_definition__.fields
    given = ((field.metadata[DECLARATION], getattr(filter, field.python_name)) for field in fields)
    return [(narrow, value) for narrow, value in given if value is not None]


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


NODES: dict[str, type[Model]] = {}
"""The model behind each GraphQL type, by the type's name."""


def identifier(type_name: str) -> Any:
    """The field `id`: the row's public identifier."""

    def resolve(root: Row) -> strawberry.ID:
        return strawberry.ID(identifiers.encode(type_name, root.id))

    return strawberry.field(resolver=resolve, metadata={DECLARATION: Computed()})


def json_cursor(length: int) -> CursorFormat:
    """Cursors of orders over texts, numbers, moments and keys."""

    def encode(values: Sequence[Any]) -> str:
        plain = [
            value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
            for value in values
        ]
        return base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")

    def decode(text: str, argument: str) -> Sequence[Any]:
        try:
            values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        except (ValueError, binascii.Error, RecursionError) as error:
            raise invalid(argument, "malformed_cursor") from error
        if not isinstance(values, list) or len(values) != length:
            raise invalid(argument, "malformed_cursor")
        return values

    return CursorFormat(encode, decode)
