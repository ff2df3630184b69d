"""Journal types made, revised, derived and published by their makers, and what nobody else learns of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from client import Client
from conftest import Cluster, Database, Template
from entry_deeds import NOTE, slot
from object_deeds import (
    CREATE_TYPE,
    DERIVE_TYPE,
    PUBLISH_TYPE,
    REVISE_TYPE,
    SAVE_LIST,
    Rivals,
    contract_of,
    installation,
    rivals,
    seen,
    site,
    traces,
)
from test_print_journal import text_of
from world import CREATE_ENTRY, OPEN_JOURNAL, People, sign, types, warehouse

from app.settings import Settings

POLICY = [slot("OPERATOR"), slot("SUBSCRIBER", group=2)]
COLORS = [{"key": "RED", "ru": "Красный", "en": "Red"}, {"key": "BLUE", "ru": "Синий", "en": "Blue"}]
READ = """
query ($id: ID!) { entry(id: $id) { status revision { values typeVersion { number name columns } } } }
"""


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


def content(**changes: Any) -> dict[str, Any]:
    """What one edition says."""
    return {
        "nameRu": "Журнал окраски",
        "nameEn": "Painting log",
        "regulation": "ППР РФ, п. 54",
        "columns": [NOTE],
        "signaturePolicy": POLICY,
        "retentionYears": 5,
        **changes,
    }


def revising(kind: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The input of `reviseJournalType`."""
    return {"typeId": kind["id"], "expectedVersion": kind["version"]["number"], **content(**changes)}


async def codes(client: Client) -> set[str]:
    """The types that exist for the client."""
    return set(await types(client))


async def test_who_makes_types_and_lists(world: Rivals, kept: Database) -> None:
    people = world.people
    main = (await types(people.owner))["SPZ_MAIN"]
    kind = {"id": main, "version": {"number": 1}}
    save = {"code": "COLORS_X", "nameRu": "Цвета", "nameEn": "Colours", "items": COLORS}
    every = {
        CREATE_TYPE: {"code": "SOME_LOG", **content()},
        REVISE_TYPE: revising(kind),
        DERIVE_TYPE: {"typeId": main, "code": "OURS"},
        PUBLISH_TYPE: {"typeId": main},
        SAVE_LIST: save,
    }
    before = await traces(kept)
    for client in (people.operator_employee, people.subscriber_admin, people.subscriber_employee, world.other.employee):
        for document, given in every.items():
            assert (await client.refused(document, input=given))["code"] == "FORBIDDEN"
    for document, given in every.items():
        if document != DERIVE_TYPE:
            assert (await people.operator_admin.refused(document, input=given))["code"] == "FORBIDDEN"
    async with Client(people.owner.address) as visitor:
        for document, given in every.items():
            assert (await visitor.refused(document, input=given))["code"] == "UNAUTHENTICATED"
    assert await traces(kept) == before


async def test_a_derived_type_is_its_operators_and_of_those_who_use_it(world: Rivals, kept: Database) -> None:
    people = world.people
    main = (await types(people.owner))["SPZ_MAIN"]
    made = await people.operator_admin.do(DERIVE_TYPE, input={"typeId": main, "code": "OUR_MAIN"})
    assert (made["kind"], made["draft"], made["derivedFrom"]) == ("OUR_MAIN", False, {"id": main})
    version = (
        await people.owner.ask(
            "query ($id: ID!) { node(id: $id) { ... on JournalType { versions { id } } } }", id=made["id"]
        )
    )["node"]["versions"][0]["id"]
    outsiders = [world.other.admin, world.other.employee, people.subscriber_admin, people.subscriber_employee]
    for client in outsiders:
        assert "OUR_MAIN" not in await codes(client)
        assert await seen(client, made["id"], version) == [False, False]
    for client in (people.owner, people.operator_admin, people.operator_employee):
        assert "OUR_MAIN" in await codes(client)
        assert await seen(client, made["id"], version) == [True, True]
    before = await traces(kept)
    deeds = {
        REVISE_TYPE: revising(made),
        PUBLISH_TYPE: {"typeId": made["id"]},
        DERIVE_TYPE: {"typeId": made["id"], "code": "STOLEN"},
        OPEN_JOURNAL: {"objectId": world.other.object_id, "typeId": made["id"]},
    }
    for document, given in deeds.items():
        problem = await world.other.admin.refused(document, input=given)
        assert (problem["code"], problem["field"]) == ("NOT_FOUND", "typeId")
    assert (await people.owner.refused(REVISE_TYPE, input=revising(made)))["code"] == "FORBIDDEN"
    problem = await people.operator_admin.refused(DERIVE_TYPE, input={"typeId": main, "code": "OUR_MAIN"})
    assert (problem["code"], problem["field"]) == ("INVALID", "code")
    assert await traces(kept) == before
    twin = await world.other.admin.do(DERIVE_TYPE, input={"typeId": main, "code": "OUR_MAIN"})
    assert twin["id"] != made["id"], "a refusal would have told of another's code"

    place = await warehouse(people.operator_admin)
    await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": place["id"], "typeId": made["id"]})
    for client in (people.subscriber_admin, people.subscriber_employee):
        assert "OUR_MAIN" in await codes(client)
        assert await seen(client, made["id"], version, twin["id"]) == [True, True, False]
    for client in (world.other.admin, world.other.employee):
        assert await seen(client, made["id"], version) == [False, False]


async def test_no_journal_of_a_draft_is_opened_until_it_is_published(people: People, kept: Database) -> None:
    made = await people.owner.do(CREATE_TYPE, input={"code": "DRAFT_LOG", **content(), "draft": True})
    assert made["draft"] is True
    ours = await people.operator_admin.do(DERIVE_TYPE, input={"typeId": made["id"], "code": "DRAFT_OURS"})
    assert ours["draft"] is True
    admin = people.operator_admin
    place = await site(admin, await contract_of(admin), "Для черновика")
    before = await traces(kept)
    for kind in (made, ours):
        problem = await admin.refused(OPEN_JOURNAL, input={"objectId": place, "typeId": kind["id"]})
        assert (problem["code"], problem["field"]) == ("INVALID", "typeId")
    assert (await admin.refused(PUBLISH_TYPE, input={"typeId": made["id"]}))["code"] == "FORBIDDEN"
    assert await traces(kept) == before
    assert (await people.owner.do(PUBLISH_TYPE, input={"typeId": made["id"]}))["draft"] is False
    assert (await admin.do(PUBLISH_TYPE, input={"typeId": ours["id"]}))["draft"] is False
    for kind in (made, ours):
        assert (await admin.do(OPEN_JOURNAL, input={"objectId": place, "typeId": kind["id"]}))["volume"] == 1
    before = await traces(kept)
    await people.owner.do(PUBLISH_TYPE, input={"typeId": made["id"]})
    assert await traces(kept) == before, "again changes nothing"


async def test_a_new_edition_never_touches_old_entries(people: People, kept: Database, tmp_path: Path) -> None:
    admin, employee = people.operator_admin, people.operator_employee
    made = await people.owner.do(CREATE_TYPE, input={"code": "EDITIONS", **content()})
    place = (await warehouse(admin))["id"]
    journal = (await admin.do(OPEN_JOURNAL, input={"objectId": place, "typeId": made["id"]}))["id"]
    old = await employee.do(CREATE_ENTRY, input={"journalId": journal, "values": {"note": "По-прежнему"}})
    payloads = "select id, payload, digest, type_version_id from revisions order by id"
    revisions = await kept.fetch(payloads)
    color = {
        "key": "color",
        "label": {"ru": "Окраска", "en": "Colouring"},
        "required": True,
        "schema": {"type": "string", "enum": ["RED"]},
        "choices": {"RED": {"ru": "Багряный", "en": "Crimson"}},
    }
    note = {**NOTE, "label": {"ru": "Примечание", "en": "Remark"}}
    revised = await people.owner.do(
        REVISE_TYPE, input=revising(made, columns=[color, note], nameRu="Журнал цвета", nameEn="Colour log")
    )
    assert revised["version"]["number"] == 2
    assert await kept.fetch(payloads) == revisions
    before = await traces(kept)
    problem = await people.owner.refused(REVISE_TYPE, input=revising(made))
    assert (problem["code"], problem["field"]) == ("CONFLICT", "expectedVersion")
    assert problem["details"] == {"version": 2}
    same = revising(revised, columns=[color, note], nameRu="Журнал цвета", nameEn="Colour log")
    assert (await people.owner.refused(REVISE_TYPE, input=same))["code"] == "INVALID"
    problem = await employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": {"note": "По-старому"}})
    assert (problem["code"], problem["field"]) == ("INVALID", "values.color")
    assert await traces(kept) == before
    new = await employee.do(CREATE_ENTRY, input={"journalId": journal, "values": {"note": "Новое", "color": "RED"}})
    for entry, number, keys in ((old, 1, ["note"]), (new, 2, ["color", "note"])):
        version = (await employee.ask(READ, id=entry["id"]))["entry"]["revision"]["typeVersion"]
        assert (version["number"], [column["key"] for column in version["columns"]]) == (number, keys)
    await sign(employee, old)
    assert (await sign(people.subscriber_employee, old))["entry"]["status"] == "SIGNED"
    printed = await text_of((await employee.http.get(f"/print/journals/{journal}.pdf")).content, tmp_path)
    for words in ("По-прежнему", "Заметка", "Новое", "Багряный", "Примечание"):
        assert words in printed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"columns": []}, "columns"),
        ({"columns": "note"}, "columns"),
        ({"columns": ["note"]}, "columns.0"),
        ({"columns": [NOTE, NOTE]}, "columns"),
        ({"columns": [NOTE, {**NOTE, "key": "Вторая"}]}, "columns.1.key"),
        ({"columns": [{**NOTE, "label": {"ru": "Заметка"}}]}, "columns.0.label.en"),
        ({"columns": [{**NOTE, "schema": {"type": "string", "maxLength": "много"}}]}, "columns.0.schema.maxLength"),
        ({"columns": [{**NOTE, "schema": {"type": "object"}}]}, "columns.0.schema.type"),
        ({"columns": [{**NOTE, "schema": {"$ref": "https://evil.test"}}]}, "columns.0.schema.type"),
        ({"columns": [{**NOTE, "list": "NO_SUCH"}]}, "columns.0.list"),
        ({"columns": [{**NOTE, "secret": 1}]}, "columns.0.secret"),
        ({"signaturePolicy": [slot("OPERATOR")]}, "signaturePolicy"),
        ({"signaturePolicy": [slot("NOBODY"), slot("SUBSCRIBER", group=2)]}, "signaturePolicy.0.side"),
        ({"signaturePolicy": [slot("OPERATOR"), slot("SUBSCRIBER", group=2, order=-1)]}, "signaturePolicy.1.order"),
        ({"retentionYears": 0}, "retentionYears"),
        ({"recordWithinHours": -1}, "recordWithinHours"),
        ({"volumeEntries": 0}, "volumeEntries"),
        ({"nameEn": " "}, "nameEn"),
        ({"regulation": ""}, "regulation"),
        ({"code": "lower"}, "code"),
        ({"code": "SPZ_MAIN"}, "code"),
    ],
)
async def test_what_a_type_does_not_take_is_named_by_its_path(
    people: People, kept: Database, changes: dict[str, Any], field: str
) -> None:
    before = await traces(kept)
    problem = await people.owner.refused(CREATE_TYPE, input={"code": "WRONG_LOG", **content(), **changes})
    assert problem["code"] == "INVALID"
    assert problem["field"] == field or (problem["field"] or "").startswith(f"{field}.")
    assert await traces(kept) == before


async def test_choices_of_a_list_are_written_out_when_a_type_is_made(people: People, kept: Database) -> None:
    save = {"code": "COLORS", "nameRu": "Цвета", "nameEn": "Colours", "items": COLORS}
    made = await people.owner.do(SAVE_LIST, input=save)
    assert made["items"] == COLORS
    column = {**NOTE, "key": "color", "list": "COLORS", "schema": {"type": "string"}}
    kind = await people.owner.do(CREATE_TYPE, input={"code": "LISTED", **content(columns=[column])})
    written = kind["version"]["columns"][0]
    assert written["schema"]["enum"] == ["RED", "BLUE"]
    more = [*COLORS, {"key": "GREEN", "ru": "Зелёный", "en": "Green"}]
    await people.owner.do(SAVE_LIST, input={**save, "items": more})
    read = "query ($id: ID!) { node(id: $id) { ... on JournalType { version { number columns } } } }"
    assert (await people.owner.ask(read, id=kind["id"]))["node"]["version"] == {"number": 1, "columns": [written]}
    before = await traces(kept)
    for items, field in (
        ([{"key": "red", "ru": "К", "en": "R"}], "items.0.key"),
        ([COLORS[0], COLORS[0]], "items"),
        ([{"key": "RED", "ru": "К"}], "items.0.en"),
        ({}, "items"),
    ):
        problem = await people.owner.refused(SAVE_LIST, input={**save, "items": items})
        assert problem["code"] == "INVALID"
        assert (problem["field"] or "").startswith(field)
    assert await traces(kept) == before
