"""Values of an entry as texts for people, by the columns of the form that was in force when they were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from models.enums import Language
from pdf_templates.paper import ColumnPaper
from rules.local_time import DATES, local_time

YES_NO = {Language.RU: ("да", "нет"), Language.EN: ("yes", "no")}


def printed_columns(columns: Sequence[Mapping[str, Any]], language: Language) -> tuple[ColumnPaper, ...]:
    """The columns of a form, in printing order."""
    return tuple(ColumnPaper(key=column["key"], label=column["label"][language.value]) for column in columns)


def printed_values(
    values: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], language: Language, time_zone: str
) -> dict[str, str]:
    """The texts of the values that there are, by column key; moments are told in the IANA zone `time_zone`."""
    return {
        column["key"]: _text(values[column["key"]], column, language, time_zone)
        for column in columns
        if column["key"] in values
    }


def _text(value: Any, column: Mapping[str, Any], language: Language, time_zone: str) -> str:
    if isinstance(value, list):
        return "; ".join(_text(item, column, language, time_zone) for item in value)
    if isinstance(value, bool):
        return YES_NO[language][0 if value else 1]
    if value in column.get("choices", {}):
        return str(column["choices"][value][language.value])
    match column["schema"].get("format"):
        case "date-time":
            return local_time(datetime.fromisoformat(value), time_zone, language)
        case "date":
            return date.fromisoformat(value).strftime(DATES[language])
    return str(value)
