"""Revocation lists, read and believed by openssl."""

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authority.certificates import to_pem
from authority.lint import lint_revocation_list
from authority.revocation_lists import RevokedCertificate, issue_revocation_list, read_revocation_list
from tests.test_authority_setting import NOW, authority, ivanov, openssl, write_chain

DAY = timedelta(days=1)
SERIAL = 0x1234567890ABCDEF1234567890ABCDEF


def issued(entries: Iterable[RevokedCertificate] = (), number: int = 7) -> bytes:
    return issue_revocation_list(authority().issuing, entries, number=number, this_update=NOW, next_update=NOW + DAY)


def verdict(folder: Path, der: bytes) -> str:
    """What openssl says of Ivanov's certificate, given this list and the root's."""
    write_chain(folder)
    (folder / "holder.pem").write_text(to_pem(ivanov().certificate))
    lists = (x509.load_der_x509_crl(der), x509.load_der_x509_crl(authority().root_revocation_list))
    (folder / "lists.pem").write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in lists))
    verified = openssl(
        folder, "verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem",
        "-CAfile", "root.pem", "-untrusted", "issuing.pem", "holder.pem",
    )  # fmt: skip
    return verified.stdout + verified.stderr


def test_openssl_tells_the_good_from_the_revoked(tmp_path: Path) -> None:
    others = RevokedCertificate(SERIAL, NOW - DAY, "keyCompromise")
    assert verdict(tmp_path, issued([others])) == "holder.pem: OK\n"
    his = RevokedCertificate(ivanov().certificate.serial_number, NOW - DAY, "keyCompromise")
    assert "error 23 at 0 depth lookup: certificate revoked" in verdict(tmp_path, issued([others, his]))
    held = RevokedCertificate(ivanov().certificate.serial_number, NOW - DAY, "CERTIFICATE_HOLD")
    assert "error 23 at 0 depth lookup: certificate revoked" in verdict(tmp_path, issued([held]))


def test_what_openssl_reads_in_it(tmp_path: Path) -> None:
    write_chain(tmp_path)
    since = datetime(2026, 3, 1, 12, 0, 0, 900_000, tzinfo=timezone(timedelta(hours=3)))
    entries = [
        RevokedCertificate(SERIAL, NOW, "KEY_COMPROMISE", since),
        RevokedCertificate(SERIAL + 1, NOW, "unspecified"),
    ]
    (tmp_path / "list.crl").write_bytes(issued(entries, number=0xABCDEF))
    read = openssl(tmp_path, "crl", "-inform", "DER", "-in", "list.crl", "-CAfile", "issuing.pem", "-noout", "-text")
    assert "verify OK" in read.stderr
    said = " ".join(read.stdout.split())
    assert "X509v3 CRL Number: 0xABCDEF" in said or f"X509v3 CRL Number: {0xABCDEF}" in said
    assert "X509v3 Authority Key Identifier" in said
    assert f"Serial Number: {SERIAL:X}" in said
    assert "X509v3 CRL Reason Code: Key Compromise" in said
    assert "Invalidity Date: Mar 1 09:00:00 2026 GMT" in said
    assert said.count("Reason Code") == 1  # RFC 5280 §5.3.1: absent rather than unspecified


def test_it_says_that_it_keeps_the_expired() -> None:
    (kept,) = (
        each.value.value
        for each in x509.load_der_x509_crl(issued()).extensions
        if isinstance(each.value, x509.UnrecognizedExtension)
    )
    assert core.GeneralizedTime.load(kept, strict=True).native == authority().issuing.certificate.not_valid_before_utc


REASONS = [reason.value for reason in x509.ReasonFlags if reason is not x509.ReasonFlags.remove_from_crl]


@pytest.mark.parametrize("entries", [0, 1, 20])
def test_the_linter_has_no_objection(entries: int) -> None:
    revoked = [
        RevokedCertificate(SERIAL + each, NOW - DAY, REASONS[each % len(REASONS)], NOW - 2 * DAY if each % 2 else None)
        for each in range(entries)
    ]
    report = lint_revocation_list(issued(revoked))
    assert report.acceptable, report.findings


def test_what_was_written_is_read_again() -> None:
    revoked = tuple(RevokedCertificate(SERIAL + each, NOW - each * DAY, reason) for each, reason in enumerate(REASONS))
    dated = RevokedCertificate(SERIAL - 1, NOW, "keyCompromise", NOW - DAY)
    assert read_revocation_list(issued((*revoked, dated), number=8)) == (8, (*revoked, dated))


@pytest.mark.parametrize("number", [-1, 2**159])
def test_numbers_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="number"):
        issued(number=number)


@pytest.mark.parametrize("reason", ["", "removeFromCRL", "REMOVE_FROM_CRL", "key_compromise", "whatever"])
def test_reasons_that_are_none(reason: str) -> None:
    with pytest.raises(ValueError, match="not a reason"):
        issued([RevokedCertificate(SERIAL, NOW, reason)])


def test_moments_need_a_zone_and_an_order() -> None:
    with pytest.raises(ValueError, match="aware"):
        issued([RevokedCertificate(SERIAL, datetime(2026, 1, 1), "superseded")])  # noqa: DTZ001
    with pytest.raises(ValueError, match="next_update"):
        issue_revocation_list(authority().issuing, [], number=1, this_update=NOW, next_update=NOW)
