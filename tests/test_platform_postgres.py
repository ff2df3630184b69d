"""The embedded PostgreSQL: it listens to nobody else, stays out of others' way and does not outlive us."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.postgres import EmbeddedPostgres
from app.postgres_cluster import LONGEST_SOCKET_FOLDER, server_lock
from app.settings import CHECKOUT
from app.startup_refusal import StartupRefused

HOST_OF_A_SERVER = """
import asyncio, sys
from pathlib import Path
import asyncpg
from app.postgres import EmbeddedPostgres

async def main():
    async with EmbeddedPostgres(Path(sys.argv[1])) as server:
        connection = await asyncpg.connect(server.owner_url())
        await connection.execute("create table work(done text)")
        await connection.execute("insert into work values ('before the kill')")
        await connection.execute("begin")
        await connection.execute("insert into work values ('not committed')")
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()

asyncio.run(main())
"""


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder for a server, reachable for the account that root may have to choose for it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """A server that the tests of this module share."""
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres(Path(folder, "data"), durable=False) as server:
            yield server


async def one(address: str, statement: str) -> object:
    """The first value that `statement` gives."""
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def processes_of(folder: Path) -> list[str]:
    """The command lines that name `folder`; a dead process that nobody has waited for has none."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_bytes().decode(errors="replace").replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(folder) in words:
            found.append(words)
    return found


async def test_it_listens_on_a_private_socket_alone(server: EmbeddedPostgres) -> None:
    assert await one(server.web_url(), "show listen_addresses") == ""
    sockets = str(await one(server.superuser_url(), "show unix_socket_directories"))
    assert stat.S_IMODE(os.stat(sockets).st_mode) == 0o700
    with pytest.raises(asyncpg.InvalidPasswordError):
        await one(server.web_url().replace("journals_web:", "journals_web:x"), "select 1")


async def test_roles_are_no_more_than_they_have_to_be(server: EmbeddedPostgres) -> None:
    rights = "select concat_ws(' ', current_user, rolsuper, rolcreaterole, rolcreatedb) from pg_roles"
    for address, role in ((server.owner_url(), "journals_owner"), (server.web_url(), "journals_web")):
        assert await one(address, f"{rights} where rolname = current_user") == f"{role} f f f"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await one(server.web_url(), "create table mine()")


async def test_names_sort_by_code_point_and_know_cyrillic(server: EmbeddedPostgres) -> None:
    assert await one(server.web_url(), "select lower('ЁЖ') || ('Журнал' ilike '%ЖУР%')") == "ёжtrue"
    assert await one(server.web_url(), "select min(v) from (values ('арбуз'), ('Яма')) t(v)") == "Яма"


async def test_a_second_instance_is_told_who_was_first(data_folder: Path) -> None:
    async with EmbeddedPostgres(data_folder, durable=False) as first:
        with pytest.raises(StartupRefused, match=f"in use by the running process {os.getpid()}"):
            await EmbeddedPostgres(data_folder).__aenter__()
        assert await one(first.web_url(), "select 1") == 1
    assert not processes_of(data_folder)


async def test_a_deep_checkout_does_not_matter(data_folder: Path) -> None:
    deep = data_folder / "folder" / ("x" * LONGEST_SOCKET_FOLDER)
    async with EmbeddedPostgres(deep, durable=False) as server:
        assert await one(server.web_url(), "select 1") == 1
        assert (deep / "postgres.socket").is_dir()
    assert not (deep / "postgres.socket").is_symlink()


async def test_a_stranger_with_the_old_number_does_not_keep_it_from_starting(data_folder: Path) -> None:
    async with EmbeddedPostgres(data_folder, durable=False):
        numbers = (data_folder / "postgres" / "postmaster.pid").read_text().splitlines()
    stranger = [str(os.getpid()), *numbers[1:]]
    (data_folder / "postgres" / "postmaster.pid").write_text("\n".join(stranger))
    async with EmbeddedPostgres(data_folder, durable=False) as server:
        assert await one(server.web_url(), "select 1") == 1


async def test_a_kill_leaves_no_orphan_and_no_damage(data_folder: Path) -> None:
    host = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOST_OF_A_SERVER, data_folder),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        # Its server must not depend on our terminal or session either.
        start_new_session=True,
    )
    assert host.stdout
    async with asyncio.timeout(30):
        assert await host.stdout.readline() == b"ready\n"
        assert processes_of(data_folder / "postgres")
        host.send_signal(signal.SIGKILL)
        await host.wait()
        # Every process of the server holds this lock as long as it lives.
        os.close(await server_lock(data_folder))
    assert not processes_of(data_folder / "postgres")
    async with EmbeddedPostgres(data_folder) as server:
        assert await one(server.owner_url(), "select array_agg(done) from work") == ["before the kill"]


async def test_a_cluster_of_another_version_is_left_alone(data_folder: Path) -> None:
    async with EmbeddedPostgres(data_folder, durable=False):
        pass
    version = data_folder / "postgres" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(StartupRefused, match="of PostgreSQL 14"):
        await EmbeddedPostgres(data_folder).__aenter__()
    assert version.read_text() == "14\n"


async def test_programs_that_are_not_there_are_named(data_folder: Path) -> None:
    with pytest.raises(StartupRefused, match=f"PG_BINDIR: .*{data_folder}"):
        await EmbeddedPostgres(data_folder, bindir=data_folder).__aenter__()
