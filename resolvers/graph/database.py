"""The connections that reads go through: they cannot write, and PostgreSQL's JSON comes out of them as it is."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

CONNECTIONS = 10
LARGEST_STATEMENT = 256 * 1024
"""Longer statements are planned each time (octets)."""

log = logging.getLogger("graph.statements")

_pool: asyncpg.Pool | None = None


@asynccontextmanager
async def reading(database_url: str, statement_timeout_ms: int) -> AsyncIterator[None]:
    """Selections may be read inside. `database_url` is the serving role's address."""
    global _pool
    former = _pool
    async with asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=CONNECTIONS,
        max_cacheable_statement_size=LARGEST_STATEMENT,
        init=_as_text,
        reset=_keep,
        server_settings={
            "application_name": "electronic-journals-reading",
            "default_transaction_read_only": "on",
            "statement_timeout": str(statement_timeout_ms),
            "TimeZone": "UTC",
            "jit": "off",
        },
    ) as _pool:
        try:
            yield
        finally:
            _pool = former


async def fetch(statement: str, values: list[Any]) -> asyncpg.Record | None:
    """The only row of a statement, if there is one."""
    if _pool is None:
        raise RuntimeError("nothing may be read outside `reading`")
    if log.isEnabledFor(logging.DEBUG):
        log.debug("%s", statement)
    return await _pool.fetchrow(statement, *values)


async def _as_text(connection: Any) -> None:
    """JSON comes as the octets that PostgreSQL sends."""
    await connection.set_type_codec("json", schema="pg_catalog", format="binary", encoder=bytes, decoder=bytes)


async def _keep(connection: Any) -> None:
    """Nothing to reset: a read leaves nothing behind on its connection, and asking would cost a round trip."""
