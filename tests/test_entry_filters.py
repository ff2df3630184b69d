"""The filters that look for entries, asked by every role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import rich_world
from client import Client
from conftest import Cluster, Template
from entry_deeds import ago, deciding
from world import CREATE_ENTRY, DECLINE_ENTRY, REVISE_ENTRY, VALUES, People, main_journal, revising, sign

from app.settings import Settings

FOUND = """
query ($id: ID!, $filter: EntryFilter) {
  journal(id: $id) { entries(first: 100, filter: $filter) { totalCount edges { node { id number } } } }
}
"""
ROLES = ("owner", "operator_admin", "operator_employee", "subscriber_admin", "subscriber_employee")


@dataclass
class Volume:
    """A volume in which every kind of entry stands, by a name each, and who looks for them."""

    people: People
    journal: str
    ids: dict[str, str]

    async def found(self, role: str, **filter: Any) -> set[str]:
        """The names of what somebody finds of the entries made here."""
        client: Client = getattr(self.people, role)
        entries = (await client.ask(FOUND, id=self.journal, filter=filter))["journal"]["entries"]
        assert entries["totalCount"] == len(entries["edges"])
        found = {edge["node"]["id"] for edge in entries["edges"]}
        return {name for name, id in self.ids.items() if id in found}


@pytest.fixture(scope="module")
async def volume(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[Volume]:
    """Made once: the tests that take it only read."""
    name = f"filters_{template.name}"
    await cluster.execute(f'create database "{name}" template "{template.name}" owner "{cluster.owner}"')
    async with (
        rich_world._served(cluster, base_settings, name) as address,
        Client(address, sessions=dict(template.tokens)) as client,
    ):
        people = await People.of(client)
        journal = await main_journal(people.operator_admin)
        worker, admin, customer = people.operator_employee, people.operator_admin, people.subscriber_employee

        async def made(by: Client, performed: str | None = None, **values: Any) -> dict[str, Any]:
            wanted = {"journalId": journal, "values": {**VALUES, **values}, "performedAt": performed}
            entry: dict[str, Any] = await by.do(CREATE_ENTRY, input=wanted)
            return entry

        entries = {
            "plain": await made(worker, work_done="Замена извещателей ИП-212"),
            "late": await made(worker, ago(hours=25), work_done="Замена аккумуляторов"),
            "hour": await made(worker, ago(hours=23), work_done="Valve replacements done"),
            "admins": await made(admin, work_done="Обход помещений"),
        }
        await sign(worker, entries["plain"])
        await sign(customer, entries["late"])
        await customer.do(DECLINE_ENTRY, input=deciding(entries["hour"], reason="Нет"))
        # What it says now is what is looked for: the word that was revised away is not found.
        entries["revised"] = await made(worker, ago(hours=1), work_done="Промывка фильтров")
        await worker.do(
            REVISE_ENTRY,
            input={**revising(entries["revised"], work_done="Чистка"), "performedAt": "2026-10-01T00:00:00Z"},
        )
        yield Volume(people, journal, {name: entry["id"] for name, entry in entries.items()})
    await cluster.drop(name)


ALL = {"plain", "late", "hour", "admins", "revised"}


@pytest.mark.parametrize("role", ROLES)
async def test_what_the_roles_find(volume: Volume, role: str) -> None:
    for filter, names in (
        ({}, ALL),
        ({"search": "извещатель"}, {"plain"}),  # by its stem
        ({"search": "замена"}, {"plain", "late"}),
        ({"search": "ЗАМЕНЫ"}, {"plain", "late"}),
        ({"search": "replacement"}, {"hour"}),
        ({"search": "промывка"}, set()),
        ({"search": "чистка"}, {"revised"}),
        ({"search": "замена аккумулятор"}, {"late"}),
        ({"search": "' or true --"}, set()),
        ({"backdated": True}, {"late", "revised"}),
        ({"backdated": False}, ALL - {"late", "revised"}),
        ({"performedFrom": ago(hours=24)}, {"plain", "hour", "admins"}),
        ({"performedTo": ago(hours=24)}, {"late", "revised"}),
        ({"performedFrom": "2026-10-01T00:00:00Z", "performedTo": "2026-10-01T00:00:01Z"}, {"revised"}),
        ({"performedTo": "2026-10-01T00:00:00Z"}, set()),
        ({"recordedFrom": ago(hours=1)}, ALL),
        ({"recordedTo": ago(hours=1)}, set()),
        ({"status": ["DECLINED"]}, {"hour"}),
        ({"status": ["DECLINED", "AWAITING_SIGNATURES"], "search": "замена", "backdated": True}, {"late"}),
    ):
        assert await volume.found(role, **filter) == names, filter


async def test_what_is_mine_and_what_waits_for_me(volume: Volume) -> None:
    mine = {role: await volume.found(role, mine=True) for role in ROLES}
    assert mine == {
        "owner": set(),
        "operator_admin": {"admins"},
        "operator_employee": ALL - {"admins"},
        "subscriber_admin": set(),
        "subscriber_employee": set(),
    }
    awaiting = {role: await volume.found(role, awaitingMe=True) for role in ROLES}
    assert awaiting == {
        "owner": set(),
        "operator_admin": set(),
        "operator_employee": {"late", "admins", "revised"},
        "subscriber_admin": set(),
        "subscriber_employee": {"plain", "admins", "revised"},
    }
    for role in ROLES:
        assert await volume.found(role, mine=False) == ALL - mine[role]
        assert await volume.found(role, awaitingMe=False) == ALL - awaiting[role]


async def test_a_moment_that_cannot_be_is_refused(volume: Volume) -> None:
    for name in ("performedFrom", "performedTo", "recordedFrom", "recordedTo"):
        wanted = {"id": volume.journal, "filter": {name: "0001-01-01T00:00:00Z"}}
        (error,) = (await volume.people.operator_admin.post(FOUND, wanted))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID", f"filter.{name}")
