"""
Issuing a holder's certificate, in two steps (the manner of Boulder's CA: `Prepare` and `Issue`).

    serial = new_serial()                                     # stored by the caller before anything is signed
    plan = prepare(authority, holder=holder, public_key=spki, serial=serial, not_before=…, not_after=…)
    …                                                         # the caller stores the intent and plan.report
    certificate = issue(authority, plan)                      # signs exactly plan.to_be_signed, once
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from asn1crypto import core as asn1_core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from authority import certificate_profiles as profiles
from authority.certificates import to_asn1
from authority.distinguished_names import person_subject, tidy
from authority.keystore import Authority
from authority.lint import LintReport, lint_certificate
from authority.public_keys import UnacceptableKey, read_public_key, signing_hash
from authority.serial_numbers import MAXIMUM_SERIAL, new_serial

__all__ = ["CannotIssue", "Holder", "IssuanceFlaw", "IssuancePlan", "issue", "new_serial", "prepare"]


class IssuanceFlaw(StrEnum):
    """Why a certificate cannot be issued."""

    NAME_EMPTY = "NAME_EMPTY"
    EMAIL = "EMAIL"
    PUBLIC_KEY = "PUBLIC_KEY"
    SERIAL = "SERIAL"
    TERM = "TERM"
    TERM_OUTSIDE_ISSUER = "TERM_OUTSIDE_ISSUER"
    OTHER_AUTHORITY = "OTHER_AUTHORITY"
    PLAN_USED = "PLAN_USED"
    LINT = "LINT"
    MISSIGNED = "MISSIGNED"


class CannotIssue(Exception):
    """The certificate is not issued. `reason` says why; `report` is what the linter found, if it was the linter."""

    def __init__(self, reason: IssuanceFlaw, report: LintReport | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.report = report


@dataclass(frozen=True)
class Holder:
    """
    Whom a certificate names. Texts of any length; `distinguished_names` fits them into the bounds of X.520.

    `email` is an ASCII address; a domain in other letters is written in punycode by us.
    """

    common_name: str
    surname: str
    given_name: str
    position: str | None
    organization: str
    email: str


@dataclass(frozen=True)
class IssuancePlan:
    """
    A certificate about to be: `to_be_signed` is its DER TBSCertificate, the very octets that `issue` will sign.

    `rehearsal` is the same certificate signed by a throw-away key, and `report` is the linter's word on it, to be kept
    with the certificate. The rehearsal is worthless to anybody else, for no chain leads from it.
    """

    to_be_signed: bytes
    rehearsal: bytes
    issuer: x509.Certificate
    report: LintReport
    _redemption: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def redeem(self) -> None:
        """Take the plan's single use. Raises `CannotIssue` the second time, in whichever thread."""
        if not self._redemption.acquire(blocking=False):
            raise CannotIssue(IssuanceFlaw.PLAN_USED)


def prepare(
    authority: Authority,
    *,
    holder: Holder,
    public_key: bytes,
    serial: int,
    not_before: datetime,
    not_after: datetime,
) -> IssuancePlan:
    """
    Compose the certificate of `holder` for `public_key` (DER SubjectPublicKeyInfo), profile of legal.md §2.

    `not_before` and `not_after` are aware datetimes, used to the second, inside the issuing certificate's own term.
    Signs nothing with the authority's key. Raises `CannotIssue`.
    """
    issuer = authority.issuing.certificate

    # (1) The key is of an accepted kind and is not one of our own.
    try:
        key = read_public_key(public_key)
    except UnacceptableKey as error:
        raise CannotIssue(IssuanceFlaw.PUBLIC_KEY) from error
    if any(key == certificate.public_key() for certificate in _own_certificates(authority)):
        raise CannotIssue(IssuanceFlaw.PUBLIC_KEY)

    # (2) The serial has the size of one from `new_serial`.
    if not 2**64 <= serial <= MAXIMUM_SERIAL:
        raise CannotIssue(IssuanceFlaw.SERIAL)

    # (3) The term is a term, inside the issuer's.
    if not_before.tzinfo is None or not_after.tzinfo is None or not_before >= not_after:
        raise CannotIssue(IssuanceFlaw.TERM)
    begin, end = (moment.astimezone(UTC).replace(microsecond=0) for moment in (not_before, not_after))
    if begin < issuer.not_valid_before_utc or end > issuer.not_valid_after_utc:
        raise CannotIssue(IssuanceFlaw.TERM_OUTSIDE_ISSUER)

    # (4) The holder has a name and an address.
    if not all(map(tidy, (holder.common_name, holder.surname, holder.organization))):
        raise CannotIssue(IssuanceFlaw.NAME_EMPTY)

    # (5) Everything but the subject goes through the profile; a throw-away key stands in for ours.
    stand_in = ec.generate_private_key(ec.SECP256R1())
    content = profiles.Content(subject=x509.Name([]), public_key=key, serial=serial, not_before=begin, not_after=end)
    addresses = profiles.PublicAddresses(authority.public_url)
    builder = profiles.holder(content, _ascii_email(holder.email), issuer, addresses, authority.policy.certificate)
    draft = to_asn1(builder.sign(stand_in, signing_hash(issuer.public_key())))

    # (6) The subject joins, and the octets to be signed are final.
    tbs_certificate = draft["tbs_certificate"]
    tbs_certificate["subject"] = person_subject(
        common_name=holder.common_name,
        surname=holder.surname,
        given_name=holder.given_name,
        position=holder.position,
        organization=holder.organization,
    )
    to_be_signed = tbs_certificate.dump()
    rehearsal_value = stand_in.sign(to_be_signed, ec.ECDSA(signing_hash(issuer.public_key())))
    rehearsal = _join(to_be_signed, rehearsal_value)

    # (7) The linter has no objection.
    report = lint_certificate(rehearsal)
    if not report.acceptable:
        raise CannotIssue(IssuanceFlaw.LINT, report)
    return IssuancePlan(to_be_signed, rehearsal, issuer, report)


def issue(authority: Authority, plan: IssuancePlan) -> x509.Certificate:
    """
    Sign `plan` with the issuing key and return the certificate after checking it.

    Raises `CannotIssue`: PLAN_USED the second time, OTHER_AUTHORITY, MISSIGNED if the key signed something else.
    """
    # (1) The plan was made for this very issuer, and was not used.
    issuer = authority.issuing.certificate
    if plan.issuer != issuer:
        raise CannotIssue(IssuanceFlaw.OTHER_AUTHORITY)
    plan.redeem()

    # (2) Sign the planned octets.
    signed = _join(plan.to_be_signed, authority.issuing.sign(plan.to_be_signed))

    # (3) Check what was signed, as a stranger would, before anybody sees it.
    certificate = x509.load_der_x509_certificate(signed)
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise CannotIssue(IssuanceFlaw.MISSIGNED) from error
    return certificate


def _own_certificates(authority: Authority) -> Iterator[x509.Certificate]:
    yield authority.root
    yield authority.time_stamping.certificate
    for generation in authority.generations:
        yield generation.issuing.certificate
        yield generation.ocsp.certificate


def _join(to_be_signed: bytes, signature_value: bytes) -> bytes:
    tbs_certificate = asn1_x509.TbsCertificate.load(to_be_signed)
    return bytes(
        asn1_x509.Certificate(
            {
                "tbs_certificate": tbs_certificate,
                "signature_algorithm": tbs_certificate["signature"],
                "signature_value": asn1_core.OctetBitString(signature_value),
            }
        ).dump()
    )


def _ascii_email(email: str) -> str:
    local_part, at, domain = tidy(email).rpartition("@")
    try:
        address = f"{local_part}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise CannotIssue(IssuanceFlaw.EMAIL) from error
    if not at or not local_part or not address.isascii() or " " in address or "." not in domain:
        raise CannotIssue(IssuanceFlaw.EMAIL)
    return address
