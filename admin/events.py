"""The history: every deed and every refusal that matters, as it was written in the transaction of the deed."""

from admin.filters import DayFilter, MemberFilter
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both
from models import events
from models.enums import EventKind

Event = mirrored(events.Event)


class EventScreen(Screen, model=Event):
    name = both("Событие", "Event")
    name_plural = both("История", "History")
    icon = "fa-solid fa-clock-rotate-left"
    column_list = ("occurred_at", "kind", "actor", "user", "operator", "subscriber", "object")
    column_details_list = (
        "occurred_at",
        "kind",
        "actor",
        "user",
        "operator",
        "subscriber",
        "object",
        "type",
        "journal",
        "entry",
        "certificate",
        "changes",
        "request_id",
        "id",
    )
    column_labels = {**LABELS, "user": both("О ком", "About whom")}
    column_searchable_list = ("actor.name", "user.person.name", "object.name", "request_id")
    column_sortable_list = ("occurred_at", "kind")
    column_default_sort = [("epoch", True), ("transaction_id", True), ("position", True)]
    column_filters = (
        MemberFilter("kind", EventKind, LABELS["kind"]),
        DayFilter("occurred_at", both("С", "From")),
        DayFilter("occurred_at", both("По", "Until"), until=True),
    )
