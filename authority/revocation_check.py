"""
What an authority's revocation list says of a certificate that this authority has issued (RFC 5280 §6.3).

Complete lists of direct scope only: whatever narrows, splits or amends a list (issuing distribution points, delta and
indirect lists, critical extensions that we do not know) makes it useless here, and a certificate of which no useful
list is at hand has an unknown status, never a good one.

    history = status_by_lists(issuing, root, [root_revocation_list], at=now)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import CRLEntryExtensionOID, ExtensionOID

from authority.signature_algorithms import ACCEPTED_HASHES
from authority.verification_report import CertificateStatusHistory

CLOCK_TOLERANCE = timedelta(minutes=5)  # between the clock of the list's issuer and that of whoever verifies

EXPIRED_CERTIFICATES_ON_LIST = x509.ObjectIdentifier("2.5.29.60")  # X.509 (2019) §9.5.2.8: ended ones stay listed
UNDERSTOOD = {
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.CRL_NUMBER,
    ExtensionOID.ISSUER_ALTERNATIVE_NAME,
    ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    EXPIRED_CERTIFICATES_ON_LIST,
}
UNDERSTOOD_OF_ENTRIES = {CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE}

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class StatusUnknown(Exception):
    """No list at hand tells the certificate's status; the message says why."""


def status_by_lists(
    certificate: x509.Certificate, issuer: x509.Certificate, lists: Iterable[bytes], *, at: datetime
) -> CertificateStatusHistory:
    """
    What the newest of `lists` (DER) that are `issuer`'s says of `certificate`.

    `issuer` must be the certificate that vouches for `certificate` on a validated path. A list that has run out is
    used all the same, for what it reports as revoked stays so; the answer's `fresh_until` says how long it was good.
    `at` is an aware datetime: of a list from after it nothing is known yet.

    Raises `StatusUnknown`.
    """
    _check_scope(certificate)
    _check_right_to_sign_lists(issuer)
    usable: list[x509.CertificateRevocationList] = []
    refused: list[str] = []
    for octets in lists:
        try:
            usable.append(_usable(octets, issuer, at))
        except _OfAnother:
            continue
        except _Useless as reason:
            refused.append(str(reason))
        except UNREADABLE as error:
            refused.append(f"{type(error).__name__} in a list")
    if not usable:
        raise StatusUnknown("; ".join(refused) or "no list of its issuer is at hand")
    newest = max(usable, key=lambda each: (each.last_update_utc, _number(each)))
    return _history(certificate, newest)


@dataclass(frozen=True)
class Link:
    """One certificate of a path above the signer's, and what its issuer's lists say of it, or why they say nothing."""

    certificate: x509.Certificate
    history: CertificateStatusHistory | None
    unknown_because: str = ""


def links_above(chain: Sequence[x509.Certificate], lists: Sequence[bytes], *, at: datetime) -> Iterator[Link]:
    """The authorities of `chain` between its first certificate and the root, the nearest first, each judged."""
    for certificate, issuer in pairwise(chain[1:]):
        try:
            yield Link(certificate, status_by_lists(certificate, issuer, lists, at=at))
        except StatusUnknown as reason:
            yield Link(certificate, None, str(reason))


class _OfAnother(Exception):
    """The list is another issuer's."""


class _Useless(Exception):
    """The list is the issuer's own, or says so, and may not be used; the message says why."""


def _check_scope(certificate: x509.Certificate) -> None:
    """A certificate may say that its status stands in lists of other kinds than ours."""
    try:
        extensions = {extension.oid: extension.value for extension in certificate.extensions}
    except UNREADABLE as error:
        raise StatusUnknown("its extensions cannot be read") from error
    if ExtensionOID.FRESHEST_CRL in extensions:
        raise StatusUnknown("its status stands in delta lists")
    points = extensions.get(ExtensionOID.CRL_DISTRIBUTION_POINTS)
    if isinstance(points, x509.CRLDistributionPoints) and any(point.reasons or point.crl_issuer for point in points):
        raise StatusUnknown("its status stands in lists of another issuer or of some reasons only")


def _check_right_to_sign_lists(issuer: x509.Certificate) -> None:
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, *UNREADABLE) as error:
        raise StatusUnknown("its issuer has no usage of its key") from error
    if not usage.crl_sign:
        raise StatusUnknown("its issuer may not sign revocation lists")


def _usable(octets: bytes, issuer: x509.Certificate, at: datetime) -> x509.CertificateRevocationList:
    revocation_list = x509.load_der_x509_crl(octets)
    if _names_differ(octets, issuer):
        raise _OfAnother
    _check_extensions(revocation_list)
    _check_key(revocation_list, issuer)
    if revocation_list.last_update_utc > at + CLOCK_TOLERANCE:
        raise _Useless("a list of the future")
    if revocation_list.next_update_utc is None:
        raise _Useless("a list without nextUpdate")
    algorithm = revocation_list.signature_hash_algorithm
    if algorithm is None or algorithm.name not in ACCEPTED_HASHES:
        raise _Useless("a list signed by a weak or unknown algorithm")
    if not revocation_list.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
        raise _Useless("a list whose signature is not its issuer's")
    return revocation_list


def _names_differ(octets: bytes, issuer: x509.Certificate) -> bool:
    """By their octets and by asn1crypto: cryptography's names warn about every Russian one of more than 32 letters."""
    certificate = asn1_x509.Certificate.load(issuer.public_bytes(serialization.Encoding.DER))
    named: bytes = asn1_crl.CertificateList.load(octets)["tbs_cert_list"]["issuer"].dump()
    subject: bytes = certificate.subject.dump()
    return named != subject


def _check_extensions(revocation_list: x509.CertificateRevocationList) -> None:
    for extension in revocation_list.extensions:
        if extension.oid == ExtensionOID.ISSUING_DISTRIBUTION_POINT:
            raise _Useless("a list of narrowed scope")
        if extension.oid in {ExtensionOID.DELTA_CRL_INDICATOR, ExtensionOID.FRESHEST_CRL}:
            raise _Useless("a delta list, or one that has them")
        if extension.critical and extension.oid not in UNDERSTOOD:
            raise _Useless("a list with an unknown critical extension")
    for entry in revocation_list:
        # An unknown critical extension of any entry forbids the whole list: RFC 5280 §5.3.
        if any(each.critical and each.oid not in UNDERSTOOD_OF_ENTRIES for each in entry.extensions):
            raise _Useless("a list with an unknown critical extension of an entry")


def _check_key(revocation_list: x509.CertificateRevocationList, issuer: x509.Certificate) -> None:
    try:
        named = revocation_list.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound as error:
        raise _Useless("a list that does not name its issuer's key") from error
    if named != key:
        raise _Useless("a list of another key of its issuer")


def _number(revocation_list: x509.CertificateRevocationList) -> int:
    try:
        return revocation_list.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return 0


def _history(
    certificate: x509.Certificate, revocation_list: x509.CertificateRevocationList
) -> CertificateStatusHistory:
    entry = revocation_list.get_revoked_certificate_by_serial_number(certificate.serial_number)
    reason = None if entry is None else _reason(entry)
    if reason is x509.ReasonFlags.remove_from_crl:
        raise StatusUnknown("removeFromCRL has no place in a complete list")
    on_hold = reason is x509.ReasonFlags.certificate_hold
    since = None if entry is None else entry.revocation_date_utc
    return CertificateStatusHistory(
        issued=certificate.not_valid_before_utc,
        as_of=revocation_list.last_update_utc,
        fresh_until=revocation_list.next_update_utc,
        suspended_since=since if on_hold else None,
        revoked_at=None if on_hold else since,
        reason=(reason or x509.ReasonFlags.unspecified).value if entry is not None and not on_hold else None,
        invalid_since=None if entry is None or on_hold else _invalid_since(entry),
    )


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return x509.ReasonFlags.unspecified


def _invalid_since(entry: x509.RevokedCertificate) -> datetime | None:
    try:
        return entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    except x509.ExtensionNotFound:
        return None
