"""Slots: which signatures a revision requires, who may fill one, whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise import connections

from models.entries import Entry, Revision, Slot
from models.enums import Duty, Side, SigningObstacle, SlotStatus
from models.objects import Assignment, AssignmentType
from models.signatures import Signature
from rules import clock, identifiers
from rules.access import Parameters, assigned
from rules.actor import Actor, Anonymous, Caller
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


async def hold_assignments(actor: Actor, object_id: UUID) -> Actor:
    """Let nobody end the actor's duties on the object until the transaction ends. Returns the actor as of this very
    moment: a duty that was ended since their request came is over, however long it has waited."""
    await connections.get("default").execute_query(
        "select 1 from assignments where object_id = $1 and user_id = $2 order by id for share",
        [object_id, actor.user_id],
    )
    return actor.at(max(actor.now, clock.now()))


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
        raise Refusal(Code.ALREADY_SIGNED, details={"signatureId": identifiers.encode("Signature", signed.id)})
    slots = await Slot.filter(revision_id=entry.current_revision_id).order_by("order", "group", "id")
    if slot_id is not None and slot_id not in {slot.id for slot in slots}:
        raise not_found("slotId")
    candidates = [slot for slot in slots if slot.status is SlotStatus.OPEN and slot_id in (None, slot.id)]
    if not candidates:
        raise Refusal(Code.CONFLICT, "slot_closed", field="slotId" if slot_id else None)
    mine = await _fillable_of(actor, entry.current_revision_id)
    for slot in candidates:
        if slot.id in mine:
            assignment = await assignment_for(actor, entry.object_id, entry.type_id, DUTIES_FOR[slot.duty])
            if assignment is not None:
                return slot, assignment
    raise Refusal(Code.NOT_YOUR_SLOT, field="slotId" if slot_id else None)


def fillable(caller: Caller, t: str, parameters: Parameters) -> str:
    """The SQL condition under which the caller may fill the slot aliased `t` now: it is theirs, its turn has come, and
    they have not signed the revision (law 7)."""
    if isinstance(caller, Anonymous) or caller.side is None:
        return "false"
    user = parameters.bind(caller.user_id, "uuid")
    return (
        f"{rightful(caller, t, parameters)}"
        f" and not exists(select 1 from slots earlier where earlier.revision_id = {t}.revision_id"
        f' and earlier.status = \'OPEN\' and earlier."order" < {t}."order")'
        f" and not exists(select 1 from signatures s where s.revision_id = {t}.revision_id and s.user_id = {user})"
    )


def rightful(caller: Caller, t: str, parameters: Parameters) -> str:
    """The SQL condition that the slot aliased `t` is open and the caller's to fill once its turn has come: the side is
    theirs and an assignment in force gives the duty."""
    if isinstance(caller, Anonymous) or caller.side is None:
        return "false"
    side = parameters.bind(caller.side.value, "text")
    duty = f"({t}.duty = 'PARTICIPANT' or a.duty = 'RESPONSIBLE')"
    right = assigned(caller, parameters, f"{t}.object_id", f"{t}.type_id", also=duty)
    return f"{t}.status = 'OPEN' and {t}.side = {side} and {right}"


def overdue(caller: Caller, t: str, parameters: Parameters) -> str:
    """The SQL condition that the slot aliased `t` is open though its deadline has passed."""
    return f"({t}.status = 'OPEN' and coalesce({t}.deadline < {parameters.bind(caller.now, 'timestamptz')}, false))"


async def _fillable_of(actor: Actor, revision_id: UUID) -> set[UUID]:
    parameters = Parameters()
    revision = parameters.bind(revision_id, "uuid")
    statement = f"select t.id from slots t where t.revision_id = {revision} and {fillable(actor, 't', parameters)}"
    rows = await connections.get("default").execute_query_dict(statement, parameters.values)
    return {UUID(str(row["id"])) for row in rows}


def waiting(caller: Caller, e: str, parameters: Parameters) -> str:
    """The SQL condition under which the current revision of the entry aliased `e` has a slot that the caller may fill
    now."""
    return (
        f"exists(select 1 from slots t where t.revision_id = {e}.current_revision_id"
        f" and {fillable(caller, 't', parameters)})"
    )


def signable(caller: Caller, e: str, parameters: Parameters) -> str:
    """The SQL condition under which the caller can sign the entry aliased `e` now: nothing is in the way."""
    return f"({obstacle(caller, e, parameters)} is null)"


def obstacle(caller: Caller, e: str, parameters: Parameters) -> str:
    """The SQL of the first thing, a `SigningObstacle`, that keeps the caller from signing the entry aliased `e` now;
    null if nothing does (laws 7 and 9)."""
    if isinstance(caller, Anonymous) or caller.side is None:
        return f"text '{SigningObstacle.NOT_YOUR_SLOT}'"
    user = parameters.bind(caller.user_id, "uuid")
    now = parameters.bind(caller.now, "timestamptz")
    of_revision = f"s.revision_id = {e}.current_revision_id"
    accepted = (
        "exists(select 1 from agreement_acceptances aa join agreements ag on ag.id = aa.agreement_id"
        f" where aa.user_id = {user} and aa.on_behalf_of = 'PERSON'"
        " and ag.version = (select max(version) from agreements))"
    )
    certified = (
        f"exists(select 1 from certificates ce where ce.user_id = {user} and ce.status = 'ACTIVE'"
        f" and ce.not_before <= {now} and ce.not_after >= {now})"
    )
    return (
        "(case"
        f" when {e}.status <> 'AWAITING_SIGNATURES' then '{SigningObstacle.NOTHING_TO_SIGN}'"
        f" when exists(select 1 from signatures s where {of_revision} and s.user_id = {user})"
        f" then '{SigningObstacle.ALREADY_SIGNED}'"
        f" when not exists(select 1 from slots t where t.revision_id = {e}.current_revision_id"
        f" and {rightful(caller, 't', parameters)}) then '{SigningObstacle.NOT_YOUR_SLOT}'"
        f" when not {waiting(caller, e, parameters)} then '{SigningObstacle.NOT_YOUR_TURN}'"
        f" when not {accepted} then '{SigningObstacle.AGREEMENT_REQUIRED}'"
        f" when not {certified} then '{SigningObstacle.NO_CERTIFICATE}' end)"
    )
