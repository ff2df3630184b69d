"""People who go to another organisation, and duties that go to a colleague: what ends, what goes on without a gap."""

from __future__ import annotations

from datetime import datetime

from client import Client
from conftest import Database
from entry_deeds import PASSWORD, ago, ahead, assigned, certified, colleague, id_of, news
from live import EVENTS
from object_deeds import deed
from people_world import client, kept, other, people, shared, traces  # noqa: F401 - fixtures
from world import (
    ASSIGN,
    PLAN_ABSENCE,
    PROBLEM,
    SAVE_DRAFT,
    SIGN_ENTRY,
    OtherCompany,
    People,
    main_journal,
    record,
    sign,
    signing,
    types,
    warehouse,
)

TRANSFER = deed(
    "transferUser",
    "User",
    "id role status organization { id name } person { name position organization } certificates { status }",
)
HAND_OVER = deed("handOverDuties", "User", "id person { name }")
REQUEST_REVOCATION = f"""
mutation ($input: RequestRevocationInput!) {{
  requestRevocation(input: $input) {{ __typename ... on CertificateRequest {{ id status }} {PROBLEM} }}
}}
"""
ASSIGNMENTS = """
select a.duty, a.all_types, a.valid_from, a.valid_to, a.basis, a.object_id,
       (select count(*) from assignment_types t where t.assignment_id = a.id) as types
from assignments a join users u on u.id = a.user_id where u.email = $1 order by a.id
"""


async def organization_of(client: Client) -> str:
    """The client's own organisation."""
    id: str = (await client.ask("{ viewer { organization { id } } }"))["viewer"]["organization"]["id"]
    return id


async def test_whoever_goes_to_another_company_leaves_everything_behind(
    people: People, client: Client, other: OtherCompany, kept: Database
) -> None:
    email = "mover@move.test"
    worker = await colleague(people, client, email, "OPERATOR_EMPLOYEE")
    user, place, journal = (
        await id_of(worker),
        (await warehouse(people.operator_admin))["id"],
        await main_journal(people.operator_admin),
    )
    await assigned(people, worker, place)
    entry = await record(worker, journal)
    signature = await sign(worker, entry)
    await worker.do(SAVE_DRAFT, input={"journalId": journal, "values": {"location": "Этаж 2"}})
    await certified_again(people, worker)
    asked = await worker.do(
        REQUEST_REVOCATION, input={"certificateId": await certificate_of(worker), "reason": "SUPERSEDED"}
    )
    assert asked["status"] == "SUBMITTED"
    wanted = {"userId": user, "organizationId": await organization_of(other.admin), "role": "OPERATOR_EMPLOYEE"}
    async with worker.subscribed(EVENTS) as stream:
        moved = await people.owner.do(TRANSFER, input={**wanted, "reason": "Перевод, приказ № 9"})
        assert (await stream.message())["type"] == "complete"
    assert moved["organization"]["name"] == moved["person"]["organization"] == "ООО «Другая»"
    assert (moved["person"]["name"], moved["person"]["position"]) == ("Тестова Тестина", None)
    assert {certificate["status"] for certificate in moved["certificates"]} == {"REVOKED"}
    assert (await worker.ask("{ viewer { id } }"))["viewer"] is None
    reasons = (
        "select distinct revocation_reason from certificates where user_id = (select id from users where email = $1)"
    )
    assert [row[0] for row in await kept.fetch(reasons, email)] == ["AFFILIATION_CHANGED"]
    undecided = "select count(*) from certificate_requests r join users u on u.id = r.user_id where u.email = $1"
    assert await kept.value(undecided + " and r.status in ('SUBMITTED', 'ON_HOLD')", email) == 0
    assert await kept.value("select count(*) from drafts where entry_id is null") == 0
    # At the new company: nothing of the former one but one's own signature, and nothing can be signed.
    again = await client.signed_in(email, PASSWORD, anew=True)
    seen = await again.ask(
        "query ($a: ID!, $b: ID!) {"
        " place: node(id: $a) { id } entry: node(id: $b) { id } drafts(first: 1) { totalCount } }",
        a=place,
        b=entry["id"],
    )
    assert seen == {"place": None, "entry": None, "drafts": {"totalCount": 0}}
    await other.admin.do(
        ASSIGN, input={"objectId": other.object_id, "userId": user, "duty": "RESPONSIBLE", "basis": "Приказ № 10"}
    )
    fresh = await record(again, other.journal_id)
    refused = await again.refused(SIGN_ENTRY, input=signing(fresh))
    assert refused["code"] == "NO_CERTIFICATE"
    await certified(people.owner, again)
    await sign(again, fresh)
    # What was signed before the transfer holds.
    verdict = await client.ask(
        "query ($code: String!) { verifySignature(code: $code) { indication signerName } }",
        code=signature["verificationCode"],
    )
    assert verdict["verifySignature"]["indication"] == "TOTAL_PASSED"
    # Each side is told of its own part.
    told = [
        [edge["node"]["changes"] for edge in answer["events"]["edges"] if edge["node"]["kind"] == "USER_TRANSFERRED"]
        for answer in [
            await who.ask("{ events(last: 60) { edges { node { kind changes } } } }")
            for who in (people.operator_admin, other.admin, people.owner)
        ]
    ]
    left = {"before": {"organization": "ООО «Пожсервис»", "role": "OPERATOR_EMPLOYEE"}, "reason": "Перевод, приказ № 9"}
    came = {"after": {"organization": "ООО «Другая»", "role": "OPERATOR_EMPLOYEE"}}
    assert told == [[left], [came], [left, came]]
    assert "USER_TRANSFERRED" in await news(people.operator_admin)
    assert "USER_TRANSFERRED" in await news(other.admin)


async def certificate_of(client: Client) -> str:
    """The client's newest certificate."""
    found = (await client.ask("{ viewer { certificates { id status } } }"))["viewer"]["certificates"]
    id: str = found[-1]["id"]
    return id


async def certified_again(people: People, signer: Client) -> None:
    """A second certificate, valid beside the first."""
    await certified(people.owner, signer)


async def test_transfers_that_cannot_be_are_refused(
    people: People, client: Client, other: OtherCompany, kept: Database
) -> None:
    worker = await colleague(people, client, "stays@move.test", "OPERATOR_EMPLOYEE", certificate=False)
    user, theirs = await id_of(worker), await organization_of(other.admin)
    own, subscriber = await organization_of(worker), await organization_of(people.subscriber_admin)
    wanted = {"userId": user, "organizationId": theirs, "role": "OPERATOR_EMPLOYEE", "reason": "Перевод"}
    before = await traces(kept)
    for who, changes, code, field in (
        (people.operator_admin, {}, "FORBIDDEN", None),
        (other.admin, {}, "FORBIDDEN", None),
        (worker, {}, "FORBIDDEN", None),
        (client, {}, "UNAUTHENTICATED", None),
        (people.owner, {"organizationId": own}, "INVALID", "organizationId"),
        (people.owner, {"organizationId": subscriber, "role": "SUBSCRIBER_EMPLOYEE"}, "INVALID", "organizationId"),
        (people.owner, {"role": "SUBSCRIBER_EMPLOYEE"}, "INVALID", "role"),
        (people.owner, {"reason": " "}, "INVALID", "reason"),
        (people.owner, {"userId": await id_of(other.admin), "organizationId": own}, "CONFLICT", "userId"),
        (people.owner, {"userId": await id_of(people.owner)}, "FORBIDDEN", "userId"),
        (people.owner, {"organizationId": user}, "NOT_FOUND", "organizationId"),
    ):
        refused = await who.refused(TRANSFER, input={**wanted, **changes})
        assert (refused["code"], refused["field"]) == (code, field)
    assert await traces(kept) == before


async def test_duties_go_to_a_colleague_without_a_gap_and_slots_with_them(
    people: People, client: Client, kept: Database
) -> None:
    giver = await colleague(people, client, "giver@move.test", "SUBSCRIBER_EMPLOYEE")
    taker = await colleague(people, client, "taker@move.test", "SUBSCRIBER_EMPLOYEE")
    place, kinds = (await warehouse(people.operator_admin))["id"], await types(people.owner)
    ids = {"fromUserId": await id_of(giver), "toUserId": await id_of(taker)}
    until, later = ahead(days=30), ahead(days=3)
    await assigned(people, giver, place, validTo=until)
    await assigned(people, giver, place, duty="PARTICIPANT", journalTypeIds=[kinds["SPS_TO"]], validFrom=later)
    await assigned(people, giver, place, validFrom=ago(days=9), validTo=ago(days=1))
    entry = await record(people.operator_employee, await main_journal(people.operator_admin))
    await sign(people.operator_employee, entry)
    assert (await taker.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"
    handed = await people.subscriber_admin.do(HAND_OVER, input={**ids, "basis": "Приказ № 21"})
    assert handed["id"] == ids["toUserId"]
    assert (await giver.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"
    assert (await sign(taker, entry))["entry"]["status"] == "SIGNED"
    given, taken = [await kept.fetch(ASSIGNMENTS, f"{name}@move.test") for name in ("giver", "taker")]
    assert [(row["duty"], row["all_types"], row["types"], row["basis"]) for row in taken] == [
        ("RESPONSIBLE", True, 0, "Приказ № 21"),
        ("PARTICIPANT", False, 1, "Приказ № 21"),
    ]
    assert [row["valid_from"] for row in taken] == [row["valid_to"] for row in given[:2]]
    assert taken[0]["valid_to"] == datetime.fromisoformat(until)
    assert (taken[1]["valid_from"], taken[1]["valid_to"]) == (datetime.fromisoformat(later), None)
    for who in (giver, taker):
        assert "DUTIES_HANDED_OVER" in await news(who)
    assert "ASSIGNED" in await news(taker)
    assert "ASSIGNMENT_ENDED" in await news(giver)


async def test_a_handover_passes_over_substitutes_and_reaches_whoever_stands_in(
    people: People, client: Client, kept: Database
) -> None:
    away, giver, taker, stand_in = [
        await colleague(people, client, f"{name}@move.test", "OPERATOR_EMPLOYEE", certificate=False)
        for name in ("away", "substitute", "receiver", "standin")
    ]
    place = (await warehouse(people.operator_admin))["id"]
    ids = [await id_of(each) for each in (away, giver, taker, stand_in)]
    await assigned(people, away, place)
    await assigned(people, giver, place, duty="PARTICIPANT")
    for absent, substitute in ((ids[0], ids[1]), (ids[2], ids[3])):
        await people.operator_admin.do(
            PLAN_ABSENCE,
            input={
                "userId": absent,
                "substituteId": substitute,
                "startsAt": ahead(days=1),
                "endsAt": ahead(days=5),
                "basis": "Отпуск",
            },
        )
    await people.operator_admin.do(HAND_OVER, input={"fromUserId": ids[1], "toUserId": ids[2], "basis": "Приказ № 22"})
    still = "select count(*) from assignments where user_id = (select id from users where email = $1) and"
    assert await kept.value(still + " absence_id is not null and valid_to > now()", "substitute@move.test") == 1
    assert await kept.value(still + " absence_id is null and valid_to is null", "substitute@move.test") == 0
    assert await kept.value(still + " absence_id is null and valid_to is null", "receiver@move.test") == 1
    assert await kept.value(still + " duty = 'PARTICIPANT' and absence_id is not null", "standin@move.test") == 1


async def test_handovers_that_cannot_be_are_refused(
    people: People, client: Client, other: OtherCompany, kept: Database
) -> None:
    worker = await colleague(people, client, "holder@move.test", "OPERATOR_EMPLOYEE", certificate=False)
    await assigned(people, worker, (await warehouse(people.operator_admin))["id"])
    holder, foreign = await id_of(worker), await id_of(other.employee)
    subscriber, mate = await id_of(people.subscriber_employee), await id_of(people.operator_employee)
    before = await traces(kept)
    for who, taker, code, field in (
        (people.operator_admin, foreign, "NOT_FOUND", "toUserId"),
        (people.operator_admin, subscriber, "NOT_FOUND", "toUserId"),
        (people.operator_admin, holder, "INVALID", "toUserId"),
        (people.owner, foreign, "INVALID", "toUserId"),
        (people.owner, subscriber, "INVALID", "toUserId"),
        (people.subscriber_admin, subscriber, "NOT_FOUND", "fromUserId"),
        (people.operator_employee, mate, "FORBIDDEN", None),
    ):
        refused = await who.refused(HAND_OVER, input={"fromUserId": holder, "toUserId": taker, "basis": "Приказ"})
        assert (refused["code"], refused["field"]) == (code, field)
    assert await traces(kept) == before
