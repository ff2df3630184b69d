"""Values for the arguments of random operations: real identifiers, cursors and contents of the rows there are, and now
and then what must be refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)
from ordinary import cursor_of
from ordinary_reading import Snapshot
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from tortoise import Model

from models.keys import uuid7
from models.signatures import Signature
from resolvers.graph import NODES
from resolvers.graph.declarations import DECLARATION, Filter, Identified, IdentifiedMany, Page, ToMany, type_name_of
from rules.identifiers import encode

OMITTED: Any = object()
"""Stands for a variable that is not given."""

Draw = Callable[[Random], Any]

BAD_IDS = ["", "x", "!!!", "RW50cnk6eA", "\u0000", "я", "a" * 200]
BAD_CURSORS = [
    "",
    "x",
    "W10",
    "WzEsMl0",
    "W251bGwsbnVsbF0",
    "WyJcdTAwMDAiLCJ4Il0",
    "\u0000",
    "MS4yLjM",
    "WzFd",
    "Wzk5OTk5OTk5OTldfQ",
]
BAD_SIZES = [-1, -100, 101, 2**31 - 1]
ODD_TEXTS = ["", "%", "_", "\\", "'", '"', "\u0000", "ё", "Ё", "я" * 300, "\n", "$1", "ß"]


@dataclass(frozen=True)
class Value:
    """How a value is drawn, or of which parts an input object is made. `needed`: never null or left out."""

    draw: Draw = lambda random: None
    of: Mapping[str, Value] | None = None
    needed: bool = False


@dataclass
class Pool:
    """What arguments are drawn from: the rows of a snapshot."""

    snapshot: Snapshot
    _cursors: dict[int, list[str]] = field(default_factory=dict)

    def id_of(self, random: Random, type_name: str | None = None) -> str:
        """A public identifier: of a row, seldom of none or of a row of another type."""
        name = type_name if type_name and random.random() < 0.97 else random.choice([*NODES, *["Signature"] * 4])
        rows = list(self.snapshot.all(NODES[name]))
        key = random.choice(rows).id if rows and random.random() < 0.97 else uuid7()
        return encode(name, key)

    def own_id_of(self, random: Random, type_name: str) -> str:
        """The identifier of a row of a type."""
        return encode(type_name, random.choice(list(self.snapshot.all(NODES[type_name]))).id)

    def cursor(self, random: Random, declared: Page) -> str:
        """The cursor of a row in a connection."""
        if id(declared) not in self._cursors:
            rows = self.snapshot.all(declared.target)
            self._cursors[id(declared)] = [cursor_of(declared, row) for row in rows]
        return random.choice(self._cursors[id(declared)])

    def held(self, random: Random, model: type[Model], column: str) -> Any:
        """What some row holds in a column."""
        return random.choice([getattr(row, column) for row in self.snapshot.all(model)])


def arguments_of(
    pool: Pool, name: str, core: GraphQLField, random: Random, *, mischief: bool, refusals: set[tuple[str, str | None]]
) -> dict[str, Value]:
    """Values for a field's arguments. With `mischief` some of them are refused: what may be is added to `refusals`."""
    strawberry: StrawberryField = core.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    declared = strawberry.metadata.get(DECLARATION)
    match declared:
        case Page():
            given = _page(pool, declared, random, mischief=mischief)
            if mischief:
                refusals |= {("INVALID", each) for each in ("first", "last", "after", "before")}
        case Identified(type_name=wanted):
            draw: Draw = lambda random: pool.id_of(random, wanted)  # noqa: E731
            given = {"id": Value(_or_bad(draw, BAD_IDS) if mischief else draw, needed=True)}
            refusals |= {("INVALID", "id")} if mischief else set()
        case IdentifiedMany():
            given = {"ids": Value(_ids(pool, mischief=mischief), needed=True)}
            refusals |= {("INVALID", f"ids.{place}") for place in range(8)} if mischief else set()
        case ToMany():
            given = {}
        case None if "code" in core.args:
            codes: Draw = lambda random: random.choice([pool.held(random, Signature, "code"), *ODD_TEXTS])  # noqa: E731
            given = {"code": Value(codes, needed=True)}
        case _:
            return {}
    if isinstance(declared, Page | ToMany):
        filters = _filters(pool, declared, core, random, mischief=mischief, refusals=refusals)
        given |= filters
    assert {key for key, each in core.args.items() if isinstance(each.type, GraphQLNonNull)} <= set(given), name
    return given


def _page(pool: Pool, declared: Page, random: Random, *, mischief: bool) -> dict[str, Value]:
    sizes = [0, 1, 2, 2, 3, 3, 5, 20, *(BAD_SIZES if mischief else [])]
    size = Value(lambda random: random.choice(sizes), needed=True)
    nothing = Value(lambda random: None)
    one, other = random.choice([("first", "last"), ("first", "last"), ("last", "first")])
    given = {one: size}
    if random.random() < 0.1:
        given[other] = nothing
    if mischief and random.random() < 0.2:
        given = random.choice([{}, {"first": size, "last": size}, {"first": nothing}])
    place: Draw = lambda random: pool.cursor(random, declared)  # noqa: E731
    for argument in ("after", "before"):
        if random.random() < 0.15:
            given[argument] = Value(_or_bad(place, BAD_CURSORS) if mischief else place)
    return given


def _or_bad(draw: Draw, bad: Sequence[Any]) -> Draw:
    return lambda random: random.choice(bad) if random.random() < 0.3 else draw(random)


def _ids(pool: Pool, *, mischief: bool) -> Draw:
    def draw(random: Random) -> list[str]:
        ids = [pool.id_of(random) for _ in range(random.randint(0, 6))]
        if mischief and ids and random.random() < 0.3:
            ids[random.randrange(len(ids))] = random.choice(BAD_IDS)
        return ids

    return draw


def _filters(
    pool: Pool,
    declared: Page | ToMany,
    core: GraphQLField,
    random: Random,
    *,
    mischief: bool,
    refusals: set[tuple[str, str | None]],
) -> dict[str, Value]:
    """What narrows, argument by argument; an input object whole, in parts, empty or null."""
    given: dict[str, Value] = {}
    parts: dict[str, Value] = {}
    narrowed = random.random() < 0.4
    for path, narrow in declared.filters.items():
        if not narrowed or random.random() < 0.5:
            continue
        if mischief:
            refusals |= {(code, ".".join(path)) for code in ("INVALID", "NOT_FOUND")}
        kind: Any = core.args[path[0]].type
        if len(path) == 1:
            given[path[0]] = Value(_compared(pool, declared.target, narrow, kind, mischief=mischief))
        else:
            inner = get_named_type(kind).fields[path[1]].type
            parts[path[1]] = Value(_compared(pool, declared.target, narrow, inner, mischief=mischief))
    if parts or ("filter" in core.args and random.random() < 0.05):
        given["filter"] = Value(_object(parts), parts) if random.random() < 0.95 else Value(lambda random: None)
    return given


def _object(parts: Mapping[str, Value]) -> Draw:
    """An input object with some of its parts left out or null."""

    def draw(random: Random) -> dict[str, Any]:
        chosen = {name: part for name, part in parts.items() if random.random() < 0.85}
        return {name: None if random.random() < 0.1 else part.draw(random) for name, part in chosen.items()}

    return draw


def _compared(pool: Pool, model: type[Model], narrow: Filter, kind: Any, *, mischief: bool) -> Draw:
    """What a column is compared with: what it holds somewhere, or something near it."""
    named = get_named_type(kind)
    if narrow.matches is not None:
        return lambda random: _sought(random, named.name)
    if isinstance(named, GraphQLEnumType):
        names = list(named.values)
        one: Draw = lambda random: random.choice(names)  # noqa: E731
        if not _is_list(kind):
            return one
        return lambda random: one(random) if random.random() < 0.2 else random.choices(names, k=random.randint(0, 3))
    if named.name == "Boolean":
        return lambda random: random.random() < 0.5
    if named.name == "ID":
        related = _related(model, narrow.column)
        real: Draw = lambda random: pool.own_id_of(random, related)  # noqa: E731
        return _or_bad(real, [*BAD_IDS, encode("Person", uuid7())]) if mischief else real
    if named.name == "DateTime":
        return lambda random: _moment(pool.held(random, model, narrow.column), random, mischief=mischief)
    if narrow.operator == "like":
        return lambda random: _part_of(pool.held(random, model, narrow.column), random)
    return lambda random: random.choice([pool.held(random, model, narrow.column), *ODD_TEXTS]) or ""


SOUGHT = ("ангар", "Этаж", "Подвал", "склад", "SPS", "ничего", "С файлами", "1")
"""Words that a search is asked for: none is another's inflected form, of which the oracle knows nothing."""


def _sought(random: Random, scalar: str) -> str:
    if scalar == "DateTime":
        return (datetime.now(UTC) - timedelta(seconds=random.choice([0, 60, 90_000, 864_000]))).isoformat()
    return random.choice(SOUGHT)


def _related(model: type[Model], column: str) -> str:
    fields: Mapping[str, Any] = model._meta.fields_map
    name = next(name for name in model._meta.fk_fields if fields[name].source_field == column)
    return type_name_of(fields[name].related_model)


def _moment(moment: datetime, random: Random, *, mischief: bool) -> str:
    moment += timedelta(seconds=random.choice([0, 0, -1, 1, -3600, 86400]))
    if mischief and random.random() < 0.3:
        return random.choice([moment.replace(tzinfo=None).isoformat(), "1800-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
    return moment.isoformat()


def _part_of(text: str, random: Random) -> str:
    if random.random() < 0.2:
        return random.choice(ODD_TEXTS)
    start = random.randrange(len(text))
    part = text[start : start + random.randint(1, 8)]
    return part.upper() if random.random() < 0.5 else part


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def members_of(kind: GraphQLInputType) -> Mapping[str, GraphQLInputField]:
    """The fields of an input object."""
    named = get_named_type(kind)
    assert isinstance(named, GraphQLInputObjectType)
    fields: Mapping[str, GraphQLInputField] = named.fields
    return fields


def literal(kind: GraphQLInputType, value: Any) -> str:
    """A value of JSON as GraphQL writes it in a document."""
    if value is None:
        return "null"
    named = get_named_type(kind)
    if isinstance(value, list):
        return f"[{', '.join(literal(kind, each) for each in value)}]"
    if isinstance(value, dict):
        fields = members_of(kind)
        return f"{{{', '.join(f'{name}: {literal(fields[name].type, each)}' for name, each in value.items())}}}"
    if isinstance(named, GraphQLEnumType):
        return str(value.value if isinstance(value, Enum) else value)
    return json.dumps(value, ensure_ascii=False)
