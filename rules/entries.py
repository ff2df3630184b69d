"""Recording works and revising them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import rfc8785
from tortoise.exceptions import IntegrityError

from models.entries import Entry, Revision
from models.enums import Duty, EntryStatus, EventKind, JournalStatus, RevisionKind, Role
from models.journals import Journal, JournalType, JournalTypeVersion
from models.keys import uuid7
from models.objects import ServiceObject
from models.organizations import Contract, Organization
from models.signatures import Signature
from models.users import Person
from rules import access, canonical, slots, texts, values
from rules.actor import Actor, Anonymous, Caller
from rules.canonical import Content, Place
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit


async def create_entry(
    actor: Actor,
    journal_id: UUID,
    *,
    given: dict[str, Any],
    performed_at: datetime | None,
    client_id: str | None,
) -> Entry:
    """Record a work in the active volume; slots open for the signatures its type requires.

    `given` are the values by column key, `performed_at` the moment of the work (now if left out), `client_id` the
    client's own key of this request: repeating it with the same content answers with the same entry, with other
    content is refused as CONFLICT. Raises NOT_FOUND, FORBIDDEN, JOURNAL_ARCHIVED, INVALID.
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    if client_id is not None:
        client_id = texts.text(client_id, "clientId", most=100)
    request_digest = _request_digest(journal_id, given, performed_at)
    async with unit(actor) as deed:
        # Numbers are drawn under the journal's lock: no gap, no repeat, and no archiving meanwhile.
        journal = await access.get(Journal, actor, journal_id, field="journalId", lock=True)
        if client_id is not None and (
            repeated := await Entry.get_or_none(author_id=actor.user_id, client_id=client_id)
        ):
            if repeated.request_digest != request_digest:
                raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId")
            return repeated
        await _may_record(actor, journal)
        if journal.status is JournalStatus.ARCHIVED:
            raise Refusal(Code.JOURNAL_ARCHIVED, field="journalId")
        place = await _place(journal)
        accepted = values.check(given, place.version.columns, actor.language)
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
            request_digest=request_digest,
            created_at=actor.now,
        )
        content = Content(
            number=1,
            kind=RevisionKind.RECORD,
            values=accepted,
            author=await Person.get(id=actor.person_id),
            performed_at=_performed(actor, performed_at),
            recorded_at=actor.now,
            reason=None,
            previous_digest=None,
            slots=place.version.signature_policy,
        )
        revision = _revision(actor, place, entry, content)
        entry.current_revision_id = revision.id
        try:
            await entry.save(force_create=True)
        except IntegrityError as error:  # the same key came at once for another journal
            raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId") from error
        await revision.save(force_create=True)
        await slots.open_slots(entry, revision, content.slots)
        journal.last_number = entry.number
        await journal.save(update_fields=["last_number"])
        await deed.record_entry(
            EventKind.ENTRY_RECORDED,
            entry,
            revision_id=revision.id,
            changes={"after": {"number": entry.number, "digest": revision.digest}},
        )
    return entry


async def revise_entry(
    actor: Actor,
    entry_id: UUID,
    *,
    expected_revision: int,
    reason: str,
    given: dict[str, Any] | None,
    performed_at: datetime | None,
) -> Entry:
    """Make a new revision (laws 5 and 6). What is left out (None) stays as it was; a value given as None is emptied.

    Every standing signature becomes superseded, open slots are withdrawn, new ones open, and everybody who had signed
    is told. Raises NOT_FOUND, FORBIDDEN, STALE_REVISION, JOURNAL_ARCHIVED, CONFLICT, INVALID.
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        # Journal before entry, as everywhere: a volume being closed has seen this revision or it is not made.
        seen = await access.get(Entry, actor, entry_id, field="entryId")
        journal = await access.get(Journal, actor, seen.journal_id, field="entryId", lock=True)
        entry = await access.get(Entry, actor, entry_id, field="entryId", lock=True)
        await _may_record(actor, journal)
        if actor.role is Role.OPERATOR_EMPLOYEE and entry.author_id != actor.user_id:
            raise Refusal(Code.FORBIDDEN)
        if journal.status is JournalStatus.ARCHIVED:
            raise Refusal(Code.JOURNAL_ARCHIVED, field="entryId")
        if entry.status is EntryStatus.ANNULLED:
            raise Refusal(Code.CONFLICT, "entry_closed")
        current = await Revision.get(id=entry.current_revision_id)
        if current.number != expected_revision:
            raise stale(current, "expectedRevision")
        version = await JournalTypeVersion.get(id=current.type_version_id)
        accepted = values.check({**current.values, **(given or {})}, version.columns, actor.language)
        performed = current.performed_at if performed_at is None else _performed(actor, performed_at)
        if accepted == current.values and performed == current.performed_at:
            raise invalid("values", "nothing_changed")
        place = await _place(journal, version)
        content = Content(
            number=current.number + 1,
            kind=RevisionKind.RECORD,
            values=accepted,
            author=await Person.get(id=actor.person_id),
            performed_at=performed,
            recorded_at=actor.now,
            reason=reason,
            previous_digest=current.digest,
            slots=place.version.signature_policy,
        )
        revision = _revision(actor, place, entry, content)
        await revision.save(force_create=True)
        await slots.withdraw_open_slots(current.id)
        entry.current_revision_id = revision.id
        entry.status = EntryStatus.AWAITING_SIGNATURES
        await entry.save(update_fields=["current_revision_id", "status"])
        await slots.open_slots(entry, revision, content.slots)
        await _tell_of_revision(deed, entry, current, revision)
    return entry


async def _tell_of_revision(deed: Unit, entry: Entry, former: Revision, revision: Revision) -> None:
    """The events of a revision: what changed, and for each signer that their signature is superseded."""
    changed: dict[str, Any] = values.changes(former.values, revision.values)
    if former.performed_at != revision.performed_at:
        changed["performedAt"] = {
            "before": canonical.moment(former.performed_at),
            "after": canonical.moment(revision.performed_at),
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


def revisable(caller: Caller, e: str, parameters: access.Parameters) -> str:
    """The SQL condition under which the caller may revise the entry aliased `e` now."""
    if isinstance(caller, Anonymous) or caller.role not in (Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE):
        return "false"
    own = caller.role is Role.OPERATOR_EMPLOYEE
    author = f" and {e}.author_id = {parameters.bind(caller.user_id, 'uuid')}" if own else ""
    return (
        f"{e}.operator_id = {parameters.bind(caller.organization_id, 'uuid')} and {e}.status <> 'ANNULLED'{author}"
        f" and exists(select 1 from journals j where j.id = {e}.journal_id and j.status = 'ACTIVE')"
        f" and {access.condition(Entry, caller, e, parameters)}"
    )


def with_former(caller: Caller, r: str, parameters: access.Parameters) -> str:
    """The SQL of a JSON array: what the revision aliased `r` says, and what the one before it said; null if there is
    none or the caller, who may have signed only this one, may not see it (law 11)."""
    said = "json_build_object('values', {0}.values, 'performedAt', {0}.performed_at)"
    return (
        f"json_build_array({said.format(r)}, (select {said.format('f')} from revisions f"
        f" where f.entry_id = {r}.entry_id and f.number = {r}.number - 1"
        f" and {access.condition(Revision, caller, 'f', parameters)}))"
    )


def stale(current: Revision, field: str) -> Refusal:
    """The refusal of a deed on a revision that is not current any more (law 6)."""
    return Refusal(Code.STALE_REVISION, field=field, details={"revision": current.number, "digest": current.digest})


async def _may_record(actor: Actor, journal: Journal) -> None:
    """Raise FORBIDDEN unless the actor works for the journal's operator and, as an employee, is assigned to it."""
    if journal.operator_id != actor.organization_id:
        raise Refusal(Code.FORBIDDEN)
    if actor.role is Role.OPERATOR_EMPLOYEE:
        assignment = await slots.assignment_for(actor, journal.object_id, journal.type_id, set(Duty))
        if assignment is None:
            raise Refusal(Code.FORBIDDEN)


async def _place(journal: Journal, version: JournalTypeVersion | None = None) -> Place:
    """Everything above an entry of `journal`; `version` is the type's current one unless given."""
    site = await ServiceObject.get(id=journal.object_id)
    kind = await JournalType.get(id=journal.type_id)
    return Place(
        object=site,
        contract=await Contract.get(id=site.contract_id),
        operator=await Organization.get(id=journal.operator_id),
        subscriber=await Organization.get(id=journal.subscriber_id),
        journal=journal,
        type=kind,
        version=version or await JournalTypeVersion.get(id=kind.current_version_id),
    )


def _revision(actor: Actor, place: Place, entry: Entry, content: Content) -> Revision:
    payload = canonical.revision_payload(place, entry.id, entry.number, content)
    return Revision(
        id=uuid7(),
        entry_id=entry.id,
        object_id=entry.object_id,
        type_id=entry.type_id,
        operator_id=entry.operator_id,
        subscriber_id=entry.subscriber_id,
        number=content.number,
        kind=content.kind,
        type_version_id=place.version.id,
        payload=payload,
        digest=canonical.digest(payload),
        previous_digest=content.previous_digest,
        values=content.values,
        author_id=content.author.id,
        author_user_id=actor.user_id,
        performed_at=content.performed_at,
        recorded_at=content.recorded_at,
        reason=content.reason,
    )


def _performed(actor: Actor, performed_at: datetime | None) -> datetime:
    """The moment of the work. Raises INVALID for one that has not come yet."""
    if performed_at is None:
        return actor.now
    moment = texts.instant(performed_at, "performedAt")
    if moment > actor.now:
        raise invalid("performedAt", "future")
    return moment


def _request_digest(journal_id: UUID, given: dict[str, Any], performed_at: datetime | None) -> str:
    """What makes two requests with one `clientId` the same."""
    asked = {
        "journal": str(journal_id),
        "values": given,
        "performedAt": None if performed_at is None else performed_at.isoformat(),
    }
    try:
        return hashlib.sha256(rfc8785.dumps(asked)).hexdigest()
    except rfc8785.CanonicalizationError as error:
        raise invalid("values", "column_value_kind") from error
