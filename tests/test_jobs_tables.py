"""The queue's tables: whole or not at all, at the installed release by its own migrations, least rights on them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from test_platform_migration import make_database

from app.migration import migrate
from app.postgres import WEB, EmbeddedPostgres
from app.startup_refusal import StartupRefused
from jobs import tables

SHIPPED = sorted(path.name for path in tables.MIGRATIONS.glob("*.sql"))
ANATOMY = """
select 'column', table_name || '.' || column_name, data_type || coalesce(column_default, '') || is_nullable
from information_schema.columns where table_schema = 'procrastinate'
union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'procrastinate'
union all select 'function', oid::regprocedure::text, md5(regexp_replace(prosrc, '\\s+', '', 'g')) || proconfig::text
from pg_proc where pronamespace = 'procrastinate'::regnamespace
union all select 'trigger', tgname, regexp_replace(pg_get_triggerdef(oid), '\\s+', ' ', 'g')
from pg_trigger where not tgisinternal and tgrelid::regclass::text like 'procrastinate.%'
union all select 'value', enumtypid::regtype::text, string_agg(enumlabel, ' ' order by enumlabel)
from pg_enum where enumtypid::regtype::text like 'procrastinate.%' group by 2
order by 1, 2
"""


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """A server of our own: these tests need the two roles."""
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres(Path(folder), durable=False) as server:
            yield server


@pytest.fixture(scope="module")
async def migrated(server: EmbeddedPostgres) -> str:
    """The name of a database with all tables."""
    name = await make_database(server)
    await migrate(server.owner_url(name), WEB)
    return name


async def fetch(address: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """The rows that `statement` gives."""
    connection = await asyncpg.connect(address)
    try:
        return [tuple(row) for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def bring_up(address: str, migrations: Path = tables.MIGRATIONS) -> None:
    """The queue's tables alone."""
    connection = await asyncpg.connect(address)
    try:
        await tables.migrate(connection, migrations)
    finally:
        await connection.close()


async def make_earlier(server: EmbeddedPostgres, release: str) -> str:
    """A database with the queue's tables as procrastinate `release` had them: its owner's address."""
    address = server.owner_url(await make_database(server))
    connection = await asyncpg.connect(address)
    await connection.execute("create schema procrastinate")
    await connection.execute(
        f"create table {tables.HISTORY} (name text primary key, applied_at timestamptz not null default now())"
    )
    await connection.execute("set search_path to procrastinate")
    for name in SHIPPED:
        if name < release:
            await connection.execute((tables.MIGRATIONS / name).read_text())
            await connection.execute(f"insert into {tables.HISTORY} values ($1)", name)
    await connection.close()
    return address


async def test_an_earlier_release_is_brought_to_the_installed_one(server: EmbeddedPostgres) -> None:
    fresh = server.owner_url(await make_database(server))
    earlier = await make_earlier(server, "03.01")
    await bring_up(fresh)
    anatomy = await fetch(fresh, ANATOMY)
    assert len(anatomy) > 60
    assert await fetch(earlier, ANATOMY) != anatomy
    await bring_up(earlier)
    assert [row for row in await fetch(earlier, ANATOMY) if row not in anatomy] == []
    assert {row[:2] for row in anatomy} - {row[:2] for row in await fetch(earlier, ANATOMY)} == set()
    await bring_up(earlier)
    assert await fetch(earlier, f"select name from {tables.HISTORY} order by 1") == [(name,) for name in SHIPPED]


async def test_tables_of_a_later_release_are_refused(server: EmbeddedPostgres, migrated: str) -> None:
    address = server.owner_url(migrated)
    before = await fetch(address, ANATOMY)
    await fetch(address, f"insert into {tables.HISTORY} (name) values ('99.00.00_01_pre_later.sql')")
    with pytest.raises(StartupRefused, match=r"99\.00\.00_01_pre_later"):
        await migrate(address, WEB)
    assert await fetch(address, ANATOMY) == before


async def test_a_migration_that_fails_leaves_nothing_behind(server: EmbeddedPostgres, tmp_path: Path) -> None:
    address = server.owner_url(await make_database(server))
    await bring_up(address)
    shutil.copytree(tables.MIGRATIONS, tmp_path, dirs_exist_ok=True)
    (tmp_path / "98.00.00_01_pre_good.sql").write_text("create table good ()")
    (tmp_path / "99.00.00_01_pre_bad.sql").write_text("create table half (); select 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await bring_up(address, tmp_path)
    made = "select to_regclass('procrastinate.good') is not null, to_regclass('procrastinate.half') is not null"
    assert await fetch(address, made) == [(True, False)]
    later = f"select name from {tables.HISTORY} where name > '9'"
    assert await fetch(address, later) == [("98.00.00_01_pre_good.sql",)]


async def test_the_serving_role_may_work_the_queue_and_no_more(server: EmbeddedPostgres, migrated: str) -> None:
    held = await fetch(
        server.web_url(migrated),
        "select relname::text, string_agg(right_, ' ' order by right_) from pg_class,"
        " unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) right_"
        " where relnamespace = 'procrastinate'::regnamespace and relkind = 'r' and has_table_privilege(oid, right_)"
        " group by 1 order by 1",
    )
    whole = "delete insert select update"
    assert held == [
        ("procrastinate_events", "insert select"),
        ("procrastinate_jobs", whole),
        ("procrastinate_periodic_defers", whole),
        ("procrastinate_workers", whole),
    ]
    for statement in (
        "create table procrastinate.mine ()",
        "drop table procrastinate.procrastinate_jobs",
        "delete from procrastinate.procrastinate_events",
        f"delete from {tables.HISTORY}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(server.web_url(migrated), statement)
    executable = "select has_function_privilege($1, 'procrastinate.procrastinate_register_worker_v1()', 'execute')"
    assert await fetch(server.owner_url(migrated), executable, WEB) == [(True,)]
    assert await fetch(server.owner_url(migrated), executable, "pg_monitor") == [(False,)]
