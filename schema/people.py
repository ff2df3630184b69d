"""People: cards that everybody may read, accounts that their own organisation may."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.certificates
import models.users as tables
from resolvers import graph
from rules.account_status import invitation_sent_at, invited_until, last_signed_in_at, status
from rules.texts import sort_key
from schema.enums import Language, Role, Side, UserStatus
from schema.organizations import Organization
from schema.relay import Node

if TYPE_CHECKING:
    from schema.certificates import Certificate

CertificateOf = Annotated["Certificate", strawberry.lazy("schema.certificates")]


@graph.node(tables.Person)
class Person:
    """Somebody on a visible row, as they were at that moment."""

    name: str = graph.column()
    position: str | None = graph.column()
    organization: str = graph.column()
    side: Side | None = graph.column()


@graph.node(tables.User)
class User(Node):
    """An account."""

    id: strawberry.ID = graph.identifier("User")
    person: Person = graph.one("person")
    email: str = graph.column()
    role: Role = graph.column()
    language: Language = graph.column(description="Of their mails, and of what is answered to them.")
    active: bool = graph.column()
    status: UserStatus = graph.expression(status)
    invited_until: datetime | None = graph.expression(
        invited_until, description="Until when the link of the open invitation is good."
    )
    invitation_sent_at: datetime | None = graph.expression(
        invitation_sent_at, description="When its mail was handed over; null as long as it has not left."
    )
    last_signed_in_at: datetime | None = graph.expression(last_signed_in_at)
    organization: Organization = graph.one("organization")
    certificates: list[CertificateOf] = graph.many(
        models.certificates.Certificate, "user", policy=graph.Policy.CHECKED, order=("issued_at", "id")
    )


@strawberry.input(description="Narrows accounts; what is left out does not.")
class UserFilter:
    role: list[Role] | None = graph.narrowing(graph.one_of("role"))
    name: str | None = graph.narrowing(graph.contains("name_sort", sort_key))
    organization: strawberry.ID | None = graph.narrowing(
        graph.identified_by("organization_id", "Organization", "filter.organization")
    )
