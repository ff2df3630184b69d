"""The verification page and the authority's endpoints: hostile uploads, garbage, forged evidence."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN

GOOD = ("TOTAL_PASSED", "TOTAL-PASSED", "подтверждена", "signature is valid", "is confirmed")
REQUEST = {"content-type": "application/ocsp-request"}
QUERY = {"content-type": "application/timestamp-query"}
SECONDS = 12.0


def harmless(answer: Answer, what: str) -> None:
    """Raises Broken for an answer that fell over, took long, or calls it genuine."""
    broken_if(answer.status >= 500, f"{what}: {answer.status} {answer.text[:80]}")
    broken_if(answer.seconds > SECONDS, f"{what}: {answer.seconds:.1f} s")
    told = next((each for each in GOOD if each in answer.text and "не подтверждена" not in answer.text), None)
    broken_if(told, f"{what}: {told}")


def self_made(name: str = "Владимирова Анна Сергеевна") -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate that somebody has given themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=365))
    return built.sign(key, hashes.SHA256()), key


async def handed_in(target: Target, signature: bytes, content: bytes | None = None) -> Answer:
    """The page's verdict on uploaded files."""
    files = {"signature": ("signature.p7s", signature)}
    if content is not None:
        files["content"] = ("content.bin", content)
    return await target.send("POST", "/verify", files=files)


@check(Category.EVIDENCE, "a signature by a certificate that somebody has given themselves")
async def forged_signature(target: Target) -> None:
    certificate, key = self_made()
    content = b'{"entry": 1}'
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    forged = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    harmless(await handed_in(target, forged, content), "self-made")


@check(Category.EVIDENCE, "a real signature over other content, and with one bit turned")
async def turned(target: Target) -> None:
    answer = await target.ask(
        "query ($id: ID!) { node(id: $id) { ... on Signature { cms } } }", {"id": target.world.signature}, by=ADMIN
    )
    cms = base64.b64decode((answer.value or {}).get("cms", "MIAA"))
    harmless(await handed_in(target, cms, b"something else"), "other content")
    harmless(await handed_in(target, cms[:-10] + bytes([cms[-10] ^ 1]) + cms[-9:], b"something else"), "one bit")


@check(Category.EVIDENCE, "garbage, an archive, a page and nothing as a signature")
async def garbage(target: Target) -> None:
    for signature in (b"", os.urandom(5000), b"PK\x03\x04" + b"\0" * 100, b"<script>alert(1)</script>", b"\x30\x80"):
        harmless(await handed_in(target, signature), repr(signature[:12]))


@check(Category.EVIDENCE, "ten thousand sequences inside each other as a signature")
async def nested(target: Target) -> None:
    inner = b"\x30\x00"
    for _ in range(10_000):
        size = len(inner)
        octets = size.to_bytes((size.bit_length() + 7) // 8)
        inner = b"\x30" + (bytes([size]) if size < 128 else bytes([0x80 | len(octets)]) + octets) + inner
    harmless(await handed_in(target, inner), "nested")
    harmless(await handed_in(target, b"\x30\x80" * 20_000), "nested without an end")


@check(Category.EVIDENCE, "uploads of forty megabytes to the verification page")
async def large(target: Target) -> None:
    answer = await handed_in(target, b"\x30\x84\x02\x62\x5a\x00" + b"a" * 40_000_000)
    harmless(answer, "forty megabytes")
    broken_if(answer.status == 200, "read whole")


@check(Category.EVIDENCE, "garbage for the OCSP responder, by POST and by GET")
async def ocsp_garbage(target: Target) -> None:
    for body in (b"", os.urandom(300), b"\x30\x82\xff\xff", b"\x30\x80", b"0" * 100_000):
        harmless(await target.send("POST", "/pki/ocsp", content=body, headers=REQUEST), "POST")
    for path in ("AAAA", "%00", "x" * 3000, "..%2f..", base64.b64encode(os.urandom(60)).decode().replace("/", "%2f")):
        harmless(await target.send("GET", f"/pki/ocsp/{path}"), "GET")


@check(Category.EVIDENCE, "garbage for the time-stamp service")
async def stamp_garbage(target: Target) -> None:
    for body in (b"", os.urandom(300), b"\x30\x82\xff\xff", b"\x30\x80" * 5000, b"0" * 100_000):
        answer = await target.send("POST", "/pki/tsa", content=body, headers=QUERY)
        harmless(answer, "POST")


@check(
    Category.EVIDENCE,
    "the status of serials that were never issued",
    planted=lambda: not_good(ocsp.OCSPCertStatus.GOOD),
)
async def serials(target: Target) -> None:
    chain = await target.send("GET", "/pki/chain.pem")
    issuing = x509.load_pem_x509_certificates(chain.body)
    for issuer in issuing:
        for serial in (1, 2**159 - 1, 0x7FFFFFFF):
            holder, key = self_made()
            made = x509.CertificateBuilder(issuer.subject, holder.subject, key.public_key(), serial)
            made = made.not_valid_before(holder.not_valid_before_utc).not_valid_after(holder.not_valid_after_utc)
            asked = ocsp.OCSPRequestBuilder().add_certificate(made.sign(key, hashes.SHA256()), issuer, hashes.SHA256())
            body = asked.build().public_bytes(serialization.Encoding.DER)
            answer = await target.send("POST", "/pki/ocsp", content=body, headers=REQUEST)
            told = ocsp.load_der_ocsp_response(answer.body)
            if told.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL:
                not_good(told.certificate_status)


def not_good(status: ocsp.OCSPCertStatus) -> None:
    """Raises Broken if a certificate that does not exist is good."""
    broken_if(status is ocsp.OCSPCertStatus.GOOD, "good")


@check(Category.EVIDENCE, "private keys at the authority's addresses")
async def keys(target: Target) -> None:
    for name in (
        "root.key",
        "issuing.key",
        "root.pem",
        "authority.json",
        "ocsp.key",
        "tsa.key",
        "issuing-x.key",
        "root.crt/../root.key",
    ):
        answer = await target.send("GET", f"/pki/{name}")
        broken_if("PRIVATE KEY" in answer.text, name)


@check(Category.EVIDENCE, "nonsense in the names of lists and certificates")
async def nonsense(target: Target) -> None:
    for name in (
        "issuing-.crl",
        "issuing-%00.crl",
        "issuing-" + "a" * 5000 + ".crl",
        "issuing-'.crl",
        "issuing-..%2f.crl",
        "root.%00",
    ):
        answer = await target.send("GET", f"/pki/{name}")
        broken_if(answer.status >= 500 or answer.status == 200, f"{name[:30]}: {answer.status}")


@check(
    Category.EVIDENCE, "codes of verification that can be counted through", planted=lambda: unguessable("SIG-000017")
)
async def codes(target: Target) -> None:
    unguessable(target.world.code)


def unguessable(code: str) -> None:
    """Raises Broken for a code of less than 80 bits (32 letters and digits, separators apart)."""
    letters = code.replace("-", "")
    broken_if(len(letters) < 16 or letters.isdecimal(), code)


@check(
    Category.EVIDENCE,
    "signed content and evidence by a code that nobody has",
    planted=lambda: harmless(genuine(), "planted"),
)
async def unknown_code(target: Target) -> None:
    for path in (
        "/verify/00000-00000-ZZZZZ-ZZZZZ",
        "/verify/x/payload.json",
        "/verify/x/signature.p7s",
        "/verify?code=1",
    ):
        answer = await target.send("GET", path)
        harmless(answer, path)
        broken_if(answer.status == 200 and len(answer.headers.get("content-disposition", "")) > 0, path)


def genuine() -> Answer:
    """A verdict in favour of anything."""
    return Answer(200, httpx.Headers(), b"<p>TOTAL_PASSED</p>", 0.1)
