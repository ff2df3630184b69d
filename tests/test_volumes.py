"""Volumes succeed each other by themselves: when full, when their period is over, and while entries are being made."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from client import Client
from conftest import Database
from entry_deeds import journal_of, slot, traces
from world import CREATE_ENTRY, REVISE_ENTRY, People, main_journal, record, revising, sign

from rules import journals

BOTH = [slot("OPERATOR"), slot("SUBSCRIBER", group=2)]
VOLUMES = """
query ($id: ID!) { journal(id: $id) { type { id } object { journals {
  id volume status type { id } previousDigest previous { id } openedAt closedAt
  closing { entryCount incompleteCount digest payload person { name } closedAt } } } } }
"""


async def volumes(client: Client, journal: str) -> list[dict[str, Any]]:
    """All volumes of the journal's type on its object, oldest first."""
    read = (await client.ask(VOLUMES, id=journal))["journal"]
    same = [each for each in read["object"]["journals"] if each["type"]["id"] == read["type"]["id"]]
    return sorted(same, key=lambda each: each["volume"])


async def noted(client: Client, journal: str, **given: Any) -> dict[str, Any]:
    """The answer to a new entry."""
    wanted = {"journalId": journal, "values": {"note": "Осмотр"}, **given}
    answer: dict[str, Any] = (await client.ask(CREATE_ENTRY, input=wanted))["createEntry"]
    return answer


async def test_a_full_volume_is_followed_by_the_next(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    journal = await journal_of(people, "T_FULL", BOTH, volumeEntries=3)
    first = await noted(worker, journal)
    await sign(worker, first)
    await sign(people.subscriber_employee, first)
    await noted(worker, journal)
    assert await journals.succeed(datetime.now(UTC)) == 0
    assert len(await volumes(worker, journal)) == 1
    await noted(worker, journal)
    asked = await database.value(
        "select count(*) from procrastinate.procrastinate_jobs where task_name = 'journals.succeed'"
    )
    assert asked == 1  # for the worker, in the transaction of the entry that filled it
    assert await journals.succeed(datetime.now(UTC)) == 1
    former, following = await volumes(worker, journal)
    assert (former["status"], following["status"], following["volume"]) == ("ARCHIVED", "ACTIVE", 2)
    closing = former["closing"]
    assert (closing["entryCount"], closing["incompleteCount"], closing["person"]) == (3, 2, None)
    payload = base64.b64decode(closing["payload"])
    assert hashlib.sha256(payload).hexdigest() == closing["digest"] == following["previousDigest"]
    assert following["previous"]["id"] == former["id"]
    told = json.loads(payload)
    assert (told["entryCount"], told["closedBy"]) == (3, None)
    assert [each["number"] for each in told["entries"]] == [1, 2, 3]
    assert [each["status"] for each in told["entries"]] == ["SIGNED", "AWAITING_SIGNATURES", "AWAITING_SIGNATURES"]
    assert told["entries"][0]["digest"] == first["revision"]["digest"]
    assert await journals.succeed(datetime.now(UTC)) == 0
    # The closed volume sends whoever comes late to the one that is open; there, numbers begin anew.
    before = await traces(database)
    refused = await noted(worker, journal)
    assert (refused["code"], refused["details"]) == ("JOURNAL_ARCHIVED", {"activeJournalId": following["id"]})
    assert await traces(database) == before
    assert (await noted(worker, following["id"]))["number"] == 1


async def test_a_period_is_over_by_the_objects_calendar(client: Client, database: Database) -> None:
    people = await People.of(client)
    journal = await journal_of(people, "T_MONTH", BOTH, volumePeriod="MONTH")
    (volume,) = await volumes(people.operator_admin, journal)
    opened = datetime.fromisoformat(volume["openedAt"]).astimezone(ZoneInfo("Europe/Moscow"))
    following = (opened.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=32)).replace(day=1)
    midnight = following.astimezone(UTC)  # three hours before UTC's own
    assert midnight.hour == 21
    assert await journals.succeed(midnight - timedelta(seconds=1)) == 0
    assert len(await volumes(people.operator_admin, journal)) == 1
    assert await journals.succeed(midnight + timedelta(seconds=1)) == 1
    former, active = await volumes(people.operator_admin, journal)
    assert (former["status"], former["closing"]["entryCount"]) == ("ARCHIVED", 0)
    assert active["previousDigest"] == former["closing"]["digest"]
    assert await journals.succeed(midnight + timedelta(days=20)) == 0
    assert await journals.succeed(midnight + timedelta(days=32)) == 1


async def test_quarters_and_years_are_longer_than_months(client: Client, database: Database) -> None:
    people = await People.of(client)
    quarter = await journal_of(people, "T_QUARTER", BOTH, volumePeriod="QUARTER")
    year = await journal_of(people, "T_YEAR", BOTH, volumePeriod="YEAR")
    moved = "update journals set opened_at = '2026-10-05T09:00:00Z' where id in"
    codes = (
        "(select j.id from journals j join journal_types t on t.id = j.type_id where t.code in ('T_QUARTER', 'T_YEAR'))"
    )
    await database.fetch(f"{moved} {codes}")
    assert await journals.succeed(datetime(2026, 12, 31, 20, 59, 59, tzinfo=UTC)) == 0
    assert await journals.succeed(datetime(2026, 12, 31, 21, 0, 1, tzinfo=UTC)) == 2
    assert await journals.succeed(datetime(2027, 3, 31, 21, 0, 1, tzinfo=UTC)) == 1
    assert [len(await volumes(people.operator_admin, each)) for each in (quarter, year)] == [3, 2]


async def test_entries_made_while_volumes_succeed_leave_no_gap(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    journal = await journal_of(people, "T_RACE", BOTH, volumeEntries=4)

    async def persistent(number: int) -> None:
        """Goes on in the volume that the refusal names, as a client would."""
        place = journal
        for _ in range(12):
            answer = await noted(worker, place, clientId=f"race-{number}-{place}")
            if answer["__typename"] == "Entry":
                return
            assert answer["code"] == "JOURNAL_ARCHIVED", answer
            place = answer["details"]["activeJournalId"]
        raise AssertionError("never recorded")

    async def succeeding() -> None:
        for _ in range(12):
            await journals.succeed(datetime.now(UTC))

    await asyncio.gather(*(persistent(number) for number in range(24)), succeeding(), succeeding())
    await journals.succeed(datetime.now(UTC))
    found = await volumes(worker, journal)
    assert len(found) > 1
    assert [each["volume"] for each in found] == list(range(1, len(found) + 1))
    assert [each["status"] for each in found] == ["ARCHIVED"] * (len(found) - 1) + ["ACTIVE"]
    for former, following in pairwise(found):
        assert following["previousDigest"] == former["closing"]["digest"]
    rows = await database.fetch(
        "select j.volume, array_agg(e.number order by e.number) as numbers, max(j.last_number) as last,"
        " max(c.entry_count) as closed from journals j join journal_types t on t.id = j.type_id"
        " join entries e on e.journal_id = j.id left join closing_records c on c.journal_id = j.id"
        " where t.code = 'T_RACE' group by j.volume order by j.volume"
    )
    assert sum(len(row["numbers"]) for row in rows) == 24
    for row in rows:
        assert row["numbers"] == list(range(1, len(row["numbers"]) + 1))
        assert row["last"] == len(row["numbers"])
        assert row["closed"] in (None, len(row["numbers"]))


async def test_what_is_open_in_a_closed_volume_may_still_be_signed(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    journal = await main_journal(worker)
    entry = await record(worker, journal)
    archive = (
        "mutation ($input: ArchiveJournalInput!) { archiveJournal(input: $input) { __typename"
        " ... on Journal { id closing { digest } } ... on Problem { code details } } }"
    )
    await people.operator_admin.do(archive, input={"journalId": journal})
    # Nothing to go on in: the refusal names none.
    refused = (await worker.ask(CREATE_ENTRY, input={"journalId": journal, "values": {}}))["createEntry"]
    assert (refused["code"], refused["details"]) == ("JOURNAL_ARCHIVED", None)
    await sign(worker, entry)
    assert (await sign(people.subscriber_employee, entry))["entry"]["status"] == "SIGNED"
    before = await traces(database)
    refused = await worker.refused(REVISE_ENTRY, input=revising(entry, location="Этаж 8"))
    assert refused["code"] == "JOURNAL_ARCHIVED"
    assert await traces(database) == before
    assert await journals.succeed(datetime.now(UTC) + timedelta(days=800)) == 0  # an archived one has no successor
