"""Values of an entry as texts for people, by the columns of the form that was in force when they were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from models.enums import Language
from pdf_templates.paper import ColumnPaper
from rules.local_time import DATES, local_time

NO_SYSTEMS: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
SERIAL = {Language.RU: "зав. №", Language.EN: "serial no."}
YES_NO = {Language.RU: ("да", "нет"), Language.EN: ("yes", "no")}


def printed_columns(columns: Sequence[Mapping[str, Any]], language: Language) -> tuple[ColumnPaper, ...]:
    """The columns of a form, in printing order."""
    return tuple(ColumnPaper(key=column["key"], label=column["label"][language.value]) for column in columns)


def printed_values(
    values: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    language: Language,
    time_zone: str,
    systems: Mapping[str, Mapping[str, Any]] = NO_SYSTEMS,
) -> dict[str, str]:
    """The texts of the values that there are, by column key.

    Moments are told in the IANA zone `time_zone`; numbers with their units, as exact as they were given; systems by
    `systems`, which tells `{kind, name, model, serial, place}` by public id, as the signed content does.
    """
    return {
        column["key"]: _text(values[column["key"]], column, language, time_zone, systems)
        for column in columns
        if column["key"] in values
    }


def _text(
    value: Any,
    column: Mapping[str, Any],
    language: Language,
    time_zone: str,
    systems: Mapping[str, Mapping[str, Any]],
) -> str:
    if isinstance(value, list):
        return "; ".join(_text(item, column, language, time_zone, systems) for item in value)
    if isinstance(value, bool):
        return YES_NO[language][0 if value else 1]
    if value in column.get("choices", {}):
        return str(column["choices"][value][language.value])
    match _format(column["schema"]):
        case "date-time":
            return local_time(datetime.fromisoformat(value), time_zone, language)
        case "date":
            return date.fromisoformat(value).strftime(DATES[language])
        case "decimal":
            return _number(value.replace(".", ",") if language is Language.RU else value, column, language)
        case "system" if value in systems:
            return _system(systems[value], language)
    return _number(str(value), column, language)


def _format(schema: Mapping[str, Any]) -> str | None:
    form: str | None = schema.get("items", schema).get("format")
    return form


def _number(text: str, column: Mapping[str, Any], language: Language) -> str:
    return f"{text}\N{NO-BREAK SPACE}{column['unit'][language.value]}" if "unit" in column else text


def _system(system: Mapping[str, Any], language: Language) -> str:
    model, serial, place = (system.get(name) for name in ("model", "serial", "place"))
    particulars = [part for part in (model, serial and f"{SERIAL[language]} {serial}", place) if part]
    return f"{system['name']} ({', '.join(particulars)})" if particulars else str(system["name"])


def file_size(octets: int, language: Language) -> str:
    """A size as people tell it."""
    mebibytes = octets / 2**20
    if mebibytes < 0.1:
        return f"{octets} {'байт' if language is Language.RU else 'octets'}"
    told = f"{mebibytes:.1f}"
    return f"{told.replace('.', ',')} МБ" if language is Language.RU else f"{told} MB"
