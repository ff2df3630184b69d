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

FORMATS = FormatChecker(formats=())


def _date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def _date(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value) and date.fromisoformat(value))


def _decimal(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", value))


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
    for value in given.values():
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
