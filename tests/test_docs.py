"""The documentation is true: its examples run as they stand against the product; its lists are whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import tomllib
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from authority_world import PREPARE, SUBMIT, issued
from client import Client
from test_device_keys import asking, verified
from world import main_journal, record

from app.demo import OPERATOR_EMPLOYEE, OWNER
from app.settings import Settings
from jobs.timetable import TIMETABLE

ROOT = Path(__file__).parent.parent
STARTING_SECONDS = 120
BROWSER = """
import { createInterface } from "node:readline";
console.log(await certificationRequest());
for await (const toBeSigned of createInterface({ input: process.stdin })) console.log(await signatureValue(toBeSigned));
"""
"""What a page would do with the example's two functions."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo(str):
    """The address of the demo; its `data` folder holds the mails."""

    data: Path


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The product, started as `scripts/serve --demo` starts it once everything is installed."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    environment = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "app", "serve", "--demo", "--port", str(port), "--data", str(folder / "data")],
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = Demo(f"http://127.0.0.1:{port}")
    address.data = folder / "data"
    try:
        async with asyncio.timeout(STARTING_SECONDS), httpx.AsyncClient(base_url=address) as client:
            while process.returncode is None:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get("/health/ready")).status_code == 200:
                        break
                with contextlib.suppress(TimeoutError):  # not a pause: it ends at once if the process does
                    await asyncio.wait_for(process.wait(), 0.2)
        yield address
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0


def blocks_of(document: str, language: str) -> list[str]:
    """A document's examples in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "docs" / document).read_text(), re.S | re.M)


async def shell(folder: Path, demo: Demo, blocks: list[str]) -> tuple[str, str]:
    """Run the examples as one script: what it says, and what it complains of."""
    process = await asyncio.create_subprocess_exec(
        *["bash", "-c", "set -euo pipefail\n" + "\n".join(blocks)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOST": demo, "DATA": str(demo.data), "HOME": str(folder), "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, said.decode() + complained.decode()
    return said.decode(), complained.decode()


async def test_the_day_by_curl_runs_as_it_is_written(demo: Demo, tmp_path: Path) -> None:
    blocks = blocks_of("api.md", "sh")
    assert len(blocks) >= 9
    said, complained = await shell(tmp_path, demo, blocks)
    assert "Подпись подтверждена, но с тех пор запись изменена: подписана редакция 1 из 2." in said
    assert "CMS Verification successful" in complained
    assert "CMS Verification failure" in complained
    assert (tmp_path / "journal.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "stream.txt").read_text().count('"kind"') == 2


async def test_what_relying_parties_are_told_runs_as_it_is_written(demo: Demo, tmp_path: Path) -> None:
    blocks = blocks_of("authority.md", "sh")
    assert len(blocks) >= 8
    said, complained = await shell(tmp_path, demo, blocks_of("api.md", "sh")[:2] + blocks)
    assert "CAdES Verification successful" in complained
    assert said.count("holder.pem: OK") == 1
    assert "certificate revoked" in complained + said
    assert [said.count(f"holder.pem: {status}") for status in ("good", "revoked")] == [2, 2]
    assert [said.count(f"Reason: {reason}") for reason in ("certificateHold", "superseded")] == [1, 1]
    assert (said + complained).count("Response verify OK") == 4
    assert "Verification: OK" in said + complained
    assert re.findall("^(SUSPENDED|ACTIVE|REVOKED)$", said, re.M) == ["SUSPENDED", "ACTIVE", "REVOKED"]


async def test_the_example_for_browsers_signs(demo: Demo, tmp_path: Path) -> None:
    (example,) = blocks_of("authority.md", "js")
    (tmp_path / "example.mjs").write_text(example + BROWSER)
    async with Client(demo) as visitor:
        worker, owner = [await visitor.signed_in(email) for email in (OPERATOR_EMPLOYEE, OWNER)]
        page = await asyncio.create_subprocess_exec(
            "node", "example.mjs", cwd=tmp_path, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert page.stdin
        assert page.stdout
        try:
            csr = (await asyncio.wait_for(page.stdout.readline(), 20)).decode().strip()
            certificate = await issued(worker, owner, custody="DEVICE", csr=csr)
            entry = await record(worker, await main_journal(worker))
            prepared = await worker.do(PREPARE, input=asking(entry, certificate))
            page.stdin.write(prepared["toBeSigned"].encode() + b"\n")
            value = (await asyncio.wait_for(page.stdout.readline(), 20)).decode().strip()
        finally:
            page.stdin.close()
            await asyncio.wait_for(page.wait(), 20)
        signature = await worker.do(SUBMIT, input={"preparationId": prepared["preparationId"], "signature": value})
        assert signature["certificate"]["custody"] == "DEVICE"
        assert await verified(visitor, signature) == "TOTAL_PASSED"


def test_every_setting_is_explained() -> None:
    explained = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "operations.md").read_text(), re.M))
    assert {field.name.upper() for field in fields(Settings)} - explained == set()


def test_every_script_is_named_where_it_is_explained() -> None:
    scripts = {path.name for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix}
    named = set(re.findall(r"\./scripts/(\w+)", (ROOT / "docs" / "operations.md").read_text() + readme()))
    assert named == scripts


def test_every_job_is_in_the_timetable_of_the_document() -> None:
    rows = r"^\| `([a-z_.]+)` \| (?:`([^`]+)`|on request) \|"
    told = dict(re.findall(rows, (ROOT / "docs" / "operations.md").read_text(), re.M))
    assert told == {task.name: task.cron or "" for task in TIMETABLE}


def test_the_rooms_of_the_readme_are_those_of_the_tree() -> None:
    ignored = {"data"}
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - ignored
    assert set(re.findall(r"^\| `(\w+)/` \|", readme(), re.M)) == rooms


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(each for extra in extras.values() for each in extra)]
    explained = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text()
    names = {re.split(r"[\[=<>~]", requirement)[0] for requirement in wanted}
    assert {name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", explained)} == set()


def test_links_between_documents_lead_somewhere() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def readme() -> str:
    """The first page."""
    return (ROOT / "README.md").read_text()
