"""Checking a signature that somebody brings as a file: for anyone, of our authority or not.

What is brought is hostile until proved otherwise: it is read by another process only, which may have little memory and
time (authority/isolated_verification.py), and the registry tells that process nothing but the status of certificates
that our root vouches for.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from dataclasses import dataclass
from datetime import datetime

from authority.certificates import serial_digits
from authority.isolated_verification import VerificationFailed, verify_apart
from authority.verification_messages import Answer, CertificateCard
from authority.verification_report import CertificateStatusHistory, CheckName, VerificationReport
from authority.verification_report import Indication as Reported
from models.certificates import Certificate
from models.enums import CertificateStanding, Indication, SignatureLevel
from models.revocation import CertificateStatusChange
from models.signatures import Signature
from rules import installation
from rules.actor import Caller
from rules.certificate_status import history, standing_at, standing_then
from rules.upload_refusals import UploadFlaw, UploadRefused
from rules.verdict import cause, verdict
from rules.verification_answer import Step

LOG = logging.getLogger(__name__)

SIGNATURE_OCTETS = 1024 * 1024
CONTENT_OCTETS = 20 * 1024 * 1024
SECONDS = 5
AT_ONCE = 2

WITH_THE_CONTENT = {CheckName.CONTENT_DIGEST, CheckName.SIGNATURE_VALUE, CheckName.CHAIN}
"""What has passed when somebody shows that they have what one of ours has signed."""

_places = asyncio.Semaphore(AT_ONCE)


@dataclass(frozen=True, slots=True)
class UploadCheck:
    """The answer to "is this signature good?" about a file.

    `verdict`, `cause` and `summary` are in the caller's language. `certificate` is what the signature names as its
    signer's, None if it cannot be read; `vouched_for` says whether our root does vouch for it: if not, it may say of
    itself what it likes. `standing_at_signing` and `standing_now` come from our registry, None of a certificate that is
    not in it. `chain` are the authorities above it. `digest` is hexadecimal, of the signed content by
    `digest_algorithm`. `code` is that of the same signature in the system, told only to whoever brought the content.
    """

    indication: Indication
    sub_indication: str | None
    verdict: str
    cause: str | None
    summary: str
    certificate: CertificateCard | None
    vouched_for: bool
    chain: tuple[CertificateCard, ...]
    standing_at_signing: CertificateStanding | None
    standing_now: CertificateStanding | None
    level: SignatureLevel
    signed_at: datetime | None
    proved_at: datetime | None
    digest: str | None
    digest_algorithm: str | None
    steps: tuple[Step, ...]
    code: str | None
    checked_at: datetime


async def verify_upload(caller: Caller, signature: int, content: int | None) -> UploadCheck:
    """Verify a detached signature from a stranger.

    `signature` and `content` are descriptors of open files of at most SIGNATURE_OCTETS and CONTENT_OCTETS; without the
    content only the signature's own worth can be said. No more than AT_ONCE are verified at a time; waiting for a place
    and verifying take at most SECONDS together.

    Raises UploadRefused: BUSY if no place came free, TOO_HEAVY if the process wanted too much.
    """
    registry = _Registry(caller.now)
    waiting = True
    try:
        async with asyncio.timeout(SECONDS), _places:
            waiting = False
            answer = await verify_apart(
                signature, content, grounds=installation.current().grounds(caller.now), status=registry.status
            )
    except TimeoutError:
        raise UploadRefused(UploadFlaw.BUSY if waiting else UploadFlaw.TOO_HEAVY) from None
    except VerificationFailed as error:
        LOG.info("an uploaded signature was not verified: %s", error)
        raise UploadRefused(UploadFlaw.TOO_HEAVY) from None
    return await _check(caller, answer, registry, content)


class _Registry:
    """The registry of certificates as one verification asks it."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self.found: dict[str, Certificate] = {}

    async def status(self, serial: int) -> CertificateStatusHistory | None:
        certificate = await Certificate.get_or_none(serial=serial_digits(serial))
        if certificate is None:
            return None
        self.found[certificate.fingerprint] = certificate
        return history(certificate, self._now)


async def _check(caller: Caller, answer: Answer, registry: _Registry, content: int | None) -> UploadCheck:
    report = answer.report
    indication = Indication(report.indication.value)
    said = verdict(indication, caller.language)
    why = cause(report, caller.language, "UTC")
    # By its fingerprint: a serial number alone could be another certificate's.
    certificate = registry.found.get(answer.certificate.fingerprint) if answer.certificate else None
    used_at = report.proved_time or report.claimed_time or caller.now
    changes = await CertificateStatusChange.filter(certificate_id=certificate.id) if certificate else []
    return UploadCheck(
        indication=indication,
        sub_indication=report.sub_indication and report.sub_indication.value,
        verdict=said,
        cause=why,
        summary=f"{said}: {why}." if why else f"{said}.",
        certificate=answer.certificate,
        vouched_for=bool(answer.chain),
        chain=answer.chain[1:],
        standing_at_signing=standing_then(certificate, changes, used_at) if certificate else None,
        standing_now=standing_at(certificate, caller.now) if certificate else None,
        level=SignatureLevel(report.level),
        signed_at=report.claimed_time,
        proved_at=report.proved_time,
        digest=report.digest,
        digest_algorithm=report.digest_algorithm,
        steps=tuple(
            Step(check.name.value, Indication(check.indication.value) if check.indication else None)
            for check in report.checks
        ),
        code=await _code(report, certificate, content),
        checked_at=caller.now,
    )


async def _code(report: VerificationReport, certificate: Certificate | None, content: int | None) -> str | None:
    """The code under which the system keeps a signature of the same person over the same content.

    The code opens the content (docs/decisions/0007-public-verification.md), so whoever has not shown that they have it
    does not get the code.
    """
    passed = {check.name for check in report.checks if check.indication is Reported.TOTAL_PASSED}
    if certificate is None or content is None or not passed >= WITH_THE_CONTENT:
        return None
    digest = await asyncio.to_thread(_digest, content)
    found = await Signature.get_or_none(certificate_id=certificate.id, revision__digest=digest)
    return found.code if found else None


def _digest(content: int) -> str:
    """SHA-256 of an open file: revisions are known by it, whatever hash their signatures are made with."""
    with os.fdopen(os.dup(content), "rb") as file:
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()
