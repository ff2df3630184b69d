"""Sheets that people send: XLSX workbooks and CSV texts, read row by row as plain text and no further than allowed."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import openpyxl
from defusedxml.common import DefusedXmlException

from rules.refusals import invalid

FILE_OCTETS = 10 * 1024 * 1024
UNPACKED_OCTETS = 64 * 1024 * 1024
"""What the parts of a workbook may come to; a sheet of 50,000 objects has some 25 MiB."""
PARTS = 500
ROWS = 50_000
"""Beside the heading."""
COLUMNS = 40
CELL_CHARACTERS = 5_000
CHARACTERS = 32 * 1024 * 1024
"""Of all cells together."""

ZIP_MAGIC = b"PK\x03\x04"
DELIMITERS = ",;\t"
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Row = tuple[int, list[str]]
"""Its number in the sheet, from 1, and its cells: trimmed texts, "" where nothing stands."""


def read_rows(file: BinaryIO) -> Iterator[Row]:
    """The rows of the first sheet that hold anything. Formulas are taken by the value they were saved with.

    :param file: an XLSX workbook, or a CSV text in UTF-8, UTF-16 with its mark or Windows-1251, divided by commas,
        semicolons or tabs
    :raises Refusal: INVALID naming `file`: too large in any respect, damaged, or no sheet at all
    """
    size = file.seek(0, io.SEEK_END)
    if size > FILE_OCTETS:
        raise invalid("file", "sheet_too_large", most=FILE_OCTETS >> 20)
    file.seek(0)
    packed = file.read(len(ZIP_MAGIC)) == ZIP_MAGIC
    file.seek(0)
    yield from _measured(_workbook_rows(file) if packed else _text_rows(file.read()))


def _measured(rows: Iterator[Row]) -> Iterator[Row]:
    found, characters = 0, 0
    for number, cells in rows:
        if not any(cells):
            continue
        found += 1
        characters += sum(map(len, cells))
        if found > ROWS + 1:
            raise invalid("file", "sheet_too_many_rows", most=ROWS)
        if characters > CHARACTERS or max(map(len, cells)) > CELL_CHARACTERS:
            raise invalid("file", "sheet_too_much_text", row=number)
        yield number, cells
    if not found:
        raise invalid("file", "sheet_empty")


def _text_rows(content: bytes) -> Iterator[Row]:
    lines = io.StringIO(_text(content), newline="")
    reader = csv.reader(lines, delimiter=_delimiter(lines), strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            yield number, [cell.strip() for cell in cells[:COLUMNS]]
    except csv.Error as error:
        raise invalid("file", "sheet_unreadable") from error


def _text(content: bytes) -> str:
    """The text in the encoding it says it has, else UTF-8 if it is that, else Windows-1251, as Russian Excel saves."""
    marked = next((name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    for encoding in [marked] if marked else ["utf-8", "cp1251"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise invalid("file", "sheet_unreadable")


def _delimiter(lines: io.StringIO) -> str:
    """What divides the first line that holds anything into the most cells."""
    first = next((line for line in lines if line.strip(f"{DELIMITERS} \r\n")), "")
    lines.seek(0)
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter), [])))


def _workbook_rows(file: BinaryIO) -> Iterator[Row]:
    try:
        _check_parts(file)
        # Read-only, or one cell at the far end of an empty sheet would make a million rows of it.
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
        if sheet is None:
            raise invalid("file", "sheet_empty")
        for row in sheet.iter_rows(max_col=COLUMNS, max_row=10 * ROWS):
            cells = [_written(cell.value) for cell in row]
            if any(cells):
                yield next(cell.row for cell in row if cell.value is not None), cells
    # openpyxl answers damage with whatever its parsers stumble over; theirs of XML is a SyntaxError.
    except (
        *(zipfile.BadZipFile, DefusedXmlException, SyntaxError, KeyError, ValueError, TypeError, IndexError),
        *(AttributeError, OSError, EOFError, NotImplementedError, RuntimeError, AssertionError, OverflowError),
    ) as error:
        raise invalid("file", "sheet_unreadable") from error


def _check_parts(file: BinaryIO) -> None:
    """Refuse what would grow too large: a part yields no more octets than its header tells."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNPACKED_OCTETS:
        raise invalid("file", "sheet_too_large", most=FILE_OCTETS >> 20)


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)
