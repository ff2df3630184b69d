"""The OCSP responder, asked and believed by openssl."""

import functools
import random
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as questions

from authority.certificates import to_pem
from authority.keystore import Authority, open_authority
from authority.lint import lint_ocsp_response
from authority.ocsp import (
    MAXIMUM_REQUEST_OCTETS,
    CertificateState,
    OcspFailure,
    OcspRefused,
    StateKind,
    answer,
    read_question,
    refusal,
)
from authority.service_renewal import renew_services
from tests.test_authority_setting import (
    NOW,
    PASSPHRASE,
    authority,
    founded,
    ivanov,
    openssl,
    passing_folder,
    write_chain,
)

HOUR = timedelta(hours=1)
GOOD = CertificateState(StateKind.GOOD)
REVOKED = CertificateState(StateKind.REVOKED, NOW - HOUR, "keyCompromise")
HELD = CertificateState(StateKind.REVOKED, NOW - HOUR, "CERTIFICATE_HOLD")
UNEXPLAINED = CertificateState(StateKind.REVOKED, NOW - HOUR, "unspecified")
UNKNOWN = CertificateState(StateKind.UNKNOWN)


@functools.cache
def serving() -> Authority:
    """The tests' authority, whose first responder has expired, with a new one."""
    folder = passing_folder() / "authority"
    shutil.copytree(founded()[0], folder)
    renew_services(folder, PASSPHRASE, now=NOW)
    return open_authority(folder, PASSPHRASE)


def asked(
    nonce: bytes | None = b"sixteen octets..",
    algorithm: hashes.HashAlgorithm | None = None,
    issuer: x509.Certificate | None = None,
) -> bytes:
    builder = questions.OCSPRequestBuilder().add_certificate(
        ivanov().certificate, issuer or authority().issuing.certificate, algorithm or hashes.SHA256()
    )
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def answered(request: bytes, state: CertificateState = GOOD) -> bytes:
    return answer(read_question(request, serving()), state, this_update=NOW, next_update=NOW + HOUR)


@pytest.mark.parametrize("digest", ["-sha1", "-sha256", "-sha384"])
@pytest.mark.parametrize(
    ("state", "said"),
    [
        (GOOD, "holder.pem: good"),
        (REVOKED, "holder.pem: revoked\n\tThis Update"),
        (HELD, "Reason: certificateHold"),
        (UNEXPLAINED, "holder.pem: revoked"),
        (UNKNOWN, "holder.pem: unknown"),
    ],
    ids=["good", "revoked", "held", "unexplained", "unknown"],
)
def test_openssl_believes_the_answer(tmp_path: Path, state: CertificateState, said: str, digest: str) -> None:
    write_chain(tmp_path)
    (tmp_path / "holder.pem").write_text(to_pem(ivanov().certificate))
    of_holder = (digest, "-issuer", "issuing.pem", "-cert", "holder.pem")
    made = openssl(tmp_path, "ocsp", *of_holder, "-no_nonce", "-reqout", "request.der")
    assert made.returncode == 0, made.stderr
    (tmp_path / "response.der").write_bytes(answered((tmp_path / "request.der").read_bytes(), state))
    # The chain alone: the responder's certificate comes with the answer.
    judged = openssl(tmp_path, "ocsp", *of_holder, "-no_nonce", "-respin", "response.der", "-CAfile", "chain.pem")
    assert "Response verify OK" in judged.stderr, judged.stderr
    assert said in judged.stdout
    assert ("Reason: keyCompromise" in judged.stdout) == (state is REVOKED)
    if state is UNEXPLAINED:
        assert "Reason" not in judged.stdout


def test_openssl_refuses_an_answer_that_was_touched(tmp_path: Path) -> None:
    write_chain(tmp_path)
    response = bytearray(answered(asked(nonce=None)))
    response[120] ^= 1
    (tmp_path / "response.der").write_bytes(response)
    judged = openssl(tmp_path, "ocsp", "-respin", "response.der", "-CAfile", "chain.pem", "-no_nonce")
    assert "Response verify OK" not in judged.stderr


@pytest.mark.parametrize("state", [GOOD, REVOKED, HELD, UNEXPLAINED, UNKNOWN])
def test_the_linter_has_no_objection(state: CertificateState) -> None:
    report = lint_ocsp_response(answered(asked(), state))
    assert report.acceptable, report.findings


def test_what_an_answer_says() -> None:
    response = questions.load_der_ocsp_response(answered(asked(), REVOKED))
    assert response.serial_number == ivanov().certificate.serial_number
    assert response.this_update_utc == NOW
    assert response.next_update_utc == NOW + HOUR
    assert response.revocation_time_utc == NOW - HOUR
    responder = serving().generations[0].ocsp.certificate
    assert response.certificates == [responder]
    assert (
        response.responder_key_hash
        == responder.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    )


@pytest.mark.parametrize("nonce", [None, b"1", bytes(16), bytes(128)])
def test_a_nonce_comes_back(nonce: bytes | None) -> None:
    extensions = questions.load_der_ocsp_response(answered(asked(nonce))).extensions
    assert [each.value.nonce for each in extensions if isinstance(each.value, x509.OCSPNonce)] == (
        [nonce] if nonce else []
    )


def with_critical_extension() -> bytes:
    builder = questions.OCSPRequestBuilder().add_certificate(
        ivanov().certificate, authority().issuing.certificate, hashes.SHA256()
    )
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    return builder.add_extension(unknown, critical=True).build().public_bytes(Encoding.DER)


def of_two(folder: Path) -> bytes:
    write_chain(folder)
    (folder / "holder.pem").write_text(to_pem(ivanov().certificate))
    twice = ("-cert", "holder.pem") * 2
    openssl(folder, "ocsp", "-issuer", "issuing.pem", *twice, "-reqout", "two.der")
    return (folder / "two.der").read_bytes()


def of_negative_serial() -> bytes:
    by_hash = (bytes(20), bytes(20), 0x7BCDEF0123456789, hashes.SHA1())
    request = questions.OCSPRequestBuilder().add_certificate_by_hash(*by_hash).build().public_bytes(Encoding.DER)
    return request.replace(b"\x7b\xcd\xef", b"\xfb\xcd\xef")


@pytest.mark.parametrize(
    "request_der",
    [
        b"",
        b"garbage",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x80" * 1000,
        asked()[:-1],
        asked() + b"\x00",
        asked(nonce=b""),
        asked(nonce=bytes(129)),
        bytes(MAXIMUM_REQUEST_OCTETS + 1),
        with_critical_extension(),
        of_negative_serial(),
    ],
    ids=["empty", "text", "length", "depth", "cut", "longer", "nonce-0", "nonce-129", "large", "critical", "negative"],
)
def test_malformed_requests(request_der: bytes) -> None:
    with pytest.raises(OcspRefused) as refused:
        read_question(request_der, serving())
    assert refused.value.failure is OcspFailure.MALFORMED_REQUEST


def test_several_certificates_at_once_are_not_answered(tmp_path: Path) -> None:
    with pytest.raises(OcspRefused) as refused:
        read_question(of_two(tmp_path), serving())
    assert refused.value.failure is OcspFailure.MALFORMED_REQUEST


@pytest.mark.parametrize("issuer", [authority().root, authority().time_stamping.certificate])
def test_foreign_issuers(issuer: x509.Certificate) -> None:
    with pytest.raises(OcspRefused) as refused:
        read_question(asked(issuer=issuer), serving())
    assert refused.value.failure is OcspFailure.UNAUTHORIZED


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OcspFailure.MALFORMED_REQUEST, "malformedrequest (1)"),
        (OcspFailure.INTERNAL_ERROR, "internalerror (2)"),
        (OcspFailure.TRY_LATER, "trylater (3)"),
        (OcspFailure.UNAUTHORIZED, "unauthorized (6)"),
    ],
)
def test_refusals_as_openssl_reads_them(tmp_path: Path, failure: OcspFailure, said: str) -> None:
    (tmp_path / "response.der").write_bytes(refusal(failure))
    assert f"Responder Error: {said}" in openssl(tmp_path, "ocsp", "-respin", "response.der").stdout


def test_whatever_can_be_read_can_be_answered() -> None:
    """Octets changed at random: each is refused or answered, nothing else happens."""
    chance = random.Random(6960)
    original = asked()
    outcomes = set()
    for _ in range(2000):
        changed = bytearray(original)
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            answered(bytes(changed), UNKNOWN)
            outcomes.add("answered")
        except OcspRefused as refused:
            outcomes.add(refused.failure)
    assert outcomes == {"answered", OcspFailure.MALFORMED_REQUEST, OcspFailure.UNAUTHORIZED}


def test_a_revocation_has_a_moment() -> None:
    with pytest.raises(ValueError, match="some moment"):
        answered(asked(), CertificateState(StateKind.REVOKED))
