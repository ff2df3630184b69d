"""What is known of the authorities above a signer: by their issuer's revocation lists, or not at all."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authority.revocation_check import StatusUnknown, status_by_lists
from authority.signing import attach_time_stamp, signature_value
from authority.time_stamps import TimeStampAuthority
from authority.verifier import CheckName, SubIndication, VerificationReport, verify
from tests.test_authority_asking import DAY, GOOD, HOUR, PASSED, answer, changed, check, stranger, undetermined
from tests.test_authority_setting import CONTENT, NOW, SoftwareKey, authority, ivanov, root_key, signed

PLAIN = signed()
STAMPED = signed(stamped_at=NOW)
AT = NOW + HOUR

Change = Callable[[x509.CertificateRevocationListBuilder], x509.CertificateRevocationListBuilder]


def root_list(
    *entries: x509.RevokedCertificate,
    key: ec.EllipticCurvePrivateKey | None = None,
    this_update: datetime = NOW - DAY,
    next_update: datetime = NOW + 30 * DAY,
    number: int = 2,
    change: Change = lambda builder: builder,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    """A list in the name of the root; signed by its key unless another is given."""
    root = authority().root
    identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder(revoked_certificates=list(entries))
        .issuer_name(root.subject)
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    revocation_list = change(builder).sign(key or root_key(), algorithm or hashes.SHA384())
    return revocation_list.public_bytes(serialization.Encoding.DER)


def entry(
    reason: x509.ReasonFlags | None = None,
    *,
    since: datetime = NOW - HOUR,
    invalid_since: datetime | None = None,
    serial: int | None = None,
) -> x509.RevokedCertificate:
    """The issuing authority's certificate, revoked."""
    serial = serial or authority().issuing.certificate.serial_number
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
    if reason:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    if invalid_since:
        builder = builder.add_extension(x509.InvalidityDate(invalid_since.replace(tzinfo=None)), critical=False)
    return builder.build()


def judged(cms: bytes, *lists: bytes, at: datetime = AT) -> VerificationReport:
    return verify(cms, CONTENT, roots=[authority().root], status=lambda _: GOOD, at=at, revocation_lists=lists)


def issuer_check(report: VerificationReport) -> tuple[str | None, str]:
    (found,) = (each for each in report.checks if each.name is CheckName.ISSUER_STATUS)
    return found.sub_indication, found.remark


def test_the_list_of_the_ceremony_says_that_all_is_well() -> None:
    report = judged(STAMPED, authority().root_revocation_list)
    assert answer(report) == PASSED
    (status,) = report.issuer_statuses
    assert (status.revoked_at, status.suspended_since) == (None, None)
    assert status.fresh_until is not None
    assert status.fresh_until > AT


def test_without_lists_nothing_is_asked() -> None:
    report = check(STAMPED)
    assert answer(report) == PASSED
    assert report.issuer_statuses == ()
    assert {each.indication for each in report.checks if each.name is CheckName.ISSUER_STATUS} == {None}


@pytest.mark.parametrize("reason", [None, x509.ReasonFlags.superseded, x509.ReasonFlags.ca_compromise])
def test_a_revoked_authority(reason: x509.ReasonFlags | None) -> None:
    report = judged(PLAIN, root_list(entry(reason)))
    assert answer(report) == undetermined(SubIndication.REVOKED_CA_NO_POE)
    assert report.decisive_moment == NOW - HOUR
    (status,) = report.issuer_statuses
    assert status.reason == (reason or x509.ReasonFlags.unspecified).value


def test_stamped_before_the_authority_was_revoked() -> None:
    """What an authority did before its end stays; but not if its key was lost, for its own time-stamps hang on it."""
    later = NOW + timedelta(minutes=30)
    assert answer(judged(STAMPED, root_list(entry(x509.ReasonFlags.cessation_of_operation, since=later)))) == PASSED
    assert answer(judged(STAMPED, root_list(entry(since=later)))) == PASSED
    lost = judged(STAMPED, root_list(entry(x509.ReasonFlags.ca_compromise, since=later)))
    assert answer(lost) == undetermined(SubIndication.REVOKED_CA_NO_POE)
    assert lost.level == "B"
    assert "not for a harmless reason" in lost.checks[5].remark
    suspected = root_list(entry(x509.ReasonFlags.superseded, since=later, invalid_since=NOW - DAY))
    assert answer(judged(STAMPED, suspected)) == undetermined(SubIndication.REVOKED_CA_NO_POE)


def test_stamped_elsewhere_before_the_authoritys_key_was_lost() -> None:
    """A time-stamp authority that does not hang on the lost key still proves the signature to be older."""
    later = NOW + timedelta(minutes=30)
    elsewhere = TimeStampAuthority(stranger().time_stamping, stranger().chain, "1.2.3")
    cms = attach_time_stamp(PLAIN, stamp_by(elsewhere, NOW))
    asked: list[int] = []

    def status(serial: int) -> None:
        asked.append(serial)

    report = verify(
        cms,
        CONTENT,
        roots=[authority().root],
        status=lambda serial: status(serial) or GOOD,
        at=AT,
        time_stamp_roots=[stranger().root],
        revocation_lists=[root_list(entry(x509.ReasonFlags.ca_compromise, since=later))],
    )
    assert answer(report) == PASSED
    assert (report.level, report.proved_time) == ("T", NOW)
    assert asked == [ivanov().certificate.serial_number]  # the other authority's numbers mean nothing in our registry


def test_a_root_for_time_stamps_is_no_root_for_signatures() -> None:
    report = verify(
        STAMPED, CONTENT, roots=[stranger().root], status=lambda _: GOOD, at=AT, time_stamp_roots=[authority().root]
    )
    assert answer(report) == undetermined(SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert report.level == "T"


def stamp_by(service: TimeStampAuthority, at: datetime) -> bytes:
    return service.stamp(hashlib.sha256(signature_value(PLAIN)).digest(), serial=1, at=at)


def test_an_authority_on_hold() -> None:
    report = judged(STAMPED, root_list(entry(x509.ReasonFlags.certificate_hold)))
    assert answer(report) == undetermined(SubIndication.TRY_LATER)
    assert report.decisive_moment == NOW - HOUR


def test_a_list_that_has_run_out() -> None:
    ended = NOW - timedelta(minutes=1)
    report = judged(PLAIN, root_list(next_update=ended))
    assert answer(report) == undetermined(SubIndication.TRY_LATER)
    assert report.decisive_moment == ended
    stale_but_revoked = judged(PLAIN, root_list(entry(), next_update=ended))
    assert answer(stale_but_revoked) == undetermined(SubIndication.REVOKED_CA_NO_POE)


def test_the_newest_list_counts() -> None:
    older = root_list(this_update=NOW - 2 * DAY, number=1)
    newer = root_list(entry(), this_update=NOW - HOUR, number=3)
    for lists in ((older, newer), (newer, older)):
        assert answer(judged(PLAIN, *lists)) == undetermined(SubIndication.REVOKED_CA_NO_POE)
    same_second = (root_list(number=4), root_list(entry(), number=5), root_list(number=3))
    assert answer(judged(PLAIN, *same_second)) == undetermined(SubIndication.REVOKED_CA_NO_POE)


def only(*, critical: bool = True, **scope: object) -> Change:
    usual: dict[str, object] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    point = x509.IssuingDistributionPoint(**(usual | scope))  # type: ignore[arg-type]
    return lambda builder: builder.add_extension(point, critical=critical)


UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")
FULL_NAME = [x509.UniformResourceIdentifier("http://127.0.0.1/delta.crl")]


def unusual_entry() -> x509.RevokedCertificate:
    """Of some other certificate; what cannot be understood of one entry spoils the list for all (RFC 5280 §5.3)."""
    builder = x509.RevokedCertificateBuilder().serial_number(77).revocation_date(NOW - DAY)
    return builder.add_extension(UNKNOWN, critical=True).build()


@pytest.mark.parametrize(
    ("revocation_list", "because"),
    [
        (lambda: b"", "in a list"),
        (lambda: b"\x30\x03\x02\x01\x00", "in a list"),
        (lambda: root_list()[:-1], "in a list"),
        (lambda: stranger().root_revocation_list, "no list of its issuer"),
        (lambda: root_list(key=ec.generate_private_key(ec.SECP384R1())), "signature is not its issuer's"),
        (lambda: root_list(algorithm=hashes.SHA224()), "weak or unknown algorithm"),
        (lambda: root_list(this_update=AT + DAY, next_update=AT + 2 * DAY), "of the future"),
        (lambda: root_list(change=only(only_contains_user_certs=True)), "narrowed scope"),
        (lambda: root_list(change=only(only_contains_ca_certs=True)), "narrowed scope"),
        (lambda: root_list(change=only(indirect_crl=True)), "narrowed scope"),
        (
            lambda: root_list(change=only(only_some_reasons=frozenset({x509.ReasonFlags.superseded}))),
            "narrowed scope",
        ),
        (lambda: root_list(change=lambda b: b.add_extension(x509.DeltaCRLIndicator(1), critical=True)), "delta"),
        (
            lambda: root_list(
                change=lambda b: b.add_extension(
                    x509.FreshestCRL([x509.DistributionPoint(FULL_NAME, None, None, None)]), critical=False
                )
            ),
            "delta",
        ),
        (lambda: root_list(change=lambda b: b.add_extension(UNKNOWN, critical=True)), "unknown critical extension"),
        (lambda: root_list(unusual_entry()), "of an entry"),
        (lambda: root_list(entry(x509.ReasonFlags.remove_from_crl)), "removeFromCRL"),
    ],
)
def test_lists_that_say_nothing(revocation_list: Callable[[], bytes], because: str) -> None:
    report = judged(PLAIN, revocation_list())
    assert answer(report) == undetermined(SubIndication.TRY_LATER)
    why, remark = issuer_check(report)
    assert why == SubIndication.TRY_LATER
    assert because in remark
    # Beside a useful list a useless one does no harm.
    if "removeFromCRL" not in because:
        assert answer(judged(PLAIN, revocation_list(), root_list())) == PASSED


def test_of_another_key_of_the_same_name() -> None:
    """A root that was made anew under its old name speaks only for what it has issued itself."""
    other = ec.generate_private_key(ec.SECP384R1())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority().root.subject)
        .last_update(NOW - DAY)
        .next_update(NOW + DAY)
    )
    without = builder.sign(root_key(), hashes.SHA384()).public_bytes(serialization.Encoding.DER)
    named = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(other.public_key()), critical=False
    ).sign(root_key(), hashes.SHA384())
    assert issuer_check(judged(PLAIN, without))[1] == "a list that does not name its issuer's key"
    assert (
        issuer_check(judged(PLAIN, named.public_bytes(serialization.Encoding.DER)))[1]
        == "a list of another key of its issuer"
    )


def test_an_issuer_that_may_not_sign_lists() -> None:
    with pytest.raises(StatusUnknown, match="may not sign"):
        status_by_lists(authority().root, ivanov().certificate, [root_list()], at=NOW)


@pytest.mark.parametrize("further", ["freshest", "reasons"])
def test_a_certificate_whose_status_stands_elsewhere(further: str) -> None:
    key = SoftwareKey(ec.generate_private_key(ec.SECP256R1()))
    reasons = frozenset({x509.ReasonFlags.superseded})
    point = x509.DistributionPoint(FULL_NAME, None, reasons if further == "reasons" else None, None)
    extension = x509.FreshestCRL([point]) if further == "freshest" else x509.CRLDistributionPoints([point])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(authority().root.subject)
        .issuer_name(authority().root.subject)
        .public_key(key.private_key.public_key())
        .serial_number(5)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
        .add_extension(extension, critical=False)
        .sign(root_key(), hashes.SHA384())
    )
    with pytest.raises(StatusUnknown, match="its status stands in"):
        status_by_lists(certificate, authority().root, [root_list()], at=NOW)


def test_a_time_stamp_proves_nothing_when_the_authority_above_it_is_not_known_to_be_good() -> None:
    report = judged(STAMPED, root_list(next_update=NOW - HOUR))
    assert report.level == "B"
    assert "nothing fresh" in report.checks[5].remark
    revoked = verify(
        STAMPED,
        CONTENT,
        roots=[authority().root],
        status=lambda serial: changed(revoked_at=NOW + HOUR) if serial == ivanov().certificate.serial_number else None,
        at=AT + HOUR,
        revocation_lists=[root_list(entry(since=NOW - HOUR))],
    )
    assert revoked.level == "B"
    assert "revoked before" in revoked.checks[5].remark
