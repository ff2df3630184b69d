"""What the authority publishes, as strangers fetch it."""

from __future__ import annotations

from pathlib import Path

from client import Client
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from test_verify_by_openssl import run


async def fetched(client: Client, name: str) -> bytes:
    """The body of a published file."""
    answer = await client.http.get(f"/pki/{name}")
    assert answer.status_code == 200
    assert "public" in answer.headers["cache-control"]
    return answer.content


async def test_each_certificate_in_both_forms(client: Client) -> None:
    for name in ("root", "issuing"):
        answer = await client.http.get(f"/pki/{name}.crt")
        assert answer.headers["content-type"] == "application/pkix-cert"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.crt"'
        pem = x509.load_der_x509_certificate(answer.content).public_bytes(Encoding.PEM)
        assert await fetched(client, f"{name}.pem") == pem
        assert await fetched(client, f"{name}.crt?format=pem") == pem


async def test_the_addresses_inside_the_certificates_lead_to_their_issuers(client: Client) -> None:
    issuing = x509.load_der_x509_certificate(await fetched(client, "issuing.crt"))
    root = x509.load_der_x509_certificate(await fetched(client, "root.crt"))
    access = issuing.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [description.access_location.value.rpartition("/pki/")[2] for description in access] == ["root.crt"]
    issuing.verify_directly_issued_by(root)
    key_id = issuing.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    assert x509.load_der_x509_certificate(await fetched(client, f"issuing-{key_id}.crt")) == issuing
    assert x509.load_der_x509_certificate(await fetched(client, f"issuing-{key_id.upper()}.crt")) == issuing


async def test_openssl_takes_chain_and_revocation_list(client: Client, tmp_path: Path) -> None:
    for name in ("chain.pem", "root.pem", "issuing.pem", "root.crl"):
        (tmp_path / name).write_bytes(await fetched(client, name))
    assert (tmp_path / "chain.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 2
    status, output = await run(
        tmp_path,
        *("openssl", "crl", "-inform", "DER", "-in", "root.crl", "-CAfile", "root.pem", "-out", "root.crl.pem"),
    )
    assert (status, output) == (0, "verify OK\n")
    status, output = await run(
        tmp_path,
        *("openssl", "verify", "-x509_strict", "-crl_check", "-CRLfile", "root.crl.pem"),
        *("-CAfile", "root.pem", "issuing.pem"),
    )
    assert (status, output) == (0, "issuing.pem: OK\n")


async def test_nothing_else_is_published(client: Client) -> None:
    for name in ("issuing-00.crt", "issuing-00.crl", "issuing.csr", "root.key", "issuing.key", "root.", "../data"):
        assert (await client.http.get(f"/pki/{name}")).status_code == 404, name


async def test_the_practice_statement(client: Client) -> None:
    page = await client.http.get("/pki/practice")
    root = x509.load_der_x509_certificate(await fetched(client, "root.crt"))
    assert "усиленной неквалифицированной электронной подписью (УНЭП)" in page.text
    assert root.fingerprint(hashes.SHA256()).hex() in page.text
    assert "ООО «Тест»" in page.text
    assert "noindex" not in page.text
    assert "Practice statement" in (await client.http.get("/pki/practice?lang=en")).text
