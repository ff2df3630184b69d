"""Organisations and the contracts between them."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import OrganizationKind
from models.keys import uuid7


class Organization(Model):
    """The owner (one: it runs the authority), an operator (does the work) or a subscriber (owns the objects)."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    kind = fields.CharEnumField(OrganizationKind, max_length=16)
    name = fields.CharField(300)
    name_sort = fields.CharField(320)
    inn = fields.CharField(12, null=True)
    kpp = fields.CharField(9, null=True)
    ogrn = fields.CharField(15, null=True)
    external_id = fields.CharField(100, null=True)
    founder: fields.ForeignKeyNullableRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="founded", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    founder_id: UUID | None
    """The operator that brought a subscriber in; it sees the subscriber before the first contract stands."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "organizations"
        constraints = [UniqueConstraint(fields=("kind",), name="one_owner", condition="kind = 'OWNER'")]


class Contract(Model):
    """An operator serves a subscriber: the number and the term that stand on the paper."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="contracts_as_operator", on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="contracts_as_subscriber", on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    number = fields.CharField(100)
    starts_on = fields.DateField()
    ends_on = fields.DateField(null=True)
    shares_history = fields.BooleanField(default=False)
    """Whether the operator sees what former operators recorded on objects that come under this contract."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "contracts"
        constraints = [
            UniqueConstraint(fields=("operator_id", "number"), name="contract_number"),
            CheckConstraint(check="ends_on is null or ends_on >= starts_on", name="contract_term"),
        ]
