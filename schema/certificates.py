"""Certificates, requests for them and the agreement behind them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.certificates as tables
import models.revocation as revocation_tables
import models.signatures
from resolvers import certificates as resolvers
from resolvers import graph
from rules.agreements import accepted
from rules.certificate_status import status
from schema.enums import (
    CertificateStatus,
    Custody,
    IdentificationMethod,
    RequestKind,
    RequestStatus,
    RevocationReason,
    StatusChange,
)
from schema.organizations import Organization
from schema.people import Person, User
from schema.relay import Connection, Node

if TYPE_CHECKING:
    from schema.signatures import Signature

CHECKED = graph.Policy.CHECKED
CertificateOf = Annotated["Certificate", strawberry.lazy("schema.certificates")]
SignatureOf = Annotated["Signature", strawberry.lazy("schema.signatures")]


@graph.node(revocation_tables.CertificateStatusChange)
class CertificateStatusChange(Node):
    """A certificate was suspended, released or revoked; seen by its holder, their admins and the owner."""

    id: strawberry.ID = graph.identifier("CertificateStatusChange")
    kind: StatusChange = graph.column()
    at: datetime = graph.column()
    reason: RevocationReason | None = graph.column()
    invalidity_date: datetime | None = graph.column("invalid_since")
    comment: str | None = graph.column()


@graph.node(revocation_tables.CompromiseReport)
class CompromiseReport(Node):
    """A key may be in other hands: its certificate is on hold until the owner decides, within one working day."""

    id: strawberry.ID = graph.identifier("CompromiseReport")
    certificate: CertificateOf = graph.one("certificate")
    reported_at: datetime = graph.column()
    suspected_since: datetime = graph.column()
    comment: str | None = graph.column()
    decide_by: datetime = graph.column()
    decided_at: datetime | None = graph.column()
    outcome: StatusChange | None = graph.column(description="RELEASED or REVOKED; null until it is decided.")


@strawberry.input(description="Narrows signatures; what is left out does not.")
class CertificateSignatureFilter:
    signed_from: datetime | None = graph.narrowing(graph.since("signed_at", "filter.signedFrom"))


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
    issued_at: datetime = graph.column()
    suspended_at: datetime | None = graph.column(description="On hold since.")
    revoked_at: datetime | None = graph.column()
    revocation_reason: RevocationReason | None = graph.column()
    invalidity_date: datetime | None = graph.column("invalid_since")
    status_changes: list[CertificateStatusChange] = graph.many(
        revocation_tables.CertificateStatusChange, "certificate", policy=CHECKED, order=("at", "id")
    )
    compromise_reports: list[CompromiseReport] = graph.many(
        revocation_tables.CompromiseReport, "certificate", policy=CHECKED, order=("reported_at", "id")
    )
    signatures: Connection[SignatureOf] = graph.connection(
        models.signatures.Signature,
        "certificate",
        policy=CHECKED,
        order=("signed_at", "id"),
        filter_type=CertificateSignatureFilter,
        description="What was signed with it; after a report of compromise, since the moment of suspicion.",
    )


@graph.node(tables.CertificateRequest)
class CertificateRequest(Node):
    """Somebody asks for a certificate, a renewal or a revocation; the superadmin decides."""

    id: strawberry.ID = graph.identifier("CertificateRequest")
    kind: RequestKind = graph.column()
    status: RequestStatus = graph.column()
    holder: User | None = graph.one("user", policy=CHECKED, description="Whose certificate it is about.")
    requester: User | None = graph.one(
        "requested_by", policy=CHECKED, description="Who asks: the holder, or for a revocation an admin of theirs."
    )
    person: Person = graph.one("person")
    organization: Organization = graph.one("organization")
    target: Certificate | None = graph.one(
        "target", policy=CHECKED, description="The certificate to be renewed or revoked."
    )
    reason: RevocationReason | None = graph.column()
    invalidity_date: datetime | None = graph.column("invalid_since")
    remark: str | None = graph.column(description="The requester's words.")
    created_at: datetime = graph.column()
    expires_at: datetime = graph.column(description="Undecided, it ends then.")
    decided_at: datetime | None = graph.column()
    comment: str | None = graph.column(description="The decider's words.")
    identification_method: IdentificationMethod | None = graph.column()
    identification_date: date | None = graph.column()
    identified_at: datetime | None = graph.column()
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


@strawberry.input(description="Narrows reports of compromise; what is left out does not.")
class CompromiseReportFilter:
    undecided_only: bool | None = graph.narrowing(graph.is_null("decided_at"))


@strawberry.input(description="Narrows certificates; what is left out does not.")
class CertificateFilter:
    serial: str | None = graph.narrowing(graph.equals("serial"))
    holder: strawberry.ID | None = graph.narrowing(graph.identified_by("user_id", "User", "filter.holder"))


@strawberry.input(description="Narrows requests; what is left out does not.")
class CertificateRequestFilter:
    status: list[RequestStatus] | None = graph.narrowing(graph.one_of("status"))
    holder: strawberry.ID | None = graph.narrowing(graph.identified_by("user_id", "User", "filter.holder"))
    requester: strawberry.ID | None = graph.narrowing(
        graph.identified_by("requested_by_id", "User", "filter.requester")
    )
