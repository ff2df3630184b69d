"""The data of the bench: the same rows for the same seed and size, made by SQL in the product's own tables."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

SQL = Path(__file__).parent / "sql"
WORKS = (("entries", "revisions"), ("slots",), ("signatures",))
"""The large tables. Each group is filled on a connection of its own: keys are reckoned, nobody waits for a parent."""
SCRIPTS = ("definitions", "foundation", "journals", *(table for group in WORKS for table in group))
"""All that makes the data what they are."""
TURNS = 150
"""Works an object has; each turn gives one to every object."""
STATEMENT_SECONDS = 1800


@dataclass(frozen=True)
class Size:
    """How much there is: at scale 1 two thousand objects, 300,000 entries, 600,000 signatures."""

    scale: float = 1.0
    seed: int = 1

    @property
    def objects(self) -> int:
        """Objects; each operator has its even share of them."""
        return max(10, round(2000 * self.scale))

    @property
    def operators(self) -> int:
        """Ten operators, if there are objects enough."""
        return min(10, max(2, self.objects // 20))

    @property
    def subscribers(self) -> int:
        """A multiple of the operators; ten objects each at scale 1."""
        return self.operators * min(20, max(1, self.objects // self.operators // 10))

    @property
    def employees(self) -> int:
        """Employees of an operator, so many that each is assigned to some forty objects."""
        return max(2, self.objects // self.operators // 20)

    @property
    def database(self) -> str:
        """The name of the database that holds it."""
        return f"bench_{self.scale:g}".replace(".", "_")

    @property
    def actors(self) -> dict[str, int]:
        """Who asks: the numbers of four accounts, as sql/foundation.sql gives them."""
        employee = 1 + self.operators
        return {
            "operator admin": 1,
            "operator employee": employee,
            "subscriber admin": employee + self.operators * self.employees,
            "owner": 0,
        }

    def token(self, account: int) -> str:
        """The session token of an account."""
        return f"benchmark-{self.seed}-{account}"


async def fill(url: str, size: Size, say: Callable[[str], object]) -> None:
    """Fill migrated, empty tables. A superuser does it past foreign keys and triggers, never past check constraints.

    :param url: of the role that owns the tables, or of a superuser, which is several times faster
    :param say: is told of each step
    """
    connection = await _prepared(url, size)
    try:
        groups = WORKS if await _superuser(connection) else (SCRIPTS[3:],)
        await connection.execute("begin")
        for script in ("foundation", "journals"):
            await connection.execute((SQL / f"{script}.sql").read_text())
        await connection.execute("commit")
        dropped = await _drop_indexes(connection)
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for tables in groups:
                group.create_task(_fill_works(url, size, tables))
        say(f"works, slots and signatures: {time.monotonic() - started:.0f} s")
        started = time.monotonic()
        for statement in dropped:
            await connection.execute(statement, timeout=STATEMENT_SECONDS)
        await connection.execute("vacuum (freeze, analyze)", timeout=STATEMENT_SECONDS)
        say(f"indexes and statistics: {time.monotonic() - started:.0f} s")
    finally:
        await connection.close()


async def _prepared(url: str, size: Size) -> asyncpg.Connection:
    numbers = {name: getattr(size, name) for name in ("objects", "operators", "subscribers", "employees", "seed")}
    settings = {f"benchmark.{name}": str(value) for name, value in numbers.items()}
    settings |= {"TimeZone": "UTC", "maintenance_work_mem": "512MB", "jit": "off"}
    connection = await asyncpg.connect(url, server_settings=settings)
    if await _superuser(connection):
        await connection.execute("set session_replication_role = replica")
    await connection.execute((SQL / "definitions.sql").read_text())
    return connection


async def _superuser(connection: asyncpg.Connection) -> bool:
    return bool(await connection.fetchval("show is_superuser") == "on")


async def _fill_works(url: str, size: Size, tables: Sequence[str]) -> None:
    connection = await _prepared(url, size)
    try:
        statements = [(SQL / f"{table}.sql").read_text() for table in tables]
        async with connection.transaction():
            for turn in range(TURNS):
                await connection.execute("select set_config('benchmark.turn', $1, false)", str(turn))
                for statement in statements:
                    await connection.execute(statement, timeout=STATEMENT_SECONDS)
    finally:
        await connection.close()


async def _drop_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop what nothing else depends on of the large tables' indexes; the statements that make them again."""
    tables = [*SCRIPTS[3:]]
    constraints = await connection.fetch(
        "select conrelid::regclass::text as table, quote_ident(conname) as name,"
        " pg_get_constraintdef(oid) as definition"
        " from pg_constraint where contype = 'u' and conrelid::regclass::text = any($1)",
        tables,
    )
    for row in constraints:
        await connection.execute(f"alter table {row['table']} drop constraint {row['name']}")
    indexes = await connection.fetch(
        "select quote_ident(indexname) as name, indexdef as definition from pg_indexes"
        " where schemaname = 'public' and tablename = any($1)"
        " and not exists (select from pg_constraint where conname = indexname)",
        tables,
    )
    for row in indexes:
        await connection.execute(f"drop index {row['name']}")
    return [row["definition"] for row in indexes] + [
        f"alter table {row['table']} add constraint {row['name']} {row['definition']}" for row in constraints
    ]
