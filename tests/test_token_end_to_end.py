"""
The whole product with the authority's keys in a PKCS#11 token (SoftHSM2): what works with files works here, and no
secret is found anywhere it could have come to lie.
"""

from __future__ import annotations

import logging
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from authority_template import template_of
from authority_world import (
    APPROVE,
    IDENTIFICATION,
    PREPARE,
    REPORT,
    REQUEST_CERTIFICATE,
    REVOKE,
    SUBMIT,
    certificate_of,
    issued,
    published,
    run,
)
from client import Client
from conftest import Cluster, Database, Template
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from test_admin_door import superadmin
from test_device_keys import asking, csr_of, verified
from test_status_services import question
from world import SIGN_ENTRY, People, main_journal, record, signing

from app.authority_at_start import check_authority, hold_ceremony
from app.demo import PASSWORD
from app.settings import Settings
from app.startup_refusal import StartupRefused
from authority import pkcs11_keys
from rules import installation
from tests.soft_token import PIN as TOKEN_PIN
from tests.soft_token import soft_token
from tests.test_authority_setting import passing_folder

OWNER_NAME = "ООО «Владелец токена»"
SERVER_SECRET = b"what only this server may know"
HOLDER_PIN = "739150284617"
WRONG_PIN = "518046237951"
TABLES = """
select format('%I.%I', schemaname, tablename) from pg_tables
where schemaname not in ('pg_catalog', 'information_schema')
"""
LINK = re.compile(r'href="(?:https?://[^/"]+)?(/admin[^"#]*)"')
PAGES_LOOKED_AT = 150


@pytest.fixture(scope="module")
def base_settings() -> Settings:
    """Settings without a database; the ceremony has made every key but the root's in the token."""
    settings = Settings(
        data_folder=passing_folder(),
        public_url="https://journals.example",
        authority_folder=passing_folder() / "authority",
        authority_passphrase=TOKEN_PIN,
        server_secret=SERVER_SECRET,
        pkcs11_module=soft_token(),
        authority_token="journals",
        jobs=False,
        second_factor_required=False,
    )
    hold_ceremony(settings, OWNER_NAME)
    assert [path.name for path in settings.authority_folder.glob("*.key")] == ["root.key"]
    return settings


@pytest.fixture(scope="module")
async def template(cluster: Cluster, base_settings: Settings) -> AsyncIterator[Template]:
    """No certificate of another authority is in it."""
    async with template_of(cluster, base_settings) as made:
        yield made


async def test_from_request_to_revocation(
    caplog: pytest.LogCaptureFixture,
    client: Client,
    database: Database,
    settings: Settings,
    server: str,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)  # statements with their values included
    people = await People.of(client)
    ours, theirs = people.operator_employee, people.subscriber_employee
    key = ec.generate_private_key(ec.SECP256R1())
    on_server = await issued(ours, people.owner, pin=HOLDER_PIN)
    on_device = await issued(theirs, people.owner, custody="DEVICE", csr=csr_of(key))
    await published(client, tmp_path, "root.pem", "issuing.pem", "chain.pem")
    for certificate in (on_server, on_device):
        issuer = x509.load_pem_x509_certificate((tmp_path / "issuing.pem").read_bytes())
        x509.load_pem_x509_certificate(certificate["pem"].encode()).verify_directly_issued_by(issuer)

    entry = await record(ours, await main_journal(ours))
    refused = await ours.refused(SIGN_ENTRY, input=signing(entry, pin=WRONG_PIN))
    assert refused["code"] == "WRONG_PIN"
    first = await ours.do(SIGN_ENTRY, input=signing(entry, pin=HOLDER_PIN))
    prepared = await theirs.do(PREPARE, input=asking(entry, on_device))
    value = b64encode(key.sign(b64decode(prepared["toBeSigned"]), ec.ECDSA(hashes.SHA256()))).decode()
    second = await theirs.do(SUBMIT, input={"preparationId": prepared["preparationId"], "signature": value})
    for signature, content in ((first, first["revision"]["payload"]), (second, prepared["payload"])):
        assert signature["level"] == "T"
        assert await verified(client, signature) == "TOTAL_PASSED"
        said = await cades_verified(tmp_path, signature["cms"], b64decode(content))
        assert "CAdES Verification successful" in said, said

    for certificate, name in ((on_server, "server.pem"), (on_device, "device.pem")):
        (tmp_path / name).write_text(certificate["pem"])
        assert await status_by_list(client, tmp_path, name) == (0, f"{name}: OK")
        assert f"{name}: good" in await status_by_ocsp(client, tmp_path, name)
        wanted = {"certificateId": certificate["id"], "reason": "SUPERSEDED", "comment": "к"}
        await people.owner.do(REVOKE, input=wanted)
        status, said = await status_by_list(client, tmp_path, name)
        assert status != 0
        assert "error 23 at 0 depth lookup: certificate revoked" in said
        assert f"{name}: revoked" in await status_by_ocsp(client, tmp_path, name)
    # What was stamped before the revocation stays proved; what would be signed after it is not.
    assert await verified(client, first) == await verified(client, second) == "TOTAL_PASSED"
    unsigned = await record(ours, await main_journal(ours))
    refused = await theirs.refused(PREPARE, input=asking(unsigned, on_device))
    assert refused["code"] == "NO_CERTIFICATE"
    await no_secret_anywhere(caplog, database, settings, server)


async def cades_verified(folder: Path, cms: str, content: bytes) -> str:
    """What openssl says of a signature."""
    (folder / "signature.p7s").write_bytes(b64decode(cms))
    (folder / "content").write_bytes(content)
    check = ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s")
    return (await run(folder, *check, "-content", "content", "-CAfile", "chain.pem", "-out", "/dev/null"))[1]


async def status_by_list(client: Client, folder: Path, name: str) -> tuple[int, str]:
    """What openssl says of a certificate with both lists as they are published now."""
    lists = b""
    for published_list in ("root.crl", "issuing.crl"):
        der = (await client.http.get(f"/pki/{published_list}")).content
        lists += x509.load_der_x509_crl(der).public_bytes(serialization.Encoding.PEM)
    (folder / "lists.pem").write_bytes(lists)
    check = ("openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem", "-CAfile", "root.pem")
    status, said = await run(folder, *check, "-untrusted", "issuing.pem", name)
    return status, said.strip()


async def status_by_ocsp(client: Client, folder: Path, name: str) -> str:
    """What openssl is told of a certificate by the responder whose key is in the token."""
    ask = ("openssl", "ocsp", "-issuer", "issuing.pem", "-CAfile", "chain.pem", "-url", f"{client.address}/pki/ocsp")
    said = (await run(folder, *ask, "-cert", name))[1]
    assert "Response verify OK" in said, said
    return said


async def no_secret_anywhere(
    log: pytest.LogCaptureFixture, database: Database, settings: Settings, server: str
) -> None:
    """Looks for the secrets in the folder, in every table, in the back office's pages and in the log."""
    secrets = forms_of([TOKEN_PIN, SERVER_SECRET, HOLDER_PIN.encode(), WRONG_PIN.encode(), PASSWORD.encode()])
    for path in settings.authority_folder.iterdir():
        assert found(secrets, path.read_bytes()) == [], path
    tables = await values_of_all_tables(database.owner_url)
    assert {"public.signing_keys", "public.events", "public.sessions"} <= tables.keys()
    assert sum(map(len, tables.values())) > 100_000
    for table, octets in tables.items():
        assert found(secrets, octets) == [], table
    pages = await back_office(server)
    assert len(pages) > 40
    for address, page in pages.items():
        assert found(secrets, page) == [], address
    told = "\n".join(f"{each.getMessage()} {each.exc_text or ''}" for each in log.records).encode()
    assert b"insert into" in told.lower()  # statements are in it, so their values would be
    assert found(secrets, told) == []


def forms_of(secrets: list[bytes]) -> list[bytes]:
    """The secrets as they are, in hexadecimal and in base64."""
    return [form for each in secrets for form in (each, each.hex().encode(), b64encode(each).rstrip(b"="))]


def found(secrets: list[bytes], octets: bytes) -> list[bytes]:
    """Which of the secrets `octets` hold."""
    return [secret for secret in secrets if secret in octets]


async def values_of_all_tables(url: str) -> dict[str, bytes]:
    """Everything that a dump would hold: octets as they are, all else as text."""
    connection = await asyncpg.connect(url)
    try:
        names = [row[0] for row in await connection.fetch(TABLES)]
        return {name: b"\0".join(values(await connection.fetch(f"select * from {name}"))) for name in names}
    finally:
        await connection.close()


def values(rows: list[asyncpg.Record]) -> Iterator[bytes]:
    """Each value of the rows."""
    for row in rows:
        for value in row.values():
            yield value if isinstance(value, bytes) else str(value).encode()


async def back_office(server: str) -> dict[str, bytes]:
    """The back office's pages, as far as links lead the superadmin."""
    pages: dict[str, bytes] = {}
    ahead = ["/admin/", "/admin/authority"]
    async with superadmin(server) as visitor:
        while ahead and len(pages) < PAGES_LOOKED_AT:
            address = ahead.pop(0)
            if address in pages or "/logout" in address or "/statics/" in address:
                continue
            answer = await visitor.get(address)
            pages[address] = answer.content
            ahead += [link.replace("&amp;", "&") for link in LINK.findall(answer.text)]
    return pages


async def test_a_wrong_pin_of_the_token_says_nothing_of_itself(base_settings: Settings) -> None:
    wrong = replace(base_settings, authority_passphrase=b"13579135")
    with pytest.raises(StartupRefused) as refusal:
        check_authority(wrong)
    said: list[Any] = [refusal.value.line.ru, refusal.value.line.en, str(refusal.value), repr(wrong)]
    assert "AUTHORITY_PASSPHRASE" in said[1]
    assert not any("13579135" in text for text in said)
    check_authority(base_settings)  # one wrong try has locked nothing


async def test_a_token_that_went_away_stops_no_hold(client: Client, database: Database, tmp_path: Path) -> None:
    """Nothing can be signed, and all that needs no key goes on: a report of compromise above all."""
    people = await People.of(client)
    ours = await certificate_of(people.operator_employee)
    theirs = await certificate_of(people.subscriber_employee)
    asked = await question(client, int(ours["serial"], 16))
    former = (await client.http.get("/pki/issuing.crl")).content
    for token, _ in pkcs11_keys._open_tokens.values():
        token.session.close()
    try:
        held = await people.operator_employee.do(REPORT, input={"certificateId": ours["id"]})
        assert held["status"] == "SUSPENDED"
        published_list = await client.http.get("/pki/issuing.crl")
        assert (published_list.status_code, published_list.content) == (200, former)  # still good for days
        response = await client.http.post("/pki/ocsp", content=asked)
        assert ocsp.load_der_ocsp_response(response.content).response_status is ocsp.OCSPResponseStatus.TRY_LATER
        revoking = {"input": {"certificateId": theirs["id"], "reason": "SUPERSEDED", "comment": "к"}}
        answer = await people.owner.post(REVOKE, revoking)
        assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert await database.value("select count(*) from certificates where status = 'REVOKED'") == 0
        request = await people.subscriber_employee.do(REQUEST_CERTIFICATE, input={"pin": HOLDER_PIN})
        wanted = {"requestId": request["id"], "identification": IDENTIFICATION}
        refused = await people.owner.refused(APPROVE, input=wanted)
        assert (refused["code"], refused["details"]) == ("CONFLICT", {"cause": "KEY_UNAVAILABLE"})
        assert await database.value("select count(*) from events where kind = 'CERTIFICATE_ISSUE_REFUSED'") == 1
    finally:
        pkcs11_keys._open_tokens.clear()  # as after a start of the process
        kept = installation.current().kept_authority
        kept._authority = kept._opened()
    # The key answers again: the list that was owed is made, and says what it had to.
    assert (await status_by_list_of(client, ours)) == "certificateHold"


async def status_by_list_of(client: Client, certificate: dict[str, Any]) -> str | None:
    """Why the certificate is on the list that is published now."""
    revocation_list = x509.load_der_x509_crl((await client.http.get("/pki/issuing.crl")).content)
    entry = revocation_list.get_revoked_certificate_by_serial_number(int(certificate["serial"], 16))
    return entry and entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
