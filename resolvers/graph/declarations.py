"""Where the value of a schema field lives: said once, beside the field, read off the Tortoise model.

    @graph.node(m.Entry)
    class Entry(Node):
        number: int = graph.column()
        journal: Journal = graph.one("journal")
        revisions: list[Revision] = graph.many(m.Revision, "entry", order="number")

A selection of such fields, however nested, is compiled to one statement: `rows`, `pages`, `roots`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import Model
from tortoise.fields import Field

from rules import identifiers
from rules.access import Parameters
from rules.actor import Caller
from rules.texts import instant

DECLARATION = "graph"
"""The key of a field's declaration in the Strawberry field's metadata."""


MODEL = "__graph_model__"

NODES: dict[str, type[Model]] = {}
"""The model behind each GraphQL type, by the type's name."""


def type_name_of(model: type[Model]) -> str:
    """The GraphQL type of a model's rows."""
    return next(name for name, known in NODES.items() if known is model)


class Policy(StrEnum):
    """Why a relation may be followed. There is no default: a relation without a policy cannot be declared."""

    IMPLIED = "IMPLIED"
    """Whoever sees the parent, by whatever way, may see this row: what the parent itself shows."""
    INHERITED = "INHERITED"
    """The row stands under the same object, type and organisations as its parent, so that the parent's own policy
    answers for it. Where the parent was reached by another right than its policy, it is checked all the same; a single
    row that cannot be null is then as good as implied."""
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
    through: str | None = None
    """The foreign key of `target` that leads to what is shown: `target` then only links the two. Whoever sees the link
    sees it."""
    filters: Mapping[tuple[str, ...], Filter] = dataclasses.field(default_factory=dict)
    """By the path of the argument."""


Condition = Callable[[Caller, str, Parameters], str]
"""SQL over a table's alias with the caller as parameters: a condition, or an expression."""


@dataclasses.dataclass(frozen=True)
class CursorFormat:
    """How the place of a row in its order is written: by an SQL expression over the order's columns, and back to what
    JSON can hold of them."""

    expression: Callable[[Sequence[str]], str]
    decode: Callable[[str, str], Sequence[Any]]
    """From a cursor and the argument's name; raises INVALID."""


@dataclasses.dataclass(frozen=True)
class Page:
    """A Relay connection over `target`: all visible rows at a root, those of the parent elsewhere.

    `order` names the columns of its total order, the last of them unique among the rows in question; `only` is a
    further condition.
    """

    target: type[Model]
    relation: str | None
    policy: Policy
    order: tuple[str, ...]
    cursor: CursorFormat
    key: str = "id"
    only: Condition | None = None
    filters: Mapping[tuple[str, ...], Filter] = dataclasses.field(default_factory=dict)
    """By the path of the argument: ("unreadOnly",), ("filter", "status")."""


@dataclasses.dataclass(frozen=True)
class All:
    """All visible rows of a small table."""

    target: type[Model]
    order: tuple[str, ...]
    filters: Mapping[tuple[str, ...], Filter] = dataclasses.field(default_factory=dict)
    """By the path of the argument."""


@dataclasses.dataclass(frozen=True)
class Sole:
    """The first visible row, in `order`, that `only` lets through; null if there is none."""

    target: type[Model]
    only: Condition
    order: tuple[str, ...] = ("id",)


@dataclasses.dataclass(frozen=True)
class Identified:
    """The visible row that the argument `id` names: of the type `type_name`, or of any if that is None."""

    type_name: str | None = None


@dataclasses.dataclass(frozen=True)
class IdentifiedMany:
    """The visible rows that the argument `ids` names, in its order, null where there is none."""


@dataclasses.dataclass(frozen=True)
class Expression:
    """A value of the row that the database works out."""

    sql: Condition


@dataclasses.dataclass(frozen=True)
class Computed:
    """A value worked out in Python by `work` from what `needs`, a JSON expression in SQL, brings of the row."""

    needs: Condition
    work: Callable[[Any, Caller], Any]


Declaration = Column | Expression | Computed | ToOne | ToMany | Page | All | Sole | Identified | IdentifiedMany


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A row that a resolver made or found, whose selected values are still to be read. Rows that are not `granted` are
    read only if the caller may see them."""

    model: type[Model]
    id: UUID
    granted: bool = False


@dataclasses.dataclass(frozen=True)
class Filter:
    """How one argument narrows: `column` compared by `operator`. `convert` makes the argument a database value. What
    no comparison says is said by `only`, a condition that a true argument demands and a false one excludes, or by
    `matches`, SQL over the table's alias and the argument's placeholder."""

    column: str
    operator: str
    sql_type: str
    convert: Callable[[Any], Any] = lambda value: value
    only: Condition | None = None
    matches: Callable[[str, str], str] | None = None


def equals(column: str, sql_type: str = "text", convert: Callable[[Any], Any] = lambda value: value) -> Filter:
    """Rows whose `column` is the argument."""
    return Filter(column, "=", sql_type, convert)


def one_of(column: str) -> Filter:
    """Rows whose enum `column` is among the argument's values."""
    return Filter(column, "= any", "text[]", lambda values: [getattr(value, "value", value) for value in values])


def identified_by(column: str, type_name: str, field: str) -> Filter:
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


def holding(condition: Condition) -> Filter:
    """Rows for which `condition` holds, if the argument is true, or does not, if it is false."""
    return Filter("", "", "bool", only=condition)


def matching(
    matches: Callable[[str, str], str], sql_type: str = "text", convert: Callable[[Any], Any] = lambda value: value
) -> Filter:
    """Rows for which the SQL `matches(alias, placeholder)` holds."""
    return Filter("", "", sql_type, convert, matches=matches)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def made(model: type[Model], id: UUID) -> Row:
    """The row a mutation made or changed: having been let make it, its maker may read it."""
    return Row(model, id, granted=True)


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


def literal(text: str) -> str:
    """A text as SQL text."""
    return "'" + text.replace("'", "''") + "'"


def field_of(model: type[Model], column: str) -> Field[Any]:
    """The model's field behind a column. Raises KeyError for a column that is not there."""
    return model._meta.fields_map[model._meta.fields_db_projection_reverse[column]]


def sql_type(model: type[Model], column: str) -> str:
    """The PostgreSQL type of a column."""
    return str(field_of(model, column).get_for_dialect("postgres", "SQL_TYPE"))
