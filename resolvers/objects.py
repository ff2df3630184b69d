"""Objects, their systems, who is assigned to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import strawberry

from models.enums import Duty
from models.imports import ObjectImport
from models.objects import Absence, Assignment, ServiceObject, System
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import absences, assignments, object_import, object_lifecycle, objects, systems
from rules.actor import Caller
from rules.identifiers import decode
from rules.objects import Contact, ObjectChanges, ObjectDetails
from rules.refusals import problem_words
from rules.systems import SystemDetails


class GivenContact(Protocol):
    """A contact as it is given."""

    name: str
    position: str | None
    phone: str | None
    email: str | None


async def create_object(
    info: Info,
    contract_id: strawberry.ID,
    name: str,
    address: str,
    time_zone: str,
    external_id: str | None,
    contacts: Sequence[GivenContact],
) -> Row:
    """Brings a site of the contract's subscriber in."""
    details = ObjectDetails(
        name=name, address=address, time_zone=time_zone, external_id=external_id, contacts=_contacts(contacts)
    )
    site = await objects.create_object(info.context.actor, decode(contract_id, "Contract", "contractId"), details)
    return made(ServiceObject, site.id)


async def update_object(
    info: Info,
    object_id: strawberry.ID,
    name: str | None,
    address: str | None,
    time_zone: str | None,
    external_id: str | None,
    contacts: Sequence[GivenContact] | None,
) -> Row:
    """Changes what is told of an object."""
    changes = ObjectChanges(
        name=name,
        address=address,
        time_zone=time_zone,
        external_id=external_id,
        contacts=None if contacts is None else _contacts(contacts),
    )
    site = await objects.update_object(info.context.actor, _object(object_id), changes)
    return made(ServiceObject, site.id)


async def close_object(info: Info, object_id: strawberry.ID, reason: str) -> Row:
    """Closes an object."""
    site = await object_lifecycle.close_object(info.context.actor, _object(object_id), reason=reason)
    return made(ServiceObject, site.id)


async def reopen_object(info: Info, object_id: strawberry.ID) -> Row:
    """Opens a closed object again."""
    site = await object_lifecycle.reopen_object(info.context.actor, _object(object_id))
    return made(ServiceObject, site.id)


async def move_object(info: Info, object_id: strawberry.ID, contract_id: strawberry.ID, reason: str) -> Row:
    """Puts an object under another contract."""
    site = await object_lifecycle.move_object(
        info.context.actor, _object(object_id), decode(contract_id, "Contract", "contractId"), reason=reason
    )
    return made(ServiceObject, site.id)


async def merge_objects(info: Info, object_id: strawberry.ID, into_id: strawberry.ID, reason: str) -> Row:
    """Lets one object stand for another."""
    site = await object_lifecycle.merge_objects(
        info.context.actor, _object(object_id), _object(into_id, "intoId"), reason=reason
    )
    return made(ServiceObject, site.id)


async def add_system(
    info: Info,
    object_id: strawberry.ID,
    kind: str,
    name: str,
    model: str | None,
    serial: str | None,
    place: str | None,
    commissioned_on: date | None,
) -> Row:
    """Enters a system in a passport."""
    details = SystemDetails(
        kind=kind, name=name, model=model, serial=serial, place=place, commissioned_on=commissioned_on
    )
    system = await systems.add_system(info.context.actor, _object(object_id), details)
    return made(System, system.id)


async def update_system(
    info: Info,
    system_id: strawberry.ID,
    kind: str,
    name: str,
    model: str | None,
    serial: str | None,
    place: str | None,
    commissioned_on: date | None,
) -> Row:
    """Changes what a passport says of a system."""
    details = SystemDetails(
        kind=kind, name=name, model=model, serial=serial, place=place, commissioned_on=commissioned_on
    )
    system = await systems.update_system(info.context.actor, decode(system_id, "System", "systemId"), details)
    return made(System, system.id)


async def remove_system(info: Info, system_id: strawberry.ID, reason: str) -> Row:
    """Strikes a system out of a passport."""
    system = await systems.remove_system(info.context.actor, decode(system_id, "System", "systemId"), reason=reason)
    return made(System, system.id)


async def apply_object_import(info: Info, import_id: strawberry.ID) -> Row:
    """Has the objects of a staged sheet made."""
    staged = await object_import.request_application(info.context.actor, decode(import_id, "ObjectImport", "importId"))
    return made(ObjectImport, staged.id)


async def assign(
    info: Info,
    object_id: strawberry.ID,
    user_id: strawberry.ID,
    duty: Duty,
    journal_type_ids: list[strawberry.ID] | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    basis: str,
) -> Row:
    """Gives a person a duty on an object."""
    type_ids: list[UUID] | None = None
    if journal_type_ids is not None:
        type_ids = [decode(id, "JournalType", "journalTypeIds") for id in journal_type_ids]
    assignment = await assignments.assign(
        info.context.actor,
        _object(object_id),
        decode(user_id, "User", "userId"),
        duty,
        type_ids=type_ids,
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis,
    )
    return made(Assignment, assignment.id)


async def end_assignment(info: Info, assignment_id: strawberry.ID, reason: str) -> Row:
    """Ends a duty."""
    assignment = await assignments.end_assignment(
        info.context.actor, decode(assignment_id, "Assignment", "assignmentId"), reason=reason
    )
    return made(Assignment, assignment.id)


async def plan_absence(
    info: Info,
    user_id: strawberry.ID,
    substitute_id: strawberry.ID,
    starts_at: datetime,
    ends_at: datetime,
    basis: str,
) -> Row:
    """Lets somebody stand in for somebody."""
    absence = await absences.plan_absence(
        info.context.actor,
        decode(user_id, "User", "userId"),
        decode(substitute_id, "User", "substituteId"),
        starts_at=starts_at,
        ends_at=ends_at,
        basis=basis,
    )
    return made(Absence, absence.id)


async def cancel_absence(info: Info, absence_id: strawberry.ID) -> Row:
    """Calls an absence off."""
    absence = await absences.cancel_absence(info.context.actor, decode(absence_id, "Absence", "absenceId"))
    return made(Absence, absence.id)


def contacts(kept: list[dict[str, Any]], caller: Caller) -> list[Contact]:
    """Whom to call about an object."""
    return [Contact(**contact) for contact in kept]


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What is wrong with a row, in words."""

    field: str | None
    message: str


def problems(found: list[dict[str, Any]], caller: Caller) -> list[ImportProblem]:
    """What is wrong with a row of a sheet, in the caller's language."""
    return [
        ImportProblem(problem["field"], problem_words(problem["reason"], problem["details"], caller.language))
        for problem in found
    ]


def _object(id: str, field: str = "objectId") -> UUID:
    return decode(id, "ServiceObject", field)


def _contacts(given: Sequence[GivenContact]) -> list[Contact]:
    return [
        Contact(name=contact.name, position=contact.position, phone=contact.phone, email=contact.email)
        for contact in given
    ]
