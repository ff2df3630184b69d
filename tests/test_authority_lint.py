"""pkilint finds nothing to warn of in anything that the authority makes, and it costs little to ask it."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from authority.certificates import to_der
from authority.lint import LintReport, lint_certificate, lint_ocsp_response, lint_revocation_list
from authority.public_keys import write_public_key
from tests.test_authority_issuer import LONG_NAME
from tests.test_authority_setting import NOW, authority, founded, issue_to, ivanov, sealed_key


def refused(report: LintReport) -> list[str]:
    """What stands against a document, readable in a failed test."""
    found = [f"{each.severity} {each.code}" for each in report.findings if each.severity not in {"NOTICE", "INFO"}]
    assert report.acceptable == (not found)
    return found


@pytest.mark.parametrize("file", ["root", "issuing-1", "time-stamping-1", "ocsp-1"])
def test_the_authoritys_own_certificates(file: str) -> None:
    certificate = x509.load_pem_x509_certificate((founded()[0] / f"{file}.crt").read_bytes())
    assert refused(lint_certificate(to_der(certificate))) == []


def test_holders_certificates() -> None:
    assert refused(lint_certificate(to_der(ivanov().certificate))) == []
    assert refused(lint_certificate(to_der(issue_to(sealed_key().public_key, LONG_NAME)))) == []
    rsa_key = rsa.generate_private_key(65537, 3072).public_key()
    assert refused(lint_certificate(to_der(issue_to(write_public_key(rsa_key))))) == []


def test_the_roots_revocation_list() -> None:
    assert refused(lint_revocation_list(authority().root_revocation_list)) == []


def test_the_linter_does_find_what_is_wrong() -> None:
    """Without this, an empty list of findings would prove nothing."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(authority().root.subject)
        .issuer_name(authority().root.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=False)
        .sign(key, hashes.SHA256())
    )
    report = lint_certificate(to_der(certificate))
    assert any("ERROR" in finding for finding in refused(report))
    kept = json.loads(report.as_json())
    assert kept["linter"] == "pkilint"
    assert kept["findings"][0]["severity"] == "ERROR"
    assert kept["findings"][0]["path"].startswith("certificate")

    numberless = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority().root.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    assert any("ERROR" in finding for finding in refused(lint_revocation_list(numberless.public_bytes(Encoding.DER))))


@pytest.mark.parametrize("lint", [lint_certificate, lint_revocation_list, lint_ocsp_response])
@pytest.mark.parametrize("octets", [b"", b"garbage", b"\x30\x03\x02\x01\x01", b"\x30\x80" * 500])
def test_what_does_not_parse_is_a_finding_not_a_failure(lint: object, octets: bytes) -> None:
    report = lint(octets)  # type: ignore[operator]
    assert report.findings[0].severity == "FATAL"
    assert not report.acceptable


def test_the_linter_is_kept_loaded() -> None:
    der = to_der(ivanov().certificate)
    lint_certificate(der)
    started = time.process_time()
    for _ in range(20):
        lint_certificate(der)
    assert (time.process_time() - started) / 20 < 0.05  # about 4 ms; importing and building it takes 300


def test_threads_may_share_the_linters() -> None:
    chain = [to_der(certificate) for certificate in (*authority().chain, ivanov().certificate)]
    expected = [lint_certificate(der) for der in chain]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lint_certificate, chain * 20)) == expected * 20
