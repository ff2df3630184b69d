"""Objects from a sheet: staged and judged as if each were created, made once, by those who may."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from client import Client
from conftest import Database
from sheets import HEADING, row, text, workbook
from world import People, other_company, warehouse

from jobs.timetable import TIMETABLE
from models.enums import ImportStatus
from resolvers.context import SESSION_COOKIE
from rules import clock, identity, object_import
from rules.actor import Actor
from rules.identifiers import decode
from rules.refusals import Code, Refusal

XLSX = "objects.xlsx"
COUNTS = "select count(*) from objects"
BY_STATUS = "select status, count(*) from object_import_rows group by 1"


async def send(client: Client, content: bytes, name: str = XLSX, contract: str | None = None) -> Any:
    """The answer to a form with a sheet."""
    contract = contract or (await warehouse(client))["contract"]["id"]
    return await client.http.post("/imports/objects", data={"contract": contract}, files={"file": (name, content)})


async def staged(client: Client, content: bytes, name: str = XLSX) -> dict[str, Any]:
    """What was staged."""
    answer = await send(client, content, name)
    assert answer.status_code == 201, answer.text
    described: dict[str, Any] = answer.json()
    return described


async def report(client: Client, described: dict[str, Any]) -> list[list[str]]:
    """The lines below the head of the report."""
    answer = await client.http.get(described["report"])
    assert answer.status_code == 200
    return [line.split(";") for line in answer.text.split("\r\n")[1:-1]]


async def actor(client: Client) -> Actor:
    """Who the client is, for rules."""
    found = await identity.actor_of_token(client.token or "", clock.now())
    assert found
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_a_text_is_read_however_it_was_saved(client: Client, encoding: str, delimiter: str) -> None:
    admin = (await People.of(client)).operator_admin
    rows = [[cell.replace(",", " ") for cell in row(number)] for number in (1, 2)]
    content = text(rows, delimiter).replace("№", "N").encode(encoding)
    assert (await staged(admin, content, "o.csv"))["faulty"] == 0


async def test_each_row_is_judged_and_nothing_is_made_before_it_is_applied(client: Client, database: Database) -> None:
    admin = (await People.of(client)).operator_admin
    before = await database.value(COUNTS)
    sheet = workbook(
        [
            row(1),
            row(2, Название="", **{"Часовой пояс": "Тверь"}),
            row(3, Телефон="звоните"),
            row(1, Название="Другое"),
            row(5, **{"Внешний код": "Т-9"}, Название="Школа № 1", Адрес="Г. ТВЕРЬ, ул. Советская,  д. 1"),
            row(6, Системы="ЛИФТ: пассажирский"),
        ]
    )
    described = await staged(admin, sheet)
    assert (described["total"], described["faulty"]) == (6, 5)
    lines = await report(admin, described)
    assert [(line[0], line[2]) for line in lines] == [
        ("2", ""),
        ("3", "Название"),
        ("3", "Часовой пояс"),
        ("4", "Телефон"),
        ("5", "Внешний код"),
        ("6", "Название"),
        ("7", "Системы"),
    ]
    assert [line[3] for line in lines if line[0] in "56"] == ["То же, что в строке 2."] * 2
    assert await database.value(COUNTS) == before
    english = (await admin.http.get(described["report"] + "?lang=en")).text.split("\r\n")
    assert english[0].endswith("Row;Status;Column;Problem")
    done = await object_import.apply(await actor(admin), decode(described["id"], "ObjectImport", "id"))
    assert (done.status, done.applied, done.faulty) == (ImportStatus.DONE, 1, 5)
    (made,) = await database.fetch("select * from objects where external_id = 'Т-00001'")
    assert made["name"] == "Школа № 1"
    told = await database.fetch("select kind from events where object_id = $1 order by position", made["id"])
    assert [each["kind"] for each in told] == ["OBJECT_CREATED", "SYSTEM_ADDED"]


async def test_what_is_there_already_is_not_made_again(client: Client, database: Database) -> None:
    admin = (await People.of(client)).operator_admin
    sheet = workbook([row(number) for number in range(1, 6)])
    first, second = await staged(admin, sheet), await staged(admin, sheet)
    who = await actor(admin)
    for described in (first, first, second):
        await object_import.apply(who, decode(described["id"], "ObjectImport", "id"))
    assert await database.value(COUNTS + " where external_id like 'Т-%'") == 5
    assert dict(await database.fetch(BY_STATUS)) == {"APPLIED": 5, "FAULTY": 5}
    assert (await staged(admin, sheet))["faulty"] == 5


async def test_the_worker_makes_what_was_asked_for_and_stops_for_who_was_dismissed(
    client: Client, database: Database
) -> None:
    admin = (await People.of(client)).operator_admin
    who, described = await actor(admin), await staged(admin, workbook([row(1), row(2)]))
    import_id = decode(described["id"], "ObjectImport", "id")
    await object_import.request_application(who, import_id)
    (job,) = await database.fetch(
        "select args from procrastinate.procrastinate_jobs where task_name = $1", object_import.TASK
    )
    (task,) = [task for task in TIMETABLE if task.name == object_import.TASK]
    arguments = json.loads(job["args"])
    await database.fetch("update users set active = false where id = $1", who.user_id)
    assert await task.rule(clock.now(), **arguments) == 0
    with pytest.raises(Refusal) as stopped:
        await object_import.apply(who, import_id)
    assert stopped.value.code is Code.FORBIDDEN
    assert dict(await database.fetch(BY_STATUS)) == {"READY": 2}
    await database.fetch("update users set active = true where id = $1", who.user_id)
    assert [await task.rule(clock.now(), **arguments) for _ in range(2)] == [2, 0]


async def test_only_who_may_create_objects_brings_them_in(client: Client, database: Database) -> None:
    people = await People.of(client)
    content = workbook([row(1)])
    contract = (await warehouse(people.owner))["contract"]["id"]
    stranger = (await other_company(people, client)).admin
    described = await staged(people.operator_admin, content)
    for who, status in (
        (client, 401),
        (people.subscriber_admin, 403),
        (people.operator_employee, 403),
        (stranger, 404),
        (people.owner, 201),
    ):
        assert (await send(who, content, contract=contract)).status_code == status
    for who, status in ((client, 401), (people.subscriber_admin, 404), (stranger, 404), (people.owner, 200)):
        assert (await who.http.get(described["report"])).status_code == status
    assert await database.value("select count(*) from object_imports") == 2


async def test_a_form_of_another_site_is_nobodys(client: Client, database: Database) -> None:
    admin = (await People.of(client)).operator_admin
    contract, statuses = (await warehouse(admin))["contract"]["id"], []
    for origin in ("https://evil.example", client.address):
        answer = await client.http.post(
            "/imports/objects",
            data={"contract": contract},
            files={"file": (XLSX, workbook([row(1)]))},
            headers={"cookie": f"{SESSION_COOKIE}={admin.token}", "origin": origin},
        )
        statuses.append(answer.status_code)
    assert statuses == [401, 201]
    assert await database.value("select count(*) from object_imports") == 1


def bomb(part: str, content: bytes) -> bytes:
    """A workbook with a part of it replaced."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([row(1)]))) as good,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            bad.writestr(name, content if name == part else good.read(name))
    return written.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>&b;</sheetData></worksheet>'
)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 not an archive",
        b"\x98\xff\x98",
        "Название;Адрес\r\nбез;пояса".encode(),
        text([row(1)], heading=(*HEADING[:-1], "Цвет")).encode(),
        text([row(1)], heading=(*HEADING[:-1], "Name")).encode(),
        bomb("xl/worksheets/sheet1.xml", LAUGHS),
        bomb("xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * (65 << 20)),
        bomb("xl/workbook.xml", b"<workbook"),
        b"x" * (10 * 1024 * 1024 + 1),
    ],
    ids=["empty", "archive", "octets", "missing", "unknown", "twice", "laughs", "bomb", "damaged", "large"],
)
async def test_what_is_no_sheet_is_refused_and_leaves_nothing(
    client: Client, database: Database, content: bytes
) -> None:
    admin = (await People.of(client)).operator_admin
    answer = await send(admin, content)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID")
    assert await database.value("select count(*) from object_imports") == 0


async def test_the_template_is_a_sheet_that_can_be_sent_back(client: Client) -> None:
    admin = (await People.of(client)).operator_admin
    answer = await admin.http.get("/imports/objects/template.xlsx")
    assert (await staged(admin, answer.content))["total"] == 0
