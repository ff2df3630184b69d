"""Accounts of people: made, invited, changed, moved, ended; and the way in by a mailed link."""

from __future__ import annotations

import strawberry

from models.enums import Language, Role
from models.users import User
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import handover, invitations, password_resets, people, staff, transfers
from rules.actor import Anonymous
from rules.identifiers import decode


async def create_user(
    info: Info,
    organization_id: strawberry.ID,
    role: Role,
    surname: str,
    given_name: str,
    position: str | None,
    email: str,
    password: str | None,
    language: Language,
) -> Row:
    """Makes an account."""
    user = await people.create_user(
        info.context.actor,
        decode(organization_id, "Organization", "organizationId"),
        role,
        people.PersonDetails(surname, given_name, email, position, language),
        password=password,
    )
    return made(User, user.id)


async def update_user(
    info: Info,
    user_id: strawberry.ID,
    surname: str | None,
    given_name: str | None,
    position: str | None,
    email: str | None,
    language: Language | None,
) -> Row:
    """Changes what is told of somebody."""
    changes = staff.UserChanges(surname, given_name, position, email, language)
    user = await staff.update_user(info.context.actor, decode(user_id, "User", "userId"), changes)
    return made(User, user.id)


async def change_user_role(info: Info, user_id: strawberry.ID, role: Role) -> Row:
    """Gives somebody another role in their organisation."""
    user = await staff.change_role(info.context.actor, decode(user_id, "User", "userId"), role)
    return made(User, user.id)


async def deactivate_user(info: Info, user_id: strawberry.ID, reason: str) -> Row:
    """Ends an account."""
    user = await staff.deactivate_user(info.context.actor, decode(user_id, "User", "userId"), reason=reason)
    return made(User, user.id)


async def reset_second_factors(info: Info, user_id: strawberry.ID, reason: str) -> Row:
    """Takes somebody's second factors away."""
    user = await staff.reset_second_factors(info.context.actor, decode(user_id, "User", "userId"), reason=reason)
    return made(User, user.id)


async def reactivate_user(info: Info, user_id: strawberry.ID) -> Row:
    """Opens an account again."""
    user = await staff.reactivate_user(info.context.actor, decode(user_id, "User", "userId"))
    return made(User, user.id)


async def transfer_user(
    info: Info, user_id: strawberry.ID, organization_id: strawberry.ID, role: Role, reason: str
) -> Row:
    """Moves somebody to another organisation."""
    user = await transfers.transfer_user(
        info.context.actor,
        decode(user_id, "User", "userId"),
        decode(organization_id, "Organization", "organizationId"),
        role,
        reason=reason,
    )
    return made(User, user.id)


async def hand_over_duties(info: Info, from_user_id: strawberry.ID, to_user_id: strawberry.ID, basis: str) -> Row:
    """Gives somebody's duties to a colleague; answers with the colleague."""
    user = await handover.hand_over_duties(
        info.context.actor,
        decode(from_user_id, "User", "fromUserId"),
        decode(to_user_id, "User", "toUserId"),
        basis=basis,
    )
    return made(User, user.id)


async def invite_again(info: Info, user_id: strawberry.ID) -> Row:
    """Mails another invitation."""
    user = await invitations.invite_again(info.context.actor, decode(user_id, "User", "userId"))
    return made(User, user.id)


async def withdraw_invitation(info: Info, user_id: strawberry.ID) -> Row:
    """Takes an invitation back."""
    user = await invitations.withdraw_invitation(info.context.actor, decode(user_id, "User", "userId"))
    return made(User, user.id)


async def accept_invitation(info: Info, token: str, password: str) -> Row:
    """Sets the first password."""
    user = await invitations.accept_invitation(_visitor(info), token, password)
    return made(User, user.id)


async def request_password_reset(info: Info, email: str) -> bool:
    """Has a link mailed, if there is such an account."""
    await password_resets.request_reset(_visitor(info), email)
    return True


async def reset_password(info: Info, token: str, password: str) -> Row:
    """Sets another password."""
    user = await password_resets.reset_password(_visitor(info), token, password)
    return made(User, user.id)


def _visitor(info: Info) -> Anonymous:
    """Whoever opens a link is its reader, signed in or not."""
    caller, client = info.context.caller, info.context.request.client
    return Anonymous(
        now=caller.now, language=caller.language, request_id=caller.request_id, address=client and client.host
    )
