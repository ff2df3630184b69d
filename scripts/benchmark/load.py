"""Load on one server, by wrk: throughput, latency, and what the server and PostgreSQL spent on a request."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import subprocess
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scripts.benchmark.queries import Sample
from scripts.benchmark.targets import Target
from scripts.benchmark.usage import children_cpu_seconds, cpu_seconds

SCRIPT = Path(__file__).parent / "load.lua"
PROBES, TOLERANCE = 10, 0.1
TIMEOUT_SECONDS = 60
"""The longest that one request may take."""


class NoLoadGenerator(Exception):
    """wrk is not there and cannot be installed."""


class LoadFailed(Exception):
    """A server refused requests under load."""


@dataclass(frozen=True)
class Measurement:
    """One run; times in milliseconds, CPU a request."""

    requests: int
    throughput: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float
    octets: float


def find_wrk() -> str:
    """The program, installed from Debian by root if it is missing. Raises NoLoadGenerator."""
    if not shutil.which("wrk") and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True)
        subprocess.run(["apt-get", "install", "-qq", "--yes", "wrk"], check=False, capture_output=True)
    if found := shutil.which("wrk"):
        return found
    raise NoLoadGenerator("wrk is missing: run 'sudo apt-get install wrk'")


@dataclass(frozen=True)
class Load:
    """What is asked of whom, by how many connections at once."""

    target: Target
    query: str
    samples: Sequence[Sample]
    token: str
    connections: int
    fresh: str = ""
    """Not empty: a prefix that makes every document a text of its own."""

    async def run(self, wrk: str, seconds: float, folder: Path, database_process: int | None) -> Measurement:
        """Load for `seconds`, or for longer if no request was answered in that time.

        :param folder: takes the requests' bodies
        :raises LoadFailed: if a request failed or none is answered in a minute
        """
        bodies = folder / "bodies"
        bodies.write_text("".join(json.dumps(self._body(sample), ensure_ascii=False) + "\n" for sample in self.samples))
        for lasting in (seconds, 5 * seconds, TIMEOUT_SECONDS):
            before = self._used(database_process)
            told = await self._wrk(wrk, lasting, bodies)
            used = [after - former for after, former in zip(self._used(database_process), before, strict=True)]
            if told["failed"]:
                raise LoadFailed(f"{self.target.name}, {self.query}: {told['failed']} requests failed")
            if told["requests"]:
                break
        else:
            raise LoadFailed(f"{self.target.name}, {self.query}: no answer in {TIMEOUT_SECONDS} s")
        requests = told["requests"]
        expected = await self._expected_octets()
        if abs(told["octets"] / requests - expected) > TOLERANCE * expected:
            got = f"answers of {told['octets'] / requests:.0f} octets instead of {expected:.0f}"
            raise LoadFailed(f"{self.target.name}, {self.query}: {got}")
        return Measurement(
            requests=requests,
            throughput=requests / told["seconds"],
            p50=told["p50"],
            p99=told["p99"],
            server_cpu=used[0] * 1000 / requests,
            database_cpu=used[1] * 1000 / requests,
            octets=told["octets"] / requests,
        )

    async def _expected_octets(self) -> float:
        """How long an answer is on average, headers included, when it is right; wrk does not look into answers."""
        asked = self.samples[:: max(1, len(self.samples) // PROBES)]
        total = 0
        headers = {"authorization": f"Bearer {self.token}", "accept-encoding": "identity"}
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, headers=headers) as client:
            for sample in asked:
                response = await client.post(
                    f"{self.target.address}/graphql", json=self.target.body(self.query, sample)
                )
                if response.status_code != 200 or "errors" in response.json():
                    raise LoadFailed(f"{self.target.name}, {self.query}: {response.text[:500]}")
                told = sum(len(name) + len(value) + 4 for name, value in response.headers.raw)
                total += len("HTTP/1.1 200 OK\r\n\r\n") + told + len(response.content)
        return total / len(asked)

    async def _wrk(self, wrk: str, seconds: float, bodies: Path) -> dict[str, Any]:
        options = ["-t1", f"-c{self.connections}", f"-d{math.ceil(seconds)}s", f"--timeout={TIMEOUT_SECONDS}s"]
        asked = [str(bodies), self.token, *([self.fresh] if self.fresh else [])]
        process = await create_subprocess_exec(
            wrk, *options, "-s", str(SCRIPT), self.target.address, "--", *asked, stdout=PIPE, start_new_session=True
        )
        try:
            async with asyncio.timeout(seconds + 2 * TIMEOUT_SECONDS):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        told: dict[str, Any] = json.loads(output.decode().strip().rpartition("\n")[2])
        return told

    def _body(self, sample: Sample) -> dict[str, object]:
        body = self.target.body(self.query, sample)
        if self.fresh:
            # an alias and a comment, so that neither a cache by text nor one by form knows it
            body["query"] = "# @\n" + body["query"].replace("{ name }", "{ n@: name }", 1)
        return body

    def _used(self, database_process: int | None) -> tuple[float, float]:
        return cpu_seconds(self.target.process), children_cpu_seconds(database_process) if database_process else 0.0
