"""What was issued: the certificate's state and history, what its key is suspected of, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqladmin import expose
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from admin.acting import act, moment_of, text_of
from admin.certificate_requests import AUTHORITY
from admin.enum_words import ENUM_WORDS, words
from admin.filters import DayFilter, MemberFilter
from admin.formats import fixed_width
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both
from models import certificates
from models.enums import CertificateStatus, RevocationReason, StatusChange
from models.revocation import CertificateStatusChange, CompromiseReport
from models.signatures import Signature
from rules import clock, published_certificates
from rules.actor import Actor
from rules.certificate_status import standing_at
from rules.refusals import invalid
from rules.revocation import release_certificate, revoke_certificate, suspend_certificate

Certificate = mirrored(certificates.Certificate)
IssuanceIntent = mirrored(certificates.IssuanceIntent)

MOST_SIGNATURES = 100
PEM_TYPE = "application/x-pem-file"


def _status(row: Any, _: str) -> str:
    """As stored, except that a term that is over is told from the term."""
    return words(standing_at(row, clock.now()))


def _serial(row: Any, _: str) -> str:
    return fixed_width(row.serial)


class CertificateScreen(Screen, model=Certificate):
    name = both("Сертификат", "Certificate")
    name_plural = both("Сертификаты", "Certificates")
    category = AUTHORITY
    icon = "fa-solid fa-certificate"
    details_template = "certificate.html"
    column_list = ("serial", "holder", "organization", "status", "not_before", "not_after", "issued_at")
    column_details_list = (
        "serial",
        "holder",
        "user",
        "organization",
        "status",
        "suspended_at",
        "revoked_at",
        "revocation_reason",
        "invalid_since",
        "not_before",
        "not_after",
        "custody",
        "fingerprint",
        "issuer_key_id",
        "request",
        "issued_at",
        "id",
    )
    column_formatters = {"serial": _serial, "status": _status}
    column_formatters_detail = {
        **column_formatters,
        "fingerprint": lambda row, _: fixed_width(row.fingerprint),
        "issuer_key_id": lambda row, _: fixed_width(row.issuer_key_id),
    }
    column_searchable_list = ("serial", "holder.name", "user.email", "organization.name", "fingerprint")
    column_sortable_list = ("not_before", "not_after", "issued_at")
    column_default_sort = ("issued_at", True)
    column_filters = (
        MemberFilter("status", CertificateStatus, LABELS["status"]),
        DayFilter("not_after", both("Кончается с", "Ends from")),
        DayFilter("not_after", both("Кончается по", "Ends until"), until=True),
    )

    def shown_of(self, row: Any) -> Iterator[str]:
        """What the page says of the certificate itself: not ended, it has no end to tell of."""
        return (name for name in self.column_details_list if getattr(row, name) is not None)

    async def details_context(self, request: Request) -> dict[str, Any]:
        """Beside the row: its history, the reports about its key, what that key has signed, the linter's findings."""
        id = request.path_params["pk"]
        certificate = await certificates.Certificate.get_or_none(id=id).only("id", "lint", "invalid_since")
        if certificate is None:
            raise HTTPException(404)
        reports = (
            await CompromiseReport.filter(certificate_id=id)
            .order_by("-reported_at")
            .prefetch_related("reported_by__person")
        )
        since = _suspected_since(certificate.invalid_since, reports)
        return {
            "changes": await CertificateStatusChange.filter(certificate_id=id)
            .order_by("at")
            .prefetch_related("decided_by__person", "requested_by__person"),
            "reports": reports,
            "since": since,
            "signed": await _signed_since(id, since) if since else None,
            "findings": certificate.lint.get("findings", []),
            "now": clock.now(),
            "reasons": ENUM_WORDS[RevocationReason],
        }

    @expose("/pem/{pk}")
    async def pem(self, request: Request) -> Response:
        """The certificate as a file."""
        row = await self.get_object_for_details(request)
        if row is None:
            raise HTTPException(404)
        certificate = await certificates.Certificate.get(id=row.id).only("id", "serial", "der")
        return Response(
            published_certificates.pem(bytes(certificate.der)),
            media_type=PEM_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{certificate.serial}.pem"'},
        )

    @expose("/suspend/{pk}", methods=["POST"])
    async def suspend(self, request: Request) -> Response:
        """Put the certificate on hold."""
        return await act(self, request, "suspend", _suspend)

    @expose("/release/{pk}", methods=["POST"])
    async def release(self, request: Request) -> Response:
        """End the hold."""
        return await act(self, request, "release", _release)

    @expose("/revoke/{pk}", methods=["POST"])
    async def revoke(self, request: Request) -> Response:
        """Revoke the certificate for good."""
        return await act(self, request, "revoke", _revoke)


async def _suspend(actor: Actor, row: Any, form: FormData) -> str:
    await suspend_certificate(actor, row.id, comment=text_of(form, "comment"))
    return str(both("Действие сертификата приостановлено", "The certificate is on hold"))


async def _release(actor: Actor, row: Any, form: FormData) -> str:
    await release_certificate(actor, row.id, comment=text_of(form, "comment"))
    return str(both("Действие сертификата возобновлено", "The certificate is in force again"))


async def _revoke(actor: Actor, row: Any, form: FormData) -> str:
    reason = text_of(form, "reason")
    if reason not in set(RevocationReason):
        raise invalid("reason", "required")
    await revoke_certificate(
        actor,
        row.id,
        reason=RevocationReason(reason),
        comment=text_of(form, "comment"),
        invalid_since=moment_of(form, "invalidityDate"),
    )
    return str(both("Сертификат отозван, список отзыва обновлён", "The certificate is revoked, the list is renewed"))


def _suspected_since(invalid_since: datetime | None, reports: list[CompromiseReport]) -> datetime | None:
    """Since when the key is or may be in other hands; a suspicion that ended in a release is over."""
    suspicions = [report.suspected_since for report in reports if report.outcome is not StatusChange.RELEASED]
    return min([*suspicions, *([invalid_since] if invalid_since else [])], default=None)


async def _signed_since(id: UUID, since: datetime) -> dict[str, Any]:
    """How many signatures the key has made from a moment on, and the last of them."""
    made = Signature.filter(certificate_id=id, signed_at__gte=since)
    last = made.order_by("-signed_at").limit(MOST_SIGNATURES).only("id", "code", "signed_at", "entry_id", "object_id")
    return {
        "count": await made.count(),
        "last": await last.prefetch_related("object", "entry__journal__type"),
    }


class IssuanceIntentScreen(Screen, model=IssuanceIntent):
    name = both("Намерение выпустить", "Issuance intent")
    name_plural = both("Намерения выпустить", "Issuance intents")
    category = AUTHORITY
    icon = "fa-solid fa-stamp"
    column_list = ("created_at", "serial", "request", "decided_by", "not_before", "not_after")
    column_details_list = ("created_at", "serial", "request", "decided_by", "not_before", "not_after", "id")
    column_formatters = {"serial": _serial}
    column_formatters_detail = column_formatters
    column_searchable_list = ("serial", "request.person.name")
    column_sortable_list = ("created_at",)
    column_default_sort = ("created_at", True)
