"""Accounts that begin with a mail: their person sets the password, and nobody else ever knows it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from models.enums import AccountLinkKind, EventKind, Role
from models.events import Event
from models.identity import AccountLink
from models.users import User
from rules import access, account_links
from rules.account_status import UserStatus, require_still, status_of, taken_up
from rules.actor import SIDES, Actor, Anonymous
from rules.passwords import acceptable, hashed
from rules.refusals import Code, Refusal, not_found
from rules.unit import Unit, unit

INVITATION = AccountLinkKind.INVITATION
INVITED_AGAIN_AFTER = timedelta(minutes=1)


async def invite(deed: Unit, user: User) -> None:
    """Mail the held `user`, who has no password yet, a link to set one; an earlier link is void."""
    await account_links.withdraw(deed, user.id, INVITATION)
    link = await account_links.send(deed, user, INVITATION)
    await _tell(deed, EventKind.USER_INVITED, user, {"until": link.expires_at.isoformat()})


async def invite_again(actor: Actor, user_id: UUID) -> User:
    """Mail another link: the former one was lost or is too old. Raises NOT_FOUND, FORBIDDEN, CONFLICT (there is nobody
    to invite any more), RATE_LIMITED."""
    async with unit(actor) as deed:
        user = await _invited(actor, user_id)
        last = await AccountLink.filter(user_id=user.id, kind=INVITATION).order_by("-created_at").first()
        if last and actor.now < last.created_at + INVITED_AGAIN_AFTER:
            raise Refusal(Code.RATE_LIMITED, details={"seconds": int(INVITED_AGAIN_AFTER.total_seconds())})
        await invite(deed, user)
    return user


async def withdraw_invitation(actor: Actor, user_id: UUID) -> User:
    """Take an invitation back: its link is void and the account ended. Raises NOT_FOUND, FORBIDDEN, CONFLICT."""
    async with unit(actor) as deed:
        user = await _invited(actor, user_id)
        user.active = False
        await user.save(update_fields=["active"])
        await account_links.withdraw(deed, user.id, INVITATION)
        await _tell(deed, EventKind.INVITATION_WITHDRAWN, user, {})
    return user


async def accept_invitation(visitor: Anonymous, token: str, password: str) -> User:
    """Set the first password by the link that was mailed. It works once. Raises INVALID: for the link alike whatever is
    wrong with it, and for a password that cannot be taken."""
    reader = await account_links.reader(visitor, INVITATION, token)
    password_hash = await hashed(acceptable(password, "password", own=[reader.email, reader.person.name]))
    async with unit(visitor) as deed:
        user = await account_links.use(deed, INVITATION, token)
        user.password_hash = password_hash
        await user.save(update_fields=["password_hash"])
        await _tell(deed, EventKind.INVITATION_ACCEPTED, user, {}, actor_id=user.person_id, actor_user_id=user.id)
    return user


async def _invited(actor: Actor, user_id: UUID) -> User:
    """Somebody who has been invited, held: of one's own organisation or, for the operator that brought a subscriber
    in, whoever shall be its first admin."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    if not await access.visible_ids(User, actor, [user_id]) and not await _founded_by(actor, user_id):
        raise not_found("userId")
    user = await User.filter(id=user_id).select_for_update(no_key=True).get()
    await require_still(actor)
    if await status_of(user) is not UserStatus.INVITED:
        raise Refusal(Code.CONFLICT, "not_invited", field="userId")
    return user


async def _founded_by(actor: Actor, user_id: UUID) -> bool:
    if actor.role is not Role.OPERATOR_ADMIN:
        return False
    # One statement for whoever is of a foreign organisation and for nobody at all.
    user = await User.get_or_none(id=user_id, organization__founder_id=actor.organization_id)
    return user is not None and not await User.filter(taken_up(), organization_id=user.organization_id).exists()


async def _tell(deed: Unit, kind: EventKind, user: User, changes: dict[str, str], **about: UUID) -> Event:
    return await deed.record_person(
        kind,
        user_id=user.id,
        organization_id=user.organization_id,
        side=SIDES[user.role],
        changes=changes,
        **about,
    )
