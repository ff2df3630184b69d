"""Drafts: their author's alone, without a number or an event until they are submitted, and then one entry each."""

from __future__ import annotations

import asyncio
from typing import Any

from client import Client
from conftest import Database
from entry_deeds import (
    COPY_ENTRY,
    DISCARD_DRAFT,
    END_ASSIGNMENT,
    SAVE_DRAFT,
    SUBMIT_DRAFT,
    ahead,
    assignment_of,
    colleague,
    traces,
    whole,
)
from files import uploaded
from pictures import picture
from world import (
    ADD_SYSTEM,
    ARCHIVE_JOURNAL,
    OPEN_JOURNAL,
    REMOVE_SYSTEM,
    VALUES,
    People,
    main_journal,
    other_company,
    record,
    sign,
    types,
    warehouse,
)

MINE = "{ drafts(first: 50) { totalCount edges { node { id values updatedAt journal { id } } } } }"
ANY = "query ($id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id]) { id } }"


async def saved(client: Client, journal: str, **given: Any) -> dict[str, Any]:
    """A new draft."""
    draft: dict[str, Any] = await client.do(
        SAVE_DRAFT, input={"journalId": journal, "values": {"location": "Этаж 1"}, **given}
    )
    return draft


async def drafts_of(client: Client) -> list[str]:
    answer = await client.ask(MINE)
    return [edge["node"]["id"] for edge in answer["drafts"]["edges"]]


async def entries_made(database: Database) -> int:
    count: int = (await database.fetch("select count(*) as made from entries"))[0]["made"]
    return count


async def test_a_draft_is_kept_changed_submitted_and_gone(client: Client, database: Database) -> None:
    worker = (await People.of(client)).operator_employee
    journal = await main_journal(worker)
    before = await traces(database)
    number = (await database.fetch("select max(last_number) as most from journals"))[0]["most"]
    draft = await saved(worker, journal)
    assert draft["values"] == {"location": "Этаж 1"}
    changed = await worker.do(
        SAVE_DRAFT, input={"draftId": draft["id"], "values": VALUES, "performedAt": "2026-11-20T09:00:00Z"}
    )
    assert (changed["id"], changed["values"]) == (draft["id"], VALUES)
    assert await drafts_of(worker) == [draft["id"]]
    assert await traces(database) == before  # neither a number nor an event, whatever is kept
    entry = await worker.do(SUBMIT_DRAFT, id=draft["id"])
    assert (entry["number"], entry["status"]) == (number + 1, "AWAITING_SIGNATURES")
    assert entry["record"]["values"] == VALUES
    assert entry["record"]["performedAt"].startswith("2026-11-20T09:00:00")
    assert await drafts_of(worker) == []
    assert (await worker.ask(ANY, id=draft["id"]))["node"] is None
    refused = await worker.refused(SAVE_DRAFT, input={"draftId": draft["id"], "values": VALUES})
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "draftId")
    assert await worker.ask(DISCARD_DRAFT, id=draft["id"]) == {"discardDraft": False}
    assert (await whole(worker, entry))["status"] == "AWAITING_SIGNATURES"
    assert (await sign(worker, entry))["entry"]["status"] == "AWAITING_SIGNATURES"


async def test_nobody_but_the_author_knows_of_a_draft(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    site = await warehouse(people.operator_admin)
    mate = await colleague(people, client, "mate@demo.test", "OPERATOR_EMPLOYEE", certificate=False)
    draft = await saved(people.operator_employee, await main_journal(people.operator_employee))
    rows = await database.fetch("select * from drafts")
    before = await traces(database)
    for stranger in (people.operator_admin, mate, other.admin, people.owner, people.subscriber_admin):
        seen = await stranger.ask(ANY, id=draft["id"])
        assert (seen["node"], seen["nodes"]) == (None, [None])
    for stranger in (people.operator_admin, mate, other.admin):
        assert await drafts_of(stranger) == []
        for document, variables, field in (
            (SAVE_DRAFT, {"input": {"draftId": draft["id"], "values": VALUES}}, "draftId"),
            (SUBMIT_DRAFT, {"id": draft["id"]}, "id"),
        ):
            refused = await stranger.refused(document, **variables)
            assert (refused["code"], refused["field"]) == ("NOT_FOUND", field)
        assert await stranger.ask(DISCARD_DRAFT, id=draft["id"]) == {"discardDraft": False}
    for stranger in (people.owner, people.subscriber_admin, people.subscriber_employee):
        refused = await stranger.refused(SUBMIT_DRAFT, id=draft["id"])
        assert refused["code"] == "FORBIDDEN"
        answer = await stranger.post(MINE)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    events = await people.operator_admin.ask(
        "query ($id: ID!) { object(id: $id) { events(last: 1) { edges { node { kind } } } } }", id=site["id"]
    )
    assert events["object"]["events"]["edges"][0]["node"]["kind"] != "ENTRY_RECORDED"
    assert await traces(database) == before
    assert await database.fetch("select * from drafts") == rows
    assert await people.operator_employee.ask(DISCARD_DRAFT, id=draft["id"]) == {"discardDraft": True}
    assert await database.fetch("select * from drafts") == []
    assert (await people.operator_employee.refused(SUBMIT_DRAFT, id=draft["id"]))["code"] == "NOT_FOUND"


async def test_submitted_twice_and_at_once_it_is_one_entry(client: Client, database: Database) -> None:
    worker = (await People.of(client)).operator_employee
    draft = await saved(worker, await main_journal(worker), values=VALUES)
    entries = await entries_made(database)
    made = await asyncio.gather(*(worker.do(SUBMIT_DRAFT, id=draft["id"]) for _ in range(5)))
    again = await worker.do(SUBMIT_DRAFT, id=draft["id"])
    assert {entry["id"] for entry in made} == {again["id"]}
    assert await entries_made(database) == entries + 1
    told = "select count(*) from events where kind = 'ENTRY_RECORDED' and entry_id = (select entry_id from drafts)"
    assert await database.value(told) == 1


async def test_one_thrown_away_while_it_is_submitted_is_one_or_the_other(client: Client, database: Database) -> None:
    worker = (await People.of(client)).operator_employee
    journal = await main_journal(worker)
    for _ in range(4):
        draft = await saved(worker, journal, values=VALUES)
        entries = await entries_made(database)
        submitted, discarded = await asyncio.gather(
            worker.ask(SUBMIT_DRAFT, id=draft["id"]), worker.ask(DISCARD_DRAFT, id=draft["id"])
        )
        became_entry = submitted["submitDraft"]["__typename"] == "Entry"
        assert became_entry is not discarded["discardDraft"]
        assert await entries_made(database) == entries + became_entry


async def test_what_cannot_be_an_entry_stays_a_draft(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker, journal = people.operator_employee, await main_journal(people.operator_employee)
    short = await saved(worker, journal)
    wrong = await saved(worker, journal, values={**VALUES, "work_kind": "DANCE"})
    future = await saved(worker, journal, values=VALUES, performedAt=ahead(hours=1))
    before = await traces(database)
    rows = await database.fetch("select * from drafts order by id")
    for draft, field in ((short, "values.system"), (wrong, "values.work_kind"), (future, "performedAt")):
        refused = await worker.refused(SUBMIT_DRAFT, id=draft["id"])
        assert (refused["code"], refused["field"]) == ("INVALID", field)
    for given, field in (
        ({"values": {"nothing": 1}}, "values.nothing"),
        ({"values": {"location": "я" * 20_001}}, "values.location"),
        ({"values": {"location": "\x00"}}, "values.location"),
        ({"values": [1]}, "values"),
        ({"values": {}, "draftId": short["id"]}, "journalId"),
    ):
        refused = await worker.refused(SAVE_DRAFT, input={"journalId": journal, **given})
        assert (refused["code"], refused["field"]) == ("INVALID", field)
    assert await traces(database) == before
    assert await database.fetch("select * from drafts order by id") == rows
    # The volume is archived meanwhile: the refusal names the one to go on in.
    site = await warehouse(people.operator_admin)
    kinds = await types(people.operator_admin)
    ready = await saved(worker, journal, values=VALUES)
    following = await people.operator_admin.do(
        OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kinds["SPZ_MAIN"]}
    )
    entries = await entries_made(database)
    refused = await worker.refused(SUBMIT_DRAFT, id=ready["id"])
    assert (refused["code"], refused["details"]) == ("JOURNAL_ARCHIVED", {"activeJournalId": following["id"]})
    refused = await worker.refused(SAVE_DRAFT, input={"journalId": journal, "values": VALUES})
    assert (refused["code"], refused["details"]) == ("JOURNAL_ARCHIVED", {"activeJournalId": following["id"]})
    assert await entries_made(database) == entries
    assert ready["id"] in await drafts_of(worker)


async def test_a_draft_of_whoever_lost_the_duty_is_not_submitted(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker, site = people.operator_employee, await warehouse(people.operator_admin)
    draft = await saved(worker, await main_journal(worker), values=VALUES)
    duty = await assignment_of(people, worker, site["id"])
    await people.operator_admin.do(END_ASSIGNMENT, input={"assignmentId": duty, "reason": "Перевод"})
    before = await traces(database)
    refused = await worker.refused(SUBMIT_DRAFT, id=draft["id"])
    assert refused["code"] == "NOT_FOUND"  # they do not see the journal any more
    (kept,) = (await worker.ask(MINE))["drafts"]["edges"]
    assert (kept["node"]["id"], kept["node"]["journal"]) == (draft["id"], None)
    assert await traces(database) == before


async def test_a_draft_is_kept_once_for_one_key_of_the_client(client: Client, database: Database) -> None:
    worker = (await People.of(client)).operator_employee
    journal = await main_journal(worker)
    wanted = {"journalId": journal, "values": VALUES, "clientId": "phone-7"}
    made = await asyncio.gather(*(worker.do(SAVE_DRAFT, input=wanted) for _ in range(4)))
    assert len({draft["id"] for draft in made}) == 1
    assert await database.value("select count(*) from drafts") == 1
    for other in ({"values": {"location": "x"}}, {"performedAt": "2026-11-20T09:00:00Z"}):
        refused = await worker.refused(SAVE_DRAFT, input={**wanted, **other})
        assert (refused["code"], refused["field"]) == ("CONFLICT", "clientId")
    assert (await database.fetch("select values from drafts"))[0]["values"].count("Этаж 1") == 1
    # Whatever has become of it: changed, and an entry.
    await worker.do(SAVE_DRAFT, input={"draftId": made[0]["id"], "values": {**VALUES, "location": "Этаж 2"}})
    assert (await worker.do(SAVE_DRAFT, input=wanted))["values"]["location"] == "Этаж 2"
    await worker.do(SUBMIT_DRAFT, id=made[0]["id"])
    assert (await worker.do(SAVE_DRAFT, input=wanted))["id"] == made[0]["id"]
    assert await database.value("select count(*) from drafts") == 1


async def test_the_files_of_a_draft_become_the_entrys(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker, journal = people.operator_employee, await main_journal(people.operator_employee)
    first, second = await uploaded(worker, ("a.png", picture("PNG")), ("b.png", picture("PNG")))
    (foreign,) = await uploaded(people.operator_admin, ("c.png", picture("PNG")))
    refused = await worker.refused(
        SAVE_DRAFT, input={"journalId": journal, "values": VALUES, "attachmentIds": [foreign["id"]]}
    )
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "attachmentIds")
    assert await database.value("select count(*) from drafts") == 0
    draft = await saved(worker, journal, values=VALUES, attachmentIds=[second["id"], first["id"]])
    assert [file["id"] for file in draft["attachments"]] == [second["id"], first["id"]]
    draft = await worker.do(
        SAVE_DRAFT, input={"draftId": draft["id"], "values": VALUES, "attachmentIds": [first["id"], second["id"]]}
    )
    entry = await worker.do(SUBMIT_DRAFT, id=draft["id"])
    assert [file["id"] for file in entry["attached"]["attachments"]] == [first["id"], second["id"]]
    assert await database.value("select count(*) from draft_attachments") == 0
    assert await database.value("select count(*) from revision_attachments") == 2
    discarded = await saved(worker, journal, attachmentIds=[])
    assert await worker.ask(DISCARD_DRAFT, id=discarded["id"]) == {"discardDraft": True}


async def test_an_earlier_entry_is_copied_into_a_draft(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    worker, site = people.operator_employee, await warehouse(people.operator_admin)
    kinds = await types(people.operator_admin)
    entry = await record(worker, await main_journal(worker), location="Подвал")
    opened = await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kinds["SPZ_MAIN"]})
    before = await traces(database)
    draft = await worker.do(COPY_ENTRY, input={"entryId": entry["id"]})
    assert draft["values"] == entry["revision"]["values"]
    assert (draft["journal"]["id"], draft["performedAt"], draft["attachments"]) == (opened["id"], None, [])
    assert await traces(database) == before
    for stranger, code in (
        (other.admin, "NOT_FOUND"),
        (people.subscriber_employee, "FORBIDDEN"),
        (people.owner, "FORBIDDEN"),
    ):
        assert (await stranger.refused(COPY_ENTRY, input={"entryId": entry["id"]}))["code"] == code
    assert await database.value("select count(*) from drafts") == 1
    assert (await worker.do(SUBMIT_DRAFT, id=draft["id"]))["number"] == 1
    await people.operator_admin.do(ARCHIVE_JOURNAL, input={"journalId": opened["id"]})
    refused = await worker.refused(COPY_ENTRY, input={"entryId": entry["id"]})
    assert (refused["code"], refused["details"]) == ("JOURNAL_ARCHIVED", None)


async def test_systems_that_are_gone_are_not_copied(client: Client) -> None:
    people = await People.of(client)
    worker, site = people.operator_employee, await warehouse(people.operator_admin)
    lists = await people.operator_admin.ask("{ referenceLists { code items } }")
    (kind,) = [each["items"][0]["key"] for each in lists["referenceLists"] if each["code"] == "SYSTEM_KINDS"]
    stays, goes = [
        (await people.operator_admin.do(ADD_SYSTEM, input={"objectId": site["id"], "kind": kind, "name": name}))["id"]
        for name in ("АПС-1", "АПС-2")
    ]
    journal = await main_journal(worker)
    both = await record(worker, journal, systems=[stays, goes])
    one = await record(worker, journal, systems=[goes])
    await people.operator_admin.do(REMOVE_SYSTEM, input={"systemId": goes, "reason": "Демонтаж"})
    copied = await worker.do(COPY_ENTRY, input={"entryId": both["id"]})
    assert copied["values"]["systems"] == [stays]
    assert "systems" not in (await worker.do(COPY_ENTRY, input={"entryId": one["id"]}))["values"]
    assert (await worker.do(SUBMIT_DRAFT, id=copied["id"]))["record"]["values"]["systems"] == [stays]
