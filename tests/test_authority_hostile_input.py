"""Whatever is thrown at the verifier ends in a report: never in an exception, never in a long wait."""

import random
import time
from datetime import datetime, timedelta

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from authority.certificates import to_der
from authority.cms_reader import MAXIMUM_CERTIFICATES, MAXIMUM_OCTETS, MAXIMUM_TIME_STAMPS
from authority.der_structure import MAXIMUM_DEPTH, NotDer, check_der
from authority.issuer import issue, prepare
from authority.public_keys import write_public_key
from authority.signing import attach_time_stamp
from authority.verifier import CertificateStatusHistory, Indication, SubIndication, VerificationReport, verify
from tests.test_authority_forgery import Attributes, resigned, with_certificates
from tests.test_authority_setting import (
    CONTENT,
    IVANOV,
    NOW,
    SoftwareKey,
    authority,
    issue_to,
    ivanov,
    signed,
    token_for,
)

PLAIN = signed()
STAMPED = signed(stamped_at=NOW)
GOOD = CertificateStatusHistory(issued=NOW, as_of=NOW)
SECONDS_FOR_ANYTHING = 1.0  # of the processor, so that a busy machine fails no test


def check(cms: bytes, content: bytes | None = CONTENT, at: datetime = NOW) -> VerificationReport:
    started = time.process_time()
    report = verify(cms, content, roots=[authority().root], status=lambda _: GOOD, at=at)
    assert time.process_time() - started < SECONDS_FOR_ANYTHING
    return report


def assert_malformed(cms: bytes) -> None:
    assert_unread(cms, Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)


def assert_not_taken(cms: bytes) -> None:
    """It may be somebody's signature, but it is larger or of another form than the verifier takes."""
    assert_unread(cms, Indication.INDETERMINATE, SubIndication.GENERIC)


def assert_unread(cms: bytes, *answer: str) -> None:
    report = check(cms)
    assert (report.indication, report.sub_indication) == answer
    assert report.certificate is None
    assert report.digest is None
    assert len(report.checks) == 1
    assert report.checks[0].remark


def test_the_samples_are_good() -> None:
    """Otherwise the refusals below would prove nothing."""
    assert check(PLAIN).indication is Indication.TOTAL_PASSED
    assert check(STAMPED).indication is Indication.TOTAL_PASSED


def test_cut_off_anywhere() -> None:
    for length in range(0, len(STAMPED), 7):
        assert_malformed(STAMPED[:length])


def test_something_behind() -> None:
    assert_malformed(STAMPED + b"\x00")
    assert_malformed(STAMPED + STAMPED)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00",
        b"\x30",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x88" + b"\xff" * 8,
        b"\x1f" * 100,
        b"-----BEGIN CMS-----",
        b'{"not":"CMS"}',
        b"\x30\x82\xff\xff" + b"\x05\x00" * 9999 + b"\x00",
    ],
)
def test_what_is_not_cms(octets: bytes) -> None:
    assert_malformed(octets)


@pytest.mark.parametrize(
    "octets", [bytes(MAXIMUM_OCTETS + 1), b"\x30\x82\xff\xfe" + b"\x05\x00" * 32767], ids=["octets", "elements"]
)
def test_too_much(octets: bytes) -> None:
    assert_not_taken(octets)


def nested(depth: int, *, tag: bytes = b"\x30") -> bytes:
    octets = b"\x05\x00"
    for _ in range(depth):
        length = len(octets)
        octets = tag + (bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")) + octets
        if 128 <= length < 256:
            octets = tag + b"\x81" + bytes([length]) + octets[4:]
    return octets


@pytest.mark.parametrize("tag", [b"\x30", b"\x31", b"\xa0"])
@pytest.mark.parametrize("depth", [MAXIMUM_DEPTH, 1_000, 15_000])
def test_deep_nesting(depth: int, tag: bytes) -> None:
    assert_not_taken(nested(depth, tag=tag))


def test_indefinite_lengths() -> None:
    """They are BER, which CMS allows to whoever streams, so nobody is told that their file is damaged."""
    assert_not_taken(b"\x30\x80\x00\x00")
    assert_not_taken(b"\x30\x80" * 50_000)
    assert_not_taken(b"\x30\x80" * 50_000 + b"\x00\x00" * 50_000)


def test_deep_nesting_inside_an_otherwise_good_signature() -> None:
    container = asn1_cms.ContentInfo.load(PLAIN)
    value = asn1_cms.CMSAttribute({"type": "1.2.3.4", "values": [core.Any.load(nested(500))]})
    container["content"]["signer_infos"][0]["unsigned_attrs"] = asn1_cms.CMSAttributes([value])
    assert_not_taken(container.dump())


def test_a_thousand_certificates() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
    )
    many = [builder.serial_number(1000 + number).sign(key, hashes.SHA256()) for number in range(1000)]
    for enclosed, because in ((many, "elements"), (many[:MAXIMUM_CERTIFICATES], "certificates")):
        report = check(with_certificates(PLAIN, [ivanov().certificate, *enclosed]))
        assert report.sub_indication == SubIndication.GENERIC
        assert report.checks[0].remark == f"too many {because}"
    few = many[: MAXIMUM_CERTIFICATES - 3]
    assert (
        check(with_certificates(PLAIN, [ivanov().certificate, *authority().chain, *few])).indication == "TOTAL_PASSED"
    )


def test_a_maze_of_authorities_that_certify_each_other() -> None:
    """The same name, the same key, every certificate a possible issuer of every other."""
    key = SoftwareKey(ec.generate_private_key(ec.SECP256R1()))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Maze")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.private_key.public_key())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.private_key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.private_key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True)
    )
    maze = [builder.serial_number(1000 + number).sign(key.private_key, hashes.SHA256()) for number in range(16)]
    from authority.signing import sign_content

    cms = sign_content(CONTENT, key=key, certificate=maze[0], chain=maze[1:], signing_time=NOW)
    report = check(cms)
    assert report.sub_indication == SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_too_many_time_stamps() -> None:
    cms = PLAIN
    for _ in range(MAXIMUM_TIME_STAMPS + 1):
        cms = attach_time_stamp(cms, token_for(PLAIN, NOW))
    assert_not_taken(cms)


def test_the_signers_certificate_swapped() -> None:
    """Another person's certificate under the same issuer and serial number: only the signed digest tells them apart."""
    mallory = SoftwareKey(ec.generate_private_key(ec.SECP256R1()))
    plan = prepare(
        authority(),
        holder=IVANOV,
        public_key=write_public_key(mallory.private_key.public_key()),
        serial=ivanov().certificate.serial_number,
        not_before=NOW - timedelta(days=1),
        not_after=NOW + timedelta(days=1),
    )
    swapped = issue(authority(), plan)
    report = check(with_certificates(STAMPED, [swapped, *authority().chain]))
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "NO_SIGNING_CERTIFICATE_FOUND")
    assert report.certificate is None


def test_the_signers_certificate_missing() -> None:
    other = issue_to(write_public_key(ec.generate_private_key(ec.SECP256R1()).public_key()))
    for certificates in ([], [other], list(authority().chain)):
        assert check(with_certificates(PLAIN, certificates)).sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"


@pytest.mark.parametrize("kind", ["content_type", "message_digest", "signing_time", "signing_certificate_v2"])
def test_a_signed_attribute_left_out_or_doubled(kind: str) -> None:
    def without(attributes: Attributes) -> Attributes:
        return [each for each in attributes if each["type"].native != kind]

    def doubled(attributes: Attributes) -> Attributes:
        return attributes + [each for each in attributes if each["type"].native == kind]

    def with_two_values(attributes: Attributes) -> Attributes:
        for each in attributes:
            if each["type"].native == kind:
                each["values"] = [each["values"][0], each["values"][0]]
        return attributes

    not_cades = kind in {"signing_time", "signing_certificate_v2"}  # but plain CMS, as RFC 5652 has it
    (assert_not_taken if not_cades else assert_malformed)(resigned(PLAIN, ivanov().key, change=without))
    for change in (doubled, with_two_values):
        assert_malformed(resigned(PLAIN, ivanov().key, change=change))


def test_no_signed_attributes_at_all() -> None:
    container = asn1_cms.ContentInfo.load(PLAIN)
    signer = container["content"]["signer_infos"][0]
    bare = {
        field: signer[field] for field in ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
    }
    container["content"]["signer_infos"] = [asn1_cms.SignerInfo(bare)]
    assert_not_taken(container.dump())


def test_not_exactly_one_signer() -> None:
    for signers in (0, 2):
        container = asn1_cms.ContentInfo.load(PLAIN)
        signer = container["content"]["signer_infos"][0]
        container["content"]["signer_infos"] = [signer] * signers
        assert_not_taken(container.dump())


def test_the_content_put_inside() -> None:
    container = asn1_cms.ContentInfo.load(PLAIN)
    container["content"]["encap_content_info"]["content"] = core.OctetString(CONTENT)
    assert_not_taken(container.dump())


def test_a_certificate_that_cannot_be_read() -> None:
    spoilt = STAMPED.replace(to_der(authority().root)[:60], to_der(authority().root)[:40] + b"\xff" * 20)
    assert spoilt != STAMPED
    assert check(spoilt).indication is not Indication.TOTAL_PASSED


def test_an_octet_spoilt() -> None:
    """Every eleventh octet of the signature, each made into another one."""
    chance = random.Random(20260401)
    digest = check(PLAIN).digest
    for position in range(0, len(STAMPED), 11):
        spoilt = bytearray(STAMPED)
        spoilt[position] ^= chance.randrange(1, 256)
        report = check(bytes(spoilt))
        if report.indication is Indication.TOTAL_PASSED:
            # What may change is what nobody signed: enclosed certificates that are not needed, a time-stamp set aside.
            assert report.certificate == ivanov().certificate
            assert report.digest == digest
            assert report.proved_time in {None, NOW}


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_octets_cut_out_put_in_and_moved(data: st.DataObject) -> None:
    spoilt = STAMPED
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(spoilt)))
        end = min(len(spoilt), start + data.draw(st.integers(0, 64)))
        spoilt = spoilt[:start] + data.draw(st.binary(max_size=64)) + spoilt[end:]
    report = check(spoilt)
    if report.indication is Indication.TOTAL_PASSED:
        assert report.certificate == ivanov().certificate


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    assert_malformed(octets)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.recursive(
        st.binary(max_size=20).map(lambda value: b"\x04" + bytes([len(value)]) + value),
        lambda inner: (
            st.lists(inner, max_size=3)
            .map(b"".join)
            .filter(lambda body: len(body) < 128)
            .map(lambda body: b"\x30" + bytes([len(body)]) + body)
        ),
    )
)
def test_well_formed_der_passes_the_shape_check_and_a_spoilt_end_does_not(der: bytes) -> None:
    check_der(der)
    with pytest.raises(NotDer):
        check_der(der + b"\x00")
    with pytest.raises(NotDer):
        check_der(der[:-1])


@pytest.mark.parametrize(
    "octets",
    [
        b"\x30\x81\x02\x05\x00",  # long form for a short length
        b"\x30\x82\x00\x02\x05\x00",
        b"\x30\x03\x04\x02\x00",  # longer than everything
        b"\x30\x06\x30\x02\x04\x02\x05\x00",  # longer than what encloses it
        b"\x30\x80\x05\x00\x00\x00",
        b"\x3f\x81\x01\x00",
        b"\x04",
    ],
)
def test_what_der_forbids(octets: bytes) -> None:
    with pytest.raises(NotDer):
        check_der(octets)
