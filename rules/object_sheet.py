"""What a sheet of objects looks like: its columns by their headings, its rows as objects, the form to fill in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import openpyxl
from openpyxl.styles import Font

from models.enums import Language
from rules import texts
from rules.objects import Contact, ObjectDetails, checked
from rules.refusals import Refusal, invalid
from rules.spreadsheets import COLUMNS as MOST_COLUMNS
from rules.spreadsheets import Row, read_rows

RU, EN = Language.RU, Language.EN
MOST_SYSTEMS = 50

Problem = dict[str, Any]
"""`{field, reason, details}` of a refusal."""
Kinds = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its headings, the first of a language being the form's own; the argument that its values become."""

    argument: str
    ru: tuple[str, ...]
    en: tuple[str, ...]
    required: bool = False
    example: str = ""


COLUMNS: dict[str, Column] = {
    "name": Column("name", ("Название", "Наименование", "Объект"), ("Name", "Object"), True, "Школа № 12"),
    "address": Column("address", ("Адрес",), ("Address",), True, "г. Тверь, ул. Советская, д. 5"),
    "time_zone": Column("timeZone", ("Часовой пояс",), ("Time zone", "Timezone"), True, "Europe/Moscow"),
    "external_id": Column(
        "externalId", ("Внешний код", "Код", "Внешний идентификатор"), ("External id", "External ID"), example="Т-0012"
    ),
    "contact_name": Column(
        "contacts.0.name", ("Контактное лицо", "Контакт"), ("Contact name", "Contact"), example="Иванова Анна"
    ),
    "contact_position": Column(
        "contacts.0.position", ("Должность",), ("Contact position", "Position"), example="Завхоз"
    ),
    "contact_phone": Column("contacts.0.phone", ("Телефон",), ("Contact phone", "Phone"), example="+7 900 000-00-00"),
    "contact_email": Column(
        "contacts.0.email",
        ("Электронная почта", "Почта"),
        ("Contact email", "Email", "E-mail"),
        example="a@school.test",
    ),
    "systems": Column("systems", ("Системы",), ("Systems",), example="FIRE_ALARM: АПС; VIDEO_SURVEILLANCE: Видео"),
}
HEADINGS = {texts.sort_key(heading): key for key, column in COLUMNS.items() for heading in (*column.ru, *column.en)}
STAND_INS: dict[str, Any] = {"name": "-", "address": "-", "time_zone": "UTC", "external_id": None, "contacts": ()}
"""What takes the place of a value at fault, so that the others are judged too."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A row that was judged: the columns of the object and its systems, (kind, name) each, or the problems."""

    columns: dict[str, Any]
    systems: list[tuple[str, str]]
    problems: list[Problem]


def read_objects(file: BinaryIO) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a sheet below its heading, by number, with the cells by the keys of `COLUMNS`.

    :raises Refusal: INVALID naming `file`, as `read_rows` and for a heading that lacks a required column, names one
        twice or names what nobody knows
    """
    rows = read_rows(file)
    keys = _keys(next(rows))
    for number, cells in rows:
        yield number, {key: cells[place] for place, key in keys.items() if place < len(cells) and cells[place]}


def judged(given: Mapping[str, str], kinds: Kinds) -> Judged:
    """What the row `given` makes, by the rules of objects and systems.

    :param kinds: the kinds of systems there are, {key: {ru, en}}
    """
    contact = Contact(
        name=given.get("contact_name", ""),
        position=given.get("contact_position"),
        phone=given.get("contact_phone"),
        email=given.get("contact_email"),
    )
    details = ObjectDetails(
        name=given.get("name", ""),
        address=given.get("address", ""),
        time_zone=given.get("time_zone", ""),
        external_id=given.get("external_id"),
        contacts=[contact] if any(key.startswith("contact_") for key in given) else (),
    )
    problems: list[Problem] = []
    columns: dict[str, Any] = {}
    for _ in range(len(STAND_INS) + 1):
        try:
            columns = checked(details)
            break
        except Refusal as refusal:
            problems.append(problem(refusal))
            at_fault = next(key for key in STAND_INS if (refusal.field or "").startswith(_argument(key)))
            details = replace(details, **{at_fault: STAND_INS[at_fault]})
    systems: list[tuple[str, str]] = []
    try:
        systems = _systems(given.get("systems", ""), kinds)
    except Refusal as refusal:
        problems.append(problem(refusal))
    return Judged(columns, systems, problems)


def problem(refusal: Refusal) -> Problem:
    """A refusal as a staged row keeps it."""
    return {"field": refusal.field, "reason": refusal.reason, "details": refusal.details}


def heading(argument: str | None, language: Language) -> str:
    """How the form calls the column of an argument."""
    column = next((each for each in COLUMNS.values() if each.argument == argument), None)
    return (column.ru if language is RU else column.en)[0] if column else argument or ""


def form(language: Language, kinds: Kinds) -> bytes:
    """An XLSX workbook to fill in: the headings, and a second sheet that explains them."""
    book = openpyxl.Workbook()
    sheet, guide = book.worksheets[0], book.create_sheet("Как заполнять" if language is RU else "How to fill in")
    sheet.title = "Объекты" if language is RU else "Objects"
    sheet.append([heading(column.argument, language) for column in COLUMNS.values()])
    sheet.freeze_panes = "A2"
    for column in COLUMNS.values():
        needed = ("обязательно" if language is RU else "required") if column.required else ""
        guide.append([heading(column.argument, language), needed, column.example])
    guide.append([])
    guide.append(["Виды систем" if language is RU else "Kinds of systems"])
    for key, names in kinds.items():
        guide.append([key, "", names[language.value]])
    for cell in (*sheet[1], *guide["A"]):
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = guide.column_dimensions[cell.column_letter].width = 28
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _argument(key: str) -> str:
    return "timeZone" if key == "time_zone" else "externalId" if key == "external_id" else key


def _keys(row: Row) -> dict[int, str]:
    """The column that each place of the heading is."""
    found: dict[int, str] = {}
    for place, cell in enumerate(row[1][:MOST_COLUMNS]):
        key = HEADINGS.get(texts.sort_key(cell.removesuffix("*")))
        if cell and key is None:
            raise invalid("file", "sheet_heading_unknown", heading=cell[:100])
        if key in found.values():
            raise invalid("file", "sheet_heading_twice", heading=cell[:100])
        if key:
            found[place] = key
    for key, column in COLUMNS.items():
        if column.required and key not in found.values():
            raise invalid("file", "sheet_heading_missing", ru=column.ru[0], en=column.en[0])
    return found


def _systems(text: str, kinds: Kinds) -> list[tuple[str, str]]:
    """`KIND: name; KIND: name`; a kind is named by its key or in either language, and the name may be left out."""
    named = {texts.sort_key(name): key for key, names in kinds.items() for name in (key, *names.values())}
    systems: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        kind, _, name = (each.strip() for each in part.partition(":"))
        key = named.get(texts.sort_key(kind))
        if key is None:
            raise invalid("systems", "system_kind")
        systems.append((key, texts.text(name or kinds[key]["ru"], "systems", most=300)))
    if len(systems) > MOST_SYSTEMS:
        raise invalid("systems", "too_many", most=MOST_SYSTEMS)
    return systems
