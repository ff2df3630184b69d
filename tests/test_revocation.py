"""The end of a certificate: what commits is in the next list and the next answer (law 10), and it is final."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest
from authority_world import (
    CHANGE_PIN,
    RELEASE,
    REPORT,
    REVOKE,
    SUSPEND,
    certificate_of,
    issued,
    published,
    run,
)
from client import PIN, Client
from conftest import Database
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from test_admin_door import superadmin
from test_device_keys import csr_of
from uploading import brought
from world import SIGN_ENTRY, People, main_journal, record, sign, signing

from app import demo
from authority.signing import assemble, attach_time_stamp, prepare_attributes, signature_value
from rules import clock, compromise, expiry, revocation_lists
from rules.identifiers import parse

VERIFY = "query ($code: String!) { verifySignature(code: $code) { indication subIndication summary } }"
SIGNED_SINCE = """query ($id: ID!, $from: DateTime!) { node(id: $id) { ... on Certificate {
  compromiseReports { suspectedSince decideBy decidedAt outcome comment }
  signatures(first: 10, filter: {signedFrom: $from}) { totalCount edges { node { verificationCode: code } } } } } }"""


async def listed(client: Client) -> x509.CertificateRevocationList:
    """The issuing authority's list as it is published now."""
    answer = await client.http.get("/pki/issuing.crl")
    assert answer.headers["content-type"] == "application/pkix-crl"
    return x509.load_der_x509_crl(answer.content)


def number_of(revocation_list: x509.CertificateRevocationList) -> int:
    """Its CRLNumber."""
    return revocation_list.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def reason_of(revocation_list: x509.CertificateRevocationList, serial: str) -> str | None:
    """Why the certificate is on the list; None if it is not."""
    entry = revocation_list.get_revoked_certificate_by_serial_number(int(serial, 16))
    if entry is None:
        return None
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return "unspecified"


async def verified(client: Client, code: str) -> tuple[str, str | None]:
    """What anybody is answered."""
    answer = (await client.ask(VERIFY, code=code))["verifySignature"]
    return answer["indication"], answer["subIndication"]


async def test_suspended_released_revoked_and_what_the_world_is_told(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker, owner = people.operator_employee, people.owner
    entry = await record(worker, await main_journal(worker))
    code = (await sign(worker, entry))["verificationCode"]
    another = await record(worker, await main_journal(worker), location="Этаж 2")
    certificate = await certificate_of(worker)
    about = {"certificateId": certificate["id"], "comment": "проверка"}
    first = await listed(client)
    assert reason_of(first, certificate["serial"]) is None

    suspended = await owner.do(SUSPEND, input=about)
    assert suspended["status"] == "SUSPENDED"
    assert suspended["suspendedAt"]
    held = await listed(client)
    assert (number_of(held), reason_of(held, certificate["serial"])) == (number_of(first) + 1, "certificateHold")
    assert await verified(client, code) == ("INDETERMINATE", "TRY_LATER")
    refused = await worker.refused(SIGN_ENTRY, input=signing(another))
    assert (refused["code"], refused["details"]) == ("NO_CERTIFICATE", {"status": "SUSPENDED"})
    assert (await owner.refused(SUSPEND, input=about))["code"] == "CONFLICT"

    assert (await owner.do(RELEASE, input=about))["status"] == "ACTIVE"
    assert reason_of(await listed(client), certificate["serial"]) is None
    assert await verified(client, code) == ("TOTAL_PASSED", None)
    assert (await owner.refused(RELEASE, input=about))["code"] == "CONFLICT"
    assert (await sign(worker, another))["level"] == "T"

    for who in (worker, people.operator_admin, people.subscriber_admin):
        assert (await who.refused(REVOKE, input=about | {"reason": "SUPERSEDED"}))["code"] == "FORBIDDEN"
    revoked = await owner.do(REVOKE, input=about | {"reason": "CESSATION_OF_OPERATION"})
    assert [change["kind"] for change in revoked["statusChanges"]] == ["SUSPENDED", "RELEASED", "REVOKED"]
    last = await listed(client)
    assert (number_of(last), reason_of(last, certificate["serial"])) == (number_of(first) + 3, "cessationOfOperation")
    assert await verified(client, code) == ("TOTAL_PASSED", None)  # it was made and stamped before
    for mutation, more in ((RELEASE, {}), (SUSPEND, {}), (REVOKE, {"reason": "SUPERSEDED"})):
        assert (await owner.refused(mutation, input=about | more))["code"] == "CONFLICT"
    assert number_of(await listed(client)) == number_of(last)
    with pytest.raises(asyncpg.RestrictViolationError):
        await database.fetch("update certificates set status = 'ACTIVE', revoked_at = null where status = 'REVOKED'")


async def test_a_key_compromised_before_it_signed_confirms_nothing(client: Client) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    before = clock.now() - timedelta(seconds=2)
    entry = await record(worker, await main_journal(worker))
    code = (await sign(worker, entry))["verificationCode"]
    certificate = await certificate_of(worker)
    wanted = {
        "certificateId": certificate["id"],
        "reason": "KEY_COMPROMISE",
        "comment": "Ключ скопирован",
        "invalidityDate": before.isoformat(),
    }
    too_early = wanted | {"invalidityDate": (before - timedelta(days=400)).isoformat()}
    refused = await people.owner.refused(REVOKE, input=too_early)
    assert (refused["code"], refused["field"]) == ("INVALID", "invalidityDate")
    revoked = await people.owner.do(REVOKE, input=wanted)
    assert revoked["invalidityDate"]
    entry_on_list = (await listed(client)).get_revoked_certificate_by_serial_number(int(certificate["serial"], 16))
    assert entry_on_list is not None
    assert entry_on_list.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc == (
        before.replace(microsecond=0)
    )
    answer = (await client.ask(VERIFY, code=code))["verifySignature"]
    assert (answer["indication"], answer["subIndication"]) == ("TOTAL_FAILED", "REVOKED")
    assert "скомпрометированным" in answer["summary"]


async def test_a_list_is_made_in_the_transaction_of_each_revocation(client: Client, database: Database) -> None:
    """Several revocations at once: one list each, numbers without gaps, and none tells of less than the one before."""
    people = await People.of(client)
    owned = [
        await certificate_of(who)
        for who in (
            people.operator_admin,
            people.operator_employee,
            people.subscriber_admin,
            people.subscriber_employee,
        )
    ]
    first = number_of(await listed(client))
    wanted = {"reason": "SUPERSEDED", "comment": "все сразу"}
    await asyncio.gather(*(people.owner.do(REVOKE, input={"certificateId": each["id"], **wanted}) for each in owned))
    rows = await database.fetch("select number, der from revocation_lists order by number")
    numbers = [row["number"] for row in rows]
    assert numbers == list(range(1, first + 5))
    sizes = [len(list(x509.load_der_x509_crl(row["der"]))) for row in rows]
    assert sizes[-5:] == [0, 1, 2, 3, 4]
    with pytest.raises(asyncpg.RestrictViolationError):
        await database.fetch("update revocation_lists set number = number + 100")


async def test_a_list_that_cannot_be_signed_revokes_nothing(client: Client, database: Database) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    await database.fetch("alter table certificates disable trigger only_status_changes")
    await database.fetch("update certificates set issuer_key_id = 'ff'")  # no generation has this key
    answer = await people.owner.post(
        REVOKE, {"input": {"certificateId": certificate["id"], "reason": "SUPERSEDED", "comment": "к"}}
    )
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert await database.value("select count(*) from certificates where status <> 'ACTIVE'") == 0
    assert await database.value("select count(*) from certificate_status_changes") == 0


async def test_openssl_takes_list_and_certificate(client: Client, tmp_path: Path) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    await people.owner.do(
        REVOKE, input={"certificateId": certificate["id"], "reason": "KEY_COMPROMISE", "comment": "к"}
    )
    pem = "query ($id: ID!) { node(id: $id) { ... on Certificate { pem } } }"
    for name, who in (("bad", people.operator_employee), ("good", people.subscriber_employee)):
        mine = await certificate_of(who)
        (tmp_path / f"{name}.pem").write_text((await who.ask(pem, id=mine["id"]))["node"]["pem"])
    await published(client, tmp_path, "chain.pem", "root.crl", "issuing.crl", "root.pem", "issuing.pem")
    for name in ("root", "issuing"):
        convert = ("openssl", "crl", "-inform", "DER", "-in", f"{name}.crl", "-out", f"{name}.crl.pem")
        assert (await run(tmp_path, *convert))[0] == 0
        check = ("openssl", "crl", "-in", f"{name}.crl.pem", "-CAfile", "chain.pem", "-noout")
        assert await run(tmp_path, *check) == (0, "verify OK\n")
    (tmp_path / "lists.pem").write_bytes(
        (tmp_path / "root.crl.pem").read_bytes() + (tmp_path / "issuing.crl.pem").read_bytes()
    )
    verify = ("openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem", "-CAfile", "root.pem")
    status, said = await run(tmp_path, *verify, "-untrusted", "issuing.pem", "good.pem")
    assert (status, said) == (0, "good.pem: OK\n")
    status, said = await run(tmp_path, *verify, "-untrusted", "issuing.pem", "bad.pem")
    assert status != 0
    assert "certificate revoked" in said


async def test_caches_ask_every_time_and_are_told_that_nothing_changed(client: Client) -> None:
    first = await client.http.get("/pki/issuing.crl")
    assert "no-cache" in first.headers["cache-control"]
    again = await client.http.get("/pki/issuing.crl", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    await people.owner.do(SUSPEND, input={"certificateId": certificate["id"], "comment": "к"})
    changed = await client.http.get("/pki/issuing.crl", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    by_key = (await client.http.get("/pki/issuing.pem")).text
    key_id = x509.load_pem_x509_certificate(by_key.encode()).extensions.get_extension_for_class(
        x509.SubjectKeyIdentifier
    )
    named = await client.http.get(f"/pki/issuing-{key_id.value.digest.hex()}.crl")
    assert named.content == changed.content


async def test_the_list_is_refreshed_before_it_ends(client: Client) -> None:
    first = await listed(client)
    assert await revocation_lists.refresh(clock.now()) == 0
    assert await revocation_lists.refresh(clock.now() + timedelta(days=1, minutes=1)) == 1
    second = await listed(client)
    assert number_of(second) == number_of(first) + 1
    assert second.next_update_utc is not None
    assert first.next_update_utc is not None
    assert second.next_update_utc > first.next_update_utc


async def test_a_reported_compromise_holds_at_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker, owner = people.operator_employee, people.owner
    since = clock.now() - timedelta(seconds=1)
    entry = await record(worker, await main_journal(worker))
    code = (await sign(worker, entry))["verificationCode"]
    certificate = await certificate_of(worker)
    report = {"certificateId": certificate["id"], "comment": "Телефон украден", "suspectedSince": since.isoformat()}
    assert (await people.subscriber_admin.refused(REPORT, input=report))["code"] == "NOT_FOUND"
    assert (await people.owner.refused(REPORT, input=report))["code"] == "FORBIDDEN"
    assert (await worker.do(REPORT, input=report))["status"] == "SUSPENDED"
    assert reason_of(await listed(client), certificate["serial"]) == "certificateHold"
    assert (await worker.refused(REPORT, input=report))["code"] == "CONFLICT"
    seen = (await owner.ask(SIGNED_SINCE, id=certificate["id"], **{"from": since.isoformat()}))["node"]
    assert seen["signatures"]["totalCount"] == 1
    assert seen["signatures"]["edges"][0]["node"]["verificationCode"] == code
    (told,) = seen["compromiseReports"]
    assert told["decideBy"] > clock.now().isoformat()
    assert told["outcome"] is None
    open_ones = "{ compromiseReports(first: 5, filter: {undecidedOnly: true}) { totalCount } }"
    assert (await owner.ask(open_ones))["compromiseReports"]["totalCount"] == 1
    assert (await people.subscriber_admin.ask(open_ones))["compromiseReports"]["totalCount"] == 0

    assert await compromise.remind(clock.now()) == 0
    later = clock.now() + timedelta(days=14)
    assert await compromise.remind(later) == 1
    assert await compromise.remind(later + timedelta(minutes=15)) == 0
    news = await owner.ask("{ notifications(last: 2) { edges { node { event { kind } } } } }")
    assert [each["node"]["event"]["kind"] for each in news["notifications"]["edges"]] == [
        "COMPROMISE_REPORTED",
        "COMPROMISE_OVERDUE",
    ]
    await owner.do(RELEASE, input={"certificateId": certificate["id"], "comment": "Телефон найден"})
    assert (await owner.ask(open_ones))["compromiseReports"]["totalCount"] == 0
    assert await database.value("select outcome from compromise_reports") == "RELEASED"
    assert await verified(client, code) == ("TOTAL_PASSED", None)


async def test_notices_of_the_end_are_given_once_each(client: Client, database: Database) -> None:
    people = await People.of(client)
    ends = await database.value("select min(not_after) from certificates")
    certificates = await database.value("select count(*) from certificates")
    given = {}
    for days in (61, 59, 29, 13, 6, 0.5):
        moment = ends - timedelta(days=days)  # type: ignore[operator]
        given[days] = await expiry.give_notices(moment)
        assert await expiry.give_notices(moment) == 0
    assert given == {61: 0, 59: certificates, 29: certificates, 13: certificates, 6: certificates, 0.5: certificates}
    assert await database.value("select count(*) from expiry_notices") == 5 * int(str(certificates))
    news = await people.operator_employee.ask(
        "{ notifications(last: 5) { edges { node { event { kind changes } } } } }"
    )
    days_told = [each["node"]["event"]["changes"]["days"] for each in news["notifications"]["edges"]]
    assert days_told == [60, 30, 14, 7, 1]


async def test_a_missed_notice_is_not_made_up_for(client: Client, database: Database) -> None:
    ends = await database.value("select min(not_after) from certificates")
    given = await expiry.give_notices(ends - timedelta(days=6, hours=12))  # type: ignore[operator]
    assert given == await database.value("select count(*) from certificates")
    assert {row["days"] for row in await database.fetch("select days from expiry_notices")} == {7}


async def test_another_pin_opens_the_same_key(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    refused = await worker.refused(CHANGE_PIN, input={"currentPin": "000111", "newPin": "975310"})
    assert (refused["code"], refused["field"]) == ("WRONG_PIN", "currentPin")
    refused = await worker.refused(CHANGE_PIN, input={"currentPin": PIN, "newPin": "111111"})
    assert (refused["code"], refused["field"]) == ("INVALID", "newPin")
    before = await certificate_of(worker)
    changed = await worker.do(CHANGE_PIN, input={"currentPin": PIN, "newPin": "975310"})
    assert changed["serial"] == before["serial"]
    assert (await worker.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "WRONG_PIN"
    assert (await sign(worker, entry, pin="975310"))["level"] == "T"
    assert await database.value("select count(*) from events where kind = 'PIN_CHANGED'") == 1
    newcomer = await client.signed_in(demo.NEWCOMER)
    refused = await newcomer.refused(CHANGE_PIN, input={"currentPin": PIN, "newPin": "975310"})
    assert refused["code"] == "NO_CERTIFICATE"
    stolen = {"currentPin": PIN, "newPin": "975310", "certificateId": before["id"]}
    assert (await newcomer.refused(CHANGE_PIN, input=stolen))["code"] == "NOT_FOUND"


async def test_signing_and_revoking_at_once_leave_no_doubt(client: Client, database: Database) -> None:
    """Whatever comes first: a signature that was kept is good, and one that came after was not kept."""
    people = await People.of(client)
    worker = people.operator_employee
    entries = [await record(worker, await main_journal(worker), location=f"Этаж {floor}") for floor in range(4)]
    certificate = await certificate_of(worker)
    wanted = {"certificateId": certificate["id"], "reason": "SUPERSEDED", "comment": "к"}
    *answers, revoked = await asyncio.gather(
        *(worker.ask(SIGN_ENTRY, input=signing(entry)) for entry in entries), people.owner.do(REVOKE, input=wanted)
    )
    assert revoked["status"] == "REVOKED"
    kept = 0
    for answer in (each["signEntry"] for each in answers):
        if answer["__typename"] == "Problem":
            assert (answer["code"], answer["details"]) == ("NO_CERTIFICATE", {"status": "REVOKED"})
        else:
            kept += 1
            assert await verified(client, answer["verificationCode"]) == ("TOTAL_PASSED", None)
    made_here = "select count(*) from signatures s join entries e on e.id = s.entry_id where e.client_id is null"
    assert await database.value(made_here) == kept


async def test_wrong_pins_lock_for_longer_each_time(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry = await record(worker, await main_journal(worker))
    seconds = []
    for failure in range(8):
        refused = await worker.refused(SIGN_ENTRY, input=signing(entry, pin="000111"))
        assert refused["code"] == "WRONG_PIN"
        if failure >= 4:
            locked = await worker.refused(SIGN_ENTRY, input=signing(entry))
            assert locked["code"] == "PIN_LOCKED"
            seconds.append(round(locked["details"]["seconds"], -1))
            await database.fetch("update signing_keys set pin_locked_until = now() - interval '1 second'")
    assert seconds == [30, 60, 120, 240]
    assert (await sign(worker, entry))["level"] == "T"


async def test_a_signature_made_on_hold_is_never_confirmed(client: Client, tmp_path: Path) -> None:
    """Made outside the system by a DEVICE key, stamped by our public service, brought as a file: undecided while on
    hold, failed once the hold has ended in a revocation."""
    people = await People.of(client)
    worker = people.operator_employee
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = await issued(worker, people.owner, custody="DEVICE", csr=csr_of(key))
    about = {"certificateId": certificate["id"], "comment": "к"}
    await people.owner.do(SUSPEND, input=about)
    holder = x509.load_pem_x509_certificate(certificate["pem"].encode())
    attributes = prepare_attributes(hashlib.sha256(b"content").digest(), holder, clock.now())
    value = key.sign(attributes, ec.ECDSA(hashes.SHA256()))
    chain = [x509.load_pem_x509_certificate((await client.http.get("/pki/issuing.pem")).content)]
    cms = assemble(attributes, value, holder, chain)
    (tmp_path / "value").write_bytes(signature_value(cms))
    ask = ("openssl", "ts", "-query", "-data", "value", "-sha256", "-cert", "-out", "question")
    assert (await run(tmp_path, *ask))[0] == 0
    answer = await client.http.post("/pki/tsa", content=(tmp_path / "question").read_bytes())
    (tmp_path / "answer").write_bytes(answer.content)
    take = ("openssl", "ts", "-reply", "-in", "answer", "-token_out", "-out", "token")
    assert (await run(tmp_path, *take))[0] == 0
    cms = attach_time_stamp(cms, (tmp_path / "token").read_bytes())
    assert "cannot be confirmed" in (await brought(client, cms, b"content"))[1]
    revoked = await people.owner.do(REVOKE, input=about | {"reason": "SUPERSEDED"})
    assert revoked["invalidityDate"] == revoked["statusChanges"][0]["at"]
    assert "is not confirmed" in (await brought(client, cms, b"content"))[1]


async def test_changes_stand_in_the_order_in_which_they_were_made(client: Client, database: Database) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    about = {"certificateId": certificate["id"], "comment": "к"}
    for _ in range(4):
        await asyncio.gather(*(people.owner.ask(mutation, input=about) for mutation in (SUSPEND, RELEASE, SUSPEND)))
    rows = await database.fetch("select kind, at from certificate_status_changes order by id")
    kinds, moments = [row["kind"] for row in rows], [row["at"] for row in rows]
    assert moments == sorted(set(moments))
    assert all(former != later for former, later in pairwise(kinds)), kinds


async def test_a_report_needs_no_words_and_the_back_office_shows_it(client: Client, server: str) -> None:
    people = await People.of(client)
    certificate = await certificate_of(people.operator_employee)
    assert (await people.operator_employee.do(REPORT, input={"certificateId": certificate["id"]}))["status"] == (
        "SUSPENDED"
    )
    async with superadmin(server) as visitor:
        page = await visitor.get(f"/admin/certificate/details/{parse(certificate['id'], 'id')[1]}")
        assert page.status_code == 200
        assert "Сообщение о компрометации" in page.text
