"""Fifty people record in one journal at the same moment: numbers 1 to N, each request one entry (law 2)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

from client import Client
from conftest import Database
from files import uploaded
from shown import Show
from world import (
    ASSIGN,
    CREATE_ENTRY,
    CREATE_OBJECT,
    CREATE_USER,
    OPEN_JOURNAL,
    VALUES,
    People,
    person,
    types,
    warehouse,
)

PEOPLE = 50
ENTRIES_EACH = 4
PASSWORD = "correct horse"


async def workers(client: Client, people: People, operator_id: str, object_id: str) -> list[Client]:
    """Fifty of the operator's employees, each with an account, an assignment and a session of their own."""
    emails = [f"worker{number}@fifty.test" for number in range(PEOPLE)]
    for email in emails:
        account = await people.owner.do(CREATE_USER, input=person(operator_id, "OPERATOR_EMPLOYEE", email))
        given = {"objectId": object_id, "userId": account["id"], "duty": "PARTICIPANT", "basis": "Приказ № 50"}
        await people.operator_admin.do(ASSIGN, input=given)
    return [await client.signed_in(email, PASSWORD) for email in emails]


async def works(worker: Client, author: int, journal_id: str) -> list[dict[str, Any]]:
    """The inputs of `createEntry` of one person: files are attached, an empty list of them given, or left out."""
    (file,) = await uploaded(worker, (f"{author}.txt", f"notes of {author}".encode()))
    attached: list[dict[str, Any]] = [{"attachmentIds": [file["id"]]}, {"attachmentIds": []}, {}, {}]
    return [
        {
            "journalId": journal_id,
            "clientId": f"work-{number}",
            "values": {**VALUES, "work_done": f"Осмотр {number}, {author}"},
            **attached[number % len(attached)],
        }
        for number in range(ENTRIES_EACH)
    ]


async def test_fifty_people_at_once_leave_no_gap_and_repeat_no_number(
    client: Client, database: Database, shown: Show
) -> None:
    people = await People.of(client)
    house = await warehouse(people.operator_admin)
    place = {"contractId": house["contract"]["id"], "name": "Стадион", "address": "Москва", "timeZone": "Europe/Moscow"}
    site = await people.operator_admin.do(CREATE_OBJECT, input=place)
    kind = (await types(people.operator_admin))["SPZ_MAIN"]
    journal = await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kind})
    everybody = await workers(client, people, house["operator"]["id"], site["id"])
    asked = [
        (author, worker, given)
        for author, worker in enumerate(everybody)
        for given in await works(worker, author, journal["id"])
    ]
    # Every third request is sent twice in the same moment, as by a client that has lost its patience.
    sent = [each for place, each in enumerate(asked) for _ in range(2 if place % 3 == 0 else 1)]
    started = time.monotonic()
    answers = await asyncio.gather(*(worker.do(CREATE_ENTRY, input=given) for _, worker, given in sent))
    seconds = time.monotonic() - started
    # And once more, much later: the answer is the same.
    author, worker, given = asked[0]
    again = await worker.do(CREATE_ENTRY, input=given)
    other = await worker.refused(CREATE_ENTRY, input={**given, "values": {**VALUES, "location": "Крыша"}})
    assert (other["code"], other["field"]) == ("CONFLICT", "clientId")

    wanted = PEOPLE * ENTRIES_EACH
    entries: dict[tuple[int, str], set[tuple[str, int]]] = {}
    for (by, _, input_), answer in zip(sent, answers, strict=True):
        assert answer["revision"]["values"]["work_done"] == input_["values"]["work_done"]
        entries.setdefault((by, input_["clientId"]), set()).add((answer["id"], answer["number"]))
    assert Counter(map(len, entries.values())) == {1: wanted}
    assert {(again["id"], again["number"])} == entries[author, given["clientId"]]
    numbers = [number for found in entries.values() for _, number in found]
    assert sorted(numbers) == [*range(1, wanted + 1)]
    stored = await database.fetch(
        "select e.number, (select count(*) from revision_attachments a where a.entry_id = e.id) as files,"
        " (select count(*) from events v where v.entry_id = e.id and v.kind = 'ENTRY_RECORDED') as told,"
        " j.last_number from entries e join journals j on j.id = e.journal_id join objects o on o.id = j.object_id"
        " where o.name = 'Стадион' order by e.number"
    )
    assert [row["number"] for row in stored] == [*range(1, wanted + 1)]
    assert {(row["told"], row["last_number"]) for row in stored} == {(1, wanted)}
    assert sum(row["files"] for row in stored) == PEOPLE
    shown(
        "fifty people in one journal at once",
        ["people", "requests", "of them repeated", "entries", "numbers", "seconds", "requests a second"],
        [
            [
                str(PEOPLE),
                str(len(sent)),
                str(len(sent) - wanted),
                str(len(stored)),
                f"{min(numbers)}–{max(numbers)}, none missing, none twice",
                f"{seconds:.1f}",
                f"{len(sent) / seconds:.0f}",
            ]
        ],
    )
