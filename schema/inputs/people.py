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
    password: str | None = strawberry.field(
        default=None, description="Left out, the person is invited by mail to set one."
    )
    language: Language = Language.RU


@strawberry.input
class UpdateUserInput:
    user_id: strawberry.ID
    surname: str | None = None
    given_name: str | None = None
    position: str | None = strawberry.field(default=None, description="An empty text takes it away.")
    email: str | None = None
    language: Language | None = strawberry.field(default=None, description="Everybody may change their own.")


@strawberry.input
class ChangeUserRoleInput:
    user_id: strawberry.ID
    role: Role


@strawberry.input
class TransferUserInput:
    user_id: strawberry.ID
    organization_id: strawberry.ID
    role: Role
    reason: str


@strawberry.input
class HandOverDutiesInput:
    from_user_id: strawberry.ID
    to_user_id: strawberry.ID
    basis: str


@strawberry.input(description="What stands at the end of the address in the mail, and the password to set.")
class AccountLinkInput:
    token: str
    password: str


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
class ResetSecondFactorsInput:
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
