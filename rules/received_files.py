"""Receiving files: looked at, freed of the place where a picture was made, stored, all of a request or none."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise import connections

from models.attachments import Attachment
from models.enums import Role
from models.keys import uuid7
from rules import installation
from rules.actor import Actor
from rules.file_kinds import kind_of, safe_name
from rules.file_limits import MIB
from rules.file_refusals import FileFlaw, FileRefused
from rules.file_storage import StorageUnavailable
from rules.image_location import remove_location
from rules.picture_flaws import PictureDamaged
from rules.unit import unit

LOG = logging.getLogger(__name__)

LONGEST_NAME_TOLD = 100

UNHELD = """
select coalesce(sum(a.size), 0)::bigint as octets from attachments a where a.uploader_id = $1
    and not exists (select 1 from revision_attachments h where h.attachment_id = a.id)
"""
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('attachments of ' || $1::text, 0))"


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came in: the descriptor of a file of ours, open for reading and writing, and the name it was sent
    under."""

    descriptor: int
    name: str


async def may_add(actor: Actor, octets: int) -> None:
    """Raise what `add_attachments` would before anything is received: FORBIDDEN, or FileRefused for a person who would
    have too much of what no entry holds. `octets` are those announced."""
    actor.require(Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE)
    most = installation.current().file_limits.unheld_octets
    if await _unheld(actor) + octets > most:
        raise FileRefused(FileFlaw.QUOTA_EXCEEDED, most=most // MIB)


async def add_attachments(actor: Actor, files: Sequence[Received], *, keep_location: bool) -> list[Attachment]:
    """Store files, all or none. Pictures lose the place where they were made unless it is to be kept.

    Raises FORBIDDEN; FileRefused.
    """
    await may_add(actor, 0)
    limits, storage = installation.current().file_limits, installation.current().file_storage
    if len(files) > limits.per_entry:
        raise FileRefused(FileFlaw.TOO_MANY_FILES, most=limits.per_entry)
    rows = [await asyncio.to_thread(_prepared, actor, file, keep_location=keep_location) for file in files]
    stored: list[str] = []
    try:
        for row, file in zip(rows, files, strict=True):
            stored.append(row.storage_key)
            with os.fdopen(os.dup(file.descriptor), "rb") as content:
                content.seek(0)
                await storage.put(row.storage_key, content)
        async with unit(actor) as deed:
            # One upload of a person after another: together they may not pass the quota.
            await deed.connection.execute_query(ONE_AT_A_TIME, [str(actor.user_id)])
            await may_add(actor, sum(row.size for row in rows))
            for row in rows:
                await row.save(force_create=True)
    except BaseException as error:
        # Also when whoever asked has gone; what a kill leaves is found by the job of `rules.orphaned_files`.
        await asyncio.shield(storage.delete_all(stored))
        if isinstance(error, StorageUnavailable):
            LOG.exception("files were not stored")
            raise FileRefused(FileFlaw.STORAGE_UNAVAILABLE) from error
        raise
    return rows


def _prepared(actor: Actor, file: Received, *, keep_location: bool) -> Attachment:
    """The row of a file, whose octets become what is stored. Blocks."""
    limits = installation.current().file_limits
    size = os.fstat(file.descriptor).st_size
    if size > limits.most_octets:
        raise FileRefused(FileFlaw.TOO_LARGE, most=limits.most_octets // MIB)
    with os.fdopen(os.dup(file.descriptor), "rb") as content:
        kind = kind_of(content, file.name) if size else None
    name = file.name[:LONGEST_NAME_TOLD]
    if not size:
        raise FileRefused(FileFlaw.EMPTY_FILE, name=name)
    if kind is None or kind not in limits.kinds:
        raise FileRefused(FileFlaw.UNSUPPORTED_KIND, name=name, kinds=", ".join(sorted(limits.kinds)).upper())
    removed = False
    if not keep_location:
        try:
            removed = remove_location(file.descriptor, kind)
        except PictureDamaged as error:
            raise FileRefused(FileFlaw.DAMAGED_FILE, name=name) from error
    with os.fdopen(os.dup(file.descriptor), "rb") as content:
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.seek(0, os.SEEK_END)
    id = uuid7()
    return Attachment(
        id=id,
        uploader_id=actor.user_id,
        organization_id=actor.organization_id,
        name=safe_name(file.name, kind),
        media_type=kind.media_type,
        size=size,
        digest=digest,
        storage_key=id.hex,
        location_removed=removed,
        created_at=actor.now,
    )


async def _unheld(actor: Actor) -> int:
    rows = await connections.get("default").execute_query_dict(UNHELD, [actor.user_id])
    return int(rows[0]["octets"])
