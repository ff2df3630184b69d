"""One deed: one transaction, its events inside it, the bell rung by its commit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from models.entries import Entry
from models.enums import EventKind, Role, Side
from models.events import Epoch, Event, Notification
from rules.actor import Actor, Caller
from rules.refusals import Code, Refusal
from rules.tenancy import confined

BELL = "events"
"""The NOTIFY channel that tells every process that events were committed."""


class Unit:
    """The open transaction of a deed."""

    def __init__(self, caller: Caller, connection: BaseDBAsyncClient) -> None:
        self._caller = caller
        self.connection = connection
        self.now = caller.now
        self._recorded = 0
        self._epoch: Any = None

    async def record(self, kind: EventKind, *, changes: dict[str, Any] | None = None, **about: Any) -> Event:
        """Append an event of the deed. `about` names the rows it concerns by the event's own columns
        (`operator_id`, `subscriber_id`, `object_id`, `journal_id`, `entry_id`, `user_id` …)."""
        if self._epoch is None:
            self._epoch = await Epoch.all().order_by("-number").first().values_list("number", flat=True)
        actor = self._caller if isinstance(self._caller, Actor) and self._caller.role is not Role.PARTNER else None
        self._recorded += 1
        return await Event.create(
            epoch=self._epoch,
            kind=kind,
            occurred_at=self._caller.now,
            request_id=self._caller.request_id,
            changes=changes or {},
            **{"actor_id": actor and actor.person_id, "actor_user_id": actor and actor.user_id, **about},
        )

    async def record_entry(
        self, kind: EventKind, entry: Entry, *, changes: dict[str, Any] | None = None, **about: Any
    ) -> Event:
        """Append an event about an entry, visible to whoever sees the entry."""
        return await self.record(
            kind,
            changes=changes,
            operator_id=entry.operator_id,
            subscriber_id=entry.subscriber_id,
            object_id=entry.object_id,
            type_id=entry.type_id,
            journal_id=entry.journal_id,
            entry_id=entry.id,
            **about,
        )

    async def record_person(
        self,
        kind: EventKind,
        *,
        user_id: UUID,
        organization_id: UUID,
        side: Side | None,
        changes: dict[str, Any] | None = None,
        **about: Any,
    ) -> Event:
        """Append an event about a person, visible to them, to the admins of their own organisation and to the owner."""
        return await self.record(
            kind,
            changes=changes,
            user_id=user_id,
            operator_id=organization_id if side is Side.OPERATOR else None,
            subscriber_id=organization_id if side is Side.SUBSCRIBER else None,
            **about,
        )

    async def tell(self, event: Event, users: Iterable[UUID], *, actor_too: bool = False) -> None:
        """Notify `users` of `event`, except the one whose deed it is, who knows; unless it is news to them as well."""
        actor_id = self._caller.user_id if isinstance(self._caller, Actor) and not actor_too else None
        await Notification.bulk_create(
            [Notification(user_id=user, event_id=event.id) for user in sorted(set(users)) if user != actor_id]
        )

    async def _ring(self) -> None:
        if self._recorded:
            await self.connection.execute_query("select pg_notify($1, '')", [BELL])


@asynccontextmanager
async def snapshot() -> AsyncIterator[None]:
    """A look at one instant: all that is read inside was true together, and nothing is locked or written."""
    async with in_transaction() as connection:
        await connection.execute_script("set transaction isolation level repeatable read read only")
        yield


@asynccontextmanager
async def unit(caller: Caller, *, partner_too: bool = False) -> AsyncIterator[Unit]:
    """A deed of `caller`: everything inside commits together, or nothing does and no event stays.

    Inside: lock, then look, then write. PINs are derived and others are called before it opens. A partner's system does
    nothing but read: FORBIDDEN, unless all that is written is that it did (`partner_too`).
    """
    if isinstance(caller, Actor) and caller.role is Role.PARTNER and not partner_too:
        raise Refusal(Code.FORBIDDEN)
    with confined(caller):
        async with in_transaction() as connection:
            deed = Unit(caller, connection)
            yield deed
            await deed._ring()
