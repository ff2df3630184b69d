"""Certificate status and time-stamps for the world, asked by openssl over HTTP and by octets of our own."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from authority_world import REVOKE, SUSPEND, certificate_of, published, run
from client import Client
from conftest import Database
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from shown import Show
from world import People

from authority.lint import lint_certificate, lint_ocsp_response, lint_revocation_list

PEM = "query ($id: ID!) { node(id: $id) { ... on Certificate { pem } } }"


async def pem_of(client: Client, folder: Path, name: str) -> str:
    """Save the client's certificate; answers with its serial."""
    certificate = await certificate_of(client)
    (folder / name).write_text((await client.ask(PEM, id=certificate["id"]))["node"]["pem"])
    return str(certificate["serial"])


async def question(client: Client, serial: int, issuer: str = "issuing", *, nonce: bytes | None = None) -> bytes:
    """An OCSP request about a serial number of an issuer whose certificate is published."""
    certificate = x509.load_der_x509_certificate((await client.http.get(f"/pki/{issuer}.crt")).content)
    name = hashes.Hash(hashes.SHA256())
    name.update(certificate.subject.public_bytes())
    key = hashes.Hash(hashes.SHA256())
    der = certificate.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    key.update(der)
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        name.finalize(), key.finalize(), serial, hashes.SHA256()
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


async def answered(client: Client, octets: bytes) -> ocsp.OCSPResponse:
    """What is said to a request by POST."""
    response = await client.http.post("/pki/ocsp", content=octets, headers={"content-type": "application/ocsp-request"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(response.content)


async def test_openssl_asks_by_post(client: Client, tmp_path: Path) -> None:
    people = await People.of(client)
    for name, who in (
        ("good", people.operator_admin),
        ("bad", people.operator_employee),
        ("held", people.subscriber_admin),
    ):
        await pem_of(who, tmp_path, f"{name}.pem")
    bad = await certificate_of(people.operator_employee)
    await people.owner.do(REVOKE, input={"certificateId": bad["id"], "reason": "KEY_COMPROMISE", "comment": "к"})
    held = await certificate_of(people.subscriber_admin)
    await people.owner.do(SUSPEND, input={"certificateId": held["id"], "comment": "к"})
    await published(client, tmp_path, "issuing.pem", "root.pem", "chain.pem")
    ask = ("openssl", "ocsp", "-issuer", "issuing.pem", "-CAfile", "chain.pem", "-url", f"{client.address}/pki/ocsp")
    for name, expected in (
        ("good", "good.pem: good"),
        ("bad", "bad.pem: revoked"),
        ("held", "held.pem: revoked"),
    ):
        status, said = await run(tmp_path, *ask, "-cert", f"{name}.pem")
        assert (status, expected in said, "Response verify OK" in said) == (0, True, True), said
        assert "WARNING" not in said  # the nonce came back
    assert "Reason: keyCompromise" in (await run(tmp_path, *ask, "-cert", "bad.pem"))[1]
    assert "Reason: certificateHold" in (await run(tmp_path, *ask, "-cert", "held.pem"))[1]
    status, said = await run(tmp_path, *ask, "-serial", "0x1234567890ABCDEF1234567890")
    assert "unknown" in said, said
    foreign = (*ask[:3], "root.pem", *ask[4:], "-serial", "1")
    assert "unauthorized (6)" in (await run(tmp_path, *foreign))[1]


async def test_the_same_by_get(client: Client, tmp_path: Path) -> None:
    people = await People.of(client)
    serial = await pem_of(people.operator_admin, tmp_path, "good.pem")
    await published(client, tmp_path, "issuing.pem", "chain.pem")
    make = ("openssl", "ocsp", "-issuer", "issuing.pem", "-cert", "good.pem", "-reqout", "request", "-no_nonce")
    assert (await run(tmp_path, *make))[0] == 0
    octets = (tmp_path / "request").read_bytes()
    by_get = await client.http.get(f"/pki/ocsp/{quote(b64encode(octets).decode(), safe='')}")
    assert by_get.headers["content-type"] == "application/ocsp-response"
    assert "no-cache" in by_get.headers["cache-control"]
    (tmp_path / "response").write_bytes(by_get.content)
    check = ("openssl", "ocsp", "-issuer", "issuing.pem", "-CAfile", "chain.pem", "-respin", "response")
    status, said = await run(tmp_path, *check, "-serial", f"0x{serial}")
    assert (status, "good" in said, "Response verify OK" in said) == (0, True, True), said
    for nonsense in ("AAAA", "%21%21", "", quote(b64encode(os.urandom(3000)).decode(), safe="")):
        response = await client.http.get(f"/pki/ocsp/{nonsense}")
        assert ocsp.load_der_ocsp_response(response.content).response_status is (
            ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        )


async def test_nonces_and_what_is_malformed(client: Client) -> None:
    people = await People.of(client)
    serial = int((await certificate_of(people.operator_admin))["serial"], 16)
    for octets in (1, 32, 128):
        nonce = os.urandom(octets)
        answer = await answered(client, await question(client, serial, nonce=nonce))
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == nonce
    right = await question(client, serial)
    for octets in (
        b"",
        b"\x30",
        right[:-1],
        right + b"\0",
        b"\x30\x80\x00\x00",
        os.urandom(500),
        b"\x30\x84" + b"\xff" * 16,
    ):
        answer = await answered(client, octets)
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    for too_long in (2**160, 2**4000):
        answer = await answered(client, await question(client, too_long))
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    too_large = await client.http.post("/pki/ocsp", content=b"0" * 100_000)
    assert too_large.status_code == 413
    assert (await client.http.get("/pki/ocsp")).status_code == 405
    assert (await answered(client, right)).certificate_status is ocsp.OCSPCertStatus.GOOD


async def test_a_dribbling_request_is_given_up(client: Client) -> None:
    """Whoever sends half a request gets nobody else waiting."""
    host, port = client.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /pki/ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0")
    await writer.drain()
    people = await People.of(client)
    serial = int((await certificate_of(people.operator_admin))["serial"], 16)
    assert (await answered(client, await question(client, serial))).certificate_status is ocsp.OCSPCertStatus.GOOD
    line = await asyncio.wait_for(reader.readline(), 20)
    assert b"408" in line
    writer.close()


async def test_the_services_of_the_authority_are_good_themselves(client: Client, tmp_path: Path) -> None:
    await published(client, tmp_path, "chain.pem", "issuing.pem")
    (tmp_path / "data").write_bytes(b"what was said")
    await stamped(client, tmp_path, "data")
    token = ("openssl", "ts", "-reply", "-in", "answer", "-token_out", "-out", "token")
    assert (await run(tmp_path, *token))[0] == 0
    show = ("openssl", "pkcs7", "-inform", "DER", "-in", "token", "-print_certs", "-out", "certificates.pem")
    assert (await run(tmp_path, *show))[0] == 0
    enclosed = x509.load_pem_x509_certificates((tmp_path / "certificates.pem").read_bytes())
    (stamper,) = (
        certificate
        for certificate in enclosed
        if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    )
    answer = await answered(client, await question(client, stamper.serial_number))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


async def stamped(client: Client, folder: Path, name: str, *more: str) -> None:
    """Ask for a time-stamp of a file as openssl asks; the answer is in the file `answer`."""
    make = ("openssl", "ts", "-query", "-data", name, "-cert", "-out", "question", *(more or ("-sha256",)))
    assert (await run(folder, *make))[0] == 0
    response = await client.http.post(
        "/pki/tsa",
        content=(folder / "question").read_bytes(),
        headers={"content-type": "application/timestamp-query"},
    )
    assert response.headers["content-type"] == "application/timestamp-reply"
    (folder / "answer").write_bytes(response.content)


@pytest.mark.parametrize("digest", ["-sha256", "-sha384", "-sha512"])
async def test_openssl_takes_our_time_stamps(client: Client, tmp_path: Path, digest: str) -> None:
    await published(client, tmp_path, "chain.pem", "root.pem", "issuing.pem")
    (tmp_path / "data").write_bytes(b"what was said")
    (tmp_path / "other").write_bytes(b"what was not said")
    await stamped(client, tmp_path, "data", digest)
    check = ("openssl", "ts", "-verify", "-queryfile", "question", "-in", "answer", "-CAfile", "chain.pem")
    assert "Verification: OK" in (await run(tmp_path, *check))[1]
    on_data = ("openssl", "ts", "-verify", "-in", "answer", "-CAfile", "chain.pem", "-data")
    assert "Verification: OK" in (await run(tmp_path, *on_data, "data"))[1]
    assert "message imprint mismatch" in (await run(tmp_path, *on_data, "other"))[1]


async def test_what_the_time_stamp_service_rejects(client: Client, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"what was said")
    for more, failure in (
        (("-sha1",), "unrecognized or unsupported algorithm identifier"),
        (("-sha256", "-tspolicy", "1.2.3.4"), "requested TSA policy is not supported"),
    ):
        await stamped(client, tmp_path, "data", *more)
        said = (await run(tmp_path, "openssl", "ts", "-reply", "-in", "answer", "-text"))[1]
        assert "Rejected" in said, said
        assert failure in said, said
    for octets in (b"", b"nonsense", os.urandom(2000)):
        response = await client.http.post("/pki/tsa", content=octets)
        (tmp_path / "answer").write_bytes(response.content)
        said = (await run(tmp_path, "openssl", "ts", "-reply", "-in", "answer", "-text"))[1]
        assert "Rejected" in said, said
        assert "the data submitted has the wrong format" in said, said
    assert (await client.http.post("/pki/tsa", content=b"0" * 100_000)).status_code == 413


def certificates_in(folder: Path) -> list[x509.Certificate]:
    """The authority's own."""
    return [x509.load_pem_x509_certificate(path.read_bytes()) for path in sorted(folder.glob("*.crt"))]


async def test_lint_finds_nothing_in_all_that_was_ever_signed(
    client: Client, database: Database, authority_folder: Path, shown: Show
) -> None:
    """Every certificate, list and answer of a day: nothing of WARNING or worse."""
    people = await People.of(client)
    bad, held = await certificate_of(people.operator_employee), await certificate_of(people.subscriber_employee)
    await people.owner.do(REVOKE, input={"certificateId": bad["id"], "reason": "KEY_COMPROMISE", "comment": "к"})
    await people.owner.do(SUSPEND, input={"certificateId": held["id"], "comment": "к"})
    serials = [int(row["serial"], 16) for row in await database.fetch("select serial from certificates")]
    answers = [
        (await client.http.post("/pki/ocsp", content=await question(client, serial, nonce=os.urandom(32)))).content
        for serial in (*serials, 2**100 + 1)
    ]
    linted = {
        "holders' certificates": [
            lint_certificate(row["der"]) for row in await database.fetch("select der from certificates")
        ],
        "the authority's certificates": [
            lint_certificate(each.public_bytes(serialization.Encoding.DER))
            for each in certificates_in(authority_folder)
        ],
        "revocation lists": [
            lint_revocation_list(row["der"]) for row in await database.fetch("select der from revocation_lists")
        ]
        + [lint_revocation_list((await client.http.get("/pki/root.crl")).content)],
        "OCSP answers": [lint_ocsp_response(answer) for answer in answers],
    }
    rows = []
    for what, reports in linted.items():
        findings = [finding for report in reports for finding in report.findings]
        assert not [finding for finding in findings if finding.refuses]
        remarks = sorted({f"{finding.severity} {finding.code}" for finding in findings})
        rows.append([what, str(len(reports)), "0", ", ".join(remarks)])
    shown("pkilint over all that was signed", ["what", "how many", "WARNING or worse", "lesser remarks"], rows)
    assert [int(row[1]) for row in rows] == [4, 4, 4, 5]
