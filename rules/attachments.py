"""Files of entries: held by revisions, handed out, looked after.

A file is stored once and never changed. Its name, size and digest stand in the signed bytes of every revision that
holds it; until one does, it is its uploader's alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import connections

from models.attachments import Attachment, RevisionAttachment
from models.entries import Entry, Revision
from rules import access, installation
from rules.actor import Actor
from rules.file_refusals import FileFlaw, FileRefused
from rules.file_storage import FileMissing, StorageUnavailable, StoredFile
from rules.refusals import invalid, not_found
from rules.verification_answer import FileIntegrity, FileState

LOG = logging.getLogger(__name__)

NAMED = """
select t.id from attachments t where t.id = any($1::uuid[]) and (t.uploader_id = $2
    or exists (select 1 from revision_attachments h where h.attachment_id = t.id and h.entry_id = $3))
    order by t.id for share of t
"""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A stored file that is what it was when it came."""

    attachment: Attachment
    stored: StoredFile

    def chunks(self) -> AsyncIterator[bytes]:
        """Its octets, part by part."""
        return installation.current().file_storage.read(self.stored)


async def open_attachment(actor: Actor, id: UUID) -> OpenFile:
    """The file, if the actor may see it and it is still what it was: it is read through first.

    Raises NOT_FOUND; FileRefused (FILE_CHANGED, FILE_MISSING, STORAGE_UNAVAILABLE).
    """
    attachment = await access.get(Attachment, actor, id)
    try:
        stored = await installation.current().file_storage.examine(attachment.storage_key)
    except FileMissing as error:
        raise FileRefused(FileFlaw.FILE_MISSING, name=attachment.name) from error
    except StorageUnavailable as error:
        LOG.exception("the file %s cannot be read", attachment.id)
        raise FileRefused(FileFlaw.STORAGE_UNAVAILABLE) from error
    if stored.digest != attachment.digest:
        LOG.error("the file %s was changed in the storage", attachment.id)
        raise FileRefused(FileFlaw.FILE_CHANGED, name=attachment.name)
    return OpenFile(attachment, stored)


async def require_own(
    actor: Actor, ids: Sequence[UUID], field: str, *, held_by: UUID | None = None
) -> list[Attachment]:
    """The attachments `ids`, in that order, if each is the actor's own upload or held by the entry `held_by`, which
    the caller has been found to see. They stay until the transaction ends: call it inside.

    Raises INVALID for too many or a repeated one, NOT_FOUND naming `field` for one that is not there or not theirs.
    """
    most = installation.current().file_limits.per_entry
    if len(ids) > most:
        raise invalid(field, "attachments_too_many", most=most)
    if len(set(ids)) < len(ids):
        raise invalid(field, "attachment_twice")
    named = [list(ids), actor.user_id, held_by]
    rows = await connections.get("default").execute_query_dict(NAMED, named) if ids else []
    if len(rows) < len(ids):
        raise not_found(field)
    found = {attachment.id: attachment for attachment in await Attachment.filter(id__in=list(ids))}
    return [found[id] for id in ids]


async def held(revision_id: UUID) -> list[Attachment]:
    """What the revision holds, in its order."""
    rows = await RevisionAttachment.filter(revision_id=revision_id).order_by("position").select_related("attachment")
    return [row.attachment for row in rows]


async def hold(entry: Entry, revision: Revision, attachments: Sequence[Attachment]) -> None:
    """Let the revision hold them, in that order."""
    await RevisionAttachment.bulk_create(
        [
            RevisionAttachment(
                revision_id=revision.id,
                entry_id=entry.id,
                attachment_id=attachment.id,
                object_id=entry.object_id,
                type_id=entry.type_id,
                operator_id=entry.operator_id,
                subscriber_id=entry.subscriber_id,
                position=position,
            )
            for position, attachment in enumerate(attachments, 1)
        ]
    )


def described(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """The files as the signed bytes name them."""
    return [
        {"name": each.name, "size": each.size, "mediaType": each.media_type, "sha256": each.digest}
        for each in attachments
    ]


async def integrity(revision: Revision) -> tuple[FileIntegrity, ...]:
    """For each file that the revision's bytes name, whether what is stored is it. What the bytes say counts, not the
    rows beside them."""
    named = json.loads(bytes(revision.payload)).get("attachments", [])
    if not named:
        return ()
    rows = await RevisionAttachment.filter(revision_id=revision.id).select_related("attachment")
    keys = {row.position: row.attachment.storage_key for row in rows}
    return tuple(
        [
            FileIntegrity(
                name=file["name"],
                size=file["size"],
                media_type=file["mediaType"],
                digest=file["sha256"],
                state=await _state(keys.get(position), file),
            )
            for position, file in enumerate(named, 1)
        ]
    )


async def _state(key: str | None, file: dict[str, Any]) -> FileState:
    if key is None:
        return FileState.MISSING
    storage = installation.current().file_storage
    try:
        # By its size alone if that tells: nothing is read then.
        if await storage.size(key) != file["size"]:
            return FileState.CHANGED
        stored = await storage.examine(key, anew=False)
    except FileMissing:
        return FileState.MISSING
    except StorageUnavailable:
        LOG.exception("the stored file %s cannot be read", key)
        return FileState.UNREADABLE
    return FileState.INTACT if stored.digest == file["sha256"] else FileState.CHANGED
