"""Serviced objects and who is assigned to them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import Duty
from models.keys import uuid7

if TYPE_CHECKING:
    from models.journals import JournalType
    from models.organizations import Contract, Organization
    from models.users import Person, User


class ServiceObject(Model):
    """A site of a subscriber that an operator serves under a contract."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    contract: fields.ForeignKeyRelation[Contract] = fields.ForeignKeyField(
        "models.Contract", related_name="objects", on_delete=fields.OnDelete.RESTRICT
    )
    contract_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="objects_as_operator", on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name="objects_as_subscriber", on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    name = fields.CharField(300)
    name_sort = fields.CharField(320)
    address = fields.CharField(500)
    time_zone = fields.CharField(64)
    created_at = fields.DatetimeField()

    class Meta:
        table = "objects"
        indexes = [
            Index(fields=["operator_id", "name_sort", "id"], name="objects_of_operator"),
            Index(fields=["subscriber_id", "name_sort", "id"], name="objects_of_subscriber"),
            Index(fields=["name_sort", "id"], name="objects_by_name"),
        ]


class Assignment(Model):
    """A person's duty on an object, for all journal types or for those named in `AssignmentType`, by a basis
    document (order, proxy) and for a term; `valid_to` is the first instant it no longer holds."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name="assignments", on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="assignments", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    person_id: UUID
    duty = fields.CharEnumField(Duty, max_length=16)
    all_types = fields.BooleanField()
    valid_from = fields.DatetimeField()
    valid_to = fields.DatetimeField(null=True)
    basis = fields.CharField(300)
    created_at = fields.DatetimeField()

    class Meta:
        table = "assignments"
        indexes = [
            Index(fields=["user_id", "object_id"], name="assignments_of_user"),
            Index(fields=["object_id"], name="assignments_of_object"),
        ]
        constraints = [
            CheckConstraint(check="valid_to is null or valid_to > valid_from", name="assignment_term"),
        ]


class AssignmentType(Model):
    """A journal type that an assignment is confined to."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    assignment: fields.ForeignKeyRelation[Assignment] = fields.ForeignKeyField(
        "models.Assignment", related_name="types", on_delete=fields.OnDelete.RESTRICT
    )
    assignment_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID

    class Meta:
        table = "assignment_types"
        constraints = [UniqueConstraint(fields=("assignment_id", "type_id"), name="assignment_type_once")]
