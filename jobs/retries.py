"""When a failed run is tried again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long each next run of a failed job waits; after the last one it has failed for good."""


class GrowingDelays(BaseRetryStrategy):
    """Tries again after each of `delays`. A run that our own stop has cut short is put back in any case."""

    def __init__(self, delays: tuple[timedelta, ...]) -> None:
        self._delays = delays

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Procrastinate's question after each failed run; None gives up."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        if job.attempts >= len(self._delays):
            return None
        return RetryDecision(retry_in={"seconds": int(self._delays[job.attempts].total_seconds())})
