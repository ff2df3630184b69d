"""Who has which duty on an object, and for how long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from models.enums import Duty, EventKind, Role
from models.journals import JournalType
from models.objects import Assignment, AssignmentType
from models.users import User
from rules import absences, access, clock, slot_watch, texts
from rules.actor import Actor
from rules.refusals import Code, Refusal, invalid, not_found
from rules.systems import open_object
from rules.unit import Unit, unit


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
    out) until just before `valid_to`, by the document `basis`. An admin assigns their own organisation's people.

    Whoever stands in for the person during a planned absence gets the duty for that time.
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    basis = texts.text(basis, "basis", most=300)
    begins = actor.now if valid_from is None else texts.instant(valid_from, "validFrom")
    ends = None if valid_to is None else texts.instant(valid_to, "validTo")
    if ends is not None and ends <= begins:
        raise invalid("validTo", "term_reversed")
    if type_ids is not None and not type_ids:
        raise invalid("journalTypeIds", "required")
    async with unit(actor) as deed:
        site = await open_object(actor, object_id)
        user = await access.get(User, actor, user_id, field="userId", lock=True)
        if user.organization_id not in (site.operator_id, site.subscriber_id):
            raise invalid("userId", "assignment_side")
        if actor.role is not Role.SUPERADMIN and user.organization_id != actor.organization_id:
            raise Refusal(Code.FORBIDDEN, field="userId")
        if not user.active:
            raise invalid("userId", "user_inactive")
        kinds = sorted(set(type_ids or ()))
        if await access.visible_ids(JournalType, actor, kinds) != set(kinds):
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
        event = await _tell(deed, EventKind.ASSIGNED, assignment, {"after": {"duty": duty.value, "basis": basis}})
        await deed.tell(event, [user.id])
        await absences.substitute_in(deed, assignment)
        await slot_watch.tell_unfillable(deed, [site.id])
    return assignment


async def end_assignment(actor: Actor, assignment_id: UUID, *, reason: str) -> Assignment:
    """End a duty at once, and with it the substitutes' share of it: slots that were theirs to fill are so no longer.
    The admins are told of those that nobody can fill now. Raises NOT_FOUND, FORBIDDEN, CONFLICT (over already)."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        assignment = await access.get(Assignment, actor, assignment_id, field="assignmentId", lock=True)
        user = await User.get(id=assignment.user_id)
        if actor.role is not Role.SUPERADMIN and user.organization_id != actor.organization_id:
            raise Refusal(Code.FORBIDDEN, field="assignmentId")
        if assignment.valid_to is not None and assignment.valid_to <= actor.now:
            raise Refusal(Code.CONFLICT, "assignment_over", field="assignmentId")
        await end(deed, Q(id=assignment.id), reason=reason)
        await slot_watch.tell_unfillable(deed, [assignment.object_id])
        await assignment.refresh_from_db()
    return assignment


async def end(deed: Unit, which: Q, *, reason: str) -> Collection[UUID]:
    """End the assignments that are not over, and their substitutes'; who held them is told. Returns the objects."""
    lasting = Q(valid_to=None) | Q(valid_to__gt=deed.now)
    ended = await Assignment.filter(which, lasting).order_by("id").select_for_update()
    substitutes = Q(substitutes_id__in=[assignment.id for assignment in ended])
    ended += await Assignment.filter(substitutes, lasting).order_by("id").select_for_update() if ended else []
    for assignment in ended:
        assignment.valid_to = _end_of(assignment, deed)
        await assignment.save(update_fields=["valid_to"])
        event = await _tell(deed, EventKind.ASSIGNMENT_ENDED, assignment, {"reason": reason})
        await deed.tell(event, [assignment.user_id])
    return {assignment.object_id for assignment in ended}


def _end_of(assignment: Assignment, deed: Unit) -> datetime:
    """The end of a duty that `deed` ends and holds: this very moment, for what the person did until their row was held
    was done at duty. One that has not begun never holds."""
    return max(deed.now, clock.now(), assignment.valid_from)


async def _tell(deed: Unit, kind: EventKind, assignment: Assignment, changes: dict[str, Any]) -> Any:
    return await deed.record(
        kind,
        operator_id=assignment.operator_id,
        subscriber_id=assignment.subscriber_id,
        object_id=assignment.object_id,
        user_id=assignment.user_id,
        changes=changes,
    )
