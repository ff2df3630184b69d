"""Where the bench keeps its databases: a PostgreSQL of its own, or the server that DATABASE_URL names."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.migration import migrate
from app.postgres import OWNER, WEB, EmbeddedPostgres
from scripts.benchmark.data import SCRIPTS, SQL, Size, fill

MEMORY_GB = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**30
SETTINGS = {
    "shared_buffers": f"{max(1, MEMORY_GB // 4)}GB",
    "effective_cache_size": f"{max(1, MEMORY_GB // 2)}GB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}
"""For every server of the bench alike: what PostgreSQL is given on a machine of its own (its manual, §19.4)."""


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server. The addresses lack their database: see `at`."""

    superuser_url: str
    owner_url: str
    web_url: str
    owner: str
    web: str

    def at(self, url: str, database: str) -> str:
        """The address `url` with another database."""
        return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@asynccontextmanager
async def cluster(folder: Path, database_url: str | None) -> AsyncIterator[Cluster]:
    """The server at `database_url`, whose role must be a superuser; without one an embedded server in `folder`."""
    if database_url:
        role = str(await value(database_url, "select current_user"))
        yield Cluster(database_url, database_url, database_url, role, role)
        return
    # The data can be made again: what durability costs is no part of what is measured, which only reads.
    async with EmbeddedPostgres(folder, durable=False) as server:
        missing = [
            f"alter system set {name} = '{wanted}'"
            for name, wanted in SETTINGS.items()
            if await value(server.superuser_url(), f"show {name}") != wanted
        ]
        for statement in missing:
            await execute(server.superuser_url(), statement)
        if not missing:
            yield _embedded(server)
            return
    async with EmbeddedPostgres(folder, durable=False) as server:
        yield _embedded(server)


def _embedded(server: EmbeddedPostgres) -> Cluster:
    return Cluster(server.superuser_url(), server.owner_url(), server.web_url(), OWNER, WEB)


async def ready(cluster: Cluster, size: Size, say: Callable[[str], object]) -> str:
    """The name of the database that holds the data of `size`, made now unless it is there already."""
    name = size.database
    held = await value(
        cluster.superuser_url,
        "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname = $1",
        name,
    )
    if held == mark(size):
        await migrate(cluster.at(cluster.owner_url, name), cluster.web)
        return name
    say(f"filling {name}: {size.objects:,} objects")
    started = time.monotonic()
    await execute(cluster.superuser_url, f'drop database if exists "{name}" with (force)')
    await execute(cluster.superuser_url, f'create database "{name}" owner "{cluster.owner}"')
    await migrate(cluster.at(cluster.owner_url, name), cluster.web)
    superuser_url = cluster.at(cluster.superuser_url, name)
    await fill(superuser_url, size, say)
    await execute(superuser_url, f"comment on database \"{name}\" is '{mark(size)}'")
    occupied = await value(superuser_url, "select pg_size_pretty(pg_database_size(current_database()))")
    say(f"filled {name} in {time.monotonic() - started:.0f} s: {occupied}")
    return name


def mark(size: Size) -> str:
    """What the database's comment says once it is full: of which size, and by which statements."""
    statements = "".join((SQL / f"{script}.sql").read_text() for script in SCRIPTS)
    return f"{size} by {hashlib.sha256(statements.encode()).hexdigest()}"


async def execute(url: str, statement: str) -> None:
    """Run one statement."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def value(url: str, statement: str, *arguments: object) -> Any:
    """The first value of the first row, None if there is none."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        await connection.close()
