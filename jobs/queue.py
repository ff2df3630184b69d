"""The queue and its tasks, as a worker needs them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import procrastinate

from jobs import upkeep
from jobs.retries import DELAYS, GrowingDelays
from jobs.task import Task
from jobs.timetable import TIMETABLE
from rules import clock
from rules.queue import SCHEMA

log = logging.getLogger(__name__)

CONCURRENCY = 2
CONNECTIONS = 2
"""At most so many for the queue itself, and one more that listens; what rules do, they do on the pool of requests."""
CONNECTION_SECONDS = 5
"""How long the queue waits for one of them; so long may each last word take when the database is away at a stop."""
RUN_SECONDS = 600
"""How long one run may take, so that no hanging rule keeps the next run of its task waiting for ever."""
STOP_SECONDS = 5
"""How long runs may take to finish after we were told to stop; then they are cut short and put back."""
MADE_UP = timedelta(hours=25)
"""A due run that nobody was there to do is made up for, so much later at most: a stop over night skips no daily one."""


def build(database_url: str, tasks: Iterable[Task] = TIMETABLE) -> procrastinate.App:
    """The queue in the database at `database_url` (the serving role's address), with `tasks` and its own upkeep."""
    _quieten()
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=database_url,
            min_size=1,
            max_size=CONNECTIONS,
            timeout=CONNECTION_SECONDS,
            kwargs={"application_name": "electronic-journals-jobs", "options": f"-c search_path={SCHEMA}"},
        ),
        worker_defaults={
            "concurrency": CONCURRENCY,
            "install_signal_handlers": False,
            "shutdown_graceful_timeout": STOP_SECONDS,
            "stalled_worker_timeout": upkeep.STALLED_AFTER_SECONDS,
        },
        periodic_defaults={"max_delay": MADE_UP.total_seconds()},
    )
    for task in (*upkeep.tasks(queue.job_manager), *tasks):
        _register(queue, task)
    return queue


def _register(queue: procrastinate.App, task: Task) -> None:
    async def run(timestamp: int = 0, **arguments: Any) -> int:
        """`timestamp` is when procrastinate had it due; what the rule goes by is the present."""
        async with asyncio.timeout(RUN_SECONDS):
            count = await task.rule(clock.now(), **arguments)
        if count:
            log.info("%s: %s", task.name, count)
        return count

    registered = queue.task(
        name=task.name,
        retry=GrowingDelays(DELAYS if task.retried else ()),
        lock=task.name if task.alone else None,
    )(run)
    if task.cron:
        queue.periodic(cron=task.cron)(registered)


def _worth_telling(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or getattr(record, "action", "") in (
        "job_error_retry",
        "job_aborted_retry",
    )


def _quieten() -> None:
    """Procrastinate tells of every step of every job. Keep what went wrong, each failed run once with its traceback."""
    for name in ("blueprints", "jobs", "periodic", "worker", "worker.worker"):
        logging.getLogger(f"procrastinate.{name}").addFilter(_worth_telling)
