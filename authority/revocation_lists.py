"""
Certificate revocation lists (RFC 5280 §5), full and direct.

    der = issue_revocation_list(authority.issuing, entries, number=7, this_update=now, next_update=now + day)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from authority.public_keys import signing_hash
from authority.signing_identity import SigningIdentity

MAXIMUM_NUMBER = 2**159 - 1  # RFC 5280 §5.2.3: at most 20 octets
EXPIRED_CERTIFICATES_ON_LIST = x509.ObjectIdentifier("2.5.29.60")  # expiredCertsOnCRL of X.509


@dataclass(frozen=True)
class RevokedCertificate:
    """
    One entry of a list.

    `revoked_at` and `invalid_since` (since when the key is suspected, RFC 5280 §5.3.2) are aware datetimes, used to the
    second. `reason` is a name of CRLReason, written "keyCompromise" or "KEY_COMPROMISE"; "unspecified" is left out.
    """

    serial: int
    revoked_at: datetime
    reason: str
    invalid_since: datetime | None = None


def issue_revocation_list(
    issuer: SigningIdentity,
    entries: Iterable[RevokedCertificate],
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
) -> bytes:
    """
    The DER list of all `entries` that `issuer` has ever revoked or holds suspended.

    `number` is greater than that of every earlier list of this issuer. Because no entry is ever taken off when its
    certificate expires, the list says so (expiredCertsOnCRL): a signature can be judged long after.
    Raises ValueError.
    """
    if not 0 <= number <= MAXIMUM_NUMBER:
        raise ValueError("the number of a revocation list is positive, of at most 20 octets")
    if next_update <= this_update:
        raise ValueError("next_update must be after this_update")
    certificate = issuer.certificate
    issuer_key = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    complete_since = core.GeneralizedTime(certificate.not_valid_before_utc).dump()
    revocation_list = (
        x509.CertificateRevocationListBuilder(revoked_certificates=[_entry(each) for each in entries])
        .issuer_name(certificate.subject)
        .last_update(to_the_second(this_update))
        .next_update(to_the_second(next_update))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.UnrecognizedExtension(EXPIRED_CERTIFICATES_ON_LIST, complete_since), critical=False)
        .sign(issuer.private_key, signing_hash(certificate.public_key()))
    )
    return revocation_list.public_bytes(serialization.Encoding.DER)


def read_revocation_list(der: bytes) -> tuple[int, tuple[RevokedCertificate, ...]]:
    """The number and the entries of a list that `issue_revocation_list` made. Raises ValueError."""
    revocation_list = x509.load_der_x509_crl(der)
    number = revocation_list.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return number, tuple(map(_revoked, revocation_list))


def revocation_reason(name: str) -> x509.ReasonFlags:
    """The CRLReason called `name`, "keyCompromise" or "KEY_COMPROMISE". Raises ValueError."""
    reason = next((flag for flag in x509.ReasonFlags if name in {flag.value, flag.name.upper()}), None)
    if reason is None or reason is x509.ReasonFlags.remove_from_crl:  # §5.3.1: only in delta lists
        raise ValueError(f"not a reason of revocation: {name!r}")
    return reason


def to_the_second(moment: datetime) -> datetime:
    """`moment` in UTC without a fraction, which RFC 5280 §4.1.2.5 forbids. Raises ValueError if it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment must be an aware datetime")
    return moment.astimezone(UTC).replace(microsecond=0)


def _entry(revoked: RevokedCertificate) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(revoked.serial)
        .revocation_date(to_the_second(revoked.revoked_at))
    )
    reason = revocation_reason(revoked.reason)
    if reason is not x509.ReasonFlags.unspecified:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    if revoked.invalid_since:
        since = to_the_second(revoked.invalid_since)
        builder = builder.add_extension(x509.InvalidityDate(since.replace(tzinfo=None)), critical=False)
    return builder.build()


def _revoked(entry: x509.RevokedCertificate) -> RevokedCertificate:
    reason = x509.ReasonFlags.unspecified
    invalid_since = None
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason
        elif isinstance(extension.value, x509.InvalidityDate):
            invalid_since = extension.value.invalidity_date_utc
    return RevokedCertificate(entry.serial_number, entry.revocation_date_utc, reason.value, invalid_since)
