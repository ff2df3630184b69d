"""Whose rows PostgreSQL shows: the second wall, behind the conditions of `rules.access`.

The tables of tenants have row-level security (models/migrations/0007_tenants.py). Their policies ask the setting
`journals.organization`, which is said before anything is read: here for the connections of rules, and inside each
compiled statement for those of reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg

from models.enums import Role
from rules.actor import Actor, Caller

SETTING = "journals.organization"
EVERY = "every"
"""The owner's people, and the product's own work: starting, jobs, what is public."""

_shown: ContextVar[str] = ContextVar("shown", default=EVERY)


def shown_to(caller: Caller) -> str:
    """What the setting says for reading as `caller`: nothing at all for whoever has not signed in."""
    if not isinstance(caller, Actor):
        return ""
    return EVERY if caller.role is Role.SUPERADMIN else str(caller.organization_id)


def confine(caller: Caller) -> None:
    """From now on, in this task, rules read as much as the caller's organisation is shown. Whoever has not signed in
    asks only for what is public, which may be anybody's."""
    _shown.set(shown_to(caller) or EVERY)


@contextmanager
def public() -> Iterator[None]:
    """For a while rules read what is anybody's, whoever asks: a signature by its code, say."""
    token = _shown.set(EVERY)
    try:
        yield
    finally:
        _shown.reset(token)


@contextmanager
def confined(caller: Caller) -> Iterator[None]:
    """As `confine`, for a while. A transaction that is open already stays as it began."""
    token = _shown.set(shown_to(caller) or EVERY)
    try:
        yield
    finally:
        _shown.reset(token)


class TenantConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that remembers to whom it shows rows, so that saying it again costs nothing."""

    _shown_to: str | None = None

    async def show(self, wanted: str) -> None:
        """Show the rows of `wanted` from now on: an organisation's id, or `EVERY`."""
        if self._shown_to != wanted:
            self._shown_to = None
            await self.execute(f"set {SETTING} = '{wanted}'")
            self._shown_to = wanted


async def prepare(connection: Any) -> None:
    """For the pool, before each use of a connection: show what the task at hand may see."""
    await connection.show(_shown.get())


async def keep(connection: Any) -> None:
    """For the pool, after each use of a connection: nothing to reset, no rule changes its session besides. Asking for
    it would cost every statement a round trip, and make the connection forget to whom it shows rows; open transactions
    are rolled back by the driver all the same."""


POOL = {"connection_class": TenantConnection, "setup": prepare, "reset": keep}
"""How a pool is made whose connections show each task its rows."""
