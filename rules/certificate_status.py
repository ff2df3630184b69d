"""What the registry says of a certificate's status, at any moment."""

from __future__ import annotations

from datetime import datetime

from authority.verification_report import CertificateStatusHistory
from models.certificates import Certificate
from models.enums import CertificateStanding


def standing_at(certificate: Certificate, moment: datetime) -> CertificateStanding:
    """What the certificate was, or is, at `moment`. The registry keeps no suspension that was lifted."""
    if certificate.revoked_at is not None and certificate.revoked_at <= moment:
        return CertificateStanding.REVOKED
    if certificate.suspended_at is not None and certificate.suspended_at <= moment:
        return CertificateStanding.SUSPENDED
    return CertificateStanding.EXPIRED if certificate.not_after < moment else CertificateStanding.ACTIVE


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
