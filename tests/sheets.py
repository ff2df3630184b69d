"""Sheets of objects, as customers send them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import openpyxl

HEADING = ("Название", "Адрес", "Часовой пояс", "Внешний код", "Контакт", "Телефон", "Системы")


def workbook(rows: Iterable[Sequence[object]], heading: Sequence[object] = HEADING) -> bytes:
    """An XLSX workbook of one sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (heading, *rows):
        sheet.append(list(row))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def text(rows: Iterable[Sequence[str]], delimiter: str = ";", heading: Sequence[str] = HEADING) -> str:
    """The same as CSV."""
    return "".join(delimiter.join(row) + "\r\n" for row in (heading, *rows))


def row(number: int, **changes: str) -> list[str]:
    """A row without a fault: `changes` by heading."""
    values = {
        "Название": f"Школа № {number}",
        "Адрес": f"г. Тверь, ул. Советская, д. {number}",
        "Часовой пояс": "Europe/Moscow",
        "Внешний код": f"Т-{number:05}",
        "Контакт": "Иванова Анна",
        "Телефон": "+7 900 000-00-00",
        "Системы": "FIRE_ALARM: АПС",
    }
    return list((values | changes).values())
