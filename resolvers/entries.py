"""Entries: recording, revising, signing, declining, and what is worked out of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from models.entries import Entry, Revision
from models.signatures import Signature
from resolvers import graph
from resolvers.context import Context, Info
from resolvers.graph import Row
from resolvers.graph.declarations import Policy, ToMany
from resolvers.graph.reading import to_many
from resolvers.nodes import made
from rules import canonical, entries, signing, slots, values
from rules.actor import Caller
from rules.identifiers import decode
from rules.signing import Wanted
from rules.values import plain


async def create_entry(
    info: Info,
    journal_id: strawberry.ID,
    values: Any,
    performed_at: datetime | None,
    client_id: str | None,
) -> Row:
    """Records a work."""
    entry = await entries.create_entry(
        info.context.actor,
        decode(journal_id, "Journal", "journalId"),
        given=plain(values, "values"),
        performed_at=performed_at,
        client_id=client_id,
    )
    return await made(info, Entry, entry.id)


async def revise_entry(
    info: Info,
    entry_id: strawberry.ID,
    expected_revision: int,
    reason: str,
    values: Any,
    performed_at: datetime | None,
) -> Row:
    """Makes a new revision."""
    entry = await entries.revise_entry(
        info.context.actor,
        decode(entry_id, "Entry", "entryId"),
        expected_revision=expected_revision,
        reason=reason,
        given=None if values is None else plain(values, "values"),
        performed_at=performed_at,
    )
    return await made(info, Entry, entry.id)


async def sign_entry(
    info: Info,
    entry_id: strawberry.ID,
    slot_id: strawberry.ID | None,
    expected_revision: int,
    expected_digest: str,
    pin: str,
) -> Row:
    """Signs one's slot of the current revision."""
    wanted = _wanted(entry_id, expected_revision, expected_digest, slot_id)
    signature = await signing.sign_entry(info.context.actor, wanted, pin=pin)
    return await made(info, Signature, signature.id)


async def decline_entry(
    info: Info,
    entry_id: strawberry.ID,
    slot_id: strawberry.ID | None,
    expected_revision: int,
    expected_digest: str,
    reason: str,
) -> Row:
    """Refuses to sign."""
    wanted = _wanted(entry_id, expected_revision, expected_digest, slot_id)
    entry = await signing.decline_entry(info.context.actor, wanted, reason=reason)
    return await made(info, Entry, entry.id)


def _wanted(entry_id: str, revision: int, digest: str, slot_id: str | None) -> Wanted:
    return Wanted(
        entry_id=decode(entry_id, "Entry", "entryId"),
        expected_revision=revision,
        expected_digest=digest,
        slot_id=None if slot_id is None else decode(slot_id, "Slot", "slotId"),
    )


async def can_sign(root: Row, info: Info) -> bool:
    """Whether there is a slot that the viewer may fill now."""
    return await _among(info.context, slots.entries_to_sign, root.id)


async def can_revise(root: Row, info: Info) -> bool:
    """Whether the viewer may revise the entry now."""
    return await _among(info.context, entries.entries_to_revise, root.id)


async def _among(
    context: Context, rule: Callable[[Caller, Sequence[UUID]], Awaitable[set[UUID]]], entry_id: UUID
) -> bool:
    """Whether a rule that picks entries picks this one; asked once for all entries of a level."""

    async def fetch(ids: list[UUID]) -> list[bool]:
        picked = await rule(context.caller, ids)
        return [id in picked for id in ids]

    found: bool = await graph.loader(context, rule, fetch).load(entry_id)
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """What one field was and is."""

    field: str
    before: Any
    after: Any


REVISIONS = ToMany(Revision, "entry", Policy.IMPLIED, ("number",), key="entry_id")


async def changes(root: Row, info: Info) -> list[Change]:
    """Field by field against the revision before; nothing for the first."""
    siblings = await to_many(info.context, root, REVISIONS)
    former = next((row for row in siblings if row["number"] == root["number"] - 1), None)
    if former is None:
        return []
    found = [
        Change(f"values.{key}", change["before"], change["after"])
        for key, change in values.changes(former["values"], root["values"]).items()
    ]
    if former["performed_at"] != root["performed_at"]:
        moments = (canonical.moment(row["performed_at"]) for row in (former, root))
        found.append(Change("performedAt", *moments))
    return found
