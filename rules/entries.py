"""Recording works and revising them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from tortoise.exceptions import IntegrityError

from models.attachments import Attachment
from models.entries import Entry, Revision
from models.enums import Duty, EntryStatus, EventKind, JournalStatus, RevisionKind, Role
from models.journals import Journal, JournalTypeVersion
from models.keys import uuid7
from models.signatures import Signature
from rules import access, attachments, canonical, queue, revisions, slots, texts, values
from rules.actor import Actor
from rules.identifiers import encode
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

SUCCEED = "journals.succeed"
"""The task that opens the next volume of one that is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is told of a work: the values by column key, when it was done (now if None), the files that belong to it."""

    given: Mapping[str, Any]
    performed_at: datetime | None = None
    attachment_ids: Sequence[UUID] = ()


async def create_entry(actor: Actor, journal_id: UUID, work: Work, *, client_id: str | None) -> Entry:
    """Record a work in the active volume; slots open for the signatures its type requires.

    `client_id` is the client's own key of this request: repeating it with the same content answers with the same entry,
    with other content is refused as CONFLICT. Raises NOT_FOUND, FORBIDDEN, JOURNAL_ARCHIVED, INVALID.
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    if client_id is not None:
        client_id = texts.text(client_id, "clientId", most=100)
    digest = request_digest(journal_id, work)
    async with unit(actor) as deed:
        # Numbers are drawn under the journal's lock: no gap, no repeat, and no archiving meanwhile.
        journal = await access.get(Journal, actor, journal_id, field="journalId", lock=True)
        if client_id is not None and (
            repeated := await Entry.get_or_none(author_id=actor.user_id, client_id=client_id)
        ):
            if repeated.request_digest != digest:
                raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId")
            return repeated
        files = await attachments.require_own(actor, work.attachment_ids, "attachmentIds")
        return await record(deed, actor, journal, work, files, client_id=client_id, digest=digest)


async def record(
    deed: Unit,
    actor: Actor,
    journal: Journal,
    work: Work,
    files: Sequence[Attachment],
    *,
    client_id: str | None,
    digest: str,
) -> Entry:
    """The rows of a new entry, inside `deed`, which holds `journal`. Raises FORBIDDEN, JOURNAL_ARCHIVED, INVALID,
    CONFLICT."""
    await may_record(actor, journal)
    await require_active(journal, "journalId")
    place = await revisions.place_of(journal)
    accepted = await revisions.accepted_values(actor, place, work.given)
    entry = Entry(
        id=uuid7(),
        journal_id=journal.id,
        object_id=journal.object_id,
        type_id=journal.type_id,
        operator_id=journal.operator_id,
        subscriber_id=journal.subscriber_id,
        number=journal.last_number + 1,
        status=EntryStatus.AWAITING_SIGNATURES,
        author_id=actor.user_id,
        client_id=client_id,
        request_digest=digest,
        created_at=actor.now,
    )
    try:
        revision = await revisions.add_revision(
            actor,
            place,
            entry,
            kind=RevisionKind.RECORD,
            values_=accepted,
            files=files,
            performed_at=revisions.performed(actor, work.performed_at),
            reason=None,
            previous=None,
        )
    except IntegrityError as error:  # the same key came at once for another journal
        raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId") from error
    journal.last_number = entry.number
    await journal.save(update_fields=["last_number"])
    await deed.record_entry(
        EventKind.ENTRY_RECORDED,
        entry,
        revision_id=revision.id,
        changes={"after": {"number": entry.number, "digest": revision.digest}},
    )
    full = place.type.current_version.volume_entries
    if full is not None and entry.number >= full:
        await queue.enqueue(deed, SUCCEED, lock=SUCCEED)
    return entry


async def revise_entry(
    actor: Actor,
    entry_id: UUID,
    *,
    expected_revision: int,
    reason: str,
    given: Mapping[str, Any] | None,
    performed_at: datetime | None,
    attachment_ids: Sequence[UUID] | None = None,
) -> Entry:
    """Make a new revision (laws 5 and 6). What is left out (None) stays as it was; a value given as None is emptied.

    Every standing signature becomes superseded, open slots are withdrawn, new ones open, and everybody who had signed
    is told. Raises NOT_FOUND, FORBIDDEN, STALE_REVISION, JOURNAL_ARCHIVED, CONFLICT, INVALID.
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        entry, journal, current = await held(actor, entry_id)
        if current.number != expected_revision:
            raise revisions.stale(current, "expectedRevision")
        await require_active(journal, "entryId")
        if current.kind is RevisionKind.ANNULMENT:
            raise Refusal(Code.CONFLICT, "annulment_pending", field="entryId")
        place = await revisions.place_of(journal, await JournalTypeVersion.get(id=current.type_version_id))
        accepted = await revisions.accepted_values(
            actor, place, {**current.values, **(given or {})}, kept=current.values
        )
        performed = current.performed_at if performed_at is None else revisions.performed(actor, performed_at)
        present = await attachments.held(current.id)
        files = present
        if attachment_ids is not None:
            files = await attachments.require_own(actor, attachment_ids, "attachmentIds", held_by=entry.id)
        same_files = [file.id for file in files] == [file.id for file in present]
        if accepted == current.values and performed == current.performed_at and same_files:
            raise invalid("values", "nothing_changed")
        await slots.withdraw_open_slots(current.id)
        revision = await revisions.add_revision(
            actor,
            place,
            entry,
            kind=RevisionKind.RECORD,
            values_=accepted,
            files=files,
            performed_at=performed,
            reason=reason,
            previous=await revisions.latest(entry),
        )
        entry.status = EntryStatus.AWAITING_SIGNATURES
        await entry.save(update_fields=["current_revision_id", "record_revision_id", "status"])
        await _tell_of_revision(deed, entry, (current, present), (revision, files))
    return entry


async def held(actor: Actor, entry_id: UUID) -> tuple[Entry, Journal, Revision]:
    """An entry that the actor may change, its volume and its current revision, held until the transaction ends.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (annulled).
    """
    # Journal before entry, as everywhere: a volume being closed has seen this revision or it is not made.
    seen = await access.get(Entry, actor, entry_id, field="entryId")
    journal = await access.get(Journal, actor, seen.journal_id, field="entryId", lock=True)
    entry = await access.get(Entry, actor, entry_id, field="entryId", lock=True)
    await may_record(actor, journal)
    if actor.role is Role.OPERATOR_EMPLOYEE and entry.author_id != actor.user_id:
        raise Refusal(Code.FORBIDDEN)
    if entry.status is EntryStatus.ANNULLED:
        raise Refusal(Code.CONFLICT, "entry_closed")
    return entry, journal, await Revision.get(id=entry.current_revision_id)


async def may_record(actor: Actor, journal: Journal) -> None:
    """Raise FORBIDDEN unless the actor works for the journal's operator and, as an employee, is assigned to it, which
    nobody ends until the transaction does."""
    if journal.operator_id != actor.organization_id:
        raise Refusal(Code.FORBIDDEN)
    if actor.role is Role.OPERATOR_EMPLOYEE:
        at_duty = await slots.hold_assignments(actor, journal.object_id)
        assignment = await slots.assignment_for(at_duty, journal.object_id, journal.type_id, set(Duty))
        if assignment is None:
            raise Refusal(Code.FORBIDDEN)


async def require_active(journal: Journal, field: str) -> None:
    """Raise JOURNAL_ARCHIVED for a closed volume; details.activeJournalId names the one to go on in, if any."""
    if journal.status is JournalStatus.ARCHIVED:
        active = await Journal.get_or_none(
            object_id=journal.object_id, type_id=journal.type_id, status=JournalStatus.ACTIVE
        )
        details = {"activeJournalId": encode("Journal", active.id)} if active else {}
        raise Refusal(Code.JOURNAL_ARCHIVED, field=field, details=details)


def request_digest(journal_id: UUID, work: Work) -> str:
    """What makes two requests with one `clientId` the same."""
    asked: dict[str, Any] = {
        "journal": str(journal_id),
        "values": dict(work.given),
        "performedAt": None if work.performed_at is None else work.performed_at.isoformat(),
    }
    if work.attachment_ids:
        asked["attachments"] = [str(id) for id in work.attachment_ids]
    try:
        return hashlib.sha256(rfc8785.dumps(asked)).hexdigest()
    except rfc8785.CanonicalizationError as error:
        raise invalid("values", "column_value_kind") from error


async def _tell_of_revision(
    deed: Unit,
    entry: Entry,
    before: tuple[Revision, Sequence[Attachment]],
    after: tuple[Revision, Sequence[Attachment]],
) -> None:
    """The events of a revision: what changed, and for each signer that their signature is superseded."""
    (former, former_files), (revision, files) = before, after
    changed: dict[str, Any] = values.changes(former.values, revision.values)
    if former.performed_at != revision.performed_at:
        changed["performedAt"] = {
            "before": canonical.moment(former.performed_at),
            "after": canonical.moment(revision.performed_at),
        }
    if [file.id for file in former_files] != [file.id for file in files]:
        changed["attachments"] = {
            "before": [file.name for file in former_files],
            "after": [file.name for file in files],
        }
    revised = await deed.record_entry(
        EventKind.ENTRY_REVISED,
        entry,
        revision_id=revision.id,
        changes={"fields": changed, "reason": revision.reason, "digest": revision.digest},
    )
    superseded = await Signature.filter(revision_id=former.id).order_by("id")
    for signature in superseded:
        await deed.record_entry(
            EventKind.SIGNATURE_SUPERSEDED,
            entry,
            revision_id=former.id,
            signature_id=signature.id,
            changes={"reason": revision.reason},
        )
    await deed.tell(revised, [signature.user_id for signature in superseded])
