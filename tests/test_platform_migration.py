"""Migrations: once however many start at once, wholly or not at all; and what the serving role may do after them."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import models
from app.migration import HISTORY, migrate, orm_configuration
from app.migration_writing import missing_migrations, stale_scripts
from app.postgres import OWNER, WEB, EmbeddedPostgres
from app.settings import CHECKOUT

MIGRATE = "import asyncio, sys; from app.migration import migrate; asyncio.run(migrate(*sys.argv[1:]))"
TABLES = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """A server of our own: these tests need the two roles, which an operator's server may not give them."""
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres(Path(folder), durable=False) as server:
            yield server


async def make_database(server: EmbeddedPostgres) -> str:
    """The name of a new database without tables."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(server.superuser_url())
    await connection.execute(f"create database {name} owner {OWNER}")
    await connection.close()
    return name


@pytest.fixture(scope="module")
async def migrated(server: EmbeddedPostgres) -> str:
    """The name of a database that two processes have migrated at once."""
    name = await make_database(server)
    starts = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, server.owner_url(name), WEB, cwd=CHECKOUT)
        for _ in range(2)
    ]
    assert [await start.wait() for start in starts] == [0, 0]
    return name


async def fetch(address: str, statement: str) -> list[object]:
    """The first column that `statement` gives."""
    connection = await asyncpg.connect(address)
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def shipped() -> list[str]:
    """The migrations of this version."""
    return sorted(file.stem for file in (CHECKOUT / "models" / "migrations").glob("[0-9]*.py"))


async def test_models_and_migrations_agree() -> None:
    assert await missing_migrations() == []


async def test_what_runs_is_what_the_migrations_say() -> None:
    assert await stale_scripts() == {}


async def test_processes_that_start_at_once_migrate_once(server: EmbeddedPostgres, migrated: str) -> None:
    assert await fetch(server.owner_url(migrated), f"select name from {HISTORY} order by name") == shipped()


async def test_the_serving_role_reads_adds_and_changes_but_deletes_nothing(
    server: EmbeddedPostgres, migrated: str
) -> None:
    tables = await fetch(server.web_url(migrated), f"{TABLES} order by 1")
    changed = [table for table in tables if table != HISTORY]
    rights: dict[str, list[str]] = {"select": tables, "insert": changed, "update": changed}
    rights["delete"] = sorted(models.DELETABLE)
    rights |= {"truncate": [], "references": [], "trigger": []}
    for right, expected in rights.items():
        held = f"{TABLES} and has_table_privilege(oid, '{right}') order by 1"
        assert await fetch(server.web_url(migrated), held) == expected, right
    for statement in ("delete from users", "drop table users", "alter table users add column a int"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(server.web_url(migrated), statement)


async def test_rights_of_an_earlier_version_are_taken_back(server: EmbeddedPostgres, migrated: str) -> None:
    await fetch(server.owner_url(migrated), f"grant delete on all tables in schema public to {WEB}")
    await migrate(server.owner_url(migrated), WEB)
    assert await fetch(server.web_url(migrated), "select has_table_privilege('users', 'delete')") == [False]


async def test_a_migration_that_cannot_be_recorded_does_not_happen(server: EmbeddedPostgres) -> None:
    empty = await make_database(server)
    columns = f"app text, name text check (name <> '{shipped()[-1]}'), applied_at timestamptz"
    await fetch(server.owner_url(empty), f"create table {HISTORY}(id serial, {columns})")
    with pytest.raises(asyncpg.CheckViolationError):
        await migrate(server.owner_url(empty), WEB)
    assert await fetch(server.owner_url(empty), TABLES) == [HISTORY]


def test_sslmode_reaches_the_driver_by_its_own_name() -> None:
    configuration = orm_configuration("postgresql://web@database.example/journals?sslmode=require")
    credentials = configuration["connections"]["default"]["credentials"]
    assert credentials["ssl"] == "require"
    assert "sslmode" not in credentials
