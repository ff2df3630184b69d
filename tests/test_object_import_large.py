"""Ten thousand objects from one workbook, a hundred rows at fault, killed half-way and taken up again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
from conftest import Database
from sheets import row, workbook
from shown import Show

from app import demo
from app.runtime import running
from app.settings import Settings
from models.enums import ImportStatus
from models.imports import ObjectImport
from models.users import User
from rules import clock, object_import
from rules.actor import Actor

ROWS, FAULTY = 10_000, 100
BRINGING = """
import asyncio, sys
from uuid import UUID
from tortoise.context import TortoiseContext
from app.migration import orm_configuration
from rules import object_import
from test_object_import_large import admin
async def main():
    async with TortoiseContext() as context:
        await context.init(config=orm_configuration(sys.argv[1]), _enable_global_fallback=True)
        await object_import.apply(await admin(), UUID(sys.argv[2]), lambda done, total: print(done, flush=True))
asyncio.run(main())
"""
"""The importing process: no server, no authority, only the rule."""
STAGING = """
import asyncio, sys, time
from tortoise.context import TortoiseContext
from app.migration import orm_configuration
from models.organizations import Contract
from rules import object_import
from test_object_import_large import admin, memory
async def main():
    async with TortoiseContext() as context:
        await context.init(config=orm_configuration(sys.argv[1]), _enable_global_fallback=True)
        actor = await admin()
        contract = await Contract.filter(operator_id=actor.organization_id).order_by("id").first()
        before, began = memory("VmRSS"), time.monotonic()
        with open(sys.argv[2], "rb") as sheet:
            staged = await object_import.stage(actor, contract.id, file=sheet, file_name="objects.xlsx")
        print(staged.id, time.monotonic() - began, before, memory("VmHWM"))
asyncio.run(main())
"""
"""The staging process: a fresh one, so that what it takes is not lost in what a test's own has taken before."""
MADE = "select object_id from object_import_rows where status = 'APPLIED'"


async def admin() -> Actor:
    """The demo's operator's admin, without a session."""
    user = await User.get(email=demo.OPERATOR_ADMIN)
    return Actor(clock.now(), user.id, user.organization_id, user.person_id, user.role, user.language, user.id)


def memory(line: str) -> int:
    """What Linux tells of this process, in MiB: VmRSS is what it holds now, VmHWM the most it ever held."""
    (told,) = [each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith(f"{line}:")]
    return int(told.split()[1]) >> 10


async def child(script: str, *arguments: str) -> asyncio.subprocess.Process:
    """Another process of the project, its output for us to read."""
    root = Path(__file__).parent.parent
    return await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}"},
        stdout=asyncio.subprocess.PIPE,
    )


async def brought_until(database: Database, import_id: UUID, objects: int) -> None:
    """Have another process bring objects in and kill it as soon as it has committed so many."""
    process = await child(BRINGING, database.web_url, str(import_id))
    assert process.stdout
    async with asyncio.timeout(30):
        while int(await process.stdout.readline() or -1) not in (-1, objects):
            pass
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


async def test_ten_thousand_objects_survive_a_kill(
    settings: Settings, database: Database, shown: Show, tmp_path: Path
) -> None:
    rows = [row(number, **({"Часовой пояс": "Тверь"} if number % FAULTY == 0 else {})) for number in range(ROWS)]
    sheet, file, seconds = workbook(rows), tmp_path / "objects.xlsx", {}
    file.write_bytes(sheet)
    async with running(replace(settings, jobs=False)):
        actor = await admin()
        process = await child(STAGING, database.web_url, str(file))
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        import_id, staging, before_staging, most = said.decode().split()
        seconds["staging"] = float(staging)
        staged = await ObjectImport.get(id=UUID(import_id))
        assert (staged.total, staged.faulty) == (ROWS, FAULTY)

        await brought_until(database, staged.id, 3000)
        connection = await asyncpg.connect(database.owner_url)
        before = await connection.fetchval("select count(*) from objects where external_id like 'Т-%'")
        marked = await connection.fetchval(f"select count(*) from ({MADE}) made")
        assert before == marked
        assert before >= 3000
        assert before % object_import.BATCH == 0

        began = time.monotonic()
        done, others = await asyncio.gather(*[object_import.apply(actor, staged.id) for _ in range(2)])
        seconds["the rest, by two"] = time.monotonic() - began
        finished = await ObjectImport.get(id=staged.id)
        assert {done.status, others.status} == {ImportStatus.DONE}
        assert finished.applied == ROWS - FAULTY
        objects = await connection.fetchval("select count(*) from objects where external_id like 'Т-%'")
        told = await connection.fetchval(
            f"select count(distinct object_id) from events where kind = 'OBJECT_CREATED' and object_id in ({MADE})"
        )
        again = await connection.fetchval(
            f"select count(*) from events where kind = 'OBJECT_CREATED' and object_id in ({MADE})"
        )
        await connection.close()
    assert (objects, told, again) == (ROWS - FAULTY,) * 3
    shown(
        f"An import of {ROWS:,} objects, {FAULTY} rows at fault, killed after {before:,}",
        ("step", "figure"),
        [
            *((name, f"{value:.1f} s") for name, value in seconds.items()),
            ("objects a second while making", f"{(ROWS - FAULTY - before) / seconds['the rest, by two']:.0f}"),
            ("memory of a fresh process before staging", f"{before_staging} MiB"),
            ("memory of it at the most", f"{most} MiB"),
            ("workbook", f"{len(sheet) >> 10} KiB"),
            ("objects, and events of their creation", f"{objects:,}, {again:,}"),
            ("half written, or twice", "0"),
        ],
    )
