"""Signing in and out, and what one proves with who one is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import strawberry

from models import users
from models.enums import SecondFactor
from models.identity import Passkey as PasskeyRow
from models.users import User
from resolvers.context import Context, Info
from resolvers.graph import Row, made
from rules import (
    confirmation,
    identity,
    passkeys,
    password_changes,
    recovery_codes,
    second_factors,
    second_step,
    sessions,
    totp,
)
from rules.actor import Actor
from rules.identifiers import decode, encode
from rules.passkeys import Assertion
from rules.refusals import invalid
from rules.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class Session:
    """What `signIn` answers with."""

    token: str = field(repr=False)
    device_token: str = field(repr=False)
    expires_at: datetime
    user: Row


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of one's own sessions."""

    id: str
    created_at: datetime
    expires_at: datetime
    client: str | None
    address: str | None
    current: bool
    second_factor: SecondFactor | None


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of one's own passkeys."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Identity:
    """How one proves who one is, and where one is signed in."""

    second_factor_required: bool
    confined: bool
    totp_since: datetime | None
    recovery_codes_left: int
    passkeys: list[Passkey]
    sessions: list[OpenSession]
    confirmed_until: datetime | None


@dataclass(frozen=True, slots=True)
class TotpEnrolment:
    """What an app is set up with."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PasskeyCeremony:
    """What a browser is to be asked."""

    challenge_id: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Codes shown this once, and what one has now."""

    codes: list[str] = field(repr=False)
    identity: Identity


class PasskeyAnswer(Protocol):
    """The input that brings an authenticator's answer."""

    challenge_id: strawberry.ID
    credential: Any


def _assertion(answer: PasskeyAnswer | None) -> Assertion | None:
    if answer is None:
        return None
    return Assertion(decode(answer.challenge_id, "PasskeyCeremony", "passkey.challengeId"), answer.credential)


async def sign_in(
    info: Info,
    email: str,
    password: str,
    otp: str | None,
    passkey: PasskeyAnswer | None,
    device_token: str | None,
) -> Session:
    """Opens a session and, for browsers, sets its cookies."""
    signed_in = await identity.sign_in(
        info.context.visitor,
        email,
        password,
        otp=otp,
        passkey=_assertion(passkey),
        device_token=device_token or info.context.device,
    )
    return _kept(info.context, signed_in)


async def prepare_passkey_sign_in(info: Info) -> PasskeyCeremony:
    """What a browser is to be asked, whoever is before it."""
    return _ceremony(await passkeys.ask_for_sign_in(info.context.visitor))


async def sign_in_by_passkey(info: Info, passkey: PasskeyAnswer, device_token: str | None) -> Session:
    """Opens a session without a password."""
    assertion = _assertion(passkey)
    if assertion is None:
        raise invalid("passkey", "required")
    signed_in = await second_step.sign_in_by_passkey(
        info.context.visitor, assertion, device_token=device_token or info.context.device
    )
    return _kept(info.context, signed_in)


def _kept(context: Context, signed_in: SignedIn) -> Session:
    context.keep_session(signed_in.token, signed_in.session.expires_at)
    context.keep_device(signed_in.device_token)
    return Session(signed_in.token, signed_in.device_token, signed_in.session.expires_at, made(User, signed_in.user.id))


async def sign_out(info: Info) -> bool:
    """Ends the caller's session."""
    await identity.sign_out(info.context.actor)
    info.context.forget_session()
    return True


async def mine(info: Info) -> Identity:
    """How the caller proves who they are."""
    return await _identity(info.context.actor)


async def _identity(actor: Actor) -> Identity:
    factors = await second_factors.of_account(actor.user_id)
    return Identity(
        second_factor_required=second_factors.required_of(actor),
        confined=actor.confined,
        totp_since=factors.totp_since,
        recovery_codes_left=factors.recovery_codes,
        passkeys=[_passkey(row) for row in await passkeys.own_passkeys(actor)],
        sessions=[_session(row, actor) for row in await sessions.open_sessions(actor)],
        confirmed_until=await confirmation.lasts_until(actor),
    )


def _session(row: users.Session, actor: Actor) -> OpenSession:
    return OpenSession(
        id=encode("OpenSession", row.id),
        created_at=row.created_at,
        expires_at=row.expires_at,
        client=row.client,
        address=row.address,
        current=row.id == actor.session_id,
        second_factor=row.second_factor,
    )


def _passkey(row: PasskeyRow) -> Passkey:
    return Passkey(encode("Passkey", row.id), row.name, row.created_at, row.last_used_at)


async def end_session(info: Info, id: strawberry.ID) -> Identity:
    """Ends one of the caller's sessions."""
    await sessions.end_session(info.context.actor, decode(id, "OpenSession", "id"))
    return await _identity(info.context.actor)


async def sign_out_everywhere(info: Info, here_too: bool = False) -> Identity:
    """Ends the caller's sessions."""
    await sessions.sign_out_everywhere(info.context.actor, here_too=here_too)
    if here_too:
        info.context.forget_session()
    return await _identity(info.context.actor)


async def change_password(info: Info, current: str, new: str) -> Identity:
    """Sets another password."""
    await password_changes.change_password(info.context.actor, current=current, new=new)
    return await _identity(info.context.actor)


async def prepare_confirmation(info: Info) -> PasskeyCeremony:
    """What a browser is to be asked so that the caller confirms."""
    return _ceremony(await passkeys.ask_for_confirmation(info.context.actor))


async def confirm_identity(info: Info, otp: str | None, passkey: PasskeyAnswer | None, pin: str | None) -> Identity:
    """Proves once more who the caller is."""
    await second_step.confirm_identity(info.context.actor, otp=otp, passkey=_assertion(passkey), pin=pin)
    return await _now(info)


async def enrol_totp(info: Info) -> TotpEnrolment:
    """Begins to set an app up."""
    begun = await totp.enrol(info.context.actor)
    return TotpEnrolment(begun.secret, begun.uri, begun.picture)


async def confirm_totp(info: Info, otp: str) -> RecoveryCodes:
    """Finishes setting the app up."""
    codes = await totp.confirm(info.context.actor, otp)
    return RecoveryCodes(codes, await _now(info))


async def remove_totp(info: Info) -> Identity:
    """Takes the app away."""
    await totp.remove(info.context.actor)
    return await _identity(info.context.actor)


async def make_recovery_codes(info: Info) -> RecoveryCodes:
    """Makes new ones."""
    codes = await recovery_codes.regenerate(info.context.actor)
    return RecoveryCodes(codes, await _identity(info.context.actor))


async def prepare_passkey(info: Info) -> PasskeyCeremony:
    """What a browser is to be asked so that it makes a passkey."""
    return _ceremony(await passkeys.begin_registration(info.context.actor))


async def register_passkey(info: Info, name: str, passkey: PasskeyAnswer) -> RecoveryCodes:
    """Keeps a passkey."""
    challenge = decode(passkey.challenge_id, "PasskeyCeremony", "passkey.challengeId")
    _, codes = await passkeys.register(info.context.actor, challenge, name=name, credential=passkey.credential)
    return RecoveryCodes(codes, await _now(info))


async def rename_passkey(info: Info, id: strawberry.ID, name: str) -> Identity:
    """Calls a passkey otherwise."""
    await passkeys.rename(info.context.actor, decode(id, "Passkey", "id"), name)
    return await _identity(info.context.actor)


async def remove_passkey(info: Info, id: strawberry.ID) -> Identity:
    """Takes a passkey away."""
    await passkeys.remove(info.context.actor, decode(id, "Passkey", "id"))
    return await _identity(info.context.actor)


async def _now(info: Info) -> Identity:
    """After what may have ended the caller's confinement."""
    actor = info.context.actor
    return await _identity(await identity.actor_of_session(actor.session_id, actor.now) or actor)


def _ceremony(ceremony: passkeys.Ceremony) -> PasskeyCeremony:
    return PasskeyCeremony(encode("PasskeyCeremony", ceremony.challenge_id), ceremony.options)
