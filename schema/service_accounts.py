"""Partners' systems and their tokens."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models.service_accounts as tables
from resolvers import graph, service_accounts
from rules.service_accounts import ends, last_used, opened
from schema.enums import ServiceScope
from schema.fields import plain
from schema.organizations import Organization
from schema.relay import Node


@graph.node(tables.ServiceAccount)
class ServiceAccount(Node):
    """A partner's system, which reads what is its organisation's, within scopes."""

    id: strawberry.ID = graph.identifier("ServiceAccount")
    name: str = graph.column()
    organization: Organization = graph.one("organization")
    scopes: list[ServiceScope] = graph.expression(opened)
    created_at: datetime = graph.column()
    ends_at: datetime | None = graph.expression(ends, description="When the last of its tokens ends.")
    last_used_at: datetime | None = graph.expression(last_used, description="To the minute; null if never.")
    revoked_at: datetime | None = graph.column()


@plain
@strawberry.type(description="A new token. It is shown this once: only its digest is kept.")
class IssuedServiceToken:
    token: str = strawberry.field(description="For `Authorization: Bearer …`.")
    ends_at: datetime
    service_account: ServiceAccount

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, service_accounts.IssuedServiceToken)
