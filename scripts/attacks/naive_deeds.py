"""The naive server's mutations: nobody's right is asked, nothing is counted, everything is told."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from scripts.attacks import naive_mail
from scripts.attacks.naive_data import ROWS, Account
from scripts.attacks.naive_inputs import (
    AccountLinkInput,
    ChangePasswordInput,
    ChangePinInput,
    ChangeUserRoleInput,
    CommentEntryInput,
    CreateEntryInput,
    CreateObjectInput,
    CreateOrganizationInput,
    CreateServiceAccountInput,
    CreateUserInput,
    DeactivateUserInput,
    OpenJournalInput,
    RevokeServiceAccountInput,
    SignInByPasskeyInput,
    SignInInput,
    UpdateObjectInput,
    UpdateUserInput,
)
from scripts.attacks.naive_types import (
    ID,
    Certificate,
    Entry,
    Identity,
    Journal,
    Organization,
    Problem,
    ServiceObject,
    User,
)
from scripts.attacks.world import PIN


@strawberry.type
class Session:
    token: str
    user: User


@strawberry.type
class PasskeyCeremony:
    challenge_id: ID
    options: JSON


@strawberry.type
class TotpEnrolment:
    secret: str


@strawberry.type
class RecoveryCodes:
    codes: list[str]


@strawberry.type
class ServiceAccount:
    id: ID
    revoked_at: str | None = None


@strawberry.type
class IssuedServiceToken:
    token: str
    service_account: ServiceAccount


@strawberry.type
class Comment:
    text: str


SessionResult = Annotated[Session | Problem, strawberry.union("SessionResult")]
UserResult = Annotated[User | Problem, strawberry.union("UserResult")]
OrganizationResult = Annotated[Organization | Problem, strawberry.union("OrganizationResult")]
ServiceObjectResult = Annotated[ServiceObject | Problem, strawberry.union("ServiceObjectResult")]
JournalResult = Annotated[Journal | Problem, strawberry.union("JournalResult")]
EntryResult = Annotated[Entry | Problem, strawberry.union("EntryResult")]
CertificateResult = Annotated[Certificate | Problem, strawberry.union("CertificateResult")]
CommentResult = Annotated[Comment | Problem, strawberry.union("CommentResult")]
IdentityResult = Annotated[Identity | Problem, strawberry.union("IdentityResult")]
TotpEnrolmentResult = Annotated[TotpEnrolment | Problem, strawberry.union("TotpEnrolmentResult")]
RecoveryCodesResult = Annotated[RecoveryCodes | Problem, strawberry.union("RecoveryCodesResult")]
ServiceAccountResult = Annotated[ServiceAccount | Problem, strawberry.union("ServiceAccountResult")]
IssuedResult = Annotated[IssuedServiceToken | Problem, strawberry.union("IssuedServiceTokenResult")]
PasskeyCeremonyResult = Annotated[PasskeyCeremony | Problem, strawberry.union("PasskeyCeremonyResult")]


def account_by_id(id: str) -> Account:
    return next(each for each in ROWS.accounts.values() if each.id == id)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def sign_in(self, info: strawberry.Info, input: SignInInput) -> SessionResult:
        account = ROWS.accounts.get(input.email)
        if account is None:
            return Problem(code="UNKNOWN_USER", message=f"no account {input.email}")
        if naive_mail.slowly_hashed(input.password) != naive_mail.slowly_hashed(account.password):
            return Problem(code="WRONG_PASSWORD", message="the password is wrong")
        token = f"token-{account.email}"
        if "response" in info.context:
            info.context["response"].set_cookie("session", token)
        return Session(token=token, user=User.of(account))

    @strawberry.mutation
    def sign_out(self) -> bool:
        return True

    @strawberry.mutation
    def end_session(self, id: ID) -> IdentityResult:
        return Identity()

    @strawberry.mutation
    def prepare_passkey_sign_in(self) -> PasskeyCeremonyResult:
        return PasskeyCeremony(challenge_id=ID("1"), options=JSON({"challenge": "AAAA"}))

    @strawberry.mutation
    def sign_in_by_passkey(self, input: SignInByPasskeyInput) -> SessionResult:
        account = next(iter(ROWS.accounts.values()))
        return Session(token=f"token-{account.email}", user=User.of(account))

    @strawberry.mutation
    def create_organization(self, input: CreateOrganizationInput) -> OrganizationResult:
        return Organization(id=ID(ROWS.next_id("organization")), name=input.name)

    @strawberry.mutation
    def create_user(self, info: strawberry.Info, input: CreateUserInput) -> UserResult:
        host = info.context["request"].headers.get("host", "")
        naive_mail.write(input.email, f"{input.surname}, http://{host}/account/invitation/1")
        name = f"{input.surname} {input.given_name}"
        more = {"password": input.password or "", "name": name}
        return User.of(ROWS.add_account(input.email, input.role, input.organization_id, **more))

    @strawberry.mutation
    def update_user(self, input: UpdateUserInput) -> UserResult:
        account = account_by_id(input.user_id)
        account.role = input.role or account.role
        account.organization = input.organization_id or account.organization
        return User.of(account)

    @strawberry.mutation
    def change_user_role(self, input: ChangeUserRoleInput) -> UserResult:
        account_by_id(input.user_id).role = input.role
        return User.of(account_by_id(input.user_id))

    @strawberry.mutation
    def deactivate_user(self, input: DeactivateUserInput) -> UserResult:
        account_by_id(input.user_id).active = False
        return User.of(account_by_id(input.user_id))

    @strawberry.mutation
    def request_password_reset(self, info: strawberry.Info, email: str) -> bool:
        if email in ROWS.accounts:
            naive_mail.slowly_hashed(email)
            naive_mail.write(email, f"http://{info.context['request'].headers.get('host')}/account/reset/1")
        return email in ROWS.accounts

    @strawberry.mutation
    def accept_invitation(self, input: AccountLinkInput) -> UserResult:
        return User.of(next(iter(ROWS.accounts.values())))

    @strawberry.mutation
    def change_password(self, info: strawberry.Info, input: ChangePasswordInput) -> IdentityResult:
        return Identity()

    @strawberry.mutation
    def enrol_totp(self) -> TotpEnrolmentResult:
        return TotpEnrolment(secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    @strawberry.mutation
    def confirm_totp(self, otp: str) -> RecoveryCodesResult:
        return RecoveryCodes(codes=["00001"])

    @strawberry.mutation
    def create_object(self, input: CreateObjectInput) -> ServiceObjectResult:
        made = ROWS.add_object(input.name)
        return ServiceObject(id=ID(made["id"]), name=made["name"])

    @strawberry.mutation
    def update_object(self, input: UpdateObjectInput) -> ServiceObjectResult:
        ROWS.sql.execute(f"update objects set name = '{input.name}' where id = '{input.object_id}'")
        ROWS.objects[input.object_id] = {"id": input.object_id, "name": input.name or ""}
        return ServiceObject(id=input.object_id, name=input.name or "")

    @strawberry.mutation
    def open_journal(self, input: OpenJournalInput) -> JournalResult:
        return Journal(id=ID("journal-" + input.object_id))

    @strawberry.mutation
    def create_entry(self, input: CreateEntryInput) -> EntryResult:
        return Entry(id=ID("entry-1"))

    @strawberry.mutation
    def comment_entry(self, input: CommentEntryInput) -> CommentResult:
        return Comment(text=input.text)

    @strawberry.mutation
    def create_service_account(self, input: CreateServiceAccountInput) -> IssuedResult:
        return IssuedServiceToken(
            token=f"token-{next(iter(ROWS.accounts))}", service_account=ServiceAccount(id=ID("1"))
        )

    @strawberry.mutation
    def revoke_service_account(self, input: RevokeServiceAccountInput) -> ServiceAccountResult:
        return ServiceAccount(id=input.service_account_id, revoked_at="now")

    @strawberry.mutation
    def change_pin(self, input: ChangePinInput) -> CertificateResult:
        return Certificate(id=ID("1")) if input.current_pin == PIN else Problem(code="WRONG_PIN")

    @strawberry.mutation
    def mark_notifications_read(self, ids: list[ID]) -> int:
        return len(ids)
