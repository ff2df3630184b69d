"""Annulling entries: nothing is deleted, both sides sign that a wrong entry does not hold (law 2)."""

from __future__ import annotations

import secrets
from uuid import UUID

from models.entries import Entry, Revision, Slot
from models.enums import EntryStatus, EventKind, RevisionKind, Role, SlotStatus
from models.journals import JournalTypeVersion
from models.signatures import Signature
from rules import attachments, entries, revisions, slots, texts
from rules.actor import Actor
from rules.refusals import Code, Refusal
from rules.unit import Unit, unit


async def annul_entry(
    actor: Actor, entry_id: UUID, *, expected_revision: int, expected_digest: str, reason: str
) -> Entry:
    """Propose to annul an entry, also in an archived volume: a revision of kind ANNULMENT that both sides sign.

    Until it is complete the record holds and its signatures stay current; open slots of the record wait. Raises
    NOT_FOUND, FORBIDDEN, STALE_REVISION, CONFLICT (annulled, or proposed already).
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        entry, journal, record = await entries.held(actor, entry_id)
        if record.number != expected_revision:
            raise revisions.stale(record, "expectedRevision")
        if not secrets.compare_digest(record.digest.encode(), expected_digest.lower().encode()):
            raise revisions.stale(record, "expectedDigest")
        if record.kind is RevisionKind.ANNULMENT:
            raise Refusal(Code.CONFLICT, "annulment_pending", field="entryId")
        await slots.withdraw_open_slots(record.id)
        place = await revisions.place_of(journal, await JournalTypeVersion.get(id=record.type_version_id))
        annulment = await revisions.add_revision(
            actor,
            place,
            entry,
            kind=RevisionKind.ANNULMENT,
            values_=record.values,
            files=await attachments.held(record.id),
            performed_at=record.performed_at,
            reason=reason,
            previous=await revisions.latest(entry),
        )
        entry.status = EntryStatus.AWAITING_SIGNATURES
        await entry.save(update_fields=["current_revision_id", "status"])
        proposed = await deed.record_entry(
            EventKind.ANNULMENT_PROPOSED,
            entry,
            revision_id=annulment.id,
            changes={"revision": annulment.number, "reason": reason, "digest": annulment.digest},
        )
        await deed.tell(proposed, await _concerned(record))
    return entry


async def complete(deed: Unit, entry: Entry, annulment: Revision, signature: Signature) -> None:
    """Everybody has signed: the entry is annulled. A part of the deed of the last signature (law 8)."""
    entry.status = EntryStatus.ANNULLED
    await entry.save(update_fields=["status"])
    annulled = await deed.record_entry(
        EventKind.ENTRY_ANNULLED,
        entry,
        revision_id=annulment.id,
        signature_id=signature.id,
        changes={"reason": annulment.reason},
    )
    await deed.tell(annulled, await _concerned(await Revision.get(id=entry.record_revision_id)))


async def take_back(entry: Entry) -> None:
    """The annulment was declined: the record holds as it did before, and what was open to be signed is open again."""
    record_slots = Slot.filter(revision_id=entry.record_revision_id)
    if await record_slots.filter(status=SlotStatus.DECLINED).exists():
        entry.status = EntryStatus.DECLINED
    elif await record_slots.filter(status=SlotStatus.WITHDRAWN).update(status=SlotStatus.OPEN):
        entry.status = EntryStatus.AWAITING_SIGNATURES
    else:
        entry.status = EntryStatus.SIGNED
    entry.current_revision_id = entry.record_revision_id
    await entry.save(update_fields=["current_revision_id", "status"])


async def _concerned(record: Revision) -> list[UUID]:
    """Who wrote and who signed the record."""
    signed = await Signature.filter(revision_id=record.id).values_list("user_id", flat=True)
    return [record.author_user_id, *(UUID(str(user)) for user in signed)]
