"""Comments: beside what is signed, seen by whoever sees the entry, told to those whom it concerns."""

from __future__ import annotations

import asyncio
from typing import Any

from client import Client
from conftest import Database
from entry_deeds import (
    ANNUL_ENTRY,
    COMMENT_ENTRY,
    END_ASSIGNMENT,
    annulling,
    assignment_of,
    colleague,
    news,
    traces,
    visible,
    whole,
)
from world import REVISE_ENTRY, People, main_journal, other_company, record, revising, sign, warehouse

READ = """
query ($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {
  entry(id: $id) { comments(first: $first, last: $last, after: $after, before: $before) {
    totalCount edges { cursor node { id text revisionNumber author { name organization } } }
    pageInfo { hasNextPage hasPreviousPage } } }
}
"""


async def said(client: Client, entry: dict[str, Any], **page: Any) -> dict[str, Any]:
    """A page of what has been said about an entry."""
    answer = await client.ask(READ, id=entry["id"], **(page or {"first": 100}))
    comments: dict[str, Any] = answer["entry"]["comments"]
    return comments


async def comment(client: Client, entry: dict[str, Any], text: str, **given: Any) -> dict[str, Any]:
    """Something said about an entry."""
    made: dict[str, Any] = await client.do(COMMENT_ENTRY, input={"entryId": entry["id"], "text": text, **given})
    return made


async def test_a_comment_touches_neither_the_entry_nor_its_signatures(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    code = (await sign(people.operator_employee, entry))["verificationCode"]
    await sign(people.subscriber_employee, entry)
    before = await whole(people.operator_employee, entry)
    rows = "select id, status, current_revision_id, record_revision_id from entries where id = any($1::uuid[])"
    ids = [row["id"] for row in await database.fetch("select id from entries")]
    kept = await database.fetch(rows, ids)
    made = await comment(people.subscriber_employee, entry, "Приложите паспорт прибора")
    assert (made["text"], made["revisionNumber"], made["entry"]["id"]) == ("Приложите паспорт прибора", 1, entry["id"])
    assert await database.fetch(rows, ids) == kept
    assert await whole(people.operator_employee, entry) == before
    page = visible(await client.http.get(f"/verify/{code}", headers={"accept": "text/html"}))
    assert "Подписанная редакция действует." in page
    assert "Приложите паспорт прибора" not in page
    # Said of the revision that was current then.
    revised = await people.operator_employee.do(REVISE_ENTRY, input=revising(entry, location="Этаж 2"))
    assert (await comment(people.operator_employee, entry, "Приложил"))["revisionNumber"] == 2
    annulment = await people.operator_employee.do(ANNUL_ENTRY, input=annulling(revised))
    assert annulment["revision"]["number"] == 3
    assert (await comment(people.subscriber_admin, entry, "Почему?"))["revisionNumber"] == 3
    told = [
        (edge["node"]["revisionNumber"], edge["node"]["text"]) for edge in (await said(people.owner, entry))["edges"]
    ]
    assert told == [(1, "Приложите паспорт прибора"), (2, "Приложил"), (3, "Почему?")]


async def test_the_author_the_signers_and_who_spoke_are_told(client: Client) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    await sign(people.subscriber_employee, entry)
    everybody = (people.operator_admin, people.operator_employee, people.subscriber_admin, people.subscriber_employee)

    async def told() -> list[int]:
        return [(await news(client, 100)).count("ENTRY_COMMENTED") for client in everybody]

    assert await told() == [0, 0, 0, 0]
    await comment(people.subscriber_admin, entry, "Вопрос")
    assert await told() == [0, 1, 0, 1]
    await comment(people.operator_admin, entry, "Ответ")
    assert await told() == [0, 2, 1, 2]
    await comment(people.operator_employee, entry, "Дополнение")
    assert await told() == [1, 2, 2, 3]


async def test_who_may_speak_and_who_must_not_hear(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    mate = await colleague(people, client, "mate@demo.test", "OPERATOR_EMPLOYEE", certificate=False)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    secret = await comment(people.operator_employee, entry, "Только для своих")
    before = await traces(database)
    wanted = {"entryId": entry["id"], "text": "Я тоже"}
    for stranger, code in (
        (other.admin, "NOT_FOUND"),
        (other.employee, "NOT_FOUND"),
        (mate, "NOT_FOUND"),
        (people.owner, "FORBIDDEN"),
        (client, "UNAUTHENTICATED"),
    ):
        assert (await stranger.refused(COMMENT_ENTRY, input=wanted))["code"] == code
    for text in ("", " \n ", "я" * 4001, "\x00"):
        refused = await people.operator_employee.refused(COMMENT_ENTRY, input={**wanted, "text": text})
        assert (refused["code"], refused["field"]) == ("INVALID", "text")
    assert await traces(database) == before
    node = "query ($id: ID!) { node(id: $id) { id } }"
    for stranger in (other.admin, other.employee, mate):
        assert (await stranger.ask(node, id=secret["id"]))["node"] is None
        heard = await stranger.ask("{ events(last: 50) { edges { node { changes } } } }")
        assert "Только для своих" not in str(heard)
    for reader in (people.operator_admin, people.subscriber_employee, people.owner):
        assert (await reader.ask(node, id=secret["id"]))["node"] == {"id": secret["id"]}


async def test_one_key_of_the_client_is_one_comment(client: Client, database: Database) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    entry, another = [await record(people.operator_employee, journal) for _ in range(2)]
    await asyncio.gather(*(comment(people.operator_employee, entry, "Раз", clientId="phone-1") for _ in range(4)))
    assert (await said(people.operator_employee, entry))["totalCount"] == 1
    assert await database.value("select count(*) from events where kind = 'ENTRY_COMMENTED'") == 1
    before = await traces(database)
    for wanted in ({"entryId": entry["id"], "text": "Два"}, {"entryId": another["id"], "text": "Раз"}):
        refused = await people.operator_employee.refused(COMMENT_ENTRY, input={**wanted, "clientId": "phone-1"})
        assert (refused["code"], refused["field"]) == ("CONFLICT", "clientId")
    assert await traces(database) == before
    await comment(people.subscriber_employee, entry, "Раз", clientId="phone-1")  # another's keys are their own
    assert (await said(people.operator_employee, entry))["totalCount"] == 2


async def test_comments_are_paged_both_ways(client: Client) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    texts = [f"№ {number}" for number in range(5)]
    for text in texts:
        await comment(people.operator_employee, entry, text)

    async def walked(size: str, cursor: str, more: str) -> list[str]:
        found: list[str] = []
        page: dict[str, Any] = {size: 2}
        for _ in range(4):
            got = await said(people.subscriber_employee, entry, **page)
            edges = got["edges"] if size == "first" else got["edges"][::-1]
            found += [edge["node"]["text"] for edge in edges]
            if not got["pageInfo"][more]:
                break
            page = {size: 2, cursor: edges[-1]["cursor"]}
        return found

    assert await walked("first", "after", "hasNextPage") == texts
    assert await walked("last", "before", "hasPreviousPage") == texts[::-1]


async def test_who_has_left_hears_no_more_of_what_is_said(client: Client) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    await sign(people.subscriber_employee, entry)
    duty = await assignment_of(people, people.subscriber_employee, site["id"])
    await people.subscriber_admin.do(END_ASSIGNMENT, input={"assignmentId": duty, "reason": "Перевод"})
    await comment(people.operator_employee, entry, "После ухода")
    heard = await people.subscriber_employee.ask("{ notifications(last: 50) { edges { node { event { changes } } } } }")
    assert "После ухода" not in str(heard)
