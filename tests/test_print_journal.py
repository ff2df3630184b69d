"""A journal on paper, through HTTP and the real engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

from client import Client
from conftest import Database

from app import demo
from rules.identifiers import encode

JOURNALS = """
select j.id, count(e.id) as entries from journals j left join entries e on e.journal_id = j.id
join objects o on o.id = j.object_id where o.name like $1 group by j.id order by entries desc
"""
UNKNOWN = UUID(int=7)
PRINTS = "select * from events where kind = 'JOURNAL_PRINTED'"


async def address(database: Database, object_name: str = "Складской%") -> str:
    """Where the fullest journal of an object is printed."""
    return f"/print/journals/{encode('Journal', (await database.fetch(JOURNALS, object_name))[0]['id'])}.pdf"


async def text_of(pdf: bytes, folder: Path) -> str:
    """What the sheets say, with white space made even."""
    (folder / "journal.pdf").write_bytes(pdf)
    process = await asyncio.create_subprocess_exec(
        "pdftotext", "journal.pdf", "-", cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return " ".join(output.decode().split())


async def test_the_volume_is_printed_with_its_signatures(client: Client, database: Database, tmp_path: Path) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    answer = await admin.http.get(await address(database))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    disposition = answer.headers["content-disposition"]
    assert 'filename="journal-volume-1.pdf"' in disposition
    assert (
        "Журнал эксплуатации систем противопожарной защиты, том 1, Складской комплекс «Север», корпус 1.pdf"
        in unquote(disposition)
    )
    text = await text_of(answer.content, tmp_path)
    for said in (
        "Складской комплекс «Север», корпус 1",
        "АО «Северный парк»",
        "ООО «Пожсервис»",
        "№ ТО-2026/14",
        "Техническое обслуживание",  # the label of MAINTENANCE
        "Исправна",
        "УНЭП",
        "Ёлкин Иван Петрович",
        "Работа не предъявлена",
    ):
        assert said in text, said
    assert "MAINTENANCE" not in text
    codes = await database.fetch(
        "select s.code from signatures s join entries e on e.id = s.entry_id join journals j on j.id = e.journal_id"
        " join objects o on o.id = j.object_id where o.name like 'Складской%' and e.client_id <> 'demo-maintenance'"
    )
    assert len(codes) >= 6
    for row in codes:
        assert row["code"] in text


async def test_a_print_is_an_event_of_the_history(client: Client, database: Database) -> None:
    employee = await client.signed_in(demo.SUBSCRIBER_EMPLOYEE)
    assert (await employee.http.get(f"{await address(database)}?lang=en")).status_code == 200
    (event,) = await database.fetch(PRINTS)
    (journal, *_) = await database.fetch(JOURNALS, "Складской%")
    assert event["journal_id"] == journal["id"]
    assert event["operator_id"] is not None
    assert event["subscriber_id"] is not None
    assert event["actor_user_id"] == await database.value(
        "select id from users where email = $1", demo.SUBSCRIBER_EMPLOYEE
    )


async def test_nobody_prints_what_they_do_not_see(client: Client, database: Database) -> None:
    path = await address(database)
    newcomer = await client.signed_in(demo.NEWCOMER)  # of the same operator, assigned to nothing
    answers = [
        await newcomer.http.get(place)
        for place in (
            path,
            f"/print/journals/{encode('Journal', UNKNOWN)}.pdf",
            f"/print/journals/{encode('Entry', UNKNOWN)}.pdf",
            "/print/journals/nonsense.pdf",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    names = [sorted(set(answer.headers) - {"date"}) for answer in answers]
    assert names == [names[0]] * 4
    anonymous = await client.http.get(path)
    assert anonymous.status_code == 401
    assert anonymous.json()["code"] == "UNAUTHENTICATED"
    assert anonymous.headers["www-authenticate"] == "Bearer"
    head = await (await client.signed_in(demo.OPERATOR_ADMIN)).http.head(path)
    assert head.status_code == 405
    assert await database.fetch(PRINTS) == []


async def test_the_cookie_of_a_browser_is_taken(client: Client, database: Database) -> None:
    token = (await client.signed_in(demo.OPERATOR_ADMIN)).token
    assert token
    answer = await client.http.get(await address(database), headers={"cookie": f"session={token}"})
    assert answer.content.startswith(b"%PDF-")
