"""What the registry says of a certificate's status, at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from authority.verification_report import CertificateStatusHistory
from models.certificates import Certificate
from models.enums import CertificateStanding, StatusChange
from models.revocation import CertificateStatusChange
from rules.access import Parameters
from rules.actor import Caller


class Ending(Protocol):
    """How a certificate has ended or will: the three columns that decide what it is at a moment."""

    revoked_at: datetime | None
    suspended_at: datetime | None
    not_after: datetime


def standing_at(certificate: Ending, moment: datetime) -> CertificateStanding:
    """What the certificate is at `moment`, which is now or has been since its last change."""
    if certificate.revoked_at is not None and certificate.revoked_at <= moment:
        return CertificateStanding.REVOKED
    if certificate.suspended_at is not None and certificate.suspended_at <= moment:
        return CertificateStanding.SUSPENDED
    return CertificateStanding.EXPIRED if certificate.not_after < moment else CertificateStanding.ACTIVE


def standing_then(
    certificate: Ending, changes: Iterable[CertificateStatusChange], moment: datetime
) -> CertificateStanding:
    """What the certificate was at any `moment` of its life, by all its `changes`: also by a hold lifted since."""
    last = max((change for change in changes if change.at <= moment), key=lambda change: change.at, default=None)
    if last is not None and last.kind is not StatusChange.RELEASED:
        return CertificateStanding(last.kind.value)
    return CertificateStanding.EXPIRED if certificate.not_after < moment else CertificateStanding.ACTIVE


def status(caller: Caller, c: str, parameters: Parameters) -> str:
    """`standing_at` the caller's moment as an SQL expression, of the certificate aliased `c`."""
    now = parameters.bind(caller.now, "timestamptz")
    return (
        f"case when {c}.revoked_at <= {now} then 'REVOKED' when {c}.suspended_at <= {now} then 'SUSPENDED'"
        f" when {c}.not_after < {now} then 'EXPIRED' else 'ACTIVE' end"
    )


def history(certificate: Certificate, as_of: datetime) -> CertificateStatusHistory:
    """The row as the verifier understands it, read at `as_of`."""
    return CertificateStatusHistory(
        issued=certificate.issued_at,
        as_of=as_of,
        suspended_since=certificate.suspended_at,
        revoked_at=certificate.revoked_at,
        reason=certificate.revocation_reason,
        invalid_since=certificate.invalid_since,
    )


def registry_of(certificate: Certificate, as_of: datetime) -> Callable[[int], CertificateStatusHistory | None]:
    """The registry as a verification asks it, by serial number, if it is to know of this one certificate."""
    serial = int(certificate.serial, 16)
    return lambda asked: history(certificate, as_of) if asked == serial else None
