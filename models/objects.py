"""Serviced objects and who is assigned to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import Duty, Succession
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
    external_id = fields.CharField(100, null=True)
    """The key of the site in the operator's own books."""
    contacts = fields.JSONField[list[dict[str, Any]]](default=list)
    """`{name, position, phone, email}`."""
    closed_at = fields.DatetimeField(null=True)
    close_reason = fields.CharField(1000, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "objects"
        constraints = [
            UniqueConstraint(
                fields=("contract_id", "external_id"), name="object_external_id", condition="closed_at is null"
            ),
            CheckConstraint(check="(closed_at is null) = (close_reason is null)", name="object_closed"),
        ]
        indexes = [
            Index(fields=["operator_id", "name_sort", "id"], name="objects_of_operator"),
            Index(fields=["subscriber_id", "name_sort", "id"], name="objects_of_subscriber"),
            Index(fields=["name_sort", "id"], name="objects_by_name"),
        ]


class System(Model):
    """A fire-safety, security or engineering system installed on an object: a line of its passport. `kind` is a key of
    the reference list SYSTEM_KINDS."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name="systems", on_delete=fields.OnDelete.RESTRICT
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
    kind = fields.CharField(40)
    name = fields.CharField(300)
    model = fields.CharField(200, null=True)
    serial = fields.CharField(100, null=True)
    place = fields.CharField(300, null=True)
    commissioned_on = fields.DateField(null=True)
    removed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "systems"
        indexes = [Index(fields=["object_id", "kind"], name="systems_of_object")]


class ObjectSuccession(Model):
    """`successor` stands for `former` since then. With `shares_history` whoever sees the successor sees what was
    recorded under the former. Successions of successions have rows of their own, so that one look finds them."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    former: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name="successions", on_delete=fields.OnDelete.RESTRICT
    )
    former_id: UUID
    successor: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name="predecessors", on_delete=fields.OnDelete.RESTRICT
    )
    successor_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    kind = fields.CharEnumField(Succession, max_length=16)
    direct = fields.BooleanField()
    shares_history = fields.BooleanField()
    happened_at = fields.DatetimeField()

    class Meta:
        table = "object_successions"
        indexes = [Index(fields=["successor_id"], name="successions_to")]
        constraints = [
            UniqueConstraint(fields=("former_id", "successor_id"), name="object_succession_once"),
            UniqueConstraint(fields=("former_id",), name="one_successor", condition="direct"),
            CheckConstraint(check="former_id <> successor_id", name="object_succession_other"),
        ]


class Absence(Model):
    """A planned absence: while it lasts `substitute` holds, by `basis`, the duties that `user` has on objects. Their
    assignments are made with it and hold by their own terms, so nothing has to start or end them."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="absences", on_delete=fields.OnDelete.RESTRICT
    )
    user_id: UUID
    substitute: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    substitute_id: UUID
    organization: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    organization_id: UUID
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    person_id: UUID
    substitute_person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    substitute_person_id: UUID
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    basis = fields.CharField(300)
    cancelled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "absences"
        indexes = [Index(fields=["user_id"], name="absences_of_user")]
        constraints = [
            CheckConstraint(check="ends_at > starts_at", name="absence_term"),
            CheckConstraint(check="user_id <> substitute_id", name="absence_substitute"),
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
    absence: fields.ForeignKeyNullableRelation[Absence] = fields.ForeignKeyField(
        "models.Absence", related_name="assignments", null=True, on_delete=fields.OnDelete.RESTRICT
    )
    absence_id: UUID | None
    substitutes: fields.ForeignKeyNullableRelation[Assignment] = fields.ForeignKeyField(
        "models.Assignment", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    substitutes_id: UUID | None
    """The assignment of the absent person, which this one stands in for."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "assignments"
        indexes = [
            Index(fields=["substitutes_id"], name="substitutions_of_assignment"),
            Index(fields=["user_id", "object_id"], name="assignments_of_user"),
            Index(fields=["object_id"], name="assignments_of_object"),
        ]
        constraints = [
            CheckConstraint(check="valid_to is null or valid_to >= valid_from", name="assignment_term"),
            CheckConstraint(check="(absence_id is null) = (substitutes_id is null)", name="assignment_substitution"),
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
