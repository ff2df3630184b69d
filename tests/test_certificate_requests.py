"""Requests of all kinds: who may ask, who may decide, and what each state allows (law 10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import uvicorn
from authority_world import (
    APPROVE,
    CANCEL,
    HOLD,
    IDENTIFICATION,
    IDENTIFY,
    REJECT,
    REPORT,
    REQUEST_CERTIFICATE,
    REQUEST_REVOCATION,
    REVOKE,
    certificate_of,
    issued,
    waiting,
)
from client import PIN, Client
from conftest import Database, Server, Template
from world import CREATE_USER, People, main_journal, record, sign

from app import demo
from app.assembly import build
from app.settings import Settings
from rules import certificate_requests, clock

NEW_PIN = "135790"
ACCEPT = "mutation { acceptAgreement(input: {version: 1, onBehalfOf: PERSON}) { __typename ... on User { id } } }"
NEWS = "{ notifications(first: 9) { edges { node { event { kind certificate { serial } } } } } }"
KEYS = """select count(distinct key_id) from certificates
    where user_id = (select id from users where email = $1)"""


INTENTS = """select count(*) from issuance_intents i join certificate_requests r on r.id = i.request_id
    where r.status = 'SUBMITTED'"""
TWO_PEOPLE = """select identified_by_id, decided_by_id from certificate_requests
    where status = 'ISSUED' and identified_by_id <> decided_by_id"""


async def newcomer_of(client: Client) -> Client:
    """The one whose request waits."""
    return await client.signed_in(demo.NEWCOMER)


async def somebody_new(admin: Client, email: str) -> Client:
    """A colleague of the admin who has accepted nothing yet, signed in."""
    organization = (await admin.ask("{ viewer { organization { id } } }"))["viewer"]["organization"]
    somebody = {
        "organizationId": organization["id"],
        "role": "OPERATOR_EMPLOYEE",
        "surname": "Новый",
        "givenName": "Пётр",
        "email": email,
        "password": "correct horse",
    }
    await admin.do(CREATE_USER, input=somebody)
    return await admin.signed_in(email, "correct horse")


async def test_held_then_issued_and_the_requester_hears_of_both(client: Client, database: Database) -> None:
    owner = await client.signed_in(demo.OWNER)
    newcomer = await newcomer_of(client)
    request = await waiting(owner)
    held = await owner.do(HOLD, input={"requestId": request, "comment": "Принесите оригинал приказа"})
    assert (held["status"], held["comment"]) == ("ON_HOLD", "Принесите оригинал приказа")
    assert (await newcomer.refused(REQUEST_CERTIFICATE, input={"pin": PIN}))["code"] == "CONFLICT"
    certificate = await owner.do(APPROVE, input={"requestId": request, "identification": IDENTIFICATION})
    assert (certificate["status"], certificate["custody"]) == ("ACTIVE", "SERVER")
    news = await newcomer.ask(
        "{ notifications(first: 9) { edges { node { event { kind certificate { serial } } } } } }"
    )
    events = [each["node"]["event"] for each in news["notifications"]["edges"]]
    assert [event["kind"] for event in events] == ["CERTIFICATE_REQUEST_HELD", "CERTIFICATE_ISSUED"]
    assert events[1]["certificate"]["serial"] == certificate["serial"]
    lint = await database.value("select lint from certificates where serial = $1", certificate["serial"])
    assert "findings" in str(lint)


async def test_cancelled_by_the_requester_alone(client: Client, database: Database) -> None:
    people = await People.of(client)
    request = await waiting(people.owner)
    assert (await people.operator_admin.refused(CANCEL, input={"requestId": request}))["code"] == "FORBIDDEN"
    assert (await people.subscriber_admin.refused(CANCEL, input={"requestId": request}))["code"] == "NOT_FOUND"
    assert await database.value("select count(*) from certificate_requests where status = 'CANCELLED'") == 0
    newcomer = await newcomer_of(client)
    assert (await newcomer.do(CANCEL, input={"requestId": request}))["status"] == "CANCELLED"
    for mutation, more in ((APPROVE, {"identification": IDENTIFICATION}), (HOLD, {"comment": "к"}), (CANCEL, {})):
        who = newcomer if mutation is CANCEL else people.owner
        assert (await who.refused(mutation, input={"requestId": request, **more}))["code"] == "CONFLICT"
    assert (await newcomer.do(REQUEST_CERTIFICATE, input={"pin": PIN}))["status"] == "SUBMITTED"


async def test_no_certificate_before_the_agreement_is_accepted(client: Client, database: Database) -> None:
    people = await People.of(client)
    later = await somebody_new(people.operator_admin, "later@demo.test")
    request = await later.do(REQUEST_CERTIFICATE, input={"pin": PIN})
    wanted = {"requestId": request["id"], "identification": IDENTIFICATION}
    certificates = await database.value("select count(*) from certificates")
    refused = await people.owner.refused(APPROVE, input=wanted)
    assert (refused["code"], refused["details"]) == ("AGREEMENT_REQUIRED", {"version": 1})
    assert await database.value("select count(*) from certificates") == certificates
    assert await database.value("select count(*) from issuance_intents") == certificates
    await later.do(ACCEPT)
    assert (await people.owner.do(APPROVE, input=wanted))["status"] == "ACTIVE"


async def test_a_request_nobody_decides_on_ends(client: Client, database: Database) -> None:
    owner = await client.signed_in(demo.OWNER)
    request = await waiting(owner)
    await database.fetch("update certificate_requests set expires_at = now() - interval '1 minute'")
    wanted = {"requestId": request, "identification": IDENTIFICATION}
    assert (await owner.refused(APPROVE, input=wanted))["code"] == "CONFLICT"
    before = await database.value("select count(*) from certificates")
    assert await certificate_requests.expire(clock.now()) == 1
    assert await certificate_requests.expire(clock.now()) == 0
    newcomer = await newcomer_of(client)
    told = await newcomer.ask("{ notifications(last: 1) { edges { node { event { kind } } } } }")
    assert told["notifications"]["edges"][0]["node"]["event"]["kind"] == "CERTIFICATE_REQUEST_EXPIRED"
    assert await database.value("select count(*) from certificates") == before
    assert (await newcomer.do(REQUEST_CERTIFICATE, input={"pin": PIN}))["status"] == "SUBMITTED"


async def test_an_overdue_request_does_not_stand_in_the_way_of_the_next(client: Client, database: Database) -> None:
    newcomer = await newcomer_of(client)
    await database.fetch("update certificate_requests set expires_at = now() - interval '1 minute'")
    assert (await newcomer.do(REQUEST_CERTIFICATE, input={"pin": PIN}))["status"] == "SUBMITTED"
    states = "select status from certificate_requests r join users u on u.id = r.user_id where u.email = $1"
    assert {row["status"] for row in await database.fetch(states, demo.NEWCOMER)} == {"EXPIRED", "SUBMITTED"}


async def test_renewal_signed_with_the_valid_key_needs_no_identification(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    former = await certificate_of(worker)
    for pin, code in (("000111", "WRONG_PIN"), (PIN, None)):
        asked = {"kind": "RENEW", "pin": NEW_PIN, "currentPin": pin}
        if code:
            refused = await worker.refused(REQUEST_CERTIFICATE, input=asked)
            assert (refused["code"], refused["field"]) == (code, "currentPin")
            assert await database.value("select count(*) from certificate_requests where kind = 'RENEW'") == 0
    request = await worker.do(REQUEST_CERTIFICATE, input=asked)
    assert request["target"]["id"] == former["id"]
    # It replaces identification, not the owner's decision.
    assert (await worker.refused(APPROVE, input={"requestId": request["id"]}))["code"] == "FORBIDDEN"
    certificate = await people.owner.do(APPROVE, input={"requestId": request["id"]})
    assert certificate["serial"] != former["serial"]
    keys = await database.value(
        KEYS,
        demo.OPERATOR_EMPLOYEE,
    )
    assert keys == 2
    entry = await record(worker, await main_journal(worker))
    signature = await sign(worker, entry, pin=NEW_PIN)
    assert signature["certificate"]["serial"] == certificate["serial"]


async def test_renewal_without_that_signature_needs_identification(client: Client) -> None:
    people = await People.of(client)
    request = await people.operator_employee.do(REQUEST_CERTIFICATE, input={"kind": "RENEW", "pin": NEW_PIN})
    refused = await people.owner.refused(APPROVE, input={"requestId": request["id"]})
    assert (refused["code"], refused["field"]) == ("INVALID", "identification")
    wanted = {"requestId": request["id"], "identification": IDENTIFICATION}
    assert (await people.owner.do(APPROVE, input=wanted))["status"] == "ACTIVE"


async def test_nothing_to_renew(client: Client) -> None:
    newcomer = await newcomer_of(client)
    refused = await newcomer.refused(REQUEST_CERTIFICATE, input={"kind": "RENEW", "pin": NEW_PIN})
    assert refused["code"] == "NO_CERTIFICATE"


async def test_revocation_is_asked_for_by_the_holder_and_done_by_the_owner(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    certificate = await certificate_of(worker)
    asked = {"certificateId": certificate["id"], "reason": "SUPERSEDED", "comment": "Новый телефон"}
    assert (await worker.refused(REQUEST_REVOCATION, input=asked | {"reason": "PRIVILEGE_WITHDRAWN"}))[
        "code"
    ] == "INVALID"
    assert (await people.subscriber_employee.refused(REQUEST_REVOCATION, input=asked))["code"] == "NOT_FOUND"
    request = await worker.do(REQUEST_REVOCATION, input=asked)
    assert (request["kind"], request["reason"], request["target"]["id"]) == ("REVOKE", "SUPERSEDED", certificate["id"])
    assert (await worker.refused(REQUEST_REVOCATION, input=asked))["code"] == "CONFLICT"
    assert await database.value("select count(*) from certificate_requests where kind = 'REVOKE'") == 1
    answers = await asyncio.gather(*(people.owner.ask(APPROVE, input={"requestId": request["id"]}) for _ in range(3)))
    results = [answer["approveCertificateRequest"] for answer in answers]
    assert sorted(each["__typename"] for each in results) == ["Certificate", "Problem", "Problem"]
    (revoked,) = (each for each in results if each["__typename"] == "Certificate")
    assert (revoked["status"], revoked["revocationReason"]) == ("REVOKED", "SUPERSEDED")
    assert [change["kind"] for change in revoked["statusChanges"]] == ["REVOKED"]
    assert await database.value("select count(*) from certificate_status_changes") == 1
    assert await database.value("select requested_by_id <> decided_by_id from certificate_status_changes") is True


async def test_an_admin_asks_for_their_own_staff_only(client: Client) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    asked = {"certificateId": certificate["id"], "reason": "AFFILIATION_CHANGED"}
    assert (await people.subscriber_admin.refused(REQUEST_REVOCATION, input=asked))["code"] == "NOT_FOUND"
    refused = await people.operator_admin.refused(REQUEST_REVOCATION, input=asked | {"reason": "KEY_COMPROMISE"})
    assert (refused["code"], refused["field"]) == ("INVALID", "reason")
    request = await people.operator_admin.do(REQUEST_REVOCATION, input=asked)
    assert request["person"]["name"].startswith("Ёлкин")
    told = await people.operator_employee.ask("{ notifications(last: 1) { edges { node { event { kind } } } } }")
    assert told["notifications"]["edges"][0]["node"]["event"]["kind"] == "REVOCATION_REQUESTED"
    assert (await people.owner.do(APPROVE, input={"requestId": request["id"]}))["status"] == "REVOKED"


async def test_nobody_decides_on_a_request_of_their_own(client: Client, database: Database) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_admin)
    asked = {"certificateId": certificate["id"], "reason": "SUPERSEDED"}
    request = await people.operator_admin.do(REQUEST_REVOCATION, input=asked)
    await database.fetch("update users set role = 'SUPERADMIN' where email = $1", demo.OPERATOR_ADMIN)
    former_admin = await client.signed_in(demo.OPERATOR_ADMIN, anew=True)
    for mutation, more in ((APPROVE, {}), (REJECT, {"comment": "к"}), (HOLD, {"comment": "к"})):
        refused = await former_admin.refused(mutation, input={"requestId": request["id"], **more})
        assert refused["code"] == "FORBIDDEN"
    assert await database.value("select count(*) from certificate_status_changes") == 0
    # The database would not have it either.
    with pytest.raises(Exception, match="request_decided_by_another"):
        await database.fetch("update certificate_requests set decided_by_id = requested_by_id where kind = 'REVOKE'")


@pytest.fixture
async def strict(settings: Settings, template: Template) -> AsyncIterator[Client]:
    """A client of an installation that asks for four eyes."""
    configuration = uvicorn.Config(
        build(replace(settings, four_eyes=True)), lifespan="on", log_config=None, timeout_graceful_shutdown=2
    )
    async with (
        Server(configuration).running() as address,
        Client(address, sessions=template.tokens) as anonymous,
    ):
        yield anonymous


async def test_four_eyes(strict: Client, database: Database) -> None:
    owner = await strict.signed_in(demo.OWNER)
    request = await waiting(owner)
    await database.fetch("update users set role = 'SUPERADMIN' where email = $1", demo.SUBSCRIBER_ADMIN)
    second = await strict.signed_in(demo.SUBSCRIBER_ADMIN, anew=True)
    wanted = {"requestId": request, "identification": IDENTIFICATION}
    refused = await owner.refused(APPROVE, input=wanted)
    assert (refused["code"], refused["field"]) == ("INVALID", "identification")
    assert (await owner.refused(APPROVE, input={"requestId": request}))["code"] == "CONFLICT"
    identified = await owner.do(IDENTIFY, input=wanted)
    assert identified["identificationMethod"] == "IN_PERSON"
    assert (await owner.refused(APPROVE, input={"requestId": request}))["code"] == "CONFLICT"
    assert await database.value(INTENTS) == 0
    assert (await second.do(APPROVE, input={"requestId": request}))["status"] == "ACTIVE"
    people = await database.fetch(TWO_PEOPLE)
    assert len(people) == 1


async def test_asking_four_times_at_once_is_asking_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    certificate = await issued(people.operator_employee, people.owner, kind="RENEW", pin=NEW_PIN, currentPin=PIN)
    asked = {"certificateId": certificate["id"], "reason": "UNSPECIFIED"}
    answers = await asyncio.gather(*(people.operator_employee.ask(REQUEST_REVOCATION, input=asked) for _ in range(4)))
    kinds = sorted(answer["requestRevocation"]["__typename"] for answer in answers)
    assert kinds == ["CertificateRequest", "Problem", "Problem", "Problem"]
    assert await database.value("select count(*) from certificates group by key_id order by 1 desc limit 1") == 1


async def test_what_lint_finds_fault_with_is_not_issued(client: Client, database: Database) -> None:
    """Before anything is signed: an address that mail would take but RFC 5321 does not."""
    people = await People.of(client)
    newcomer = await somebody_new(people.operator_admin, "two..dots@demo.test")
    await newcomer.do(ACCEPT)
    request = await newcomer.do(REQUEST_CERTIFICATE, input={"pin": PIN})
    wanted = {"requestId": request["id"], "identification": IDENTIFICATION}
    intents = await database.value("select count(*) from issuance_intents")
    refused = await people.owner.refused(APPROVE, input=wanted)
    assert refused["code"] == "CONFLICT"
    assert refused["details"] == {"cause": "LINT", "findings": ["pkix.invalid_email_address_syntax"]}
    assert await database.value("select count(*) from issuance_intents") == intents
    assert await database.value("select count(*) from events where kind = 'CERTIFICATE_ISSUE_REFUSED'") == 1
    undecided = "select status from certificate_requests order by id desc limit 1"
    assert await database.value(undecided) == "SUBMITTED"


async def test_a_stolen_key_does_not_renew_itself_past_its_revocation(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    former = await certificate_of(worker)
    request = await worker.do(REQUEST_CERTIFICATE, input={"kind": "RENEW", "pin": NEW_PIN, "currentPin": PIN})
    await worker.do(REPORT, input={"certificateId": former["id"], "comment": "Телефон украден"})
    for step in ("on hold", "revoked"):
        for mutation in (APPROVE, IDENTIFY):
            refused = await people.owner.refused(mutation, input={"requestId": request["id"]})
            assert (refused["code"], refused["field"]) == ("INVALID", "identification"), step
        revocation = {"certificateId": former["id"], "reason": "KEY_COMPROMISE", "comment": "к"}
        await people.owner.ask(REVOKE, input=revocation)
    assert await database.value("select count(*) from certificates where status = 'ACTIVE'") == 3
    wanted = {"requestId": request["id"], "identification": IDENTIFICATION}
    assert (await people.owner.do(APPROVE, input=wanted))[
        "status"
    ] == "ACTIVE"  # the person has come and shown a passport


async def test_a_revocation_of_the_owners_own_fulfils_what_was_asked(client: Client, database: Database) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    asked = {"certificateId": certificate["id"], "reason": "AFFILIATION_CHANGED"}
    request = await people.operator_admin.do(REQUEST_REVOCATION, input=asked)
    wanted = asked | {"comment": "Уволен"}
    answers = await asyncio.gather(
        people.owner.ask(REVOKE, input=wanted), people.owner.ask(APPROVE, input={"requestId": request["id"]})
    )
    kinds = sorted(result["__typename"] for answer in answers for result in answer.values())
    assert kinds == ["Certificate", "Problem"]
    look = """query ($id: ID!) { node(id: $id) { ... on CertificateRequest {
        status requester { email } holder { email } } } }"""
    assert (await people.operator_admin.ask(look, id=request["id"]))["node"] == {
        "status": "DONE",
        "requester": {"email": demo.OPERATOR_ADMIN},
        "holder": {"email": demo.OPERATOR_EMPLOYEE},
    }
    assert await database.value("select requested_by_id <> decided_by_id from certificate_status_changes") is True


async def test_which_certificate_is_renewed_can_be_said(client: Client) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    first = await certificate_of(worker)
    await issued(worker, people.owner, pin=NEW_PIN)
    asked = {"kind": "RENEW", "pin": "864209", "currentPin": PIN}
    assert (await worker.refused(REQUEST_CERTIFICATE, input=asked))["code"] == "WRONG_PIN"  # that is the newer one's
    theirs = await certificate_of(people.subscriber_employee)
    refused = await worker.refused(REQUEST_CERTIFICATE, input=asked | {"certificateId": theirs["id"]})
    assert refused["code"] == "NO_CERTIFICATE"
    request = await worker.do(REQUEST_CERTIFICATE, input=asked | {"certificateId": first["id"]})
    assert request["target"]["id"] == first["id"]
    renewed = await people.owner.do(APPROVE, input={"requestId": request["id"]})
    entry = await record(worker, await main_journal(worker))
    signature = await sign(worker, entry, pin="864209")
    assert signature["certificate"]["serial"] == renewed["serial"]
    # Whoever checks is told how the person was identified, once, before the renewal.
    page = await client.http.get(f"/verify/{signature['verificationCode']}?lang=en", headers={"accept": "text/html"})
    assert "Identity was checked" in page.text
