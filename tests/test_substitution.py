"""A planned absence: the substitute holds the duties by its document, within its time, and no longer than the absent
one would have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from client import Client
from conftest import Database
from entry_deeds import (
    CANCEL_ABSENCE,
    DEACTIVATE_USER,
    END_ASSIGNMENT,
    ahead,
    assigned,
    assignment_of,
    colleague,
    id_of,
    journal_of,
    slot,
    traces,
    whole,
)
from world import (
    CREATE_OBJECT,
    PLAN_ABSENCE,
    SIGN_ENTRY,
    People,
    main_journal,
    other_company,
    record,
    sign,
    signing,
    warehouse,
)

BASIS = "Приказ об отпуске № 41"
HELD = "select a.* from assignments a join users u on u.id = a.user_id where u.email = $1 order by a.id"
MATE = "mate@demo.test"


async def planned(people: People, substitute: Client, **term: Any) -> str:
    """An absence of the demo's worker, from now on for a week unless told otherwise."""
    wanted = {"startsAt": datetime.now(UTC).isoformat(), "endsAt": ahead(days=7), **term}
    absence = await people.operator_admin.do(
        PLAN_ABSENCE,
        input={
            "userId": await id_of(people.operator_employee),
            "substituteId": await id_of(substitute),
            "basis": BASIS,
            **wanted,
        },
    )
    identifier: str = absence["id"]
    return identifier


async def test_the_substitute_signs_by_the_absences_document(client: Client, database: Database) -> None:
    people = await People.of(client)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE")
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"
    absence = await planned(people, mate)
    assert (await whole(mate, entry))["canSign"] is True
    signature = await sign(mate, entry)
    (row,) = await database.fetch("select basis from signatures order by id desc limit 1")
    assert row["basis"] == BASIS
    assert signature["side"] == "OPERATOR"
    # The one who is away keeps their own right, but the slot is filled.
    assert (await people.operator_employee.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_YOUR_SLOT"
    another = await record(people.operator_employee, await main_journal(people.operator_employee))
    await people.operator_admin.do(CANCEL_ABSENCE, input={"absenceId": absence})
    before = await traces(database)
    assert (await mate.refused(SIGN_ENTRY, input=signing(another)))["code"] == "NOT_FOUND"
    refused = await people.operator_admin.refused(CANCEL_ABSENCE, input={"absenceId": absence})
    assert (refused["code"], refused["field"]) == ("CONFLICT", "absenceId")
    assert await traces(database) == before
    # What was signed meanwhile stays theirs, and good.
    seen = await mate.ask("query ($id: ID!) { node(id: $id) { ... on Signature { standing } } }", id=signature["id"])
    assert seen["node"] == {"standing": "CURRENT"}


async def test_only_within_its_time(client: Client, database: Database) -> None:
    people = await People.of(client)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE")
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    begins, ends = datetime.now(UTC) + timedelta(days=2), datetime.now(UTC) + timedelta(days=9)
    await planned(people, mate, startsAt=begins.isoformat(), endsAt=ends.isoformat())
    rows = await database.fetch(HELD, MATE)
    assert rows
    assert {(row["valid_from"], row["valid_to"], row["basis"]) for row in rows} == {(begins, ends, BASIS)}
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"  # not yet
    moved = "update assignments set valid_from = now() - interval '2 hours', valid_to = {} where basis = $1"
    await database.fetch(moved.format("now() - interval '1 hour'"), BASIS)
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"  # not any more
    await database.fetch(moved.format("now() + interval '1 hour'"), BASIS)
    await sign(mate, entry)


async def test_duties_given_later_are_the_substitutes_too(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE")
    absence = await planned(people, mate)
    held = len(await database.fetch(HELD, MATE))
    place = {"contractId": site["contract"]["id"], "name": "Новый цех", "address": "Тверь", "timeZone": "Europe/Moscow"}
    new = await people.operator_admin.do(CREATE_OBJECT, input=place)
    worker = people.operator_employee
    duty = await assigned(people, worker, new["id"], basis="Приказ № 50")
    rows = await database.fetch(HELD, MATE)
    assert len(rows) == held + 1
    assert (rows[-1]["basis"], rows[-1]["duty"]) == (BASIS, "RESPONSIBLE")
    # After the absence, not before it, not beyond the original's own end.
    await assigned(people, worker, new["id"], validFrom=ahead(days=8))
    assert len(await database.fetch(HELD, MATE)) == held + 1
    short = ahead(days=1)
    await assigned(people, worker, new["id"], validTo=short)
    assert (await database.fetch(HELD, MATE))[-1]["valid_to"] == datetime.fromisoformat(short)
    # The original ends: so does the substitute's share of it, and nothing else.
    seen = "query ($id: ID!) { object(id: $id) { id } }"
    assert (await mate.ask(seen, id=new["id"]))["object"]
    await people.operator_admin.do(END_ASSIGNMENT, input={"assignmentId": duty, "reason": "Перевод"})
    lasting = [row for row in await database.fetch(HELD, MATE) if row["valid_to"] > datetime.now(UTC)]
    assert len(lasting) == held + 1
    await people.operator_admin.do(CANCEL_ABSENCE, input={"absenceId": absence})
    assert [row for row in await database.fetch(HELD, MATE) if row["valid_to"] > datetime.now(UTC)] == []
    assert (await mate.ask(seen, id=new["id"]))["object"] is None


async def test_the_end_of_the_original_takes_the_substitutes_slot_at_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE")
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    await planned(people, mate)
    assert (await whole(mate, entry))["canSign"] is True
    original = await assignment_of(people, people.operator_employee, site["id"])
    async with mate.subscribed("subscription { signatureEvents { kind } }") as stream:
        assert await stream.silent(0.2)
        await people.operator_admin.do(END_ASSIGNMENT, input={"assignmentId": original, "reason": "Перевод"})
        await sign(people.subscriber_employee, entry)
        assert await stream.silent()
    before = await traces(database)
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"
    assert await traces(database) == before
    assert await database.value("select count(*) from events where kind = 'SLOTS_UNFILLABLE'") == 1


@pytest.mark.parametrize("who", ["absent", "substitute"])
async def test_an_absence_ends_with_the_account_of_either(client: Client, database: Database, who: str) -> None:
    people = await People.of(client)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE")
    await planned(people, mate)
    gone = people.operator_employee if who == "absent" else mate
    await people.operator_admin.do(DEACTIVATE_USER, input={"userId": await id_of(gone), "reason": "Уволен"})
    assert await database.value("select count(*) from absences where cancelled_at is null") == 0
    assert [row for row in await database.fetch(HELD, MATE) if row["valid_to"] > datetime.now(UTC)] == []
    kept = "select count(*) from assignments a join users u on u.id = a.user_id where u.email like 'operator.employee%'"
    lasting = await database.value(f"{kept} and (a.valid_to is null or a.valid_to > now())")
    assert (lasting == 0) is (who == "absent")


async def test_a_substitute_is_one_person_of_the_quorum(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE")
    await assigned(people, mate, site["id"])
    journal = await journal_of(people, "T_ABSENT", [slot("OPERATOR"), slot("OPERATOR"), slot("SUBSCRIBER", group=2)])
    await planned(people, mate)
    create = (
        "mutation ($input: CreateEntryInput!) { createEntry(input: $input) { __typename ... on Entry {"
        " id revision { number digest } } ... on Problem { code message } } }"
    )
    entry = await people.operator_employee.do(create, input={"journalId": journal, "values": {"note": "Осмотр"}})
    await sign(mate, entry)
    before = await traces(database)
    # Their own duty and the one they stand in for are still one person (law 7).
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "ALREADY_SIGNED"
    assert await traces(database) == before
    assert len((await whole(mate, entry))["record"]["signatures"]) == 1


async def test_who_may_plan_what(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    mate = await colleague(people, client, MATE, "OPERATOR_EMPLOYEE", certificate=False)
    worker, deputy, customer, foreign = [
        await id_of(each) for each in (people.operator_employee, mate, people.subscriber_employee, other.employee)
    ]
    given = {
        "userId": worker,
        "substituteId": deputy,
        "startsAt": ahead(days=1),
        "endsAt": ahead(days=2),
        "basis": BASIS,
    }
    before, rows = await traces(database), await database.fetch("select id from assignments")
    admin = people.operator_admin
    for caller, changes, expected in (
        (admin, {"substituteId": worker}, ("INVALID", "substituteId")),
        (admin, {"substituteId": customer}, ("NOT_FOUND", "substituteId")),
        (people.owner, {"substituteId": customer}, ("INVALID", "substituteId")),
        (admin, {"substituteId": foreign}, ("NOT_FOUND", "substituteId")),
        (admin, {"endsAt": given["startsAt"]}, ("INVALID", "endsAt")),
        (admin, {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"}, ("INVALID", "endsAt")),
        (admin, {"basis": " "}, ("INVALID", "basis")),
        (people.subscriber_admin, {}, ("NOT_FOUND", None)),
        (other.admin, {}, ("NOT_FOUND", None)),
        (mate, {}, ("FORBIDDEN", None)),
    ):
        refused = await caller.refused(PLAN_ABSENCE, input={**given, **changes})
        assert refused["code"] == expected[0], changes
        assert expected[1] in (None, refused["field"]), changes
    assert (await traces(database), await database.fetch("select id from assignments")) == (before, rows)
    absence = (await admin.do(PLAN_ABSENCE, input=given))["id"]
    overlapping = await admin.refused(PLAN_ABSENCE, input={**given, "endsAt": ahead(days=5)})
    assert (overlapping["code"], overlapping["field"]) == ("CONFLICT", "startsAt")
    for stranger in (people.subscriber_admin, other.admin):
        refused = await stranger.refused(CANCEL_ABSENCE, input={"absenceId": absence})
        assert refused["code"] == "NOT_FOUND"
        answer = await stranger.ask("{ absences(first: 9) { totalCount } }")
        assert answer["absences"]["totalCount"] == 0
    assert await database.value("select count(*) from absences where cancelled_at is null") == 1
