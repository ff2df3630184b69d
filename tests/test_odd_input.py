"""Odd input gets a coded refusal, never our insides."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from authority_world import REPORT, REQUEST_REVOCATION, REVOKE, certificate_of
from client import SIGN_IN, Client
from conftest import Database
from world import CREATE_ENTRY, CREATE_ORGANIZATION, CREATE_USER, VALUES, People, main_journal, person, types, warehouse

from app import demo

DAWN, DUSK = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"


def cursor(*values: Any) -> str:
    """A cursor as a client could forge it."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize("moment", [DAWN, DUSK, "1900-01-01T00:00:00Z", "2026-01-01T00:00:00"])
async def test_moments_that_some_calendar_cannot_show_are_refused(client: Client, moment: str) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    wanted = {"journalId": journal, "values": VALUES, "performedAt": moment}
    refused = await people.operator_employee.refused(CREATE_ENTRY, input=wanted)
    assert (refused["code"], refused["field"]) == ("INVALID", "performedAt")
    answer = await people.operator_admin.post(
        "query ($at: DateTime!) { events(first: 1, filter: {since: $at}) { totalCount } }", {"at": moment}
    )
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"


@pytest.mark.parametrize(
    "moment",
    [DAWN, "2026-W01-1T00:00:00Z", "20260101T000000Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+23:59", "вчера"],
)
async def test_values_that_are_no_moments_of_rfc_3339_are_refused(client: Client, moment: str) -> None:
    people = await People.of(client)
    answer = await people.operator_admin.ask(
        '{ objects(first: 1, filter: {name: "терминал"}) { edges { node { journals { id type { code } } } } } }'
    )
    journals = answer["objects"]["edges"][0]["node"]["journals"]
    requests = next(journal["id"] for journal in journals if journal["type"]["code"] == "PCO_REQ")
    given = {**demo.REPAIR_REQUEST, "reported_at": moment}
    refused = await people.operator_employee.refused(CREATE_ENTRY, input={"journalId": requests, "values": given})
    assert (refused["code"], refused["field"]) == ("INVALID", "values.reported_at")


@pytest.mark.parametrize("day", ["2026-02-30", "20260301", "завтра", "2026-3-1"])
async def test_values_that_are_no_dates_are_refused(client: Client, day: str) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    wanted = {"journalId": await main_journal(worker), "values": {**VALUES, "fix_due": day}}
    refused = await worker.refused(CREATE_ENTRY, input=wanted)
    assert (refused["code"], refused["field"]) == ("INVALID", "values.fix_due")


@pytest.mark.parametrize(
    ("connection", "forged"),
    [
        ("objects", cursor("a", 5)),
        ("objects", cursor("a", [])),
        ("objects", cursor("a", None)),
        ("certificates", cursor(DAWN, "01a20341-6956-7239-93c0-1893a1e41462")),
        ("certificates", cursor("2026-01-01T00:00:00", "01a20341-6956-7239-93c0-1893a1e41462")),
        ("events", base64.urlsafe_b64encode(b"1.99999999999999999999.1").decode()),
    ],
)
async def test_forged_cursors_are_refused(client: Client, connection: str, forged: str) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    answer = await admin.post(
        f"query ($after: String) {{ {connection}(first: 1, after: $after) {{ totalCount }} }}", {"after": forged}
    )
    assert answer["errors"][0]["extensions"] == {"code": "INVALID", "field": "after"}


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"1",
        b'"x"',
        b"{",
        b"\xff",
        b'{"query": "\\ud800"}',
        b'{"query": "{viewer{id}}", "operationName": "\\ud800"}',
    ],
)
async def test_bodies_that_are_no_request_are_the_senders_fault(client: Client, body: bytes) -> None:
    answer = await client.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


async def test_a_malformed_origin_is_a_foreign_one(client: Client) -> None:
    answer = await client.http.post(
        "/graphql", json={"query": "{ viewer { id } }"}, headers={"origin": "http://[", "cookie": "session=x"}
    )
    assert answer.json()["data"] == {"viewer": None}


async def test_names_that_grow_when_folded_are_taken_and_long_ones_refused_by_their_field(client: Client) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    await people.owner.do(CREATE_ORGANIZATION, input={"kind": "SUBSCRIBER", "name": "ß" * 300, "inn": ""})
    await people.owner.do(CREATE_ORGANIZATION, input={"kind": "SUBSCRIBER", "name": "ß" * 300, "inn": ""})
    wanted = person(site["operator"]["id"], "OPERATOR_EMPLOYEE", "long@demo.test")
    made = await people.operator_admin.do(CREATE_USER, input={**wanted, "surname": "ß" * 100, "givenName": "я" * 99})
    assert len(made["person"]["name"]) == 200
    for changes, field in (
        ({"givenName": "я" * 100}, "givenName"),
        ({"email": "ё@demo.test"}, "email"),
        ({"email": "İ" * 30 + "@" + "İ" * 80 + "." + "İ" * 100}, "email"),
    ):
        refused = await people.operator_admin.refused(CREATE_USER, input={**wanted, "email": "o@demo.test", **changes})
        assert (refused["code"], refused["field"]) == ("INVALID", field)


async def test_one_client_id_for_two_journals_at_once_is_a_conflict(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    site, kinds = await warehouse(worker), await types(worker)
    by_type = {journal["type"]["id"]: journal["id"] for journal in site["journals"]}
    maintenance = by_type[kinds["SPS_TO"]]
    first = {"journalId": by_type[kinds["SPZ_MAIN"]], "values": VALUES, "clientId": "same"}
    second = {"journalId": maintenance, "values": demo.MAINTENANCE, "clientId": "same"}
    answers = await asyncio.gather(*(worker.ask(CREATE_ENTRY, input=each) for each in (first, second)))
    made = [answer["createEntry"] for answer in answers]
    assert sorted(each["__typename"] for each in made) == ["Entry", "Problem"]
    assert next(each["code"] for each in made if each["__typename"] == "Problem") == "CONFLICT"
    assert await database.value("select count(*) from entries where client_id = 'same'") == 1


async def test_a_nul_in_an_address_is_an_unknown_address(client: Client) -> None:
    refused = await client.refused(SIGN_IN, email="a\u0000@demo.test", password="x")
    assert refused["code"] == "UNAUTHENTICATED"


async def test_odd_octets_and_moments_of_certificates_are_refused(client: Client) -> None:
    """What cannot be read as base64 or placed in time is said to be so."""
    people = await People.of(client)
    worker = people.operator_employee
    for octets in ("не base64", "%%%", "AAA", 5, ""):
        for name, kind, rest in (
            ("submitSignature", "SubmitSignatureInput", {"preparationId": "x", "signature": octets}),
            ("requestCertificate", "RequestCertificateInput", {"pin": "135790", "renewalSignature": octets}),
        ):
            query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename ... on Problem {{ code }} }} }}"
            answer = await worker.post(query, {"input": rest})
            code = (
                answer["errors"][0]["extensions"]["code"] if answer.get("errors") else answer["data"][name].get("code")
            )
            assert code in ("BAD_USER_INPUT", "INVALID", "NOT_FOUND", None), (name, octets, answer)
    certificate = await certificate_of(worker)
    for moment in (DAWN, DUSK, "2026-11-22", "2026-11-22T10:00:00"):
        asked = {"certificateId": certificate["id"], "reason": "SUPERSEDED", "invalidityDate": moment}
        assert (await worker.refused(REQUEST_REVOCATION, input=asked))["field"] == "invalidityDate"
        wanted = asked | {"comment": "к"}
        assert (await people.owner.refused(REVOKE, input=wanted))["field"] == "invalidityDate"
        report = {"certificateId": certificate["id"], "suspectedSince": moment}
        assert (await worker.refused(REPORT, input=report))["field"] == "suspectedSince"
