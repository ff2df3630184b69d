"""What came out: the goals of the issue beside what was measured, and what every server spent."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from scripts.benchmark.rounds import CONNECTIONS, Figures
from scripts.benchmark.targets import CHECKOUT

DOCUMENT = CHECKOUT / "docs" / "performance.md"
PACKAGES = ("strawberry-graphql", "graphql-core", "tortoise-orm", "asyncpg", "uvicorn", "orjson")
QUERIES = {
    "graph": "nested graph",
    "mixed": "the same with a Python field",
    "point": "point read",
    "cold": "point read, fresh documents",
    "before": "point read, before the flood",
    "after": "point read, after the flood",
    "page": "page of entries",
    "counts": "counts by object and status",
}
"""What is measured, for people."""
THROUGHPUTS = (
    ("graph", "raw", 16, 1.0, 0.85),
    ("graph", "peer", 1, 2.8, 2.2),
    ("graph", "peer", 16, 5.0, 3.5),
    ("point", "raw", 1, 0.9, 0.65),
    ("point", "raw", 16, 0.75, 0.5),
    *(("point", "peer", many, 4.0, 2.5) for many in CONNECTIONS),
    *(("point", "peer, no identity", many, 2.0, 1.3) for many in CONNECTIONS),
    *(("page", "raw", many, 0.87, 0.7) for many in CONNECTIONS),
    *(("page", "peer", many, 3.0, 2.2) for many in CONNECTIONS),
    *(("counts", "raw", many, 0.95, 0.8) for many in CONNECTIONS),
    *(("counts", "peer", many, 1.3, 1.05) for many in CONNECTIONS),
)
"""Of which query, over which server's, with how many connections: goal and floor of our throughput."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what, how far it should and must go, what was measured."""

    measure: str
    goal: float
    floor: float
    measured: float | None
    lower: bool = False
    """Whether less is better."""

    @property
    def passed(self) -> bool | None:
        """Whether the floor holds; None if it was not measured."""
        if self.measured is None:
            return None
        return self.measured <= self.floor if self.lower else self.measured >= self.floor

    @property
    def reached(self) -> bool:
        """Whether the goal is."""
        return self.measured is not None and (self.measured <= self.goal if self.lower else self.measured >= self.goal)

    def markdown(self) -> str:
        """The line."""
        sign = "≤" if self.lower else "≥"
        measured = "–" if self.measured is None else f"{self.measured:.3g}"
        verdict = "goal" if self.reached else {True: "floor", False: "**below the floor**", None: "–"}[self.passed]
        return f"| {self.measure} | {sign} {self.goal:g} | {self.floor:g} | {measured} | {verdict} |"


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def rows(figures: Figures, memory: float | None, live: float | None) -> list[Row]:
    """The table of the issue.

    :param memory: how many megabytes the product's process has grown over idle
    :param live: the product's last delivery over the bare server's
    """

    def against(server: str, query: str, connections: int, name: str = "throughput") -> float | None:
        return _ratio(*(figures.median(one, query, connections, name) for one in ("ours", server)))

    found = [Row("nested graph: p50 / raw, 1", 1.05, 1.2, against("raw", "graph", 1, "p50"), lower=True)]
    for query, server, many, goal, floor in THROUGHPUTS:
        named = f"{QUERIES[query]}: throughput / {server}, {many}"
        found.append(Row(named, goal, floor, against(server, query, many)))
    cpu = [figures.median("ours", query, 1, "server_cpu") for query in ("mixed", "graph")]
    flood = [figures.median("ours", query, 16, "throughput") for query in ("after", "before")]
    return [
        *found,
        Row("a Python field in the nested graph: server's CPU / without it", 2, 3, _ratio(*cpu), lower=True),
        Row("fresh documents: point read / peer, 16", 1.5, 1.0, against("peer", "cold", 16)),
        Row("hot throughput after 5,000 fresh documents / before", 0.95, 0.85, _ratio(*flood)),
        Row("server's memory after the run over idle, MB", 60, 100, memory, lower=True),
        Row("500 subscribers: last delivery / bare uvicorn", 1.1, 1.5, live, lower=True),
    ]


def growth_rows(small: Figures, large: Figures, queries: Sequence[str]) -> list[Row]:
    """How much ten times the data costs."""
    found = []
    for query in queries:
        for server in ("ours", "raw"):
            ratio = _ratio(large.median(server, query, 1, "p50"), small.median(server, query, 1, "p50"))
            found.append(Row(f"{QUERIES[query]}: p50 at ×10 / ×1, {server}", 1.1, 1.3, ratio, lower=True))
    return found


def table(found: list[Row]) -> str:
    """The goals' table."""
    return "\n".join(
        ["| measure | goal | floor | measured | |", "|---|---|---|---|---|", *(r.markdown() for r in found)]
    )


def costs(figures: Figures, memory: Mapping[str, tuple[float, float]]) -> str:
    """What every server did and spent; `memory` is of each before and after."""
    lines = [
        "| query | server | req/s, 1 | req/s, 16 | p50 ms, 1 | p99 ms, 1 | p99 ms, 16 | server's CPU, ms"
        " | PostgreSQL's CPU, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    names = [(1, "throughput"), (16, "throughput"), (1, "p50"), (1, "p99"), (16, "p99"), (1, "server_cpu")]
    for query, server in sorted({(query, server) for server, query, _ in figures.runs}, key=_place):
        values = [figures.median(server, query, many, name) for many, name in [*names, (1, "database_cpu")]]
        cells = " | ".join("–" if one is None else f"{one:.3g}" if one < 100 else f"{one:,.0f}" for one in values)
        lines.append(f"| {QUERIES[query]} | {server} | {cells} |")
    grown = ", ".join(f"{name} {before:.0f} → {after:.0f}" for name, (before, after) in memory.items())
    return "\n".join([*lines, "", f"Resident memory at start and after the run, MB: {grown}."])


def _place(line: tuple[str, str]) -> tuple[int, str]:
    query, server = line
    return [*QUERIES].index(query), server


def circumstances(postgres: str, peer: str) -> str:
    """Machine, versions, commit: without them no figure means anything."""
    processor = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")) / 2**20
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    git = ["git", "-C", str(CHECKOUT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} × {processor}, {memory:.0f} GB; Python"
        f" {platform.python_version()}, PostgreSQL {postgres}, {packages}; PostGraphile {peer}; commit"
        f" {commit.strip() or 'unknown'}{' with changes' if changed else ''}."
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def write(block: str, text: str, document: Path = DOCUMENT) -> None:
    """Put `text` between the two comments that mark `block` in the document."""
    begin, end = f"<!-- {block}: written by scripts/bench -->", f"<!-- {block}: end -->"
    before, _, rest = document.read_text().partition(begin)
    _, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
