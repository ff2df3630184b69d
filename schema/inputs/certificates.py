"""What mutations about certificates take."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from schema.enums import (
    Custody,
    IdentificationMethod,
    RequestKind,
    RevocationReason,
)
from schema.scalars import Base64


@strawberry.input
class RequestCertificateInput:
    kind: RequestKind = strawberry.field(default=RequestKind.ISSUE, description="ISSUE or RENEW.")
    custody: Custody = strawberry.field(default=Custody.SERVER, description="Where the new key lies.")
    pin: str | None = strawberry.field(
        default=None, description="SERVER: 6 to 32 digits; it will open the new key each time you sign."
    )
    csr: str | None = strawberry.field(
        default=None,
        description="DEVICE: a PKCS#10 request, PEM or DER in base64. Its key and signature are taken, nothing else.",
    )
    current_pin: str | None = strawberry.field(
        default=None,
        description="RENEW: the PIN of the present key; its signature over the new request replaces identification.",
    )
    renewal_signature: Base64 | None = strawberry.field(
        default=None,
        description="RENEW from DEVICE to DEVICE: a signature by the present key over the DER of `csr`.",
    )
    remark: str | None = None
    certificate_id: strawberry.ID | None = strawberry.field(
        default=None, description="RENEW: which one; the newest valid one if left out."
    )


@strawberry.input
class RequestRevocationInput:
    certificate_id: strawberry.ID
    reason: RevocationReason
    comment: str | None = None
    invalidity_date: datetime | None = strawberry.field(
        default=None, description="Since when the key is known or suspected to be in other hands (RFC 5280 §5.3.2)."
    )


@strawberry.input
class ReportCompromiseInput:
    certificate_id: strawberry.ID
    comment: str | None = None
    suspected_since: datetime | None = strawberry.field(default=None, description="Now if left out.")


@strawberry.input
class CancelCertificateRequestInput:
    request_id: strawberry.ID


@strawberry.input
class ChangePinInput:
    current_pin: str
    new_pin: str
    certificate_id: strawberry.ID | None = strawberry.field(
        default=None, description="The newest good one if left out."
    )


@strawberry.input
class IdentificationInput:
    method: IdentificationMethod
    document: str
    date: date
    note: str | None = None


@strawberry.input
class IdentifyRequesterInput:
    request_id: strawberry.ID
    identification: IdentificationInput | None = strawberry.field(
        default=None, description="May be left out for a renewal signed with the valid key."
    )


@strawberry.input
class ApproveCertificateRequestInput:
    request_id: strawberry.ID
    identification: IdentificationInput | None = strawberry.field(
        default=None,
        description="Left out for a revocation, a renewal signed with the valid key, and after identifyRequester.",
    )


@strawberry.input
class HoldCertificateRequestInput:
    request_id: strawberry.ID
    comment: str


@strawberry.input
class RejectCertificateRequestInput:
    request_id: strawberry.ID
    comment: str


@strawberry.input
class RevokeCertificateInput:
    certificate_id: strawberry.ID
    reason: RevocationReason
    comment: str
    invalidity_date: datetime | None = None


@strawberry.input
class SuspendCertificateInput:
    certificate_id: strawberry.ID
    comment: str


@strawberry.input
class ReleaseCertificateInput:
    certificate_id: strawberry.ID
    comment: str
