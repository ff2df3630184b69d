"""What becomes of objects between the same parties: told otherwise, closed, opened again, put under another contract,
merged; by whom, and what is refused without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from client import Client
from conftest import Cluster, Database, Template
from object_deeds import (
    ADD_SYSTEM,
    CLOSE_OBJECT,
    MERGE_OBJECTS,
    MOVE_OBJECT,
    REOPEN_OBJECT,
    UPDATE_OBJECT,
    Rivals,
    contract_of,
    history,
    installation,
    rivals,
    seen,
    site,
    traces,
)
from world import (
    ASSIGN,
    CREATE_CONTRACT,
    CREATE_ENTRY,
    CREATE_OBJECT,
    OPEN_JOURNAL,
    VALUES,
    People,
    record,
    sign,
    types,
    warehouse,
)

from app.settings import Settings


@pytest.fixture(scope="module")
async def shared(
    cluster: Cluster, template: Template, base_settings: Settings
) -> AsyncIterator[tuple[Rivals, Database]]:
    """One world for all tests here: each makes objects of its own in it."""
    async with installation(cluster, template, base_settings) as (client, database):
        yield await rivals(client), database


@pytest.fixture
def world(shared: tuple[Rivals, Database]) -> Rivals:
    return shared[0]


@pytest.fixture
def people(world: Rivals) -> People:
    return world.people


@pytest.fixture
def kept(shared: tuple[Rivals, Database]) -> Database:
    """Its database, past every rule."""
    return shared[1]


def deeds(object_id: str, into_id: str, contract_id: str) -> dict[str, dict[str, Any]]:
    """Every deed on an object, with an input that would do."""
    given = {"contractId": contract_id, "name": "Новый", "address": "Тверь", "timeZone": "Europe/Moscow"}
    return {
        CREATE_OBJECT: given,
        UPDATE_OBJECT: {"objectId": object_id, "name": "Другое имя"},
        CLOSE_OBJECT: {"objectId": object_id, "reason": "Снесён"},
        REOPEN_OBJECT: {"objectId": object_id},
        MOVE_OBJECT: {"objectId": object_id, "contractId": contract_id, "reason": "Договор"},
        MERGE_OBJECTS: {"objectId": object_id, "intoId": into_id, "reason": "Одно здание"},
        ADD_SYSTEM: {"objectId": object_id, "kind": "FIRE_ALARM", "name": "АПС"},
    }


@pytest.mark.parametrize("role", ["operator_employee", "subscriber_admin", "subscriber_employee"])
async def test_only_the_operators_admin_and_the_owner_change_objects(people: People, kept: Database, role: str) -> None:
    place = await warehouse(people.operator_admin)
    before = await traces(kept)
    for document, given in deeds(place["id"], place["id"], place["contract"]["id"]).items():
        assert (await getattr(people, role).refused(document, input=given))["code"] == "FORBIDDEN"
    assert await traces(kept) == before


async def test_for_another_operator_an_object_does_not_exist(world: Rivals, kept: Database) -> None:
    place = await warehouse(world.people.operator_admin)
    before = await traces(kept)
    for document, given in deeds(place["id"], world.other.object_id, place["contract"]["id"]).items():
        assert (await world.other.admin.refused(document, input=given))["code"] == "NOT_FOUND"
    assert await traces(kept) == before


async def test_nobody_signed_in_changes_nothing(world: Rivals, kept: Database) -> None:
    place, before = await warehouse(world.people.operator_admin), await traces(kept)
    async with Client(world.people.owner.address) as visitor:
        for document, given in deeds(place["id"], place["id"], place["contract"]["id"]).items():
            assert (await visitor.refused(document, input=given))["code"] == "UNAUTHENTICATED"
    assert await traces(kept) == before


async def test_what_is_told_of_an_object_is_changed_field_by_field(people: People, kept: Database) -> None:
    admin = people.operator_admin
    made = await site(admin, await contract_of(admin), "Котельная", externalId="К-1")
    contacts = [{"name": "Иванова Анна", "phone": "+7 900 123-45-67", "email": "A@school.test"}]
    changed = await admin.do(UPDATE_OBJECT, input={"objectId": made, "name": "Котельная № 1", "contacts": contacts})
    assert (changed["name"], changed["address"], changed["externalId"]) == ("Котельная № 1", "г. Тверь", "К-1")
    assert changed["contacts"] == [{"name": "Иванова Анна", "phone": "+7 900 123-45-67", "email": "a@school.test"}]
    assert (await admin.do(UPDATE_OBJECT, input={"objectId": made, "externalId": ""}))["externalId"] is None
    told = await history(admin, made)
    assert [kind for kind, _ in told] == ["OBJECT_CREATED", "OBJECT_CHANGED", "OBJECT_CHANGED"]
    assert told[1][1] == {
        "before": {"name": "Котельная", "contacts": []},
        "after": {"name": "Котельная № 1", "contacts": ["Иванова Анна"]},
    }
    assert told[2][1] == {"before": {"externalId": "К-1"}, "after": {"externalId": None}}
    contacts[0]["phone"] = "+7 900 765-43-21"
    changed = await admin.do(UPDATE_OBJECT, input={"objectId": made, "contacts": contacts})
    assert changed["contacts"][0]["phone"] == "+7 900 765-43-21"
    kind, changes = (await history(admin, made))[-1]
    assert (kind, changes["after"]) == ("OBJECT_CHANGED", {"contacts": ["Иванова Анна"]}), "no telephone in the history"
    before = await traces(kept)
    await admin.do(UPDATE_OBJECT, input={"objectId": made, "name": " Котельная № 1 "})
    assert await traces(kept) == before, "what changes nothing is no event"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "я" * 301}, "name"),
        ({"address": ""}, "address"),
        ({"timeZone": "Tver"}, "timeZone"),
        ({"externalId": "я" * 101}, "externalId"),
        ({"contacts": [{"name": "А"}, {"name": ""}]}, "contacts.1.name"),
        ({"contacts": [{"name": "А", "phone": "звоните"}]}, "contacts.0.phone"),
        ({"contacts": [{"name": "А", "email": "нет"}]}, "contacts.0.email"),
        ({"contacts": [{"name": "А"}] * 21}, "contacts"),
    ],
)
async def test_what_cannot_be_told_of_an_object_names_its_field(
    people: People, kept: Database, changes: dict[str, Any], field: str
) -> None:
    place, before = await warehouse(people.operator_admin), await traces(kept)
    problem = await people.operator_admin.refused(UPDATE_OBJECT, input={"objectId": place["id"], **changes})
    assert (problem["code"], problem["field"]) == ("INVALID", field)
    assert await traces(kept) == before


async def test_an_external_id_is_one_open_objects_of_a_contract(people: People, kept: Database) -> None:
    admin = people.operator_admin
    contract = await contract_of(admin)
    given = {"contractId": contract, "address": "Тверь", "timeZone": "Europe/Moscow", "externalId": "Один"}
    at_once = await asyncio.gather(
        *[admin.ask(CREATE_OBJECT, input={**given, "name": f"Разом {number}"}) for number in range(4)]
    )
    answers = [answer["createObject"] for answer in at_once]
    (first,) = [answer["id"] for answer in answers if answer["__typename"] == "ServiceObject"]
    refused = {(answer["code"], answer["field"]) for answer in answers if answer["__typename"] == "Problem"}
    assert refused == {("CONFLICT", "externalId")}
    assert await kept.value("select count(*) from objects where external_id = 'Один'") == 1

    second = await site(admin, contract, "Другой", externalId="Два")
    before = await traces(kept)
    problem = await admin.refused(UPDATE_OBJECT, input={"objectId": second, "externalId": "Один"})
    assert (problem["code"], problem["field"]) == ("CONFLICT", "externalId")
    assert await traces(kept) == before
    await admin.do(CLOSE_OBJECT, input={"objectId": first, "reason": "Снесён"})
    await admin.do(UPDATE_OBJECT, input={"objectId": second, "externalId": "Один"})
    before = await traces(kept)
    problem = await admin.refused(REOPEN_OBJECT, input={"objectId": first})
    assert (problem["code"], problem["field"]) == ("CONFLICT", "objectId")
    assert await traces(kept) == before


async def test_a_closed_object_takes_nothing_new_and_what_is_open_is_still_signed(
    people: People, kept: Database
) -> None:
    admin, employee = people.operator_admin, people.operator_employee
    made = await site(admin, await contract_of(admin), "Закрываемый")
    for holder in (employee, people.subscriber_employee):
        user = (await holder.ask("{ viewer { id } }"))["viewer"]["id"]
        given = {"objectId": made, "userId": user, "duty": "RESPONSIBLE", "basis": "Приказ"}
        await people.owner.do(ASSIGN, input=given)
    kinds = await types(admin)
    journal = (await admin.do(OPEN_JOURNAL, input={"objectId": made, "typeId": kinds["SPZ_MAIN"]}))["id"]
    entry = await record(employee, journal)
    system = await admin.do(ADD_SYSTEM, input={"objectId": made, "kind": "FIRE_ALARM", "name": "АПС"})

    closed = await admin.do(CLOSE_OBJECT, input={"objectId": made, "reason": "Здание снесено"})
    assert closed["closedAt"]
    assert closed["closeReason"] == "Здание снесено"
    volume = (
        await people.subscriber_admin.ask(
            "query ($id: ID!) { journal(id: $id) { status closing { entryCount incompleteCount } } }", id=journal
        )
    )["journal"]
    assert volume == {"status": "ARCHIVED", "closing": {"entryCount": 1, "incompleteCount": 1}}
    told = await history(admin, made)
    assert [kind for kind, _ in told][-2:] == ["JOURNAL_ARCHIVED", "OBJECT_CLOSED"]
    assert told[-1][1] == {"reason": "Здание снесено"}

    before, user = await traces(kept), (await employee.ask("{ viewer { id } }"))["viewer"]["id"]
    contract = await contract_of(admin)
    refused = {
        CLOSE_OBJECT: {"objectId": made, "reason": "Ещё раз"},
        UPDATE_OBJECT: {"objectId": made, "name": "Другое"},
        MOVE_OBJECT: {"objectId": made, "contractId": contract, "reason": "Договор"},
        MERGE_OBJECTS: {"objectId": made, "intoId": (await warehouse(admin))["id"], "reason": "Одно"},
        ADD_SYSTEM: {"objectId": made, "kind": "FIRE_ALARM", "name": "АПС"},
        OPEN_JOURNAL: {"objectId": made, "typeId": kinds["SPZ_MAIN"]},
        ASSIGN: {"objectId": made, "userId": user, "duty": "PARTICIPANT", "basis": "Приказ"},
    }
    for document, given in refused.items():
        assert (await admin.refused(document, input=given))["code"] == "CONFLICT"
    problem = await admin.refused(
        MERGE_OBJECTS, input={"objectId": (await warehouse(admin))["id"], "intoId": made, "reason": "Одно"}
    )
    assert (problem["code"], problem["field"]) == ("CONFLICT", "intoId")
    refusal = await employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": VALUES})
    assert refusal["code"] == "JOURNAL_ARCHIVED"
    assert await traces(kept) == before

    await sign(employee, entry)
    assert (await sign(people.subscriber_employee, entry))["entry"]["status"] == "SIGNED"
    reopened = await admin.do(REOPEN_OBJECT, input={"objectId": made})
    assert (reopened["closedAt"], reopened["closeReason"]) == (None, None)
    assert reopened["systems"] == [{"id": system["id"], "name": "АПС"}]
    again = await admin.do(OPEN_JOURNAL, input={"objectId": made, "typeId": kinds["SPZ_MAIN"]})
    assert (again["volume"], again["previous"]["id"]) == (2, journal)
    before = await traces(kept)
    assert (await admin.refused(REOPEN_OBJECT, input={"objectId": made}))["code"] == "CONFLICT"
    assert await traces(kept) == before


async def test_between_the_same_parties_an_object_stays_itself(people: People, kept: Database) -> None:
    admin = people.operator_admin
    place = await warehouse(admin)
    parties = {"operatorId": place["operator"]["id"], "subscriberId": place["subscriber"]["id"]}
    given = {**parties, "number": "Продлённый", "startsOn": "2026-01-01"}
    later = (await admin.do(CREATE_CONTRACT, input=given))["id"]
    made = await site(admin, place["contract"]["id"], "Переводимый", externalId="Ход")
    before = await traces(kept)
    move = {"objectId": made, "reason": "Новый договор"}
    problem = await admin.refused(MOVE_OBJECT, input={**move, "contractId": place["contract"]["id"]})
    assert (problem["code"], problem["field"]) == ("INVALID", "contractId")
    assert (await admin.refused(MOVE_OBJECT, input={**move, "contractId": later, "reason": " "}))["field"] == "reason"
    assert await traces(kept) == before
    moved = await admin.do(MOVE_OBJECT, input={**move, "contractId": later})
    assert (moved["id"], moved["contract"]["number"], moved["closedAt"]) == (made, "Продлённый", None)
    (number,) = {each["contract"]["number"] for each in [await first(admin, place["id"])]}
    assert (await history(admin, made))[-1] == (
        "OBJECT_MOVED",
        {"before": {"contract": number}, "after": {"contract": "Продлённый"}, "reason": "Новый договор"},
    )

    double = await site(admin, place["contract"]["id"], "Двойник", externalId="Ход")
    before = await traces(kept)
    problem = await admin.refused(MOVE_OBJECT, input={"objectId": double, "contractId": later, "reason": "Туда же"})
    assert (problem["code"], problem["field"]) == ("CONFLICT", "contractId")
    assert await traces(kept) == before
    third = (await admin.do(CREATE_CONTRACT, input={**given, "number": "Третий"}))["id"]
    contracts = (place["contract"]["id"], third)
    namesakes = [await site(admin, contract, "Тёзка", externalId="Тёзка") for contract in contracts]
    moves = [{"objectId": each, "contractId": later, "reason": "Разом"} for each in namesakes]
    answers = await asyncio.gather(*[admin.ask(MOVE_OBJECT, input=each) for each in moves])
    assert sorted(answer["moveObject"].get("code", "") for answer in answers) == ["", "CONFLICT"]


async def first(client: Client, object_id: str) -> dict[str, Any]:
    """An object's contract."""
    found: dict[str, Any] = (
        await client.ask("query ($id: ID!) { object(id: $id) { contract { number } } }", id=object_id)
    )["object"]
    return found


async def test_a_merged_object_keeps_its_history_for_whoever_sees_the_other(people: People, kept: Database) -> None:
    admin, employee = people.operator_admin, people.operator_employee
    contract, kinds = await contract_of(admin), await types(admin)
    one, two = [await site(admin, contract, name, externalId=name) for name in ("Корпус А", "Корпус Б")]
    systems = {}
    for object_id, name in ((one, "АПС-А"), (two, "АПС-Б")):
        given = {"objectId": object_id, "kind": "FIRE_ALARM", "name": name, "serial": f"№ {name}"}
        systems[name] = (await admin.do(ADD_SYSTEM, input=given))["id"]
    journal = (await admin.do(OPEN_JOURNAL, input={"objectId": one, "typeId": kinds["SPZ_MAIN"]}))["id"]
    entry = await record(admin, journal)
    user = (await employee.ask("{ viewer { id } }"))["viewer"]["id"]
    await admin.do(ASSIGN, input={"objectId": two, "userId": user, "duty": "RESPONSIBLE", "basis": "Приказ"})
    assert await seen(employee, two, one, journal, entry["id"]) == [True, False, False, False]

    other = await admin.do(MERGE_OBJECTS, input={"objectId": one, "intoId": two, "reason": "Одно здание"})
    assert (other["id"], other["closedAt"]) == (two, None)
    assert {system["name"] for system in other["systems"]} == {"АПС-А", "АПС-Б"}
    carried = await kept.fetch("select serial, object_id from systems where name = 'АПС-А' order by id")
    assert [each["serial"] for each in carried] == ["№ АПС-А"] * 2
    assert await seen(employee, two, one, journal, entry["id"], systems["АПС-А"]) == [True] * 5
    assert (await history(admin, one))[-1] == (await history(admin, two))[-1]
    assert (await history(admin, one))[-1] == (
        "OBJECT_MERGED",
        {"merged": "Корпус А", "into": "Корпус Б", "reason": "Одно здание"},
    )
    before = await traces(kept)
    assert (await admin.refused(REOPEN_OBJECT, input={"objectId": one}))["code"] == "CONFLICT"
    problem = await employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": VALUES})
    assert problem["code"] in ("FORBIDDEN", "JOURNAL_ARCHIVED")
    assert await traces(kept) == before


async def test_what_cannot_be_merged(world: Rivals, kept: Database) -> None:
    admin, place = world.people.operator_admin, await warehouse(world.people.operator_admin)
    before = await traces(kept)
    merge = {"objectId": place["id"], "reason": "Одно"}
    assert (await admin.refused(MERGE_OBJECTS, input={**merge, "intoId": place["id"]}))["field"] == "intoId"
    problem = await admin.refused(MERGE_OBJECTS, input={**merge, "intoId": world.other.object_id})
    assert (problem["code"], problem["field"]) == ("NOT_FOUND", "intoId")
    problem = await world.people.owner.refused(MERGE_OBJECTS, input={**merge, "intoId": world.other.object_id})
    assert (problem["code"], problem["field"]) == ("INVALID", "intoId")
    assert await traces(kept) == before


async def test_merges_in_opposite_directions_at_once_end_with_one_of_them(people: People, kept: Database) -> None:
    admin = people.operator_admin
    contract = await contract_of(admin)
    for attempt in range(5):
        pair = [await site(admin, contract, f"Встречный {attempt}.{place}") for place in range(2)]
        answers = await asyncio.wait_for(
            asyncio.gather(
                *[
                    admin.ask(MERGE_OBJECTS, input={"objectId": merged, "intoId": into, "reason": "Навстречу"})
                    for merged, into in (pair, pair[::-1], pair, pair[::-1])
                ]
            ),
            20,
        )
        results = [answer["mergeObjects"] for answer in answers]
        assert sorted(each.get("code", "") for each in results) == ["", "CONFLICT", "CONFLICT", "CONFLICT"]
    told = (
        "select count(*) from object_successions s join objects o on o.id = s.former_id where o.name like 'Встречный%'"
    )
    assert await kept.value(told) == 5
    assert await kept.value("select count(*) from objects where name like 'Встречный%' and closed_at is null") == 5
