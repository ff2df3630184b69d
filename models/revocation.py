"""How certificates end: every change of status, reports of compromise, revocation lists, notices of the end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import RevocationReason, StatusChange
from models.keys import uuid7

if TYPE_CHECKING:
    from models.certificates import Certificate, CertificateRequest
    from models.users import User


class CertificateStatusChange(Model):
    """A certificate was suspended, released or revoked: the history behind its status, never changed.

    `requested_by` asked for it, `decided_by` did it; `invalid_since` is invalidityDate (RFC 5280 §5.3.2).
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    certificate: fields.ForeignKeyRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name="status_changes", on_delete=fields.OnDelete.RESTRICT
    )
    certificate_id: UUID
    kind = fields.CharEnumField(StatusChange, max_length=16)
    at = fields.DatetimeField()
    reason = fields.CharEnumField(RevocationReason, max_length=32, null=True)
    invalid_since = fields.DatetimeField(null=True)
    comment = fields.CharField(1000, null=True)
    requested_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    requested_by_id: UUID
    decided_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    decided_by_id: UUID
    request: fields.ForeignKeyNullableRelation[CertificateRequest] = fields.ForeignKeyField(
        "models.CertificateRequest", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    request_id: UUID | None

    class Meta:
        table = "certificate_status_changes"
        indexes = [Index(fields=["certificate_id", "at"], name="status_changes_of_certificate")]
        constraints = [
            CheckConstraint(check="(kind = 'REVOKED') = (reason is not null)", name="status_change_reason"),
        ]


class CompromiseReport(Model):
    """Somebody reported that a key may be in other hands (63-FZ art. 10): the certificate is suspended at once, and the
    owner decides by `decide_by`, one working day later, whether it is released or revoked."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    certificate: fields.ForeignKeyRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name="compromise_reports", on_delete=fields.OnDelete.RESTRICT
    )
    certificate_id: UUID
    reported_by: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    reported_by_id: UUID
    reported_at = fields.DatetimeField()
    suspected_since = fields.DatetimeField()
    comment = fields.CharField(1000, null=True)
    decide_by = fields.DatetimeField()
    reminded_at = fields.DatetimeField(null=True)
    decided_at = fields.DatetimeField(null=True)
    outcome = fields.CharEnumField(StatusChange, max_length=16, null=True)

    class Meta:
        table = "compromise_reports"
        constraints = [
            CheckConstraint(check="(decided_at is null) = (outcome is null)", name="compromise_report_decided"),
            UniqueConstraint(
                fields=("certificate_id",), name="one_open_compromise_report", condition="decided_at is null"
            ),
        ]


class RevocationList(Model):
    """A CRL (RFC 5280 §5) as it was published; the one with an issuer's highest number is in force."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    issuer_key_id = fields.CharField(64)
    number = fields.BigIntField()
    this_update = fields.DatetimeField()
    next_update = fields.DatetimeField()
    der = fields.BinaryField()

    class Meta:
        table = "revocation_lists"
        constraints = [UniqueConstraint(fields=("issuer_key_id", "number"), name="revocation_list_number")]


class ExpiryNotice(Model):
    """The holder has been told that so many days or fewer are left."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    certificate: fields.ForeignKeyRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    certificate_id: UUID
    days = fields.IntField()
    given_at = fields.DatetimeField()

    class Meta:
        table = "expiry_notices"
        constraints = [UniqueConstraint(fields=("certificate_id", "days"), name="expiry_notice_given_once")]
