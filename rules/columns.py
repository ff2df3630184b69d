"""The columns of a form and its signature policy, as somebody gives them: a closed subset of JSON Schema 2020-12.

What is accepted here is stored with a version for good, and every value is checked and printed by it: so nothing is
taken that the checker, the printer or another reader of the version could understand in another way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from models.enums import Duty, Language, Side
from rules import json_values as given
from rules.refusals import invalid

Lists = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Reference lists: by code, then by item key, the words `{ru, en}`, in the order of the items."""

MOST_COLUMNS = 40
MOST_CHOICES = 200
LONGEST_LABEL = 200
LONGEST_UNIT = 20
LONGEST_TEXT = 10_000
LARGEST_INTEGER = 2**53 - 1
"""The largest integer of RFC 8785 (§3.2.2.3, ECMAScript numbers) that is still exact."""

COLUMN_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHOICE_KEY = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


class ColumnKind(StrEnum):
    """What the value of a column is."""

    TEXT = "TEXT"
    DATE = "DATE"
    DATE_TIME = "DATE_TIME"
    DECIMAL = "DECIMAL"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    CHOICE = "CHOICE"
    CHOICES = "CHOICES"
    SYSTEM = "SYSTEM"
    SYSTEMS = "SYSTEMS"


NUMBERS = {ColumnKind.DECIMAL, ColumnKind.INTEGER}
OF_CHOICES = {ColumnKind.CHOICE, ColumnKind.CHOICES}
FORMATS = {
    "date": ColumnKind.DATE,
    "date-time": ColumnKind.DATE_TIME,
    "decimal": ColumnKind.DECIMAL,
    "system": ColumnKind.SYSTEM,
}
MANY = {ColumnKind.CHOICE: ColumnKind.CHOICES, ColumnKind.SYSTEM: ColumnKind.SYSTEMS}


def kind_of(column: Mapping[str, Any], at: str = "schema") -> ColumnKind:
    """The kind of a column by its schema. Raises INVALID below the path `at` for a schema of none of the kinds."""
    return _kind(given.mapping(column.get("schema"), at), "list" in column, at)


def _kind(schema: Mapping[str, Any], of_list: bool, at: str) -> ColumnKind:
    match schema.get("type"):
        case "integer":
            return ColumnKind.INTEGER
        case "boolean":
            return ColumnKind.BOOLEAN
        case "string" if "format" in schema:
            if (form := schema["format"]) not in [*FORMATS]:  # a list, for a format that is no text at all
                raise invalid(f"{at}.format", "column_kind")
            return FORMATS[form]
        case "string":
            return ColumnKind.CHOICE if of_list or "enum" in schema else ColumnKind.TEXT
        case "array":
            items = given.mapping(schema.get("items"), f"{at}.items")
            if items.get("type") == "string" and (one := _kind(items, of_list, f"{at}.items")) in MANY:
                return MANY[one]
            raise invalid(f"{at}.items", "column_kind")
    raise invalid(f"{at}.type", "column_kind")


def accepted(columns: object, field: str, lists: Lists) -> list[dict[str, Any]]:
    """The columns of a new version, written out: `{key, label, required, unit?, schema, choices?, list?}` each.

    :param columns: what was given, in printing order. A column of choices may name a reference list instead of its
        choices: then it has the list's words, and those items only that its `enum` names, or all of them
    :param field: the path of the argument; refusals name what is wrong below it, such as `columns.3.schema.maxLength`
    :param lists: the reference lists that there are
    :raises Refusal: INVALID
    """
    rows = given.sequence(columns, field, least=1, most=MOST_COLUMNS)
    result = [_column(row, f"{field}.{index}", lists) for index, row in enumerate(rows)]
    given.unrepeated([column["key"] for column in result], field, "key")
    return result


def _column(row: object, at: str, lists: Lists) -> dict[str, Any]:
    column = given.mapping(row, at, {"key", "label", "required", "unit", "schema", "choices", "list"})
    kind = kind_of(column, f"{at}.schema")
    result: dict[str, Any] = {
        "key": given.key(column.get("key"), f"{at}.key", COLUMN_KEY, "column_key"),
        "label": given.words(column.get("label"), f"{at}.label", LONGEST_LABEL),
        "required": given.boolean(column.get("required", False), f"{at}.required"),
    }
    if column.get("unit") is not None:
        if kind not in NUMBERS:
            raise invalid(f"{at}.unit", "unit_of_number")
        result["unit"] = given.words(column["unit"], f"{at}.unit", LONGEST_UNIT)
    choices = _choices(column, kind, at, lists)
    result["schema"] = SCHEMAS[kind](column["schema"], f"{at}.schema", [*choices])
    if choices:
        result["choices"] = choices
    if "list" in column:
        result["list"] = column["list"].strip()
    return result


def _choices(column: Mapping[str, Any], kind: ColumnKind, at: str, lists: Lists) -> dict[str, dict[str, str]]:
    if kind not in OF_CHOICES:
        for name in ("choices", "list"):
            if name in column:
                raise invalid(f"{at}.{name}", "unknown_property")
        return {}
    schema, place = column["schema"], f"{at}.schema"
    if kind is ColumnKind.CHOICES:
        schema, place = schema["items"], f"{place}.items"
    keys = _choice_keys(schema.get("enum"), f"{place}.enum") if "enum" in schema else None
    if "list" in column:
        items = lists.get(given.text(column["list"], f"{at}.list", most=40))
        if items is None:
            raise invalid(f"{at}.list", "unknown_list")
        for key in keys or ():
            if key not in items:
                raise invalid(f"{place}.enum", "unknown_choice", key=key)
        return {key: dict(items[key]) for key in keys or items}
    if keys is None:
        raise invalid(f"{place}.enum", "required")
    words = given.mapping(column.get("choices"), f"{at}.choices")
    if set(words) != set(keys):
        raise invalid(f"{at}.choices", "choices_differ")
    return {key: given.words(words[key], f"{at}.choices.{key}", LONGEST_LABEL) for key in keys}


def _choice_keys(value: object, at: str) -> list[str]:
    rows = given.sequence(value, at, least=1, most=MOST_CHOICES)
    keys = [given.key(row, f"{at}.{index}", CHOICE_KEY, "choice_key") for index, row in enumerate(rows)]
    given.unrepeated(keys, at)
    return keys


def _text(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
    given.mapping(schema, at, {"type", "minLength", "maxLength"})
    most = given.integer(schema.get("maxLength"), f"{at}.maxLength", 1, LONGEST_TEXT)
    least = given.integer(schema.get("minLength", 1), f"{at}.minLength", 1, LONGEST_TEXT)
    if least > most:
        raise invalid(f"{at}.maxLength", "range_reversed")
    return {"type": "string", "minLength": least, "maxLength": most}


def _integer(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
    given.mapping(schema, at, {"type", "minimum", "maximum"})
    bounds = {
        name: given.integer(schema.get(name), f"{at}.{name}", -LARGEST_INTEGER, LARGEST_INTEGER)
        for name in ("minimum", "maximum")
    }
    if bounds["minimum"] > bounds["maximum"]:
        raise invalid(f"{at}.maximum", "range_reversed")
    return {"type": "integer", **bounds}


def _decimal(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
    given.mapping(schema, at, {"type", "format", "decimalMinimum", "decimalMaximum"})
    bounds = {
        name: given.decimal(schema[name], f"{at}.{name}")
        for name in ("decimalMinimum", "decimalMaximum")
        if name in schema
    }
    if len(bounds) == 2 and bounds["decimalMinimum"] > bounds["decimalMaximum"]:
        raise invalid(f"{at}.decimalMaximum", "range_reversed")
    return {"type": "string", "format": "decimal", **{name: str(schema[name]) for name in bounds}}


def _formatted(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
    given.mapping(schema, at, {"type", "format"})
    return {"type": "string", "format": schema["format"]}


def _boolean(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
    given.mapping(schema, at, {"type"})
    return {"type": "boolean"}


def _choice(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
    given.mapping(schema, at, {"type", "enum"})
    return {"type": "string", "enum": choices}


def _many(one: Callable[[Mapping[str, Any], str, list[str]], dict[str, Any]]) -> Any:
    def many(schema: Mapping[str, Any], at: str, choices: list[str]) -> dict[str, Any]:
        given.mapping(schema, at, {"type", "items", "uniqueItems", "minItems"})
        # Nothing is chosen by leaving the value out, nothing twice: other settings of these two mean nothing here.
        if schema.get("uniqueItems", True) is not True:
            raise invalid(f"{at}.uniqueItems", "unknown_property")
        given.integer(schema.get("minItems", 1), f"{at}.minItems", 1, 1)
        items = one(schema["items"], f"{at}.items", choices)
        return {"type": "array", "items": items, "uniqueItems": True, "minItems": 1}

    return many


SCHEMAS: dict[ColumnKind, Callable[[Mapping[str, Any], str, list[str]], dict[str, Any]]] = {
    ColumnKind.TEXT: _text,
    ColumnKind.DATE: _formatted,
    ColumnKind.DATE_TIME: _formatted,
    ColumnKind.DECIMAL: _decimal,
    ColumnKind.INTEGER: _integer,
    ColumnKind.BOOLEAN: _boolean,
    ColumnKind.CHOICE: _choice,
    ColumnKind.CHOICES: _many(_choice),
    ColumnKind.SYSTEM: _formatted,
    ColumnKind.SYSTEMS: _many(_formatted),
}
"""How the schema of each kind is checked and written out."""

MOST_SLOTS = 12
LONGEST_DEADLINE_DAYS = 365


def accepted_policy(policy: object, field: str) -> list[dict[str, Any]]:
    """The signatures that an entry requires: `{side, duty, order, group, deadlineDays}` each, in signing order.

    Slots of one group are a quorum: as many of its people sign as it has slots, so they differ in nothing. Orders and
    groups are numbered from 1 without gaps; both sides sign. `deadlineDays` is None or 1–365.

    :raises Refusal: INVALID, naming what is wrong below the path `field`
    """
    rows = given.sequence(policy, field, least=2, most=MOST_SLOTS)
    slots = [_slot(row, f"{field}.{index}") for index, row in enumerate(rows)]
    if {slot["side"] for slot in slots} != {side.value for side in Side}:
        raise invalid(field, "policy_sides")
    groups: dict[int, dict[str, Any]] = {}
    for index, slot in enumerate(slots):
        if groups.setdefault(slot["group"], slot) != slot:
            raise invalid(f"{field}.{index}", "policy_group", group=slot["group"])
    for name in ("order", "group"):
        numbers = {slot[name] for slot in slots}
        if numbers != set(range(1, len(numbers) + 1)):
            raise invalid(field, "policy_gaps")
    return sorted(slots, key=lambda slot: (slot["order"], slot["group"]))


def _slot(row: object, at: str) -> dict[str, Any]:
    slot = given.mapping(row, at, {"side", "duty", "order", "group", "deadlineDays"})
    days = slot.get("deadlineDays")
    return {
        "side": given.member(slot.get("side"), f"{at}.side", Side).value,
        "duty": given.member(slot.get("duty"), f"{at}.duty", Duty).value,
        "order": given.integer(slot.get("order"), f"{at}.order", 1, MOST_SLOTS),
        "group": given.integer(slot.get("group"), f"{at}.group", 1, MOST_SLOTS),
        "deadlineDays": (None if days is None else given.integer(days, f"{at}.deadlineDays", 1, LONGEST_DEADLINE_DAYS)),
    }


def accepted_items(items: object, field: str) -> list[dict[str, str]]:
    """The items of a reference list: `{key, ru, en}` each. Raises INVALID below the path `field`."""
    rows = given.sequence(items, field, least=1, most=MOST_CHOICES)
    result = []
    for index, row in enumerate(rows):
        at = f"{field}.{index}"
        item = given.mapping(row, at, {"key", "ru", "en"})
        words = {name: given.text(item.get(name), f"{at}.{name}", most=LONGEST_LABEL) for name in Language}
        key = given.key(item.get("key"), f"{at}.key", CHOICE_KEY, "choice_key")
        result.append({"key": key, **{name.value: text for name, text in words.items()}})
    given.unrepeated([item["key"] for item in result], field, "key")
    return result
