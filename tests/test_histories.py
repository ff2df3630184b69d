"""Many people at once, in any order: no law of design.md §3 is broken by what any of them tries.

A plan is drawn by Hypothesis: rounds of deeds, those of a round at the same time, over real connections to a real
PostgreSQL. After every round, and at the end, the laws are looked at in the rows themselves (history_laws.py) and in a
second telling of the events (history_replay.py). `HISTORIES=2000` runs so many; a few by default.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest
from conftest import Database, Template
from history_deeds import Outcome, Stage, take
from history_laws import Laws
from history_plan import OPERATOR, PLANS, SUBSCRIBER, Deed, Member, Plan
from history_replay import Book, Person, Replay
from history_rows import Rows, certificates, position
from history_world import Site, World
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from shown import Show

from app import demo
from app.runtime import running
from app.settings import Settings
from authority import holder_key
from models.enums import EntryStatus, Side
from rules import clock, events
from rules.events import Cursor, Followed

HISTORIES = int(os.environ.get("HISTORIES", "25"))
ENOUGH_FOR_ALL = 200
"""So many histories do every deed at least once."""
LONGEST_SECONDS = 60
"""Of one history; a deadlock that nobody resolves must not hold the run."""


@dataclass
class Tally:
    """What all histories came to."""

    histories: int = 0
    rounds: int = 0
    most_at_once: int = 0
    deeds: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)

    def show(self, shown: Show, seconds: float) -> None:
        """Print it."""
        per_second = f"{self.histories / seconds:.1f}"
        tried = sum(self.deeds.values())
        figures = {
            "histories": self.histories,
            "rounds": self.rounds,
            "deeds tried": tried,
            "most deeds at once": self.most_at_once,
            "histories a second": per_second,
            **dict(sorted(self.rows.items())),
            **{f"looks at law {law}": count for law, count in sorted(self.looked.items())},
            **{f"noted: {what}": count for what, count in self.noted.items()},
            "laws broken": 0,
        }
        shown("histories: what they came to", ["what", "count"], [[name, f"{n}"] for name, n in figures.items()])
        codes = sorted({code for _, code in self.deeds} - {"done", "idle"})
        rows = [
            [deed.value, *(f"{self.deeds[deed.value, code]}" for code in ["done", "idle", *codes])] for deed in Deed
        ]
        shown("histories: deeds by what came of them", ["deed", "done", "nothing to do", *codes], rows)


@dataclass
class Chronicle:
    """One history being made and looked at."""

    world: World
    owner: asyncpg.Connection
    tally: Tally
    people: dict[UUID, Person]

    async def run(self, plan: Plan) -> None:
        """Raise AssertionError, with what was tried, if a law is broken."""
        site = await self.world.site(plan.kind)
        since, before = await position(self.owner), await certificates(self.owner)
        book, followed = Book(), Followed(object_id=site.object_id)
        laws = Laws(book)
        outcomes: list[Outcome] = []
        delivered: list[tuple[Cursor, UUID]] = []
        began: dict[str, datetime] = {}
        rows = await Rows.read(self.owner, site.object_id, since)
        place = Cursor(0, 0, 0)
        for number, round_ in enumerate(plan.rounds):
            stage = Stage(self.world, site, plan.kind, rows)
            taking = [take(stage, step, f"{site.name}.{number}.{place_}") for place_, step in enumerate(round_)]
            following = self._follow(place, followed, delivered)
            began[f"{site.name}.{number}"] = clock.now()
            place, answers = await asyncio.gather(following, asyncio.gather(*taking))
            outcomes += answers
            known = {*rows.signatures}
            rows = await Rows.read(self.owner, site.object_id, since)
            laws.after_a_round(rows, began[f"{site.name}.{number}"])
            laws.signed_content(rows, known)
            self.tally.most_at_once = max(self.tally.most_at_once, len(round_))
        await self._follow(place, followed, delivered, to_the_end=True)
        replay = Replay(book, rows, self.people, dict(before), began).tell()
        laws.of_outcomes(rows, outcomes)
        laws.of_places(rows, Stage(self.world, site, plan.kind, rows))
        laws.of_replay(rows, replay)
        laws.of_order(rows, delivered)
        await laws.of_sight(rows, Stage(self.world, site, plan.kind, rows), replay)
        self._count(plan, rows, outcomes, book)
        if book.broken:
            tried = "\n".join(f"  {o.request} {o.step.deed} by {o.step.who}: {o.code or 'done'}" for o in outcomes)
            raise AssertionError("\n".join(book.broken[:20]) + f"\nin the history of {site.name}:\n{tried}")

    async def _follow(
        self, place: Cursor, followed: Followed, delivered: list[tuple[Cursor, UUID]], *, to_the_end: bool = False
    ) -> Cursor:
        """What somebody who follows the events is given from `place` on, while others are at work."""
        for _ in range(1000 if to_the_end else 4):
            page = await events.read(self.world.by_owner(), place, followed)
            delivered += [(event.cursor, event.id) for event in page.events]
            place = page.events[-1].cursor if page.events else place
            if to_the_end and not page.events and not page.held_back:
                break
        return place

    def _count(self, plan: Plan, rows: Rows, outcomes: list[Outcome], book: Book) -> None:
        self.tally.histories += 1
        self.tally.rounds += len(plan.rounds)
        for outcome in outcomes:
            self.tally.deeds[outcome.step.deed.value, "idle" if outcome.idle else outcome.code or "done"] += 1
        self.tally.looked += book.looked
        self.tally.noted += book.noted
        for name in ("journals", "entries", "revisions", "signatures", "comments", "events"):
            self.tally.rows[name] += len(getattr(rows, name))
        for entry in rows.entries.values():
            self.tally.rows[f"entries {entry['status']}"] += 1


def _people(world: World, operator_id: UUID, subscriber_id: UUID) -> dict[UUID, Person]:
    found = {}
    for member, actor in world.actors.items():
        side = Side.SUBSCRIBER if member in SUBSCRIBER else Side.OPERATOR
        own = {Side.OPERATOR: operator_id, Side.SUBSCRIBER: subscriber_id}[side]
        organization = own if member in (*OPERATOR, *SUBSCRIBER) else actor.organization_id
        admin = member in (Member.OPERATOR_ADMIN, Member.SUBSCRIBER_ADMIN, Member.STRANGER)
        found[actor.user_id] = Person(side.value, admin, organization)
    return found


async def test_no_law_is_broken_by_many_people_at_once(
    settings: Settings, database: Database, template: Template, shown: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sealing of PINs is slow by design; keys sealed with less memory open as any others do.
    monkeypatch.setattr(holder_key, "MEMORY_KIB", 64)
    loop, tally, started = asyncio.get_running_loop(), Tally(), time.monotonic()
    owner = await asyncpg.connect(database.owner_url)
    async with running(settings):
        world = await World.made(template.tokens[demo.OWNER])
        site: Site = await world.site(next(iter(world.types)))
        chronicle = Chronicle(world, owner, tally, _people(world, site.operator_id, site.subscriber_id))

        @hypothesis_settings(
            max_examples=HISTORIES,
            deadline=None,
            database=None,
            suppress_health_check=[*HealthCheck],
            phases=[Phase.generate, Phase.shrink],
        )
        @given(plan=PLANS)
        def every_history(plan: Plan) -> None:
            told = asyncio.wait_for(chronicle.run(plan), LONGEST_SECONDS)
            asyncio.run_coroutine_threadsafe(told, loop).result()

        try:
            # Hypothesis calls and waits: it has a thread of its own, the people share this loop.
            await asyncio.to_thread(every_history)
        finally:
            await owner.close()
    tally.show(shown, time.monotonic() - started)
    assert tally.histories >= HISTORIES
    assert tally.rows["entries SIGNED"]
    if HISTORIES >= ENOUGH_FOR_ALL:
        assert [deed for deed in Deed if not tally.deeds[deed.value, "done"]] == []
        assert all(tally.rows[f"entries {status.value}"] for status in EntryStatus)
