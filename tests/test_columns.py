"""Columns as data: what a person may give, what its values may be, and how they are told."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from models.enums import Language
from rules import columns, values
from rules.columns import ColumnKind, accepted, accepted_policy, kind_of
from rules.journal_types import USUAL_POLICY
from rules.printed_values import printed_values
from rules.refusals import Code, Refusal

NESTED: dict[str, Any] = {}
for _ in range(5000):
    NESTED = {"type": "array", "items": NESTED}
LISTS = {"RESULTS": {"GOOD": {"ru": "Годен", "en": "Good"}, "BAD": {"ru": "Негоден", "en": "Bad"}}}
CHOICES = {"A": {"ru": "Первый", "en": "First"}, "B": {"ru": "Второй", "en": "Second"}}
BAR = {"ru": "МПа", "en": "MPa"}
SCHEMAS: dict[ColumnKind, dict[str, Any]] = {
    ColumnKind.TEXT: {"schema": {"type": "string", "minLength": 2, "maxLength": 5}},
    ColumnKind.DATE: {"schema": {"type": "string", "format": "date"}},
    ColumnKind.DATE_TIME: {"schema": {"type": "string", "format": "date-time"}},
    ColumnKind.DECIMAL: {
        "unit": BAR,
        "schema": {"type": "string", "format": "decimal", "decimalMinimum": "-0.5", "decimalMaximum": "2.50"},
    },
    ColumnKind.INTEGER: {"schema": {"type": "integer", "minimum": 1, "maximum": 12}},
    ColumnKind.BOOLEAN: {"schema": {"type": "boolean"}},
    ColumnKind.CHOICE: {"schema": {"type": "string", "enum": ["A", "B"]}, "choices": CHOICES},
    ColumnKind.CHOICES: {
        "schema": {
            "type": "array",
            "items": {"type": "string", "enum": ["A", "B"]},
            "uniqueItems": True,
            "minItems": 1,
        },
        "choices": CHOICES,
    },
    ColumnKind.SYSTEM: {"schema": {"type": "string", "format": "system"}},
    ColumnKind.SYSTEMS: {
        "schema": {
            "type": "array",
            "items": {"type": "string", "format": "system"},
            "uniqueItems": True,
            "minItems": 1,
        }
    },
}
FORM: list[dict[str, Any]] = [
    {"key": kind.lower(), "label": {"ru": f"Графа {kind}", "en": f"Column {kind}"}, "required": False, **more}
    for kind, more in SCHEMAS.items()
]


def refusal(columns: object) -> tuple[str | None, str]:
    """The path and the reason with which columns are refused."""
    with pytest.raises(Refusal) as refused:
        accepted(columns, "columns", LISTS)
    assert refused.value.code is Code.INVALID
    assert refused.value.message(Language.RU) != refused.value.message(Language.EN)
    return refused.value.field, refused.value.reason


def changed(kind: ColumnKind, path: str, value: Any) -> list[dict[str, Any]]:
    """The form with one thing changed in the column of a kind; `...` takes it away."""
    form = copy.deepcopy(FORM)
    place: Any = form[[*SCHEMAS].index(kind)]
    *steps, last = path.split(".")
    for step in steps:
        place = place[step]
    place[last] = value
    if value is ...:
        del place[last]
    return form


def test_every_kind_is_taken_as_it_is_and_again() -> None:
    taken = accepted(FORM, "columns", LISTS)
    assert taken == FORM
    assert accepted(json.loads(json.dumps(taken)), "columns", LISTS) == taken
    assert [kind_of(column) for column in taken] == [*ColumnKind]


def test_what_goes_without_saying_is_written_out() -> None:
    (text, choices) = accepted(
        [
            {"key": "a", "label": {"ru": " А ", "en": "A"}, "schema": {"type": "string", "maxLength": 9}},
            {
                "key": "b",
                "label": {"ru": "Б", "en": "B"},
                "schema": {"type": "array", "items": {"type": "string"}},
                "list": "RESULTS",
            },
        ],
        "columns",
        LISTS,
    )
    assert text == {
        "key": "a",
        "label": {"ru": "А", "en": "A"},
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 9},
    }
    items = {"type": "string", "enum": ["GOOD", "BAD"]}
    assert choices["schema"] == {"type": "array", "items": items, "uniqueItems": True, "minItems": 1}
    assert (choices["choices"], choices["list"]) == (LISTS["RESULTS"], "RESULTS")


def test_a_list_gives_its_words_to_the_items_that_are_named() -> None:
    column = {"key": "a", "label": {"ru": "А", "en": "A"}, "schema": {"type": "string", "enum": ["BAD"]}}
    stale = {"BAD": {"ru": "Старое слово", "en": "Old word"}}
    (taken,) = accepted([{**column, "list": "RESULTS", "choices": stale}], "columns", LISTS)
    assert (taken["schema"]["enum"], taken["choices"]) == (["BAD"], {"BAD": LISTS["RESULTS"]["BAD"]})
    unknown = {**column, "schema": {"type": "string", "enum": ["ODD"]}, "list": "RESULTS"}
    assert refusal([unknown]) == ("columns.0.schema.enum", "unknown_choice")
    assert refusal([{**column, "list": "NOTHING"}]) == ("columns.0.list", "unknown_list")


@pytest.mark.parametrize(
    ("kind", "path", "value", "field", "reason"),
    [
        (ColumnKind.TEXT, "schema.maxLength", 10_001, "0.schema.maxLength", "json_integer"),
        (ColumnKind.TEXT, "schema.maxLength", True, "0.schema.maxLength", "json_integer"),
        (ColumnKind.TEXT, "schema.maxLength", ..., "0.schema.maxLength", "required"),
        (ColumnKind.TEXT, "schema.minLength", 6, "0.schema.maxLength", "range_reversed"),
        (ColumnKind.TEXT, "schema.pattern", "^(a+)+$", "0.schema.pattern", "unknown_property"),
        (ColumnKind.TEXT, "schema.$ref", "https://evil.test/", "0.schema.$ref", "unknown_property"),
        (ColumnKind.TEXT, "schema.type", "null", "0.schema.type", "column_kind"),
        (ColumnKind.TEXT, "schema.type", ["string"], "0.schema.type", "column_kind"),
        (ColumnKind.TEXT, "schema", ..., "0.schema", "required"),
        (ColumnKind.TEXT, "schema", "text", "0.schema", "json_object"),
        (ColumnKind.TEXT, "unit", BAR, "0.unit", "unit_of_number"),
        (ColumnKind.TEXT, "list", "RESULTS", "0.schema.minLength", "unknown_property"),
        (ColumnKind.TEXT, "choices", CHOICES, "0.choices", "unknown_property"),
        (ColumnKind.TEXT, "key", "Text", "0.key", "column_key"),
        (ColumnKind.TEXT, "key", "a" * 41, "0.key", "column_key"),
        (ColumnKind.TEXT, "key", "date", "1.key", "item_repeated"),
        (ColumnKind.TEXT, "label.en", ..., "0.label.en", "required"),
        (ColumnKind.TEXT, "label.en", " ", "0.label.en", "required"),
        (ColumnKind.TEXT, "label.en", 1, "0.label.en", "json_text"),
        (ColumnKind.TEXT, "label.de", "Spalte", "0.label.de", "unknown_property"),
        (ColumnKind.TEXT, "label.ru", "я" * 201, "0.label.ru", "too_long"),
        (ColumnKind.TEXT, "required", "yes", "0.required", "json_boolean"),
        (ColumnKind.TEXT, "default", "x", "0.default", "unknown_property"),
        (ColumnKind.DATE, "schema.format", "time", "1.schema.format", "column_kind"),
        (ColumnKind.DATE, "schema.format", {}, "1.schema.format", "column_kind"),
        (ColumnKind.DECIMAL, "schema.decimalMinimum", "2.6", "3.schema.decimalMaximum", "range_reversed"),
        (ColumnKind.DECIMAL, "schema.decimalMinimum", 1, "3.schema.decimalMinimum", "json_decimal"),
        (ColumnKind.DECIMAL, "schema.decimalMaximum", "1e5", "3.schema.decimalMaximum", "json_decimal"),
        (ColumnKind.DECIMAL, "schema.minimum", 1, "3.schema.minimum", "unknown_property"),
        (ColumnKind.DECIMAL, "unit.ru", "единиц измерения много", "3.unit.ru", "too_long"),
        (ColumnKind.INTEGER, "schema.maximum", 0, "4.schema.maximum", "range_reversed"),
        (ColumnKind.INTEGER, "schema.maximum", 2**53, "4.schema.maximum", "json_integer"),
        (ColumnKind.INTEGER, "schema.minimum", 1.5, "4.schema.minimum", "json_integer"),
        (ColumnKind.INTEGER, "schema.minimum", ..., "4.schema.minimum", "required"),
        (ColumnKind.CHOICE, "schema.enum", ["A"], "6.choices", "choices_differ"),
        (ColumnKind.CHOICE, "schema.enum", ["A", "A"], "6.schema.enum.1", "item_repeated"),
        (ColumnKind.CHOICE, "schema.enum", ["A", "b"], "6.schema.enum.1", "choice_key"),
        (ColumnKind.CHOICE, "schema.enum", [], "6.schema.enum", "json_count"),
        (ColumnKind.CHOICE, "schema.enum", [f"K{n}" for n in range(201)], "6.schema.enum", "json_count"),
        (ColumnKind.CHOICE, "choices.B.en", ..., "6.choices.B.en", "required"),
        (ColumnKind.CHOICE, "choices", ..., "6.choices", "required"),
        (ColumnKind.CHOICES, "schema.uniqueItems", False, "7.schema.uniqueItems", "unknown_property"),
        (ColumnKind.CHOICES, "schema.minItems", 2, "7.schema.minItems", "json_integer"),
        (ColumnKind.CHOICES, "schema.items", {"type": "boolean"}, "7.schema.items", "column_kind"),
        (
            ColumnKind.CHOICES,
            "schema.items",
            NESTED,
            "7.schema.items",
            "column_kind",
        ),
        (ColumnKind.CHOICES, "schema.items.enum", ..., "7.schema.items", "column_kind"),
        (ColumnKind.SYSTEMS, "schema.items.pattern", "x", "9.schema.items.pattern", "unknown_property"),
    ],
)
def test_what_is_not_in_the_closed_subset_is_refused_by_its_path(
    kind: ColumnKind, path: str, value: Any, field: str, reason: str
) -> None:
    assert refusal(changed(kind, path, value)) == (f"columns.{field}", reason)


def test_the_number_of_columns_is_limited() -> None:
    def form(count: int) -> list[dict[str, Any]]:
        return [{**FORM[0], "key": f"text_{number}"} for number in range(count)]

    assert len(accepted(form(columns.MOST_COLUMNS), "columns", LISTS)) == columns.MOST_COLUMNS
    assert refusal(form(columns.MOST_COLUMNS + 1)) == ("columns", "json_count")
    assert refusal([]) == ("columns", "json_count")
    assert refusal({"0": FORM[0]}) == ("columns", "json_list")
    assert refusal(None) == ("columns", "required")
    assert refusal(["text"]) == ("columns.0", "json_object")


def slot(side: str, order: int, group: int, **more: Any) -> dict[str, Any]:
    """A slot of a policy."""
    return {"side": side, "duty": "RESPONSIBLE", "order": order, "group": group, "deadlineDays": None, **more}


def test_policies_with_orders_and_quorums_are_taken() -> None:
    two_of_many = [slot("OPERATOR", 1, 1, deadlineDays=365), slot("SUBSCRIBER", 2, 2), slot("SUBSCRIBER", 2, 2)]
    assert accepted_policy([*reversed(two_of_many)], "p") == two_of_many
    assert accepted_policy(USUAL_POLICY, "p") == USUAL_POLICY


@pytest.mark.parametrize(
    ("policy", "field", "reason"),
    [
        ([slot("OPERATOR", 1, 1), slot("OPERATOR", 1, 2)], "p", "policy_sides"),
        ([slot("OPERATOR", 1, 1)], "p", "json_count"),
        ([slot("OPERATOR", 1, 1), slot("SUBSCRIBER", 3, 2)], "p", "policy_gaps"),
        ([slot("OPERATOR", 2, 1), slot("SUBSCRIBER", 2, 2)], "p", "policy_gaps"),
        ([slot("OPERATOR", 1, 1), slot("SUBSCRIBER", 1, 3)], "p", "policy_gaps"),
        ([slot("OPERATOR", 1, 1), slot("SUBSCRIBER", 1, 1)], "p.1", "policy_group"),
        ([slot("OPERATOR", 1, 1), slot("SUBSCRIBER", 1, 2), slot("SUBSCRIBER", 2, 2)], "p.2", "policy_group"),
        ([slot("OPERATOR", 1, 1), slot("SUBSCRIBER", 0, 2)], "p.1.order", "json_integer"),
        ([slot("OPERATOR", 1, 1), slot("OWNER", 1, 2)], "p.1.side", "json_member"),
        ([slot("OPERATOR", 1, 1), slot("SUBSCRIBER", 1, 2, duty=[])], "p.1.duty", "json_member"),
        ([slot("OPERATOR", 1, 1, deadlineDays=0), slot("SUBSCRIBER", 1, 2)], "p.0.deadlineDays", "json_integer"),
        ([slot("OPERATOR", 1, 1, deadlineDays=366), slot("SUBSCRIBER", 1, 2)], "p.0.deadlineDays", "json_integer"),
        ([slot("OPERATOR", 1, 1, who="me"), slot("SUBSCRIBER", 1, 2)], "p.0.who", "unknown_property"),
        ([slot("OPERATOR", 1, 1)] * 6 + [slot("SUBSCRIBER", 1, 2)] * 7, "p", "json_count"),
    ],
)
def test_policies_that_could_not_be_fulfilled_are_refused(policy: object, field: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        accepted_policy(policy, "p")
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert refused.value.message(Language.RU) != refused.value.message(Language.EN)


GOOD: dict[str, Any] = {
    "text": "Цех",
    "date": "2026-11-22",
    "date_time": "2026-11-22T09:05:33Z",
    "decimal": "2.50",
    "integer": 12,
    "boolean": False,
    "choice": "B",
    "choices": ["B", "A"],
    "system": "sys-1",
    "systems": ["sys-2", "sys-1"],
}
OWN = frozenset({"sys-1", "sys-2"})


def test_values_of_every_kind_are_taken() -> None:
    assert values.check(GOOD, FORM, Language.RU, OWN) == GOOD
    (whole,) = values.check({"integer": 3.0}, FORM, Language.RU).values()
    assert (whole, type(whole)) == (3, int)
    assert values.check({"boolean": None, "choices": [], "text": " "}, FORM, Language.RU) == {}
    assert values.systems_in(GOOD, FORM) == ["sys-1", "sys-2"]
    assert values.systems_in({"text": "sys-1"}, FORM) == []


@pytest.mark.parametrize(
    ("key", "wrong", "reason"),
    [
        *(("text", wrong, "column_value") for wrong in ("я", "длинно", 5, True, ["Цех"], "a\x00b")),
        *(("date", wrong, "column_value") for wrong in ("2026-02-30", "22.11.2026", 20261122)),
        *(("date_time", wrong, "column_value") for wrong in ("2026-11-22", "2026-11-22T24:00:00Z")),
        *(("decimal", wrong, "column_range") for wrong in ("-0.500000001", "2.500000001", "999999999999999")),
        *(("decimal", wrong, "column_value") for wrong in ("2,5", "1e0", ".5", 2.5, 1, "NaN", "٢")),
        *(("integer", wrong, "column_range") for wrong in (0, 13, -1, 10**400)),
        *(("integer", wrong, "column_value") for wrong in (True, "3", 3.5, float("nan"), float("inf"))),
        *(("boolean", wrong, "column_value") for wrong in (0, 1, "да")),
        *(("choice", wrong, "column_value") for wrong in ("C", "Первый", ["A"], 1)),
        *(("choices", wrong, "column_value") for wrong in (["A", "A"], ["C"], "A", [None], [["A"]])),
        *(("system", wrong, "unknown_system") for wrong in ("sys-3", "SYS-1")),
        *(("system", wrong, "column_value") for wrong in (1, ["sys-1"], True)),
        *(("systems", wrong, "unknown_system") for wrong in (["sys-1", "sys-3"],)),
        *(("systems", wrong, "column_value") for wrong in (["sys-1", "sys-1"], "sys-1", [1])),
    ],
)
def test_values_of_another_kind_are_refused(key: str, wrong: Any, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        values.check({key: wrong}, FORM, Language.RU, OWN)
    assert (refused.value.field, refused.value.reason) == (f"values.{key}", reason)
    assert refused.value.message(Language.RU) != refused.value.message(Language.EN)


def test_a_refused_number_is_told_its_range() -> None:
    with pytest.raises(Refusal) as refused:
        values.check({"decimal": "3"}, FORM, Language.EN)
    assert refused.value.message(Language.EN) == "The value of “Column DECIMAL” is out of range: -0.5…2.50."


def test_systems_are_nobodys_unless_they_are_given() -> None:
    with pytest.raises(Refusal, match="unknown_system"):
        values.check({"system": "sys-1"}, FORM, Language.RU)


def test_values_are_told_in_both_languages() -> None:
    systems = {
        "sys-1": {"kind": "FIRE_ALARM", "name": "АПС корпуса А", "model": "Рубеж-2ОП", "serial": "17", "place": None},
        "sys-2": {"kind": "LIFT", "name": "Лифт 2"},
    }
    told = printed_values({**GOOD, "decimal": "-0.50"}, FORM, Language.RU, "Europe/Moscow", systems)
    assert told == {
        "text": "Цех",
        "date": "22.11.2026",
        "date_time": "22.11.2026 12:05:33 UTC+03:00",
        "decimal": "-0,50\N{NO-BREAK SPACE}МПа",
        "integer": "12",
        "boolean": "нет",
        "choice": "Второй",
        "choices": "Второй; Первый",
        "system": "АПС корпуса А (Рубеж-2ОП, зав. № 17)",
        "systems": "Лифт 2; АПС корпуса А (Рубеж-2ОП, зав. № 17)",
    }
    english = printed_values(GOOD, FORM, Language.EN, "UTC", systems)
    assert (english["decimal"], english["boolean"]) == ("2.50\N{NO-BREAK SPACE}MPa", "no")
    assert english["system"] == "АПС корпуса А (Рубеж-2ОП, serial no. 17)"
    assert printed_values(GOOD, FORM, Language.EN, "UTC")["system"] == "sys-1"
