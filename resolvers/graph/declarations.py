"""Where the value of a schema field lives: said once, beside the field, read off the Tortoise model.

    @graph.node(m.Entry)
    class Entry(Node):
        number: int = graph.column()
        journal: Journal = graph.one("journal")
        revisions: list[Revision] = graph.many(m.Revision, "entry", order="number")

The declarations say nothing of how values are fetched: `reading` does, with one statement a level.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model

from rules import identifiers
from rules.access import Parameters
from rules.actor import Caller
from rules.texts import instant

DECLARATION = "graph"
"""The key of a field's declaration in the Strawberry field's metadata."""


class Policy(StrEnum):
    """Why a relation may be followed. There is no default: a relation without a policy cannot be declared."""

    IMPLIED = "IMPLIED"
    """Whoever sees the parent may see this row: the way upwards, and what the parent itself shows."""
    CHECKED = "CHECKED"
    """The rows of the relation are filtered by the target's own policy in `rules.access`."""


@dataclasses.dataclass(frozen=True)
class Column:
    """A value of the row itself. `localized` columns come in one per language: name_ru, name_en."""

    name: str | None = None
    localized: bool = False


@dataclasses.dataclass(frozen=True)
class ToOne:
    """The row that a foreign key of this row points at."""

    relation: str
    policy: Policy


@dataclasses.dataclass(frozen=True)
class ToMany:
    """Rows of `target` whose foreign key `relation` equals this row's column `key`, in a fixed order."""

    target: type[Model]
    relation: str
    policy: Policy
    order: tuple[str, ...]
    key: str = "id"
    single: bool = False
    """At most one row: shown as the row itself or null."""
    filters: Mapping[str, Filter] = dataclasses.field(default_factory=dict)


Condition = Callable[[Caller, str, Parameters], str]


@dataclasses.dataclass(frozen=True)
class CursorFormat:
    """How the place of a row in its order is written: from the values of the order's columns, and back to what JSON can
    hold of them."""

    encode: Callable[[Sequence[Any]], str]
    decode: Callable[[str, str], Sequence[Any]]
    """From a cursor and the argument's name; raises INVALID."""


@dataclasses.dataclass(frozen=True)
class Page:
    """A Relay connection over `target`: all visible rows at a root, those of the parent elsewhere.

    `order` names the columns of its total order, the last of them unique; `only` is a further condition, in SQL over an
    alias with the caller as parameters.
    """

    target: type[Model]
    relation: str | None
    policy: Policy
    order: tuple[str, ...]
    cursor: CursorFormat
    key: str = "id"
    only: Condition | None = None


@dataclasses.dataclass(frozen=True)
class All:
    """All visible rows of a small table."""

    target: type[Model]
    order: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Computed:
    """A value worked out in Python from the row and, perhaps, the caller."""


Declaration = Column | ToOne | ToMany | Page | All | Computed


@dataclasses.dataclass(frozen=True)
class Filter:
    """How one argument narrows: `column` compared by `operator`. `convert` makes the argument a database value."""

    column: str
    operator: str
    sql_type: str
    convert: Callable[[Any], Any] = lambda value: value


def equals(column: str, sql_type: str = "text", convert: Callable[[Any], Any] = lambda value: value) -> Filter:
    """Rows whose `column` is the argument."""
    return Filter(column, "=", sql_type, convert)


def one_of(column: str) -> Filter:
    """Rows whose enum `column` is among the argument's values."""
    return Filter(column, "= any", "text[]", lambda values: [getattr(value, "value", value) for value in values])


def identified(column: str, type_name: str, field: str) -> Filter:
    """Rows whose `column` is the row that the argument, a public identifier of `type_name`, names."""
    return Filter(column, "=", "uuid", lambda text: identifiers.decode(text, type_name, field))


def is_null(column: str) -> Filter:
    """Rows without a `column`, if the argument is true."""
    return Filter(column, "is null", "bool")


def since(column: str, field: str) -> Filter:
    """Rows whose moment `column` is the argument `field` or later."""
    return Filter(column, ">=", "timestamptz", lambda moment: instant(moment, field))


def until(column: str, field: str) -> Filter:
    """Rows whose moment `column` is earlier than the argument `field`."""
    return Filter(column, "<", "timestamptz", lambda moment: instant(moment, field))


def contains(column: str, convert: Callable[[str], str]) -> Filter:
    """Rows whose text `column` contains the argument, taken literally."""
    return Filter(column, "like", "text", lambda value: f"%{_literal(convert(value))}%")


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A fetched row: its model and its values by column name."""

    model: type[Model]
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    @property
    def id(self) -> UUID:
        """The primary key."""
        return UUID(str(self.values["id"]))


def foreign_key(model: type[Model], relation: str) -> tuple[str, type[Model]]:
    """The column behind `relation` and the model it points at. Raises KeyError for a relation that is not there."""
    field: Any = model._meta.fields_map[relation]
    return str(field.source_field or f"{relation}_id"), field.related_model


def table(model: type[Model]) -> str:
    """The quoted name of the model's table."""
    return quoted(model._meta.db_table)


def quoted(name: str) -> str:
    """An identifier as SQL text."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(model: type[Model]) -> Sequence[str]:
    """All columns of the model's table, in its order."""
    return [model._meta.fields_db_projection[field] for field in model._meta.fields_db_projection]
