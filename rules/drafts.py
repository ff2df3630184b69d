"""Drafts: unfinished entries, their author's alone. They have no number and leave no event until they are submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.attachments import DraftAttachment
from models.entries import Draft, Entry, Revision
from models.enums import JournalStatus, Role
from models.journals import Journal, JournalType, JournalTypeVersion
from rules import access, attachments, entries, systems, texts
from rules.actor import Actor
from rules.entries import Work, request_digest
from rules.refusals import Code, Refusal, invalid, not_found
from rules.unit import Unit, unit
from rules.values import systems_in

MOST_OF_ONE = 500
"""How many unfinished drafts somebody may keep."""
LONGEST_VALUE = 20_000
"""Characters of one value: a draft is not held to its columns' schemas yet."""


async def save_draft(
    actor: Actor, work: Work, *, draft_id: UUID | None, journal_id: UUID | None, client_id: str | None
) -> Draft:
    """Keep an unfinished entry for the active volume `journal_id`, or change the draft `draft_id`.

    Only that the columns exist is asked of its values. `client_id`, for a new one: repeating the request answers with
    the same draft, whatever has become of it. Raises NOT_FOUND, FORBIDDEN, JOURNAL_ARCHIVED, INVALID, CONFLICT.
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    if (draft_id is None) == (journal_id is None):
        raise invalid("journalId", "draft_place")
    async with unit(actor) as deed:
        if draft_id is not None:
            return await _change(deed, actor, await _own(actor, draft_id), work)
        assert journal_id is not None  # noqa: S101 - for the type checker: one of the two is given
        return await _add(actor, journal_id, work, client_id)


async def copy_entry(actor: Actor, entry_id: UUID) -> Draft:
    """A new draft for the active volume with the values of an earlier entry, as far as the form still has their columns
    and the object still has the systems; what was done when, and the files, are not copied.

    Raises NOT_FOUND, FORBIDDEN, JOURNAL_ARCHIVED (no active volume), CONFLICT.
    """
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    async with unit(actor):
        entry = await access.get(Entry, actor, entry_id, field="entryId")
        active = await Journal.get_or_none(
            object_id=entry.object_id, type_id=entry.type_id, status=JournalStatus.ACTIVE
        )
        if active is None:
            raise Refusal(Code.JOURNAL_ARCHIVED, field="entryId")
        record = await Revision.get(id=entry.record_revision_id)
        columns = await _columns(active)
        known = {column["key"] for column in columns}
        gone = await _gone(record)
        copied = {key: _without(value, gone) for key, value in record.values.items() if key in known}
        given = {key: value for key, value in copied.items() if value not in (None, [])}
        return await _add(actor, active.id, Work(given=given), None)


async def submit_draft(actor: Actor, draft_id: UUID) -> Entry:
    """Make an entry of a draft; submitted again, it answers with the same entry. Raises what `create_entry` raises."""
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    async with unit(actor) as deed:
        seen = await Draft.get_or_none(id=draft_id, author_id=actor.user_id)
        if seen is None:
            raise not_found("id")
        journal = await access.get(Journal, actor, seen.journal_id, field="id", lock=True)
        draft = await Draft.filter(id=draft_id).select_for_update().get_or_none()
        if draft is None:
            raise not_found("id")
        if draft.entry_id is not None:
            return await access.get(Entry, actor, draft.entry_id, field="id")
        held = await DraftAttachment.filter(draft_id=draft.id).order_by("position")
        work = Work(
            given=draft.values,
            performed_at=draft.performed_at,
            attachment_ids=[each.attachment_id for each in held],
        )
        files = await attachments.require_own(actor, work.attachment_ids, "attachmentIds")
        digest = request_digest(journal.id, work)
        entry = await entries.record(deed, actor, journal, work, files, client_id=None, digest=digest)
        draft.entry_id, draft.updated_at = entry.id, actor.now
        await draft.save(update_fields=["entry_id", "updated_at"])
        await DraftAttachment.filter(draft_id=draft.id).delete()
    return entry


async def discard_draft(actor: Actor, draft_id: UUID) -> bool:
    """Throw a draft of one's own away; whether there was one."""
    async with unit(actor):
        return bool(await Draft.filter(id=draft_id, author_id=actor.user_id, entry_id=None).delete())


async def _own(actor: Actor, draft_id: UUID) -> Draft:
    return await access.get(Draft, actor, draft_id, field="draftId", lock=True)


async def _add(actor: Actor, journal_id: UUID, work: Work, client_id: str | None) -> Draft:
    if client_id is not None:
        client_id = texts.text(client_id, "clientId", most=100)
    digest = request_digest(journal_id, work)
    # A repeated request waits for the first, and then finds its draft.
    journal = await access.get(Journal, actor, journal_id, field="journalId", lock=client_id is not None)
    await entries.may_record(actor, journal)
    if client_id is not None and (repeated := await Draft.get_or_none(author_id=actor.user_id, client_id=client_id)):
        if repeated.request_digest != digest:
            raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId")
        return repeated
    await entries.require_active(journal, "journalId")
    if await Draft.filter(author_id=actor.user_id, entry_id=None).count() >= MOST_OF_ONE:
        raise Refusal(Code.CONFLICT, "too_many_drafts", details={"most": MOST_OF_ONE})
    values = _kept(work.given, await _columns(journal))
    try:
        draft = await Draft.create(
            journal_id=journal.id,
            object_id=journal.object_id,
            type_id=journal.type_id,
            operator_id=journal.operator_id,
            subscriber_id=journal.subscriber_id,
            author_id=actor.user_id,
            values=values,
            performed_at=_moment(work),
            client_id=client_id,
            request_digest=digest,
            created_at=actor.now,
            updated_at=actor.now,
        )
    except IntegrityError as error:  # the same key came at once for another journal
        raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId") from error
    await _hold(actor, draft, work)
    return draft


async def _change(deed: Unit, actor: Actor, draft: Draft, work: Work) -> Draft:
    journal = await Journal.get(id=draft.journal_id)
    draft.values = _kept(work.given, await _columns(journal))
    draft.performed_at = _moment(work)
    draft.updated_at = deed.now
    await draft.save(update_fields=["values", "performed_at", "updated_at"])
    await _hold(actor, draft, work)
    return draft


async def _hold(actor: Actor, draft: Draft, work: Work) -> None:
    files = await attachments.require_own(actor, work.attachment_ids, "attachmentIds")
    await DraftAttachment.filter(draft_id=draft.id).delete()
    await DraftAttachment.bulk_create(
        [
            DraftAttachment(draft_id=draft.id, attachment_id=file.id, position=position)
            for position, file in enumerate(files, start=1)
        ]
    )


async def _gone(record: Revision) -> set[str]:
    """The public ids of the systems that the record names and the object has no more."""
    version = await JournalTypeVersion.get(id=record.type_version_id)
    named = systems_in(record.values, version.columns)
    return {*named} - {*await systems.on_object(record.object_id)} if named else set()


def _without(value: Any, gone: set[str]) -> Any:
    if isinstance(value, list):
        return [item for item in value if item not in gone]
    return None if isinstance(value, str) and value in gone else value


async def _columns(journal: Journal) -> list[dict[str, Any]]:
    kind = await JournalType.get(id=journal.type_id)
    version = await JournalTypeVersion.get(id=kind.current_version_id)
    return version.columns


def _kept(given: Mapping[str, Any], columns: list[dict[str, Any]]) -> dict[str, Any]:
    """The values of a draft. Raises INVALID for an unknown column and for a value longer than any column takes."""
    known = {column["key"] for column in columns}
    for key, value in given.items():
        if key not in known:
            raise invalid(f"values.{key[:40]}", "unknown_column")
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str):
                texts.text(item, f"values.{key}", least=0, most=LONGEST_VALUE)
        if isinstance(value, list) and len(value) > LONGEST_VALUE:
            raise invalid(f"values.{key}", "too_long", most=LONGEST_VALUE)
    return dict(given)


def _moment(work: Work) -> Any:
    return None if work.performed_at is None else texts.instant(work.performed_at, "performedAt")
