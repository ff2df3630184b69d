"""Passkeys (Web Authentication Level 3): registered by their holder, a second factor or all that a sign-in needs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from tortoise import connections
from tortoise.exceptions import IntegrityError
from webauthn.helpers import bytes_to_base64url, generate_challenge, options_to_json_dict, structs

from models.enums import ChallengeKind, EventKind, SecondFactor
from models.identity import Challenge, Passkey
from models.users import User
from rules import confirmation, installation, recovery_codes, second_factors, texts
from rules.actor import SIDES, Actor, Anonymous, Caller
from rules.passwords import PRODUCT
from rules.refusals import Code, Refusal, invalid, not_found
from rules.unit import Unit, unit

LOG = logging.getLogger(__name__)
ANSWERED_WITHIN = timedelta(minutes=5)
MOST_PASSKEYS = 20
LONGEST_NAME = 100
LONGEST_CREDENTIAL_ID = 1023
"""Octets (Web Authentication §5.1.3)."""


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser's `navigator.credentials` is called with: `options` is PublicKeyCredentialCreationOptionsJSON
    or PublicKeyCredentialRequestOptionsJSON. Answered once, within five minutes, by naming `challenge_id`."""

    challenge_id: UUID
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Assertion:
    """The answer: `credential` is AuthenticationResponseJSON."""

    challenge_id: UUID
    credential: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an assertion is asked for, and of whom; `user_id` None: of whoever has a passkey here."""

    kind: ChallengeKind
    user_id: UUID | None = None
    session_id: UUID | None = None

    @classmethod
    def sign_in(cls) -> Self:
        """Without a password: the authenticator itself makes sure who holds it (user verification)."""
        return cls(ChallengeKind.SIGN_IN)

    @classmethod
    def second_step(cls, user_id: UUID) -> Self:
        """After the password of `user_id`."""
        return cls(ChallengeKind.SECOND_STEP, user_id)

    @classmethod
    def confirmation(cls, actor: Actor) -> Self:
        """Once more, in the actor's open session."""
        return cls(ChallengeKind.CONFIRMATION, actor.user_id, actor.session_id)

    @classmethod
    def registration(cls, actor: Actor) -> Self:
        """Of a new passkey."""
        return cls(ChallengeKind.REGISTRATION, actor.user_id, actor.session_id)


def _place() -> tuple[str, str]:
    """The relying party's id and origin: the host of the public address, and the address without a path."""
    parts = urlsplit(installation.current().public_url)
    return parts.hostname or "", f"{parts.scheme}://{parts.netloc}"


async def begin_registration(actor: Actor) -> Ceremony:
    """Begin to register a passkey. Raises CONFIRMATION_REQUIRED, INVALID if there are twenty."""
    await confirmation.require(actor)
    user = await User.get(id=actor.user_id).select_related("person")
    known = await own_passkeys(actor)
    if len(known) >= MOST_PASSKEYS:
        raise invalid("passkey", "too_many", most=MOST_PASSKEYS)
    options = webauthn.generate_registration_options(
        rp_id=_place()[0],
        rp_name=PRODUCT[1],
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.person.name,
        challenge=generate_challenge(),
        timeout=int(ANSWERED_WITHIN.total_seconds() * 1000),
        exclude_credentials=_descriptors(known),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
    )
    return await _begun(actor, Purpose.registration(actor), options)


async def ask(caller: Caller, purpose: Purpose) -> Ceremony:
    """Ask for an assertion. A sign-in without a password names nobody's passkeys, and so tells nothing of anybody."""
    alone = purpose.user_id is None
    known = [] if alone else await Passkey.filter(user_id=purpose.user_id, removed_at=None).order_by("id")
    verification = structs.UserVerificationRequirement
    options = webauthn.generate_authentication_options(
        rp_id=_place()[0],
        challenge=generate_challenge(),
        timeout=int(ANSWERED_WITHIN.total_seconds() * 1000),
        allow_credentials=_descriptors(known),
        user_verification=verification.REQUIRED if alone else verification.PREFERRED,
    )
    return await _begun(caller, purpose, options)


def _descriptors(known: list[Passkey]) -> list[structs.PublicKeyCredentialDescriptor]:
    return [
        structs.PublicKeyCredentialDescriptor(
            id=webauthn.base64url_to_bytes(each.credential_id),
            transports=[structs.AuthenticatorTransport(transport) for transport in each.transports],
        )
        for each in known
    ]


async def _begun(
    caller: Caller,
    purpose: Purpose,
    options: structs.PublicKeyCredentialCreationOptions | structs.PublicKeyCredentialRequestOptions,
) -> Ceremony:
    async with unit(caller):
        challenge = await Challenge.create(
            kind=purpose.kind,
            user_id=purpose.user_id,
            session_id=purpose.session_id,
            challenge=options.challenge,
            created_at=caller.now,
            expires_at=caller.now + ANSWERED_WITHIN,
        )
    return Ceremony(challenge.id, options_to_json_dict(options))


TAKE = """
update challenges set used_at = $1
where id = $2 and kind = $3 and used_at is null and expires_at > $1
    and user_id is not distinct from $4 and session_id is not distinct from $5
returning challenge
"""


async def _taken(caller: Caller, purpose: Purpose, challenge_id: UUID) -> bytes:
    """What was to be signed; asked for only once, whatever comes of it. Raises INVALID."""
    values = [caller.now, challenge_id, purpose.kind.value, purpose.user_id, purpose.session_id]
    rows = await connections.get("default").execute_query_dict(TAKE, values)
    if not rows:
        raise invalid("passkey", "challenge_over")
    return bytes(rows[0]["challenge"])


async def register(actor: Actor, challenge_id: UUID, *, name: str, credential: Any) -> tuple[Passkey, list[str]]:
    """Keep the passkey that the authenticator has made. The session counts as confirmed.

    :param credential: RegistrationResponseJSON
    :returns: with it ten recovery codes, shown this once, if it is the first second factor
    :raises Refusal: CONFIRMATION_REQUIRED, INVALID, CONFLICT for a passkey that is known already
    """
    await confirmation.require(actor)
    name = texts.text(name, "name", most=LONGEST_NAME)
    challenge = await _taken(actor, Purpose.registration(actor), challenge_id)
    rp_id, origin = _place()
    try:
        verified = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=rp_id, expected_origin=origin
        )
        if len(verified.credential_id) > LONGEST_CREDENTIAL_ID:
            raise ValueError("a credential id may have 1023 octets")
    except Exception as error:  # whatever a parser makes of somebody's octets, they are no passkey
        LOG.info("a passkey is refused: %r", error)
        raise invalid("passkey", "passkey_refused") from None
    async with unit(actor) as deed:
        await User.select_for_update().get(id=actor.user_id)
        first = not (await second_factors.of_account(actor.user_id)).enrolled
        try:
            passkey = await Passkey.create(
                user_id=actor.user_id,
                name=name,
                credential_id=bytes_to_base64url(verified.credential_id),
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                transports=_transports(credential),
                created_at=actor.now,
            )
        except IntegrityError:
            raise Refusal(Code.CONFLICT, "passkey_taken") from None
        await second_factors.mark_session(actor, SecondFactor.PASSKEY)
        await _record(deed, actor, EventKind.PASSKEY_ADDED, passkey)
        return passkey, await recovery_codes.make(deed, actor) if first else []


def _transports(credential: Any) -> list[str]:
    """Which of the known transports the authenticator says it has."""
    response = credential.get("response") if isinstance(credential, Mapping) else None
    said = response.get("transports") if isinstance(response, Mapping) else None
    return [each.value for each in structs.AuthenticatorTransport if isinstance(said, list) and each.value in said]


async def verify(caller: Caller, purpose: Purpose, assertion: Assertion) -> Passkey:
    """The passkey that has answered. Raises INVALID for anything that is not its answer to this very challenge, and for
    a count of signatures that has not grown: another device may hold a copy (Web Authentication §6.1.1)."""
    challenge = await _taken(caller, purpose, assertion.challenge_id)
    sent = assertion.credential if isinstance(assertion.credential, Mapping) else {}
    named = str(sent.get("rawId", ""))[:1400].rstrip("=")
    passkey = await Passkey.get_or_none(credential_id=named, removed_at=None) if texts.storable(named) else None
    if passkey is None or purpose.user_id not in (None, passkey.user_id):
        raise invalid("passkey", "passkey_refused")
    rp_id, origin = _place()
    try:
        verified = webauthn.verify_authentication_response(
            credential=assertion.credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=purpose.user_id is None,
        )
        handle = webauthn.base64url_to_bytes(sent["response"].get("userHandle") or "")
        if (handle or purpose.user_id is None) and handle != passkey.user_id.bytes:
            raise ValueError("the credential is somebody else's")
    except Exception as error:  # whatever a parser makes of somebody's octets, they are no answer
        LOG.info("an assertion of passkey %s is refused: %r", passkey.id, error)
        await _record_refusal(caller, purpose, passkey)
        raise invalid("passkey", "passkey_refused") from None
    unmoved = Passkey.filter(id=passkey.id, removed_at=None, sign_count=passkey.sign_count)
    if not await unmoved.update(sign_count=verified.new_sign_count, last_used_at=caller.now):
        raise invalid("passkey", "passkey_refused")
    return passkey


async def _record_refusal(caller: Caller, purpose: Purpose, passkey: Passkey) -> None:
    """Of a sign-in without a password: of a second factor whoever asked for it puts it down."""
    if purpose.user_id is not None:
        return
    user = await User.get(id=passkey.user_id)
    async with unit(caller) as deed:
        await deed.record_person(
            EventKind.SECOND_FACTOR_REFUSED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
            changes={"passkey": str(passkey.id), "name": passkey.name},
        )


async def own_passkeys(actor: Actor) -> list[Passkey]:
    """One's own, the oldest first."""
    return await Passkey.filter(user_id=actor.user_id, removed_at=None).order_by("created_at", "id")


async def rename(actor: Actor, passkey_id: UUID, name: str) -> Passkey:
    """Call one of one's own passkeys otherwise. Raises NOT_FOUND, INVALID."""
    name = texts.text(name, "name", most=LONGEST_NAME)
    async with unit(actor):
        passkey = await _own(actor, passkey_id)
        passkey.name = name
        await passkey.save(update_fields=["name"])
    return passkey


async def remove(actor: Actor, passkey_id: UUID) -> None:
    """Take one of one's own passkeys away; without another second factor the recovery codes go too.

    Raises CONFIRMATION_REQUIRED, NOT_FOUND, CONFLICT if it is the only second factor of somebody who has to have one.
    """
    await confirmation.require(actor)
    async with unit(actor) as deed:
        await User.select_for_update().get(id=actor.user_id)
        passkey = await _own(actor, passkey_id)
        await second_factors.refuse_last(actor, but=1)
        passkey.removed_at = actor.now
        await passkey.save(update_fields=["removed_at"])
        if not (await second_factors.of_account(actor.user_id)).enrolled:
            await recovery_codes.withdraw(actor)
        await _record(deed, actor, EventKind.PASSKEY_REMOVED, passkey)


async def _own(actor: Actor, passkey_id: UUID) -> Passkey:
    passkey = await Passkey.select_for_update().get_or_none(id=passkey_id, user_id=actor.user_id, removed_at=None)
    if passkey is None:
        raise not_found("id")
    return passkey


async def _record(deed: Unit, actor: Actor, kind: EventKind, passkey: Passkey) -> None:
    await deed.record_person(
        kind,
        user_id=actor.user_id,
        organization_id=actor.organization_id,
        side=actor.side,
        changes={"passkey": str(passkey.id), "name": passkey.name},
    )


async def ask_for_sign_in(visitor: Anonymous) -> Ceremony:
    """Begin a sign-in without a password."""
    return await ask(visitor, Purpose.sign_in())


async def ask_for_confirmation(actor: Actor) -> Ceremony:
    """Begin a confirmation by passkey."""
    return await ask(actor, Purpose.confirmation(actor))
