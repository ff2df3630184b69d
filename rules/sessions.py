"""Sessions: opened by whoever has proved who they are, seen and ended by them alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from models.enums import EventKind, SecondFactor
from models.users import Session, User
from rules import bearer_secrets, installation, sign_in_delays
from rules.actor import SIDES, Actor, Anonymous
from rules.refusals import Code, Refusal, not_found
from rules.unit import unit

LONGEST_CLIENT = 200
LONGEST_ADDRESS = 45


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session. Its tokens are shown this once; only their digests are kept."""

    session: Session
    user: User
    token: str = field(repr=False)
    device_token: str = field(repr=False)


async def open_session(
    visitor: Anonymous,
    user: User,
    *,
    second_factor: SecondFactor | None,
    device: UUID | None = None,
    device_token: str | None = None,
) -> SignedIn:
    """Open a session of `user`, who has proved who they are: `second_factor` says by what besides the password.

    Raises UNAUTHENTICATED if the account or its password has changed while they did.
    """
    token = bearer_secrets.made()
    async with unit(visitor) as deed:
        locked = await User.select_for_update().get(id=user.id)
        if not locked.active or locked.password_hash != user.password_hash:
            raise Refusal(Code.UNAUTHENTICATED, "sign_in_failed")
        session = await Session.create(
            user_id=locked.id,
            token_digest=bearer_secrets.digest(token),
            created_at=visitor.now,
            expires_at=visitor.now + timedelta(hours=installation.current().session_hours),
            client=_shown(visitor.client, LONGEST_CLIENT),
            address=_shown(visitor.address, LONGEST_ADDRESS),
            second_factor=second_factor,
            confirmed_at=visitor.now if second_factor else None,
        )
        kept = await sign_in_delays.remember_device(deed, locked.id, device, device_token)
        await deed.record_person(
            EventKind.SIGNED_IN,
            user_id=locked.id,
            organization_id=locked.organization_id,
            side=SIDES[locked.role],
            changes={"session": str(session.id)} | ({"secondFactor": second_factor.value} if second_factor else {}),
            actor_id=locked.person_id,
            actor_user_id=locked.id,
        )
    return SignedIn(session, locked, token, kept)


def _shown(text: str | None, most: int) -> str | None:
    """What a client says of itself, fit to be kept and shown."""
    return "".join(character for character in text if character.isprintable())[:most] or None if text else None


async def open_sessions(actor: Actor) -> list[Session]:
    """One's own open sessions, the newest first."""
    living = Session.filter(user_id=actor.user_id, ended_at=None, expires_at__gt=actor.now)
    return await living.order_by("-created_at", "-id")


async def sign_out(actor: Actor) -> None:
    """End the session at once, in open sockets too: its event rings the bell that they listen to."""
    await _end(actor, EventKind.SIGNED_OUT, only=actor.session_id)


async def end_session(actor: Actor, session_id: UUID) -> None:
    """End one of one's own sessions at once. Raises NOT_FOUND for any other."""
    if not await _end(actor, EventKind.SESSIONS_ENDED, only=session_id):
        raise not_found("id")


async def sign_out_everywhere(actor: Actor, *, here_too: bool) -> int:
    """End all of one's own sessions at once, the present one only if `here_too`. Tells how many."""
    return len(await _end(actor, EventKind.SESSIONS_ENDED, but=None if here_too else actor.session_id))


async def _end(actor: Actor, kind: EventKind, *, only: UUID | None = None, but: UUID | None = None) -> Collection[UUID]:
    async with unit(actor) as deed:
        await User.select_for_update().get(id=actor.user_id)
        ended = await end_sessions(actor, only=only, but=but)
        if ended:
            await deed.record_person(
                kind,
                user_id=actor.user_id,
                organization_id=actor.organization_id,
                side=actor.side,
                changes={"session": str(only)} if only else {"sessions": [str(each) for each in ended]},
            )
    return ended


async def end_sessions(actor: Actor, *, only: UUID | None = None, but: UUID | None = None) -> list[UUID]:
    """End the actor's open sessions inside a unit whose event tells of it; `only` one of them, or all `but` one.

    :returns: which were ended
    """
    living = Session.filter(user_id=actor.user_id, ended_at=None, expires_at__gt=actor.now)
    if only is not None:
        living = living.filter(id=only)
    if but is not None:
        living = living.exclude(id=but)
    ids: list[UUID] = [row.id for row in await living.order_by("id")]
    await Session.filter(id__in=ids).update(ended_at=actor.now)
    return ids
