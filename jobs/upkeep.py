"""What the queue does for itself: jobs of killed workers are taken up again, finished ones are deleted."""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial

from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from jobs.retries import DELAYS
from jobs.task import Task

log = logging.getLogger(__name__)

STALLED_AFTER_SECONDS = 30
"""A worker whose heart has not beaten for so long is dead; it beats every ten seconds."""
KEPT_HOURS = 7 * 24


def tasks(manager: JobManager) -> list[Task]:
    """The tasks of upkeep over the jobs of `manager`."""
    return [
        # Not alone: a run that died with its worker would keep every other from taking it up.
        Task(
            name="queue.take_up_stalled",
            rule=partial(take_up_stalled, manager),
            cron="* * * * *",
            retried=False,
            alone=False,
        ),
        Task(name="queue.delete_finished", rule=partial(delete_finished, manager), cron="41 1 * * *"),
    ]


async def take_up_stalled(manager: JobManager, now: datetime) -> int:
    """Put back the jobs of workers that were killed. One that was at work in too many deaths may be their cause: it
    has failed."""
    stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS))
    for job in stalled:
        if job.attempts < len(DELAYS):
            await manager.retry_job(job)
        else:
            log.error("%s was at work in the death of %s workers; given up", job.call_string, job.attempts + 1)
            await manager.finish_job(job, Status.FAILED, delete_job=False)
    return len(stalled)


async def delete_finished(manager: JobManager, now: datetime) -> int:
    """Delete the jobs that ended in whatever way more than `KEPT_HOURS` ago; how many is not told."""
    await manager.delete_old_jobs(KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True)
    return 0
