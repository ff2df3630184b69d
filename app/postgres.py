"""A PostgreSQL of our own below the data folder: for the demo, a small installation and the tests."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process, create_subprocess_exec
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import asyncpg

from app.postgres_account import ServerAccount, choose_account, reachable_binaries
from app.postgres_binaries import Binaries, find_binaries
from app.postgres_cluster import (
    CLEAN_ENVIRONMENT,
    instance_lock,
    make_cluster,
    server_lock,
    socket_folder,
    will_not_run,
)
from app.private_files import generated_secret, make_private_folder, unusable_folder
from rules.tenancy import EVERY, SETTING

SUPERUSER, OWNER, WEB = "postgres", "journals_owner", "journals_web"
DATABASE = "journals"
START_SECONDS, STOP_SECONDS = 120, 60
SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": "electronic-journals",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """The server as an asynchronous context: running inside, cleanly stopped after.

    It listens on a unix socket in a private folder and nowhere else. It outlives neither the context nor the thread
    that entered it: should that be killed, the kernel tells the server to shut down.

    :param data_folder: where the cluster, its log and the roles' passwords are kept; made if need be
    :param bindir: the folder of `initdb` and `postgres`; found if None
    :param durable: False for tests only: faster, but a crash of the machine may cost the cluster
    :raises StartupRefused: on entering, if the folder is in use or closed to us, or the server will not run
    """

    def __init__(self, data_folder: Path, *, bindir: Path | None = None, durable: bool = True) -> None:
        self._data_folder = data_folder.absolute()
        self._cluster = self._data_folder / "postgres"
        self._log = self._data_folder / "postgres.log"
        self._bindir = bindir
        self._durable = durable
        self._socket_folder: Path
        self._process: Process
        self._exit = AsyncExitStack()

    def superuser_url(self, database: str = "postgres") -> str:
        """For administration: making roles and databases."""
        return self._url(SUPERUSER, database)

    def owner_url(self, database: str = DATABASE) -> str:
        """For migrations: the role that owns the database."""
        return self._url(OWNER, database)

    def web_url(self, database: str = DATABASE) -> str:
        """For serving: the role that may do only what the migrations granted it."""
        return self._url(WEB, database)

    async def exited(self) -> None:
        """Wait until the server has ended, whoever ended it."""
        await self._process.wait()

    async def __aenter__(self) -> Self:
        async with self._exit:
            try:
                make_private_folder(self._data_folder)
                self._exit.enter_context(instance_lock(self._data_folder))
                await self._start()
            except OSError as error:
                raise unusable_folder(self._data_folder, error) from error
            await self._make_roles_and_database()
            self._exit = self._exit.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    async def _start(self) -> None:
        account = await choose_account(self._cluster)
        binaries = await reachable_binaries(await find_binaries(self._bindir), account, self._data_folder)
        lock = await server_lock(self._data_folder)
        try:
            # With the lock ours no server runs: should a process have the number in this file, it is a stranger.
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)
            await make_cluster(
                self._cluster,
                binaries=binaries,
                account=account,
                superuser=SUPERUSER,
                password=self._password(SUPERUSER),
                durable=self._durable,
            )
            self._socket_folder = self._exit.enter_context(socket_folder(self._data_folder, account))
            self._process = await self._run(binaries, account, lock)
        finally:
            os.close(lock)
        self._exit.push_async_callback(self._stop)
        await self._until_it_answers()

    async def _run(self, binaries: Binaries, account: ServerAccount, lock: int) -> Process:
        settings = SERVER_SETTINGS | {"unix_socket_directories": str(self._socket_folder)}
        settings |= {} if self._durable else NOT_DURABLE
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".former.log"))
        with self._log.open("wb") as log:
            return await create_subprocess_exec(
                *account.command,
                *(binaries.folder / "postgres", "-D", self._cluster),
                *(f"--{name}={value}" for name, value in settings.items()),
                cwd="/",
                env=CLEAN_ENVIRONMENT,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                # Ctrl-C at the console is for us alone: the server is stopped after the last request.
                start_new_session=True,
                pass_fds=(lock,),
            )

    async def _until_it_answers(self) -> None:
        """A server that had crashed replays its log first, which takes its time."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while self._process.returncode is None:
                    try:
                        connection = await asyncpg.connect(self.superuser_url())
                    except (OSError, asyncpg.CannotConnectNowError):
                        await asyncio.sleep(0.03)
                    else:
                        await connection.close()
                        return
        except TimeoutError:
            pass
        raise will_not_run(self._log.read_text(errors="replace"))

    async def _stop(self) -> None:
        """By a fast shutdown; should that take too long, by an immediate one (PostgreSQL manual, §18.5)."""
        for means in (signal.SIGINT, signal.SIGQUIT):
            if self._process.returncode is None:
                self._process.send_signal(means)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
                break
            except TimeoutError:
                continue

    async def _make_roles_and_database(self) -> None:
        connection = await asyncpg.connect(self.superuser_url())
        try:
            for role in (OWNER, WEB):
                if not await connection.fetch("select from pg_roles where rolname = $1", role):
                    await connection.execute(f"create role {role} login")
                statement = "select format('alter role %I password %L', $1::text, $2::text)"
                password = self._password(role).decode()
                await connection.execute(await connection.fetchval(statement, role, password))
            # Who owns the tables looks after all of them: without this a dump of theirs would be empty.
            await connection.execute(f"alter role {OWNER} set {SETTING} = '{EVERY}'")
            if not await connection.fetch("select from pg_database where datname = $1", DATABASE):
                await connection.execute(f"create database {DATABASE} owner {OWNER}")
        finally:
            await connection.close()
        for database in ("template1", DATABASE):
            await self._let_words_be_searched(database)

    async def _let_words_be_searched(self, database: str) -> None:
        """Behind row security an index serves only operators that are known to tell nothing of the rows they are tried
        on. Matching words tells nothing, but PostgreSQL does not vouch for it."""
        connection = await asyncpg.connect(self.superuser_url(database))
        try:
            await connection.execute("alter function pg_catalog.ts_match_vq(tsvector, tsquery) leakproof")
        finally:
            await connection.close()

    def _password(self, role: str) -> bytes:
        return generated_secret(self._data_folder / "secrets" / role)

    def _url(self, role: str, database: str) -> str:
        place = urlencode({"host": self._socket_folder, "port": 5432})
        return f"postgresql://{role}:{self._password(role).decode()}@/{database}?{place}"
