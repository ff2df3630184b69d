"""scripts/bench: the read path against the limit, the peer and the textbook, on the same data in one run."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from app.startup_refusal import StartupRefused
from scripts.benchmark import authority, postgraphile, report, subscribers
from scripts.benchmark.data import Size
from scripts.benchmark.database import Cluster, cluster, value
from scripts.benchmark.equality import Unequal, compare
from scripts.benchmark.load import LoadFailed, NoLoadGenerator, find_wrk
from scripts.benchmark.rounds import CONNECTIONS, Figures, Key, Measuring
from scripts.benchmark.stand import WITHOUT_COMPUTED, Stand, standing, warm
from scripts.benchmark.targets import CHECKOUT, NotStarted, python_target
from scripts.benchmark.usage import memory_mb

SERVERS = ("ours", "raw", "textbook", "peer", "peer, no identity")
MEASURES = ("graph", "point", "page", "counts", "mixed", "cold", "flood", "subscribers")
CHECK_SCALE, GROWN = 0.01, 10.0
POSTGRES = "select current_setting('server_version')"
ENTRY = "select id from entries where operator_id = (select organization_id from users where email = $1) limit 1"

started = time.monotonic()


def say(text: str) -> None:
    """One line of progress."""
    print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)


def read_options(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="./scripts/bench", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="of the data: 0.1, 1 (default), 10; the document is written by a whole run at 1",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run or measure")
    parser.add_argument("--only", default=",".join(MEASURES), help=f"some of {','.join(MEASURES)}")
    parser.add_argument("--check", action="store_true", help="small data, only whether all answers are equal")
    parser.add_argument("--growth", action="store_true", help="what ten times the data costs")
    parser.add_argument("--authority", action="store_true", help="certificates and signatures a second, beside openssl")
    parser.add_argument("--no-peer", action="store_true", help="without PostGraphile")
    parser.add_argument("--data", type=Path, default=CHECKOUT / "data" / "bench", help="where everything is kept")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",")
    options.data = options.data.absolute()
    options.data.mkdir(parents=True, exist_ok=True)
    if unknown := set(options.only) - set(MEASURES):
        parser.error(f"--only knows {', '.join(MEASURES)}, not {', '.join(sorted(unknown))}")
    return options


async def run(options: argparse.Namespace) -> int:
    """The whole bench; the exit code: 0, or 1 if a floor was missed."""
    task = asyncio.current_task()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: task and task.cancel())
    if options.authority:
        return await authority.run(options.seconds, say)
    folder: Path = options.data
    if not options.no_peer and not options.growth:
        postgraphile.install(folder / "peer", say)
    size = Size(CHECK_SCALE if options.check else options.scale, options.seed)
    async with cluster(folder, os.environ.get("DATABASE_URL")) as server:
        if options.growth:
            return await grow(options, server, folder, size)
        names = SERVERS[:3] if options.no_peer else SERVERS[:4] if options.check else SERVERS
        async with standing(server, size, folder, say, names) as stand:
            compared = [target for name, target in stand.targets.items() if name != "peer, no identity"]
            sizes = await compare(compared, stand.actors)
            say("all answers are equal: " + ", ".join(f"{name} {octets:,} octets" for name, octets in sizes.items()))
            return 0 if options.check else await time_all(options, stand, folder)


async def time_all(options: argparse.Namespace, stand: Stand, folder: Path) -> int:
    """Every measure on one size of data, and the table."""
    figures, live = Figures(), None
    await warm(stand)
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        measuring = Measuring(find_wrk(), options.seconds, options.rounds, Path(temporary), say)
        await measuring.interleaved([(stand, key, figures) for key in keys(options.only, stand)])
        if "textbook" in stand.targets:
            slow: list[Key] = [("textbook", query, 1) for query in WITHOUT_COMPUTED if query in options.only]
            await replace(measuring, rounds=1).interleaved([(stand, key, figures) for key in slow])
        if "cold" in options.only:
            cold: list[Key] = [(name, "point", 16) for name in ("ours", "peer") if name in stand.targets]
            await measuring.interleaved([(stand, key, figures) for key in cold], fresh="c")
        if "flood" in options.only:
            await measuring.flood(stand, figures)
    after = {name: memory_mb(target.process) for name, target in stand.targets.items()}
    memory = {name: (stand.idle_memory[name], after[name]) for name in after}
    if "subscribers" in options.only:
        live = await deliver(stand, folder)
    found = report.rows(figures, after["ours"] - stand.idle_memory["ours"], live)
    measured = [row for row in found if row.measured is not None]
    text = "\n\n".join([report.table(measured), report.costs(figures, memory)])
    print("\n" + text + "\n")
    if measured == found and stand.size.scale == 1:
        postgres = str(await value(stand.superuser_url, POSTGRES))
        heading = f"Scale {stand.size.scale:g}, {options.rounds} rounds of {options.seconds:g} s. "
        heading += report.circumstances(postgres, postgraphile.version(folder / "peer"))
        report.write("bench", f"{heading}\n\n{text}")
        say(f"written to {report.DOCUMENT.relative_to(CHECKOUT)}")
    return 1 if any(row.passed is False for row in found) else 0


def keys(only: list[str], stand: Stand) -> list[Key]:
    """What a round holds."""
    found: list[Key] = [
        (server, query, connections)
        for server in ("ours", "raw", "peer")
        for query in WITHOUT_COMPUTED
        for connections in CONNECTIONS
    ]
    found += [("peer, no identity", "point", connections) for connections in CONNECTIONS]
    found += [("ours", "mixed", 1)]
    return [key for key in found if key[0] in stand.targets and key[1] in only]


async def deliver(stand: Stand, folder: Path) -> float:
    """The product's last delivery over the bare server's, infinite if some subscriber was left without."""
    entry = await value(stand.superuser_url, ENTRY, f"user{stand.size.actors['operator admin']}@benchmark.test")
    async with python_target("bare_socket", folder / "bare_socket.log", {}) as bare:
        try:
            ours, limit = await subscribers.measure(
                stand.targets["ours"], bare.address, stand.token, stand.superuser_url, entry
            )
        except subscribers.NotDelivered as error:
            say(str(error))
            return math.inf
    say(
        f"{subscribers.SUBSCRIBERS} subscribers, first and last: ours {ours.first:.1f} and {ours.last:.1f} ms,"
        f" bare {limit.first:.1f} and {limit.last:.1f} ms"
    )
    return ours.last / limit.last


async def grow(options: argparse.Namespace, server: Cluster, folder: Path, size: Size) -> int:
    """The same queries on the data and on ten times as much, turn by turn."""
    larger = replace(size, scale=size.scale * GROWN)
    queries = [query for query in WITHOUT_COMPUTED if query in options.only]
    small, large = Figures(), Figures()
    wanted: list[Key] = [(name, query, 1) for name in SERVERS[:2] for query in queries]
    async with (
        standing(server, size, folder, say, SERVERS[:2]) as one,
        standing(server, larger, folder, say, SERVERS[:2]) as other,
    ):
        for stand in (one, other):
            await compare([*stand.targets.values()], stand.actors)
            await warm(stand)
        say("all answers are equal")
        with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
            measuring = Measuring(find_wrk(), options.seconds, options.rounds, Path(temporary), say)
            await measuring.interleaved(
                [(stand, key, figures) for stand, figures in ((one, small), (other, large)) for key in wanted]
            )
        postgres = str(await value(one.superuser_url, POSTGRES))
    found = report.growth_rows(small, large, queries)
    text = report.table(found)
    print("\n" + text + "\n")
    if size.scale == 1 and queries == [*WITHOUT_COMPUTED]:
        heading = f"Scales {size.scale:g} and {larger.scale:g}, {options.rounds} rounds of {options.seconds:g} s. "
        report.write("growth", heading + report.circumstances(postgres, "not run") + "\n\n" + text)
    return 1 if any(row.passed is False for row in found if row.measure.endswith("ours")) else 0


def main() -> int:
    """The command. Whatever it started is ended before it returns, by Ctrl-C too."""
    try:
        return asyncio.run(run(read_options(sys.argv[1:])))
    except StartupRefused as refusal:
        print(refusal.line.en, file=sys.stderr)
        return 2
    except (Unequal, LoadFailed, NoLoadGenerator, NotStarted) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"could not install: {error}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


if __name__ == "__main__":
    sys.exit(main())
