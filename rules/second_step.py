"""The step after the password, and the same step once more for what is grave."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from models.enums import ChallengeKind, EventKind, SecondFactor
from models.identity import Challenge
from models.users import Session, User
from rules import confirmation, passkeys, pins, recovery_codes, second_factors, sessions, sign_in_delays, totp
from rules.actor import SIDES, Actor, Anonymous, Caller
from rules.identifiers import encode
from rules.passkeys import Assertion, Purpose
from rules.refusals import Code, Refusal, invalid
from rules.sessions import SignedIn
from rules.sign_in_delays import Key
from rules.unit import unit


async def demanded(
    visitor: Anonymous, user: User, *, otp: str | None, passkey: Assertion | None, device: UUID | None
) -> SecondFactor | None:
    """By which second factor `user`, whose password was right, has proved themselves; None for those who have none.

    Raises SECOND_FACTOR_REQUIRED if one is needed and not given (details.methods, details.challengeId and, for whoever
    has a passkey, details.options, as of `rules.passkeys.Ceremony`), INVALID for a wrong one, RATE_LIMITED after
    several.
    """
    factors = await second_factors.of_account(user.id)
    if not factors.enrolled:
        return None
    if otp is None and passkey is None:
        ceremony = await passkeys.ask(visitor, Purpose.second_step(user.id))
        asked = {"methods": factors.methods, "challengeId": encode("PasskeyCeremony", ceremony.challenge_id)}
        raise Refusal(
            Code.SECOND_FACTOR_REQUIRED, details=asked | ({"options": ceremony.options} if factors.passkeys else {})
        )
    key = sign_in_delays.second_factor_key(user.id, device)
    return await _proved(visitor, user, key, Purpose.second_step(user.id), otp=otp, passkey=passkey)


async def confirm_identity(
    actor: Actor, *, otp: str | None = None, passkey: Assertion | None = None, pin: str | None = None
) -> Session:
    """Prove once more who one is, by a code of the app, a recovery code, a passkey or the PIN of one's newest valid
    key in our custody: exactly one of them. Lasts ten minutes, for this session.

    Raises INVALID, RATE_LIMITED, CONFLICT without a second factor, and for a PIN as `rules.pins.open_key` and
    NO_CERTIFICATE.
    """
    if [otp, passkey, pin].count(None) != 2:
        raise invalid("otp", "confirmation_one")
    user = await User.get(id=actor.user_id)
    factor = None
    if pin is not None:
        key_id = await confirmation.key_in_our_custody(actor)
        if key_id is None:
            raise Refusal(Code.NO_CERTIFICATE, field="pin", details={"status": "NONE"})
        await pins.open_key(actor, key_id, pin)
    else:
        if not (await second_factors.of_account(actor.user_id)).enrolled:
            raise Refusal(Code.CONFLICT, "second_factor_none")
        key = sign_in_delays.second_factor_key(actor.user_id, actor.session_id)
        factor = await _proved(actor, user, key, Purpose.confirmation(actor), otp=otp, passkey=passkey)
    async with unit(actor) as deed:
        if factor is None:
            await Session.filter(id=actor.session_id).update(confirmed_at=actor.now)
        else:
            await second_factors.mark_session(actor, factor)
        await deed.record_person(
            EventKind.IDENTITY_CONFIRMED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            changes={"by": factor.value if factor else "PIN"},
        )
    return await Session.get(id=actor.session_id)


async def _proved(
    caller: Caller, user: User, key: Key, purpose: Purpose, *, otp: str | None, passkey: Assertion | None
) -> SecondFactor:
    """By what the caller has proved to be `user`. The try is counted under `key` before it is made."""
    failures = await sign_in_delays.count(caller, [key])
    try:
        if passkey is not None:
            await passkeys.verify(caller, purpose, passkey)
            factor = SecondFactor.PASSKEY
        else:
            factor = await _used(caller, user, otp or "")
    except Refusal:
        async with unit(caller) as deed:
            await deed.record_person(
                EventKind.SECOND_FACTOR_REFUSED,
                user_id=user.id,
                organization_id=user.organization_id,
                side=SIDES[user.role],
                changes={"failures": failures},
            )
        raise
    await sign_in_delays.forgive([key])
    return factor


async def _used(caller: Caller, user: User, otp: str) -> SecondFactor:
    """Which kind of code `otp` was. Raises INVALID if it is none, or used."""
    async with unit(caller) as deed:
        if await totp.use(deed, user.id, otp):
            return SecondFactor.TOTP
        if not await recovery_codes.use(deed, user.id, otp):
            raise invalid("otp", "otp_wrong")
        await deed.record_person(
            EventKind.RECOVERY_CODE_USED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
        )
    return SecondFactor.RECOVERY_CODE


async def sign_in_by_passkey(visitor: Anonymous, assertion: Assertion, *, device_token: str | None = None) -> SignedIn:
    """Open a session for whoever holds a passkey: what they have and, as the authenticator has made sure, what they
    know or are. Raises INVALID, alike whatever is wrong."""
    passkey = await passkeys.verify(visitor, Purpose.sign_in(), assertion)
    user = await User.get(id=passkey.user_id)
    device = await sign_in_delays.known_device(device_token, user.email, visitor.now)
    try:
        return await sessions.open_session(
            visitor, user, second_factor=SecondFactor.PASSKEY, device=device, device_token=device_token
        )
    except Refusal:  # an ended account is told like an unknown passkey
        raise invalid("passkey", "passkey_refused") from None


async def pending(challenge_id: UUID, now: datetime) -> User | None:
    """Who has given the right password and still lacks the second factor; None once it is too late."""
    challenge = await Challenge.get_or_none(
        id=challenge_id, kind=ChallengeKind.SECOND_STEP, used_at=None, expires_at__gt=now
    )
    return await User.get(id=challenge.user_id) if challenge else None


async def finish(visitor: Anonymous, challenge_id: UUID, otp: str, *, device_token: str | None = None) -> SignedIn:
    """Open the session of somebody who has given the right password within the last minutes, and now a code. For pages
    that ask in two steps and have kept `challenge_id` where nobody can change it.

    Raises UNAUTHENTICATED once it is too late, INVALID for a wrong code, RATE_LIMITED after several.
    """
    user = await pending(challenge_id, visitor.now)
    if user is None:
        raise Refusal(Code.UNAUTHENTICATED, "challenge_over")
    device = await sign_in_delays.known_device(device_token, user.email, visitor.now)
    key = sign_in_delays.second_factor_key(user.id, device)
    factor = await _proved(visitor, user, key, Purpose.second_step(user.id), otp=otp, passkey=None)
    if not await Challenge.filter(id=challenge_id, used_at=None).update(used_at=visitor.now):
        raise Refusal(Code.UNAUTHENTICATED, "challenge_over")
    return await sessions.open_session(visitor, user, second_factor=factor, device=device, device_token=device_token)
