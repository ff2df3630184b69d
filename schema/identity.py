"""How people prove who they are, and where they are signed in."""

from __future__ import annotations

from datetime import datetime

import strawberry

from resolvers import identity
from schema.enums import SecondFactor
from schema.fields import plain
from schema.people import User
from schema.scalars import JSON


@plain
@strawberry.type(description="A fresh session. Its tokens are shown this once.")
class Session:
    token: str
    device_token: str = strawberry.field(
        description="Give it with the next sign-in from this client: strangers' wrong tries then never delay it."
    )
    expires_at: datetime
    user: User

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, identity.Session)


@plain
@strawberry.type(description="One of one's own open sessions.")
class OpenSession:
    id: strawberry.ID
    created_at: datetime
    expires_at: datetime
    client: str | None = strawberry.field(description="What the client called itself.")
    address: str | None
    current: bool = strawberry.field(description="Whether it is the one that asks.")
    second_factor: SecondFactor | None = strawberry.field(description="By which it was opened or confirmed last.")


@plain
@strawberry.type(description="One of one's own passkeys.")
class Passkey:
    id: strawberry.ID
    name: str
    created_at: datetime
    last_used_at: datetime | None


@plain
@strawberry.type(description="How the viewer proves who they are, and where they are signed in.")
class Identity:
    second_factor_required: bool
    confined: bool = strawberry.field(description="Until a second factor is set up nothing else can be done.")
    totp_since: datetime | None = strawberry.field(description="Since when an app with codes is set up.")
    recovery_codes_left: int
    passkeys: list[Passkey]
    sessions: list[OpenSession] = strawberry.field(description="Open ones, the newest first.")
    confirmed_until: datetime | None = strawberry.field(description="How long confirmIdentity still counts.")

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, identity.Identity)


@plain
@strawberry.type(description="What an app with codes is set up with; it counts once confirmTotp has seen a code.")
class TotpEnrolment:
    secret: str = strawberry.field(description="Base32, for typing.")
    uri: str = strawberry.field(description="otpauth://totp/…")
    qr_code: str = strawberry.field(description="The same as a picture: a data: URI of SVG.")

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, identity.TotpEnrolment)


@plain
@strawberry.type(description="What navigator.credentials is asked; answered once, within five minutes.")
class PasskeyCeremony:
    challenge_id: strawberry.ID
    options: JSON = strawberry.field(
        description="PublicKeyCredentialCreationOptionsJSON or PublicKeyCredentialRequestOptionsJSON."
    )

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, identity.PasskeyCeremony)


@plain
@strawberry.type(description="Each code replaces a lost second factor once. They are shown this once.")
class RecoveryCodes:
    codes: list[str] = strawberry.field(description="Empty if the former ones still hold.")
    identity: Identity

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        """Whether a member of a union is this one."""
        return isinstance(value, identity.RecoveryCodes)
