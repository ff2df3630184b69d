"""The servers that are compared: each a process of its own on loopback, asked the same in its own words."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.benchmark.queries import DOCUMENTS, Sample

CHECKOUT = Path(__file__).resolve().parent.parent.parent
START_SECONDS, STOP_SECONDS = 120, 10
UVICORN = (
    "--loop",
    "uvloop",
    "--http",
    "httptools",
    "--log-level",
    "warning",
    "--no-access-log",
    "--ws",
    "websockets-sansio",
)
PATHS = "PATH", "HOME", "LANG", "LC_ALL"


class NotStarted(Exception):
    """A server ended before it listened, or did not listen in time."""

    def __init__(self, log: Path, command: Sequence[str]) -> None:
        super().__init__(f"it did not start: {' '.join(command)}\n{log.read_text(errors='replace')[-2000:]}")


def product_variables(query: str, sample: Sample) -> dict[str, Any]:
    """A sample's variables as the product takes them."""
    return dict(sample.variables)


def product_answer(query: str, data: Any) -> Any:
    """The product's own answer."""
    return data


@dataclass(frozen=True)
class Target:
    """A server that answers the bench's queries, and how to ask it."""

    name: str
    address: str
    process: int
    documents: Mapping[str, str]
    variables: Callable[[str, Sample], dict[str, Any]] = product_variables
    answer: Callable[[str, Any], Any] = product_answer

    def body(self, query: str, sample: Sample) -> dict[str, Any]:
        """The request's JSON."""
        return {"query": self.documents[query], "variables": self.variables(query, sample)}


@asynccontextmanager
async def python_target(
    name: str, log: Path, environment: Mapping[str, str], queries: Sequence[str] = tuple(DOCUMENTS)
) -> AsyncIterator[Target]:
    """A server in Python: the module `name` of this package, run with PORT and `environment`.

    :param log: where what it complains of is kept
    """
    port = free_port()
    command = [sys.executable, "-P", "-m", f"scripts.benchmark.{name}"]
    if name != "ours":
        command[3:] = ["uvicorn", "--factory", f"scripts.benchmark.{name}:create", "--port", str(port), *UVICORN]
    environment = {"PYTHONPATH": str(CHECKOUT), "PORT": str(port), **environment}
    async with running(command, environment, port, log=log) as process:
        documents = {query: DOCUMENTS[query] for query in queries}
        yield Target(name, f"http://127.0.0.1:{port}", process.pid, documents)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    command: Sequence[str], environment: Mapping[str, str], port: int, *, log: Path, folder: Path = CHECKOUT
) -> AsyncIterator[Process]:
    """The process, from when it listens until it is ended, if need be by force.

    :raises NotStarted: if it ends before it listens, or does not in time
    """
    # Of the caller's environment only where programs are found: no setting of theirs may differ between servers.
    inherited = {name: os.environ[name] for name in PATHS if name in os.environ}
    with log.open("ab") as complaints:
        process = await create_subprocess_exec(
            *command,
            cwd=folder,
            env=inherited | dict(environment),
            stdin=DEVNULL,
            stdout=complaints,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C is for us: we end it
        )
    try:
        if not await _listening(process, port):
            raise NotStarted(log, command)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _listening(process: Process, port: int) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return True
                await asyncio.sleep(0.1)
    return False
