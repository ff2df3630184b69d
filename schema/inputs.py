"""What mutations take. The fields of each are the arguments of its resolver, by name."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from schema.enums import (
    Acceptance,
    Custody,
    Duty,
    IdentificationMethod,
    Language,
    OrganizationKind,
    RequestKind,
    RevocationReason,
    Role,
)
from schema.scalars import JSON, Base64


@strawberry.input
class SignInInput:
    email: str
    password: str


@strawberry.input
class CreateOrganizationInput:
    kind: OrganizationKind
    name: str
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    external_id: str | None = None


@strawberry.input
class CreateUserInput:
    organization_id: strawberry.ID
    role: Role
    surname: str
    given_name: str = strawberry.field(description="With the patronymic.")
    position: str | None = None
    email: str
    password: str
    language: Language = Language.RU


@strawberry.input
class CreateContractInput:
    operator_id: strawberry.ID
    subscriber_id: strawberry.ID
    number: str
    starts_on: date
    ends_on: date | None = None


@strawberry.input
class CreateObjectInput:
    contract_id: strawberry.ID
    name: str
    address: str
    time_zone: str = strawberry.field(description="A name of the IANA time zone database, such as Europe/Moscow.")


@strawberry.input
class AssignInput:
    object_id: strawberry.ID
    user_id: strawberry.ID
    duty: Duty
    journal_type_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="All types if left out.")
    valid_from: datetime | None = strawberry.field(default=None, description="From now on if left out.")
    valid_to: datetime | None = None
    basis: str = strawberry.field(description="The document that gives the right: an order or a proxy.")


@strawberry.input
class OpenJournalInput:
    object_id: strawberry.ID
    type_id: strawberry.ID


@strawberry.input
class ArchiveJournalInput:
    journal_id: strawberry.ID


@strawberry.input
class CreateEntryInput:
    journal_id: strawberry.ID
    values: JSON = strawberry.field(description="By column key, as the type's version asks.")
    performed_at: datetime | None = strawberry.field(default=None, description="Now if left out.")
    client_id: str | None = strawberry.field(
        default=None, description="The client's own key of this request; repeating it is safe."
    )


@strawberry.input
class ReviseEntryInput:
    entry_id: strawberry.ID
    expected_revision: int
    reason: str
    values: JSON | None = strawberry.field(default=None, description="What is left out stays as it was.")
    performed_at: datetime | None = None


@strawberry.input
class SignEntryInput:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = strawberry.field(default=None, description="The first in turn if left out.")
    expected_revision: int
    expected_digest: str
    pin: str


@strawberry.input
class DeclineEntryInput:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = None
    expected_revision: int
    expected_digest: str
    reason: str


@strawberry.input
class AcceptAgreementInput:
    version: int
    on_behalf_of: Acceptance


@strawberry.input
class PublishAgreementInput:
    text_ru: str = strawberry.field(description="It names the address of the verification page.")
    text_en: str


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
class PrepareSignatureInput:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = strawberry.field(default=None, description="The first in turn if left out.")
    expected_revision: int
    expected_digest: str
    certificate_id: strawberry.ID


@strawberry.input
class SubmitSignatureInput:
    preparation_id: strawberry.ID
    signature: Base64 = strawberry.field(
        description="The value over `toBeSigned`: DER, or r and s in a row as WebCrypto gives them; RSA as it is."
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
