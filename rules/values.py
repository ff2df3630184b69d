"""The values of an entry against the columns of its journal type's version."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import gt, lt
from typing import Any

import orjson
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from models.enums import Language
from rules.json_values import DECIMAL
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
    return not isinstance(value, str) or bool(DECIMAL.fullmatch(value))


FORMATS.checks("date-time", raises=ValueError)(_date_time)
FORMATS.checks("date", raises=ValueError)(_date)
FORMATS.checks("decimal")(_decimal)


def _bound(beyond: Callable[[Decimal, Decimal], bool]) -> Callable[..., Iterator[ValidationError]]:
    """A keyword of ours: JSON Schema has bounds for numbers only, and decimals are texts."""

    def keyword(validator: Validator, bound: str, value: object, schema: object) -> Iterator[ValidationError]:
        if isinstance(value, str) and DECIMAL.fullmatch(value) and beyond(Decimal(value), Decimal(bound)):
            yield ValidationError("out of range")

    return keyword


ColumnValidator = extend(Draft202012Validator, {"decimalMinimum": _bound(lt), "decimalMaximum": _bound(gt)})
BOUNDS = {"minimum": "least", "decimalMinimum": "least", "maximum": "most", "decimalMaximum": "most"}


@lru_cache(maxsize=4096)
def _validator(schema: bytes) -> Validator:
    """The checker of a schema, by its JSON text: making one takes longer than a check."""
    validator: Validator = ColumnValidator(orjson.loads(schema), format_checker=FORMATS)
    return validator


def _clean(value: Any) -> Any:
    """Texts trimmed and in Unicode NFC, an empty one is no value; a number without a fraction is an integer (JSON does
    not tell 3.0 from 3, neither do the signed bytes)."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip() or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _control_characters(value: Any) -> bool:
    if isinstance(value, list):
        return any(_control_characters(item) for item in value)
    return isinstance(value, str) and any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in value
    )


def check(
    values: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    language: Language,
    systems: Collection[str] = frozenset(),
) -> dict[str, Any]:
    """The values that will be signed: known columns only, in the columns' order, empty ones left out.

    `systems` are the public ids of the systems that may be meant: those of the entry's object.

    Raises INVALID naming `values.<key>` for an unknown column, a missing required value, a value that its column's
    JSON Schema refuses, or another object's system.
    """
    keys = {column["key"] for column in columns}
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
        fault = next(_validator(orjson.dumps(column["schema"])).iter_errors(value), None)
        if fault is not None or _control_characters(value):
            raise _refusal(column, language, fault)
        if not all(system in systems for system in _systems(value, column)):
            raise invalid(f"values.{key}", "unknown_system")
        accepted[key] = value
    return accepted


def _refusal(column: Mapping[str, Any], language: Language, fault: ValidationError | None) -> Refusal:
    reason, details = "column_value", {"column": column["label"][language.value]}
    if fault is not None and fault.validator in BOUNDS:
        reason = "column_range"
        bounds = {BOUNDS[name]: bound for name, bound in column["schema"].items() if name in BOUNDS}
        details |= {**bounds, "range": f"{bounds.get('least', '')}…{bounds.get('most', '')}"}
    return Refusal(Code.INVALID, reason, field=f"values.{column['key']}", details=details)


def _takes_system(column: Mapping[str, Any]) -> bool:
    schema = column["schema"]
    return bool(schema.get("items", schema).get("format") == "system")


def _systems(value: Any, column: Mapping[str, Any]) -> Sequence[str]:
    if not _takes_system(column):
        return ()
    return value if isinstance(value, list) else [value]


def systems_in(values: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """The public ids of the systems that the values name: in the columns' order, each once."""
    named = [_systems(values[column["key"]], column) for column in columns if column["key"] in values]
    return list(dict.fromkeys(system for systems in named for system in systems))


def takes_systems(columns: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value can name a system."""
    return any(_takes_system(column) for column in columns)


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
