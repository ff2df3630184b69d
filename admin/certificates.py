"""The authority's work: requests for certificates, the decision on them, and what was issued."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqladmin import Flash, expose
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.door import actor_of, sent_form
from admin.enum_words import ENUM_WORDS, words
from admin.filters import DayFilter, MemberFilter
from admin.formats import fixed_width
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both, status_of
from models import certificates
from models.enums import CertificateStatus, IdentificationMethod, RequestStatus
from rules import clock
from rules.actor import Actor
from rules.certificate_status import standing_at
from rules.certificates import Identification, approve_request, reject_request
from rules.refusals import Refusal, invalid

CertificateRequest = mirrored(certificates.CertificateRequest)
Certificate = mirrored(certificates.Certificate)
IssuanceIntent = mirrored(certificates.IssuanceIntent)

AUTHORITY = both("Удостоверяющий центр", "Certification authority")
UNDECIDED = (RequestStatus.SUBMITTED, RequestStatus.ON_HOLD)
OF_THE_REQUEST = (
    "status",
    "kind",
    "created_at",
    "decided_by",
    "decided_at",
    "comment",
    "identification_method",
    "identification_document",
    "identification_date",
    "identification_note",
    "id",
)

Decision = Callable[[Actor, UUID, FormData], Awaitable[str]]
"""Carries out what a form asks and says what has been done."""


class CertificateRequestScreen(Screen, model=CertificateRequest):
    name = both("Заявка на сертификат", "Certificate request")
    name_plural = both("Заявки на сертификаты", "Certificate requests")
    category = AUTHORITY
    icon = "fa-solid fa-inbox"
    details_template = "certificate_request.html"
    column_list = ("created_at", "person", "organization", "kind", "status", "decided_by", "decided_at")
    column_details_list = (*OF_THE_REQUEST, "person", "organization", "user")
    column_labels = {**LABELS, "created_at": both("Подана", "Submitted")}
    column_searchable_list = ("person.name", "user.email", "organization.name", "organization.inn")
    column_sortable_list = ("created_at", "status", "decided_at")
    column_default_sort = "created_at"
    column_filters = (
        MemberFilter(
            "status",
            RequestStatus,
            LABELS["status"],
            groups={"undecided": (both("Ожидают решения", "Awaiting a decision"), UNDECIDED)},
            default_value="undecided",
        ),
    )

    def shown_of(self, row: Any) -> Iterator[str]:
        """What the page says of the request itself: undecided, it has no decision to tell of."""
        return (name for name in OF_THE_REQUEST if getattr(row, name) is not None)

    async def details_context(self, request: Request) -> dict[str, Any]:
        """Beside the row: its key, as far as the key may be seen, and whether the visitor may decide."""
        keys = certificates.SigningKey.filter(request__id=request.path_params["pk"])
        return {
            "key": (await keys.values("custody", "public_key_digest"))[0],
            "methods": ENUM_WORDS[IdentificationMethod],
            "visitor": actor_of(request),
            "undecided": UNDECIDED,
        }

    @expose("/issue/{pk}", methods=["POST"])
    async def issue(self, request: Request) -> Response:
        """Issue the certificate asked for."""
        return await self._decide(request, "issue", _issue)

    @expose("/reject/{pk}", methods=["POST"])
    async def reject(self, request: Request) -> Response:
        """Reject the request."""
        return await self._decide(request, "reject", _reject)

    async def _decide(self, request: Request, sent: str, decide: Decision) -> Response:
        form = await sent_form(request)
        row = await self.get_object_for_details(request)
        if row is None:
            raise HTTPException(404)
        page = request.url_for("admin:details", identity=self.identity, pk=row.id).path
        try:
            done = await decide(actor_of(request), row.id, form)
        except Refusal as refusal:
            # As it is now, with all that was typed: a second decider sees what the first one has decided.
            row = await self.get_object_for_details(request)
            more = {"page": page, "sent": sent, "typed": form, "refusal": refusal}
            context = {"model_view": self, "model": row, **await self.details_context(request), **more}
            return await self.templates.TemplateResponse(
                request, self.details_template, context, status_code=status_of(refusal)
            )
        Flash.success(request, done)
        return RedirectResponse(page, 303)


async def _issue(actor: Actor, id: UUID, form: FormData) -> str:
    method = _text(form, "identification.method")
    if method not in set(IdentificationMethod):
        raise invalid("identification.method", "required")
    try:
        checked_on = date.fromisoformat(_text(form, "identification.date"))
    except ValueError:
        raise invalid("identification.date", "required") from None
    identification = Identification(
        method=IdentificationMethod(method),
        document=_text(form, "identification.document"),
        date=checked_on,
        note=_text(form, "identification.note") or None,
    )
    certificate = await approve_request(actor, id, identification)
    return f"{both('Сертификат выпущен, его номер', 'The certificate is issued, its number')} {certificate.serial}"


async def _reject(actor: Actor, id: UUID, form: FormData) -> str:
    await reject_request(actor, id, comment=_text(form, "comment"))
    return str(both("Заявка отклонена, заявитель узнает причину", "The request is rejected, its maker is told why"))


def _text(form: FormData, name: str) -> str:
    """What was typed. Browsers send line breaks as CRLF (HTML standard, "constructing the entry list")."""
    return str(form.get(name, "")).replace("\r\n", "\n")


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
    column_list = ("serial", "holder", "organization", "status", "not_before", "not_after", "issued_at")
    column_details_list = (
        "serial",
        "holder",
        "user",
        "organization",
        "status",
        "custody",
        "not_before",
        "not_after",
        "fingerprint",
        "request",
        "issued_at",
        "suspended_at",
        "revoked_at",
        "revocation_reason",
        "invalid_since",
        "id",
    )
    column_formatters = {"serial": _serial, "status": _status}
    column_formatters_detail = {**column_formatters, "fingerprint": lambda row, _: fixed_width(row.fingerprint)}
    column_searchable_list = ("serial", "holder.name", "user.email", "organization.name", "fingerprint")
    column_sortable_list = ("not_before", "not_after", "issued_at")
    column_default_sort = ("issued_at", True)
    column_filters = (
        MemberFilter("status", CertificateStatus, LABELS["status"]),
        DayFilter("not_after", both("Кончается с", "Ends from")),
        DayFilter("not_after", both("Кончается по", "Ends until"), until=True),
    )


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
