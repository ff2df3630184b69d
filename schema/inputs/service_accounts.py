"""What the mutations about partners' systems take."""

from __future__ import annotations

from datetime import datetime

import strawberry

from schema.enums import ServiceScope


@strawberry.input
class CreateServiceAccountInput:
    organization_id: strawberry.ID
    name: str
    scopes: list[ServiceScope]
    ends_at: datetime = strawberry.field(description="When its first token ends: within a year.")


@strawberry.input(description="What is left out stays as it was.")
class ChangeServiceAccountInput:
    service_account_id: strawberry.ID
    name: str | None = None
    scopes: list[ServiceScope] | None = None


@strawberry.input
class RotateServiceTokenInput:
    service_account_id: strawberry.ID
    ends_at: datetime
    former_ends_at: datetime | None = strawberry.field(
        default=None, description="Until when the former token works on, at most 30 days; left out: no longer."
    )


@strawberry.input
class RevokeServiceAccountInput:
    service_account_id: strawberry.ID
    reason: str
