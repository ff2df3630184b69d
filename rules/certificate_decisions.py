"""The owner's decisions on requests: identify, hold, reject, approve. Nobody decides on their own request (law 10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from models.certificates import Certificate, CertificateRequest
from models.enums import UNDECIDED, CertificateStatus, EventKind, RequestKind, RequestStatus, Role
from rules import access, confirmation, installation, issuing, revocation, texts
from rules.actor import Actor
from rules.certificate_requests import record
from rules.issuing import Identification
from rules.refusals import Code, Refusal, invalid
from rules.unit import unit

WRITTEN_IDENTIFICATION = (
    "identification_method",
    "identification_document",
    "identification_date",
    "identification_note",
)
EAST_OF_UTC = timedelta(hours=14)
"""Today has begun somewhere up to so much before it begins in UTC."""

__all__ = ["Identification", "approve_request", "hold_request", "identify_requester", "reject_request"]


async def identify_requester(
    actor: Actor, request_id: UUID, identification: Identification | None = None
) -> CertificateRequest:
    """Put down how the requester's identity was checked; the certificate is issued later, by somebody else where the
    installation asks for four eyes. A renewal signed with the valid key needs no `identification`, but the same check.

    Raises FORBIDDEN, NOT_FOUND, INVALID, CONFLICT (decided, or nobody to be identified).
    """
    actor.require(Role.SUPERADMIN)
    if identification is not None:
        identification = _checked(actor, identification)
    async with unit(actor) as deed:
        request = await _undecided(actor, request_id, lock=True)
        if request.kind is RequestKind.REVOKE:
            raise Refusal(Code.CONFLICT, "nobody_to_identify", field="requestId")
        if identification:
            identification.write_on(request, actor.user_id, actor.now)
        elif await _renewal_counts(request, actor.now):
            request.update_from_dict(dict.fromkeys(WRITTEN_IDENTIFICATION))
            request.identified_by_id, request.identified_at = actor.user_id, actor.now
        else:
            raise invalid("identification", "required")
        await request.save()
        method = identification.method.value if identification else "RENEWAL_SIGNATURE"
        await record(deed, EventKind.REQUESTER_IDENTIFIED, request, {"request": str(request.id), "method": method})
    return request


async def hold_request(actor: Actor, request_id: UUID, *, comment: str) -> CertificateRequest:
    """Put a request aside, telling the requester what is missing; it can be approved or rejected later."""
    return await _set_aside(
        actor, request_id, comment, RequestStatus.ON_HOLD, EventKind.CERTIFICATE_REQUEST_HELD, decided=False
    )


async def reject_request(actor: Actor, request_id: UUID, *, comment: str) -> CertificateRequest:
    """Refuse a request, saying why."""
    return await _set_aside(
        actor, request_id, comment, RequestStatus.REJECTED, EventKind.CERTIFICATE_REQUEST_REJECTED, decided=True
    )


async def approve_request(actor: Actor, request_id: UUID, identification: Identification | None = None) -> Certificate:
    """Do what the request asks: issue the certificate once the requester's identity has been checked, or revoke.

    `identification` may be left out if it was put down before, for a renewal signed with the valid key, and for a
    revocation. Raises FORBIDDEN, NOT_FOUND, CONFLICT (decided already; four eyes: nobody else has checked), INVALID,
    AGREEMENT_REQUIRED, CONFIRMATION_REQUIRED; a failure of the authority itself is recorded and leaves the request as
    it was.
    """
    actor.require(Role.SUPERADMIN)
    await confirmation.require(actor)
    if identification is not None:
        identification = _checked(actor, identification)
    request = await _undecided(actor, request_id)
    if request.kind is RequestKind.REVOKE:
        if identification is not None:
            raise invalid("identification", "nobody_to_identify")
        return await _revoke(actor, request_id)

    async def undecided(*, lock: bool = False) -> CertificateRequest:
        found = await _undecided(actor, request_id, lock=lock)
        await _require_identified(actor, found, identification, lock=lock)
        return found

    return await issuing.issue(actor, undecided, identification, installation.current().certificate_term)


async def _require_identified(
    actor: Actor, request: CertificateRequest, identification: Identification | None, *, lock: bool
) -> None:
    if installation.current().four_eyes:
        if identification is not None:
            raise invalid("identification", "identified_by_another")
        if request.identified_by_id in (None, actor.user_id):
            raise Refusal(Code.CONFLICT, "four_eyes", field="requestId")
    identified = identification is not None or request.identification_method is not None
    if not identified and not await _renewal_counts(request, actor.now, lock=lock):
        raise invalid("identification", "required")


async def _renewal_counts(request: CertificateRequest, now: datetime, *, lock: bool = False) -> bool:
    """Whether the request is a renewal signed with a key whose certificate is still good at the moment of the decision:
    whoever has stolen a key must not renew it past its revocation. With `lock` it stays good until the transaction
    ends."""
    if request.renewal_signature is None or request.target_id is None:
        return False
    rows = Certificate.filter(id=request.target_id)
    target = await (rows.select_for_update(no_key=True) if lock else rows).get()
    if installation.current().authority.is_revoked(target.issuer_key_id) or target.holder_id != request.person_id:
        return False  # the card was renewed: nobody has been identified under that name or position
    return target.status is CertificateStatus.ACTIVE and target.not_before <= now <= target.not_after


async def _revoke(actor: Actor, request_id: UUID) -> Certificate:
    async with unit(actor) as deed:
        request = await _undecided(actor, request_id, lock=True)
        if request.target_id is None or request.reason is None:
            raise RuntimeError("a revocation request without its certificate")  # a constraint forbids it
        certificate = await access.get(Certificate, actor, request.target_id, field="requestId", lock=True)
        request.status = RequestStatus.DONE
        request.decided_by_id, request.decided_at = actor.user_id, actor.now
        await request.save(update_fields=["status", "decided_by_id", "decided_at"])
        await revocation.revoke(
            deed,
            actor,
            certificate,
            reason=request.reason,
            comment=request.remark,
            invalid_since=request.invalid_since,
            request=request,
        )
    return certificate


async def _set_aside(
    actor: Actor, request_id: UUID, comment: str, status: RequestStatus, kind: EventKind, *, decided: bool
) -> CertificateRequest:
    actor.require(Role.SUPERADMIN)
    comment = texts.text(comment, "comment", most=1000)
    async with unit(actor) as deed:
        request = await _undecided(actor, request_id, lock=True)
        request.status, request.comment = status, comment
        if decided:
            request.decided_by_id, request.decided_at = actor.user_id, actor.now
        await request.save(update_fields=["status", "comment", "decided_by_id", "decided_at"])
        event = await record(deed, kind, request, {"request": str(request.id), "comment": comment})
        await deed.tell(event, {request.user_id, request.requested_by_id})
    return request


def _checked(actor: Actor, identification: Identification) -> Identification:
    document = texts.text(identification.document, "identification.document", most=300)
    note = identification.note and texts.text(identification.note, "identification.note", most=1000, least=0)
    if identification.date.year < texts.FIRST_YEAR or identification.date > (actor.now + EAST_OF_UTC).date():
        raise invalid("identification.date", "identification_date")
    return Identification(identification.method, document, identification.date, note or None)


async def _undecided(actor: Actor, request_id: UUID, *, lock: bool = False) -> CertificateRequest:
    request = await access.get(CertificateRequest, actor, request_id, field="requestId", lock=lock)
    if actor.user_id in (request.user_id, request.requested_by_id):
        raise Refusal(Code.FORBIDDEN, "own_request", field="requestId")
    if request.status not in UNDECIDED:
        raise Refusal(Code.CONFLICT, "request_decided", field="requestId")
    if request.expires_at <= actor.now:
        raise Refusal(Code.CONFLICT, "request_expired", field="requestId")
    return request
