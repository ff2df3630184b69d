"""Certificates, requests and decisions."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import strawberry

from models.certificates import Certificate, CertificateRequest
from models.enums import Custody, IdentificationMethod, RequestKind, RevocationReason
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import certificate_decisions, certificate_requests, compromise, pins, published_certificates, revocation
from rules.access import Parameters
from rules.actor import Caller
from rules.identifiers import decode


async def request_certificate(
    info: Info,
    kind: RequestKind,
    custody: Custody,
    pin: str | None,
    csr: str | None,
    current_pin: str | None,
    renewal_signature: bytes | None,
    remark: str | None,
    certificate_id: strawberry.ID | None,
) -> Row:
    """Asks for a certificate or a renewal."""
    request = await certificate_requests.request_certificate(
        info.context.actor,
        kind=kind,
        custody=custody,
        pin=pin,
        csr=csr,
        current_pin=current_pin,
        renewal_signature=renewal_signature,
        remark=remark,
        certificate_id=None if certificate_id is None else _certificate(certificate_id),
    )
    return made(CertificateRequest, request.id)


async def request_revocation(
    info: Info,
    certificate_id: strawberry.ID,
    reason: RevocationReason,
    comment: str | None,
    invalidity_date: datetime | None,
) -> Row:
    """Asks for a revocation."""
    request = await certificate_requests.request_revocation(
        info.context.actor,
        _certificate(certificate_id),
        reason=reason,
        comment=comment,
        invalid_since=invalidity_date,
    )
    return made(CertificateRequest, request.id)


async def cancel_certificate_request(info: Info, request_id: strawberry.ID) -> Row:
    """Withdraws a request."""
    request = await certificate_requests.cancel_request(info.context.actor, _request(request_id))
    return made(CertificateRequest, request.id)


async def report_compromise(
    info: Info, certificate_id: strawberry.ID, comment: str | None, suspected_since: datetime | None
) -> Row:
    """Reports that a key may be in other hands."""
    certificate = await compromise.report_compromise(
        info.context.actor, _certificate(certificate_id), comment=comment, suspected_since=suspected_since
    )
    return made(Certificate, certificate.id)


async def change_pin(info: Info, current_pin: str, new_pin: str, certificate_id: strawberry.ID | None) -> Row:
    """Seals a key under another PIN."""
    certificate = await pins.change_pin(
        info.context.actor,
        current_pin=current_pin,
        new_pin=new_pin,
        certificate_id=None if certificate_id is None else _certificate(certificate_id),
    )
    return made(Certificate, certificate.id)


@dataclass(frozen=True, slots=True)
class Identification:
    """How the requester was identified, as the client wrote it."""

    method: IdentificationMethod
    document: str
    date: date
    note: str | None


async def identify_requester(info: Info, request_id: strawberry.ID, identification: Identification | None) -> Row:
    """Puts an identification down."""
    request = await certificate_decisions.identify_requester(
        info.context.actor, _request(request_id), _identification(identification)
    )
    return made(CertificateRequest, request.id)


async def approve_certificate_request(
    info: Info, request_id: strawberry.ID, identification: Identification | None
) -> Row:
    """Does what the request asks."""
    certificate = await certificate_decisions.approve_request(
        info.context.actor, _request(request_id), _identification(identification)
    )
    return made(Certificate, certificate.id)


async def hold_certificate_request(info: Info, request_id: strawberry.ID, comment: str) -> Row:
    """Puts a request aside."""
    request = await certificate_decisions.hold_request(info.context.actor, _request(request_id), comment=comment)
    return made(CertificateRequest, request.id)


async def reject_certificate_request(info: Info, request_id: strawberry.ID, comment: str) -> Row:
    """Refuses a request."""
    request = await certificate_decisions.reject_request(info.context.actor, _request(request_id), comment=comment)
    return made(CertificateRequest, request.id)


async def revoke_certificate(
    info: Info,
    certificate_id: strawberry.ID,
    reason: RevocationReason,
    comment: str,
    invalidity_date: datetime | None,
) -> Row:
    """Revokes for good."""
    certificate = await revocation.revoke_certificate(
        info.context.actor,
        _certificate(certificate_id),
        reason=reason,
        comment=comment,
        invalid_since=invalidity_date,
    )
    return made(Certificate, certificate.id)


async def suspend_certificate(info: Info, certificate_id: strawberry.ID, comment: str) -> Row:
    """Puts on hold."""
    certificate = await revocation.suspend_certificate(
        info.context.actor, _certificate(certificate_id), comment=comment
    )
    return made(Certificate, certificate.id)


async def release_certificate(info: Info, certificate_id: strawberry.ID, comment: str) -> Row:
    """Ends the hold."""
    certificate = await revocation.release_certificate(
        info.context.actor, _certificate(certificate_id), comment=comment
    )
    return made(Certificate, certificate.id)


def octets(caller: Caller, c: str, parameters: Parameters) -> str:
    """The SQL of the DER of the certificate aliased `c`, as a JSON text in base64."""
    return f"encode({c}.der, 'base64')"


def pem(der: str, caller: Caller) -> str:
    """The certificate in RFC 7468 text."""
    return published_certificates.pem(b64decode(der))


def _request(id: str) -> UUID:
    return decode(id, "CertificateRequest", "requestId")


def _certificate(id: str) -> UUID:
    return decode(id, "Certificate", "certificateId")


def _identification(said: Identification | None) -> certificate_decisions.Identification | None:
    if said is None:
        return None
    return certificate_decisions.Identification(said.method, said.document, said.date, said.note)
