"""The connections that reads go through: they cannot write, and PostgreSQL's JSON comes out of them as it is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from cachetools import LRUCache

from rules.actor import Actor, Caller
from rules.refusals import Code, Refusal

CONNECTIONS = 10
MOST_OF_ONE = 8
"""How many of them one person can occupy, so that nobody's slow reads stop everybody."""
LONGEST_WAIT_SECONDS = 10.0
"""How long a read may wait for a connection."""
PERSONS_REMEMBERED = 10_000
LARGEST_STATEMENT = 256 * 1024
"""Longer statements are planned each time (octets)."""

log = logging.getLogger("graph.statements")


class Connections:
    """A stack of connections, the one used last on top, made when first needed.

    A read leaves nothing behind that would have to be reset, so that a driver's pool, which makes a task for every
    release, would cost more processor time than the rest of a small read.
    """

    def __init__(self, database_url: str, statement_timeout_ms: int) -> None:
        self._database_url = database_url
        self._settings = {
            "application_name": "electronic-journals-reading",
            "default_transaction_read_only": "on",
            "statement_timeout": str(statement_timeout_ms),
            "TimeZone": "UTC",
            "jit": "off",
        }
        self._free: asyncio.LifoQueue[asyncpg.Connection | None] = asyncio.LifoQueue()
        for _ in range(CONNECTIONS):
            self._free.put_nowait(None)
        self._shares: LRUCache[Hashable, asyncio.Semaphore] = LRUCache(PERSONS_REMEMBERED)

    async def fetch(self, statement: str, values: list[Any], person: Hashable) -> asyncpg.Record | None:
        """The only row of a statement, if there is one; asked again if the connection turns out to have been cut.

        Raises RATE_LIMITED if no connection was to be had for too long.
        """
        share = self._shares.get(person)
        if share is None:
            share = self._shares[person] = asyncio.Semaphore(MOST_OF_ONE)
        if share.locked() or self._free.empty():
            try:
                async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                    await share.acquire()
                    try:
                        connection = await self._free.get()
                    except BaseException:
                        share.release()
                        raise
            except TimeoutError:
                raise Refusal(Code.RATE_LIMITED, "reads_busy") from None
        else:
            await share.acquire()
            connection = self._free.get_nowait()
        try:
            if connection is None or connection.is_closed():
                connection = await self._connect()
            try:
                return await connection.fetchrow(statement, *values)
            except (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError):
                connection = await self._connect()
                return await connection.fetchrow(statement, *values)
        finally:
            self._free.put_nowait(connection)
            share.release()

    async def close(self) -> None:
        """Close all of them; whoever still reads is waited for."""
        for _ in range(CONNECTIONS):
            connection = await self._free.get()
            if connection is not None:
                await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(
            self._database_url,
            max_cacheable_statement_size=LARGEST_STATEMENT,
            server_settings=self._settings,
        )
        try:
            # JSON comes as the octets that PostgreSQL sends.
            await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes)
        except BaseException:
            connection.terminate()
            raise
        return connection


_connections: Connections | None = None


@asynccontextmanager
async def reading(database_url: str, statement_timeout_ms: int) -> AsyncIterator[None]:
    """Selections may be read inside. `database_url` is the serving role's address."""
    global _connections
    former = _connections
    opened = _connections = Connections(database_url, statement_timeout_ms)
    try:
        yield
    finally:
        _connections = former
        await opened.close()


async def fetch(statement: str, values: list[Any], caller: Caller) -> asyncpg.Record | None:
    """The only row of a statement, if there is one. Raises RATE_LIMITED if no connection was to be had for too long."""
    if _connections is None:
        raise RuntimeError("nothing may be read outside `reading`")
    if log.isEnabledFor(logging.DEBUG):
        log.debug("%s", statement)
    return await _connections.fetch(statement, values, caller.user_id if isinstance(caller, Actor) else None)
