"""The values of an entry against the columns of its journal type's version."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from models.enums import Language
from rules.refusals import Code, Refusal, invalid
from rules.texts import FIRST_YEAR, LAST_YEAR, storable

FORMATS = FormatChecker(formats=())

MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)", re.ASCII
)
"""RFC 3339, seconds optional: exactly what everybody's clocks can show."""


def _date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(MOMENT.fullmatch(value)) and FIRST_YEAR < datetime.fromisoformat(value).year < LAST_YEAR


def _date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and date.fromisoformat(value))


def _decimal(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", value))


FORMATS.checks("date-time", raises=ValueError)(_date_time)
FORMATS.checks("date", raises=ValueError)(_date)
FORMATS.checks("decimal")(_decimal)


def _clean(value: Any) -> Any:
    """Texts trimmed and in Unicode NFC; an empty one is no value."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip() or None
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _control_characters(value: Any) -> bool:
    if isinstance(value, list):
        return any(_control_characters(item) for item in value)
    return isinstance(value, str) and any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in value
    )


def check(values: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], language: Language) -> dict[str, Any]:
    """The values that will be signed: known columns only, in the columns' order, empty ones left out.

    Raises INVALID naming `values.<key>` for an unknown column, a missing required value, or a value that its column's
    JSON Schema refuses.
    """
    keys = [column["key"] for column in columns]
    for key in values:
        if key not in keys:
            raise invalid(f"values.{key[:40]}", "unknown_column")
    accepted: dict[str, Any] = {}
    for column in columns:
        key = column["key"]
        value = _clean(values.get(key))
        if value is None or value == []:
            if column.get("required"):
                raise invalid(f"values.{key}", "required")
            continue
        fits = Draft202012Validator(column["schema"], format_checker=FORMATS).is_valid(value)
        if not fits or _control_characters(value):
            raise Refusal(
                Code.INVALID, "column_value", field=f"values.{key}", details={"column": column["label"][language.value]}
            )
        accepted[key] = value
    return accepted


def plain(given: object, field: str) -> dict[str, Any]:
    """`given` as values by column key: texts, numbers, booleans, null and lists of these. Raises INVALID for anything
    else, before it is looked at any deeper."""
    if not isinstance(given, dict):
        raise invalid(field, "values_object")
    for key, value in given.items():
        if not storable(key):
            raise invalid(field, "unknown_column")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, list | dict):
                raise invalid(field, "column_value_kind")
    return given


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Field by field: what was and what is, for the keys that differ."""
    return {
        key: {"before": before.get(key), "after": after.get(key)}
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }
