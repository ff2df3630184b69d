"""The commands as an operator meets them: one clear line for what is wrong, and a demo that starts, stops and stays."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.postgres_cluster import server_lock
from app.settings import CHECKOUT

PATIENCE_SECONDS = 120
EXTERNAL = {"DATABASE_URL": "postgresql://web:hush@127.0.0.1:1/journals", "SERVER_SECRET": "s" * 32}
RUSSIAN = {"LANG": "ru_RU.UTF-8"}


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A folder for a server, reachable for the account that root may have to choose for it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder, "data")


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def start(*words: str | Path, environ: Mapping[str, str] | None = None) -> Process:
    """Start a program in an environment that holds nothing but what is given."""
    clean = {"PATH": os.environ.get("PATH", os.defpath)} | dict(environ or {})
    return await asyncio.create_subprocess_exec(*words, cwd=CHECKOUT, env=clean, stdout=PIPE, stderr=STDOUT)


async def refusal(*options: str | Path, environ: Mapping[str, str] | None = None) -> list[str]:
    """The lines of a command that refuses, that is, ends with exit code 2."""
    process = await start(sys.executable, "-m", "app", *options, environ=environ)
    async with asyncio.timeout(PATIENCE_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 2, output.decode()
    return output.decode().splitlines()


@asynccontextmanager
async def demo(data_folder: Path, port: int) -> AsyncIterator[tuple[Process, str]]:
    """The demo being served, with what the console has said so far."""
    process = await start(sys.executable, *("-m", "app", "serve", "--demo", "--port", str(port), "--data", data_folder))
    assert process.stdout
    console = ""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "SUBSCRIBER_EMPLOYEE" not in console:
                line = await process.stdout.readline()
                assert line, console
                console += line.decode()
            yield process, console
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize(
    ("options", "environ", "line"),
    [
        (["serve", "--port"], {}, "The option --port needs a value."),
        (["serve", "--port"], RUSSIAN, "У параметра --port нет значения."),
        (["serve", "--port", "--demo"], {}, "The option --port needs a value."),
        (["serve", "--port", "many"], {}, "PORT: 'many' is not a whole number 1–65535."),
        (["serve", "--ports", "1"], {}, "Unknown option: --ports."),
        (
            ["serv"],
            {},
            "The commands are serve, init_authority, found, renew_issuing, revoke_issuing, import_objects, work,"
            " check_migrations, write_migrations.",
        ),
        (["init_authority"], {}, "Name the authority's owner: --owner-name NAME."),
        (["found", "--organization", "О", "--surname", "И"], {}, "--given-name is needed."),
    ],
)
async def test_a_wrong_option_is_said_in_one_line(options: list[str], environ: dict[str, str], line: str) -> None:
    assert await refusal(*options, environ=environ) == [line]


async def test_a_demo_on_an_external_database_is_refused() -> None:
    expected = "--demo runs on the embedded database only: unset DATABASE_URL or leave --demo out."
    assert await refusal("serve", "--demo", environ=EXTERNAL) == [expected]


async def test_a_data_folder_that_cannot_be_written_is_said() -> None:
    (line,) = await refusal("serve", "--demo", "--data", "/dev/null/data")
    assert line.startswith("The folder /dev/null/data/secrets cannot be written (Not a directory);")


async def test_a_busy_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        lines = await refusal("serve", "--demo", "--port", port, "--data", tmp_path)
    assert lines == [f"Port {port} at 127.0.0.1: in use; choose another --port or --host."]
    assert not (tmp_path / "postgres").exists()


async def test_a_start_without_the_right_authority_or_database_is_said(tmp_path: Path, port: int) -> None:
    serve = ("serve", "--port", str(port), "--data", tmp_path)
    made_for = "https://journals.example"
    expected = f"There is no authority in {tmp_path}/authority: make it with ./scripts/init_authority."
    assert await refusal(*serve) == [expected]

    ceremony = await start(
        *(sys.executable, "-m", "app", "init_authority", "--data", tmp_path),
        *("--owner-name", "ООО «Владелец»", "--public-url", made_for),
        environ=RUSSIAN,
    )
    protocol, _ = await ceremony.communicate()
    assert ceremony.returncode == 0
    assert "ООО «Владелец»" in protocol.decode()
    assert (tmp_path / "authority" / "root.key").exists()

    expected = f"AUTHORITY_PASSPHRASE does not open the authority's keys in {tmp_path}/authority."
    assert await refusal(*serve, environ={"AUTHORITY_PASSPHRASE": "wrong"}) == [expected]

    passphrase = {"AUTHORITY_PASSPHRASE_FILE": str(tmp_path / "secrets" / "authority_passphrase")}
    other_address, no_database = await refusal(*serve, environ=EXTERNAL | passphrase)
    assert re.fullmatch(
        f"Warning: PUBLIC_URL is now http://127.0.0.1:{port}, but .*{made_for} for ever.", other_address
    )
    assert no_database == "The database at 127.0.0.1:1 is not available: Connection refused. Check DATABASE_URL."


async def test_the_demo_survives_a_kill_and_stops_in_order(data_folder: Path, port: int) -> None:
    async with demo(data_folder, port) as (process, console):
        assert "operator.employee@demo.test" in console
        second = await refusal("serve", "--demo", "--port", str(port + 1), "--data", data_folder)
        assert second[-1] == f"The data folder {data_folder} is in use by the running process {process.pid}."
        process.kill()
        await process.wait()
        # Waits until no process of the server is left.
        os.close(await server_lock(data_folder))

    async with demo(data_folder, port) as (process, _):
        assert "was shut down" in (data_folder / "postgres.log").read_text()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/health/ready")).status_code == 200
        for _ in range(2):
            process.send_signal(signal.SIGINT)
        rest, _ = await process.communicate()
        assert process.returncode == 0
        assert b"Traceback" not in rest
    assert (data_folder / "postgres.log").read_text().endswith("database system is shut down\n")


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ("*%d.%d*) printf 3.9 ;; *version_info*) exit 1", "Python 3.11 or newer is needed, but {} is of version 3.9"),
        ("*%d.%d*) printf 3.12 ;; *ensurepip*) exit 1", "{} has no venv module: run"),
    ],
)
async def test_an_unfit_python_is_said(answers: str, line: str, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$2" in {answers} ;; esac\n')
    python.chmod(0o755)
    fresh = shutil.copytree(CHECKOUT / "scripts", tmp_path / "checkout" / "scripts")
    process = await start(fresh / "install", environ={"PYTHON": str(python)})
    output, _ = await process.communicate()
    assert (process.returncode, output.decode().count("\n")) == (2, 1)
    assert output.decode().startswith(line.format(python))
    assert not list((tmp_path / "checkout").glob(".venv*"))
