"""What is said of the rows of an import: CSV that a spreadsheet opens, a line for each problem."""

from __future__ import annotations

import csv
import io

from models.enums import ImportRowStatus, Language
from models.imports import ObjectImportRow
from rules.object_sheet import heading
from rules.refusals import Code, Refusal

HEADS = {
    Language.RU: ("Строка", "Состояние", "Столбец", "Замечание"),
    Language.EN: ("Row", "Status", "Column", "Problem"),
}
STATUSES = {
    Language.RU: {
        ImportRowStatus.READY: "готова",
        ImportRowStatus.FAULTY: "с ошибкой",
        ImportRowStatus.APPLIED: "перенесена",
    },
    Language.EN: {
        ImportRowStatus.READY: "ready",
        ImportRowStatus.FAULTY: "at fault",
        ImportRowStatus.APPLIED: "applied",
    },
}


def report_head(language: Language) -> str:
    """The first line."""
    return _line(HEADS[language])


def report_lines(row: ObjectImportRow, language: Language) -> str:
    """The lines of a report about one row of the sheet."""
    said = [
        (heading(each["field"], language), Refusal(Code.INVALID, each["reason"], details=each["details"]))
        for each in row.problems
    ]
    status = STATUSES[language][row.status]
    return "".join(
        _line((str(row.number), status, column, refusal.message(language))) for column, refusal in said
    ) or _line((str(row.number), status, "", ""))


def _line(cells: tuple[str, ...]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";").writerow(cells)
    return written.getvalue()
