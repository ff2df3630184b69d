"""Requests and decisions (law 10), and what openssl says of what comes out."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

from client import PIN, Client
from conftest import Database
from world import PROBLEM, People, main_journal, record, sign

from app import demo

REQUEST = f"""
mutation ($pin: String!) {{ requestCertificate(input: {{pin: $pin}}) {{
  __typename ... on CertificateRequest {{ id status person {{ name }} }} {PROBLEM} }} }}
"""
APPROVE = f"""
mutation ($input: ApproveCertificateRequestInput!) {{ approveCertificateRequest(input: $input) {{
  __typename ... on Certificate {{ id serial status custody holder {{ name }} pem notBefore notAfter }} {PROBLEM} }} }}
"""
REJECT = f"""
mutation ($input: RejectCertificateRequestInput!) {{ rejectCertificateRequest(input: $input) {{
  __typename ... on CertificateRequest {{ id status comment }} {PROBLEM} }} }}
"""
WAITING = "{ certificateRequests(first: 5, filter: {status: [SUBMITTED]}) { edges { node { id } } } }"
OPENSSL = (
    "openssl cms -verify -binary -inform DER -in signature.p7s -content payload.json -CAfile chain.pem -out /dev/null"
)
IDENTIFICATION = {"method": "IN_PERSON", "document": "Паспорт РФ 4510 123456", "date": "2026-11-20"}


async def waiting(owner: Client) -> str:
    """The demo's waiting request."""
    answer = await owner.ask(WAITING)
    return str(answer["certificateRequests"]["edges"][0]["node"]["id"])


async def test_the_owner_identifies_and_issues_and_the_newcomer_may_sign(client: Client, database: Database) -> None:
    people = await People.of(client)
    request = await waiting(people.owner)
    wanted = {"requestId": request, "identification": IDENTIFICATION}
    before = await database.value("select count(*) from certificates")
    answers = await asyncio.gather(*(people.owner.ask(APPROVE, input=wanted) for _ in range(3)))
    issued = [a["approveCertificateRequest"] for a in answers]
    assert sorted(a["__typename"] for a in issued) == ["Certificate", "Problem", "Problem"]
    assert {a["code"] for a in issued if a["__typename"] == "Problem"} == {"CONFLICT"}
    assert await database.value("select count(*) from certificates") == before + 1
    (certificate,) = (a for a in issued if a["__typename"] == "Certificate")
    assert certificate["holder"]["name"] == "Соколова Мария Андреевна"
    assert certificate["status"] == "ACTIVE"
    stored_first = await database.value(
        "select count(*) from certificates c join issuance_intents i"
        " on i.serial = c.serial and i.request_id = c.request_id"
    )
    assert stored_first == before + 1
    newcomer = await client.signed_in(demo.NEWCOMER)
    news = await newcomer.ask("{ notifications(last: 1) { edges { node { event { kind } } } } }")
    assert news["notifications"]["edges"][0]["node"]["event"]["kind"] == "CERTIFICATE_ISSUED"


async def test_nobody_but_the_owner_decides(client: Client, database: Database) -> None:
    people = await People.of(client)
    request = await waiting(people.owner)
    wanted = {"requestId": request, "identification": IDENTIFICATION}
    for caller in (people.operator_admin, people.operator_employee, people.subscriber_admin):
        assert (await caller.refused(APPROVE, input=wanted))["code"] == "FORBIDDEN"
    refused = await people.owner.refused(
        APPROVE, input={**wanted, "identification": {**IDENTIFICATION, "date": "2126-01-01"}}
    )
    assert (refused["code"], refused["field"]) == ("INVALID", "identification.date")
    refused = await people.owner.refused(REQUEST, pin=PIN)
    assert refused["code"] == "FORBIDDEN"
    assert (
        await database.value(
            "select count(*) from issuance_intents where request_id in"
            " (select id from certificate_requests where status = 'SUBMITTED')"
        )
        == 0
    )


async def test_a_rejected_request_says_why_and_a_new_one_may_follow(client: Client) -> None:
    people = await People.of(client)
    newcomer = await client.signed_in(demo.NEWCOMER)
    assert (await newcomer.refused(REQUEST, pin=PIN))["code"] == "CONFLICT"
    rejected = await people.owner.do(
        REJECT, input={"requestId": await waiting(people.owner), "comment": "Фото нечёткое"}
    )
    assert (rejected["status"], rejected["comment"]) == ("REJECTED", "Фото нечёткое")
    for pin in ("12345", "111111", "123456", "987654", "абвгде", "1" * 33, "٢٤٦٨١٠"):
        refused = await newcomer.refused(REQUEST, pin=pin)
        assert (refused["code"], refused["field"]) == ("INVALID", "pin")
    assert (await newcomer.do(REQUEST, pin=PIN))["status"] == "SUBMITTED"


async def test_private_keys_are_sealed_and_nothing_shows_them(client: Client, database: Database) -> None:
    keys = await database.fetch("select sealed, salt from signing_keys")
    assert len({bytes(key["salt"]) for key in keys}) == len(keys) == 5
    for key in keys:
        openssl = await asyncio.create_subprocess_exec(
            *["openssl", "pkcs8", "-inform", "DER", "-passin", f"pass:{PIN}", "-out", "/dev/null"],
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await openssl.communicate(bytes(key["sealed"]))
        assert openssl.returncode
    owner = await client.signed_in(demo.OWNER)
    schema = await owner.ask("{ __schema { types { name fields { name } } } }")
    fields = {field["name"] for kind in schema["__schema"]["types"] for field in kind["fields"] or ()}
    assert not fields & {"sealed", "salt", "passwordHash", "tokenDigest", "publicKey", "key"}


async def test_openssl_verifies_what_was_signed_and_refuses_a_changed_byte(client: Client, tmp_path: Path) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    signature = await sign(worker, entry)
    payload = base64.b64decode(signature["revision"]["payload"])
    assert json.loads(payload)["values"] == entry["revision"]["values"]
    (tmp_path / "signature.p7s").write_bytes(base64.b64decode(signature["cms"]))
    chain = await client.http.get("/pki/chain.pem")
    (tmp_path / "chain.pem").write_bytes(chain.content)

    async def verified(content: bytes) -> tuple[int | None, bytes]:
        (tmp_path / "payload.json").write_bytes(content)
        openssl = await asyncio.create_subprocess_exec(
            *[
                "openssl",
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                "signature.p7s",
                "-content",
                "payload.json",
            ],
            *["-CAfile", "chain.pem", "-out", "/dev/null"],
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await openssl.communicate()
        return openssl.returncode, said

    code, said = await verified(payload)
    assert (code, b"CMS Verification successful" in said) == (0, True), said
    code, said = await verified(payload.replace("Этаж 1".encode(), "Этаж 7".encode()))
    assert code
    assert b"CMS Verification failure" in said
