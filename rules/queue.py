"""Asking for work that is done later, by name: jobs/ knows the tasks, rules only name them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from rules.unit import Unit

SCHEMA = "procrastinate"
"""The PostgreSQL schema of the queue's tables."""

DEFER = f"""
select {SCHEMA}.procrastinate_defer_jobs_v1(array[
  row($1::varchar, $2::varchar, 0, $3::text, null, $4::jsonb, $5::timestamptz)::{SCHEMA}.procrastinate_job_to_defer_v1
]) as ids
"""


async def enqueue(
    deed: Unit,
    task: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    queue: str = "default",
    lock: str | None = None,
    at: datetime | None = None,
) -> int:
    """Have `task` done once the deed has committed; if it rolls back, nothing was asked for.

    :param deed: the deed that the work belongs to
    :param task: the name of a task in jobs/timetable.py
    :param arguments: what its rule is called with after `now`: names to JSON values
    :param queue: tasks of one queue can be left to a worker of their own
    :param lock: of the jobs with the same lock one runs at a time, in the order they were asked for
    :param at: not before this instant (with a time zone); at once if None
    :returns: the job's number
    """
    values = [queue, task, lock, orjson.dumps(dict(arguments or {})).decode(), at]
    rows = await deed.connection.execute_query_dict(DEFER, values)
    number: int = rows[0]["ids"][0]
    return number
