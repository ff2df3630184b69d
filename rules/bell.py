"""Hears the bell: one LISTEN connection a process wakes everybody who follows events.

A notification carries nothing; the events table is the truth, so one that is lost costs a moment, never an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import asyncpg

from rules.unit import BELL

log = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.5


class Bell:
    """Wakes waiting followers. `strokes` grows with every stroke, so that one between look and wait is not missed."""

    def __init__(self) -> None:
        self.strokes = 0
        self._heard = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.strokes += 1
        heard, self._heard = self._heard, asyncio.Event()
        heard.set()

    async def wait(self, since: int, seconds: float) -> None:
        """Return once `strokes` exceeds `since`, or after `seconds`."""
        if self.strokes > since:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._heard.wait(), seconds)


_bell: Bell | None = None


def current() -> Bell:
    """The process's bell. Raises RuntimeError outside `hearing`."""
    if _bell is None:
        raise RuntimeError("nobody listens: open rules.bell.hearing at start")
    return _bell


async def _listen(bell: Bell, database_url: str) -> None:
    while True:
        try:
            connection = await asyncpg.connect(database_url)
            try:
                lost = asyncio.Event()
                connection.add_termination_listener(lambda *_, lost=lost: lost.set())
                await connection.add_listener(BELL, lambda *_: bell.ring())
                bell.ring()  # whoever waited through the outage looks again
                await lost.wait()
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError):
            log.warning("the bell's connection was lost; reconnecting")
        await asyncio.sleep(RECONNECT_SECONDS)


@contextlib.asynccontextmanager
async def hearing(database_url: str) -> AsyncIterator[Bell]:
    """Listen while open. `database_url` is a libpq address of the serving role."""
    global _bell
    bell = _bell = Bell()
    listener = asyncio.create_task(_listen(bell, database_url))
    try:
        yield bell
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener
        bell.ring()  # followers end with the process, not after their time-out
        _bell = None
