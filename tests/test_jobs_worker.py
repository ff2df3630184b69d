"""A worker's end: told to stop, killed, or without its database; no job is lost with it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
import uvicorn
from conftest import Cluster, Database, Server
from test_jobs_queue import JOBS, SECONDS, Diary, ask, due, rules

from app.assembly import build as build_product
from app.settings import CHECKOUT, Settings
from app.working import working
from jobs.queue import build
from jobs.retries import DELAYS
from jobs.task import Task
from jobs.timetable import TIMETABLE
from rules import clock

__all__ = ["rules"]

HANGING_WORKER = """
import asyncio, sys
from app.working import working
from jobs.queue import build
from jobs.task import Task

async def hang(now):
    print("at work", flush=True)
    await asyncio.Event().wait()

async def main():
    async with working(build(sys.argv[1], [Task(name="interrupted", rule=hang)])):
        await asyncio.Event().wait()

asyncio.run(main())
"""
WORKER_ALONE = """
import os
from app.settings import Settings
from app.working import work
work(Settings.from_environment(os.environ))
"""
WORKERS = "select count(*) from procrastinate.procrastinate_workers"


class Slow:
    """A task that begins and then waits to be let go."""

    def __init__(self) -> None:
        self.task = Task(name="slow", rule=self._rule)
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()

    async def _rule(self, now: datetime) -> int:
        self.begun.set()
        await self.let_go.wait()
        return 1


@pytest.mark.usefixtures("rules")
async def test_a_stop_lets_a_run_finish(settings: Settings, database: Database) -> None:
    slow, others = Slow(), asyncio.all_tasks()
    await ask("slow")
    async with asyncio.timeout(SECONDS):
        async with working(build(settings.database_url, [slow.task])):
            await slow.begun.wait()
            asyncio.get_running_loop().call_later(0.1, slow.let_go.set)
    assert [job["status"] for job in await database.fetch(JOBS)] == ["succeeded"]
    assert asyncio.all_tasks() == others
    assert await database.value(WORKERS) == 0


@pytest.mark.usefixtures("rules")
async def test_a_stop_cuts_a_long_run_short_and_puts_its_job_back(settings: Settings, database: Database) -> None:
    slow, others = Slow(), asyncio.all_tasks()
    queue = build(settings.database_url, [slow.task])
    queue.worker_defaults["shutdown_graceful_timeout"] = 0.1
    await ask("slow")
    async with asyncio.timeout(SECONDS):
        async with working(queue):
            await slow.begun.wait()
    assert [(job["status"], job["worker_id"]) for job in await database.fetch(JOBS)] == [("todo", None)]
    assert asyncio.all_tasks() == others

    again = Diary("slow")
    async with working(build(settings.database_url, [again.task])):
        await again.called()
    assert [job["status"] for job in await database.fetch(JOBS)] == ["succeeded"]


async def test_a_stop_in_the_middle_of_the_start_leaves_nothing(settings: Settings, database: Database) -> None:
    others = asyncio.all_tasks()
    for steps in range(0, 40, 5):
        async with working(build(settings.database_url, [])):
            for _ in range(steps):
                await asyncio.sleep(0)
        assert asyncio.all_tasks() == others
    assert await database.value("select count(*) from pg_stat_activity where application_name like '%-jobs'") == 0


@pytest.mark.usefixtures("rules")
async def test_the_job_of_a_killed_worker_is_taken_up_again(settings: Settings, database: Database) -> None:
    await ask("interrupted", lock="held by the dead")
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HANGING_WORKER, settings.database_url), cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    assert killed.stdout
    async with asyncio.timeout(SECONDS):
        assert await killed.stdout.readline() == b"at work\n"
    killed.kill()
    await killed.wait()
    assert [job["status"] for job in await database.fetch(JOBS)] == ["doing"]
    await database.fetch("update procrastinate.procrastinate_workers set last_heartbeat = now() - interval '1 minute'")

    again = Diary("interrupted")
    queue = build(settings.database_url, [again.task])
    async with working(queue):
        async with build(settings.database_url, []).open_async() as asking:
            await due(asking, "queue.take_up_stalled", clock.now())
        await again.called()
    assert [(job["status"], job["attempts"]) for job in await database.fetch(JOBS)] == [("succeeded", 2)]
    assert await database.value(WORKERS) == 0


@pytest.mark.usefixtures("rules")
async def test_taking_up_goes_on_after_its_own_death(settings: Settings, database: Database) -> None:
    queue, noted = build(settings.database_url, []), Diary("note")
    await ask("note")
    async with queue.open_async():
        await due(queue, "queue.take_up_stalled", datetime(2026, 1, 31, 12, 7, tzinfo=UTC))
    await database.fetch("update procrastinate.procrastinate_jobs set status = 'doing'")
    async with working(build(settings.database_url, [noted.task])):
        await noted.called()


@pytest.mark.usefixtures("rules")
async def test_a_job_that_workers_die_of_is_given_up(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    deadly, healthy = await ask("deadly"), await ask("healthy")
    doing = "update procrastinate.procrastinate_jobs set status = 'doing', attempts = $2 where id = $1"
    await database.fetch(doing, deadly, len(DELAYS))
    await database.fetch(doing, healthy, 0)
    diaries = [Diary("deadly"), Diary("healthy")]
    async with working(build(settings.database_url, [diary.task for diary in diaries])):
        await diaries[1].called()
    assert diaries[0].calls == []
    assert [job["status"] for job in await database.fetch(JOBS)] == ["failed", "succeeded"]
    assert "deadly" in caplog.text


@pytest.mark.usefixtures("rules")
async def test_finished_jobs_are_deleted_after_days_and_others_stay(settings: Settings, database: Database) -> None:
    old, fresh, waiting = await ask("note"), await ask("note"), await ask("nobody knows it yet")
    noted = Diary("note")
    async with build(settings.database_url, [noted.task]).open_async() as queue:
        await database.fetch("update procrastinate.procrastinate_jobs set status = 'doing' where id <> $1", waiting)
        await database.fetch("update procrastinate.procrastinate_jobs set status = 'failed' where id <> $1", waiting)
        aged = "update procrastinate.procrastinate_events set at = at - interval '8 days' where job_id <> $1"
        await database.fetch(aged, fresh)
        await due(queue, "queue.delete_finished", clock.now())
        await database.fetch(
            "update procrastinate.procrastinate_jobs set scheduled_at = 'infinity' where id = $1", waiting
        )
        await queue.run_worker_async(wait=False)
    assert old < fresh
    assert [job["id"] for job in await database.fetch(JOBS)] == [fresh, waiting]


async def test_the_server_does_everything_due_while_it_serves_and_stops_cleanly(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    others, names = asyncio.all_tasks(), {task.name for task in TIMETABLE if task.cron}
    configuration = uvicorn.Config(build_product(replace(settings, jobs=True)), lifespan="on", log_config=None)
    async with asyncio.timeout(SECONDS), Server(configuration).running() as address, httpx.AsyncClient() as client:
        assert (await client.get(f"{address}/health/ready")).status_code == 200
        done: set[object] = set()
        while not names | {"queue.take_up_stalled"} <= done:
            rows = await database.fetch(
                "select task_name from procrastinate.procrastinate_jobs where status = 'succeeded'"
            )
            done = {row["task_name"] for row in rows}
    assert asyncio.all_tasks() == others
    assert await database.value(WORKERS) == 0
    assert {job["status"] for job in await database.fetch(JOBS)} <= {"succeeded", "todo"}
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_server_without_jobs_leaves_them_to_others(settings: Settings, database: Database) -> None:
    configuration = uvicorn.Config(build_product(replace(settings, jobs=False)), lifespan="on", log_config=None)
    async with Server(configuration).running():
        assert [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "worker"] == []
        assert await database.value(WORKERS) == 0


async def test_a_process_of_its_own_works_until_it_is_told_to_stop(settings: Settings, database: Database) -> None:
    environment = {
        "DATABASE_URL": database.web_url,
        "MIGRATION_DATABASE_URL": database.owner_url,
        "AUTHORITY_FOLDER": str(settings.authority_folder),
        "AUTHORITY_PASSPHRASE": settings.authority_passphrase.decode(),
        "SERVER_SECRET": settings.server_secret.decode(),
        "PUBLIC_URL": settings.public_url,
        "MAIL_URL": "smtp+plain://127.0.0.1:9",
        "MAIL_FROM": "journals@journals.example",
        "PATH": os.environ["PATH"],
    }
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-c", WORKER_ALONE),
        cwd=CHECKOUT,
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    done = "select count(*) from procrastinate.procrastinate_jobs where status = 'succeeded'"
    async with asyncio.timeout(SECONDS):
        while worker.returncode is None and not await database.value(done):
            pass
        worker.terminate()
        _, told = await worker.communicate()
    assert (worker.returncode, told.decode()) == (0, "")
    assert await database.value(WORKERS) == 0


class Told(logging.Handler):
    """Hears when something is logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Remember that there was a record."""
        self.heard.set()


@pytest.mark.usefixtures("rules")
async def test_a_worker_whose_database_was_away_goes_on(
    settings: Settings, database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.working.RESTART_SECONDS", 0)
    monkeypatch.setattr("jobs.queue.CONNECTION_SECONDS", 0.3)
    noted, told = Diary("note"), Told()
    logging.getLogger("app.working").addHandler(told)
    async with asyncio.timeout(SECONDS), working(build(settings.database_url, [noted.task])):
        await ask("note")
        await noted.called(1)
        serving = await asyncpg.connect(database.web_url)
        await cluster.execute(f'alter database "{database.name}" allow_connections false')
        cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%-jobs'"
        assert await serving.fetch(cut)
        await told.heard.wait()
        await cluster.execute(f'alter database "{database.name}" allow_connections true')
        await serving.close()
        await ask("note")
        await noted.called(2)
    logging.getLogger("app.working").removeHandler(told)
