"""What a task is: a name, the rule it calls, and its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One row of the timetable.

    :param name: what rules enqueue it by; jobs that wait keep it, so it outlives a renamed rule
    :param rule: called with the present instant and the job's arguments; says how much there was to do
    :param cron: when it is due, in UTC (crontab(5)); None if only rules ask for it
    :param retried: whether a failed run is tried again; needless where the next one comes soon anyway
    :param alone: whether due runs wait for each other
    """

    name: str
    rule: Callable[..., Awaitable[int]]
    cron: str | None = None
    retried: bool = True
    alone: bool = True
