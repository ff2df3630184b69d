"""Certificates, requests and decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from uuid import UUID

import strawberry

from models.certificates import Certificate, CertificateRequest
from models.enums import CertificateStanding, IdentificationMethod
from resolvers import graph
from resolvers.context import Info
from resolvers.graph import Row
from resolvers.nodes import made
from rules import agreements, certificates
from rules.actor import Actor
from rules.certificate_status import standing_at
from rules.identifiers import decode


async def request_certificate(info: Info, pin: str) -> Row:
    """Asks for a certificate with a key in the server's custody."""
    request = await certificates.request_certificate(info.context.actor, pin=pin)
    return await made(info, CertificateRequest, request.id)


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
    return await made(info, Certificate, certificate.id)


async def reject_certificate_request(info: Info, request_id: strawberry.ID, comment: str) -> Row:
    """Refuses a request."""
    request = await certificates.reject_request(
        info.context.actor, decode(request_id, "CertificateRequest", "requestId"), comment=comment
    )
    return await made(info, CertificateRequest, request.id)


def status(root: Row, info: Info) -> CertificateStanding:
    """The stored status, or EXPIRED once the term is over."""
    ending = SimpleNamespace(**{name: root[name] for name in ("revoked_at", "suspended_at", "not_after")})
    return standing_at(ending, info.context.caller.now)


def pem(root: Row) -> str:
    """The certificate in RFC 7468 text."""
    return certificates.pem(bytes(root["der"]))


async def agreement_accepted(root: Row, info: Info) -> bool:
    """Whether the viewer has accepted this version for themself."""
    caller = info.context.caller

    async def fetch(ids: list[UUID]) -> list[bool]:
        accepted = await agreements.accepted(caller.user_id, ids) if isinstance(caller, Actor) else set()
        return [id in accepted for id in ids]

    found: bool = await graph.loader(info.context, agreement_accepted, fetch).load(root.id)
    return found
