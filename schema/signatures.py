"""Signatures and what anyone is told when they verify one."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models.signatures as tables
from resolvers import graph
from rules.standing import standing
from schema.certificates import Certificate
from schema.entries import Entry, Revision
from schema.enums import Indication, Side, SignatureLevel, Standing
from schema.fields import plain
from schema.people import Person
from schema.relay import Node
from schema.scalars import Base64


@graph.node(tables.Signature)
class Signature(Node):
    """A detached CAdES signature over one revision."""

    id: strawberry.ID = graph.identifier("Signature")
    code: str = graph.column(description="The verification code: unguessable, printed on paper.")
    signer: Person = graph.one("signer")
    side: Side = graph.column()
    level: SignatureLevel = graph.column()
    signed_at: datetime = graph.column()
    standing: Standing = graph.expression(standing)
    certificate: Certificate = graph.one("certificate")
    entry: Entry | None = graph.one(
        "entry",
        policy=graph.Policy.CHECKED,
        description="Null for a former signer: after the assignment only the signature and its revision are theirs.",
    )
    revision: Revision = graph.one("revision")
    cms: Base64 = graph.column(description="CMS SignedData (RFC 5652), detached, DER.")


@plain
@strawberry.type(description="The answer to «is this signature good?» on both axes, for anyone.")
class Verification:
    indication: Indication
    sub_indication: str | None
    standing: Standing
    summary: str = strawberry.field(description="One sentence in the caller's language.")
    signer_name: str
    organization: str
    side: Side
    certificate_serial: str
    signed_at: datetime
    proved_at: datetime | None
    revision: int
    revisions: int
    complete: bool = strawberry.field(description="Every signature that the revision requires has been made.")
    checked_at: datetime
