"""Bringing objects in as operators do it: by the script from a shell, beside the product that is being served; and as
clients do it: staged by HTTP, applied by the worker."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import uvicorn
from client import Client
from conftest import Database, Server, Template
from object_deeds import deed, seen
from sheets import row, text, workbook
from world import CREATE_USER, People, other_company, person, warehouse

from app import demo
from app.assembly import build
from app.settings import Settings

ROOT = Path(__file__).parent.parent
SECONDS = 60
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
MADE = "select count(*) from objects where external_id like 'Т-%'"
TRACES = """
select (select count(*) from objects), (select count(*) from systems), (select count(*) from events),
       (select string_agg(i.status::text || i.applied, ',' order by i.id) from object_imports i where i.applied > 0)
"""
APPLY = deed("applyObjectImport", "ObjectImport", "id status total faulty applied")
PROGRESS = """
query ($id: ID!) {
  node(id: $id) { ... on ObjectImport {
    fileName status total faulty applied finishedAt contract { id }
    faultyRows: rows(first: 10, status: FAULTY) {
      totalCount edges { node { number status given problems { field message } object { id } } }
    }
    made: rows(first: 1, status: APPLIED) { totalCount edges { node { number object { name systems { kind name } } } } }
    waiting: rows(first: 1, status: READY) { totalCount }
  } }
}
"""


@pytest.fixture
def environ(settings: Settings, database: Database) -> dict[str, str]:
    """What a shell has where the installation is served from."""
    return {
        "DATABASE_URL": database.web_url,
        "MIGRATION_DATABASE_URL": database.owner_url,
        "DATA_FOLDER": str(settings.data_folder),
        "AUTHORITY_FOLDER": str(settings.authority_folder),
        "AUTHORITY_PASSPHRASE": settings.authority_passphrase.decode(),
        "SERVER_SECRET": settings.server_secret.decode(),
        "PUBLIC_URL": settings.public_url,
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
    }


async def begun(environ: dict[str, str], *arguments: str, stderr: int = asyncio.subprocess.PIPE) -> Any:
    """The script, begun in a shell of its own."""
    return await asyncio.create_subprocess_exec(
        *("/bin/sh", "-c", 'exec ./scripts/import_objects "$@"', "import_objects", *arguments),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=stderr,
        start_new_session=True,
    )


async def run(environ: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """The script's exit code, and what it said on either stream."""
    process = await begun(environ, *arguments)
    said, told = await asyncio.wait_for(process.communicate(), SECONDS)
    return process.returncode, said.decode(), told.decode()


async def on_a_terminal(environ: dict[str, str], *arguments: str) -> str:
    """What the script draws on standard error where that is a terminal."""
    ours, theirs = os.openpty()
    process = await begun({**environ, "TERM": "xterm", "COLUMNS": "100"}, *arguments, stderr=theirs)
    os.close(theirs)
    drawn = bytearray()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def read() -> None:
        try:
            drawn.extend(os.read(ours, 65536))
        except OSError:  # the other end is closed
            loop.remove_reader(ours)
            ended.set()

    loop.add_reader(ours, read)
    await asyncio.wait_for(asyncio.gather(process.communicate(), ended.wait()), SECONDS)
    os.close(ours)
    assert process.returncode == 0
    return drawn.decode(errors="replace")


def kept(folder: Path, content: bytes | str, name: str = "objects.xlsx") -> str:
    """A sheet in a file."""
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


async def demo_contract(client: Client) -> tuple[str, str]:
    """The demo's contract: its public id and its number."""
    admin = (await People.of(client)).operator_admin
    contract = (await warehouse(admin))["contract"]["id"]
    found = await admin.ask("query ($id: ID!) { node(id: $id) { ... on Contract { number } } }", id=contract)
    return contract, found["node"]["number"]


def asked(contract: str, *more: str, email: str = demo.OPERATOR_ADMIN) -> Sequence[str]:
    """The options that every run needs."""
    return ("--contract", contract, "--as", email, *more)


async def test_a_sheet_is_judged_and_then_brought_in(
    client: Client, database: Database, environ: dict[str, str], tmp_path: Path
) -> None:
    _, number = await demo_contract(client)
    bad = row(3, **{"Часовой пояс": "Тверь"}, Название="")
    sheet, report = kept(tmp_path, workbook([row(1), row(2), bad])), tmp_path / "report.csv"
    before = (await database.fetch(TRACES))[0]
    code, said, told = await run(environ, sheet, *asked(number, "--dry-run", "--report", str(report)))
    assert (code, said.partition(". Import ")[0]) == (1, "Rows: 3, at fault: 1, applied: 0")
    assert "Judging" in told
    assert "Making" not in told
    assert (await database.fetch(TRACES))[0] == before, "a dry run makes nothing"
    lines = report.read_text("utf-8-sig").splitlines()
    assert lines[0] == "Row;Status;Column;Problem"
    assert [line.split(";")[:3] for line in lines[1:]] == [
        ["2", "ready", ""],
        ["3", "ready", ""],
        ["4", "at fault", "Name"],
        ["4", "at fault", "Time zone"],
    ]
    assert all(line.split(";")[3] for line in lines[3:])

    russian = {**environ, "LANG": "ru_RU.UTF-8"}
    code, said, told = await run(russian, sheet, *asked(number, "--report", str(report)))
    assert (code, said.partition(". Импорт ")[0]) == (1, "Строк: 3, с ошибкой: 1, перенесено: 2")
    assert "Проверка" in told
    assert "Перенос" in told
    lines = report.read_text("utf-8-sig").splitlines()
    assert lines[0] == "Строка;Состояние;Столбец;Замечание"
    assert [line.split(";")[1] for line in lines[1:]] == ["перенесена", "перенесена", "с ошибкой", "с ошибкой"]
    assert await database.value(MADE) == 2
    actors = await database.fetch(
        "select distinct u.email from events e join users u on u.id = e.actor_user_id"
        " join objects o on o.id = e.object_id where o.external_id like 'Т-%'"
    )
    assert [each["email"] for each in actors] == [demo.OPERATOR_ADMIN]
    admin = (await People.of(client)).operator_admin
    answer = await admin.ask('{ objects(first: 5, filter: {externalId: "Т-00001"}) { edges { node { name } } } }')
    assert answer["objects"]["edges"] == [{"node": {"name": "Школа № 1"}}], "whoever is served sees it"


async def test_the_bars_run_on_a_terminal(
    client: Client, database: Database, environ: dict[str, str], tmp_path: Path
) -> None:
    contract, _ = await demo_contract(client)
    sheet = kept(tmp_path, text([row(number) for number in range(450)]), "objects.csv")
    drawn = await on_a_terminal(environ, sheet, *asked(contract))
    assert "Making" in drawn
    seen_counts = [count for count in ("200/450", "400/450", "450/450") if count in drawn.replace(" ", "")]
    assert "450/450" in seen_counts
    assert "\x1b[" in drawn, "the bar is drawn over itself"
    assert await database.value(MADE) == 450


async def test_what_cannot_be_brought_in_at_all_is_said_in_one_line(
    client: Client, database: Database, environ: dict[str, str], tmp_path: Path
) -> None:
    people = await People.of(client)
    stranger = await other_company(people, client)
    assert stranger
    contract, number = await demo_contract(client)
    good = kept(tmp_path, workbook([row(1)]))
    headless = kept(tmp_path, "Название;Адрес\r\nбез;пояса", "headless.csv")
    before, imports = (await database.fetch(TRACES))[0], "select count(*) from object_imports"
    refused = {
        "There are 0 contracts with number нет такого; give the identifier.": (good, *asked("нет такого")),
        "(contractId)": (good, *asked(contract, email="admin@other.test")),
        "You have no right to do this.": (good, *asked(contract, email=demo.OPERATOR_EMPLOYEE)),
        "There is no such account: nobody@demo.test.": (good, *asked(contract, email="nobody@demo.test")),
        "(file)": (headless, *asked(number)),
        "--as is needed.": (good, "--contract", number),
    }
    for (expected, _), (code, said, told) in zip(
        refused.items(), await asyncio.gather(*[run(environ, *each) for each in refused.values()]), strict=True
    ):
        assert (code, said) == (2, ""), (expected, told)
        assert told.splitlines()[-1].endswith(expected)
        assert "Traceback" not in told
    assert (await database.fetch(TRACES))[0] == before
    assert await database.value(imports) == 0


async def test_an_import_that_was_killed_is_finished_by_the_same_command(
    client: Client, database: Database, environ: dict[str, str], tmp_path: Path
) -> None:
    total = 1000
    _, number = await demo_contract(client)
    sheet, report = kept(tmp_path, workbook([row(each) for each in range(total)])), tmp_path / "report.csv"
    process = await begun(environ, sheet, *asked(number))
    async with asyncio.timeout(SECONDS):
        while process.returncode is None and not await database.value(MADE):
            pass
    os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
    there = int(str(await database.value(MADE)))
    assert 0 < there < total
    (left,) = await database.fetch("select status, applied from object_imports")
    assert (left["status"], left["applied"]) == ("APPLYING", there)
    assert await database.value("select count(*) from object_import_rows where status = 'APPLIED'") == there
    told = (
        "select count(*) from events e join objects o on o.id = e.object_id"
        " where e.kind = 'OBJECT_CREATED' and o.external_id like 'Т-%'"
    )
    assert await database.value(told) == there, "nothing half written"

    code, said, _ = await run(environ, sheet, *asked(number, "--report", str(report)))
    assert code == 1, "what was there already is told of"
    assert said.startswith(f"Rows: {total}, at fault: {there}, applied: {total - there}.")
    assert await database.value(MADE) == total
    assert await database.value(told) == total
    lines = {int(line.split(";")[0]): line.split(";")[1] for line in report.read_text("utf-8-sig").splitlines()[1:]}
    assert (len(lines), sum(status == "at fault" for status in lines.values())) == (total, there)


async def test_the_worker_applies_what_was_staged_by_http(
    settings: Settings, database: Database, template: Template
) -> None:
    configuration = uvicorn.Config(
        build(replace(settings, jobs=True)), lifespan="on", log_config=None, timeout_graceful_shutdown=2
    )
    rows = [row(number) for number in range(450)]
    rows[7] = row(7, **{"Часовой пояс": "Тверь"}, Системы="ЛИФТ: пассажирский")
    async with (
        Server(configuration).running() as address,
        Client(address, sessions=dict(template.tokens)) as client,
    ):
        people = await People.of(client)
        admin = people.operator_admin
        contract = (await warehouse(admin))["contract"]["id"]
        sent = await admin.http.post(
            "/imports/objects", data={"contract": contract}, files={"file": ("школы.xlsx", workbook(rows))}
        )
        assert sent.status_code == 201
        id = sent.json()["id"]
        staged = (await admin.ask(PROGRESS, id=id))["node"]
        assert [staged[name] for name in ("fileName", "status", "total", "faulty", "applied", "finishedAt")] == [
            *("школы.xlsx", "STAGED", 450, 1, 0, None)
        ]
        assert (staged["contract"]["id"], staged["waiting"]["totalCount"]) == (contract, 449)
        before = (await database.fetch(TRACES))[0]
        stranger = (await other_company(people, client)).admin
        assert (await stranger.refused(APPLY, input={"importId": id}))["code"] == "NOT_FOUND"
        for nobody in (people.operator_employee, people.subscriber_admin):
            assert (await nobody.refused(APPLY, input={"importId": id}))["code"] == "FORBIDDEN"
            assert await seen(nobody, id) == [False]
        assert await seen(stranger, id) == [False]
        assert (await database.fetch(TRACES))[0][0] == before[0] + 1, "only the stranger's own object has come"
        assert (await admin.do(APPLY, input={"importId": id}))["status"] in ("APPLYING", "DONE")
        await admin.do(APPLY, input={"importId": id})  # asked for twice, made once
        async with asyncio.timeout(SECONDS):
            while (done := (await admin.ask(PROGRESS, id=id))["node"])["status"] != "DONE":
                assert done["applied"] % 200 == 0, "batches are made whole"
        assert (done["applied"], done["faulty"], done["waiting"]["totalCount"]) == (449, 1, 0)
        assert done["finishedAt"]
        (made,) = done["made"]["edges"]
        assert made["node"] == {
            "number": 2,
            "object": {"name": "Школа № 0", "systems": [{"kind": "FIRE_ALARM", "name": "АПС"}]},
        }
        (bad,) = done["faultyRows"]["edges"]
        assert (bad["node"]["number"], bad["node"]["object"]) == (9, None)
        assert bad["node"]["given"]["time_zone"] == "Тверь"
        fields = [problem["field"] for problem in bad["node"]["problems"]]
        assert fields == ["timeZone", "systems"]
        russian = [problem["message"] for problem in bad["node"]["problems"]]
        operator = (await warehouse(admin))["operator"]["id"]
        account = {**person(operator, "OPERATOR_ADMIN", "english@demo.test"), "language": "EN"}
        await people.owner.do(CREATE_USER, input=account)
        english = await client.signed_in("english@demo.test", account["password"])
        said = (await english.ask(PROGRESS, id=id))["node"]["faultyRows"]["edges"][0]["node"]["problems"]
        assert [problem["field"] for problem in said] == fields
        assert [bool(CYRILLIC.search(message)) for message in russian] == [True, True]
        assert [bool(CYRILLIC.search(problem["message"])) for problem in said] == [False, False]
        assert await database.value(MADE) == 449
        kinds = await database.fetch("select changes from events where kind = 'OBJECTS_IMPORTED'")
        assert [json.loads(each["changes"]) for each in kinds] == [{"file": "школы.xlsx", "applied": 449, "faulty": 1}]
        report = await admin.http.get(f"/imports/{id}/report.csv?lang=en")
        assert sum("applied" in line for line in report.text.splitlines()) == 449
        template_sheet = await admin.http.get("/imports/objects/template.xlsx")
        guide = openpyxl.load_workbook(io.BytesIO(template_sheet.content)).worksheets[1]
        words = [str(each[2].value) for each in guide.iter_rows() if each[2].value]
        assert any("FIRE_ALARM" in word for word in words)
