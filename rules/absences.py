"""Planned absences: while one lasts, the substitute holds the duties of whoever is away.

The substitute's assignments are made when the absence is planned and hold by their own terms, so that nothing has to
happen when it begins or ends."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from models.enums import EventKind, Role
from models.objects import Absence, Assignment, AssignmentType
from models.users import User
from rules import access, clock, slot_watch, texts
from rules.actor import SIDES, Actor
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit


async def plan_absence(
    actor: Actor, user_id: UUID, substitute_id: UUID, *, starts_at: datetime, ends_at: datetime, basis: str
) -> Absence:
    """Let `substitute_id` stand in for `user_id` from `starts_at` until just before `ends_at`, by the document `basis`,
    in every duty of their own that they hold in that time, also in those they are given later.

    Both are of one organisation, the actor's unless that is the owner. Raises NOT_FOUND, FORBIDDEN, INVALID, CONFLICT
    (another absence of the person at that time).
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    basis = texts.text(basis, "basis", most=300)
    begins, ends = texts.instant(starts_at, "startsAt"), texts.instant(ends_at, "endsAt")
    if ends <= begins:
        raise invalid("endsAt", "term_reversed")
    if ends <= actor.now:
        raise invalid("endsAt", "past")
    begins = max(begins, actor.now)
    if user_id == substitute_id:
        raise invalid("substituteId", "substitute")
    async with unit(actor) as deed:
        held = {
            id: await access.get(User, actor, id, field=_FIELDS[id == substitute_id], lock=True)
            for id in sorted([user_id, substitute_id])
        }
        user, substitute = held[user_id], held[substitute_id]
        if user.organization_id != substitute.organization_id or not substitute.active:
            raise invalid("substituteId", "substitute")
        overlapping = Absence.filter(user_id=user.id, cancelled_at=None, starts_at__lt=ends, ends_at__gt=begins)
        if await overlapping.exists():
            raise Refusal(Code.CONFLICT, "absence_overlaps", field="startsAt")
        absence = await Absence.create(
            user_id=user.id,
            substitute_id=substitute.id,
            organization_id=user.organization_id,
            person_id=user.person_id,
            substitute_person_id=substitute.person_id,
            starts_at=begins,
            ends_at=ends,
            basis=basis,
            created_at=actor.now,
        )
        event = await deed.record_person(
            EventKind.ABSENCE_PLANNED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
            changes={"after": {"startsAt": begins.isoformat(), "endsAt": ends.isoformat(), "basis": basis}},
        )
        await deed.tell(event, [user.id, substitute.id])
        duties = await Assignment.filter(
            Q(valid_to=None) | Q(valid_to__gt=begins), user_id=user.id, absence_id=None, valid_from__lt=ends
        ).order_by("id")
        for assignment in duties:
            await _stand_in(deed, absence, substitute, assignment)
        await slot_watch.tell_unfillable(deed, {assignment.object_id for assignment in duties})
    return absence


_FIELDS = {False: "userId", True: "substituteId"}


async def cancel_absence(actor: Actor, absence_id: UUID) -> Absence:
    """Call an absence off or end it early: the substitute's duties end at once. Raises NOT_FOUND, FORBIDDEN, CONFLICT
    (over or called off already)."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    async with unit(actor) as deed:
        absence = await access.get(Absence, actor, absence_id, field="absenceId", lock=True)
        if absence.cancelled_at is not None or absence.ends_at <= actor.now:
            raise Refusal(Code.CONFLICT, "absence_over", field="absenceId")
        objects = await cancel(deed, absence)
        await slot_watch.tell_unfillable(deed, objects)
    return absence


async def cancel(deed: Unit, absence: Absence) -> set[UUID]:
    """The rows of a cancelled absence, inside `deed`. Returns the objects it was about."""
    absence.cancelled_at = deed.now
    await absence.save(update_fields=["cancelled_at"])
    stood_in = await Assignment.filter(absence_id=absence.id, valid_to__gt=deed.now).order_by("id").select_for_update()
    for assignment in stood_in:
        # What was done until the row was held was done at duty.
        assignment.valid_to = max(deed.now, clock.now(), assignment.valid_from)
        await assignment.save(update_fields=["valid_to"])
    user = await User.get(id=absence.user_id)
    event = await deed.record_person(
        EventKind.ABSENCE_CANCELLED,
        user_id=user.id,
        organization_id=user.organization_id,
        side=SIDES[user.role],
        changes={"basis": absence.basis},
    )
    await deed.tell(event, [absence.user_id, absence.substitute_id])
    return {assignment.object_id for assignment in stood_in}


async def substitute_in(deed: Unit, assignment: Assignment) -> None:
    """Give a new duty to whoever stands in for the person in the absences that are planned."""
    lasting = Absence.filter(user_id=assignment.user_id, cancelled_at=None, ends_at__gt=assignment.valid_from)
    if assignment.valid_to is not None:
        lasting = lasting.filter(starts_at__lt=assignment.valid_to)
    for absence in await lasting.order_by("id"):
        await _stand_in(deed, absence, await User.get(id=absence.substitute_id), assignment)


async def _stand_in(deed: Unit, absence: Absence, substitute: User, assignment: Assignment) -> None:
    ends = absence.ends_at if assignment.valid_to is None else min(absence.ends_at, assignment.valid_to)
    stands_in = await Assignment.create(
        object_id=assignment.object_id,
        operator_id=assignment.operator_id,
        subscriber_id=assignment.subscriber_id,
        user_id=substitute.id,
        person_id=substitute.person_id,
        duty=assignment.duty,
        all_types=assignment.all_types,
        valid_from=max(absence.starts_at, assignment.valid_from),
        valid_to=ends,
        basis=absence.basis,
        absence_id=absence.id,
        substitutes_id=assignment.id,
        created_at=deed.now,
    )
    kinds = await AssignmentType.filter(assignment_id=assignment.id).order_by("id").values_list("type_id", flat=True)
    await AssignmentType.bulk_create([AssignmentType(assignment_id=stands_in.id, type_id=kind) for kind in kinds])
    event = await deed.record(
        EventKind.ASSIGNED,
        operator_id=stands_in.operator_id,
        subscriber_id=stands_in.subscriber_id,
        object_id=stands_in.object_id,
        user_id=stands_in.user_id,
        changes={"after": {"duty": stands_in.duty.value, "basis": absence.basis, "substitution": True}},
    )
    await deed.tell(event, [stands_in.user_id])
