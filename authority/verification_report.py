"""What a verification is told about a certificate's status, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from cryptography import x509


class Indication(StrEnum):
    """The main answer (ETSI EN 319 102-1 §5.1.3)."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"


class SubIndication(StrEnum):
    """Why the answer is not TOTAL_PASSED (ETSI EN 319 102-1 §5.1.3, the rows of legal.md §3 and their neighbours)."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    GENERIC = "GENERIC"


class CheckName(StrEnum):
    """The checks of a verification, in their order."""

    FORMAT = "FORMAT"
    SIGNING_CERTIFICATE = "SIGNING_CERTIFICATE"
    ALGORITHMS = "ALGORITHMS"
    CONTENT_DIGEST = "CONTENT_DIGEST"
    SIGNATURE_VALUE = "SIGNATURE_VALUE"
    TIME_STAMP = "TIME_STAMP"
    CHAIN = "CHAIN"
    ISSUER_STATUS = "ISSUER_STATUS"
    KEY_USAGE = "KEY_USAGE"
    TERM = "TERM"
    STATUS = "STATUS"


@dataclass(frozen=True)
class CertificateStatusHistory:
    """
    What the issuer's registry says of one certificate. All instants are aware datetimes.

    `issued`: when it was issued. `suspended_since`: on hold now, since then. `revoked_at`, `reason`: revoked for good,
    and why (a CRLReason name of RFC 5280 §5.3.1 in any spelling: keyCompromise, KEY_COMPROMISE). `invalid_since`:
    invalidityDate, since when the key is known or suspected to be compromised; only read together with `revoked_at`.
    `as_of`: when the registry was read or the list was made; `fresh_until`: until when that may be relied on, None for
    the registry itself, just read.
    """

    issued: datetime
    as_of: datetime
    fresh_until: datetime | None = None
    suspended_since: datetime | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    invalid_since: datetime | None = None

    @property
    def bad_since(self) -> datetime | None:
        """Since when signatures are not to be relied on: the revocation, or the earlier moment of compromise."""
        if self.revoked_at is None:
            return None
        return min(self.revoked_at, self.invalid_since or self.revoked_at)

    def was_bad(self, moment: datetime | None, *, at: datetime) -> bool:
        """Whether it is known `at` that it was bad at `moment`, or at a moment that nothing proves (None)."""
        return self.bad_since is not None and self.bad_since <= at and (moment or self.bad_since) >= self.bad_since

    def on_hold(self, at: datetime) -> bool:
        """Whether it is suspended `at`."""
        return self.suspended_since is not None and self.suspended_since <= at

    def stale(self, at: datetime) -> bool:
        """Whether what is said here may no longer be relied on `at`."""
        return self.fresh_until is not None and self.fresh_until < at


@dataclass(frozen=True)
class Check:
    """
    One check. `indication` None: it could not be done, because an earlier one failed or there was nothing to check.
    `moment`: the revocation, compromise or end of term that decided it. `remark`: for the log, not for people.
    """

    number: int
    name: CheckName
    indication: Indication | None
    sub_indication: SubIndication | None = None
    moment: datetime | None = None
    remark: str = ""


class Findings:
    """The checks of one verification, numbered as they are made; the first, FORMAT, has passed when this begins."""

    def __init__(self) -> None:
        self._checks: list[Check] = []
        self.passed(CheckName.FORMAT)

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(self._checks)

    def passed(self, name: CheckName) -> None:
        self._record(name, Indication.TOTAL_PASSED)

    def failed(self, name: CheckName, why: SubIndication, moment: datetime | None = None, remark: str = "") -> None:
        self._record(name, Indication.TOTAL_FAILED, why, moment, remark)

    def undetermined(
        self, name: CheckName, why: SubIndication, moment: datetime | None = None, remark: str = ""
    ) -> None:
        self._record(name, Indication.INDETERMINATE, why, moment, remark)

    def not_done(self, name: CheckName, remark: str = "") -> None:
        self._record(name, None, None, None, remark)

    def _record(
        self,
        name: CheckName,
        indication: Indication | None,
        why: SubIndication | None = None,
        moment: datetime | None = None,
        remark: str = "",
    ) -> None:
        self._checks.append(Check(len(self._checks) + 1, name, indication, why, moment, remark))


@dataclass(frozen=True)
class VerificationReport:
    """
    The answer of `verifier.verify`, on the cryptographic axis only: whether the signed revision is still the current
    one is for the caller to say.

    `certificate` is what the signature names as its signer's, to be trusted only as far as the indication goes.
    `claimed_time` is the signer's own word, `proved_time` that of a verified time-stamp. `digest` is the signed
    content's, in hexadecimal, by `digest_algorithm`. `chain` runs from the certificate to a root. `status` is what the
    registry said; `issuer_statuses` what revocation lists say of the authorities between, the nearest first, as far as
    it was asked and known. All but `checks` are absent when FORMAT has not passed.
    """

    checks: tuple[Check, ...]
    certificate: x509.Certificate | None = None
    chain: tuple[x509.Certificate, ...] = ()
    claimed_time: datetime | None = None
    proved_time: datetime | None = None
    digest: str | None = None
    digest_algorithm: str | None = None
    status: CertificateStatusHistory | None = None
    issuer_statuses: tuple[CertificateStatusHistory, ...] = ()

    @property
    def decisive_check(self) -> Check | None:
        """The first check that answered TOTAL_FAILED, else the first INDETERMINATE; None when all passed."""
        for indication in (Indication.TOTAL_FAILED, Indication.INDETERMINATE):
            for check in self.checks:
                if check.indication is indication:
                    return check
        return None

    @property
    def indication(self) -> Indication:
        decisive = self.decisive_check
        return Indication.TOTAL_PASSED if decisive is None or decisive.indication is None else decisive.indication

    @property
    def sub_indication(self) -> SubIndication | None:
        """Why the indication is not TOTAL_PASSED; a StrEnum, so it is the string as well."""
        return self.decisive_check.sub_indication if self.decisive_check else None

    @property
    def decisive_moment(self) -> datetime | None:
        """The moment of revocation, of compromise or of the term's end, when that was what decided."""
        return self.decisive_check.moment if self.decisive_check else None

    @property
    def level(self) -> Literal["B", "T"]:
        """The CAdES level that was proved: T with a verified time-stamp, otherwise B."""
        return "B" if self.proved_time is None else "T"
