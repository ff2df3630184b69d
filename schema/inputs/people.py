"""What mutations about organisations, people and agreements take."""

from __future__ import annotations

from datetime import date

import strawberry

from schema.enums import (
    Acceptance,
    Language,
    OrganizationKind,
    Role,
)


@strawberry.input
class SignInInput:
    email: str
    password: str


@strawberry.input
class CreateOrganizationInput:
    kind: OrganizationKind
    name: str
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    external_id: str | None = None


@strawberry.input
class CreateUserInput:
    organization_id: strawberry.ID
    role: Role
    surname: str
    given_name: str = strawberry.field(description="With the patronymic.")
    position: str | None = None
    email: str
    password: str
    language: Language = Language.RU


@strawberry.input
class CreateContractInput:
    operator_id: strawberry.ID
    subscriber_id: strawberry.ID
    number: str
    starts_on: date
    ends_on: date | None = None
    shares_history: bool = strawberry.field(
        default=False,
        description="The operator sees what former ones recorded on objects that come under it; the owner's to allow.",
    )


@strawberry.input
class DeactivateUserInput:
    user_id: strawberry.ID
    reason: str


@strawberry.input
class AcceptAgreementInput:
    version: int
    on_behalf_of: Acceptance


@strawberry.input
class PublishAgreementInput:
    text_ru: str = strawberry.field(description="It names the address of the verification page.")
    text_en: str
