"""Following events: each once, in one order, from any cursor on.

A cursor is (epoch, transaction id, position). Positions are drawn and transactions commit in any order, so a reader
stops before the oldest running transaction: nothing with a lower cursor can appear later (design.md §3, law 13).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from tortoise import connections
from tortoise.transactions import in_transaction

from models.entries import Entry
from models.enums import EventKind
from models.events import Epoch, Event
from rules import bell, clock
from rules.access import Parameters, condition
from rules.actor import Actor, Caller
from rules.identifiers import base64url_expression
from rules.refusals import invalid
from rules.tenancy import confined

ORDER = ("epoch", "transaction_id", "position")
BATCH = 100
QUIET_SECONDS = 15.0
"""How long a follower waits without a stroke before it looks and asks for its rights again."""
HELD_BACK_SECONDS = 0.05
"""How soon it looks again while a running transaction holds events back: its end rings no bell if it rolled back."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """The place of an event in the one order."""

    epoch: int
    transaction_id: int
    position: int

    @property
    def values(self) -> tuple[int, int, int]:
        """The columns of the order."""
        return self.epoch, self.transaction_id, self.position

    def __str__(self) -> str:
        plain = f"{self.epoch}.{self.transaction_id}.{self.position}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, value: str, argument: str = "after") -> Cursor:
        """Raises INVALID naming `argument` for anything that is not a cursor's text."""
        try:
            plain = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode("ascii")
            epoch, transaction_id, position = (int(part) for part in plain.split("."))
        except (ValueError, binascii.Error) as error:
            raise invalid(argument, "malformed_cursor") from error
        if not (0 <= epoch < 2**31 and 0 <= transaction_id < 2**63 and 0 <= position < 2**63):
            raise invalid(argument, "malformed_cursor")
        return cls(epoch, transaction_id, position)


def cursor_expression(columns: Sequence[str]) -> str:
    """A cursor's text as an SQL expression over the columns of the order."""
    return base64url_expression(" || '.' || ".join(columns))


def cursor(caller: Caller, e: str, parameters: Parameters) -> str:
    """The cursor of the event aliased `e` as an SQL expression."""
    return cursor_expression([f"{e}.{column}" for column in ORDER])


def certain(caller: Caller, t: str, parameters: Parameters) -> str:
    """The SQL condition that holds back events which running transactions could still precede (law 13)."""
    return (
        f"({t}.epoch < (select coalesce(max(number), 0) from epochs)"
        f" or {t}.transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"
    )


@dataclass(frozen=True, slots=True)
class Followed:
    """Which events are asked for; what is left empty does not narrow."""

    kinds: tuple[EventKind, ...] = ()
    object_id: UUID | None = None
    journal_id: UUID | None = None
    entry_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    notified: bool = False
    """Only those that the follower was notified of."""
    entry_seen: bool = False
    """Only those of an entry that the follower may see."""
    columns: dict[str, UUID] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("object_id", "journal_id", "entry_id"):
            if (value := getattr(self, name)) is not None:
                self.columns[name] = value


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as its followers hear of it: its place, and what to read of it."""

    cursor: Cursor
    id: UUID
    kind: EventKind
    entry_id: UUID | None
    signature_id: UUID | None


@dataclass(frozen=True, slots=True)
class Page:
    """A look at the log: what is there, and whether running transactions hold something back."""

    events: list[Happened]
    held_back: bool


async def latest() -> Cursor:
    """The cursor after which everything is new: of the last event that is certain."""
    rows = await connections.get("default").execute_query_dict(
        "select (select coalesce(max(number), 0) from epochs) as epoch,"
        " pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon"
    )
    return Cursor(rows[0]["epoch"], max(rows[0]["horizon"] - 1, 0), 2**63 - 1)


async def read(actor: Actor, after: Cursor, followed: Followed, *, limit: int = BATCH) -> Page:
    """The events after `after` that the actor may see, oldest first."""
    parameters = Parameters()
    place = ", ".join(
        parameters.bind(value, kind)
        for value, kind in ((after.epoch, "int"), (after.transaction_id, "bigint"), (after.position, "bigint"))
    )
    wanted = [condition(Event, actor, "t", parameters)]
    wanted += [f"t.{name} = {parameters.bind(value, 'uuid')}" for name, value in followed.columns.items()]
    if followed.kinds:
        wanted.append(f"t.kind = any({parameters.bind([kind.value for kind in followed.kinds], 'text[]')})")
    if followed.since is not None:
        wanted.append(f"t.occurred_at >= {parameters.bind(followed.since, 'timestamptz')}")
    if followed.until is not None:
        wanted.append(f"t.occurred_at < {parameters.bind(followed.until, 'timestamptz')}")
    if followed.notified:
        user = parameters.bind(actor.user_id, "uuid")
        wanted.append(f"exists(select 1 from notifications n where n.event_id = t.id and n.user_id = {user})")
    if followed.entry_seen:
        may = condition(Entry, actor, "e", parameters)
        wanted.append(f"exists(select 1 from entries e where e.id = t.entry_id and {may})")
    conditions = [f"(t.epoch, t.transaction_id, t.position) > ({place})", certain(actor, "t", parameters), *wanted]
    statement = (
        "with last as (select (select coalesce(max(number), 0) from epochs) as epoch,"
        " pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon,"
        " pg_snapshot_xmax(pg_current_snapshot())::text::bigint as newest)"
        " select t.id, t.epoch, t.transaction_id, t.position, t.kind, t.entry_id, t.signature_id,"
        " last.horizon < last.newest as held_back"
        " from last left join lateral (select * from events t"
        f" where {' and '.join(conditions)} order by t.epoch, t.transaction_id, t.position limit {limit}) t on true"
        " order by t.epoch, t.transaction_id, t.position"
    )
    with confined(actor):
        rows = await connections.get("default").execute_query_dict(statement, parameters.values)
    return Page(
        events=[
            Happened(
                Cursor(row["epoch"], row["transaction_id"], row["position"]),
                row["id"],
                EventKind(row["kind"]),
                row["entry_id"],
                row["signature_id"],
            )
            for row in rows
            if row["id"] is not None
        ],
        held_back=rows[0]["held_back"],
    )


async def follow(
    refresh: Callable[[], Awaitable[Actor | None]], after: Cursor | None, followed: Followed
) -> AsyncIterator[tuple[Happened, Actor]]:
    """Every event after `after` (or from now on), each once, for as long as the follower may.

    `refresh` gives the actor as they are now, or None once the session has ended: it is asked after every look, beside
    the reading of what to tell of its first event, so that a sign-out or a lost assignment ends the stream at once.
    Whoever passes an event on asks too. Each event comes with the actor it was allowed to.
    """
    place = after or await latest()
    ears = bell.current()
    actor = await refresh()
    while actor is not None:
        strokes = ears.strokes
        actor = replace(actor, now=clock.now())
        page = await read(actor, place, followed)
        asking = asyncio.ensure_future(refresh())
        try:
            for event in page.events:
                place = event.cursor
                yield event, actor
            actor = await asking
        finally:
            asking.cancel()
        if actor is not None and len(page.events) < BATCH:
            await ears.wait(strokes, HELD_BACK_SECONDS if page.held_back else QUIET_SECONDS)


async def begin_epoch(now: datetime) -> None:
    """Before anything is served: begin a new epoch if this database is a restored one, in which transaction ids start
    lower than those already recorded, or the first epoch of a new one."""
    async with in_transaction() as connection:
        await connection.execute_query("select pg_advisory_xact_lock(hashtext('epochs'))")
        rows = await connection.execute_query_dict(
            "select coalesce(max(number), 0) as latest, current_database() as database,"
            " exists(select 1 from events e where e.epoch = (select max(number) from epochs)"
            " and e.transaction_id >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint) as restored from epochs"
        )
        latest = rows[0]
        if latest["latest"] == 0 or latest["restored"]:
            await Epoch.create(number=latest["latest"] + 1, identity=latest["database"], started_at=now)
