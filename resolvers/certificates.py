"""Certificates, requests and decisions."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from datetime import date

import strawberry

from models.certificates import Certificate, CertificateRequest
from models.enums import IdentificationMethod
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import certificates
from rules.access import Parameters
from rules.actor import Caller
from rules.identifiers import decode


async def request_certificate(info: Info, pin: str) -> Row:
    """Asks for a certificate with a key in the server's custody."""
    request = await certificates.request_certificate(info.context.actor, pin=pin)
    return made(CertificateRequest, request.id)


@dataclass(frozen=True, slots=True)
class Identification:
    """How the requester was identified, as the client wrote it."""

    method: IdentificationMethod
    document: str
    date: date
    note: str | None


async def approve_certificate_request(info: Info, request_id: strawberry.ID, identification: Identification) -> Row:
    """Issues the certificate asked for."""
    certificate = await certificates.approve_request(
        info.context.actor,
        decode(request_id, "CertificateRequest", "requestId"),
        certificates.Identification(
            identification.method, identification.document, identification.date, identification.note
        ),
    )
    return made(Certificate, certificate.id)


async def reject_certificate_request(info: Info, request_id: strawberry.ID, comment: str) -> Row:
    """Refuses a request."""
    request = await certificates.reject_request(
        info.context.actor, decode(request_id, "CertificateRequest", "requestId"), comment=comment
    )
    return made(CertificateRequest, request.id)


def octets(caller: Caller, c: str, parameters: Parameters) -> str:
    """The SQL of the DER of the certificate aliased `c`, as a JSON text in base64."""
    return f"encode({c}.der, 'base64')"


def pem(der: str, caller: Caller) -> str:
    """The certificate in RFC 7468 text."""
    return certificates.pem(b64decode(der))
