"""Asking the verifier, and the answers in short. It holds no test of its own."""

import dataclasses
import functools
from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from authority.ceremony import create_authority
from authority.keystore import Authority, open_authority
from authority.public_keys import write_public_key
from authority.verifier import CertificateStatusHistory, Indication, SubIndication, VerificationReport, verify
from tests.test_authority_setting import (
    CONTENT,
    NOW,
    PASSPHRASE,
    PUBLIC_URL,
    Person,
    SoftwareKey,
    authority,
    issue_to,
    ivanov,
    passing_folder,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GOOD = CertificateStatusHistory(issued=NOW - 30 * DAY, as_of=NOW, fresh_until=NOW + 10 * 365 * DAY)

PASSED = (Indication.TOTAL_PASSED, None)


def failed(why: SubIndication) -> tuple[Indication, SubIndication]:
    return Indication.TOTAL_FAILED, why


def undetermined(why: SubIndication) -> tuple[Indication, SubIndication]:
    return Indication.INDETERMINATE, why


def registry(
    history: CertificateStatusHistory | None, person: Person
) -> Callable[[int], CertificateStatusHistory | None]:
    return lambda serial: history if serial == person.certificate.serial_number else None


def check(
    cms: bytes,
    content: bytes | None = CONTENT,
    *,
    history: CertificateStatusHistory | None = GOOD,
    person: Person | None = None,
    at: datetime = NOW + HOUR,
    root: x509.Certificate | None = None,
) -> VerificationReport:
    return verify(cms, content, roots=[root or authority().root], status=registry(history, person or ivanov()), at=at)


def answer(report: VerificationReport) -> tuple[Indication, SubIndication | None]:
    return report.indication, report.sub_indication


def changed(**facts: object) -> CertificateStatusHistory:
    return dataclasses.replace(GOOD, **facts)  # type: ignore[arg-type]


@functools.cache
def short_lived() -> Person:
    """A person whose certificate ended yesterday."""
    key = SoftwareKey(ec.generate_private_key(ec.SECP256R1()))
    public_key = write_public_key(key.private_key.public_key())
    return Person(issue_to(public_key, not_before=NOW - 10 * DAY, not_after=NOW - DAY), key)


@functools.cache
def stranger() -> Authority:
    """Another authority altogether."""
    folder = passing_folder() / "authority"
    create_authority(folder, passphrase=PASSPHRASE, owner_name="Чужой", public_url=PUBLIC_URL, now=NOW - 400 * DAY)
    return open_authority(folder, PASSPHRASE)
