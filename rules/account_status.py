"""Whether an account is in use, and what is told of its beginnings."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from tortoise.expressions import Q, Subquery

from models.enums import Role
from models.identity import Passkey
from models.users import User
from rules.access import Parameters
from rules.actor import Actor, Caller
from rules.refusals import Code, Refusal


class UserStatus(StrEnum):
    """An account is INVITED until its person has set a password, and INACTIVE once it has been ended."""

    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


def taken_up() -> Q:
    """Accounts whose person has taken them up: there is something to sign in with."""
    passkeys = Subquery(Passkey.filter(removed_at=None).values("user_id"))
    return Q(password_hash__not_isnull=True) | Q(id__in=passkeys)


async def status_of(user: User) -> UserStatus:
    """The account's status."""
    if not user.active:
        return UserStatus.INACTIVE
    may_sign_in = user.password_hash is not None or await Passkey.exists(user_id=user.id, removed_at=None)
    return UserStatus.ACTIVE if may_sign_in else UserStatus.INVITED


async def others_in_charge(organization_id: UUID, role: Role, but: UUID) -> bool:
    """Whether the organisation has somebody of `role`, besides the user `but`, who can sign in."""
    others = User.filter(taken_up(), organization_id=organization_id, role=role, active=True)
    return await others.exclude(id=but).exists()


async def require_still(actor: Actor) -> None:
    """Raise FORBIDDEN if the actor's account has changed since the request was let in."""
    same = User.filter(id=actor.user_id, active=True, role=actor.role, organization_id=actor.organization_id)
    if not await same.exists():
        raise Refusal(Code.FORBIDDEN)


def status(caller: Caller, u: str, parameters: Parameters) -> str:
    """The SQL of the status of the account aliased `u`."""
    return (
        f"case when not {u}.active then 'INACTIVE' when {u}.password_hash is null and not exists("
        f"select 1 from passkeys p where p.user_id = {u}.id and p.removed_at is null) then 'INVITED' else 'ACTIVE' end"
    )


def invited_until(caller: Caller, u: str, parameters: Parameters) -> str:
    """The SQL of the end of the open invitation of the account aliased `u`."""
    return f"({_OPEN_INVITATION.format(value='expires_at', u=u)})"


def invitation_sent_at(caller: Caller, u: str, parameters: Parameters) -> str:
    """The SQL of when the mail with the open invitation of the account aliased `u` was handed over."""
    return f"({_OPEN_INVITATION.format(value='sent_at', u=u)})"


def last_signed_in_at(caller: Caller, u: str, parameters: Parameters) -> str:
    """The SQL of the last sign-in to the account aliased `u`."""
    return f"(select max(s.created_at) from sessions s where s.user_id = {u}.id)"


_OPEN_INVITATION = (
    "select l.{value} from account_links l where l.user_id = {u}.id and l.kind = 'INVITATION'"
    " and l.used_at is null and l.withdrawn_at is null order by l.created_at desc limit 1"
)
