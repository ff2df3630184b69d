"""A real server, a real database, real clients.

The demo world (app/demo.py) is made once into a template database; each test gets a clone of it, with the product
served on loopback above it. Nothing of ours is replaced.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import uvicorn
from client import Client
from cryptography.hazmat.primitives import serialization

from app import demo
from app.assembly import build
from app.demo import create_demo
from app.migration import migrate
from app.postgres import OWNER, WEB, EmbeddedPostgres
from app.runtime import running
from app.serving import PROTOCOLS
from app.settings import Settings
from authority.ceremony import create_authority
from rules import clock, identity
from rules.actor import Anonymous

pytest_plugins = ["shown"]

PUBLIC_URL = "https://journals.example"
PASSPHRASE = b"only for tests"


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server in which the tests make databases."""

    admin_url: str
    owner_url: str
    web_url: str
    owner: str
    web: str
    left_over: list[str] = field(default_factory=list)

    def at(self, url: str, database: str) -> str:
        """The address `url` with another database."""
        parts = urlsplit(url)
        return urlunsplit(parts._replace(path=f"/{database}"))

    async def drop(self, database: str) -> None:
        """Remove a database. One that the server's own autovacuum is at work in is left for the end of the session:
        only a superuser may interrupt that."""
        try:
            await self.execute(f'drop database "{database}" with (force)')
        except asyncpg.InsufficientPrivilegeError:
            self.left_over.append(database)

    async def execute(self, statement: str) -> None:
        """Run one statement as the administrator."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[Cluster]:
    """The server that DATABASE_URL names, else an embedded one."""
    if url := os.environ.get("DATABASE_URL"):
        connection = await asyncpg.connect(url)
        role = await connection.fetchval("select current_user")
        await connection.close()
        external = Cluster(url, url, url, role, role)
        yield external
        for name in [*external.left_over]:
            await external.drop(name)
        return
    # Not below pytest's own folder, which is closed to the account that the server may have to run as.
    with tempfile.TemporaryDirectory(prefix="journals-tests-") as folder:
        async with EmbeddedPostgres(Path(folder) / "data", durable=False) as server:
            yield Cluster(server.superuser_url(), server.owner_url(), server.web_url(), OWNER, WEB)


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One authority for all tests, made by the real ceremony."""
    folder = tmp_path_factory.mktemp("authority") / "authority"
    create_authority(
        folder, passphrase=PASSPHRASE, owner_name="ООО «Тест»", public_url=PUBLIC_URL, now=datetime.now(UTC)
    )
    for path in folder.glob("*.key"):
        # The same keys under the same passphrase, quicker to open: every test starts a server.
        key = serialization.load_pem_private_key(path.read_bytes(), PASSPHRASE)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(PASSPHRASE),
            )
        )
    return folder


@pytest.fixture(scope="session")
def base_settings(authority_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings without a database."""
    return Settings(
        data_folder=tmp_path_factory.mktemp("data"),
        public_url=PUBLIC_URL,
        authority_folder=authority_folder,
        authority_passphrase=PASSPHRASE,
        server_secret=b"s" * 32,
        jobs=False,
        second_factor_required=False,
        introspection=True,
    )


@dataclass(frozen=True)
class Template:
    """A migrated database that holds the demo world, and an open session of each of its people, by e-mail."""

    name: str
    tokens: dict[str, str]


@pytest.fixture(scope="session")
async def template(cluster: Cluster, base_settings: Settings) -> AsyncIterator[Template]:
    """The database that every test's own is cloned from."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    await cluster.execute(f'create database "{name}" owner "{cluster.owner}"')
    await migrate(cluster.at(cluster.owner_url, name), cluster.web)
    settings = replace(base_settings, database_url=cluster.at(cluster.web_url, name))
    await create_demo(settings)
    async with running(settings):
        visitor = Anonymous(now=clock.now())
        emails = [*(account.email for account in demo.ACCOUNTS), demo.NEWCOMER]
        tokens = {email: (await identity.sign_in(visitor, email, demo.PASSWORD)).token for email in emails}
    yield Template(name, tokens)
    await cluster.drop(name)


@dataclass(frozen=True)
class Database:
    """A test's own clone of the template."""

    name: str
    web_url: str
    owner_url: str

    async def fetch(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """Rows, read as the owner: past every rule, to see what did and did not happen."""
        connection = await asyncpg.connect(self.owner_url)
        try:
            return await connection.fetch(statement, *values)
        finally:
            await connection.close()

    async def value(self, statement: str, *values: object) -> object:
        """The first value of the first row."""
        return (await self.fetch(statement, *values))[0][0]


@pytest.fixture
async def database(cluster: Cluster, template: Template) -> AsyncIterator[Database]:
    """A clone of the template, gone after the test."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    await cluster.execute(f'create database "{name}" template "{template.name}" owner "{cluster.owner}"')
    yield Database(name, cluster.at(cluster.web_url, name), cluster.at(cluster.owner_url, name))
    await cluster.drop(name)


@pytest.fixture
def settings(base_settings: Settings, database: Database) -> Settings:
    """The settings of the test's server."""
    return replace(base_settings, database_url=database.web_url)


class Server(uvicorn.Server):
    """uvicorn inside the test's loop; signals stay pytest's."""

    def install_signal_handlers(self) -> None: ...

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """The server's address, while it serves."""
        with socket.socket() as listener:
            # As uvloop does for the product: else each answer's second packet waits for the first one's receipt, 40 ms.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(512)
            started = asyncio.Event()
            startup = self.startup

            async def startup_and_tell(sockets: list[socket.socket] | None = None) -> None:
                await startup(sockets)
                started.set()

            self.startup = startup_and_tell  # type: ignore[method-assign]
            serving = asyncio.create_task(self._serve([listener]))
            ready = asyncio.create_task(started.wait())
            await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                ready.cancel()
                await serving
                raise RuntimeError("the server ended before it served")
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                self.should_exit = True
                await serving


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[str]:
    """The address at which the whole product is served."""
    configuration = uvicorn.Config(build(settings), timeout_graceful_shutdown=2, **PROTOCOLS)
    async with Server(configuration).running() as address:
        yield address


@pytest.fixture
async def client(server: str, template: Template) -> AsyncIterator[Client]:
    """An anonymous client; `signed_in` of it gives others."""
    async with Client(server, sessions=template.tokens) as anonymous:
        yield anonymous
