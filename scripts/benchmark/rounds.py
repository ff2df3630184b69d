"""The measuring: rounds in which every server has its turn in shuffled order, so that what disturbs, disturbs all."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.benchmark.load import Load, Measurement
from scripts.benchmark.stand import Stand

Key = tuple[str, str, int]
"""Server, query, connections."""
ORDER = 1
"""The seed of the shuffling."""
FLOOD_DOCUMENTS = 5000
FLOOD_RUNS = 60
CONNECTIONS = (1, 16)


@dataclass
class Figures:
    """All runs of all rounds."""

    runs: dict[Key, list[Measurement]] = field(default_factory=dict)

    def add(self, key: Key, measured: Measurement) -> None:
        """One run more."""
        self.runs.setdefault(key, []).append(measured)

    def median(self, server: str, query: str, connections: int, name: str) -> float | None:
        """The median over the rounds of one figure of a Measurement, None if it was not measured."""
        runs = self.runs.get((server, query, connections))
        return statistics.median(getattr(run, name) for run in runs) if runs else None


Turn = tuple[Stand, Key, Figures]
"""What is measured where, and where it is kept."""


@dataclass(frozen=True)
class Measuring:
    """How the rounds go: which program, how long, where its files may lie, who is told."""

    wrk: str
    seconds: float
    rounds: int
    folder: Path
    say: Callable[[str], object]

    async def interleaved(self, turns: Sequence[Turn], *, fresh: str = "") -> None:
        """Measure every turn once a round. With `fresh` each document is new and the query counts as `cold`."""
        order = random.Random(ORDER)
        for number in range(self.rounds if turns else 0):
            for stand, (server, query, connections), figures in order.sample(turns, len(turns)):
                prefix = fresh and f"{fresh}{number}x"
                measured = await self._one(stand, server, query, connections, prefix)
                figures.add((server, "cold" if fresh else query, connections), measured)
            self.say(f"round {number + 1} of {self.rounds}{' with fresh documents' if fresh else ''}")

    async def flood(self, stand: Stand, figures: Figures) -> None:
        """The product's hot point reads before and after thousands of distinct documents."""
        connections = CONNECTIONS[-1]
        for _ in range(self.rounds):
            figures.add(("ours", "before", connections), await self._one(stand, "ours", "point", connections))
        seen = 0
        for run in range(FLOOD_RUNS):
            if seen < FLOOD_DOCUMENTS:
                seen += (await self._one(stand, "ours", "point", connections, f"flood{run}x")).requests
        self.say(f"flood of {seen} fresh documents")
        for _ in range(self.rounds):
            figures.add(("ours", "after", connections), await self._one(stand, "ours", "point", connections))

    async def _one(self, stand: Stand, server: str, query: str, connections: int, fresh: str = "") -> Measurement:
        load = Load(stand.targets[server], query, stand.samples[query], stand.token, connections, fresh)
        return await load.run(self.wrk, self.seconds, self.folder, stand.database_process)
