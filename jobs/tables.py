"""The queue's tables: procrastinate's own, in a PostgreSQL schema of their own beside ours.

procrastinate ships its tables as one script, and each later change of them as a migration, but keeps no record of what
a database has seen. We do, so that another release is reached by its own migrations, in its own order.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
from procrastinate.schema import SchemaManager

from rules.queue import SCHEMA

HISTORY = f"{SCHEMA}.applied_migrations"
MIGRATIONS = Path(SchemaManager.get_migrations_path())
RIGHTS = {
    "procrastinate_jobs": "select, insert, update, delete",
    "procrastinate_periodic_defers": "select, insert, update, delete",
    "procrastinate_workers": "select, insert, update, delete",
    "procrastinate_events": "select, insert",  # they go with their job
}


class LaterTables(Exception):
    """The queue's tables were made by a later release of procrastinate, whose way back nobody knows."""


async def migrate(connection: asyncpg.Connection, migrations: Path = MIGRATIONS) -> None:
    """Bring the queue's tables to the installed release of procrastinate; called under the lock of our own migrations.

    The first time everything is made from its script; later each migration that is missing gets a transaction
    of its own, together with its record.

    :param connection: signed in as the owner of the tables, outside a transaction
    :raises LaterTables: if a migration was applied that the installed release does not know
    """
    shipped = _scripts(migrations)
    if await connection.fetchval("select to_regclass($1)", HISTORY) is None:
        await _make(connection, list(shipped))
    applied = {row["name"] for row in await connection.fetch(f"select name from {HISTORY}")}  # noqa: S608
    if unknown := applied.difference(shipped):
        raise LaterTables(max(unknown))
    for name, script in shipped.items():
        if name not in applied:
            async with connection.transaction():
                await _run(connection, script)
                await _record(connection, [name])
    await _pin_search_path(connection)


def rights(quoted_role: str) -> list[str]:
    """The statements that give a serving role what working and enqueueing need, and no more.

    :param quoted_role: the role's name as an identifier
    """
    return [
        f"revoke all on all tables in schema {SCHEMA} from {quoted_role}",
        *(f"grant {granted} on {SCHEMA}.{table} to {quoted_role}" for table, granted in RIGHTS.items()),
        f"grant usage on all sequences in schema {SCHEMA} to {quoted_role}",
        f"revoke execute on all functions in schema {SCHEMA} from public",
        f"grant execute on all functions in schema {SCHEMA} to {quoted_role}",
        f"grant usage on schema {SCHEMA} to {quoted_role}",
    ]


def _scripts(migrations: Path) -> dict[str, str]:
    """The migrations by name, in their order."""
    return {path.name: path.read_text("utf-8") for path in sorted(migrations.glob("*.sql"))}


async def _make(connection: asyncpg.Connection, shipped: list[str]) -> None:
    async with connection.transaction():
        # Asked first, because `if not exists` wants the right to make schemas even where an administrator has made it.
        if await connection.fetchval("select to_regnamespace($1)", SCHEMA) is None:
            await connection.execute(f"create schema {SCHEMA}")
        await connection.execute(
            f"create table {HISTORY} (name text primary key, applied_at timestamptz not null default now())"
        )
        await _run(connection, SchemaManager.get_schema())
        await _record(connection, shipped)


async def _run(connection: asyncpg.Connection, script: str) -> None:
    await connection.execute(f"set local search_path to {SCHEMA}")
    await connection.execute(script)


async def _record(connection: asyncpg.Connection, names: list[str]) -> None:
    await connection.execute(f"insert into {HISTORY} (name) select unnest($1::text[])", names)


async def _pin_search_path(connection: asyncpg.Connection) -> None:
    """Have procrastinate's functions find its tables on whatever connection they are called."""
    statements = await connection.fetch(
        "select format('alter function %s set search_path to %I, pg_temp', oid::regprocedure, $1::text) from pg_proc"
        " where pronamespace = $1::regnamespace and prokind = 'f' and proconfig is null",
        SCHEMA,
    )
    for (statement,) in statements:
        await connection.execute(statement)
