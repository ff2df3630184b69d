"""The end of a certificate before its term: suspended, released, revoked. What commits here is in the next revocation
list and OCSP answer (law 10)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from authority.keystore import TokenUnavailable
from models.certificates import Certificate, CertificateRequest
from models.entries import Slot
from models.enums import (
    UNDECIDED,
    CertificateStatus,
    EventKind,
    RequestKind,
    RequestStatus,
    RevocationReason,
    Role,
    StatusChange,
)
from models.revocation import CertificateStatusChange, CompromiseReport
from rules import access, confirmation, revocation_lists, texts
from rules.actor import Actor
from rules.certificate_events import record_about
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

LOG = logging.getLogger(__name__)
JUST_AFTER = timedelta(milliseconds=1)
"""The least that a time-stamp tells apart."""

EVENTS = {
    StatusChange.SUSPENDED: EventKind.CERTIFICATE_SUSPENDED,
    StatusChange.RELEASED: EventKind.CERTIFICATE_RELEASED,
    StatusChange.REVOKED: EventKind.CERTIFICATE_REVOKED,
}


async def revoke_certificate(
    actor: Actor,
    certificate_id: UUID,
    *,
    reason: RevocationReason,
    comment: str,
    invalid_since: datetime | None = None,
) -> Certificate:
    """Revoke for good. `invalid_since`: since when the key is known or suspected to be in other hands (invalidityDate).

    Raises FORBIDDEN, NOT_FOUND, INVALID, CONFLICT (revoked already), CONFIRMATION_REQUIRED.
    """
    actor.require(Role.SUPERADMIN)
    await confirmation.require(actor)
    comment = texts.text(comment, "comment", most=1000)
    async with unit(actor) as deed:
        asked = await _open_request(actor, certificate_id)
        certificate = await access.get(Certificate, actor, certificate_id, field="certificateId", lock=True)
        check_invalid_since(certificate, invalid_since, actor.now)
        if asked:
            asked.status, asked.comment = RequestStatus.DONE, comment
            asked.decided_by_id, asked.decided_at = actor.user_id, actor.now
            await asked.save(update_fields=["status", "comment", "decided_by_id", "decided_at"])
        await revoke(
            deed, actor, certificate, reason=reason, comment=comment, invalid_since=invalid_since, request=asked
        )
    return certificate


async def _open_request(actor: Actor, certificate_id: UUID) -> CertificateRequest | None:
    """The request that this revocation fulfils, locked before its certificate as whoever approves it does; none that is
    the actor's own."""
    return (
        await CertificateRequest.filter(
            target_id=certificate_id,
            kind=RequestKind.REVOKE,
            status__in=UNDECIDED,
        )
        .exclude(requested_by_id=actor.user_id)
        .select_for_update(no_key=True)
        .first()
    )


async def suspend_certificate(actor: Actor, certificate_id: UUID, *, comment: str) -> Certificate:
    """Put on hold (certificateHold): nothing can be signed, and what was signed is undecided, until it is released or
    revoked. Raises FORBIDDEN, NOT_FOUND, CONFLICT, CONFIRMATION_REQUIRED."""
    actor.require(Role.SUPERADMIN)
    await confirmation.require(actor)
    comment = texts.text(comment, "comment", most=1000)
    async with unit(actor) as deed:
        certificate = await access.get(Certificate, actor, certificate_id, field="certificateId", lock=True)
        await suspend(deed, actor, certificate, comment=comment)
    return certificate


async def release_certificate(actor: Actor, certificate_id: UUID, *, comment: str) -> Certificate:
    """End the hold: the certificate is as good as if it had never been on hold. Raises FORBIDDEN, NOT_FOUND, CONFLICT
    (not on hold), CONFIRMATION_REQUIRED."""
    actor.require(Role.SUPERADMIN)
    await confirmation.require(actor)
    comment = texts.text(comment, "comment", most=1000)
    async with unit(actor) as deed:
        certificate = await access.get(Certificate, actor, certificate_id, field="certificateId", lock=True)
        if certificate.status is not CertificateStatus.SUSPENDED:
            raise Refusal(Code.CONFLICT, "certificate_not_suspended", field="certificateId")
        at = await moment_of_change(certificate, actor.now)
        certificate.status, certificate.suspended_at = CertificateStatus.ACTIVE, None
        await _change(deed, actor, certificate, StatusChange.RELEASED, at, comment=comment)
    return certificate


def check_invalid_since(certificate: Certificate, invalid_since: datetime | None, now: datetime) -> None:
    """Raise INVALID unless the moment lies between the certificate's issue and now."""
    if invalid_since is None:
        return
    if not certificate.issued_at <= texts.instant(invalid_since, "invalidityDate") <= now:
        raise invalid("invalidityDate", "invalidity_date")


async def suspend(deed: Unit, actor: Actor, certificate: Certificate, *, comment: str | None) -> None:
    """Suspend the locked `certificate` as a part of `deed`. Raises CONFLICT."""
    _refuse_revoked(certificate)
    if certificate.status is CertificateStatus.SUSPENDED:
        raise Refusal(Code.CONFLICT, "certificate_suspended", field="certificateId")
    at = await moment_of_change(certificate, actor.now)
    certificate.status, certificate.suspended_at = CertificateStatus.SUSPENDED, at
    await _change(deed, actor, certificate, StatusChange.SUSPENDED, at, comment=comment)


async def revoke(
    deed: Unit,
    actor: Actor,
    certificate: Certificate,
    *,
    reason: RevocationReason,
    comment: str | None,
    invalid_since: datetime | None = None,
    request: CertificateRequest | None = None,
) -> None:
    """Revoke the locked `certificate` as a part of `deed`, on `request` if somebody asked for it. Raises CONFLICT."""
    _refuse_revoked(certificate)
    at = await moment_of_change(certificate, actor.now)
    certificate.invalid_since = await _invalid_since(certificate, reason, invalid_since)
    certificate.status, certificate.suspended_at = CertificateStatus.REVOKED, None
    certificate.revoked_at, certificate.revocation_reason = at, reason
    await _change(deed, actor, certificate, StatusChange.REVOKED, at, comment=comment, request=request)


def _refuse_revoked(certificate: Certificate) -> None:
    if certificate.status is CertificateStatus.REVOKED:
        raise Refusal(Code.CONFLICT, "certificate_revoked", field="certificateId")


async def moment_of_change(certificate: Certificate, now: datetime) -> datetime:
    """When the locked certificate changes: now, but after every signature that was kept and every change that was made
    before its lock was had. Two requests may begin in one order and be done in the other."""
    signed = await Slot.filter(signature__certificate_id=certificate.id).order_by("-decided_at").first()
    changed = await CertificateStatusChange.filter(certificate_id=certificate.id).order_by("-at").first()
    former = [moment for moment in (signed and signed.decided_at, changed and changed.at) if moment]
    return max([now, *(moment + JUST_AFTER for moment in former)])


async def _invalid_since(certificate: Certificate, reason: RevocationReason, named: datetime | None) -> datetime | None:
    """Since when signatures are not to be relied on, if that is before the revocation: the moment named; the beginning
    of the hold that the revocation ends; for a compromised key, the suspicion that was reported."""
    moments = [named, certificate.suspended_at]
    if named is None and reason is RevocationReason.KEY_COMPROMISE:
        report = await CompromiseReport.get_or_none(certificate_id=certificate.id, decided_at=None)
        moments.append(report.suspected_since if report else None)
    return min((moment for moment in moments if moment), default=None)


async def _change(
    deed: Unit,
    actor: Actor,
    certificate: Certificate,
    kind: StatusChange,
    at: datetime,
    *,
    comment: str | None,
    request: CertificateRequest | None = None,
) -> None:
    await certificate.save(update_fields=["status", "suspended_at", "revoked_at", "revocation_reason", "invalid_since"])
    await CertificateStatusChange.create(
        certificate_id=certificate.id,
        kind=kind,
        at=at,
        reason=certificate.revocation_reason,
        invalid_since=certificate.invalid_since,
        comment=comment,
        requested_by_id=request.requested_by_id if request else actor.user_id,
        decided_by_id=actor.user_id,
        request_id=request and request.id,
    )
    if kind is not StatusChange.SUSPENDED:
        await CompromiseReport.filter(certificate_id=certificate.id, decided_at=None).update(
            decided_at=at, outcome=kind
        )
    try:
        await revocation_lists.publish(deed.connection, certificate.issuer_key_id, at)
    except TokenUnavailable:
        # A hold cannot wait for a key: signing follows the status, and the list is owed until the key answers.
        if kind is not StatusChange.SUSPENDED:
            raise
        LOG.exception("a certificate is on hold, and the list does not say so yet")
    event = await record_about(
        deed,
        EVENTS[kind],
        certificate,
        {
            "reason": certificate.revocation_reason,
            "invalidityDate": certificate.invalid_since and certificate.invalid_since.isoformat(),
            "comment": comment,
        },
    )
    await deed.tell(event, [certificate.user_id, *([request.requested_by_id] if request else [])])
