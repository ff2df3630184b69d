"""The attack script judges as it says: some of its attacks, each against the product and against its control."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import build_schema
from rich.console import Console

from scripts.attacks import __main__ as script
from scripts.attacks.catalogue import CHECKS
from scripts.attacks.checks import Category, Check
from scripts.attacks.naive_schema import built
from scripts.attacks.report import show
from scripts.attacks.running import Verdict, control_of_planted, run
from scripts.attacks.standing import naive
from scripts.attacks.target import Target
from scripts.attacks.world import World, explored

TRIED = {
    "SQL in place of an id",
    "a filter that is always true finds more than one that never is",
    "a document 60 levels deep",
    "fragments that double at each level, 2^14 fields",
    "a batch: a list of fifty requests",
    "anything of another company's by node(id)",
    "another person's file by its id",
    "a higher role for oneself",
    "JSON from a foreign Origin, and from null, with the visitor's cookie",
    "a page of another site opens a socket with the visitor's cookie",
    "twenty passwords for one account from one place",
}
"""Some of each kind that need neither mails, papers nor other settings."""


@pytest.fixture
async def product(server: str) -> AsyncIterator[Target]:
    """The product with the demo's data, as the script attacks it."""
    async with script.a_client() as http:
        schema = build_schema(script.CONTRACT.read_text())
        yield Target(server, schema, http, await explored(server, http))


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Target]:
    """The naive server."""
    async with naive(tmp_path) as address, script.a_client() as http:
        yield Target(address, built()._schema, http, await explored(address, http), tmp_path / "naive.mail")


async def test_the_product_holds_and_the_control_falls(product: Target, control: Target) -> None:
    checks = [check for check in CHECKS if check.what in TRIED]
    assert len(checks) == len(TRIED)
    held = await run(checks, product, lambda: None)
    fallen = await run(checks, control, lambda: None, control=True)
    assert {check.what: outcome for check, outcome in held.items() if outcome.verdict is not Verdict.HELD} == {}
    assert {check.what: outcome for check, outcome in fallen.items() if not outcome.proven} == {}
    said = Console(record=True, width=120, quiet=True)
    assert show(said, checks, held, fallen)
    assert not show(said, checks, fallen, fallen)  # a product that falls
    assert not show(said, checks, held, held)  # a control that does not


def test_planted_answers_are_seen_through() -> None:
    planted = [check for check in CHECKS if check.planted]
    assert len(planted) >= 10
    assert [check.what for check in planted if not control_of_planted(check).proven] == []


async def test_what_is_not_understood_is_no_success_and_no_control() -> None:
    async def stumbling(_: Target) -> None:
        raise ValueError("an answer of another shape")

    async def slow(_: Target) -> None:
        raise TimeoutError

    checks = [Check(Category.HTTP, what.__name__, what, None, False, False) for what in (stumbling, slow)]
    async with script.a_client() as http:
        nowhere = Target("http://127.0.0.1:9", built()._schema, http, World())
        outcomes = await run(checks, nowhere, lambda: None)
    assert [outcome.verdict for outcome in outcomes.values()] == [Verdict.BROKEN] * 2
    assert not any(outcome.proven for outcome in outcomes.values())


def test_there_are_enough_of_every_kind_and_none_twice() -> None:
    assert len(CHECKS) >= 60
    assert len({check.what for check in CHECKS}) == len(CHECKS)
    assert {check.category for check in CHECKS} == set(Category)


@pytest.mark.parametrize(
    "arguments", [["--against", "https://journals.example"], ["--only", "everything"], ["--against"]]
)
def test_strangers_are_not_attacked_by_a_slip(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        script.read_options(arguments)
    assert refused.value.code == 2
    assert "usage" in capsys.readouterr().err
    assert script.read_options(["--against", "http://127.0.0.1:8000/"]).against == "http://127.0.0.1:8000"
