"""The queue of requests, the check of identity and the decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqladmin import expose
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from admin.acting import act, text_of
from admin.door import actor_of
from admin.enum_words import ENUM_WORDS
from admin.filters import MemberFilter
from admin.formats import moment
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both
from models import certificates
from models.enums import UNDECIDED, Custody, IdentificationMethod, RequestKind, RequestStatus
from rules import clock, installation
from rules.actor import Actor
from rules.certificate_decisions import (
    Identification,
    approve_request,
    hold_request,
    identify_requester,
    reject_request,
)
from rules.refusals import invalid

CertificateRequest = mirrored(certificates.CertificateRequest)

AUTHORITY = both("Удостоверяющий центр", "Certification authority")
OVERDUE = both("срок рассмотрения истёк", "expired undecided")
OF_THE_REQUEST = (
    "kind",
    "status",
    "target",
    "reason",
    "invalid_since",
    "remark",
    "requested_by",
    "created_at",
    "expires_at",
    "identified_by",
    "identified_at",
    "identification_method",
    "identification_document",
    "identification_date",
    "identification_note",
    "decided_by",
    "decided_at",
    "comment",
    "id",
)
OF_IDENTIFICATION = ("method", "document", "date", "note")


def _waiting(row: Any) -> bool:
    return row.status in UNDECIDED and row.expires_at > clock.now()


def _until(row: Any, _: str) -> str:
    shown = moment(row.expires_at)
    return f"{shown}: {OVERDUE}" if row.status in UNDECIDED and not _waiting(row) else shown


def _revokes(row: Any) -> bool:
    return bool(row.kind is RequestKind.REVOKE)


def _issues(row: Any) -> bool:
    return not _revokes(row)


class CertificateRequestScreen(Screen, model=CertificateRequest):
    name = both("Заявка на сертификат", "Certificate request")
    name_plural = both("Заявки на сертификаты", "Certificate requests")
    category = AUTHORITY
    icon = "fa-solid fa-inbox"
    details_template = "certificate_request.html"
    column_list = ("created_at", "person", "organization", "kind", "status", "expires_at", "decided_by", "decided_at")
    column_details_list = (*OF_THE_REQUEST, "person", "organization", "user")
    column_labels = {
        **LABELS,
        "created_at": both("Подана", "Submitted"),
        "expires_at": both("Рассмотреть до", "Decide by"),
        "identification_date": both("Дата проверки", "Date of the check"),
    }
    column_formatters = {"expires_at": _until}
    column_formatters_detail = column_formatters
    column_searchable_list = ("person.name", "user.email", "organization.name", "organization.inn")
    column_sortable_list = ("created_at", "status", "expires_at", "decided_at")
    column_default_sort = "created_at"
    column_filters = (
        MemberFilter(
            "status",
            RequestStatus,
            LABELS["status"],
            groups={"undecided": (both("Ожидают решения", "Awaiting a decision"), UNDECIDED)},
            default_value="undecided",
        ),
        MemberFilter("kind", RequestKind, LABELS["kind"]),
    )

    def shown_of(self, row: Any) -> Iterator[str]:
        """What the page says of the request itself: undecided, it has no decision to tell of."""
        untold = {"requested_by"} if row.requested_by_id == row.user_id else set()
        return (name for name in OF_THE_REQUEST if getattr(row, name) is not None and name not in untold)

    async def details_context(self, request: Request) -> dict[str, Any]:
        """Beside the row: its key, as far as the key may be seen, and what the visitor may do."""
        id = request.path_params["pk"]
        return {
            "key": await _key(id),
            "issued": await certificates.Certificate.filter(request_id=id).only("id", "serial").first(),
            "signed_renewal": await _signed_renewal(id),
            "four_eyes": installation.current().four_eyes,
            "methods": ENUM_WORDS[IdentificationMethod],
            "visitor": actor_of(request),
            "waiting": _waiting,
        }

    @expose("/identify/{pk}", methods=["POST"])
    async def identify(self, request: Request) -> Response:
        """Put down how the requester's identity was checked; somebody else issues."""
        return await act(self, request, "identify", _identify, of=_issues)

    @expose("/issue/{pk}", methods=["POST"])
    async def issue(self, request: Request) -> Response:
        """Issue the certificate asked for."""
        return await act(self, request, "issue", _issue, of=_issues)

    @expose("/revoke/{pk}", methods=["POST"])
    async def revoke(self, request: Request) -> Response:
        """Revoke the certificate that the request is about."""
        return await act(self, request, "revoke", _revoke, of=_revokes)

    @expose("/hold/{pk}", methods=["POST"])
    async def hold(self, request: Request) -> Response:
        """Put the request aside."""
        return await act(self, request, "decline", _hold)

    @expose("/reject/{pk}", methods=["POST"])
    async def reject(self, request: Request) -> Response:
        """Reject the request."""
        return await act(self, request, "decline", _reject)


async def _identify(actor: Actor, row: Any, form: FormData) -> str:
    await identify_requester(actor, row.id, _identification(form, required=not await _signed_renewal(row.id)))
    return str(
        both(
            "Проверка личности записана, сертификат выпустит другой суперадминистратор",
            "The check of identity is put down, another superadmin issues the certificate",
        )
    )


async def _issue(actor: Actor, row: Any, form: FormData) -> str:
    settled = row.identified_at is not None or await _signed_renewal(row.id) or installation.current().four_eyes
    certificate = await approve_request(actor, row.id, _identification(form, required=not settled))
    return f"{both('Сертификат выпущен, его номер', 'The certificate is issued, its number')} {certificate.serial}"


async def _revoke(actor: Actor, row: Any, form: FormData) -> str:
    certificate = await approve_request(actor, row.id)
    return f"{both('Отозван сертификат', 'Revoked is the certificate')} {certificate.serial}"


async def _hold(actor: Actor, row: Any, form: FormData) -> str:
    await hold_request(actor, row.id, comment=text_of(form, "comment"))
    return str(both("Заявка отложена, заявитель узнает причину", "The request is put aside, its maker is told why"))


async def _reject(actor: Actor, row: Any, form: FormData) -> str:
    await reject_request(actor, row.id, comment=text_of(form, "comment"))
    return str(both("Заявка отклонена, заявитель узнает причину", "The request is rejected, its maker is told why"))


def _identification(form: FormData, *, required: bool) -> Identification | None:
    """What the form says of the check; None if it says nothing and need not."""
    method, document, day, note = (text_of(form, f"identification.{name}") for name in OF_IDENTIFICATION)
    if not required and not any((method, document, day, note)):
        return None
    if method not in set(IdentificationMethod):
        raise invalid("identification.method", "required")
    try:
        checked_on = date.fromisoformat(day)
    except ValueError:
        raise invalid("identification.date", "required") from None
    return Identification(IdentificationMethod(method), document, checked_on, note or None)


async def _signed_renewal(id: UUID) -> bool:
    """Whether the still valid key has signed the request: that stands for the identification."""
    return await certificates.CertificateRequest.exists(id=id, renewal_signature__isnull=False)


async def _key(id: UUID) -> dict[str, Any] | None:
    """The custody, the digest and, of a key that others made, the algorithm; a revocation has no key."""
    key = await certificates.SigningKey.get_or_none(request__id=id).only("custody", "public_key", "public_key_digest")
    if key is None:
        return None
    algorithm = _algorithm(bytes(key.public_key)) if key.custody is Custody.DEVICE else None
    return {"custody": key.custody, "digest": key.public_key_digest, "algorithm": algorithm}


def _algorithm(public_key: bytes) -> str:
    """A SubjectPublicKeyInfo's algorithm as people call it: «ECDSA, secp256r1», «RSA, 3072 bits»."""
    key = load_der_public_key(public_key)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA, {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA, {key.key_size} {both('бит', 'bits')}"
    return type(key).__name__
