"""What the tests of uploads share: bringing files, forging signers, watching the processes that verify. It holds no
test of its own."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from asn1crypto import cms as asn1_cms
from asn1crypto import x509 as asn1_x509
from client import Client
from conftest import Database
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.test_authority_setting import NOW, signed

FOREIGN = signed(stamped_at=NOW)  # by an authority that the server does not know
SIGNATURE = "select s.code, s.cms, r.payload from signatures s join revisions r on r.id = s.revision_id"


async def of_the_demo(database: Database) -> tuple[str, bytes, bytes]:
    """Code, CMS and payload of a signature that the system keeps."""
    row = (await database.fetch(f"{SIGNATURE} order by s.id limit 1"))[0]
    return row["code"], row["cms"], row["payload"]


async def brought(
    client: Client, signature: bytes, content: bytes | None = None, *, language: str = "en"
) -> tuple[int, str]:
    """The status and the page's text after bringing a signature and what it signs."""
    files = {"signature": ("paper.p7s", signature)} | (
        {"content": ("paper.pdf", content)} if content is not None else {}
    )
    answer = await client.http.post(f"/verify?lang={language}", files=files, headers={"accept": "text/html"})
    body = answer.text.partition("<body>")[2]
    return answer.status_code, " ".join(re.sub(r"<[^>]+>", " ", body).split())


def self_signed(
    key: ec.EllipticCurvePrivateKey,
    *,
    name: x509.Name | None = None,
    serial: int = 1,
    public_key: rsa.RSAPublicKey | None = None,
) -> x509.Certificate:
    """An authority's certificate for its own key, or by its key for another."""
    name = name or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Maze")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key or key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def resigned_by(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """FOREIGN, its signer and its only certificate another one."""
    container = asn1_cms.ContentInfo.load(FOREIGN)
    der = certificate.public_bytes(serialization.Encoding.DER)
    structure = asn1_x509.Certificate.load(der)
    signer = container["content"]["signer_infos"][0]
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            attribute["values"] = [{"certs": [{"cert_hash": hashlib.sha256(der).digest()}]}]
    attributes = asn1_cms.CMSAttributes(list(signer["signed_attrs"]))
    signer["signed_attrs"] = attributes
    signer["sid"] = asn1_cms.SignerIdentifier(
        "issuer_and_serial_number",
        asn1_cms.IssuerAndSerialNumber({"issuer": structure.issuer, "serial_number": structure.serial_number}),
    )
    if isinstance(certificate.public_key(), rsa.RSAPublicKey):
        signer["signature_algorithm"] = {"algorithm": "sha256_rsa"}
    signer["signature"] = key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
    container["content"]["certificates"] = [structure]
    return bytes(container.dump())


@asynccontextmanager
async def watched() -> AsyncIterator[dict[int, int]]:
    """The verifying processes seen meanwhile: the most memory each held, in KiB, by its number."""
    peaks: dict[int, int] = {}
    ended = asyncio.Event()
    together = 0

    async def look() -> None:
        nonlocal together
        while not ended.is_set():
            now = dict(verifying())
            together = max(together, len(now))
            peaks.update({number: max(peak, peaks.get(number, 0)) for number, peak in now.items()})
            peaks[0] = together
            await asyncio.wait([waiting], timeout=0.01)

    waiting = asyncio.create_task(ended.wait())
    looking = asyncio.create_task(look())
    try:
        yield peaks
    finally:
        ended.set()
        await looking
        await waiting


def verifying() -> list[tuple[int, int]]:
    """Number and peak of memory of the processes that verify for this one."""
    numbers, found = [], []
    for children in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread may end meanwhile, and so may a process
            numbers += map(int, children.read_text().split())
    for number in numbers:
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"verification_process" in Path(f"/proc/{number}/cmdline").read_bytes():
                peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{number}/status").read_text())
                found.append((number, int(peak[1]) if peak else 0))
    return found
