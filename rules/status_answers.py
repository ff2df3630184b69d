"""What the authority's services answer the world: certificate status (RFC 6960), time-stamps (RFC 3161)."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from authority import ocsp
from authority.certificates import serial_digits
from authority.keystore import TokenUnavailable
from authority.ocsp import CertificateState, OcspFailure, OcspRefused, StateKind
from authority.serial_numbers import new_serial
from authority.time_stamps import TimeStampAuthority
from models.certificates import Certificate
from models.enums import CertificateStatus
from rules import installation

LOG = logging.getLogger(__name__)
OCSP_TERM = timedelta(hours=1)
"""How long an answer may be relied on by whoever cannot ask again."""


async def answer_status(request: bytes, now: datetime) -> bytes:
    """The DER OCSPResponse to any octets at all: what the registry says at this very moment, or why not."""
    authority = installation.current().authority
    try:
        question = ocsp.read_question(request, authority)
    except OcspRefused as refused:
        return ocsp.refusal(refused.failure)
    state = await _state(question.generation.key_id, question.serial)
    try:
        return await asyncio.to_thread(ocsp.answer, question, state, this_update=now, next_update=now + OCSP_TERM)
    except TokenUnavailable:
        LOG.exception("the responder's key does not answer")
        return ocsp.refusal(OcspFailure.TRY_LATER)


async def _state(issuer_key_id: str, serial: int) -> CertificateState:
    certificate = await Certificate.get_or_none(serial=serial_digits(serial), issuer_key_id=issuer_key_id)
    if certificate is None:
        services = installation.current().authority.services_of(issuer_key_id)
        ours = serial in {service.serial_number for service in services}
        return CertificateState(StateKind.GOOD if ours else StateKind.UNKNOWN)
    if certificate.status is CertificateStatus.REVOKED:
        return CertificateState(StateKind.REVOKED, certificate.revoked_at, str(certificate.revocation_reason))
    if certificate.status is CertificateStatus.SUSPENDED:
        return CertificateState(StateKind.REVOKED, certificate.suspended_at, "certificateHold")
    return CertificateState(StateKind.GOOD)


async def answer_time_stamp(request: bytes, now: datetime) -> bytes:
    """The DER TimeStampResp to any octets at all: a token of `now`, or a rejection."""
    ours = TimeStampAuthority.of(installation.current().authority)
    return await asyncio.to_thread(ours.respond, request, serial=new_serial(), at=now)
