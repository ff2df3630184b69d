"""JSON objects and arrays as PostgreSQL writes them fastest: `row_to_json` over a subquery, never jsonb."""

from __future__ import annotations

from collections.abc import Sequence

from resolvers.graph.declarations import quoted

LONGEST_NAME = 63
"""PostgreSQL cuts longer names short (NAMEDATALEN)."""
MOST_COLUMNS = 1600
MOST_ARGUMENTS = 100

ROW = quoted("$row")
"""No alias of a document can be spelled so: a column of the name would be taken for the row (GraphQL, Names)."""

Columns = Sequence[tuple[str, str]]
"""Response key and SQL of each field of an object."""


def object_of(columns: Columns, source: str) -> str:
    """A scalar subquery: the JSON object of the only row of `source`; null if there is none."""
    if nameable(columns):
        return f"(select row_to_json({ROW}) from (select {selected(columns)} {source}) {ROW})"
    return f"(select {_built(columns)} {source})"


def record_of(columns: Columns) -> str:
    """A JSON object in the making: a record, which whatever it becomes a part of writes."""
    if nameable(columns):
        return f"(select {ROW} from (select {selected(columns)}) {ROW})"
    return _built(columns)


def list_of(columns: Columns, source: str) -> str:
    """A scalar subquery: the JSON array of the rows of `source`, in its order."""
    if nameable(columns):
        return f"(select coalesce(json_agg({ROW}), '[]'::json) from (select {selected(columns)} {source}) {ROW})"
    return f"(select coalesce(json_agg({ROW}.o), '[]'::json) from (select {_built(columns)} as o {source}) {ROW})"


def nameable(columns: Columns) -> bool:
    """Whether the keys can be names of columns."""
    return 0 < len(columns) <= MOST_COLUMNS and all(len(key) <= LONGEST_NAME for key, _ in columns)


def selected(columns: Columns) -> str:
    """What stands between "select" and "from"."""
    return ", ".join(f"{sql} as {quoted(key)}" for key, sql in columns)


def _built(columns: Columns) -> str:
    """A JSON object whose keys are no names of columns, of as many parts as a function's arguments ask for."""
    size = MOST_ARGUMENTS // 2
    parts = [columns[start : start + size] for start in range(0, len(columns), size)] or [[]]
    objects = ["json_build_object(" + ", ".join(f"'{key}', {sql}" for key, sql in part) + ")" for part in parts]
    if len(objects) == 1:
        return objects[0]
    inner = " || ',' || ".join(f"right(left({each}::text, -1), -1)" for each in objects)
    return f"('{{' || {inner} || '}}')::json"
