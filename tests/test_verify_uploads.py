"""Anyone checks a signature by its file: what is ours and what is others'."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from client import Client
from conftest import Database
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authority.signature_files import der_of
from tests.test_authority_setting import CONTENT, openssl
from tests.uploading import FOREIGN, brought, of_the_demo, resigned_by, self_signed


def pem(der: bytes, label: str = "CMS") -> bytes:
    text = base64.encodebytes(der)
    return b"-----BEGIN " + label.encode() + b"-----\n" + text + b"-----END " + label.encode() + b"-----\n"


@pytest.mark.parametrize(
    "written",
    [bytes, pem, lambda der: pem(der, "PKCS7").replace(b"\n", b"\r\n"), base64.b64encode, base64.encodebytes],
    ids=["DER", "PEM", "PKCS7 of Windows", "base64", "base64 in lines"],
)
async def test_ours(client: Client, database: Database, written: Callable[[bytes], bytes]) -> None:
    code, cms, payload = await of_the_demo(database)
    status, text = await brought(client, written(cms), payload)
    assert status == 200
    assert "The signature is confirmed" in text
    assert "This signature is in the system" in text
    assert "-".join(code[start : start + 5] for start in range(0, 20, 5)) in text
    assert "proved by a time-stamp" in text
    assert "the certificate was valid" in text
    assert hashlib.sha256(payload).hexdigest() in text
    assert "Electronic Journals Root CA" in text


async def test_in_russian(client: Client, database: Database) -> None:
    _, cms, payload = await of_the_demo(database)
    _, text = await brought(client, cms, payload, language="ru")
    assert "Подпись подтверждена" in text
    assert "Сертификат удостоверяющего центра не был отозван да" in text
    _, text = await brought(client, cms, payload + b" ", language="ru")
    assert "Подпись не подтверждена" in text
    assert "содержание изменено после подписания" in text


async def test_without_the_content_nothing_is_confirmed_and_no_code_given(client: Client, database: Database) -> None:
    """The code opens the content: whoever does not have the one shall not get it by the signature alone."""
    code, cms, payload = await of_the_demo(database)
    for content in (None, payload[:-1], b""):
        status, text = await brought(client, cms, content)
        assert status == 200
        assert "The signature is confirmed" not in text
        assert code[:5] not in text
        assert "in the system" not in text
    _, text = await brought(client, cms)
    assert "the signed content is not at hand" in text


async def test_the_registry_is_asked(client: Client, database: Database) -> None:
    _, cms, payload = await of_the_demo(database)
    await database.fetch(
        "update certificates set status = 'SUSPENDED', suspended_at = now()"
        " where id = (select certificate_id from signatures where cms = $1)",
        cms,
    )
    _, text = await brought(client, cms, payload)
    assert "cannot be confirmed" in text
    assert "the certificate is on hold (since " in text
    assert "Now on hold" in text
    await database.fetch(
        "update certificates set status = 'REVOKED', suspended_at = null, revoked_at = not_before"
        " where id = (select certificate_id from signatures where cms = $1)",
        cms,
    )
    _, text = await brought(client, cms, payload)
    assert "is not confirmed" in text
    assert "had already been revoked" in text


async def test_of_another_authority(client: Client) -> None:
    status, text = await brought(client, FOREIGN, CONTENT)
    assert status == 200
    assert "The signature cannot be confirmed" in text
    assert "issued by an unknown authority" in text
    assert "Who signed is not established" in text
    assert "Whom the certificate names Signer Иванов Иван Иванович" in text
    assert "The content was not changed after signing yes" in text


async def test_plain_cms_of_others(client: Client, tmp_path: Path) -> None:
    """A signature without the attributes of CAdES is not called damaged: it is of a form that we do not take."""
    (tmp_path / "content").write_bytes(CONTENT)
    made = openssl(
        tmp_path, "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", "k", "-out", "c", "-subj", "/CN=x"
    )
    assert made.returncode == 0, made.stderr
    signing = ["cms", "-sign", "-binary", "-in", "content", "-signer", "c", "-inkey", "k", "-outform", "DER", "-out"]
    assert openssl(tmp_path, *signing, "plain.p7s").returncode == 0
    assert openssl(tmp_path, *signing, "inside.p7s", "-nodetach", "-cades").returncode == 0
    assert openssl(tmp_path, *signing, "cades.p7s", "-cades").returncode == 0
    for name, because in (
        ("plain", "of another form than this check takes"),
        ("inside", "of another form than this check takes"),
        ("cades", "issued by an unknown authority"),
    ):
        status, text = await brought(client, (tmp_path / f"{name}.p7s").read_bytes(), CONTENT)
        assert status == 200
        assert because in text


async def test_names_of_strangers_are_shown_as_text(client: Client) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "<b>bold</b>\u202egnp.exe")])
    certificate = self_signed(key, name=name)
    page = await client.http.post("/verify", files={"signature": ("<i>.p7s", resigned_by(certificate, key))})
    assert "&lt;b&gt;bold" in page.text
    assert "<b>bold" not in page.text
    assert "\u202e" not in page.text
    assert "&lt;i&gt;.p7s" in page.text


def test_files_that_are_no_der() -> None:
    der = b"\x30\x03\x02\x01\x01"
    assert der_of(der) == der
    assert der_of(pem(der)) == der
    assert der_of(b"text before\n" + pem(der)) == der
    two = pem(der) + pem(der)
    assert der_of(two) == two
    for broken in (b"-----BEGIN CMS-----\nMAMC", b"", b"\xff\xfe", pem(der)[:-5], b"-----BEGIN CMS-----" * 50_000):
        assert der_of(broken) == broken
