"""All duties of one person go to a colleague at one stroke."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from models.enums import EventKind
from models.objects import Assignment, AssignmentType
from models.users import User
from rules import absences, access, assignments, slot_watch, texts
from rules.account_status import require_still
from rules.actor import ADMINISTRATORS, Actor
from rules.refusals import invalid
from rules.staff import tell
from rules.unit import Unit, unit


async def hand_over_duties(actor: Actor, from_user_id: UUID, to_user_id: UUID, *, basis: str) -> User:
    """Give every duty that `from_user_id` holds now or will, by the document `basis`, to `to_user_id`, a colleague in
    the same organisation: the same objects, journal types and terms, with no moment between. What was waiting for the
    one's signature waits for the other's.

    Duties that somebody holds as a substitute stay with the absence that they are for. Raises NOT_FOUND, FORBIDDEN,
    INVALID (not colleagues, or an account that has been ended).
    """
    actor.require(*ADMINISTRATORS)
    basis = texts.text(basis, "basis", most=300)
    if from_user_id == to_user_id:
        raise invalid("toUserId", "colleague")
    fields = {from_user_id: "fromUserId", to_user_id: "toUserId"}
    async with unit(actor) as deed:
        held = {id: await access.get(User, actor, id, field=fields[id], lock=True) for id in sorted(fields)}
        giver, taker = held[from_user_id], held[to_user_id]
        await require_still(actor)
        if giver.organization_id != taker.organization_id or not taker.active:
            raise invalid("toUserId", "colleague")
        lasting = Q(valid_to=None) | Q(valid_to__gt=deed.now)
        duties = await Assignment.filter(lasting, user_id=giver.id, absence_id=None).order_by("id").select_for_update()
        terms = [(duty, duty.valid_to) for duty in duties]
        objects = set(await assignments.end(deed, Q(id__in=[duty.id for duty in duties]), reason=basis))
        for duty, ends_at in terms:
            await duty.refresh_from_db(fields=["valid_to"])
            begins_at = duty.valid_to or deed.now
            if ends_at is None or ends_at > begins_at:
                await _take(deed, taker, duty, begins_at, ends_at, basis)
        event = await tell(deed, EventKind.DUTIES_HANDED_OVER, giver, {"duties": len(duties), "basis": basis})
        await deed.tell(event, [giver.id, taker.id])
        await slot_watch.tell_unfillable(deed, objects)
    return taker


async def _take(
    deed: Unit, taker: User, duty: Assignment, begins_at: datetime, ends_at: datetime | None, basis: str
) -> None:
    taken = await Assignment.create(
        object_id=duty.object_id,
        operator_id=duty.operator_id,
        subscriber_id=duty.subscriber_id,
        user_id=taker.id,
        person_id=taker.person_id,
        duty=duty.duty,
        all_types=duty.all_types,
        valid_from=begins_at,
        valid_to=ends_at,
        basis=basis,
        created_at=deed.now,
    )
    kinds = await AssignmentType.filter(assignment_id=duty.id).order_by("id").values_list("type_id", flat=True)
    await AssignmentType.bulk_create([AssignmentType(assignment_id=taken.id, type_id=kind) for kind in kinds])
    event = await deed.record(
        EventKind.ASSIGNED,
        operator_id=taken.operator_id,
        subscriber_id=taken.subscriber_id,
        object_id=taken.object_id,
        user_id=taken.user_id,
        changes={"after": {"duty": taken.duty.value, "basis": basis}},
    )
    await deed.tell(event, [taker.id])
    await absences.substitute_in(deed, taken)
