"""Slots: which signatures a revision requires, who may fill one, whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from models.entries import Entry, Revision, Slot
from models.enums import Duty, Side, SlotStatus
from models.objects import Assignment, AssignmentType
from models.signatures import Signature
from rules.actor import Actor
from rules.refusals import Code, Refusal, not_found

DUTIES_FOR = {Duty.RESPONSIBLE: {Duty.RESPONSIBLE}, Duty.PARTICIPANT: {Duty.RESPONSIBLE, Duty.PARTICIPANT}}


async def open_slots(entry: Entry, revision: Revision, policy: Sequence[dict[str, Any]]) -> None:
    """Open the slots that `policy`, the snapshot in the signed bytes, asks for."""
    await Slot.bulk_create(
        [
            Slot(
                entry_id=entry.id,
                revision_id=revision.id,
                object_id=entry.object_id,
                type_id=entry.type_id,
                operator_id=entry.operator_id,
                subscriber_id=entry.subscriber_id,
                side=Side(slot["side"]),
                duty=Duty(slot["duty"]),
                order=slot["order"],
                group=slot["group"],
                deadline=revision.recorded_at + timedelta(days=slot["deadlineDays"]) if slot["deadlineDays"] else None,
                status=SlotStatus.OPEN,
            )
            for slot in policy
        ]
    )


async def withdraw_open_slots(revision_id: UUID) -> None:
    """Nobody needs to sign this revision any more."""
    await Slot.filter(revision_id=revision_id, status=SlotStatus.OPEN).update(status=SlotStatus.WITHDRAWN)


async def assignment_for(actor: Actor, object_id: UUID, type_id: UUID, duties: set[Duty]) -> Assignment | None:
    """The actor's assignment in force that gives one of `duties` for the type; the latest if there are several."""
    assignments = await Assignment.filter(
        object_id=object_id, user_id=actor.user_id, duty__in=list(duties), valid_from__lte=actor.now
    ).order_by("-valid_from")
    for assignment in assignments:
        over = assignment.valid_to is not None and assignment.valid_to <= actor.now
        if not over and (
            assignment.all_types or await AssignmentType.exists(assignment_id=assignment.id, type_id=type_id)
        ):
            return assignment
    return None


async def slot_to_decide(actor: Actor, entry: Entry, slot_id: UUID | None) -> tuple[Slot, Assignment]:
    """The open slot of the current revision that the actor signs or declines: `slot_id`, else the first in turn.

    Returns it with the assignment that is the actor's right. Raises ALREADY_SIGNED, NOT_FOUND (no such slot),
    CONFLICT (not open any more) or NOT_YOUR_SLOT (law 7).
    """
    signed = await Signature.get_or_none(revision_id=entry.current_revision_id, user_id=actor.user_id)
    if signed is not None:
        raise Refusal(Code.ALREADY_SIGNED, details={"signatureId": signed.id})
    slots = await Slot.filter(revision_id=entry.current_revision_id).order_by("order", "group", "id")
    if slot_id is not None and slot_id not in {slot.id for slot in slots}:
        raise not_found("slotId")
    waiting = [slot for slot in slots if slot.status is SlotStatus.OPEN]
    candidates = [slot for slot in waiting if slot_id in (None, slot.id)]
    if not candidates:
        raise Refusal(Code.CONFLICT, "slot_closed", field="slotId" if slot_id else None)
    turn = min(slot.order for slot in waiting)
    for slot in candidates:
        if slot.side is actor.side and slot.order == turn:
            assignment = await assignment_for(actor, entry.object_id, entry.type_id, DUTIES_FOR[slot.duty])
            if assignment is not None:
                return slot, assignment
    raise Refusal(Code.NOT_YOUR_SLOT, field="slotId" if slot_id else None)
