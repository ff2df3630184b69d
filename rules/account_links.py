"""Links sent by mail that let somebody set their password: made, mailed, used once.

A link's secret exists in the mail alone. It is made when the mail is, so that it never lies in the queue, and the
database keeps its SHA-256; a mail that is made anew has a new secret, and the former one is void.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from models.enums import AccountLinkKind
from models.identity import AccountLink
from models.users import User
from rules import bearer_secrets, installation
from rules.actor import Anonymous
from rules.mail import SEND_LINK, Mail, MailKind, mail_to
from rules.queue import enqueue
from rules.refusals import Refusal, invalid
from rules.unit import Unit, unit

TERMS = {AccountLinkKind.INVITATION: timedelta(days=7), AccountLinkKind.PASSWORD_RESET: timedelta(hours=1)}
MAILS = {
    AccountLinkKind.INVITATION: (MailKind.INVITATION, "invitation"),
    AccountLinkKind.PASSWORD_RESET: (MailKind.PASSWORD_RESET, "reset"),
}
"""The mail that brings a link, and the page behind it."""
LONGEST_TOKEN = 200


async def send(deed: Unit, user: User, kind: AccountLinkKind) -> AccountLink:
    """Make a link for `user`, whose row is held, and have it mailed to them."""
    link = await AccountLink.create(kind=kind, user_id=user.id, created_at=deed.now, expires_at=deed.now + TERMS[kind])
    await enqueue(deed, SEND_LINK, {"link_id": str(link.id)})
    return link


async def withdraw(deed: Unit, user_id: UUID, *kinds: AccountLinkKind) -> int:
    """Void the user's open links of `kinds`; how many there were."""
    return await _open().filter(user_id=user_id, kind__in=kinds).update(withdrawn_at=deed.now)


async def mail_of(now: datetime, link_id: UUID) -> Mail | None:
    """The mail that brings the link, with a new secret; None if the link has become void meanwhile. For the job."""
    async with unit(Anonymous(now=now)):
        link = await _open().filter(id=link_id, expires_at__gt=now).select_for_update().first()
        user = await User.get_or_none(id=link.user_id, active=True) if link else None
        if link is None or user is None:
            return None
        token = bearer_secrets.made()
        link.token_digest = bearer_secrets.digest(token)
        await link.save(update_fields=["token_digest"])
        kind, page = MAILS[link.kind]
        await user.fetch_related("organization")
        return await mail_to(
            user,
            kind,
            url=f"{installation.current().public_url}/account/{page}/{token}",
            organization=" ".join(user.organization.name.split()),
            until=f"{link.expires_at:%d.%m.%Y %H:%M} UTC",
        )


async def mark_sent(now: datetime, link_id: UUID) -> None:
    """Keep when the mail was handed over."""
    async with unit(Anonymous(now=now)):
        await AccountLink.filter(id=link_id).update(sent_at=now)


async def reader(visitor: Anonymous, kind: AccountLinkKind, token: str) -> User:
    """Whose link it is, with their card and organisation; changes nothing. Raises INVALID, alike for a token that is
    unknown, used, void or too old."""
    async with unit(visitor):
        link = await _valid(visitor.now, kind, token).first()
        users = User.filter(id=link.user_id, active=True) if link else User.filter(id=None)
        user = await users.select_related("person", "organization").first()
    if user is None:
        raise void()
    return user


async def use(deed: Unit, kind: AccountLinkKind, token: str) -> User:
    """Use the link up in `deed`; whose it is, with their row held. Raises as `reader`."""
    found = await _valid(deed.now, kind, token).first()
    # Whoever ends an account or sends another link holds the person first: so do we.
    user = await User.filter(id=found.user_id, active=True).select_for_update().first() if found else None
    link = await _valid(deed.now, kind, token).select_for_update().first()
    if user is None or link is None:
        raise void()
    link.used_at = deed.now
    await link.save(update_fields=["used_at"])
    await withdraw(deed, user.id, *AccountLinkKind)
    return user


def void() -> Refusal:
    """What is said of every token that opens nothing, whatever the cause."""
    return invalid("token", "link_void")


def _open() -> QuerySet[AccountLink]:
    return AccountLink.filter(used_at=None, withdrawn_at=None)


def _valid(now: datetime, kind: AccountLinkKind, token: str) -> QuerySet[AccountLink]:
    digest = bearer_secrets.digest(token[: LONGEST_TOKEN + 1])
    return _open().filter(kind=kind, token_digest=digest, expires_at__gt=now)
