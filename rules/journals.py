"""Volumes: one active a type and object, the former archived and cited in the same transaction (law 1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import connections
from tortoise.exceptions import IntegrityError

from models.entries import Entry
from models.enums import EntryStatus, EventKind, JournalStatus, Role
from models.journals import ClosingRecord, Journal, JournalType
from models.objects import ServiceObject
from models.users import Person
from rules import access, canonical
from rules.actor import Actor, Anonymous
from rules.refusals import Code, Refusal, invalid
from rules.systems import open_object
from rules.unit import Unit, unit


async def open_journal(actor: Actor, object_id: UUID, type_id: UUID) -> Journal:
    """Open the next volume of a type on an object; the active one, if there is one, is archived with it.

    Raises NOT_FOUND, FORBIDDEN, INVALID (a draft type, another operator's type), CONFLICT (object closed).
    """
    actor.require(Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        # The object's row is the lock under which volumes succeed each other.
        site = await open_object(actor, object_id)
        kind = await access.get(JournalType, actor, type_id, field="typeId")
        if kind.draft:
            raise invalid("typeId", "type_draft")
        return await _open(deed, site, kind, actor.person_id)


async def succeed(now: datetime) -> int:
    """Open the next volume of every active one that holds as many entries as its type says, or that was opened in a
    former month, quarter or year of its object's calendar. Each in a transaction of its own. Returns how many."""
    rows = await connections.get("default").execute_query_dict(DUE, [now])
    for row in rows:
        async with unit(Anonymous(now=now)) as deed:
            site = await ServiceObject.filter(id=row["object_id"]).select_for_update(no_key=True).get()
            journal = await Journal.filter(id=row["id"], status=JournalStatus.ACTIVE).get_or_none()
            if journal is not None and site.closed_at is None:
                await _open(deed, site, await JournalType.get(id=journal.type_id), None)
    return len(rows)


DUE = """
select j.id, j.object_id from journals j
join journal_types t on t.id = j.type_id
join journal_type_versions v on v.id = t.current_version_id
join objects o on o.id = j.object_id
where j.status = 'ACTIVE' and o.closed_at is null and (j.last_number >= v.volume_entries
or date_trunc(lower(v.volume_period), j.opened_at at time zone o.time_zone)
 < date_trunc(lower(v.volume_period), $1::timestamptz at time zone o.time_zone))
order by j.id limit 500
"""
"""The volumes that are full or whose period is over."""


async def _open(deed: Unit, site: ServiceObject, kind: JournalType, person_id: UUID | None) -> Journal:
    """The next volume, inside `deed`, which holds `site`; the active one is closed by the person, or by nobody."""
    volumes = Journal.filter(object_id=site.id, type_id=kind.id)
    former = await volumes.filter(status=JournalStatus.ACTIVE).select_for_update().get_or_none()
    if former is not None:
        await close(deed, person_id, former)
    last = await volumes.order_by("-volume").first()
    closing = last and await ClosingRecord.get(journal_id=last.id)
    try:
        journal = await Journal.create(
            object_id=site.id,
            operator_id=site.operator_id,
            subscriber_id=site.subscriber_id,
            type_id=kind.id,
            volume=last.volume + 1 if last else 1,
            status=JournalStatus.ACTIVE,
            opened_at=deed.now,
            previous_id=last and last.id,
            previous_digest=closing and closing.digest,
        )
    except IntegrityError as error:
        raise Refusal(Code.CONFLICT, "journal_open_taken", field="objectId") from error
    await deed.record(
        EventKind.JOURNAL_OPENED,
        operator_id=journal.operator_id,
        subscriber_id=journal.subscriber_id,
        object_id=journal.object_id,
        type_id=journal.type_id,
        journal_id=journal.id,
        changes={"after": {"volume": journal.volume}},
    )
    return journal


async def archive_journal(actor: Actor, journal_id: UUID) -> Journal:
    """Close the active volume without opening the next. Raises JOURNAL_ARCHIVED if it is closed already."""
    actor.require(Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        journal = await access.get(Journal, actor, journal_id, field="journalId", lock=True)
        if journal.status is JournalStatus.ARCHIVED:
            raise Refusal(Code.JOURNAL_ARCHIVED, field="journalId")
        await close(deed, actor.person_id, journal)
    return journal


async def close(deed: Unit, person_id: UUID | None, journal: Journal) -> None:
    """Archive `journal`, whose row the caller holds, and write its closing record."""
    entries = (
        await Entry.filter(journal_id=journal.id)
        .order_by("number")
        .values_list("number", "status", "current_revision__digest")
    )
    person = await Person.get(id=person_id) if person_id else None
    payload = canonical.closing_payload(
        journal, [(number, EntryStatus(status).value, digest) for number, status, digest in entries], person, deed.now
    )
    await ClosingRecord.create(
        journal_id=journal.id,
        operator_id=journal.operator_id,
        subscriber_id=journal.subscriber_id,
        person_id=person_id,
        entry_count=len(entries),
        incomplete_count=sum(status == EntryStatus.AWAITING_SIGNATURES for _, status, _ in entries),
        payload=payload,
        digest=canonical.digest(payload),
        closed_at=deed.now,
    )
    journal.status, journal.closed_at = JournalStatus.ARCHIVED, deed.now
    await journal.save(update_fields=["status", "closed_at"])
    await deed.record(
        EventKind.JOURNAL_ARCHIVED,
        operator_id=journal.operator_id,
        subscriber_id=journal.subscriber_id,
        object_id=journal.object_id,
        type_id=journal.type_id,
        journal_id=journal.id,
        changes={"after": {"entries": len(entries), "digest": canonical.digest(payload)}},
    )
