"""Certificates, requests for them and the agreement behind them."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

import models.certificates as tables
from resolvers import certificates as resolvers
from resolvers import graph
from rules.agreements import accepted
from rules.certificate_status import status
from schema.enums import CertificateStatus, Custody, IdentificationMethod, RequestKind, RequestStatus
from schema.organizations import Organization
from schema.people import Person, User
from schema.relay import Node


@graph.node(tables.Certificate)
class Certificate(Node):
    """A holder's certificate."""

    id: strawberry.ID = graph.identifier("Certificate")
    serial: str = graph.column(description="Upper-case hexadecimal octets, as openssl prints them.")
    holder: Person = graph.one("holder")
    status: CertificateStatus = graph.expression(status)
    custody: Custody = graph.column()
    not_before: datetime = graph.column()
    not_after: datetime = graph.column()
    fingerprint: str = graph.column(description="SHA-256, hexadecimal.")
    pem: str = graph.computed(resolvers.octets, resolvers.pem)


@graph.node(tables.CertificateRequest)
class CertificateRequest(Node):
    """A person asks for a certificate; the superadmin decides after identification."""

    id: strawberry.ID = graph.identifier("CertificateRequest")
    kind: RequestKind = graph.column()
    status: RequestStatus = graph.column()
    requester: User | None = graph.one("user", policy=graph.Policy.CHECKED)
    person: Person = graph.one("person")
    organization: Organization = graph.one("organization")
    created_at: datetime = graph.column()
    decided_at: datetime | None = graph.column()
    comment: str | None = graph.column()
    identification_method: IdentificationMethod | None = graph.column()
    identification_date: date | None = graph.column()
    certificate: Certificate | None = graph.many(
        tables.Certificate, "request", policy=graph.Policy.IMPLIED, order=("id",), single=True
    )


@graph.node(tables.Agreement)
class Agreement(Node):
    """The agreement that makes electronic signatures equal to hand-written ones (63-FZ art. 6(2))."""

    id: strawberry.ID = graph.identifier("Agreement")
    version: int = graph.column()
    text: str = graph.column(localized=True)
    digest: str = graph.column()
    effective_from: datetime = graph.column()
    accepted: bool = graph.expression(accepted, description="By the viewer, for themself.")


@strawberry.input(description="Narrows certificates; what is left out does not.")
class CertificateFilter:
    serial: str | None = graph.narrowing(graph.equals("serial"))
    holder: strawberry.ID | None = graph.narrowing(graph.identified_by("user_id", "User", "filter.holder"))


@strawberry.input(description="Narrows requests; what is left out does not.")
class CertificateRequestFilter:
    status: list[RequestStatus] | None = graph.narrowing(graph.one_of("status"))
    requester: strawberry.ID | None = graph.narrowing(graph.identified_by("user_id", "User", "filter.requester"))
