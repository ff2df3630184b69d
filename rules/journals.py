"""Volumes: one active a type and object, the former archived and cited in the same transaction (law 1)."""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.entries import Entry
from models.enums import EntryStatus, EventKind, JournalStatus, Role
from models.journals import ClosingRecord, Journal, JournalType
from models.objects import ServiceObject
from models.users import Person
from rules import access, canonical
from rules.actor import Actor
from rules.refusals import Code, Refusal, not_found
from rules.unit import Unit, unit


async def open_journal(actor: Actor, object_id: UUID, type_id: UUID) -> Journal:
    """Open the next volume of a type on an object; the active one, if there is one, is archived with it."""
    actor.require(Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        # The object's row is the lock under which volumes succeed each other.
        site = await access.get(ServiceObject, actor, object_id, field="objectId", lock=True)
        if not await JournalType.exists(id=type_id):
            raise not_found("typeId")
        volumes = Journal.filter(object_id=site.id, type_id=type_id)
        former = await volumes.filter(status=JournalStatus.ACTIVE).select_for_update().get_or_none()
        if former is not None:
            await _close(deed, actor, former)
        last = await volumes.order_by("-volume").first()
        closing = last and await ClosingRecord.get(journal_id=last.id)
        try:
            journal = await Journal.create(
                object_id=site.id,
                operator_id=site.operator_id,
                subscriber_id=site.subscriber_id,
                type_id=type_id,
                volume=last.volume + 1 if last else 1,
                status=JournalStatus.ACTIVE,
                opened_at=actor.now,
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
        await _close(deed, actor, journal)
    return journal


async def _close(deed: Unit, actor: Actor, journal: Journal) -> None:
    """Archive `journal`, whose row the caller holds, and write its closing record."""
    entries = (
        await Entry.filter(journal_id=journal.id)
        .order_by("number")
        .values_list("number", "status", "current_revision__digest")
    )
    person = await Person.get(id=actor.person_id)
    payload = canonical.closing_payload(
        journal, [(number, EntryStatus(status).value, digest) for number, status, digest in entries], person, actor.now
    )
    await ClosingRecord.create(
        journal_id=journal.id,
        operator_id=journal.operator_id,
        subscriber_id=journal.subscriber_id,
        person_id=person.id,
        entry_count=len(entries),
        incomplete_count=sum(status == EntryStatus.AWAITING_SIGNATURES for _, status, _ in entries),
        payload=payload,
        digest=canonical.digest(payload),
        closed_at=actor.now,
    )
    journal.status, journal.closed_at = JournalStatus.ARCHIVED, actor.now
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
