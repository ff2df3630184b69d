"""What the authority keeps: keys in its custody, requests, the intent to issue, certificates, the agreement.

How a certificate ends stands in `models.revocation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import (
    Acceptance,
    CertificateStatus,
    Custody,
    IdentificationMethod,
    RequestKind,
    RequestStatus,
    RevocationReason,
)
from models.keys import uuid7

if TYPE_CHECKING:
    from models.organizations import Organization
    from models.users import Person, User


class Agreement(Model):
    """One version of the agreement that makes signatures count (63-FZ art. 6(2)): the one with the highest number is in
    force and must be accepted before signing."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    version = fields.IntField(unique=True)
    text_ru = fields.TextField()
    text_en = fields.TextField()
    digest = fields.CharField(64)
    effective_from = fields.DatetimeField()

    class Meta:
        table = "agreements"


class AgreementAcceptance(Model):
    """A person, for themself or for their organisation, accepted a version."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    agreement: fields.ForeignKeyRelation[Agreement] = fields.ForeignKeyField(
        "models.Agreement", related_name="acceptances", on_delete=fields.OnDelete.RESTRICT
    )
    agreement_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="acceptances", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    on_behalf_of = fields.CharEnumField(Acceptance, max_length=16)
    accepted_at = fields.DatetimeField()

    class Meta:
        table = "agreement_acceptances"
        constraints = [
            UniqueConstraint(fields=("agreement_id", "user_id", "on_behalf_of"), name="agreement_accepted_once")
        ]


class SigningKey(Model):
    """A key pair known to the registry. For SERVER custody the private half lies here as encrypted PKCS#8 that only
    the holder's PIN and the server's secret open; for DEVICE custody there is none. A key is known once, for ever."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    custody = fields.CharEnumField(Custody, max_length=8)
    public_key = fields.BinaryField()
    public_key_digest = fields.CharField(64, unique=True)
    sealed = fields.BinaryField(null=True)
    salt = fields.BinaryField(null=True)
    iterations = fields.IntField(null=True)
    memory_kib = fields.IntField(null=True)
    lanes = fields.IntField(null=True)
    pin_failures = fields.IntField(default=0)
    pin_locked_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "signing_keys"
        constraints = [CheckConstraint(check="(custody = 'SERVER') = (sealed is not null)", name="signing_key_custody")]


class CertificateRequest(Model):
    """A person asks for a certificate, or somebody for the end of one; the superadmin, never the requester, decides.

    `user` is the holder, `requested_by` who asks: for a revocation it may be an admin of the holder's organisation. A
    RENEW or REVOKE request names the certificate it is about as `target`. `renewal_signature` is a signature by the
    target's still valid key over `certification_request`: it stands for the identification.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(RequestKind, max_length=8)
    status = fields.CharEnumField(RequestStatus, max_length=16)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="certificate_requests", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    requested_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    requested_by_id: UUID
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    person_id: UUID
    target: fields.ForeignKeyNullableRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name="requests_about", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    target_id: UUID | None
    key: fields.OneToOneNullableRelation[SigningKey] = fields.OneToOneField(
        "models.SigningKey", related_name="request", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    key_id: UUID | None
    certification_request = fields.BinaryField(null=True)
    """PKCS#10 (RFC 2986): the proof that the key is possessed."""
    renewal_signature = fields.BinaryField(null=True)
    reason = fields.CharEnumField(RevocationReason, max_length=32, null=True)
    invalid_since = fields.DatetimeField(null=True)
    remark = fields.CharField(1000, null=True)
    """What the requester wrote; `comment` is the decider's."""
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    decided_by_id: UUID | None
    decided_at = fields.DatetimeField(null=True)
    comment = fields.CharField(1000, null=True)
    identification_method = fields.CharEnumField(IdentificationMethod, max_length=32, null=True)
    identification_document = fields.CharField(300, null=True)
    identification_date = fields.DateField(null=True)
    identification_note = fields.CharField(1000, null=True)
    identified_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    identified_by_id: UUID | None
    identified_at = fields.DatetimeField(null=True)

    class Meta:
        table = "certificate_requests"
        constraints = [
            CheckConstraint(
                check="decided_by_id is null or status = 'CANCELLED'"
                " or decided_by_id not in (user_id, requested_by_id)",
                name="request_decided_by_another",
            ),
            CheckConstraint(
                check="identified_by_id is null or identified_by_id not in (user_id, requested_by_id)",
                name="request_identified_by_another",
            ),
            CheckConstraint(
                check="status <> 'ISSUED' or (decided_by_id is not null"
                " and (identification_method is not null or renewal_signature is not null))",
                name="request_identified",
            ),
            CheckConstraint(
                check="(kind = 'REVOKE') = (key_id is null) and (kind = 'REVOKE') = (certification_request is null)"
                " and (kind = 'REVOKE') = (reason is not null) and (kind = 'ISSUE') = (target_id is null)",
                name="request_says_what_its_kind_needs",
            ),
            UniqueConstraint(
                fields=("user_id",),
                name="one_open_request",
                condition="kind <> 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD')",
            ),
            UniqueConstraint(
                fields=("target_id",),
                name="one_open_revocation_request",
                condition="kind = 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD')",
            ),
        ]


class IssuanceIntent(Model):
    """What was about to be issued, committed before the authority's key was used: nothing is ever signed unrecorded."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    request: fields.ForeignKeyRelation[CertificateRequest] = fields.ForeignKeyField(
        "models.CertificateRequest", related_name="intents", on_delete=fields.OnDelete.RESTRICT
    )
    request_id: UUID
    serial = fields.CharField(40, unique=True)
    not_before = fields.DatetimeField()
    not_after = fields.DatetimeField()
    decided_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    decided_by_id: UUID
    created_at = fields.DatetimeField()

    class Meta:
        table = "issuance_intents"


class Certificate(Model):
    """A holder's certificate.

    `serial` is in upper-case hexadecimal octets, as openssl prints it; `issuer_key_id` is the subject key identifier of
    the issuing certificate that vouches for it, in lower-case hexadecimal; `lint` is what pkilint said before signing.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="certificates", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    holder: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    holder_id: UUID
    request: fields.OneToOneRelation[CertificateRequest] = fields.OneToOneField(
        "models.CertificateRequest", related_name="certificate", on_delete=fields.OnDelete.RESTRICT
    )
    request_id: UUID
    key: fields.OneToOneRelation[SigningKey] = fields.OneToOneField(
        "models.SigningKey", related_name="certificate", on_delete=fields.OnDelete.RESTRICT
    )
    key_id: UUID
    serial = fields.CharField(40, unique=True)
    status = fields.CharEnumField(CertificateStatus, max_length=16)
    custody = fields.CharEnumField(Custody, max_length=8)
    not_before = fields.DatetimeField()
    not_after = fields.DatetimeField()
    fingerprint = fields.CharField(64, unique=True)
    issuer_key_id = fields.CharField(64)
    der = fields.BinaryField()
    lint: Any = fields.JSONField()
    issued_at = fields.DatetimeField()
    suspended_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    revocation_reason = fields.CharEnumField(RevocationReason, max_length=32, null=True)
    invalid_since = fields.DatetimeField(null=True)

    class Meta:
        table = "certificates"
        indexes = [
            Index(fields=["user_id"], name="certificates_of_user"),
            Index(fields=["not_after"], name="certificates_by_end"),
        ]
        constraints = [
            CheckConstraint(check="(status = 'REVOKED') = (revoked_at is not null)", name="certificate_revoked_at"),
            CheckConstraint(
                check="(status = 'SUSPENDED') = (suspended_at is not null)", name="certificate_suspended_at"
            ),
        ]
