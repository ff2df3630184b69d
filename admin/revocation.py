"""How certificates end: reports that a key may be in other hands, changes of status, revocation lists."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from admin.certificate_requests import AUTHORITY
from admin.enum_words import words
from admin.filters import DayFilter, MemberFilter, NullFilter
from admin.formats import fixed_width, moment
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both
from models import revocation
from models.enums import StatusChange
from rules import clock, installation

CompromiseReport = mirrored(revocation.CompromiseReport)
StatusChangeRow = mirrored(revocation.CertificateStatusChange)
RevocationList = mirrored(revocation.RevocationList)

OVERDUE = both("просрочено", "overdue")
HOLDER = {"certificate.holder": LABELS["holder"]}


def _serial(row: Any, _: str) -> str:
    return fixed_width(row.certificate.serial)


def _decide_by(row: Any, _: str) -> str:
    shown = moment(row.decide_by)
    return f"{shown}: {OVERDUE}" if row.decided_at is None and row.decide_by <= clock.now() else shown


class CompromiseReportScreen(Screen, model=CompromiseReport):
    name = both("Сообщение о компрометации", "Compromise report")
    name_plural = both("Сообщения о компрометации", "Compromise reports")
    category = AUTHORITY
    icon = "fa-solid fa-triangle-exclamation"
    column_list = ("reported_at", "certificate.holder", "certificate", "decide_by", "suspected_since", "outcome")
    column_details_list = (
        "certificate",
        "certificate.holder",
        "reported_by",
        "reported_at",
        "suspected_since",
        "comment",
        "decide_by",
        "reminded_at",
        "decided_at",
        "outcome",
        "id",
    )
    column_labels = {**LABELS, **HOLDER, "reminded_at": both("Напомнено", "Reminded")}
    column_formatters = {"certificate": _serial, "decide_by": _decide_by}
    column_formatters_detail = column_formatters
    column_searchable_list = ("certificate.serial", "certificate.holder.name")
    column_sortable_list = ("reported_at", "decide_by", "suspected_since")
    # PostgreSQL puts the undecided, who have no such moment, before all others when it sorts downwards.
    column_default_sort = [("decided_at", True), ("decide_by", False)]
    column_filters = (
        NullFilter(
            "decided_at",
            both("Решение", "Decision"),
            absent=("undecided", both("Ожидают решения", "Awaiting a decision")),
            present=("decided", both("Решённые", "Decided")),
            default_value="undecided",
        ),
    )

    def called(self, row: Any) -> str:
        """By whose key may be in other hands."""
        return f"{row.certificate.holder}, {moment(row.reported_at)}"


class StatusChangeScreen(Screen, model=StatusChangeRow):
    name = both("Изменение статуса", "Status change")
    name_plural = both("Изменения статуса", "Status changes")
    category = AUTHORITY
    icon = "fa-solid fa-clock-rotate-left"
    column_list = ("at", "certificate.holder", "certificate", "kind", "reason", "decided_by")
    column_details_list = (
        "certificate",
        "certificate.holder",
        "kind",
        "at",
        "reason",
        "invalid_since",
        "comment",
        "requested_by",
        "decided_by",
        "request",
        "id",
    )
    column_labels = {
        **LABELS,
        **HOLDER,
        "kind": both("Что произошло", "What happened"),
        "reason": both("Причина", "Reason"),
    }
    column_formatters = {"certificate": _serial}
    column_formatters_detail = column_formatters
    column_searchable_list = ("certificate.serial", "certificate.holder.name")
    column_sortable_list = ("at", "kind")
    column_default_sort = ("at", True)
    column_filters = (
        MemberFilter("kind", StatusChange, both("Что произошло", "What happened")),
        DayFilter("at", both("С", "From")),
        DayFilter("at", both("По", "Until"), until=True),
    )

    def called(self, row: Any) -> str:
        """By what happened to which certificate."""
        return f"{words(row.kind)}, {row.certificate.serial}"


class RevocationListScreen(Screen, model=RevocationList):
    name = both("Список отозванных", "Revocation list")
    name_plural = both("Списки отозванных", "Revocation lists")
    category = AUTHORITY
    icon = "fa-solid fa-rectangle-list"
    list_template = "revocation_lists.html"
    column_list = ("number", "issuer_key_id", "this_update", "next_update")
    column_details_list = ("number", "issuer_key_id", "this_update", "next_update", "id")
    column_formatters = {"issuer_key_id": lambda row, _: fixed_width(row.issuer_key_id)}
    column_formatters_detail = column_formatters
    column_searchable_list = ("issuer_key_id",)
    column_sortable_list = ("number", "this_update", "next_update")
    column_default_sort = [("this_update", True), ("number", True)]

    async def list_context(self, request: Request) -> dict[str, Any]:
        """Beside the rows: the issuers, each of whose last list is to be had by its address."""
        return {"issuers": [generation.key_id for generation in installation.current().authority.generations]}
