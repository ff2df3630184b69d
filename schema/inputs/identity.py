"""What mutations about signing in take."""

from __future__ import annotations

import strawberry

from schema.scalars import JSON


@strawberry.input(description="An authenticator's answer.")
class PasskeyAnswerInput:
    challenge_id: strawberry.ID
    credential: JSON = strawberry.field(description="RegistrationResponseJSON or AuthenticationResponseJSON.")


@strawberry.input
class SignInInput:
    email: str
    password: str
    otp: str | None = strawberry.field(
        default=None, description="A code of the app or a recovery code, if SECOND_FACTOR_REQUIRED was the answer."
    )
    passkey: PasskeyAnswerInput | None = strawberry.field(
        default=None, description="Instead of `otp`: the answer to details.options of SECOND_FACTOR_REQUIRED."
    )
    device_token: str | None = strawberry.field(
        default=None, description="What an earlier session gave; browsers have it in a cookie."
    )


@strawberry.input
class SignInByPasskeyInput:
    passkey: PasskeyAnswerInput
    device_token: str | None = None


@strawberry.input
class ChangePasswordInput:
    current: str
    new: str


@strawberry.input(description="Exactly one of the three.")
class ConfirmIdentityInput:
    otp: str | None = strawberry.field(default=None, description="A code of the app or a recovery code.")
    passkey: PasskeyAnswerInput | None = strawberry.field(
        default=None, description="The answer to prepareConfirmation."
    )
    pin: str | None = strawberry.field(default=None, description="Of one's newest key in SERVER custody.")


@strawberry.input
class RegisterPasskeyInput:
    name: str
    passkey: PasskeyAnswerInput


@strawberry.input
class RenamePasskeyInput:
    id: strawberry.ID
    name: str
