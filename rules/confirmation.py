"""Step-up: what is grave is done by somebody who has lately proved once more who they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from models.certificates import Certificate
from models.enums import CertificateStatus, Custody
from models.users import Session
from rules import second_factors
from rules.actor import Actor
from rules.refusals import Code, Refusal

LASTS = timedelta(minutes=10)


async def require(actor: Actor) -> None:
    """The one rule: whoever has a second factor has confirmed with it (or by the PIN of their key) in the last ten
    minutes, at signing in or by `rules.second_step.confirm_identity`. Call it before a lock is taken.

    Asked before changing second factors, signing with a key elsewhere, asking for certificates or their revocation,
    and the owner's deeds with the authority. Whoever has to have a second factor and has none is confined already.

    Raises CONFIRMATION_REQUIRED (details.methods).
    """
    if await lasts_until(actor):
        return
    factors = await second_factors.of_account(actor.user_id)
    if factors.enrolled:
        by_pin = ["PIN"] if await key_in_our_custody(actor) else []
        raise Refusal(Code.CONFIRMATION_REQUIRED, details={"methods": factors.methods + by_pin})


async def key_in_our_custody(actor: Actor) -> UUID | None:
    """The key whose PIN confirms: that of the newest certificate of SERVER custody that can be signed with."""
    ours = Certificate.filter(
        user_id=actor.user_id, custody=Custody.SERVER, status=CertificateStatus.ACTIVE, not_after__gte=actor.now
    )
    newest = await ours.order_by("-issued_at", "-id").first()
    return newest.key_id if newest else None


async def lasts_until(actor: Actor) -> datetime | None:
    """Until when the actor need not confirm, if they have confirmed at all lately."""
    session = await Session.get_or_none(id=actor.session_id)
    until = session and session.confirmed_at and session.confirmed_at + LASTS
    return until if until and until > actor.now else None
