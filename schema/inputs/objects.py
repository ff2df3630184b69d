"""What mutations about objects, their systems and duties take."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from schema.enums import (
    Duty,
)


@strawberry.input
class ContactInput:
    name: str
    position: str | None = None
    phone: str | None = None
    email: str | None = None


@strawberry.input
class CreateObjectInput:
    contract_id: strawberry.ID
    name: str
    address: str
    time_zone: str = strawberry.field(description="A name of the IANA time zone database, such as Europe/Moscow.")
    external_id: str | None = strawberry.field(default=None, description="Its key in the operator's own books.")
    contacts: list[ContactInput] = strawberry.field(default_factory=list)


@strawberry.input(description="What is left out stays as it is.")
class UpdateObjectInput:
    object_id: strawberry.ID
    name: str | None = None
    address: str | None = None
    time_zone: str | None = None
    external_id: str | None = strawberry.field(default=None, description="An empty text takes it away.")
    contacts: list[ContactInput] | None = None


@strawberry.input
class CloseObjectInput:
    object_id: strawberry.ID
    reason: str


@strawberry.input
class ReopenObjectInput:
    object_id: strawberry.ID


@strawberry.input
class MoveObjectInput:
    object_id: strawberry.ID
    contract_id: strawberry.ID
    reason: str


@strawberry.input
class MergeObjectsInput:
    object_id: strawberry.ID = strawberry.field(description="Is closed.")
    into_id: strawberry.ID = strawberry.field(description="Stands for both from now on.")
    reason: str


@strawberry.input
class AddSystemInput:
    object_id: strawberry.ID
    kind: str = strawberry.field(description="A key of the reference list SYSTEM_KINDS.")
    name: str
    model: str | None = None
    serial: str | None = None
    place: str | None = None
    commissioned_on: date | None = None


@strawberry.input(description="What the passport says from now on: what is left out, it does not say.")
class UpdateSystemInput:
    system_id: strawberry.ID
    kind: str
    name: str
    model: str | None = None
    serial: str | None = None
    place: str | None = None
    commissioned_on: date | None = None


@strawberry.input
class RemoveSystemInput:
    system_id: strawberry.ID
    reason: str


@strawberry.input
class ApplyObjectImportInput:
    import_id: strawberry.ID


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
class EndAssignmentInput:
    assignment_id: strawberry.ID
    reason: str


@strawberry.input
class PlanAbsenceInput:
    user_id: strawberry.ID
    substitute_id: strawberry.ID
    starts_at: datetime
    ends_at: datetime = strawberry.field(description="The first moment at which the person is back.")
    basis: str = strawberry.field(description="The document that gives the substitute the right.")


@strawberry.input
class CancelAbsenceInput:
    absence_id: strawberry.ID
