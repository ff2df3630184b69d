"""The worker's life: inside the server that serves, or alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from procrastinate import App as Queue

from app.authority_at_start import check_authority
from app.database import ready_database
from app.mail_at_start import warn_of_unsent_mail
from app.runtime import running
from app.serving import STOP_SIGNALS
from app.settings import Settings
from jobs.queue import STOP_SECONDS, build

log = logging.getLogger(__name__)

RESTART_SECONDS = 5
"""How long a worker that lost its database waits before it tries again."""


@asynccontextmanager
async def working(queue: Queue) -> AsyncIterator[None]:
    """A worker does the jobs of `queue` while this is open, in the context (app.runtime.running) it was opened in.

    Closing lets runs finish for `jobs.queue.STOP_SECONDS`, then cuts them short and puts their jobs back.
    """
    worker = asyncio.create_task(_work(queue), name="worker")
    try:
        yield
    finally:
        worker.cancel()
        _, left = await asyncio.wait({worker}, timeout=3 * STOP_SECONDS)
        if left:
            log.error("the worker has not stopped in time; its jobs will be taken up as a killed worker's")
            worker.cancel()
            await asyncio.wait({worker}, timeout=STOP_SECONDS)


async def _work(queue: Queue) -> None:
    while True:
        try:
            await queue.open_async()
            await queue.run_worker_async()
            log.warning("the worker has stopped; starting it again")
        except Exception:
            log.exception("the worker has failed; starting it again")
        finally:
            await queue.close_async()
        await asyncio.sleep(RESTART_SECONDS)


def work(settings: Settings) -> None:
    """Do jobs, and nothing else, until SIGINT or SIGTERM.

    :raises StartupRefused: if the authority or the database is not as it has to be
    """
    asyncio.run(_work_alone(settings))


async def _work_alone(settings: Settings) -> None:
    stopped = asyncio.Event()
    for each in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    check_authority(settings)
    if settings.database_url:
        warn_of_unsent_mail(settings)
    async with ready_database(settings) as (served, _), running(served), working(build(served.database_url)):
        await stopped.wait()
