"""Codes of an app: time-based one-time passwords (RFC 6238) of six digits, every thirty seconds."""

from __future__ import annotations

import hmac
import io
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from urllib.parse import quote
from uuid import UUID

import pyotp
import segno
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.enums import EventKind, SecondFactor
from models.users import User
from rules import confirmation, installation, recovery_codes, second_factors, sign_in_delays
from rules.actor import Actor
from rules.passwords import PRODUCT
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

STEP_SECONDS = 30
DIGITS = 6
DRIFT = (-1, 0, 1)
"""Steps by which a telephone's clock may be off (RFC 6238 §5.2)."""
NONCE_OCTETS = 12


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app is set up with. `secret` in base32; `uri`: otpauth://totp/…; `picture`: it as a QR code, a data: URI
    of an SVG image."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    picture: str = field(repr=False)


@cache
def _sealing_key(server_secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"totp secrets").derive(server_secret))


def _sealed(secret: str, user_id: UUID) -> bytes:
    nonce = secrets.token_bytes(NONCE_OCTETS)
    key = _sealing_key(installation.current().server_secret)
    return nonce + key.encrypt(nonce, secret.encode(), user_id.bytes)


def _opened(user: User) -> str | None:
    sealed = bytes(user.totp_secret or b"")
    try:
        key = _sealing_key(installation.current().server_secret)
        return key.decrypt(sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:], user.id.bytes).decode()
    except (InvalidTag, ValueError):
        return None


async def enrol(actor: Actor) -> Enrolment:
    """Begin to set an app up; it counts once `confirm` has seen a code of it. Beginning anew forgets the former
    beginning.

    Raises CONFIRMATION_REQUIRED, CONFLICT if one is set up.
    """
    await confirmation.require(actor)
    secret = pyotp.random_base32()
    async with unit(actor):
        user = await User.select_for_update().get(id=actor.user_id)
        if user.totp_confirmed_at is not None:
            raise Refusal(Code.CONFLICT, "totp_enrolled")
        user.totp_secret, user.totp_last_step = _sealed(secret, user.id), None
        await user.save(update_fields=["totp_secret", "totp_last_step"])
    issuer = PRODUCT[1]
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)
    return Enrolment(secret, uri, _picture(uri))


def _picture(uri: str) -> str:
    image = io.BytesIO()
    segno.make(uri, error="m").save(image, kind="svg", scale=4, border=4, light="white", xmldecl=False)
    return "data:image/svg+xml," + quote(image.getvalue())


async def confirm(actor: Actor, otp: str) -> list[str]:
    """Finish setting the app up with a code that it shows. The session counts as confirmed.

    :returns: ten recovery codes, shown this once
    :raises Refusal: CONFIRMATION_REQUIRED, CONFLICT, INVALID for a wrong code, RATE_LIMITED after several
    """
    await confirmation.require(actor)
    key = sign_in_delays.second_factor_key(actor.user_id, actor.session_id)
    await sign_in_delays.count(actor, [key])
    async with unit(actor) as deed:
        user = await User.select_for_update().get(id=actor.user_id)
        if user.totp_confirmed_at is not None:
            raise Refusal(Code.CONFLICT, "totp_enrolled")
        if user.totp_secret is None:
            raise Refusal(Code.CONFLICT, "totp_not_begun")
        step = _step(user, otp, actor.now)
        if step is None:
            raise invalid("otp", "otp_wrong")
        await User.filter(id=user.id).update(totp_confirmed_at=actor.now, totp_last_step=step)
        await second_factors.mark_session(actor, SecondFactor.TOTP)
        await deed.record_person(
            EventKind.SECOND_FACTOR_ENROLLED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            changes={"secondFactor": SecondFactor.TOTP.value},
        )
        codes = await recovery_codes.make(deed, actor)
    await sign_in_delays.forgive([key])
    return codes


async def remove(actor: Actor) -> None:
    """Take the app away; without another second factor the recovery codes go too.

    Raises CONFIRMATION_REQUIRED, CONFLICT if there is none, or if it is the only one of somebody who has to have one.
    """
    await confirmation.require(actor)
    async with unit(actor) as deed:
        user = await User.select_for_update().get(id=actor.user_id)
        if user.totp_confirmed_at is None:
            raise Refusal(Code.CONFLICT, "second_factor_none")
        await second_factors.refuse_last(actor, but=1)
        await User.filter(id=user.id).update(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
        if not (await second_factors.of_account(actor.user_id)).enrolled:
            await recovery_codes.withdraw(actor)
        await deed.record_person(
            EventKind.SECOND_FACTOR_REMOVED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            changes={"secondFactor": SecondFactor.TOTP.value},
        )


async def use(deed: Unit, user_id: UUID, otp: str) -> bool:
    """Use a code up inside `deed`, under a lock on the account. Whether it was right and later than the last used one
    (RFC 6238 §5.2)."""
    user = await User.select_for_update().get(id=user_id)
    step = _step(user, otp, deed.now)
    if user.totp_confirmed_at is None or step is None:
        return False
    if user.totp_last_step is not None and step <= user.totp_last_step:
        return False
    await User.filter(id=user.id).update(totp_last_step=step)
    return True


def _step(user: User, otp: str, now: datetime) -> int | None:
    """The latest time step at which the app shows the code, if there is one about now."""
    secret = _opened(user)
    if secret is None:
        return None
    totp, typed, found = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS), "".join(otp.split()), None
    present = totp.timecode(now)
    for drift in DRIFT:
        shown = totp.generate_otp(present + drift)
        if hmac.compare_digest(shown.encode(), typed.encode(errors="replace")):
            found = present + drift
    return found
