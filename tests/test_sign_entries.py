"""One act of will over a package (63-FZ art. 6(4)): one PIN, each entry signed by itself, each with its answer."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from client import PIN, Client
from conftest import Database
from entry_deeds import SIGN_ENTRIES, deciding, traces
from shown import Show
from world import REVISE_ENTRY, People, main_journal, other_company, read_entry, record, revising, sign

from models.keys import uuid7
from rules.identifiers import decode, encode

MANY = 200
PACKAGE = """
mutation ($input: SignEntriesInput!) {
  signEntries(input: $input) { __typename ... on Signature { id entry { id } } ... on Problem { code } }
}
"""


def item(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One of a package: what the entry says now."""
    return {**deciding(entry), **changes}


async def signed(client: Client, items: list[dict[str, Any]], pin: str = PIN) -> list[dict[str, Any]]:
    """The answers, in the order of the package."""
    answer = await client.ask(SIGN_ENTRIES, input={"items": items, "pin": pin})
    answers: list[dict[str, Any]] = answer["signEntries"]
    return answers


async def test_two_hundred_entries_are_signed_with_one_pin(
    client: Client, database: Database, tmp_path: Path, shown: Show
) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    journal = await main_journal(worker)
    entries = [await record(worker, journal, location=f"Ряд {number}") for number in range(MANY)]
    began = time.perf_counter()
    answer = await people.subscriber_employee.ask(
        PACKAGE, input={"items": [item(entry) for entry in entries], "pin": PIN}
    )
    took = time.perf_counter() - began
    answers = answer["signEntries"]
    assert [each["__typename"] for each in answers] == ["Signature"] * MANY
    assert [each["entry"]["id"] for each in answers] == [entry["id"] for entry in entries]
    keys = [decode(each["id"], "Signature", "id") for each in answers]
    rows = await database.fetch(
        "select s.slot_id, s.cms, s.code, r.payload from signatures s join revisions r on r.id = s.revision_id"
        " where s.id = any($1) order by array_position($1, s.id)",
        keys,
    )
    assert len({row["slot_id"] for row in rows}) == len({row["code"] for row in rows}) == MANY
    transactions = await database.value(
        "select count(distinct transaction_id) from events where kind = 'SIGNATURE_MADE' and signature_id = any($1)",
        keys,
    )
    assert transactions == MANY  # each by itself
    # Each signature stands for itself: openssl verifies it over its own bytes and over nobody else's.
    for number in (0, 77, MANY - 1):
        own, other = rows[number], rows[(number + 1) % MANY]
        assert await openssl_verifies(own["cms"], own["payload"], tmp_path)
        assert not await openssl_verifies(own["cms"], other["payload"], tmp_path)
    # The other side's package completes every one of them.
    began = time.perf_counter()
    completing = await signed(worker, [item(entry) for entry in entries[:20]])
    assert {answer["entry"]["status"] for answer in completing} == {"SIGNED"}
    completed = time.perf_counter() - began
    shown(
        "signEntries",
        ("package", "seconds", "milliseconds each"),
        [
            (f"{MANY}, the first side", f"{took:.2f}", f"{took / MANY * 1000:.1f}"),
            ("20, the last side", f"{completed:.2f}", f"{completed / 20 * 1000:.1f}"),
        ],
    )


async def openssl_verifies(cms: bytes, payload: bytes, folder: Path) -> bool:
    """Whether openssl finds the detached signature good, its certificates aside."""
    (folder / "cms.der").write_bytes(cms)
    (folder / "payload.json").write_bytes(payload)
    process = await asyncio.create_subprocess_exec(
        *("openssl", "cms", "-verify", "-inform", "DER", "-in", "cms.der", "-content", "payload.json", "-binary"),
        *("-noverify", "-out", "/dev/null"),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return await asyncio.wait_for(process.wait(), 20) == 0


async def test_each_has_the_answer_that_it_would_have_alone(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    worker = people.operator_employee
    journal = await main_journal(worker)
    good, changed, already, last = [await record(worker, journal, location=f"Ряд {number}") for number in range(4)]
    await worker.do(REVISE_ENTRY, input=revising(changed, location="Другой ряд"))
    await sign(worker, already)
    theirs = next(slot["id"] for slot in last["slots"] if slot["side"] == "SUBSCRIBER")
    items = [
        item(good),
        item(changed),
        item(already),
        item(other.entry),
        item(good, entryId=encode("Entry", uuid7())),
        item(good),
        item(last, expectedDigest="0" * 64),
        item(last, slotId=theirs),
        item(last, slotId=good["slots"][0]["id"]),
        item(last),
    ]
    before = len(await database.fetch("select id from signatures"))
    answers = await signed(worker, items)
    assert [answer.get("code") if answer["__typename"] == "Problem" else "" for answer in answers] == [
        "",
        "STALE_REVISION",
        "ALREADY_SIGNED",
        "NOT_FOUND",
        "NOT_FOUND",
        "ALREADY_SIGNED",
        "STALE_REVISION",
        "NOT_YOUR_SLOT",
        "NOT_FOUND",
        "",
    ]
    assert answers[1]["field"] == "items.1.expectedRevision"
    assert answers[3]["field"] == "items.3.entryId"
    # What is not theirs to see and what does not exist are told alike.
    assert {**answers[3], "field": ""} == {**answers[4], "field": ""}
    assert answers[6]["field"] == "items.6.expectedDigest"
    assert answers[8]["field"] == "items.8.slotId"
    assert len(await database.fetch("select id from signatures")) == before + 2
    assert (await read_entry(other.employee, other.entry["id"]))["signatures"] == []


async def test_a_wrong_pin_signs_nothing_and_counts_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    journal = await main_journal(worker)
    entries = [await record(worker, journal) for _ in range(3)]
    slots = "select string_agg(id || status::text, ',' order by id) from slots"
    before = await database.value(slots), await database.value("select count(*) from signatures")
    (problem,) = await refused(worker, [item(entry) for entry in entries], pin="000000")
    assert (problem["code"], problem["field"]) == ("WRONG_PIN", "pin")
    assert await database.value("select max(pin_failures) from signing_keys") == 1
    assert await database.value("select count(*) from events where kind = 'PIN_REFUSED'") == 1
    assert (await database.value(slots), await database.value("select count(*) from signatures")) == before
    for _ in range(4):
        await refused(worker, [item(entries[0])], pin="000000")
    (locked,) = await refused(worker, [item(entry) for entry in entries])
    assert locked["code"] == "PIN_LOCKED"
    assert (await database.value(slots), await database.value("select count(*) from signatures")) == before


async def refused(client: Client, items: list[dict[str, Any]], pin: str = PIN) -> list[dict[str, Any]]:
    """The refusals of the package as a whole: Problems, or the extensions of an error."""
    answer = await client.post(SIGN_ENTRIES, {"input": {"items": items, "pin": pin}})
    if answer.get("errors"):
        return [error["extensions"] for error in answer["errors"]]
    problems = [each for each in answer["data"]["signEntries"] if each["__typename"] == "Problem"]
    assert len(problems) == len(answer["data"]["signEntries"])
    return problems


async def test_neither_none_nor_too_many_nor_the_owner(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    entry = await record(worker, await main_journal(worker))
    before = await traces(database)
    for items in ([], [item(entry)] * (MANY + 1)):
        (problem,) = await refused(worker, items)
        assert (problem["code"], problem["field"]) == ("INVALID", "items")
    (problem,) = await refused(people.owner, [item(entry)])
    assert problem["code"] == "FORBIDDEN"
    (problem,) = await refused(client, [item(entry)])
    assert problem["code"] == "UNAUTHENTICATED"
    malformed = await refused(worker, [item(entry), item(entry, entryId="nonsense")])
    assert (malformed[0]["code"], malformed[0]["field"]) == ("INVALID", "items.1.entryId")
    assert await traces(database) == before
    assert await database.value("select max(pin_failures) from signing_keys") == 0
    assert (await signed(worker, [item(entry)]))[0]["__typename"] == "Signature"


async def test_two_packages_at_once_give_each_slot_one_signature(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    journal = await main_journal(worker)
    entries = [await record(worker, journal) for _ in range(6)]
    packages = [[item(entry) for entry in entries], [item(entry) for entry in reversed(entries)]]
    answers = await asyncio.gather(
        *(signed(worker, package) for package in packages),
        signed(people.subscriber_employee, packages[0]),
    )
    by_worker = [answer for package in answers[:2] for answer in package]
    assert sorted(each.get("code", "") == "ALREADY_SIGNED" for each in by_worker) == [False] * 6 + [True] * 6
    assert {(await read_entry(worker, entry["id"]))["status"] for entry in entries} == {"SIGNED"}
    doubled = "select 1 from signatures group by slot_id having count(*) > 1"
    assert await database.fetch(doubled) == []
