"""Removing what was uploaded and then used by nobody."""

from __future__ import annotations

import logging
from datetime import datetime

from tortoise.transactions import in_transaction

from models.attachments import Attachment
from rules import installation

LOG = logging.getLogger(__name__)

AT_ONCE = 100
STRANGERS_EXPECTED = 100
"""Stored files without a row that a few kills may leave. More of them than of known ones: this is another's storage."""

ORPHANS = """
select t.id from attachments t where t.created_at < $1
    and not exists (select 1 from revision_attachments h where h.attachment_id = t.id)
    and not exists (select 1 from draft_attachments d where d.attachment_id = t.id)
    order by t.id limit $2 for update of t skip locked
"""
# Looked at anew: whoever held the lock before may have attached it since the first look began.
REMOVE = """
delete from attachments t where t.id = any($1::uuid[])
    and not exists (select 1 from revision_attachments h where h.attachment_id = t.id)
    and not exists (select 1 from draft_attachments d where d.attachment_id = t.id)
    returning t.storage_key
"""


async def remove(now: datetime) -> int:
    """Remove the files that were uploaded and used by no entry and no draft, and what uploads that were killed have
    left in the storage; how many rows there were."""
    before = now - installation.current().file_limits.orphaned_after
    storage = installation.current().file_storage
    removed = 0
    while True:
        async with in_transaction() as connection:
            orphans = [row["id"] for row in await connection.execute_query_dict(ORPHANS, [before, AT_ONCE])]
            keys = [row["storage_key"] for row in await connection.execute_query_dict(REMOVE, [orphans])]
        await storage.delete_all(keys)
        removed += len(keys)
        if len(orphans) < AT_ONCE:
            break
    await _remove_strangers(before)
    return removed


async def _remove_strangers(before: datetime) -> None:
    """Files in the storage that no row knows. Of many the storage may be another database's, and none is touched."""
    storage = installation.current().file_storage
    unknown: list[str] = []
    known = 0
    async for keys in storage.older_than(before):
        rows = await Attachment.filter(storage_key__in=keys).values_list("storage_key", flat=True) if keys else []
        known += len(rows)
        unknown += set(keys).difference(map(str, rows))
    if len(unknown) > max(known, STRANGERS_EXPECTED):
        LOG.error("the storage holds %s files that the database does not know; none is removed", len(unknown))
        return
    await storage.delete_all(unknown)
    await storage.clear_unfinished(before)
