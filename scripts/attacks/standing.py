"""The servers of a run: the product, started anew in a temporary folder, and the naive one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import httpx

from scripts.attacks.world import Unprepared

CHECKOUT = Path(__file__).resolve().parent.parent.parent
STARTING_SECONDS = 180
STOPPING_SECONDS = 30
KNOWN = {
    "viewer": "query Viewer { viewer { id role } }",
    "objects": "query Objects { objects(first: 1) { totalCount } }",
    "sign in": """mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { ... on Session { token } ... on Problem { code } } }""",
    "organization": """mutation Found($input: CreateOrganizationInput!) {
  createOrganization(input: $input) { ... on Organization { id } ... on Problem { code } } }""",
    "types": "query Types { __typename }",
}
"""The documents that the strict stand trusts."""
APP_ORIGIN = "https://app.journals.example"


def id_of(name: str) -> str:
    """The id of a trusted document: its SHA-256, as Apollo and Relay have it."""
    return sha256(KNOWN[name].encode()).hexdigest()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def process(arguments: list[str], environment: Mapping[str, str], address: str, log: Path) -> AsyncIterator[None]:
    """A server, from when it answers. Raises Unprepared if it does not."""
    with log.open("ab") as said:
        server = await asyncio.create_subprocess_exec(
            *arguments, cwd=CHECKOUT, env={**environment, "PYTHONPATH": str(CHECKOUT)}, stdout=said, stderr=said
        )
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STARTING_SECONDS):
                    while server.returncode is None and not await _answers(http, address):
                        with contextlib.suppress(TimeoutError):  # no pause: it ends at once if the process does
                            await asyncio.wait_for(server.wait(), 0.2)
            if server.returncode is not None or not await _answers(http, address):
                raise Unprepared(f"the server did not start:\n{end_of(log)}")
        yield
    finally:
        if server.returncode is None:
            server.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(server.wait(), STOPPING_SECONDS)
            except TimeoutError:
                server.kill()
                await server.wait()


def end_of(log: Path) -> str:
    """The last lines of a log."""
    return log.read_text()[-1500:]


async def _answers(http: httpx.AsyncClient, address: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await http.get(f"{address}/health/ready")).status_code == 200
    return False


@asynccontextmanager
async def product(folder: Path, port: int, *, strict: bool = False) -> AsyncIterator[str]:
    """The product with the demo's data; its schema is closed, as an installation has it. `strict`: the same data
    again, as Check.strict says."""
    manifest = folder / "documents.json"
    manifest.write_text(json.dumps({id_of(name): text for name, text in KNOWN.items()}))
    settings = {"INTROSPECTION": "0"}
    if strict:
        settings |= {
            "TRUSTED_DOCUMENTS": str(manifest),
            "TRUSTED_DOCUMENTS_ONLY": "1",
            "SECOND_FACTOR_REQUIRED": "1",
            "TRUSTED_PROXIES": "192.0.2.1",
            "PUBLIC_URL": "https://journals.example",
            "CORS_ORIGINS": APP_ORIGIN,
        }
    inherited = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-P",
        "-m",
        "app",
        "serve",
        "--demo",
        "--port",
        str(port),
        "--data",
        str(folder / "data"),
    ]
    async with process(command, inherited | settings, address, folder / "product.log"):
        yield address


@asynccontextmanager
async def naive(folder: Path) -> AsyncIterator[str]:
    """The control."""
    port = free_port()
    (folder / "naive.mail").mkdir()
    environment = {**os.environ, "NAIVE_MAIL": str(folder / "naive.mail")}
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-P", "-m", "scripts.attacks.naive", str(port)]
    async with process(command, environment, address, folder / "naive.log"):
        yield address
