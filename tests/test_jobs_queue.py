"""Work asked for inside a deed is done after its commit, again after a failure, never after a rollback."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Database
from procrastinate import App as Queue
from procrastinate.periodic import PeriodicDeferrer

from app.runtime import running
from app.settings import Settings
from app.working import working
from jobs.queue import build
from jobs.retries import DELAYS
from jobs.task import Task
from models.enums import EventKind
from models.events import Event
from rules import clock
from rules.actor import Anonymous
from rules.queue import enqueue
from rules.refusals import Code, Refusal
from rules.unit import unit

SECONDS = 20
"""The longest that anything here may take."""
JOBS = "select * from procrastinate.procrastinate_jobs where task_name not like 'queue.%' order by id"
DUE = "update procrastinate.procrastinate_jobs set scheduled_at = now() where scheduled_at is not null returning id"


class Diary:
    """A task that remembers how it was called, and waits for nothing."""

    def __init__(self, name: str, *, failures: int = 0, **details: Any) -> None:
        self.task = Task(name=name, rule=self._rule, **details)
        self.calls: list[dict[str, Any]] = []
        self._failures = failures
        self._called = asyncio.Event()

    async def _rule(self, now: datetime, **arguments: Any) -> int:
        self.calls.append({"now": now, **arguments})
        self._called.set()
        if len(self.calls) <= self._failures:
            raise RuntimeError(f"failure {len(self.calls)}")
        return len(self.calls)

    async def called(self, times: int = 1) -> None:
        """Wait until there were so many calls."""
        async with asyncio.timeout(SECONDS):
            while len(self.calls) < times:
                self._called.clear()
                await self._called.wait()


@pytest.fixture
async def rules(settings: Settings) -> AsyncIterator[None]:
    """Rules may be called."""
    async with running(settings):
        yield


async def ask(name: str, arguments: dict[str, Any] | None = None, *, refused: bool = False, **how: Any) -> int:
    """A deed that asks for the task `name` and, maybe, is refused afterwards."""
    async with unit(Anonymous(now=clock.now())) as deed:
        number = await enqueue(deed, name, arguments, **how)
        if refused:
            raise Refusal(Code.FORBIDDEN)
        return number


@pytest.mark.usefixtures("rules")
async def test_a_deed_rolled_back_asks_for_nothing(settings: Settings, database: Database) -> None:
    noted = Diary("note")
    async with working(build(settings.database_url, [noted.task])):
        with pytest.raises(Refusal):
            await ask("note", {"number": 1}, refused=True)
        await ask("note", {"number": 2})
        await noted.called()
    assert [call["number"] for call in noted.calls] == [2]
    assert len(await database.fetch(JOBS)) == 1


@pytest.mark.usefixtures("rules")
async def test_a_job_is_done_after_the_commit_and_sees_what_it_committed(
    settings: Settings, database: Database
) -> None:
    seen: asyncio.Future[list[str | None]] = asyncio.get_running_loop().create_future()

    async def look(now: datetime, *, request: str) -> int:
        found = await Event.filter(request_id=request).values_list("request_id", flat=True)
        seen.set_result(list(found))
        return len(found)

    began = clock.now()
    async with working(build(settings.database_url, [Task(name="look", rule=look)])):
        async with unit(Anonymous(now=began, request_id="the one")) as deed:
            await deed.record(EventKind.SIGN_IN_REFUSED)
            await enqueue(deed, "look", {"request": "the one"}, lock="one at a time")
            assert await database.fetch(JOBS) == []
        async with asyncio.timeout(SECONDS):
            assert await seen == ["the one"]
    (job,) = await database.fetch(JOBS)
    assert (job["status"], job["lock"], job["queue_name"]) == ("succeeded", "one at a time", "default")


@pytest.mark.usefixtures("rules")
async def test_a_job_for_later_waits_for_its_time(settings: Settings, database: Database) -> None:
    later, sooner = Diary("later"), Diary("sooner")
    at = datetime.now(UTC) + timedelta(hours=1)
    await ask("later", at=at)
    await ask("sooner")
    async with working(build(settings.database_url, [later.task, sooner.task])):
        await sooner.called()
    assert later.calls == []
    assert [(job["status"], job["scheduled_at"]) for job in await database.fetch(JOBS)] == [
        ("todo", at),
        ("succeeded", None),
    ]
    assert await database.fetch(DUE)
    async with working(build(settings.database_url, [later.task])):
        await later.called()


@pytest.mark.usefixtures("rules")
async def test_a_failed_run_is_told_once_and_tried_again_while_others_go_on(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    failing, other = Diary("failing", failures=1), Diary("other")
    queue = build(settings.database_url, [failing.task, other.task])
    caplog.set_level(logging.INFO)
    await ask("failing")
    await ask("other")
    async with working(queue):
        await other.called()
    assert len(failing.calls) == 1
    (job, _) = await database.fetch(JOBS)
    assert (job["status"], job["attempts"]) == ("todo", 1)
    assert timedelta(seconds=30) < job["scheduled_at"] - datetime.now(UTC) <= DELAYS[0]
    told = [record for record in caplog.records if record.exc_info]
    assert [str(record.exc_info and record.exc_info[1]) for record in told] == ["failure 1"]

    await database.fetch(DUE)
    async with working(queue):
        await failing.called(2)
    jobs = await database.fetch(JOBS)
    assert [(job["task_name"], job["status"], job["attempts"]) for job in jobs] == [
        ("failing", "succeeded", 2),
        ("other", "succeeded", 1),
    ]
    lines = [record.message for record in caplog.records if record.name.startswith(("jobs", "procrastinate"))]
    assert [line for line in lines if "ended with status" not in line] == ["other: 1", "failing: 2"]


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize(("retried", "runs"), [(True, len(DELAYS)), (False, 0)])
async def test_after_its_last_delay_a_job_has_failed(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture, retried: bool, runs: int
) -> None:
    hopeless = Diary("hopeless", failures=99, retried=retried)
    await ask("hopeless")
    await database.fetch("update procrastinate.procrastinate_jobs set attempts = $1", runs)
    async with working(build(settings.database_url, [hopeless.task])):
        await hopeless.called()
    (job,) = await database.fetch(JOBS)
    assert (job["status"], job["attempts"]) == ("failed", runs + 1)
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


@pytest.mark.usefixtures("rules")
async def test_a_run_that_hangs_is_ended_and_makes_way(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(now: datetime) -> int:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    monkeypatch.setattr("jobs.queue.RUN_SECONDS", 0.1)
    monkeypatch.setattr("jobs.queue.CONCURRENCY", 1)
    noted = Diary("note")
    await ask("hang")
    await ask("note")
    async with working(build(settings.database_url, [Task(name="hang", rule=hang), noted.task])):
        await noted.called()
    assert [job["status"] for job in await database.fetch(JOBS)] == ["todo", "succeeded"]


async def due(queue: Queue, name: str, instant: datetime) -> None:
    """Let the task be due at a chosen instant."""
    (task,) = (each for each in queue.periodic_registry.periodic_tasks.values() if each.task.name == name)
    await PeriodicDeferrer(queue.periodic_registry).defer_jobs([(task, int(instant.timestamp()))])


@pytest.mark.usefixtures("rules")
async def test_two_workers_do_a_due_task_once(settings: Settings, database: Database) -> None:
    noted = Diary("note", cron="* * * * *")
    queues = [build(settings.database_url, [noted.task]) for _ in range(2)]
    instant = datetime(2026, 1, 31, 12, 7, tzinfo=UTC)
    async with queues[0].open_async(), queues[1].open_async():
        await asyncio.gather(*(due(queue, "note", instant) for queue in queues))
        await asyncio.gather(*(queue.run_worker_async(wait=False) for queue in queues))
    times = [job["args"] for job in await database.fetch(JOBS)]
    assert times.count(f'{{"timestamp": {int(instant.timestamp())}}}') == 1
    assert len(times) == len(set(times))
    done = [job for job in await database.fetch(JOBS) if job["status"] == "succeeded"]
    assert len(noted.calls) == len(done) >= 1


@pytest.mark.parametrize(
    ("cron", "late", "made_up"),
    [
        ("0 5 * * *", timedelta(hours=23), True),
        ("0 5 * * *", timedelta(minutes=-1), True),
        ("0 5 1 * *", timedelta(days=9), False),
    ],
)
def test_a_due_run_missed_by_a_stop_is_made_up_for(cron: str, late: timedelta, made_up: bool) -> None:
    queue = build("", [Diary("daily", cron=cron).task])
    deferrer = PeriodicDeferrer(queue.periodic_registry, **queue.periodic_defaults)
    at = datetime(2026, 3, 1, 5, tzinfo=UTC) + late
    found = {task.task.name: instant for task, instant in deferrer.get_previous_tasks(at.timestamp())}
    last = datetime(2026, 3, 1, 5, tzinfo=UTC) - (timedelta(days=1) if late < timedelta(0) else timedelta(0))
    assert found.get("daily") == (int(last.timestamp()) if made_up else None)
