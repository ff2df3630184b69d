"""Laws 1 and 2 of volumes: one active a type and object, succession in one transaction, an archive that stays shut."""

from __future__ import annotations

import asyncio
import hashlib
import json

import asyncpg
import pytest
from client import Client
from conftest import Database
from world import (
    ARCHIVE_JOURNAL,
    CREATE_ENTRY,
    OPEN_JOURNAL,
    REVISE_ENTRY,
    VALUES,
    People,
    main_journal,
    read_entry,
    record,
    revising,
    sign,
    types,
    warehouse,
)

ACTIVE = "select count(*) from journals where status = 'ACTIVE' group by object_id, type_id order by 1 desc limit 1"


async def test_opening_archives_the_former_and_cites_it(client: Client, database: Database) -> None:
    people = await People.of(client)
    site, kinds = await warehouse(people.operator_admin), await types(people.operator_admin)
    former = await main_journal(people.operator_admin)
    opened = await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kinds["SPZ_MAIN"]})
    assert opened["status"] == "ACTIVE"
    assert opened["volume"] == 2
    assert opened["previous"]["id"] == former
    assert opened["previous"]["status"] == "ARCHIVED"
    assert opened["previousDigest"] == opened["previous"]["closing"]["digest"]
    rows = await database.fetch(
        "select c.payload, c.digest, c.entry_count, c.incomplete_count from closing_records c"
        " join journals j on j.id = c.journal_id join journal_types t on t.id = j.type_id"
        " where t.code = 'SPZ_MAIN' and j.volume = 1"
    )
    payload = json.loads(rows[0]["payload"])
    assert hashlib.sha256(rows[0]["payload"]).hexdigest() == rows[0]["digest"]
    assert payload["entryCount"] == rows[0]["entry_count"] == len(payload["entries"]) == 5
    assert rows[0]["incomplete_count"] == 2
    together = await database.value(
        "select count(distinct e.transaction_id) from events e where e.kind in ('JOURNAL_OPENED', 'JOURNAL_ARCHIVED')"
        " and e.transaction_id = (select max(transaction_id) from events where kind = 'JOURNAL_OPENED')"
    )
    assert together == 1
    assert await database.value("select count(*) from events where kind = 'JOURNAL_ARCHIVED'") == 2


async def test_openings_at_once_leave_one_active_volume(client: Client, database: Database) -> None:
    people = await People.of(client)
    site, kinds = await warehouse(people.operator_admin), await types(people.operator_admin)
    wanted = {"objectId": site["id"], "typeId": kinds["PCO_REQ"]}
    answers = await asyncio.gather(*(people.operator_admin.ask(OPEN_JOURNAL, input=wanted) for _ in range(8)))
    opened = [a["openJournal"] for a in answers if a["openJournal"]["__typename"] == "Journal"]
    volumes = await database.fetch(
        "select volume, status, previous_digest from journals j join journal_types t on t.id = j.type_id"
        " join objects o on o.id = j.object_id where t.code = 'PCO_REQ' and o.name_sort like 'склад%' order by volume"
    )
    assert await database.value(ACTIVE) == 1
    assert [row["volume"] for row in volumes] == list(range(1, len(opened) + 1))
    assert [row["status"] for row in volumes] == ["ARCHIVED"] * (len(opened) - 1) + ["ACTIVE"]
    assert all(row["previous_digest"] for row in volumes[1:])


async def test_the_database_itself_refuses_a_second_active_volume(database: Database) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="one_active_journal"):
        await database.fetch(
            "insert into journals (id, object_id, operator_id, subscriber_id, type_id, volume, status, last_number,"
            " opened_at, previous_id, previous_digest)"
            " select gen_random_uuid(), object_id, operator_id, subscriber_id, type_id, volume + 1, 'ACTIVE', 0, now(),"
            " id, 'x' from journals where status = 'ACTIVE' limit 1"
        )
    assert await database.value(ACTIVE) == 1


async def test_an_archived_journal_takes_no_entry_and_no_revision_but_open_slots_may_be_signed(client: Client) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    entry = await record(people.operator_employee, journal)
    closed = await people.operator_admin.do(ARCHIVE_JOURNAL, input={"journalId": journal})
    assert closed["closing"]["incompleteCount"] == 3
    refused = await people.operator_employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": VALUES})
    assert refused["code"] == "JOURNAL_ARCHIVED"
    refused = await people.operator_employee.refused(REVISE_ENTRY, input=revising(entry, location="Этаж 2"))
    assert refused["code"] == "JOURNAL_ARCHIVED"
    assert (await read_entry(people.operator_employee, entry["id"]))["revision"] == entry["revision"]
    await sign(people.operator_employee, entry)
    assert (await sign(people.subscriber_employee, entry))["entry"]["status"] == "SIGNED"
    again = await people.operator_admin.refused(ARCHIVE_JOURNAL, input={"journalId": journal})
    assert again["code"] == "JOURNAL_ARCHIVED"


async def test_numbers_have_no_gap_and_no_repeat_when_many_record_at_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    refused = await people.operator_employee.refused(CREATE_ENTRY, input={"journalId": journal, "values": {}})
    assert (refused["code"], refused["field"]) == ("INVALID", "values.system")
    await asyncio.gather(*(record(people.operator_employee, journal) for _ in range(12)))
    numbers = await database.fetch(
        "select e.number from entries e join journals j on j.id = e.journal_id join journal_types t on t.id = j.type_id"
        " join objects o on o.id = j.object_id where t.code = 'SPZ_MAIN' and o.name_sort like 'склад%' order by 1"
    )
    assert [row["number"] for row in numbers] == list(range(1, 18))


async def test_an_entry_is_recorded_or_the_journal_is_archived_never_half_of_both(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    wanted = {"journalId": journal, "values": VALUES}
    await asyncio.gather(
        *(people.operator_employee.ask(CREATE_ENTRY, input=wanted) for _ in range(6)),
        people.operator_admin.ask(ARCHIVE_JOURNAL, input={"journalId": journal}),
    )
    rows = await database.fetch(
        "select c.entry_count, (select count(*) from entries e where e.journal_id = c.journal_id) as entries,"
        " j.last_number from closing_records c join journals j on j.id = c.journal_id order by c.closed_at desc limit 1"
    )
    assert rows[0]["entry_count"] == rows[0]["entries"] == rows[0]["last_number"]


async def test_a_revision_is_in_the_closing_record_or_not_made(client: Client, database: Database) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    recorded = [await record(people.operator_employee, journal) for _ in range(3)]
    await asyncio.gather(
        *(people.operator_employee.ask(REVISE_ENTRY, input=revising(each, location="Этаж 3")) for each in recorded),
        people.operator_admin.ask(ARCHIVE_JOURNAL, input={"journalId": journal}),
    )
    rows = await database.fetch("select payload from closing_records order by closed_at desc limit 1")
    closed = {entry["number"]: entry["digest"] for entry in json.loads(rows[0]["payload"])["entries"]}
    for each in recorded:
        now = await read_entry(people.operator_employee, each["id"])
        assert closed[now["number"]] == now["revision"]["digest"]
