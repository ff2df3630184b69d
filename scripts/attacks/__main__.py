"""scripts/attack: attacks in the manner of OWASP's cheat sheets on the product, each with a control that must fail."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
from graphql import build_schema
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from scripts.attacks.catalogue import CHECKS
from scripts.attacks.checks import Category, Check
from scripts.attacks.naive_schema import built
from scripts.attacks.report import show
from scripts.attacks.running import Outcome, Verdict, control_of_planted, run
from scripts.attacks.standing import CHECKOUT, free_port, naive, product
from scripts.attacks.target import Target
from scripts.attacks.world import Unprepared, World, explored

LOOPBACK = ("127.0.0.1", "localhost", "::1")
CONTRACT = CHECKOUT / "schema" / "schema.graphql"
NO_STAND = "needs the product with other settings, which is started without --against only"


def read_options(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="./scripts/attack", description=__doc__, allow_abbrev=False)
    parser.add_argument("--against", metavar="URL", help="a server with the demo's data, which it will not be again")
    parser.add_argument("--elsewhere", action="store_true", help="URL is not on this machine, and I may attack it")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(Category)}")
    options = parser.parse_args(arguments)
    options.only = {each.strip() for each in options.only.split(",") if each.strip()}
    if unknown := options.only - set(Category):
        parser.error(f"no such categories: {', '.join(unknown)}")
    if options.against:
        host = httpx.URL(options.against).host
        if host not in LOOPBACK and not options.elsewhere:
            parser.error(f"{host} is not this machine: say --elsewhere if you may attack it")
        options.against = options.against.rstrip("/")
    return options


def a_client() -> httpx.AsyncClient:
    """One that keeps no cookies, follows nowhere and waits no longer than a check."""
    nobodys = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(timeout=20, trust_env=False, follow_redirects=False, cookies=nobodys)


async def attacked(
    options: argparse.Namespace, checks: Sequence[Check], progress: Progress
) -> tuple[dict[Check, Outcome], dict[Check, Outcome]]:
    """The outcomes on the product, and of the controls. Raises Unprepared."""
    usual = [check for check in checks if not check.strict]
    strict = [check for check in checks if check.strict]
    by_naive = [check for check in checks if not check.planted]
    bar = progress.add_task("starting", total=len(checks) + len(by_naive))

    def done() -> None:
        progress.advance(bar)

    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attack-")))
        http, naive_http = [await stack.enter_async_context(a_client()) for _ in range(2)]
        naive_address = await stack.enter_async_context(naive(folder))
        control = Target(
            naive_address, built()._schema, naive_http, await explored(naive_address, naive_http), folder / "naive.mail"
        )
        contract = build_schema(CONTRACT.read_text())
        port = free_port()
        outcomes: dict[Check, Outcome] = {}
        async with asyncio.TaskGroup() as both:
            progress.update(bar, description="attacking")
            controls = both.create_task(run(by_naive, control, done, control=True))
            async with AsyncExitStack() as serving:
                mail = None if options.against else folder / "data" / "mail"
                address = options.against or await serving.enter_async_context(product(folder, port))
                world = await explored(address, http)
                outcomes |= await run(usual, Target(address, contract, http, world, mail), done)
            if options.against:
                outcomes |= {check: Outcome(Verdict.NOT_TRIED, NO_STAND) for check in strict}
            elif strict:
                async with product(folder, port, strict=True) as address:
                    outcomes |= await run(strict, Target(address, contract, http, world or World(), mail), done)
    return outcomes, controls.result() | {check: control_of_planted(check) for check in checks if check.planted}


def main(arguments: list[str]) -> int:
    """The whole script. 0: all held off and every control failed; 1: not so; 2: the target is not what it has to be."""
    options = read_options(arguments)
    checks = [check for check in CHECKS if not options.only or check.category in options.only]
    console, began = Console(width=None if sys.stdout.isatty() else 120), time.monotonic()
    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn())
    refused = ""
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            product_outcomes, controls = asyncio.run(attacked(options, checks, progress))
    except* Unprepared as unprepared:
        refused = "\n".join(str(each) for each in unprepared.exceptions)
    if refused:
        console.print(refused, markup=False)
        return 2
    whole = show(console, checks, product_outcomes, controls)
    console.print(f"{time.monotonic() - began:.0f} s")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
