"""Everything that a run needs at once: a filled database, the servers over it, the requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.benchmark import postgraphile
from scripts.benchmark.data import Size
from scripts.benchmark.database import Cluster, ready, value
from scripts.benchmark.queries import Sample, samples
from scripts.benchmark.targets import Target, python_target
from scripts.benchmark.usage import database_process, memory_mb

ASKING = "operator admin"
"""Who asks while it is timed."""
SAMPLES_COMPARED, SAMPLES_WARMING, SAMPLES_TIMED = 4, 40, 200
WITHOUT_COMPUTED = ("graph", "point", "page", "counts")
USER = "select user_id from sessions where token_digest = encode(sha256(convert_to($1, 'UTF8')), 'hex')"


@dataclass(frozen=True)
class Stand:
    """The servers by name, and what they are asked."""

    size: Size
    superuser_url: str
    targets: Mapping[str, Target]
    actors: Mapping[str, tuple[str, Mapping[str, Sequence[Sample]]]]
    """Of each actor: the token, and a few samples by query."""
    samples: Mapping[str, Sequence[Sample]]
    """Many samples of the actor who asks while it is timed."""
    idle_memory: Mapping[str, float]
    database_process: int | None

    @property
    def token(self) -> str:
        """Of the actor who asks while it is timed."""
        return self.actors[ASKING][0]


async def _actors(size: Size, superuser_url: str, many: int) -> dict[str, tuple[str, dict[str, list[Sample]]]]:
    found = {}
    for name, account in size.actors.items():
        user = await value(superuser_url, USER, size.token(account))
        found[name] = (size.token(account), await samples(superuser_url, user, many))
    return found


async def warm(stand: Stand) -> None:
    """Ask what will be asked while it is timed: raw everything, so that the database has it in memory, the others
    enough for whoever compiles while running."""
    async with httpx.AsyncClient(timeout=120, headers={"authorization": f"Bearer {stand.token}"}) as client:
        for name, target in stand.targets.items():
            for query, asked in stand.samples.items():
                if query in target.documents and name != "textbook":
                    for sample in asked if name == "raw" else asked[:SAMPLES_WARMING]:
                        await client.post(f"{target.address}/graphql", json=target.body(query, sample))


@asynccontextmanager
async def standing(
    cluster: Cluster,
    size: Size,
    folder: Path,
    say: Callable[[str], object],
    names: Sequence[str],
    *,
    compared: int = SAMPLES_COMPARED,
) -> AsyncIterator[Stand]:
    """The stand with the servers `names`: ours, raw, textbook, peer, "peer, no identity".

    :param compared: how many samples of each query every actor has
    :param folder: an existing folder for the servers' logs, the product's authority and the peer's programs
    """
    database = await ready(cluster, size, say)
    superuser_url = cluster.at(cluster.superuser_url, database)
    actors = await _actors(size, superuser_url, compared)
    user = await value(superuser_url, USER, actors[ASKING][0])
    timed = await samples(superuser_url, user, SAMPLES_TIMED)
    place = folder / f"{database}-servers"
    place.mkdir(exist_ok=True)
    say(f"starting {', '.join(names)}; their logs are in {place.name}/")
    urls = {"superuser": superuser_url}
    urls |= {"web": cluster.at(cluster.web_url, database), "owner": cluster.at(cluster.owner_url, database)}
    if "peer" in names:
        urls["peer"] = await postgraphile.let_in(cluster, database, folder / "secrets" / postgraphile.ROLE)
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.TaskGroup() as group:
                starting = {
                    name: group.create_task(
                        stack.enter_async_context(_target(name, urls, place, folder / "peer", actors[ASKING]))
                    )
                    for name in names
                }
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        targets = {name: task.result() for name, task in starting.items()}
        idle = {name: memory_mb(target.process) for name, target in targets.items()}
        postgres = await database_process(superuser_url)
        yield Stand(size, superuser_url, targets, actors, timed, idle, postgres)


@asynccontextmanager
async def _target(
    name: str,
    urls: Mapping[str, str],
    place: Path,
    programs: Path,
    asking: tuple[str, Mapping[str, Sequence[Sample]]],
) -> AsyncIterator[Target]:
    log = place / f"{name}.log"
    log.unlink(missing_ok=True)
    if name in ("peer", "peer, no identity"):
        identity = name == "peer"
        token, known = asking
        url = urls["peer" if identity else "web"]
        async with postgraphile.target(programs, log, url, token, known["page"][0], identity=identity) as target:
            yield target
        return
    # The limit has no wall to look through: a superuser passes row security by.
    environment = {"DATABASE_URL": urls["superuser" if name == "raw" else "web"]}
    if name == "ours":
        environment |= {"OWNER_URL": urls["owner"], "BENCH_FOLDER": str(place)}
    queries = WITHOUT_COMPUTED if name == "raw" else (*WITHOUT_COMPUTED, "mixed")
    async with python_target(name, log, environment, queries) as target:
        yield target
