"""Running the checks against a target, and judging what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

import httpx
from graphql import GraphQLError

from scripts.attacks.checks import Broken, Check, NotApplicable
from scripts.attacks.standing import KNOWN
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, WORKER

LONGEST = 90.0
"""Seconds for one check."""
STRANGE = (OSError, ValueError, LookupError, TypeError, AttributeError, httpx.HTTPError, GraphQLError)


class Verdict(StrEnum):
    """What came of a check, on one target."""

    HELD = "held"
    BROKEN = "BROKEN"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Outcome:
    """A verdict, with what was got or why it was not tried.

    :ivar proven: the attack was seen to get through; otherwise the check itself came to grief
    """

    verdict: Verdict
    said: str = ""
    proven: bool = False


async def outcome_of(check: Check, target: Target) -> Outcome:
    """Try one attack. What a check does not understand counts against the product, and for no control."""
    try:
        async with asyncio.timeout(LONGEST):
            await check.attack(target)
    except Broken as broken:
        return Outcome(Verdict.BROKEN, str(broken), proven=True)
    except NotApplicable as reason:
        return Outcome(Verdict.NOT_TRIED, str(reason))
    except TimeoutError:
        return Outcome(Verdict.BROKEN, f"no answer in time, or not done in {LONGEST:.0f} s")
    except STRANGE as error:
        return Outcome(Verdict.BROKEN, f"not understood: {type(error).__name__}: {error}"[:200])
    return Outcome(Verdict.HELD)


def control_of_planted(check: Check) -> Outcome:
    """Show the check an answer made up to be wrong."""
    assert check.planted
    with suppress(NotApplicable):
        try:
            check.planted()
        except Broken as broken:
            return Outcome(Verdict.BROKEN, str(broken), proven=True)
    return Outcome(Verdict.HELD)


async def served(target: Target) -> bool:
    """Whether rightful people are still answered: an attack that ends that has got through, whatever it was told, and
    what is tried after it would show nothing."""
    answers = [await target.ask(KNOWN["viewer"], by=email) for email in (ADMIN, WORKER)]
    return all(answer.done for answer in answers)


async def run(
    checks: Sequence[Check], target: Target, done: Callable[[], object], *, control: bool = False
) -> dict[Check, Outcome]:
    """Try all, one after the other and each from a network of its own; the patient ones beside them. On a `control`
    nobody has to be served afterwards."""
    outcomes: dict[Check, Outcome] = {}

    async def tried(number: int, check: Check) -> None:
        network = f"198.51.{100 + number // 250}.{number % 250 + 1}"
        outcomes[check] = await outcome_of(check, replace(target, network=network))
        if not control and outcomes[check].verdict is Verdict.HELD and not await served(target):
            outcomes[check] = Outcome(Verdict.BROKEN, "rightful people are not answered any more")
        done()

    async with asyncio.TaskGroup() as patient:
        for number, check in enumerate(checks):
            if check.patient:
                patient.create_task(tried(number, check))
        for number, check in enumerate(checks):
            if not check.patient:
                await tried(number, check)
    return outcomes
