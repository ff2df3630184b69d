"""
The verifier: says of a detached CAdES signature what legal.md §3 wants said, and never raises on what it is given.

It shares no code with the signing side, so a mistake there cannot hide itself here.

    report = verify(cms, content, roots=[root], status=registry_history, at=now)
    report.indication, report.sub_indication      # TOTAL_FAILED, HASH_FAILURE
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from authority.certificate_path import find_path, may_sign_documents
from authority.cms_reader import ID_DATA, Malformed, NotTaken, SignedMessage, read_signed_message
from authority.revocation_check import links_above
from authority.signature_algorithms import (
    ACCEPTED_HASHES,
    accepted_key,
    digest,
    hashes_accepted,
    scheme_fits,
    signature_is_right,
)
from authority.time_stamp_check import ProvesNothing, proved_time
from authority.verification_report import (
    CertificateStatusHistory,
    Check,
    CheckName,
    Findings,
    Indication,
    SubIndication,
    VerificationReport,
)

__all__ = [
    "CertificateStatusHistory",
    "Check",
    "CheckName",
    "Indication",
    "SubIndication",
    "VerificationReport",
    "verify",
]

StatusSource = Callable[[int], CertificateStatusHistory | None]


def verify(
    cms: bytes,
    content: bytes | None,
    *,
    roots: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate] = (),
    status: StatusSource,
    at: datetime,
    time_stamp_roots: Sequence[x509.Certificate] = (),
    revocation_lists: Sequence[bytes] = (),
) -> VerificationReport:
    """
    Verify the detached signature `cms` over `content` (None when the content is not at hand).

    Trust begins at `roots`; `intermediates` and the certificates enclosed in `cms` only help to find the way.
    `status` is asked by serial number what the registry knows, only of certificates that a root vouches for; None means
    that it knows nothing. `at` is the instant of the verification, an aware datetime.

    `time_stamp_roots` are trusted for time-stamps only, beside `roots`. `revocation_lists` (DER) tell about the
    authorities between the signer's certificate and the root: with any given, each of them must have its status told by
    a list of its issuer that is fresh; with none given nothing is asked about them.

    All eleven checks are made and reported as far as they can be; the report's answer is the first TOTAL_FAILED among
    them, else the first INDETERMINATE. A time-stamp that proves nothing is reported and left aside: the signature is
    then judged as one of level B. Limits on size, certificates and nesting: `cms_reader`, `der_structure`.
    """
    if at.tzinfo is None:
        raise ValueError("at must be an aware datetime")
    # (1) FORMAT
    try:
        message = _read_document_signature(cms)
    except NotTaken as error:
        check = Check(1, CheckName.FORMAT, Indication.INDETERMINATE, SubIndication.GENERIC, remark=str(error))
        return VerificationReport((check,))
    except Malformed as error:
        check = Check(1, CheckName.FORMAT, Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE, remark=str(error))
        return VerificationReport((check,))
    verification = _Verification(message, content, roots, intermediates, status, at, time_stamp_roots, revocation_lists)
    verification.run()
    return verification.report()


def _read_document_signature(cms: bytes) -> SignedMessage:
    message = read_signed_message(cms)
    if message.content_type != ID_DATA:
        raise NotTaken("a signature of something else than data")
    if message.content is not None:
        raise NotTaken("the content is inside; signatures of this system are detached")
    if message.signing_time is None:
        raise NotTaken("no signingTime")  # mandatory at level B: ETSI EN 319 122-1 §6.3
    return message


@dataclass
class _Verification:
    """Checks (2) to (11) of one signature, and what they have found so far."""

    message: SignedMessage
    content: bytes | None
    roots: Sequence[x509.Certificate]
    intermediates: Sequence[x509.Certificate]
    status: StatusSource
    at: datetime
    time_stamp_roots: Sequence[x509.Certificate]
    revocation_lists: Sequence[bytes]
    findings: Findings = field(default_factory=Findings)
    proved_time: datetime | None = None
    chain: tuple[x509.Certificate, ...] = ()
    history: CertificateStatusHistory | None = None
    issuer_histories: tuple[CertificateStatusHistory, ...] = ()

    def run(self) -> None:
        certificate = self.message.signing_certificate

        # (2) SIGNING_CERTIFICATE
        if certificate is None:
            self.findings.undetermined(CheckName.SIGNING_CERTIFICATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
            return
        self.findings.passed(CheckName.SIGNING_CERTIFICATE)

        # (3) ALGORITHMS, (4) CONTENT_DIGEST, (5) SIGNATURE_VALUE, (6) TIME_STAMP
        self.check_cryptography(certificate)
        self.check_time_stamps()

        # (7) CHAIN
        # A certificate outside its term still has a path within it; (10) judges the term.
        term = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        within_term = min(max(self.proved_time or self.at, term[0]), term[1])
        enclosed = (*self.message.certificates, *self.intermediates)
        self.chain = find_path(certificate, roots=self.roots, intermediates=enclosed, at=within_term)
        if not self.chain:
            # Nothing that an unknown issuer says of its certificate deserves a further look.
            self.findings.undetermined(CheckName.CHAIN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
            return
        self.findings.passed(CheckName.CHAIN)

        # (8) ISSUER_STATUS, (9) KEY_USAGE, (10) TERM, (11) STATUS
        self.check_issuers()
        if may_sign_documents(certificate):
            self.findings.passed(CheckName.KEY_USAGE)
        else:
            self.findings.undetermined(CheckName.KEY_USAGE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
        self.check_term(*term)
        self.check_status(certificate)

    def check_cryptography(self, certificate: x509.Certificate) -> None:
        message = self.message
        public_key = accepted_key(certificate)
        algorithms_accepted = public_key is not None and hashes_accepted(message) and scheme_fits(message, public_key)
        if algorithms_accepted:
            self.findings.passed(CheckName.ALGORITHMS)
        else:
            self.findings.undetermined(CheckName.ALGORITHMS, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)

        if self.content is None:
            self.findings.undetermined(CheckName.CONTENT_DIGEST, SubIndication.SIGNED_DATA_NOT_FOUND)
        elif message.digest_algorithm not in ACCEPTED_HASHES:
            self.findings.not_done(CheckName.CONTENT_DIGEST)
        elif digest(message.digest_algorithm, self.content) == message.message_digest:
            self.findings.passed(CheckName.CONTENT_DIGEST)
        else:
            self.findings.failed(CheckName.CONTENT_DIGEST, SubIndication.HASH_FAILURE)

        if public_key is None or not algorithms_accepted:
            self.findings.not_done(CheckName.SIGNATURE_VALUE)
        elif signature_is_right(message, public_key):
            self.findings.passed(CheckName.SIGNATURE_VALUE)
        else:
            self.findings.failed(CheckName.SIGNATURE_VALUE, SubIndication.SIG_CRYPTO_FAILURE)

    def check_time_stamps(self) -> None:
        remarks = []
        for token in self.message.time_stamps:
            try:
                moment = proved_time(
                    token,
                    self.message.signature,
                    roots=self.roots,
                    intermediates=self.intermediates,
                    status=self.status,
                    at=self.at,
                    time_stamp_roots=self.time_stamp_roots,
                    revocation_lists=self.revocation_lists,
                )
            except ProvesNothing as reason:
                remarks.append(str(reason))
            else:
                self.proved_time = min(moment, self.proved_time or moment)
        if self.proved_time:
            self.findings.passed(CheckName.TIME_STAMP)
        else:
            self.findings.not_done(CheckName.TIME_STAMP, "; ".join(remarks) or "there is none")

    def check_issuers(self) -> None:
        """No authority above the signer's certificate was revoked when the signature was made (RFC 5280 §6.3)."""
        if not self.revocation_lists:
            self.findings.not_done(CheckName.ISSUER_STATUS, "no revocation lists were given")
            return
        links = tuple(links_above(self.chain, self.revocation_lists, at=self.at))
        self.issuer_histories = tuple(link.history for link in links if link.history)
        for history, remark in ((link.history, link.unknown_because) for link in links):
            if history is None:
                self.findings.undetermined(CheckName.ISSUER_STATUS, SubIndication.TRY_LATER, remark=remark)
            elif history.was_bad(self.proved_time, at=self.at):
                # Never TOTAL_FAILED: what the holder did and what befell the authority are two things (ETSI EN
                # 319 102-1 §5.2.6).
                self.findings.undetermined(
                    CheckName.ISSUER_STATUS, SubIndication.REVOKED_CA_NO_POE, history.bad_since, history.reason or ""
                )
            elif history.on_hold(self.at):
                self.findings.undetermined(
                    CheckName.ISSUER_STATUS, SubIndication.TRY_LATER, history.suspended_since, "on hold"
                )
            elif history.stale(self.at):
                self.findings.undetermined(
                    CheckName.ISSUER_STATUS, SubIndication.TRY_LATER, history.fresh_until, "stale"
                )
            else:
                continue
            return
        self.findings.passed(CheckName.ISSUER_STATUS)

    def check_term(self, begins: datetime, ends: datetime) -> None:
        moment = self.proved_time or self.at
        if moment < begins:
            self.findings.undetermined(CheckName.TERM, SubIndication.NOT_YET_VALID, begins)
        elif moment <= ends:
            self.findings.passed(CheckName.TERM)
        elif self.made_after(ends):
            self.findings.failed(CheckName.TERM, SubIndication.EXPIRED, ends)
        else:
            self.findings.undetermined(CheckName.TERM, SubIndication.OUT_OF_BOUNDS_NO_POE, ends)

    def check_status(self, certificate: x509.Certificate) -> None:
        history = self.history = self.status(certificate.serial_number)
        if history is None:
            self.findings.undetermined(CheckName.STATUS, SubIndication.TRY_LATER, remark="unknown to the registry")
            return
        if history.was_bad(self.proved_time, at=self.at) and history.bad_since:
            if self.made_after(history.bad_since):
                self.findings.failed(CheckName.STATUS, SubIndication.REVOKED, history.bad_since)
            else:
                self.findings.undetermined(CheckName.STATUS, SubIndication.REVOKED_NO_POE, history.bad_since)
        elif history.on_hold(self.at):
            self.findings.undetermined(CheckName.STATUS, SubIndication.TRY_LATER, history.suspended_since, "on hold")
        elif history.stale(self.at):
            self.findings.undetermined(CheckName.STATUS, SubIndication.TRY_LATER, history.fresh_until, "stale")
        else:
            self.findings.passed(CheckName.STATUS)

    def made_after(self, moment: datetime) -> bool:
        """
        Whether the signature was certainly made at or after `moment`, when no time-stamp shows it to be older.

        A time-stamp proves that a signature existed, not that it did not exist before; an honest signature can be
        stamped late. So the trusted time must say it and the signer's own claim must not deny it. Whoever back-dates
        the claim gains nothing: the answer is then INDETERMINATE, never TOTAL_PASSED.
        """
        claimed_time = self.message.signing_time
        return (
            self.proved_time is not None
            and claimed_time is not None
            and claimed_time >= moment.replace(microsecond=0)  # a claim has whole seconds
        )

    def report(self) -> VerificationReport:
        return VerificationReport(
            checks=self.findings.checks,
            certificate=self.message.signing_certificate,
            chain=self.chain,
            claimed_time=self.message.signing_time,
            proved_time=self.proved_time,
            digest=self.message.message_digest.hex(),
            digest_algorithm=self.message.digest_algorithm,
            status=self.history,
            issuer_statuses=self.issuer_histories,
        )
