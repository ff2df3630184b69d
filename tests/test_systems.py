"""Passports: the systems of an object, and entries that refer to them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from client import Client
from conftest import Cluster, Database, Template
from entry_deeds import slot
from object_deeds import (
    ADD_SYSTEM,
    CREATE_TYPE,
    REMOVE_SYSTEM,
    UPDATE_SYSTEM,
    Rivals,
    contract_of,
    deed,
    history,
    installation,
    rivals,
    seen,
    site,
    traces,
)
from test_print_journal import text_of
from world import CREATE_ENTRY, OPEN_JOURNAL, People, sign, warehouse

from app.settings import Settings

REVISE = deed("reviseEntry", "Entry", "id number revision { id number digest values payload }")
READ = "query ($id: ID!) { entry(id: $id) { revisions { number values payload } revision { number digest values } } }"
COUNT = "select count(*) from entries"
FULL = {
    "kind": "FIRE_ALARM",
    "name": "АПС корпуса А",
    "model": "Рубеж-2ОП",
    "serial": "SN-77/1",
    "place": "Пост охраны",
    "commissionedOn": "2020-02-29",
}


@pytest.fixture(scope="module")
async def shared(
    cluster: Cluster, template: Template, base_settings: Settings
) -> AsyncIterator[tuple[Rivals, Database]]:
    """One world for all tests here."""
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
    return shared[1]


async def installed(client: Client, object_id: str, **changes: Any) -> dict[str, Any]:
    """A system with every line of its passport."""
    made: dict[str, Any] = await client.do(ADD_SYSTEM, input={"objectId": object_id, **FULL, **changes})
    return made


async def test_a_passport_is_kept_line_by_line(people: People, kept: Database) -> None:
    admin = people.operator_admin
    place = await site(admin, await contract_of(admin), "С паспортом")
    made = await installed(admin, place)
    assert {name: made[name] for name in FULL} == FULL
    changed = await admin.do(
        UPDATE_SYSTEM, input={"systemId": made["id"], "kind": "VIDEO_SURVEILLANCE", "name": "Видео"}
    )
    assert changed == {
        "__typename": "System",
        "id": made["id"],
        "kind": "VIDEO_SURVEILLANCE",
        "name": "Видео",
        "removedAt": None,
        **dict.fromkeys(("model", "serial", "place", "commissionedOn")),
    }
    before = await traces(kept)
    await admin.do(UPDATE_SYSTEM, input={"systemId": made["id"], "kind": "VIDEO_SURVEILLANCE", "name": "Видео"})
    assert await traces(kept) == before, "what changes nothing is no event"
    removed = await admin.do(REMOVE_SYSTEM, input={"systemId": made["id"], "reason": "Демонтирована"})
    assert removed["removedAt"]
    told = (await history(admin, place))[1:]
    assert [kind for kind, _ in told] == ["SYSTEM_ADDED", "SYSTEM_CHANGED", "SYSTEM_REMOVED"]
    assert {changes["system"] for _, changes in told} == {made["id"]}
    assert told[0][1]["after"] == FULL
    assert (told[1][1]["before"], told[1][1]["after"]["name"]) == (FULL, "Видео")
    assert told[2][1]["reason"] == "Демонтирована"
    before = await traces(kept)
    for document, given in (
        (REMOVE_SYSTEM, {"reason": "Опять"}),
        (UPDATE_SYSTEM, {"kind": "VIDEO_SURVEILLANCE", "name": "Другое"}),
    ):
        problem = await admin.refused(document, input={"systemId": made["id"], **given})
        assert (problem["code"], problem["field"]) == ("CONFLICT", "systemId")
    assert await traces(kept) == before
    listed = await admin.ask(
        "query ($id: ID!) { object(id: $id) { all: systems { id } now: systems(installed: true) { id }"
        " gone: systems(installed: false) { id } } }",
        id=place,
    )
    assert listed["object"] == {"all": [{"id": made["id"]}], "now": [], "gone": [{"id": made["id"]}]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "LIFTS"}, "kind"),
        ({"kind": "fire_alarm"}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "я" * 301}, "name"),
        ({"model": "я" * 201}, "model"),
        ({"serial": "1" * 101}, "serial"),
        ({"place": "я" * 301}, "place"),
    ],
)
async def test_what_a_passport_does_not_take(
    people: People, kept: Database, changes: dict[str, Any], field: str
) -> None:
    admin = people.operator_admin
    place, before = await warehouse(admin), await traces(kept)
    problem = await admin.refused(ADD_SYSTEM, input={"objectId": place["id"], **FULL, **changes})
    assert (problem["code"], problem["field"]) == ("INVALID", field)
    assert await traces(kept) == before


async def test_who_keeps_passports(world: Rivals, kept: Database) -> None:
    people = world.people
    place = await warehouse(people.operator_admin)
    made = await installed(people.owner, place["id"])
    before = await traces(kept)
    deeds = {
        ADD_SYSTEM: {"objectId": place["id"], **FULL},
        UPDATE_SYSTEM: {"systemId": made["id"], "kind": "VIDEO_SURVEILLANCE", "name": "Видео"},
        REMOVE_SYSTEM: {"systemId": made["id"], "reason": "Демонтирована"},
    }
    for client in (people.operator_employee, people.subscriber_admin, people.subscriber_employee, world.other.employee):
        for document, given in deeds.items():
            assert (await client.refused(document, input=given))["code"] == "FORBIDDEN"
    for document, given in deeds.items():
        assert (await world.other.admin.refused(document, input=given))["code"] == "NOT_FOUND"
    assert await traces(kept) == before
    for client in (people.operator_employee, people.subscriber_admin, people.subscriber_employee):
        assert await seen(client, made["id"]) == [True]
    for client in (world.other.admin, world.other.employee):
        assert await seen(client, made["id"]) == [False]


async def journal_with_systems(people: People, object_id: str, code: str) -> str:
    """A volume of a type with a column of one system and a column of many."""
    label = {"ru": "Установка", "en": "System"}
    one = {"key": "unit", "label": label, "required": True, "schema": {"type": "string", "format": "system"}}
    many = {
        "key": "others",
        "label": {"ru": "Прочие", "en": "Others"},
        "schema": {"type": "array", "items": {"type": "string", "format": "system"}, "uniqueItems": True},
    }
    kind = await people.owner.do(
        CREATE_TYPE,
        input={
            "code": code,
            "nameRu": "Журнал установок",
            "nameEn": "Systems log",
            "regulation": "ППР РФ",
            "columns": [one, many],
            "retentionYears": 5,
            "signaturePolicy": [slot("OPERATOR"), slot("SUBSCRIBER", group=2)],
        },
    )
    opened = await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": object_id, "typeId": kind["id"]})
    journal: str = opened["id"]
    return journal


async def test_an_entry_names_systems_of_its_own_object_as_they_were(
    world: Rivals, kept: Database, tmp_path: Path
) -> None:
    people = world.people
    admin, employee = people.operator_admin, people.operator_employee
    place = (await warehouse(admin))["id"]
    journal = await journal_with_systems(people, place, "SYSTEMS_LOG")
    ours, later = await installed(admin, place, name="Насосная-1"), await installed(admin, place, name="Насосная-2")
    neighbour = await installed(admin, await site(admin, await contract_of(admin), "Соседний"), name="Не здесь")
    foreign = await installed(world.other.admin, world.other.object_id, name="Чужая")
    gone = await installed(admin, place, name="Снятая")
    await admin.do(REMOVE_SYSTEM, input={"systemId": gone["id"], "reason": "Демонтирована"})

    before, entries = await traces(kept), await kept.value(COUNT)
    for refused in (neighbour["id"], foreign["id"], gone["id"], place, "АПС"):
        for field, values in (("unit", {"unit": refused}), ("others", {"unit": ours["id"], "others": [refused]})):
            problem = await employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": values})
            assert (problem["code"], problem["field"]) == ("INVALID", f"values.{field}")
    twice = {"unit": ours["id"], "others": [later["id"]] * 2}
    problem = await employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": twice})
    assert (problem["code"], problem["field"]) == ("INVALID", "values.others")
    assert (await traces(kept), await kept.value(COUNT)) == (before, entries)

    values = {"unit": ours["id"], "others": [later["id"]]}
    entry = await employee.do(CREATE_ENTRY, input={"journalId": journal, "values": values})
    signature = await sign(employee, entry)
    signed = json.loads(base64.b64decode(signature["revision"]["payload"]))
    described = [{"id": ours["id"], **FULL, "name": "Насосная-1"}, {"id": later["id"], **FULL, "name": "Насосная-2"}]
    assert signed["systems"] == described

    renamed = {"systemId": ours["id"], "kind": "VIDEO_SURVEILLANCE", "name": "Переименована"}
    await admin.do(UPDATE_SYSTEM, input=renamed)
    await admin.do(REMOVE_SYSTEM, input={"systemId": later["id"], "reason": "Демонтирована"})
    said = (await employee.ask(READ, id=entry["id"]))["entry"]
    assert said["revision"]["values"] == values
    assert json.loads(base64.b64decode(said["revisions"][0]["payload"]))["systems"] == described
    printed = await text_of((await employee.http.get(f"/print/journals/{journal}.pdf")).content, tmp_path)
    assert "Насосная-1" in printed
    assert "Насосная-2" in printed
    assert "Переименована" not in printed

    signed_by_both = await sign(people.subscriber_employee, entry)
    assert signed_by_both["entry"]["status"] == "SIGNED"
    problem = await employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": values})
    assert (problem["code"], problem["field"]) == ("INVALID", "values.others")
    revising = {
        "entryId": entry["id"],
        "expectedRevision": entry["revision"]["number"],
        "reason": "Названа другая установка",
    }
    before = await traces(kept)
    for changed in ({"others": [gone["id"]]}, {"unit": neighbour["id"]}):
        problem = await employee.refused(REVISE, input={**revising, "values": changed})
        assert problem["code"] == "INVALID"
    assert await traces(kept) == before
    only = await employee.do(REVISE, input={**revising, "values": {"others": []}})
    payload = json.loads(base64.b64decode(only["revision"]["payload"]))
    assert payload["systems"] == [
        {"id": ours["id"], **dict.fromkeys(("model", "serial", "place", "commissionedOn")), **renamed_as(renamed)}
    ]


def renamed_as(given: dict[str, Any]) -> dict[str, Any]:
    """What the passport says since."""
    return {"kind": given["kind"], "name": given["name"]}


async def test_a_revision_that_leaves_a_removed_system_alone_keeps_it(people: People) -> None:
    admin, employee = people.operator_admin, people.operator_employee
    place = (await warehouse(admin))["id"]
    journal = await journal_with_systems(people, place, "SYSTEMS_KEPT")
    unit, other = await installed(admin, place), await installed(admin, place, name="Вторая")
    values = {"unit": unit["id"]}
    entry = await employee.do(CREATE_ENTRY, input={"journalId": journal, "values": values})
    await admin.do(REMOVE_SYSTEM, input={"systemId": unit["id"], "reason": "Демонтирована"})
    revised = await employee.do(
        REVISE,
        input={
            "entryId": entry["id"],
            "expectedRevision": entry["revision"]["number"],
            "reason": "Добавлена вторая",
            "values": {"others": [other["id"]]},
        },
    )
    assert revised["revision"]["values"] == {"unit": unit["id"], "others": [other["id"]]}
    payload = json.loads(base64.b64decode(revised["revision"]["payload"]))
    assert [system["id"] for system in payload["systems"]] == [unit["id"], other["id"]]
