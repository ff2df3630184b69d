"""Serviced objects and the people assigned to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.enums import Duty, EventKind, Role
from models.journals import JournalType
from models.objects import Assignment, AssignmentType, ServiceObject
from models.organizations import Contract
from models.users import User
from rules import access, texts
from rules.actor import Actor
from rules.refusals import Code, Refusal, invalid, not_found
from rules.unit import unit


async def create_object(actor: Actor, contract_id: UUID, *, name: str, address: str, time_zone: str) -> ServiceObject:
    """A site of the contract's subscriber, which the contract's operator serves. `time_zone` is an IANA name."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    name = texts.text(name, "name", most=300)
    address = texts.text(address, "address", most=500)
    time_zone = texts.time_zone(time_zone, "timeZone")
    async with unit(actor) as deed:
        contract = await access.get(Contract, actor, contract_id, field="contractId")
        site = await ServiceObject.create(
            contract_id=contract.id,
            operator_id=contract.operator_id,
            subscriber_id=contract.subscriber_id,
            name=name,
            name_sort=texts.sort_key(name),
            address=address,
            time_zone=time_zone,
            created_at=actor.now,
        )
        await deed.record(
            EventKind.OBJECT_CREATED,
            operator_id=site.operator_id,
            subscriber_id=site.subscriber_id,
            object_id=site.id,
            changes={"after": {"name": name, "address": address, "timeZone": time_zone}},
        )
    return site


async def assign(
    actor: Actor,
    object_id: UUID,
    user_id: UUID,
    duty: Duty,
    *,
    type_ids: Sequence[UUID] | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    basis: str,
) -> Assignment:
    """Give a person a duty on an object, for `type_ids` only or for all types (None), from `valid_from` (now if left
    out) until just before `valid_to`, by the document `basis`. An admin assigns their own organisation's people."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    basis = texts.text(basis, "basis", most=300)
    begins = actor.now if valid_from is None else texts.instant(valid_from, "validFrom")
    ends = None if valid_to is None else texts.instant(valid_to, "validTo")
    if ends is not None and ends <= begins:
        raise invalid("validTo", "term_reversed")
    if type_ids is not None and not type_ids:
        raise invalid("journalTypeIds", "required")
    async with unit(actor) as deed:
        site = await access.get(ServiceObject, actor, object_id, field="objectId")
        user = await access.get(User, actor, user_id, field="userId", lock=True)
        if user.organization_id not in (site.operator_id, site.subscriber_id):
            raise invalid("userId", "assignment_side")
        if actor.role is not Role.SUPERADMIN and user.organization_id != actor.organization_id:
            raise Refusal(Code.FORBIDDEN, field="userId")
        kinds = sorted(set(type_ids or ()))
        if await JournalType.filter(id__in=kinds).count() != len(kinds):
            raise not_found("journalTypeIds")
        assignment = await Assignment.create(
            object_id=site.id,
            operator_id=site.operator_id,
            subscriber_id=site.subscriber_id,
            user_id=user.id,
            person_id=user.person_id,
            duty=duty,
            all_types=type_ids is None,
            valid_from=begins,
            valid_to=ends,
            basis=basis,
            created_at=actor.now,
        )
        await AssignmentType.bulk_create([AssignmentType(assignment_id=assignment.id, type_id=kind) for kind in kinds])
        event = await deed.record(
            EventKind.ASSIGNED,
            operator_id=site.operator_id,
            subscriber_id=site.subscriber_id,
            object_id=site.id,
            user_id=user.id,
            changes={"after": {"duty": duty.value, "basis": basis}},
        )
        await deed.tell(event, [user.id])
    return assignment
