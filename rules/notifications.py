"""One's own notifications."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from models.events import Notification
from rules.actor import Actor
from rules.refusals import invalid

MOST = 1000


async def of_event(actor: Actor, event_id: UUID) -> UUID | None:
    """The actor's notification of an event."""
    notification = await Notification.get_or_none(event_id=event_id, user_id=actor.user_id)
    return None if notification is None else notification.id


async def mark_read(actor: Actor, ids: Sequence[UUID]) -> int:
    """Mark the actor's own unread notifications among `ids` as read; other people's stay as they are."""
    if len(ids) > MOST:
        raise invalid("ids", "page_size", most=MOST)
    return await Notification.filter(id__in=list(ids), user_id=actor.user_id, read_at=None).update(read_at=actor.now)
