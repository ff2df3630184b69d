"""Looking objects up: every filter for every role, and never more by it than without it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from client import Client
from conftest import Cluster, Template
from entry_deeds import id_of
from object_deeds import ADD_SYSTEM, CLOSE_OBJECT, REMOVE_SYSTEM, Rivals, contract_of, installation, rivals, site
from world import ASSIGN, OPEN_JOURNAL, record, types, warehouse

from app.settings import Settings

OBJECTS = """
query ($filter: ObjectFilter) { objects(first: 100, filter: $filter) { totalCount edges { node { name } } } }
"""
WAREHOUSE, FOREIGN = "Складской комплекс «Север»", "Чужой объект"
SCHOOL, DEPOT, RUIN = "Школа № 12", "Депо", "Руина"
ROLES = ("owner", "operator_admin", "operator_employee", "subscriber_admin", "subscriber_employee")
ALL = {WAREHOUSE, SCHOOL, DEPOT, RUIN}


@pytest.fixture(scope="module")
async def world(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[Rivals]:
    """A school (external id, fire alarm; employees of both sides for one journal type only), a depot (nobody assigned,
    its system removed, an entry that waits), a ruin (closed, externally known as the school is)."""
    async with installation(cluster, template, base_settings) as (client, _):
        made = await rivals(client)
        people, admin = made.people, made.people.operator_admin
        contract, kinds = await contract_of(admin), await types(admin)
        ruin = await site(admin, contract, RUIN, externalId="Т-12", address="г. Старица, ул. Ленина")
        await admin.do(ADD_SYSTEM, input={"objectId": ruin, "kind": "VIDEO_SURVEILLANCE", "name": "Видео"})
        await admin.do(CLOSE_OBJECT, input={"objectId": ruin, "reason": "Снесена"})
        school = await site(admin, contract, SCHOOL, externalId="Т-12", address="г. Тверь, ул. Советская")
        await admin.do(ADD_SYSTEM, input={"objectId": school, "kind": "FIRE_ALARM", "name": "АПС"})
        for holder in (people.operator_employee, people.subscriber_employee):
            duty = {"objectId": school, "userId": await id_of(holder), "duty": "RESPONSIBLE", "basis": "Приказ"}
            await people.owner.do(ASSIGN, input={**duty, "journalTypeIds": [kinds["SPS_TO"]]})
        depot = await site(admin, contract, DEPOT, address="г. Тверь, наб. Степана Разина")
        removed = await admin.do(ADD_SYSTEM, input={"objectId": depot, "kind": "FIRE_ALARM", "name": "АПС"})
        await admin.do(REMOVE_SYSTEM, input={"systemId": removed["id"], "reason": "Демонтирована"})
        for object_id in (school, depot):
            journal = await admin.do(OPEN_JOURNAL, input={"objectId": object_id, "typeId": kinds["SPZ_MAIN"]})
            await record(admin, journal["id"])
        yield made


async def found(client: Client, **given: Any) -> set[str]:
    """The names of the objects that a filter leaves."""
    answer = (await client.ask(OBJECTS, filter=given or None))["objects"]
    names = {edge["node"]["name"] for edge in answer["edges"]}
    assert answer["totalCount"] == len(names)
    return names


async def warehouses(client: Client) -> set[str]:
    """The names of the demo's own objects."""
    answer = await client.ask(OBJECTS, filter=None)
    return {edge["node"]["name"] for edge in answer["objects"]["edges"]} - {SCHOOL, DEPOT, RUIN, FOREIGN}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"search": "школа"}, {SCHOOL}),
        ({"search": "школы"}, {SCHOOL}),
        ({"search": "совет твер"}, {SCHOOL}),
        ({"search": "Т-12"}, {SCHOOL, RUIN}),
        ({"externalId": "Т-12"}, {SCHOOL, RUIN}),
        ({"externalId": "т-12"}, set()),
        ({"externalId": "Т-12", "closed": False}, {SCHOOL}),
        ({"closed": True}, {RUIN}),
        ({"systemKind": "FIRE_ALARM", "closed": False}, {SCHOOL}),
        ({"systemKind": "VIDEO_SURVEILLANCE"}, {RUIN}),
        ({"systemKind": "NO_SUCH"}, set()),
        ({"search": "нет такого слова"}, set()),
    ],
)
async def test_each_role_finds_what_it_sees_and_no_more(
    world: Rivals, given: dict[str, Any], expected: set[str]
) -> None:
    for role in ROLES:
        client = getattr(world.people, role)
        demo, sees = await warehouses(client), await found(client)
        result = await found(client, **given)
        assert result - demo == expected & sees, role
        assert result <= sees, role
    for stranger in (world.other.admin, world.other.employee):
        assert await found(stranger, **given) <= {FOREIGN}


async def test_who_sees_which_objects(world: Rivals) -> None:
    people = world.people
    assert ALL - {WAREHOUSE} | {FOREIGN} <= await found(people.owner)
    for admin in (people.operator_admin, people.subscriber_admin):
        assert await found(admin) & {SCHOOL, DEPOT, RUIN, FOREIGN} == {SCHOOL, DEPOT, RUIN}
    for employee in (people.operator_employee, people.subscriber_employee):
        assert await found(employee) & {SCHOOL, DEPOT, RUIN, FOREIGN} == {SCHOOL}
    for stranger in (world.other.admin, world.other.employee):
        assert await found(stranger) == {FOREIGN}


async def test_assigned_to_me(world: Rivals) -> None:
    people = world.people
    for nobody in (people.owner, world.other.admin):
        assert await found(nobody, assignedToMe=True) == set()
    for employee in (people.operator_employee, people.subscriber_employee):
        assert await found(employee, assignedToMe=True) == await found(employee)
        assert await found(employee, assignedToMe=False) == set()
    for admin in (people.owner, people.operator_admin, people.subscriber_admin):
        mine, others = await found(admin, assignedToMe=True), await found(admin, assignedToMe=False)
        assert mine | others == await found(admin)
        assert mine & others == set()
        assert {SCHOOL, DEPOT} <= others


async def test_awaiting_signatures_tells_nobody_of_entries_they_do_not_see(world: Rivals) -> None:
    people = world.people
    for admin in (people.owner, people.operator_admin, people.subscriber_admin):
        assert await found(admin, awaitingSignatures=True) & {SCHOOL, DEPOT, RUIN} == {SCHOOL, DEPOT}
        assert RUIN in await found(admin, awaitingSignatures=False)
    for employee in (people.operator_employee, people.subscriber_employee):
        assert SCHOOL not in await found(employee, awaitingSignatures=True), "assigned for another journal type"
        assert SCHOOL in await found(employee, awaitingSignatures=False)
    assert await found(world.other.admin, awaitingSignatures=True) == {FOREIGN}


async def test_by_operator_subscriber_and_contract(world: Rivals) -> None:
    people = world.people
    place = await warehouse(people.operator_admin)
    foreign = (
        await people.owner.ask(
            "query ($id: ID!) { object(id: $id) { operator { id } subscriber { id } contract { id } } }",
            id=world.other.object_id,
        )
    )["object"]
    for name in ("operator", "subscriber", "contract"):
        for role in ROLES:
            client = getattr(people, role)
            assert await found(client, **{name: place[name]["id"]}) == await found(client) - {FOREIGN}
        assert await found(people.owner, **{name: foreign[name]["id"]}) == {FOREIGN}
        for role in ROLES[1:]:
            assert await found(getattr(people, role), **{name: foreign[name]["id"]}) == set()
    answer = await people.owner.post(OBJECTS, {"filter": {"operator": "не идентификатор"}})
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
    assert answer["errors"][0]["extensions"]["field"] == "filter.operator"
