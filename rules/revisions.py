"""Making the immutable content of an entry: what recording, revising and annulling share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models.attachments import Attachment
from models.entries import Entry, Revision
from models.enums import RevisionKind
from models.journals import Journal, JournalType, JournalTypeVersion
from models.keys import uuid7
from models.objects import ServiceObject
from models.organizations import Contract, Organization
from models.users import Person
from rules import attachments, canonical, slots, systems, texts, values
from rules.actor import Actor
from rules.canonical import Content, Place
from rules.refusals import Code, Refusal, invalid


async def place_of(journal: Journal, version: JournalTypeVersion | None = None) -> Place:
    """Everything above an entry of `journal`; `version` is the type's current one unless given."""
    site = await ServiceObject.get(id=journal.object_id)
    kind = await JournalType.get(id=journal.type_id).select_related("current_version")
    return Place(
        object=site,
        contract=await Contract.get(id=site.contract_id),
        operator=await Organization.get(id=journal.operator_id),
        subscriber=await Organization.get(id=journal.subscriber_id),
        journal=journal,
        type=kind,
        version=version or kind.current_version,
    )


async def accepted_values(
    actor: Actor, place: Place, given: Mapping[str, Any], *, kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The values that will be signed, by the columns of the place's version. They may refer to the systems that are
    installed on the object and to those that the values `kept` from before refer to. Raises INVALID."""
    columns = place.version.columns
    known: set[str] = set()
    if values.takes_systems(columns):
        known = {*await systems.on_object(place.object.id), *values.systems_in(kept or {}, columns)}
    return values.check(given, columns, actor.language, systems=known)


async def add_revision(
    actor: Actor,
    place: Place,
    entry: Entry,
    *,
    kind: RevisionKind,
    values_: dict[str, Any],
    files: Sequence[Attachment],
    performed_at: datetime,
    reason: str | None,
    previous: Revision | None,
) -> Revision:
    """The next revision of `entry`, stored, with its files and its open slots: those that the journal type asks for at
    this moment (law 4). It becomes the entry's current one; saving the entry is the caller's."""
    policy = place.type.current_version.signature_policy
    content = Content(
        number=1 if previous is None else previous.number + 1,
        kind=kind,
        values=values_,
        author=await Person.get(id=actor.person_id),
        performed_at=performed_at,
        recorded_at=actor.now,
        reason=reason,
        previous_digest=None if previous is None else previous.digest,
        slots=policy,
        systems=await systems.as_signed(values.systems_in(values_, place.version.columns)),
        attachments=attachments.described(files),
    )
    payload = canonical.revision_payload(place, entry.id, entry.number, content)
    revision = Revision(
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
    entry.current_revision_id = revision.id
    if kind is RevisionKind.RECORD:
        entry.record_revision_id = revision.id
    if previous is None:  # entry and first revision are born together: their foreign keys meet at the commit
        await entry.save(force_create=True)
    await revision.save(force_create=True)
    await attachments.hold(entry, revision, files)
    await slots.open_slots(entry, revision, policy)
    return revision


async def latest(entry: Entry) -> Revision:
    """The newest revision: not the current one, if that is a record whose annulment was declined."""
    newest = await Revision.filter(entry_id=entry.id).order_by("-number").first()
    if newest is None:
        raise RuntimeError("an entry without a revision")
    return newest


def performed(actor: Actor, performed_at: datetime | None) -> datetime:
    """The moment of the work. Raises INVALID for one that has not come yet."""
    if performed_at is None:
        return actor.now
    moment = texts.instant(performed_at, "performedAt")
    if moment > actor.now:
        raise invalid("performedAt", "future")
    return moment


def stale(current: Revision, field: str) -> Refusal:
    """The refusal of a deed on a revision that is not current any more (law 6)."""
    return Refusal(Code.STALE_REVISION, field=field, details={"revision": current.number, "digest": current.digest})
