"""Signatures and what anyone is told when they verify one."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models.signatures as tables
from resolvers import graph
from resolvers.entries import Prepared
from rules.signed_octets import cms, level
from rules.standing import standing
from schema.certificates import Certificate
from schema.entries import Entry, Revision
from schema.enums import FileState, Indication, Side, SignatureLevel, Standing
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
    level: SignatureLevel = graph.expression(level)
    signed_at: datetime = graph.column()
    standing: Standing = graph.expression(standing)
    certificate: Certificate = graph.one("certificate")
    entry: Entry | None = graph.one(
        "entry",
        policy=graph.Policy.CHECKED,
        description="Null for a former signer: after the assignment only the signature and its revision are theirs.",
    )
    revision: Revision = graph.one("revision")
    cms: Base64 = graph.expression(
        cms, description="CMS SignedData (RFC 5652), detached, DER; with the time-stamp, also if it came later."
    )


@plain
@strawberry.type(description="What the holder of a DEVICE key is shown and signs, within fifteen minutes.")
class PreparedSignature:
    preparation_id: strawberry.ID
    payload: Base64 = strawberry.field(description="The exact content: show it before anything is signed.")
    digest: str = strawberry.field(description="Of the payload, hexadecimal.")
    hash_algorithm: str = strawberry.field(description="sha256 or sha384: what the key signs with too.")
    to_be_signed: Base64 = strawberry.field(description="DER SET OF signed attributes (RFC 5652 §5.4).")
    expires_at: datetime

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, Prepared)


@plain
@strawberry.type(description="A file that the signed bytes name, and what has become of it.")
class VerifiedFile:
    name: str
    size: int = strawberry.field(description="In octets, as it was signed.")
    media_type: str
    digest: str = strawberry.field(description="SHA-256 as it was signed, lower-case hexadecimal.")
    state: FileState


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
    attachments: list[VerifiedFile] = strawberry.field(
        description="Whether each file is still what was signed; `summary` names those that are not."
    )
    checked_at: datetime
