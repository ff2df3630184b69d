"""Every row of the table of legal.md §3, and the rows beside it."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto.cms import ContentInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from authority.public_keys import write_public_key
from authority.signing import sign_content
from authority.verifier import CheckName, Indication, SubIndication, verify
from tests.test_authority_asking import (
    DAY,
    GOOD,
    HOUR,
    PASSED,
    answer,
    changed,
    check,
    failed,
    short_lived,
    stranger,
    undetermined,
)
from tests.test_authority_forgery import resigned
from tests.test_authority_setting import CONTENT, NOW, Person, SoftwareKey, authority, issue_to, ivanov, signed

PLAIN = signed()
STAMPED = signed(stamped_at=NOW)


@pytest.mark.parametrize(("cms", "level", "proved"), [(PLAIN, "B", None), (STAMPED, "T", NOW)])
def test_all_well(cms: bytes, level: str, proved: datetime | None) -> None:
    report = check(cms)
    assert answer(report) == PASSED
    assert (report.level, report.claimed_time, report.proved_time) == (level, NOW, proved)
    assert report.certificate == ivanov().certificate
    assert report.chain == (ivanov().certificate, *authority().chain)
    assert report.digest_algorithm == "sha256"
    state = hashes.Hash(hashes.SHA256())
    state.update(CONTENT)
    assert report.digest == state.finalize().hex()
    assert report.status == GOOD
    assert [each.number for each in report.checks] == list(range(1, 12))
    assert [each.name for each in report.checks] == list(CheckName)


@pytest.mark.parametrize(
    ("facts", "at"),
    [
        ({"revoked_at": NOW + HOUR, "reason": "key_compromise"}, NOW + 2 * HOUR),
        ({"revoked_at": NOW + 2 * HOUR, "invalid_since": NOW + HOUR}, NOW + 3 * HOUR),
        ({}, NOW + 5 * 365 * DAY),
        ({"revoked_at": NOW + HOUR}, NOW + 5 * 365 * DAY),
        ({"revoked_at": NOW + 3 * HOUR, "suspended_since": None}, NOW + 2 * HOUR),
    ],
    ids=["revoked", "compromised", "expired", "revoked and expired", "revoked only after the verification"],
)
def test_revoked_or_expired_later_but_time_stamped_before(facts: dict[str, object], at: datetime) -> None:
    assert answer(check(STAMPED, history=changed(**facts), at=at)) == PASSED


@pytest.mark.parametrize("cms", [PLAIN, STAMPED])
@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"\n", b"\x00" + CONTENT[1:]])
def test_content_digest_differs(cms: bytes, content: bytes) -> None:
    assert answer(check(cms, content)) == failed(SubIndication.HASH_FAILURE)


def test_signature_value_wrong() -> None:
    attributes_of_another = resigned(PLAIN, SoftwareKey(ec.generate_private_key(ec.SECP256R1())))
    assert answer(check(attributes_of_another)) == failed(SubIndication.SIG_CRYPTO_FAILURE)


def test_made_after_revocation() -> None:
    revoked_at = NOW - HOUR
    report = check(STAMPED, history=changed(revoked_at=revoked_at, reason="superseded"))
    assert answer(report) == failed(SubIndication.REVOKED)
    assert report.decisive_moment == revoked_at
    assert report.status is not None
    assert report.status.reason == "superseded"


@pytest.mark.parametrize("revoked_at", [NOW, NOW + timedelta(milliseconds=0)])
def test_made_at_the_very_moment_of_revocation(revoked_at: datetime) -> None:
    assert answer(check(STAMPED, history=changed(revoked_at=revoked_at))) == failed(SubIndication.REVOKED)


def test_made_after_the_moment_of_compromise() -> None:
    compromised = NOW - HOUR
    report = check(STAMPED, history=changed(revoked_at=NOW + HOUR, invalid_since=compromised), at=NOW + 2 * HOUR)
    assert answer(report) == failed(SubIndication.REVOKED)
    assert report.decisive_moment == compromised


def test_made_after_the_certificate_expired() -> None:
    late = signed(person=short_lived(), at=NOW, stamped_at=NOW)
    report = check(late, person=short_lived())
    assert answer(report) == failed(SubIndication.EXPIRED)
    assert report.decisive_moment == short_lived().certificate.not_valid_after_utc


def test_on_hold_and_released() -> None:
    for cms in (PLAIN, STAMPED):
        report = check(cms, history=changed(suspended_since=NOW + timedelta(minutes=1)))
        assert answer(report) == undetermined(SubIndication.TRY_LATER)
        assert report.decisive_moment == NOW + timedelta(minutes=1)
        assert answer(check(cms, history=GOOD)) == PASSED


@pytest.mark.parametrize(
    "facts", [{"revoked_at": NOW + HOUR}, {"revoked_at": NOW + HOUR, "invalid_since": NOW - DAY}, {"revoked_at": NOW}]
)
def test_revoked_now_without_a_trusted_time(facts: dict[str, object]) -> None:
    report = check(PLAIN, history=changed(**facts), at=NOW + 2 * HOUR)
    assert answer(report) == undetermined(SubIndication.REVOKED_NO_POE)


def test_expired_now_without_a_trusted_time() -> None:
    report = check(PLAIN, at=NOW + 400 * DAY)
    assert answer(report) == undetermined(SubIndication.OUT_OF_BOUNDS_NO_POE)
    assert report.decisive_moment == ivanov().certificate.not_valid_after_utc


def test_unknown_issuer() -> None:
    # The stranger's registry knows nothing; ours must not even be asked about a serial of somebody else's.
    asked: list[int] = []
    report = verify(STAMPED, CONTENT, roots=[stranger().root], status=lambda serial: asked.append(serial), at=NOW)
    assert answer(report) == undetermined(SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert asked == []
    assert report.chain == ()
    assert answer(verify(STAMPED, CONTENT, roots=[], status=lambda _: GOOD, at=NOW)) == undetermined(
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    )


def test_status_stale_or_unknown() -> None:
    stale = changed(as_of=NOW - 2 * DAY, fresh_until=NOW - DAY)
    assert answer(check(STAMPED, history=stale)) == undetermined(SubIndication.TRY_LATER)
    assert answer(check(STAMPED, history=None)) == undetermined(SubIndication.TRY_LATER)
    assert answer(check(STAMPED, history=changed(fresh_until=None))) == PASSED


def test_what_happens_only_after_the_instant_asked_about() -> None:
    assert answer(check(PLAIN, history=changed(suspended_since=NOW + DAY), at=NOW + HOUR)) == PASSED
    assert answer(check(PLAIN, history=changed(revoked_at=NOW + DAY), at=NOW + HOUR)) == PASSED


def test_revocation_in_stale_news_is_still_revocation() -> None:
    stale = changed(as_of=NOW - 2 * DAY, fresh_until=NOW - DAY, revoked_at=NOW - 3 * DAY)
    assert answer(check(STAMPED, history=stale)) == failed(SubIndication.REVOKED)


@pytest.mark.parametrize("cms", [PLAIN, STAMPED])
def test_signed_content_not_at_hand(cms: bytes) -> None:
    report = check(cms, None)
    assert answer(report) == undetermined(SubIndication.SIGNED_DATA_NOT_FOUND)
    assert report.certificate == ivanov().certificate


def test_what_is_certain_outweighs_what_is_not() -> None:
    """A revoked signer's signature is not merely "content not found"; a wrong value not merely "unknown issuer"."""
    report = check(STAMPED, None, history=changed(revoked_at=NOW - HOUR))
    assert answer(report) == failed(SubIndication.REVOKED)
    assert answer(check(PLAIN, b"other", root=stranger().root)) == failed(SubIndication.HASH_FAILURE)


@pytest.mark.parametrize("weak", ["sha1", "md5"])
def test_hash_too_weak(weak: str) -> None:
    cms = resigned(PLAIN, ivanov().key, digest_algorithm=weak)
    assert answer(check(cms)) == undetermined(SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize(
    "key",
    [ec.generate_private_key(ec.SECP256K1()), rsa.generate_private_key(65537, 2048)],
    ids=["secp256k1", "RSA-2048"],
)
def test_key_too_weak(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    certificate = certified_against_the_rules(key.public_key())
    cms = sign_content(
        CONTENT,
        key=ivanov().key,  # the value does not matter, it is not looked at
        certificate=certificate,
        chain=authority().chain,
        signing_time=NOW,
    )
    assert answer(check(cms, person=Person(certificate, ivanov().key))) == undetermined(
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    )


@pytest.mark.parametrize("scheme", ["sha256_rsa", "rsassa_pss", "ed25519", "1.2.643.7.1.1.3.2"])
def test_a_scheme_that_is_not_the_keys(scheme: str) -> None:
    container = ContentInfo.load(PLAIN)
    container["content"]["signer_infos"][0]["signature_algorithm"] = {"algorithm": scheme}
    assert answer(check(container.dump())) == undetermined(SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


def certified_against_the_rules(public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> x509.Certificate:
    """A certificate that our issuer would refuse to issue."""
    model = issue_to(write_public_key(ec.generate_private_key(ec.SECP256R1()).public_key()))
    builder = (
        x509.CertificateBuilder()
        .subject_name(model.subject)
        .issuer_name(model.issuer)
        .public_key(public_key)
        .serial_number(model.serial_number)
        .not_valid_before(model.not_valid_before_utc)
        .not_valid_after(model.not_valid_after_utc)
    )
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(authority().issuing._private_key, hashes.SHA256())  # type: ignore[attr-defined]


def test_not_yet_valid() -> None:
    early = signed(at=NOW - 40 * DAY, stamped_at=NOW - 40 * DAY)
    assert answer(check(early)) == undetermined(SubIndication.NOT_YET_VALID)
    assert answer(check(PLAIN, at=NOW - 40 * DAY)) == undetermined(SubIndication.NOT_YET_VALID)


def test_a_service_cannot_sign_documents() -> None:
    service = authority().time_stamping
    cms = sign_content(CONTENT, key=service, certificate=service.certificate, chain=authority().chain, signing_time=NOW)
    report = check(cms, person=Person(service.certificate, service))
    assert answer(report) == undetermined(SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_an_authority_cannot_sign_documents() -> None:
    issuing = authority().issuing
    cms = sign_content(CONTENT, key=issuing, certificate=issuing.certificate, chain=authority().chain, signing_time=NOW)
    report = check(cms, person=Person(issuing.certificate, issuing))
    assert report.indication is Indication.INDETERMINATE


def test_a_late_time_stamp_accuses_nobody() -> None:
    """A time-stamp proves that a signature existed, not that it did not exist before."""
    stamped_late = signed(at=NOW, stamped_at=NOW + 2 * HOUR)
    revoked = changed(revoked_at=NOW + HOUR)
    assert answer(check(stamped_late, history=revoked, at=NOW + 3 * HOUR)) == undetermined(SubIndication.REVOKED_NO_POE)
    person = short_lived()
    late = signed(person=person, at=NOW - 2 * DAY, stamped_at=NOW)
    assert answer(check(late, person=person)) == undetermined(SubIndication.OUT_OF_BOUNDS_NO_POE)


def test_the_chain_may_come_from_outside_the_signature() -> None:
    alone = sign_content(CONTENT, key=ivanov().key, certificate=ivanov().certificate, chain=(), signing_time=NOW)
    assert answer(check(alone)) == undetermined(SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    report = verify(
        alone,
        CONTENT,
        roots=[authority().root],
        intermediates=[authority().issuing.certificate],
        status=lambda _: GOOD,
        at=NOW,
    )
    assert answer(report) == PASSED


def test_a_root_inside_the_signature_is_not_trusted() -> None:
    """Only the caller says whom to trust."""
    report = verify(STAMPED, CONTENT, roots=[stranger().root], status=lambda _: GOOD, at=NOW)
    assert report.indication is Indication.INDETERMINATE


def test_the_instant_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        check(PLAIN, at=datetime(2026, 1, 1))  # noqa: DTZ001
    assert check(PLAIN, at=datetime(2026, 1, 1, tzinfo=UTC)).indication is Indication.INDETERMINATE


def test_the_verifier_shares_nothing_with_the_signing_side() -> None:
    script = "import sys, authority.verifier; print(*sorted(m for m in sys.modules if m.startswith('authority.')))"
    listed = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=30
    )
    assert listed.stdout.split() == [
        "authority.certificate_path",
        "authority.cms_reader",
        "authority.der_structure",
        "authority.revocation_check",
        "authority.signature_algorithms",
        "authority.time_stamp_check",
        "authority.verification_report",
        "authority.verifier",
    ], listed.stderr
