"""Law 11: what a person cannot see does not exist for them, at every door."""

from __future__ import annotations

from typing import Any

import pytest
from client import Client
from conftest import Database
from world import (
    ARCHIVE_JOURNAL,
    ASSIGN,
    CREATE_CONTRACT,
    CREATE_ENTRY,
    CREATE_OBJECT,
    CREATE_ORGANIZATION,
    CREATE_USER,
    DECLINE_ENTRY,
    OPEN_JOURNAL,
    REVISE_ENTRY,
    SIGN_ENTRY,
    VALUES,
    People,
    main_journal,
    other_company,
    person,
    read_entry,
    record,
    sign,
    signing,
    types,
    warehouse,
)

from app import demo
from models.keys import uuid7
from rules.identifiers import encode

END_ASSIGNMENTS = "update assignments set valid_to = now() where user_id = (select id from users where email = $1)"


async def all_rows(database: Database) -> list[Any]:
    """How many rows there are in every table that a deed could have written."""
    tables = await database.fetch(
        "select tablename from pg_tables where schemaname = 'public'"
        " and tablename not in ('tortoise_migrations', 'sessions') order by 1"
    )
    return [await database.value(f'select count(*) from "{table[0]}"') for table in tables]


async def test_a_foreign_company_sees_nothing_of_another(client: Client) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    everything = """
      query ($object: ID!, $journal: ID!, $entry: ID!, $ids: [ID!]!) {
        object(id: $object) { id } journal(id: $journal) { id } entry(id: $entry) { id }
        nodes(ids: $ids) { id } objects(first: 100) { totalCount edges { node { name } } }
        organizations(first: 100) { edges { node { name } } } users(first: 100) { edges { node { email } } }
        certificates(first: 100) { totalCount } certificateRequests(first: 100) { totalCount }
        events(first: 100) { edges { node { kind object { name } entry { id } } } }
      }"""
    site = await warehouse(people.operator_admin)
    journal = await main_journal(people.operator_admin)
    entry = await record(people.operator_employee, journal)
    signature = await sign(people.operator_employee, entry)
    ids = [entry["id"], entry["revision"]["id"], signature["id"], *(slot["id"] for slot in entry["slots"]), site["id"]]
    seen = await other.admin.ask(everything, object=site["id"], journal=journal, entry=entry["id"], ids=ids)
    assert (seen["object"], seen["journal"], seen["entry"]) == (None, None, None)
    assert seen["nodes"] == [None] * len(ids)
    assert [edge["node"]["name"] for edge in seen["objects"]["edges"]] == ["Чужой объект"]
    assert {edge["node"]["name"] for edge in seen["organizations"]["edges"]} == {"ООО «Другая»", "АО «Чужое»"}
    assert {edge["node"]["email"] for edge in seen["users"]["edges"]} == {"admin@other.test", "employee@other.test"}
    assert seen["certificates"]["totalCount"] == seen["certificateRequests"]["totalCount"] == 0
    for edge in seen["events"]["edges"]:
        assert edge["node"]["object"] in (None, {"name": "Чужой объект"})


@pytest.mark.parametrize("who", ["operator_admin", "operator_employee", "subscriber_admin", "subscriber_employee"])
async def test_foreign_and_unknown_ids_are_refused_alike_and_leave_no_trace(
    client: Client, database: Database, who: str
) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    caller: Client = getattr(people, who)
    kinds = await types(caller)

    def attempts(object_id: str, journal_id: str, entry_id: str) -> list[tuple[str, dict[str, Any]]]:
        stale = {"entryId": entry_id, "expectedRevision": 1, "expectedDigest": "0" * 64}
        return [
            (OPEN_JOURNAL, {"objectId": object_id, "typeId": kinds["SPZ_MAIN"]}),
            (ARCHIVE_JOURNAL, {"journalId": journal_id}),
            (CREATE_ENTRY, {"journalId": journal_id, "values": VALUES}),
            (REVISE_ENTRY, {"entryId": entry_id, "expectedRevision": 1, "reason": "r", "values": {"location": "x"}}),
            (SIGN_ENTRY, {**stale, "pin": "246810"}),
            (DECLINE_ENTRY, {**stale, "reason": "r"}),
        ]

    unknown = [encode(name, uuid7()) for name in ("ServiceObject", "Journal", "Entry")]
    before = await all_rows(database)
    for (mutation, foreign), (_, missing) in zip(
        attempts(other.object_id, other.journal_id, other.entry["id"]), attempts(*unknown), strict=True
    ):
        refused = await caller.refused(mutation, input=foreign)
        assert refused == await caller.refused(mutation, input=missing)
        assert refused["code"] in ("NOT_FOUND", "FORBIDDEN")
    assert await all_rows(database) == before


async def test_an_employee_sees_the_assigned_types_while_the_assignment_lasts(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    site, kinds = await warehouse(people.operator_admin), await types(people.operator_admin)
    operator = await people.owner.ask(
        '{ organizations(first: 5, filter: {name: "пожсервис"}) { edges { node { id } } } }'
    )
    organization = operator["organizations"]["edges"][0]["node"]["id"]
    made = await people.operator_admin.do(CREATE_USER, input=person(organization, "OPERATOR_EMPLOYEE", "new@demo.test"))
    newcomer = await client.signed_in("new@demo.test", "correct horse")
    look = "{ objects(first: 9) { totalCount edges { node { name journals { type { code } } } } } }"
    assert (await newcomer.ask(look))["objects"]["totalCount"] == 0
    await people.operator_admin.do(
        ASSIGN,
        input={
            "objectId": site["id"],
            "userId": made["id"],
            "duty": "RESPONSIBLE",
            "journalTypeIds": [kinds["SPS_TO"]],
            "basis": "Приказ № 7",
        },
    )
    seen = (await newcomer.ask(look))["objects"]["edges"][0]["node"]
    assert {journal["type"]["code"] for journal in seen["journals"]} == {"SPS_TO"}
    main = await main_journal(people.operator_admin)
    assert (await newcomer.ask("query ($id: ID!) { journal(id: $id) { id } }", id=main))["journal"] is None
    await database.fetch(END_ASSIGNMENTS, "new@demo.test")
    assert (await newcomer.ask(look))["objects"]["totalCount"] == 0


async def test_after_the_assignment_only_ones_own_signatures_are_left(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    mine = await sign(people.subscriber_employee, entry)
    theirs = await sign(people.operator_employee, entry)
    await database.fetch(END_ASSIGNMENTS, demo.SUBSCRIBER_EMPLOYEE)
    left = await people.subscriber_employee.ask(
        """query ($ids: [ID!]!, $entry: ID!) { entry(id: $entry) { id } objects(first: 9) { totalCount }
             nodes(ids: $ids) { ... on Signature { id entry { id } revision { number payload entry { id } } } } }""",
        ids=[mine["id"], theirs["id"]],
        entry=entry["id"],
    )
    assert left["entry"] is None
    assert left["objects"]["totalCount"] == 0
    own, other = left["nodes"]
    assert other is None
    assert own["revision"]["payload"] == mine["revision"]["payload"]
    assert (own["entry"], own["revision"]["entry"]) == (None, None)
    refused = await people.subscriber_employee.refused(SIGN_ENTRY, input=signing(entry))
    assert refused["code"] == "NOT_FOUND"


async def test_the_other_sides_people_are_cards_only(client: Client) -> None:
    people = await People.of(client)
    answer = await people.subscriber_admin.ask(
        "{ users(first: 50) { edges { node { email } } } organizations(first: 9) { edges { node { name } } } }"
    )
    emails = {edge["node"]["email"] for edge in answer["users"]["edges"]}
    assert emails == {demo.SUBSCRIBER_ADMIN, demo.SUBSCRIBER_EMPLOYEE}
    operator_id = (await people.operator_admin.ask("{ viewer { id } }"))["viewer"]["id"]
    found = await people.subscriber_admin.ask("query ($id: ID!) { node(id: $id) { id } }", id=operator_id)
    assert found["node"] is None
    denied = await people.subscriber_employee.post("{ users(first: 1) { totalCount } }")
    assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"


ROLES = {
    "anonymous": "UNAUTHENTICATED",
    "owner": "FORBIDDEN",
    "operator_admin": "FORBIDDEN",
    "operator_employee": "FORBIDDEN",
    "subscriber_admin": "FORBIDDEN",
    "subscriber_employee": "FORBIDDEN",
}
MAY = {
    CREATE_ORGANIZATION: ("owner", "operator_admin"),
    CREATE_CONTRACT: ("owner", "operator_admin"),
    CREATE_OBJECT: ("owner", "operator_admin"),
    CREATE_USER: ("owner", "operator_admin", "subscriber_admin"),
    ASSIGN: ("owner", "operator_admin", "subscriber_admin"),
    OPEN_JOURNAL: ("operator_admin",),
    ARCHIVE_JOURNAL: ("operator_admin",),
    CREATE_ENTRY: ("operator_admin", "operator_employee"),
    REVISE_ENTRY: ("operator_admin", "operator_employee"),
    SIGN_ENTRY: ("operator_admin", "operator_employee", "subscriber_admin", "subscriber_employee"),
    DECLINE_ENTRY: ("operator_admin", "operator_employee", "subscriber_admin", "subscriber_employee"),
}


async def test_a_role_that_may_not_is_answered_with_a_problem_and_nothing_is_written(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    site, journal = await warehouse(people.operator_admin), await main_journal(people.operator_admin)
    entry = await record(people.operator_employee, journal)
    user = (await people.operator_admin.ask("{ viewer { id } }"))["viewer"]["id"]
    stale = {"entryId": entry["id"], "expectedRevision": 1, "expectedDigest": entry["revision"]["digest"]}
    inputs: dict[str, dict[str, Any]] = {
        CREATE_ORGANIZATION: {"kind": "SUBSCRIBER", "name": "Х"},
        CREATE_CONTRACT: {
            "operatorId": site["operator"]["id"],
            "subscriberId": site["subscriber"]["id"],
            "number": "1",
            "startsOn": "2026-01-01",
        },
        CREATE_OBJECT: {"contractId": site["contract"]["id"], "name": "н", "address": "а", "timeZone": "UTC"},
        CREATE_USER: person(site["operator"]["id"], "OPERATOR_EMPLOYEE", "x@demo.test"),
        ASSIGN: {"objectId": site["id"], "userId": user, "duty": "RESPONSIBLE", "basis": "б"},
        OPEN_JOURNAL: {"objectId": site["id"], "typeId": (await types(people.owner))["SPZ_MAIN"]},
        ARCHIVE_JOURNAL: {"journalId": journal},
        CREATE_ENTRY: {"journalId": journal, "values": VALUES},
        REVISE_ENTRY: {"entryId": entry["id"], "expectedRevision": 1, "reason": "р", "values": {"location": "2"}},
        SIGN_ENTRY: {**stale, "pin": "246810"},
        DECLINE_ENTRY: {**stale, "reason": "р"},
    }
    before = await all_rows(database)
    tried = 0
    for mutation, allowed in MAY.items():
        for role, code in ROLES.items():
            if role not in allowed:
                caller = client if role == "anonymous" else getattr(people, role)
                assert (await caller.refused(mutation, input=inputs[mutation]))["code"] == code, (mutation, role)
                tried += 1
    assert tried == 40
    assert await all_rows(database) == before


async def test_a_colleague_who_sees_but_may_not_is_forbidden(client: Client) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_admin)
    entry = await people.operator_admin.do(CREATE_ENTRY, input={"journalId": journal, "values": VALUES})
    assert (await read_entry(people.operator_employee, entry["id"]))["number"] == entry["number"]
    revising = {"entryId": entry["id"], "expectedRevision": 1, "reason": "р", "values": {"location": "2"}}
    refused = await people.operator_employee.refused(REVISE_ENTRY, input=revising)
    assert refused["code"] == "FORBIDDEN"
