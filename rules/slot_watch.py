"""Open slots that need somebody's attention: those nobody can fill, and those whose deadline has passed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import connections

from models.entries import Entry, Slot
from models.enums import EventKind, Role, Side
from models.users import User
from rules import clock
from rules.access import Parameters
from rules.actor import Anonymous
from rules.unit import Unit, unit

AT_A_TIME = 500
NAMED = 20
"""How many entries are named by their numbers in one notice."""

ABLE = """
select a.user_id from assignments a join users u on u.id = a.user_id
where a.object_id = s.object_id and u.active
and u.organization_id = case s.side when 'OPERATOR' then s.operator_id else s.subscriber_id end
and (s.duty = 'PARTICIPANT' or a.duty = 'RESPONSIBLE') and (a.valid_to is null or a.valid_to > {now})
and (a.all_types or exists(select 1 from assignment_types at where at.assignment_id = a.id and at.type_id = s.type_id))
and not exists(select 1 from signatures g where g.revision_id = s.revision_id and g.user_id = a.user_id)
"""
"""Who can fill the slot `s`, now or once an assignment that has been made begins."""

RIVALS = (
    "select count(*) from slots o where o.revision_id = s.revision_id and o.side = s.side and o.status = 'OPEN'"
    " and (s.duty = 'PARTICIPANT' or o.duty = s.duty)"
)
"""How many open slots of the revision the same people have to fill: one person fills but one of them (law 7)."""


async def watch(now: datetime) -> int:
    """Tell once of every slot that nobody can fill any more, and of every deadline that has passed. Returns how many
    slots were told of."""
    async with unit(Anonymous(now=now)) as deed:
        return await tell_unfillable(deed) + await _tell_overdue(deed)


async def tell_unfillable(deed: Unit, object_ids: Collection[UUID] | None = None) -> int:
    """Tell the admins of both sides of the open slots, of `object_ids` or of all objects, that nobody can fill any
    more, one notice a journal type and side. Those that can be filled again are forgotten."""
    parameters = Parameters()
    # A duty that this very deed ends is over only now, later than the deed's request came.
    now = parameters.bind(max(deed.now, clock.now()), "timestamptz")
    lacking = f"((select count(distinct able.user_id) from ({ABLE.format(now=now)}) able) < ({RIVALS}))"
    here = "true" if object_ids is None else f"s.object_id = any({parameters.bind(list(object_ids), 'uuid[]')})"
    rows = await connections.get("default").execute_query_dict(
        f"select s.id, s.entry_id, s.object_id, s.type_id, s.operator_id, s.subscriber_id, s.side,"
        f" {lacking} as lacking from slots s where s.status = 'OPEN' and {here}"
        f" and (s.unfillable_told_at is null) = {lacking} order by s.id limit {AT_A_TIME} for update of s skip locked",
        parameters.values,
    )
    fillable = [row["id"] for row in rows if not row["lacking"]]
    if fillable:
        await Slot.filter(id__in=fillable).update(unfillable_told_at=None)
    places: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        if row["lacking"]:
            places[row["object_id"], row["type_id"], row["operator_id"], row["subscriber_id"], row["side"]].append(row)
    for (object_id, type_id, operator_id, subscriber_id, side), found in places.items():
        await Slot.filter(id__in=[row["id"] for row in found]).update(unfillable_told_at=deed.now)
        entries = await Entry.filter(id__in={row["entry_id"] for row in found}).order_by("number")
        event = await deed.record(
            EventKind.SLOTS_UNFILLABLE,
            operator_id=operator_id,
            subscriber_id=subscriber_id,
            object_id=object_id,
            type_id=type_id,
            journal_id=entries[0].journal_id if len({entry.journal_id for entry in entries}) == 1 else None,
            changes={
                "side": side,
                "slots": len(found),
                "entries": [entry.number for entry in entries[:NAMED]],
            },
        )
        own = subscriber_id if Side(side) is Side.SUBSCRIBER else operator_id
        await deed.tell(event, await _admins({own, operator_id}), actor_too=True)
    return sum(len(found) for found in places.values())


async def _tell_overdue(deed: Unit) -> int:
    """Tell those who can fill a slot, and the admins of their side, that its deadline has passed."""
    overdue = (
        await Slot.filter(status="OPEN", deadline__lt=deed.now, overdue_told_at=None)
        .order_by("deadline")
        .limit(AT_A_TIME)
        .select_for_update(skip_locked=True)
    )
    for slot in overdue:
        slot.overdue_told_at = deed.now
        await slot.save(update_fields=["overdue_told_at"])
        event = await deed.record_entry(
            EventKind.SLOT_OVERDUE,
            await Entry.get(id=slot.entry_id),
            revision_id=slot.revision_id,
            changes={"side": slot.side.value, "deadline": slot.deadline and slot.deadline.isoformat()},
        )
        parameters = Parameters()
        wanted, now = parameters.bind(slot.id, "uuid"), parameters.bind(deed.now, "timestamptz")
        able = await connections.get("default").execute_query_dict(
            f"select able.user_id from slots s, lateral ({ABLE.format(now=now)} and a.valid_from <= {now}) able"
            f" where s.id = {wanted}",
            parameters.values,
        )
        own = slot.subscriber_id if slot.side is Side.SUBSCRIBER else slot.operator_id
        await deed.tell(event, {*(row["user_id"] for row in able), *await _admins({own})})
    return len(overdue)


async def _admins(organization_ids: Collection[UUID]) -> list[UUID]:
    admins = User.filter(
        organization_id__in=list(organization_ids),
        role__in=[Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN],
        active=True,
    )
    return [UUID(str(id)) for id in await admins.values_list("id", flat=True)]
