"""A key that never reaches us: made by openssl or by WebCrypto, certified, and signing in two steps."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from authority_world import (
    APPROVE,
    IDENTIFICATION,
    PREPARE,
    REQUEST_CERTIFICATE,
    SUBMIT,
    certificate_of,
    issued,
    published,
    run,
)
from client import PIN, Client
from conftest import Database
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from uploading import brought
from world import REVISE_ENTRY, People, main_journal, record, revising, sign

from app import demo

VERIFY = "query ($code: String!) { verifySignature(code: $code) { indication signerName certificateSerial } }"
WEB_CRYPTO = Path(__file__).with_name("web_crypto.mjs")


def asking(entry: dict[str, Any], certificate: dict[str, Any]) -> dict[str, Any]:
    """The input of `prepareSignature`."""
    revision = entry["revision"]
    return {
        "entryId": entry["id"],
        "expectedRevision": revision["number"],
        "expectedDigest": revision["digest"],
        "certificateId": certificate["id"],
    }


def csr_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *extensions: x509.ExtensionType) -> str:
    """A PKCS#10 request in PEM that claims to be somebody else."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Somebody Else")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


async def verified(client: Client, signature: dict[str, Any]) -> str:
    """What anybody is told of it."""
    answer = (await client.ask(VERIFY, code=signature["verificationCode"]))["verifySignature"]
    assert answer["certificateSerial"] == signature["certificate"]["serial"]
    return str(answer["indication"])


@pytest.mark.parametrize("curve", ["P-256", "P-384", "RSA"])
async def test_a_key_made_by_openssl(client: Client, database: Database, tmp_path: Path, curve: str) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    kind = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072")
    if curve != "RSA":
        kind = ("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
    assert (await run(tmp_path, "openssl", "genpkey", *kind, "-out", "key.pem"))[0] == 0
    ask = ("openssl", "req", "-new", "-key", "key.pem", "-subj", "/CN=Somebody Else", "-out", "request.pem")
    assert (await run(tmp_path, *ask))[0] == 0
    csr = (tmp_path / "request.pem").read_text()
    certificate = await issued(worker, people.owner, custody="DEVICE", csr=csr)
    assert (certificate["custody"], certificate["holder"]["name"]) == ("DEVICE", "Ёлкин Иван Петрович")
    assert "Somebody Else" not in str(x509.load_pem_x509_certificate(certificate["pem"].encode()).public_bytes)

    entry = await record(worker, await main_journal(worker))
    prepared = await worker.do(PREPARE, input=asking(entry, certificate))
    (tmp_path / "attributes").write_bytes(b64decode(prepared["toBeSigned"]))
    signing = ("openssl", "dgst", f"-{prepared['hashAlgorithm']}", "-sign", "key.pem", "-out", "value", "attributes")
    assert (await run(tmp_path, *signing))[0] == 0
    value = b64encode((tmp_path / "value").read_bytes()).decode()
    signature = await worker.do(SUBMIT, input={"preparationId": prepared["preparationId"], "signature": value})
    assert (signature["level"], signature["certificate"]["custody"]) == ("T", "DEVICE")
    assert await verified(client, signature) == "TOTAL_PASSED"

    (tmp_path / "content").write_bytes(b64decode(prepared["payload"]))
    (tmp_path / "signature.p7s").write_bytes(b64decode(signature["cms"]))
    await published(client, tmp_path, "chain.pem")
    check = ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s")
    status, said = await run(tmp_path, *check, "-content", "content", "-CAfile", "chain.pem", "-out", "/dev/null")
    assert (status, "CAdES Verification successful" in said) == (0, True), said
    answered, page = await brought(client, b64decode(signature["cms"]), b64decode(prepared["payload"]))
    assert (answered, "is confirmed" in page) == (200, True)
    # Nothing of the private key has come to us.
    assert await database.value("select count(*) from signing_keys where custody = 'DEVICE' and sealed is null") == 1


async def test_a_key_made_by_web_crypto(client: Client, tmp_path: Path) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    node = await asyncio.create_subprocess_exec(
        "node", str(WEB_CRYPTO), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    assert node.stdin
    assert node.stdout

    async def told(**message: str) -> dict[str, str]:
        node.stdin.write(json.dumps(message).encode() + b"\n")  # type: ignore[union-attr]
        line = await asyncio.wait_for(node.stdout.readline(), 20)  # type: ignore[union-attr]
        answer: dict[str, str] = json.loads(line)
        return answer

    try:
        csr = (await told(ask="request"))["csr"]
        certificate = await issued(worker, people.owner, custody="DEVICE", csr=csr)
        entry = await record(worker, await main_journal(worker))
        prepared = await worker.do(PREPARE, input=asking(entry, certificate))
        value = (await told(ask="sign", toBeSigned=prepared["toBeSigned"]))["value"]
        assert len(b64decode(value)) == 64  # r and s in a row, not DER
        signature = await worker.do(SUBMIT, input={"preparationId": prepared["preparationId"], "signature": value})
        assert signature["level"] == "T"
        assert await verified(client, signature) == "TOTAL_PASSED"
    finally:
        node.stdin.close()
        await asyncio.wait_for(node.wait(), 20)


async def test_weak_short_repeated_and_known_keys_are_refused(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    before = await database.value("select count(*) from signing_keys")
    good = csr_of(ec.generate_private_key(ec.SECP256R1()))
    tampered = bytearray(x509.load_pem_x509_csr(good.encode()).public_bytes(serialization.Encoding.DER))
    tampered[-1] ^= 1
    for csr, field in (
        ("nonsense", "csr"),
        ("", "csr"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "csr"),
        (b64encode(bytes(tampered)).decode(), "csr"),
        (csr_of(rsa.generate_private_key(65537, 2048)), "csr"),
        (csr_of(rsa.generate_private_key(3, 3072)), "csr"),
        (csr_of(ec.generate_private_key(ec.SECP521R1())), "csr"),
        (csr_of(ec.generate_private_key(ec.SECP256K1())), "csr"),
        ("A" * 100_000, "csr"),
        (None, "csr"),
    ):
        refused = await worker.refused(REQUEST_CERTIFICATE, input={"custody": "DEVICE", "csr": csr})
        assert (refused["code"], refused["field"]) == ("INVALID", field), csr
    assert await database.value("select count(*) from signing_keys") == before
    request = await worker.do(REQUEST_CERTIFICATE, input={"custody": "DEVICE", "csr": good})
    refused = await people.operator_admin.refused(REQUEST_CERTIFICATE, input={"custody": "DEVICE", "csr": good})
    assert (refused["code"], refused["field"]) == ("CONFLICT", "csr")
    await people.owner.do(APPROVE, input={"requestId": request["id"], "identification": IDENTIFICATION})
    refused = await worker.refused(REQUEST_CERTIFICATE, input={"custody": "DEVICE", "csr": good})
    assert (refused["code"], refused["field"]) == ("CONFLICT", "csr")
    assert await database.value("select count(*) from signing_keys") == int(str(before)) + 1


async def test_the_same_key_from_two_people_at_once_is_certified_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    csr = csr_of(ec.generate_private_key(ec.SECP256R1()))
    asked = {"custody": "DEVICE", "csr": csr}
    everybody = (people.operator_employee, people.operator_admin, people.subscriber_admin, people.subscriber_employee)
    answers = await asyncio.gather(*(who.ask(REQUEST_CERTIFICATE, input=asked) for who in everybody))
    results = [answer["requestCertificate"] for answer in answers]
    assert sorted(each["__typename"] for each in results) == ["CertificateRequest", *["Problem"] * 3]
    assert {each["code"] for each in results if each["__typename"] == "Problem"} == {"CONFLICT"}
    assert await database.value("select count(*) from signing_keys where custody = 'DEVICE'") == 1


async def test_names_and_extensions_of_the_request_are_ignored(client: Client) -> None:
    people = await People.of(client)
    claims = (
        x509.BasicConstraints(ca=True, path_length=None),
        x509.SubjectAlternativeName([x509.RFC822Name("boss@example.org")]),
        x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING]),
    )
    csr = csr_of(ec.generate_private_key(ec.SECP256R1()), *claims)
    pem = (await issued(people.operator_employee, people.owner, custody="DEVICE", csr=csr))["pem"]
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["operator.employee@demo.test"]
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert x509.ExtendedKeyUsageOID.TIME_STAMPING not in usage


async def test_renewal_from_device_to_device_is_signed_by_the_present_key(client: Client) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    present, new, foreign = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    await issued(worker, people.owner, custody="DEVICE", csr=csr_of(present))
    csr = csr_of(new)
    der = x509.load_pem_x509_csr(csr.encode()).public_bytes(serialization.Encoding.DER)
    asked = {"kind": "RENEW", "custody": "DEVICE", "csr": csr}
    wrong = b64encode(foreign.sign(der, ec.ECDSA(hashes.SHA256()))).decode()
    refused = await worker.refused(REQUEST_CERTIFICATE, input=asked | {"renewalSignature": wrong})
    assert (refused["code"], refused["field"]) == ("INVALID", "renewalSignature")
    right = b64encode(present.sign(der, ec.ECDSA(hashes.SHA256()))).decode()
    request = await worker.do(REQUEST_CERTIFICATE, input=asked | {"renewalSignature": right})
    certificate = await people.owner.do(APPROVE, input={"requestId": request["id"]})
    assert certificate["custody"] == "DEVICE"


async def test_what_is_submitted_must_be_a_signature_of_what_was_prepared(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    key, foreign = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    certificate = await issued(worker, people.owner, custody="DEVICE", csr=csr_of(key))
    entry = await record(worker, await main_journal(worker))
    signatures = await database.value("select count(*) from signatures")
    prepared = await worker.do(PREPARE, input=asking(entry, certificate))
    attributes = b64decode(prepared["toBeSigned"])
    algorithm = ec.ECDSA(hashes.SHA256())

    async def submitted(value: bytes, who: Client = worker) -> dict[str, Any]:
        wanted = {"preparationId": prepared["preparationId"], "signature": b64encode(value).decode()}
        return (await who.ask(SUBMIT, input=wanted))["submitSignature"]  # type: ignore[no-any-return]

    right = key.sign(attributes, algorithm)
    for value in (
        b"",
        b"nonsense",
        b"\x00" * 64,
        b"\xff" * 64,
        b"\x30" * 5000,
        foreign.sign(attributes, algorithm),
        key.sign(b64decode(prepared["payload"]), algorithm),
        right + b"\x00",
    ):
        refused = await submitted(value)
        assert (refused["__typename"], refused.get("code"), refused.get("field")) == ("Problem", "INVALID", "signature")
    for somebody in (people.operator_admin, people.subscriber_employee, people.owner):
        assert (await submitted(right, somebody))["code"] in ("NOT_FOUND", "FORBIDDEN")
    assert await database.value("select count(*) from signatures") == signatures
    answers = await asyncio.gather(*(submitted(right) for _ in range(3)))
    assert sorted(answer["__typename"] for answer in answers) == ["Problem", "Problem", "Signature"]
    assert {answer["code"] for answer in answers if answer["__typename"] == "Problem"} == {"ALREADY_SIGNED"}
    assert await database.value("select count(*) from signatures") == int(str(signatures)) + 1


async def ready(client: Client) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """The employee's new entry, their DEVICE certificate, and the input of `submitSignature` that would sign it."""
    people = await People.of(client)
    worker = people.operator_employee
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = await issued(worker, people.owner, custody="DEVICE", csr=csr_of(key))
    entry = await record(worker, await main_journal(worker))
    prepared = await worker.do(PREPARE, input=asking(entry, certificate))
    value = b64encode(key.sign(b64decode(prepared["toBeSigned"]), ec.ECDSA(hashes.SHA256()))).decode()
    return entry, certificate, {"preparationId": prepared["preparationId"], "signature": value}


async def test_nobody_signs_what_has_changed_under_them(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    entry, certificate, wanted = await ready(client)
    await worker.do(REVISE_ENTRY, input=revising(entry, location="Этаж 3"))
    before = await database.value("select count(*) from signatures")
    assert (await worker.refused(SUBMIT, input=wanted))["code"] == "STALE_REVISION"
    assert (await worker.refused(PREPARE, input=asking(entry, certificate)))["code"] == "STALE_REVISION"
    assert await database.value("select count(*) from signatures") == before


async def test_a_preparation_lasts_fifteen_minutes(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    _, _, wanted = await ready(client)
    await database.fetch("alter table signature_preparations disable trigger immutable")
    assert await database.value("select expires_at - prepared_at from signature_preparations") == timedelta(minutes=15)
    await database.fetch("update signature_preparations set expires_at = prepared_at")
    refused = await worker.refused(SUBMIT, input=wanted)
    assert (refused["code"], refused["field"]) == ("CONFLICT", "preparationId")


async def test_a_certificate_of_ours_signs_by_pin_and_not_by_preparation(client: Client) -> None:
    worker = await client.signed_in("operator.employee@demo.test")
    entry = await record(worker, await main_journal(worker))
    ours = await certificate_of(worker)
    assert (await worker.refused(PREPARE, input=asking(entry, ours)))["code"] == "NO_CERTIFICATE"
    assert (await sign(worker, entry, pin=PIN))["level"] == "T"
