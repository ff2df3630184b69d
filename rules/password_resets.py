"""A forgotten password: a link by mail, and nothing that tells a stranger who has an account here."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from models.enums import AccountLinkKind, EventKind
from models.identity import AccountLink
from models.users import User
from rules import account_links, departures, installation, mail, sign_in_delays, texts
from rules.account_status import UserStatus, status_of
from rules.actor import SIDES, Anonymous
from rules.passwords import acceptable, hashed
from rules.queue import enqueue
from rules.sign_in_delays import Key
from rules.unit import unit

SEND = "password_resets.send"
RESET = AccountLinkKind.PASSWORD_RESET
MAILED_AGAIN_AFTER = timedelta(minutes=5)
FREE_REQUESTS = 5
FREE_REQUESTS_OF_NETWORK = 50


async def request_reset(visitor: Anonymous, email: str) -> None:
    """Have a link mailed to the account of `email`, if there is one: what is done here is the same if there is none,
    and the rest is the queue's.

    :raises Refusal: RATE_LIMITED for too many requests of this network, whoever they are for
    """
    typed = email.strip().lower()[:254] if texts.storable(email) else ""
    await sign_in_delays.count(visitor, _keys(typed, visitor.address))
    async with unit(visitor) as deed:
        found = await User.filter(email=typed).values_list("id", flat=True)
        await enqueue(deed, SEND, {"user_id": str(found[0]) if found else None})


def _keys(typed: str, address: str | None) -> list[Key]:
    """By the account within the network, so that nobody keeps its owner from asking, and by the network."""
    account = hmac.digest(installation.current().server_secret, b"reset:" + typed.encode(), "sha256").hex()
    network = sign_in_delays.network(address)
    return [Key(f"reset:{account}:{network}", FREE_REQUESTS), Key(f"resets:{network}", FREE_REQUESTS_OF_NETWORK)]


async def send_reset(now: datetime, user_id: str | None) -> int:
    """Mail the link that was asked for; how many, 0 or 1. For the job.

    Nobody is mailed twice within minutes, and a link that was mailed holds until it is used or too old: whoever asks in
    another's name again and again does not void what they are reading.
    """
    if user_id is None:
        return 0
    async with unit(Anonymous(now=now)) as deed:
        user = await User.filter(id=UUID(user_id)).select_for_update(no_key=True).first()
        if user is None or await status_of(user) is not UserStatus.ACTIVE:
            return 0
        recent = AccountLink.filter(user_id=user.id, kind=RESET, created_at__gt=now - MAILED_AGAIN_AFTER)
        if await recent.exists():
            return 0
        await account_links.send(deed, user, RESET)
        await deed.record_person(
            EventKind.PASSWORD_RESET_REQUESTED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
        )
    return 1


async def reset_password(visitor: Anonymous, token: str, password: str) -> User:
    """Set another password by the link that was mailed, which works once. All sessions end, and the person is told by
    mail; second factors stay as they are. Raises INVALID as `invitations.accept_invitation`."""
    reader = await account_links.reader(visitor, RESET, token)
    password_hash = await hashed(acceptable(password, "password", own=[reader.email, reader.person.name]))
    async with unit(visitor) as deed:
        user = await account_links.use(deed, RESET, token)
        user.password_hash = password_hash
        await user.save(update_fields=["password_hash"])
        await departures.end_sessions(deed, user)
        await deed.record_person(
            EventKind.PASSWORD_CHANGED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
            changes={"by": "LINK"},
            actor_id=user.person_id,
            actor_user_id=user.id,
        )
        await mail.tell_password_changed(deed, user)
    return user
