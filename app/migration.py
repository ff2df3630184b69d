"""Bringing a database to the tables of models/ and of the queue, and giving the serving role its rights there."""

from pathlib import Path
from typing import Any

import asyncpg
from tortoise.backends.base.config_generator import expand_db_url

import models
from app.startup_refusal import StartupRefused
from jobs import tables
from rules.tenancy import EVERY, POOL, SETTING

APP = "models"
MIGRATIONS = Path(models.__file__).parent / "migrations"
HISTORY = "tortoise_migrations"
MAKE_HISTORY = f"""
create table if not exists {HISTORY} (
    id serial not null primary key,
    app varchar(255) not null,
    name varchar(255) not null,
    applied_at timestamptz not null,
    unique (app, name)
)
"""
APPLIED = f"select name from {HISTORY} where app = $1"  # noqa: S608
APPLY = f"insert into {HISTORY} (app, name, applied_at) values ($1, $2, now())"  # noqa: S608
ADVISORY_LOCK = 0x6A6F75726E616C73
"""«journals» in ASCII: the number that every process migrating this product locks."""


def orm_configuration(database_url: str) -> dict[str, Any]:
    """Tortoise's configuration of our tables in the database at `database_url` (postgresql://…), whose connections show
    the rows of whoever is at work (rules/tenancy.py)."""
    connection = expand_db_url(database_url)
    connection["credentials"] |= POOL
    # asyncpg knows libpq's sslmode by the name of ssl, except in addresses, which it does not get to see.
    if sslmode := connection["credentials"].pop("sslmode", None):
        connection["credentials"]["ssl"] = sslmode
    app = {"models": models.MODULES, "migrations": "models.migrations", "default_connection": "default"}
    return {"connections": {"default": connection}, "apps": {APP: app}, "use_tz": True, "timezone": "UTC"}


async def migrate(owner_url: str, serving_role: str) -> None:
    """Apply the migrations that are still missing, then set the rights of `serving_role` on all tables.

    The serving role may read, insert and update, and delete only from `models.DELETABLE` and from the queue, which
    has a schema of its own (jobs/tables.py); it cannot touch the histories of migrations. Processes that migrate at
    once wait for each other.

    :param owner_url: the address for the role that owns the tables
    :param serving_role: the role that serves; if it is the owner itself, its rights stay as they are
    :raises StartupRefused: if a later release has left tables that this one does not know
    """
    connection = await asyncpg.connect(owner_url, server_settings={SETTING: EVERY})
    try:
        await connection.execute("select pg_advisory_lock($1)", ADVISORY_LOCK)
        await _apply(connection)
        await _migrate_queue(connection)
        if serving_role != await connection.fetchval("select current_user"):
            await _grant(connection, serving_role)
    finally:
        await connection.close()


async def _apply(connection: asyncpg.Connection) -> None:
    """All that is missing or nothing: what was applied without being recorded would be applied twice."""
    async with connection.transaction():
        await connection.execute(MAKE_HISTORY)
        applied = {row["name"] for row in await connection.fetch(APPLIED, APP)}
        for script in sorted(MIGRATIONS.glob("*.sql")):
            if script.stem not in applied:
                await connection.execute(script.read_text())
                await connection.execute(APPLY, APP, script.stem)


async def _migrate_queue(connection: asyncpg.Connection) -> None:
    try:
        await tables.migrate(connection)
    except tables.LaterTables as error:
        raise StartupRefused(
            ru=f"Таблицы очереди созданы более новой версией (миграция {error}): запустите её.",
            en=f"The queue's tables were made by a later version (migration {error}): start that one.",
        ) from error


async def _grant(connection: asyncpg.Connection, role: str) -> None:
    quoted = await connection.fetchval("select quote_ident($1)", role)
    statements = [
        f"grant usage on schema public to {quoted}",
        f"revoke all on all tables in schema public from {quoted}",
        f"grant select, insert, update on all tables in schema public to {quoted}",
        f"revoke insert, update on {HISTORY} from {quoted}",
        f"grant usage on all sequences in schema public to {quoted}",
        *(f'grant delete on "{table}" to {quoted}' for table in models.DELETABLE),
        *tables.rights(quoted),
    ]
    # In one transaction, so that a server at work never finds itself without rights.
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)
