"""Laws 3 and 5 to 9: what is written stays, what changed is not signed, each signs once, complete means complete."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from client import Client
from conftest import Database
from world import (
    DECLINE_ENTRY,
    REVISE_ENTRY,
    SIGN_ENTRY,
    People,
    main_journal,
    read_entry,
    record,
    revising,
    sign,
    signing,
)

from app import demo

IMMUTABLE = [
    "people",
    "journal_type_versions",
    "closing_records",
    "revisions",
    "signatures",
    "agreements",
    "agreement_acceptances",
    "issuance_intents",
    "events",
]

TRACES = """
select (select count(*) from signatures), (select count(*) from events), (select count(*) from revisions),
       (select count(*) from slots where status = 'OPEN'), (select count(*) from notifications)
"""


async def traces(database: Database) -> tuple[int, ...]:
    """What a refused deed must leave as it was."""
    return tuple((await database.fetch(TRACES))[0])


@pytest.mark.parametrize("table", IMMUTABLE)
async def test_law_3_what_is_immutable_refuses_even_its_owner(database: Database, table: str) -> None:
    assert await database.value(f"select count(*) from {table}")
    for statement in (f"update {table} set id = id", f"delete from {table}", f"truncate {table} cascade"):
        with pytest.raises(asyncpg.RestrictViolationError, match="is immutable"):
            await database.fetch(statement)


async def test_law_3_the_values_and_the_digest_cannot_differ_from_the_payload(database: Database) -> None:
    columns = (
        "entry_id, object_id, type_id, operator_id, subscriber_id, 99, kind, type_version_id, payload, {digest},"
        " digest, {values}, author_id, author_user_id, performed_at, recorded_at, 'r'"
    )
    insert = (
        "insert into revisions (id, entry_id, object_id, type_id, operator_id, subscriber_id, number, kind,"
        " type_version_id, payload, digest, previous_digest, values, author_id, author_user_id, performed_at,"
        " recorded_at, reason) select gen_random_uuid(), "
    )
    for digest, values, constraint in (
        ("repeat('0', 64)", '"values"', "revision_digest"),
        ("digest", """'{"system": "other"}'::jsonb""", "revision_values_in_payload"),
    ):
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await database.fetch(insert + columns.format(digest=digest, values=values) + " from revisions limit 1")


async def test_law_5_a_revision_supersedes_every_signature_and_tells_the_signers(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    await sign(people.operator_employee, entry)
    signed = await sign(people.subscriber_employee, entry)
    assert signed["entry"]["status"] == "SIGNED"
    revised = await people.operator_employee.do(REVISE_ENTRY, input=revising(entry, location="Этаж 2"))
    assert revised["status"] == "AWAITING_SIGNATURES"
    assert revised["revision"]["number"] == 2
    assert revised["revision"]["values"] == {**entry["revision"]["values"], "location": "Этаж 2"}
    assert [slot["status"] for slot in revised["slots"]] == ["OPEN", "OPEN"]
    assert revised["signatures"] == []
    history = await people.subscriber_employee.ask(
        """query ($id: ID!) { entry(id: $id) { revisions { number digest previousDigest
             changes { field before after } signatures { standing side } slots { status } } } }""",
        id=entry["id"],
    )
    first, second = history["entry"]["revisions"]
    assert {signature["standing"] for signature in first["signatures"]} == {"SUPERSEDED"}
    assert len(first["signatures"]) == 2
    assert second["previousDigest"] == first["digest"]
    assert second["changes"] == [{"field": "values.location", "before": "Этаж 1", "after": "Этаж 2"}]
    news = await people.subscriber_employee.ask(
        "{ notifications(last: 1, unreadOnly: true) { edges { node { id event { kind entry { id } changes } } } } }"
    )
    told = news["notifications"]["edges"][0]["node"]
    assert told["event"]["kind"] == "ENTRY_REVISED"
    assert told["event"]["entry"]["id"] == entry["id"]
    assert told["event"]["changes"]["fields"]["location"] == {"before": "Этаж 1", "after": "Этаж 2"}
    transactions = await database.value(
        "select count(distinct transaction_id) from events where kind in ('ENTRY_REVISED', 'SIGNATURE_SUPERSEDED')"
        " and transaction_id = (select max(transaction_id) from events where kind = 'ENTRY_REVISED')"
    )
    assert transactions == 1
    superseded = await database.value(
        "select count(*) from events where kind = 'SIGNATURE_SUPERSEDED'"
        " and transaction_id = (select max(transaction_id) from events where kind = 'ENTRY_REVISED')"
    )
    assert superseded == 2
    assert (await sign(people.subscriber_employee, revised))["entry"]["status"] == "AWAITING_SIGNATURES"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expectedRevision": 2}, "expectedRevision"),
        ({"expectedRevision": 0}, "expectedRevision"),
        ({"expectedDigest": "0" * 64}, "expectedDigest"),
        ({"expectedDigest": ""}, "expectedDigest"),
    ],
)
async def test_law_6_nobody_signs_or_declines_what_they_have_not_seen(
    client: Client, database: Database, changes: dict[str, Any], field: str
) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    before = await traces(database)
    refused = await worker.refused(SIGN_ENTRY, input=signing(entry, **changes))
    assert (refused["code"], refused["field"]) == ("STALE_REVISION", field)
    assert refused["details"]["revision"] == 1
    declining = signing(entry, **changes, reason="нет")
    del declining["pin"]
    refused = await worker.refused(DECLINE_ENTRY, input=declining)
    assert refused["code"] == "STALE_REVISION"
    assert await traces(database) == before


async def test_law_6_a_revision_of_a_stale_revision_is_refused(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    await worker.do(REVISE_ENTRY, input=revising(entry, location="Этаж 2"))
    before = await traces(database)
    refused = await worker.refused(REVISE_ENTRY, input=revising(entry, location="Этаж 3"))
    assert (refused["code"], refused["details"]["revision"]) == ("STALE_REVISION", 2)
    assert await traces(database) == before


async def test_law_6_sign_against_revise_one_of_them_sees_the_other(client: Client, database: Database) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    outcomes = set()
    for _ in range(6):
        entry = await record(people.operator_employee, journal)
        signed, revised = await asyncio.gather(
            people.subscriber_employee.ask(SIGN_ENTRY, input=signing(entry)),
            people.operator_employee.ask(REVISE_ENTRY, input=revising(entry, location="Этаж 9")),
        )
        assert revised["reviseEntry"]["__typename"] == "Entry"
        if signed["signEntry"]["__typename"] == "Problem":
            assert signed["signEntry"]["code"] == "STALE_REVISION"
        now = await read_entry(people.operator_employee, entry["id"])
        assert now["revision"]["number"] == 2
        assert now["signatures"] == []
        assert [slot["status"] for slot in now["slots"]] == ["OPEN", "OPEN"]
        outcomes.add(signed["signEntry"]["__typename"])
    assert outcomes <= {"Signature", "Problem"}
    orphans = await database.value(
        "select count(*) from signatures s join slots t on t.id = s.slot_id"
        " where t.revision_id <> s.revision_id or t.status <> 'SIGNED'"
    )
    assert orphans == 0


async def test_law_7_the_same_person_never_signs_twice(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    answers = await asyncio.gather(*(worker.ask(SIGN_ENTRY, input=signing(entry)) for _ in range(4)))
    kinds = sorted(answer["signEntry"]["__typename"] for answer in answers)
    assert kinds == ["Problem", "Problem", "Problem", "Signature"]
    signature = next(a["signEntry"] for a in answers if a["signEntry"]["__typename"] == "Signature")
    for answer in answers:
        if answer["signEntry"]["__typename"] == "Problem":
            assert answer["signEntry"]["code"] == "ALREADY_SIGNED"
            assert answer["signEntry"]["details"] == {"signatureId": signature["id"]}
    other_side = next(slot for slot in entry["slots"] if slot["side"] == "SUBSCRIBER")
    refused = await worker.refused(SIGN_ENTRY, input=signing(entry, slotId=other_side["id"]))
    assert refused["code"] == "ALREADY_SIGNED"
    assert (
        await database.value("select count(*) from signatures where revision_id = $1::uuid", await key(database, entry))
        == 1
    )


async def key(database: Database, entry: dict[str, Any]) -> object:
    """The revision's key, found by its digest."""
    return await database.value("select id from revisions where digest = $1", entry["revision"]["digest"])


async def test_law_7_nobody_fills_the_other_sides_slot(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    operators = next(slot for slot in entry["slots"] if slot["side"] == "OPERATOR")
    before = await traces(database)
    refused = await people.subscriber_employee.refused(SIGN_ENTRY, input=signing(entry, slotId=operators["id"]))
    assert (refused["code"], refused["field"]) == ("NOT_YOUR_SLOT", "slotId")
    # The admins see the entry but are not assigned as responsible.
    for admin in (people.operator_admin, people.subscriber_admin):
        assert (await admin.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_YOUR_SLOT"
    assert (await people.owner.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "FORBIDDEN"
    assert await traces(database) == before


async def test_law_7_a_decline_of_one_slot_declines_the_revision(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    declining = signing(entry, reason="Не выполнено")
    del declining["pin"]
    declined = await people.subscriber_employee.do(DECLINE_ENTRY, input=declining)
    assert declined["status"] == "DECLINED"
    assert {slot["side"]: slot["status"] for slot in declined["slots"]} == {
        "OPERATOR": "WITHDRAWN",
        "SUBSCRIBER": "DECLINED",
    }
    refused = await people.operator_employee.refused(SIGN_ENTRY, input=signing(entry))
    assert refused["code"] == "CONFLICT"
    news = await people.operator_employee.ask("{ notifications(last: 1) { edges { node { event { kind } } } } }")
    assert news["notifications"]["edges"][0]["node"]["event"]["kind"] == "ENTRY_DECLINED"


async def test_law_8_both_sign_at_once_and_the_entry_is_complete_in_the_last_signatures_transaction(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    for _ in range(4):
        entry = await record(people.operator_employee, journal)
        await asyncio.gather(sign(people.operator_employee, entry), sign(people.subscriber_employee, entry))
        assert (await read_entry(people.operator_employee, entry["id"]))["status"] == "SIGNED"
    incomplete = await database.value(
        "select count(*) from entries e where e.status = 'SIGNED' and exists(select 1 from slots s"
        " where s.revision_id = e.current_revision_id and s.status <> 'SIGNED')"
    )
    assert incomplete == 0
    alone = await database.value(
        "select count(*) from events c where c.kind = 'ENTRY_COMPLETED' and not exists(select 1 from events s"
        " where s.kind = 'SIGNATURE_MADE' and s.transaction_id = c.transaction_id and s.entry_id = c.entry_id)"
    )
    assert alone == 0
    twice = await database.fetch(
        "select revision_id from events where kind = 'ENTRY_COMPLETED' group by revision_id having count(*) > 1"
    )
    assert twice == []


async def test_law_9_a_wrong_pin_signs_nothing_and_locks_after_five(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    signatures = await database.value("select count(*) from signatures")
    left = []
    for _ in range(5):
        refused = await worker.refused(SIGN_ENTRY, input=signing(entry, pin="135791"))
        assert (refused["code"], refused["field"]) == ("WRONG_PIN", "pin")
        left.append(refused["details"]["triesLeft"])
    assert left == [4, 3, 2, 1, 0]
    locked = await worker.refused(SIGN_ENTRY, input=signing(entry))
    assert locked["code"] == "PIN_LOCKED"
    assert 0 < locked["details"]["seconds"] <= 30
    assert await database.value("select count(*) from signatures") == signatures
    assert await database.value("select count(*) from events where kind = 'PIN_REFUSED'") == 5
    await database.fetch("update signing_keys set pin_locked_until = now() - interval '1 second'")
    assert (await sign(worker, entry))["level"] == "T"
    assert await database.value("select max(pin_failures) from signing_keys") == 0


async def test_law_9_no_certificate_no_agreement_no_signature(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    certificate = "update certificates set {} where user_id = (select id from users where email = $1)"
    await database.fetch("alter table certificates disable trigger only_status_changes")
    for change, status in (
        ("status = 'REVOKED', revoked_at = now()", "REVOKED"),
        ("status = 'SUSPENDED', revoked_at = null, suspended_at = now()", "SUSPENDED"),
        ("status = 'ACTIVE', suspended_at = null, not_after = now() - interval '1 minute'", "EXPIRED"),
    ):
        await database.fetch(certificate.format(change), demo.OPERATOR_EMPLOYEE)
        before = await traces(database)
        refused = await worker.refused(SIGN_ENTRY, input=signing(entry))
        assert (refused["code"], refused["details"]) == ("NO_CERTIFICATE", {"status": status})
        assert await traces(database) == before
    await database.fetch(
        "insert into agreements (id, version, text_ru, text_en, digest, effective_from)"
        " values (gen_random_uuid(), 2, 'т', 't', 'd', now())"
    )
    refused = await worker.refused(SIGN_ENTRY, input=signing(entry))
    assert (refused["code"], refused["details"]) == ("AGREEMENT_REQUIRED", {"version": 2})
    accepted = await worker.do(
        """mutation ($input: AcceptAgreementInput!) { acceptAgreement(input: $input) {
             __typename ... on User { email } ... on Problem { code } } }""",
        input={"version": 2, "onBehalfOf": "PERSON"},
    )
    assert accepted["email"] == demo.OPERATOR_EMPLOYEE


async def test_the_same_request_of_a_client_is_done_once(client: Client, database: Database) -> None:
    from world import CREATE_ENTRY, VALUES

    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    wanted = {"journalId": await main_journal(worker), "values": VALUES, "clientId": "phone-1"}
    entries = await asyncio.gather(*(worker.do(CREATE_ENTRY, input=wanted) for _ in range(4)))
    assert len({entry["id"] for entry in entries}) == 1
    assert await database.value("select count(*) from entries where client_id = 'phone-1'") == 1
    other = {**wanted, "values": {**VALUES, "location": "Этаж 5"}}
    refused = await worker.refused(CREATE_ENTRY, input=other)
    assert (refused["code"], refused["field"]) == ("CONFLICT", "clientId")


async def test_a_declined_revision_is_not_told_as_if_it_counted(client: Client) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    signature = await sign(people.operator_employee, entry)
    verify = "query ($code: String!) { verifySignature(code: $code) { indication standing complete summary } }"
    code = signature["verificationCode"]
    told = (await client.ask(verify, code=code))["verifySignature"]
    assert (told["indication"], told["standing"], told["complete"]) == ("TOTAL_PASSED", "CURRENT", False)
    assert told["summary"].endswith("но поставлены ещё не все требуемые подписи.")
    declining = signing(entry, reason="Нет")
    del declining["pin"]
    await people.subscriber_employee.do(DECLINE_ENTRY, input=declining)
    told = (await client.ask(verify, code=code))["verifySignature"]
    assert told["summary"].endswith("но эту редакцию отклонили.")
    page = await client.http.get(f"/verify/{code}")
    assert "но эту редакцию отклонили" in page.text
