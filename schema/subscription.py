"""What can be followed. Every stream resumes by `after` and ends with the session."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import strawberry

from resolvers import events as resolvers
from resolvers.context import Info
from resolvers.graph import Row
from schema.events import Event, EventFilter, Notification, SignatureEvent
from schema.fields import followed_by
from schema.permissions import signed_in


def _events(info: Info, after: str | None = None, filter: EventFilter | None = None) -> AsyncGenerator[Row, None]:
    narrow = filter or EventFilter()
    return resolvers.follow_events(
        info,
        after,
        kinds=narrow.kinds,
        object_id=narrow.object,
        journal_id=narrow.journal,
        entry_id=narrow.entry,
        since=narrow.since,
        until=narrow.until,
    )


@strawberry.type
class Subscription:
    events: AsyncGenerator[Event, None] = followed_by(_events, may=signed_in)
    signature_events: AsyncGenerator[SignatureEvent, None] = followed_by(resolvers.signature_events, may=signed_in)
    inbox: AsyncGenerator[Notification, None] = followed_by(resolvers.inbox, may=signed_in)
