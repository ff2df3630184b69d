"""Places in a connection: how they are written, and what is written there stands for (Relay, Cursor Connections)."""

from __future__ import annotations

import base64
import binascii
import builtins
import datetime
import json
import uuid
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise import Model
from tortoise.fields import Field

from resolvers.graph.declarations import CursorFormat, Page, field_of
from rules.identifiers import base64url_expression
from rules.refusals import Refusal, invalid
from rules.texts import instant, storable


def json_cursor(model: type[Model], order: Sequence[str]) -> CursorFormat:
    """Cursors of orders over texts, numbers, moments and keys: a JSON array in base64url."""
    number = len(order) == 1 and field_of(model, order[0]).field_type is int

    def expression(columns: Sequence[str]) -> str:
        if number:  # the commonest and plainest: no character of it needs more than its padding cut off
            return f"rtrim(encode(('[' || {columns[0]} || ']')::bytea, 'base64'), '=')"
        return base64url_expression(f"json_build_array({', '.join(columns)})::text")

    def decode(text: str, argument: str) -> Sequence[Any]:
        try:
            values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        except (ValueError, binascii.Error, RecursionError) as error:
            raise invalid(argument, "malformed_cursor") from error
        if not isinstance(values, list) or len(values) != len(order):
            raise invalid(argument, "malformed_cursor")
        return values

    return CursorFormat(expression, decode)


def place_of(declared: Page, cursor: str, argument: str) -> list[Any]:
    """The values that a cursor stands for, in the types of the order's columns. Raises INVALID naming `argument`."""
    try:
        written = declared.cursor.decode(cursor, argument)
        return [_typed(declared.target, name, value) for name, value in zip(declared.order, written, strict=True)]
    except (ValueError, Refusal) as error:
        raise invalid(argument, "malformed_cursor") from error


def _typed(model: type[Model], column: str, value: Any) -> Any:
    """The Python value of a column from what JSON can hold of it. Raises ValueError, or Refusal for a moment."""
    field: Field[Any] = field_of(model, column)
    match field.field_type:
        case builtins.int:
            bits = 63 if field.get_for_dialect("postgres", "SQL_TYPE") == "BIGINT" else 31
            if type(value) is not int or not -(2**bits) <= value < 2**bits:
                raise ValueError("not a whole number of the database")
            return value
        case _ if not isinstance(value, str) or not storable(value):
            raise ValueError("not a text of the database")
        case datetime.datetime:
            return instant(datetime.datetime.fromisoformat(value), "cursor")
        case uuid.UUID:
            return UUID(value)
        case _:
            return value
