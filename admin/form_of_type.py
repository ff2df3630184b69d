"""A journal type's version as people read it, and as a form's fields: columns and signatures are JSON there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from starlette.datastructures import FormData

from admin.acting import text_of
from admin.enum_words import words
from admin.wording import both, language
from models.enums import Duty, Side, VolumePeriod
from models.journals import JournalTypeVersion
from rules.columns import ColumnKind, kind_of
from rules.journal_types import TypeDetails
from rules.refusals import invalid

KINDS: dict[ColumnKind, str] = {
    ColumnKind.TEXT: both("текст", "text"),
    ColumnKind.DATE: both("дата", "date"),
    ColumnKind.DATE_TIME: both("дата и время", "date and time"),
    ColumnKind.DECIMAL: both("число", "number"),
    ColumnKind.INTEGER: both("целое число", "integer"),
    ColumnKind.BOOLEAN: both("да или нет", "yes or no"),
    ColumnKind.CHOICE: both("выбор", "choice"),
    ColumnKind.CHOICES: both("выбор нескольких", "several choices"),
    ColumnKind.SYSTEM: both("система объекта", "system of the object"),
    ColumnKind.SYSTEMS: both("системы объекта", "systems of the object"),
}
CHARACTERS = both("знаков, не более", "characters at most")
OF_LIST = both("из справочника", "from the reference list")
BOUNDS = {ColumnKind.DECIMAL: ("decimalMinimum", "decimalMaximum"), ColumnKind.INTEGER: ("minimum", "maximum")}

COLUMN_MEMBERS = ("key", "label", "required", "unit", "schema", "choices", "list")
SLOT_MEMBERS = ("side", "duty", "order", "group", "deadlineDays")


def shown_columns(version: JournalTypeVersion) -> Iterator[dict[str, Any]]:
    """The columns in words: the label in both languages, the kind, what a value may be, whether there must be one."""
    for column in version.columns:
        kind = kind_of(column)
        yield {
            "ru": column["label"]["ru"],
            "en": column["label"]["en"],
            "key": column["key"],
            "kind": KINDS[kind],
            "values": _values(column, kind),
            "required": column["required"],
        }


def _values(column: dict[str, Any], kind: ColumnKind) -> str:
    schema, unit = column["schema"], column.get("unit", {}).get(language().value, "")
    match kind:
        case ColumnKind.TEXT:
            return f"{CHARACTERS} {schema['maxLength']}"
        case ColumnKind.DECIMAL | ColumnKind.INTEGER:
            least, most = (schema.get(name, "") for name in BOUNDS[kind])
            return f"{least}…{most} {unit}".strip() if least != "" or most != "" else unit
        case ColumnKind.CHOICE | ColumnKind.CHOICES:
            named = [column["choices"][key][language().value] for key in schema.get("items", schema)["enum"]]
            source = f" ({OF_LIST} {column['list']})" if "list" in column else ""
            return "; ".join(named) + source
    return ""


def shown_slots(version: JournalTypeVersion) -> Iterator[dict[str, Any]]:
    """The signatures that an entry requires, in words."""
    for slot in version.signature_policy:
        yield {**slot, "side": words(Side(slot["side"])), "duty": words(Duty(slot["duty"]))}


def filled_form(version: JournalTypeVersion) -> dict[str, str]:
    """The fields of the form that say what a version says."""
    limits = {
        "retentionYears": version.retention_years,
        "recordWithinHours": version.record_within_hours,
        "volumeEntries": version.volume_entries,
        "version": version.number,
    }
    return {
        "nameRu": version.name_ru,
        "nameEn": version.name_en,
        "regulation": version.regulation,
        "approvalOrder": version.approval_order or "",
        "volumePeriod": version.volume_period.value if version.volume_period else "",
        **{name: "" if value is None else str(value) for name, value in limits.items()},
        "columns": _laid_out([_ordered(column) for column in version.columns]),
        "signaturePolicy": _laid_out(
            [{name: slot[name] for name in SLOT_MEMBERS} for slot in version.signature_policy]
        ),
    }


def _ordered(column: dict[str, Any]) -> dict[str, Any]:
    """A column's members in the order people write them, which the database does not keep. The words of a list's items
    are left out: they are taken from the list again."""
    members = {name: column[name] for name in COLUMN_MEMBERS if name in column}
    if "list" in column:
        del members["choices"]
    elif "choices" in column:
        schema = column["schema"]
        members["choices"] = {key: column["choices"][key] for key in schema.get("items", schema)["enum"]}
    return members


def _laid_out(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def details_of_form(form: FormData) -> TypeDetails:
    """What a form says, as it was typed; the rules check it.

    :raises Refusal: INVALID, for what is no number where one is needed, and for what is not JSON
    """
    period = text_of(form, "volumePeriod")
    if period and period not in [*VolumePeriod]:
        raise invalid("volumePeriod", "INVALID")
    return TypeDetails(
        name_ru=text_of(form, "nameRu"),
        name_en=text_of(form, "nameEn"),
        regulation=text_of(form, "regulation"),
        approval_order=text_of(form, "approvalOrder") or None,
        columns=_json(form, "columns"),
        signature_policy=_json(form, "signaturePolicy"),
        retention_years=_required(form, "retentionYears"),
        record_within_hours=_required(form, "recordWithinHours"),
        volume_entries=_whole(form, "volumeEntries"),
        volume_period=VolumePeriod(period) if period else None,
    )


def version_of_form(form: FormData) -> int:
    """The number of the version that the form was filled with. Raises INVALID."""
    return _required(form, "version")


def _json(form: FormData, name: str) -> object:
    typed = text_of(form, name)
    if not typed.strip():
        return None
    try:
        return orjson.loads(typed)
    except orjson.JSONDecodeError as error:
        raise invalid(name, "json_syntax", line=error.lineno, column=error.colno) from None


def _whole(form: FormData, name: str) -> int | None:
    typed = text_of(form, name).strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise invalid(name, "INVALID")
    return int(typed)


def _required(form: FormData, name: str) -> int:
    number = _whole(form, name)
    if number is None:
        raise invalid(name, "required")
    return number
