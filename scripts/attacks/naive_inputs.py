"""The naive server's inputs, with more members than anybody should be allowed to give."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from scripts.attacks.naive_types import ID


@strawberry.input
class SignInInput:
    email: str
    password: str
    otp: str | None = None


@strawberry.input
class PasskeyAnswerInput:
    challenge_id: ID
    credential: JSON


@strawberry.input
class SignInByPasskeyInput:
    passkey: PasskeyAnswerInput


@strawberry.input
class CreateOrganizationInput:
    kind: str
    name: str
    inn: str | None = None


@strawberry.input
class CreateUserInput:
    organization_id: ID
    role: str
    surname: str
    given_name: str
    email: str
    password: str | None = None


@strawberry.input
class UpdateUserInput:
    user_id: ID
    surname: str | None = None
    role: str | None = None
    organization_id: ID | None = None


@strawberry.input
class ChangeUserRoleInput:
    user_id: ID
    role: str


@strawberry.input
class DeactivateUserInput:
    user_id: ID
    reason: str


@strawberry.input
class CreateObjectInput:
    contract_id: ID
    name: str
    address: str
    time_zone: str


@strawberry.input
class UpdateObjectInput:
    object_id: ID
    name: str | None = None


@strawberry.input
class OpenJournalInput:
    object_id: ID
    type_id: ID


@strawberry.input
class CreateEntryInput:
    journal_id: ID
    values: JSON


@strawberry.input
class CommentEntryInput:
    entry_id: ID
    text: str


@strawberry.input
class CreateServiceAccountInput:
    organization_id: ID
    name: str
    scopes: list[str]
    ends_at: datetime


@strawberry.input
class RevokeServiceAccountInput:
    service_account_id: ID
    reason: str


@strawberry.input
class ChangePinInput:
    current_pin: str
    new_pin: str


@strawberry.input
class ChangePasswordInput:
    current: str
    new: str


@strawberry.input
class AccountLinkInput:
    token: str
    password: str
