"""Guessing passwords: delayed more and more, from one network and from all together, and never at the owner's cost."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from client import SIGN_IN, Client
from conftest import Database

from app import demo
from rules import clock
from rules.sign_in_delays import forget, network

if TYPE_CHECKING:
    from collections.abc import Iterator

GUESSERS = "198.51.100.7"
SIGN_IN_FROM_DEVICE = """
mutation ($input: SignInInput!) {
  signIn(input: $input) {
    __typename ... on Session { token deviceToken } ... on Problem { code field details }
  }
}
"""


async def tried(client: Client, address: str, **given: str) -> dict[str, Any]:
    """The answer to a try from `address`, as a proxy on this machine tells of it."""
    body = {"query": SIGN_IN_FROM_DEVICE, "variables": {"input": {"password": "wrong", **given}}}
    answer = await client.http.post("/graphql", json=body, headers={"x-forwarded-for": address})
    result: dict[str, Any] = answer.json()["data"]["signIn"]
    return result


async def fail_thrice(database: Database) -> None:
    """As if whoever has failed once had failed three times more: the fifth failure is the first that delays."""
    await database.fetch("update failed_tries set failures = 4 where failures = 1")


def codes(answers: list[dict[str, Any]]) -> list[str]:
    """What each answer comes to."""
    return [answer.get("code", answer["__typename"]) for answer in answers]


async def test_guessers_are_delayed_and_the_owner_is_not(client: Client, database: Database) -> None:
    email, right = demo.OPERATOR_ADMIN, demo.PASSWORD
    device = (await tried(client, "203.0.113.1", email=email, password=right))["deviceToken"]
    both = (email, "nobody@demo.test")
    first = [await tried(client, GUESSERS, email=each) for each in both]
    await fail_thrice(database)
    fifth = [await tried(client, GUESSERS, email=each) for each in both]
    assert codes(first + fifth) == ["UNAUTHENTICATED"] * 4
    assert (first[0], fifth[0]) == (first[1], fifth[1])
    sessions = await database.value("select count(*) from sessions")
    delayed = [await tried(client, GUESSERS, email=each, password=right) for each in both]
    assert codes(delayed) == ["RATE_LIMITED"] * 2
    assert all(20 < answer["details"]["seconds"] <= 31 for answer in delayed)
    assert await database.value("select count(*) from sessions") == sessions

    assert "token" in await tried(client, GUESSERS, email=email, password=right, deviceToken=device)
    assert "token" in await tried(client, "203.0.113.9", email=email, password=right)

    await database.fetch("update failed_tries set locked_until = now() - interval '1 second'")
    assert codes([await tried(client, GUESSERS, email=email)]) == ["UNAUTHENTICATED"]
    longer = await tried(client, GUESSERS, email=email, password=right)
    assert 50 < longer["details"]["seconds"] <= 61
    kept = await database.fetch("select key from failed_tries")
    assert not [row for row in kept if "demo" in row["key"]]  # what was typed is kept nowhere


async def test_many_networks_together_are_bounded_and_a_known_device_is_let_in(
    client: Client, database: Database
) -> None:
    email, right = demo.OPERATOR_ADMIN, demo.PASSWORD
    device = (await tried(client, "203.0.113.1", email=email, password=right))["deviceToken"]
    at_once = await asyncio.gather(*(tried(client, "2001:db8:1:2::1", email=email) for _ in range(8)))
    assert sorted(codes(list(at_once))) == ["RATE_LIMITED"] * 3 + ["UNAUTHENTICATED"] * 5
    assert codes([await tried(client, "2001:db8:1:2:ffff::9", email=email)]) == ["RATE_LIMITED"]
    assert await database.value("select max(failures) from failed_tries where key like 'strangers:%'") == 5

    await database.fetch("update failed_tries set failures = 99 where key like 'strangers:%'")
    assert codes([await tried(client, "192.0.2.1", email=email)]) == ["UNAUTHENTICATED"]
    assert codes([await tried(client, "192.0.2.2", email=email, password=right)]) == ["RATE_LIMITED"]
    assert "token" in await tried(client, "192.0.2.3", email=email, password=right, deviceToken=device)
    other = await tried(client, "192.0.2.3", email=demo.SUBSCRIBER_ADMIN, password=right, deviceToken=device)
    assert other["deviceToken"] != device  # a device is known to one account

    own = [await tried(client, "192.0.2.4", email=email, deviceToken=device)]
    await fail_thrice(database)
    own += [await tried(client, "192.0.2.4", email=email, deviceToken=device) for _ in range(2)]
    assert codes(own) == ["UNAUTHENTICATED"] * 2 + ["RATE_LIMITED"]
    await database.fetch("update failed_tries set last_at = now() - interval '2 days', locked_until = null")
    forgotten = [await tried(client, f"192.0.2.{each}", email=email) for each in (5, 6)]
    assert codes(forgotten) == ["UNAUTHENTICATED"] * 2


async def test_one_password_is_not_tried_on_everybody(client: Client, database: Database) -> None:
    email, right = demo.OPERATOR_ADMIN, demo.PASSWORD
    device = (await tried(client, GUESSERS, email=email, password=right))["deviceToken"]
    await tried(client, GUESSERS, email="first@demo.test")
    await database.fetch("update failed_tries set failures = 99 where key like 'everybody:%' and failures > 0")
    sprayed = [await tried(client, GUESSERS, email=f"{each}@demo.test") for each in ("second", "third")]
    assert codes(sprayed) == ["UNAUTHENTICATED", "RATE_LIMITED"]
    assert "token" in await tried(client, GUESSERS, email=email, password=right, deviceToken=device)
    assert "token" in await tried(client, "203.0.113.9", email=demo.SUBSCRIBER_ADMIN, password=right)


async def test_an_unknown_address_costs_the_same_statements(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    said = []
    for email in (demo.OPERATOR_ADMIN, "nobody@demo.test"):
        with statements(caplog) as heard:
            await client.refused(SIGN_IN, email=email, password="wrong")
        said.append(heard)
    assert said[0] == said[1]
    assert any("insert into failed_tries" in statement for statement in said[0])


async def test_what_decides_nothing_any_more_is_deleted(client: Client, database: Database) -> None:
    await tried(client, "192.0.2.1", email="nobody@demo.test")
    counted = "select count(*) from failed_tries where failures > 0"
    await forget(clock.now())
    assert await database.value(counted) == 3
    await database.fetch(
        "update failed_tries set locked_until = now() + interval '4 days' where failures > 0 and key like 'n%'"
    )
    await forget(clock.now() + timedelta(days=3))
    assert await database.value("select array_agg(failures) from failed_tries") == [1]
    assert await database.value("select count(*) from known_devices") != 0
    await forget(clock.now() + timedelta(days=400))
    assert [await database.value(f"select count(*) from {table}") for table in ("failed_tries", "known_devices")] == [
        0,
        0,
    ]


@contextmanager
def statements(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What is asked of the database inside, without the values."""
    heard: list[str] = []
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        yield heard
    heard += [
        re.sub(r"(: \[|: \().*", "", record.getMessage()) for record in caplog.records if record.levelname == "DEBUG"
    ]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "none"),
        ("a socket", "none"),
    ],
)
def test_a_network_is_an_address_or_the_half_of_one(address: str | None, counted: str) -> None:
    assert network(address) == counted
