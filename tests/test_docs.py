"""The documentation is true: the day by curl, run as it stands against the product as it is started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
STARTING_SECONDS = 120


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The product, started as `scripts/serve --demo` starts it once everything is installed."""
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    environment = {name: value for name, value in os.environ.items() if "DATABASE_URL" not in name}
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "app", "serve", "--demo", "--port", str(port), "--data", str(folder / "data")],
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
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


async def test_the_day_by_curl_runs_as_it_is_written(demo: str, tmp_path: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / "api.md").read_text(), re.S | re.M)
    assert len(blocks) >= 9
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        "set -euo pipefail\n" + "\n".join(blocks),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOST": demo, "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(shell.communicate(), 90)
    assert shell.returncode == 0, complained.decode()
    assert "Подпись подтверждена, но с тех пор запись изменена: подписана редакция 1 из 2." in said.decode()
    assert b"CMS Verification successful" in complained
    assert b"CMS Verification failure" in complained
    assert (tmp_path / "journal.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "stream.txt").read_text().count('"kind"') == 2
