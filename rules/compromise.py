"""A key that may be in other hands (63-FZ art. 10): suspended at once, decided within one working day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.expressions import Q

from models.certificates import Certificate
from models.enums import CertificateStatus, EventKind, Role
from models.revocation import CompromiseReport
from models.signatures import Signature
from models.users import User
from rules import access, revocation, texts
from rules.actor import Actor, Anonymous
from rules.certificate_events import record_about
from rules.refusals import Code, Refusal, invalid
from rules.unit import unit
from rules.working_days import next_working_day

REMINDED_AGAIN_AFTER = timedelta(hours=4)
BATCH = 100


async def report_compromise(
    actor: Actor, certificate_id: UUID, *, comment: str | None = None, suspected_since: datetime | None = None
) -> Certificate:
    """Report that the key of one's own certificate, or of a colleague's as an admin, may be in other hands since
    `suspected_since` (now if left out).

    The certificate is on hold from this moment; the owner releases or revokes it within one working day. What the key
    has signed since is counted in the event and listed by the certificate's signatures.

    Raises NOT_FOUND, INVALID, CONFLICT (revoked already, or reported already).
    """
    comment = (comment and texts.text(comment, "comment", most=1000, least=0)) or None
    async with unit(actor) as deed:
        certificate = await access.get(Certificate, actor, certificate_id, field="certificateId", lock=True)
        since = texts.instant(suspected_since, "suspectedSince") if suspected_since else actor.now
        if not certificate.issued_at <= since <= actor.now:
            raise invalid("suspectedSince", "invalidity_date")
        if await CompromiseReport.exists(certificate_id=certificate.id, decided_at=None):
            raise Refusal(Code.CONFLICT, "compromise_reported", field="certificateId")
        if certificate.status is not CertificateStatus.SUSPENDED:
            await revocation.suspend(deed, actor, certificate, comment=comment)
        reported_at = max(actor.now, certificate.suspended_at or actor.now)
        report = await CompromiseReport.create(
            certificate_id=certificate.id,
            reported_by_id=actor.user_id,
            reported_at=reported_at,
            suspected_since=since,
            comment=comment,
            decide_by=next_working_day(reported_at),
        )
        signed_since = await Signature.filter(certificate_id=certificate.id, signed_at__gte=since).count()
        event = await record_about(
            deed,
            EventKind.COMPROMISE_REPORTED,
            certificate,
            {
                "decideBy": report.decide_by.isoformat(),
                "suspectedSince": since.isoformat(),
                "signedSince": signed_since,
                "comment": comment,
            },
        )
        await deed.tell(event, [certificate.user_id, *await _superadmins()])
    return certificate


async def remind(now: datetime) -> int:
    """Tell the owner of reports whose working day is over, every few hours; how many. Called by a job."""
    async with unit(Anonymous(now=now)) as deed:
        overdue = (
            await CompromiseReport.filter(
                Q(reminded_at=None) | Q(reminded_at__lte=now - REMINDED_AGAIN_AFTER),
                decided_at=None,
                decide_by__lte=now,
            )
            .order_by("decide_by")
            .limit(BATCH)
            .select_for_update(skip_locked=True)
        )
        for report in overdue:
            report.reminded_at = now
            await report.save(update_fields=["reminded_at"])
            certificate = await Certificate.get(id=report.certificate_id)
            event = await record_about(
                deed, EventKind.COMPROMISE_OVERDUE, certificate, {"decideBy": report.decide_by.isoformat()}
            )
            await deed.tell(event, await _superadmins())
    return len(overdue)


async def _superadmins() -> list[UUID]:
    return [superadmin.id for superadmin in await User.filter(role=Role.SUPERADMIN).only("id")]
