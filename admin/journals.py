"""Journals and the entries in them: which there are and how they stand, not what they say."""

from sqlalchemy import select

from admin.filters import DayFilter, MemberFilter, ReferenceFilter
from admin.formats import fixed_width, in_language
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.objects import WORK
from admin.organizations import of_operator
from admin.screen import Screen
from admin.wording import both
from models import entries, journals
from models.enums import EntryStatus, JournalStatus

JournalType = mirrored(journals.JournalType)
Journal = mirrored(journals.Journal)
Entry = mirrored(entries.Entry)


def of_type() -> ReferenceFilter:
    """Rows of one type of journal."""
    return ReferenceFilter(
        "type_id", LABELS["type"], lambda: select(JournalType.id, in_language(JournalType)).order_by(JournalType.code)
    )


class JournalScreen(Screen, model=Journal):
    name = both("Журнал", "Journal")
    name_plural = both("Журналы", "Journals")
    category = WORK
    icon = "fa-solid fa-book"
    column_list = ("object", "type", "volume", "status", "last_number", "opened_at", "closed_at")
    column_details_list = (
        "object",
        "type",
        "volume",
        "status",
        "last_number",
        "operator",
        "subscriber",
        "opened_at",
        "closed_at",
        "previous",
        "previous_digest",
        "id",
    )
    column_labels = {**LABELS, "previous_digest": both("SHA-256 предыдущего тома", "SHA-256 of the former volume")}
    column_formatters_detail = {"previous_digest": lambda row, _: fixed_width(row.previous_digest)}
    column_searchable_list = ("object.name", "object.address", "subscriber.name")
    column_sortable_list = ("volume", "status", "last_number", "opened_at", "closed_at")
    column_default_sort = ("opened_at", True)
    column_filters = (MemberFilter("status", JournalStatus, LABELS["status"]), of_type(), of_operator())


class EntryScreen(Screen, model=Entry):
    name = both("Запись", "Entry")
    name_plural = both("Записи", "Entries")
    category = WORK
    icon = "fa-solid fa-pen-to-square"
    column_list = ("object", "type", "journal.volume", "number", "status", "created_at")
    column_details_list = (
        "object",
        "journal",
        "number",
        "status",
        "operator",
        "subscriber",
        "author",
        "created_at",
        "id",
    )
    column_labels = {**LABELS, "created_at": both("Внесена", "Recorded")}
    column_searchable_list = ("object.name", "subscriber.name")
    column_sortable_list = ("number", "status", "created_at")
    column_default_sort = ("created_at", True)
    column_filters = (
        MemberFilter("status", EntryStatus, LABELS["status"]),
        of_type(),
        of_operator(),
        DayFilter("created_at", both("Внесена с", "Recorded from")),
        DayFilter("created_at", both("Внесена по", "Recorded until"), until=True),
    )
