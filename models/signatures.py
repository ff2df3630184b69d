"""Signatures: immutable CMS over one revision, what is prepared for a key elsewhere, time-stamps that came later."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from models.enums import Side, SignatureLevel
from models.keys import uuid7

if TYPE_CHECKING:
    from models.certificates import Certificate
    from models.entries import Entry, Revision, Slot
    from models.journals import JournalType
    from models.objects import ServiceObject
    from models.organizations import Organization
    from models.users import Person, User


class Signature(Model):
    """A detached CAdES signature (ETSI EN 319 122-1) by one certificate, filling one slot. Its standing (current,
    superseded, annulled) is derived from the entry and never stored."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    code = fields.CharField(32, unique=True)
    slot: fields.OneToOneRelation[Slot] = fields.OneToOneField(
        "models.Slot", related_name="signature", on_delete=fields.OnDelete.RESTRICT
    )
    slot_id: UUID
    revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name="signatures", on_delete=fields.OnDelete.RESTRICT
    )
    revision_id: UUID
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    certificate: fields.ForeignKeyRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name="signatures", on_delete=fields.OnDelete.RESTRICT
    )
    certificate_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    signer: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    signer_id: UUID
    side = fields.CharEnumField(Side, max_length=16)
    basis = fields.CharField(300)
    """The document that gave the signer the right: the assignment's order or proxy."""
    level = fields.CharEnumField(SignatureLevel, max_length=2)
    signed_at = fields.DatetimeField()
    cms = fields.BinaryField()

    class Meta:
        table = "signatures"
        indexes = [
            Index(fields=["user_id"], name="signatures_of_user"),
            Index(fields=["certificate_id", "signed_at"], name="signatures_by_certificate"),
            PartialIndex(fields=["id"], name="signatures_without_time_stamp", condition={"level": "B"}),
        ]
        constraints = [UniqueConstraint(fields=("revision_id", "user_id"), name="one_signature_a_person")]


class SignatureTimeStamp(Model):
    """An RFC 3161 token that came after its signature, because no time-stamp authority answered then; `cms` is the
    signature with the token in it, served in the place of the one without."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    signature: fields.OneToOneRelation[Signature] = fields.OneToOneField(
        "models.Signature", related_name="time_stamp", on_delete=fields.OnDelete.RESTRICT
    )
    signature_id: UUID
    token = fields.BinaryField()
    cms = fields.BinaryField()
    proved_at = fields.DatetimeField()
    obtained_at = fields.DatetimeField()

    class Meta:
        table = "signature_time_stamps"


class SignaturePreparation(Model):
    """What a DEVICE key is asked to sign: the octets of the signed attributes, for one slot of one revision."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    certificate: fields.ForeignKeyRelation[Certificate] = fields.ForeignKeyField(
        "models.Certificate", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    certificate_id: UUID
    entry: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField(
        "models.Entry", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    entry_id: UUID
    revision: fields.ForeignKeyRelation[Revision] = fields.ForeignKeyField(
        "models.Revision", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    revision_id: UUID
    slot: fields.ForeignKeyRelation[Slot] = fields.ForeignKeyField(
        "models.Slot", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    slot_id: UUID
    signed_attributes = fields.BinaryField()
    prepared_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "signature_preparations"
        indexes = [Index(fields=["user_id"], name="preparations_of_user")]
