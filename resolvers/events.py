"""Events: the live feed and its cursors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import strawberry
from tortoise import Model

from models.entries import Entry
from models.enums import EventKind, SignatureEventKind
from models.events import Event, Notification
from models.journals import Journal
from models.objects import ServiceObject
from models.signatures import Signature
from resolvers import graph
from resolvers.context import Context, Info
from resolvers.graph import Row
from rules import access, clock, events, identity, notifications
from rules.actor import Actor
from rules.events import Cursor, Followed, Happened
from rules.identifiers import decode
from rules.texts import instant

KINDS = {
    EventKind.SIGNATURE_MADE: SignatureEventKind.SIGNED,
    EventKind.ENTRY_DECLINED: SignatureEventKind.DECLINED,
    EventKind.ANNULMENT_DECLINED: SignatureEventKind.DECLINED,
    EventKind.SIGNATURE_SUPERSEDED: SignatureEventKind.SUPERSEDED,
    EventKind.ENTRY_COMPLETED: SignatureEventKind.COMPLETED,
    EventKind.ENTRY_ANNULLED: SignatureEventKind.COMPLETED,
}


CURSORS = graph.CursorFormat(
    expression=events.cursor_expression,
    decode=lambda text, argument: Cursor.parse(text, argument).values,
)
"""Pages of events and subscriptions to them go on from each other's cursors."""


@dataclass(frozen=True, slots=True)
class SignatureEvent:
    """What `signatureEvents` tells of."""

    cursor: str
    kind: SignatureEventKind
    entry: Row
    signature: Row | None


async def follow_events(
    info: Info,
    after: str | None,
    *,
    kinds: Sequence[EventKind] | None,
    object_id: str | None,
    journal_id: str | None,
    entry_id: str | None,
    since: datetime | None,
    until: datetime | None,
) -> AsyncGenerator[Row, None]:
    """Every event that the follower may see and the filter lets through, each once, oldest first."""
    followed = Followed(
        kinds=tuple(kinds or ()),
        object_id=None if object_id is None else decode(object_id, "ServiceObject", "filter.object"),
        journal_id=None if journal_id is None else decode(journal_id, "Journal", "filter.journal"),
        entry_id=None if entry_id is None else decode(entry_id, "Entry", "filter.entry"),
        since=None if since is None else instant(since, "filter.since"),
        until=None if until is None else instant(until, "filter.until"),
    )
    async for event in _follow(info.context, after, followed):
        yield graph.made(Event, event.id)  # seen in this very look


async def signature_events(
    info: Info,
    object_id: strawberry.ID | None = None,
    journal_id: strawberry.ID | None = None,
    entry_id: strawberry.ID | None = None,
    after: str | None = None,
) -> AsyncGenerator[SignatureEvent, None]:
    """What happens to signatures on an object, in a journal, of an entry, or wherever the follower may see."""
    actor = info.context.actor
    followed = Followed(
        kinds=tuple(KINDS),
        object_id=await _place(actor, ServiceObject, object_id, "objectId"),
        journal_id=await _place(actor, Journal, journal_id, "journalId"),
        entry_id=await _place(actor, Entry, entry_id, "entryId"),
        entry_seen=True,
    )
    async for event in _follow(info.context, after, followed):
        if event.entry_id is None:
            continue
        signature = None if event.signature_id is None else Row(Signature, event.signature_id)
        yield SignatureEvent(str(event.cursor), KINDS[event.kind], Row(Entry, event.entry_id), signature)


async def inbox(info: Info, after: str | None = None) -> AsyncGenerator[Row, None]:
    """Every notification of the follower."""
    async for event in _follow(info.context, after, Followed(notified=True)):
        notification = await notifications.of_event(info.context.actor, event.id)
        if notification is not None:
            yield graph.made(Notification, notification)


async def mark_notifications_read(info: Info, ids: list[strawberry.ID]) -> int:
    """Marks one's own notifications as read; says how many were not."""
    return await notifications.mark_read(info.context.actor, [decode(id, "Notification", "ids") for id in ids])


async def _follow(context: Context, after: str | None, followed: Followed) -> AsyncGenerator[Happened, None]:
    """Follow as the caller is at each look, so that what ends or changes a right ends the stream."""
    actor = context.actor

    async def refresh() -> Actor | None:
        if context.refresh is not None:
            caller = await context.refresh()
            return caller if isinstance(caller, Actor) else None
        now = clock.now()
        return None if await identity.lapsed([actor.session_id], actor, now) else replace(actor, now=now)

    start = None if after is None else Cursor.parse(after)
    async for event, allowed in events.follow(refresh, start, followed):
        context.caller = allowed
        if context.refresh is None and await refresh() is None:
            return  # on a WebSocket everyone who shares the answer is asked for, once it has been made
        yield event


async def _place(actor: Actor, model: type[Model], id: str | None, field: str) -> Any:
    if id is None:
        return None
    row: Any = await access.get(model, actor, decode(id, model.__name__, field), field=field)
    return row.id
