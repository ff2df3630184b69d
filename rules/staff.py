"""An organisation's people: what is told of them, what they may do there, and the end of their accounts.

An admin acts within their own organisation, the owner everywhere; nobody takes an organisation's last admin away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.enums import AccountLinkKind, EventKind, Language, OrganizationKind, Role
from models.events import Event
from models.identity import Passkey, RecoveryCode
from models.organizations import Organization
from models.users import Person, User
from rules import access, account_links, confirmation, departures, invitations, mail, second_factors, texts
from rules.account_status import UserStatus, others_in_charge, require_still, status_of
from rules.actor import ADMINISTRATORS, SIDES, Actor
from rules.refusals import Code, Refusal, invalid, not_found
from rules.unit import Unit, unit

ROLES_OF = {
    OrganizationKind.OWNER: {Role.SUPERADMIN},
    OrganizationKind.OPERATOR: {Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE},
    OrganizationKind.SUBSCRIBER: {Role.SUBSCRIBER_ADMIN, Role.SUBSCRIBER_EMPLOYEE},
}


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What is to be changed of an account: None leaves it as it is, an empty `position` takes it away."""

    surname: str | None = None
    given_name: str | None = None
    position: str | None = None
    email: str | None = None
    language: Language | None = None


async def update_user(actor: Actor, user_id: UUID, changes: UserChanges) -> User:
    """Change what is told of somebody. An admin may change anything of their people, everybody else their own language.

    Another name or position is another card: what was signed and recorded keeps the former one. Another address is told
    to the former one, and the links that were sent there are void. Raises NOT_FOUND, FORBIDDEN, INVALID, CONFLICT (the
    address is taken).
    """
    actor.require(*ADMINISTRATORS, Role.OPERATOR_EMPLOYEE, Role.SUBSCRIBER_EMPLOYEE)
    async with unit(actor) as deed:
        user = await access.get(User, actor, user_id, field="userId", lock=True)
        await require_still(actor)
        _refuse_foreign_hand(actor, changes)
        was = await _told(user)
        if changes.language is not None:
            user.language = changes.language
        await _renew_card(user, changes)
        if changes.email is not None:
            user.email = texts.email(changes.email, "email")
        now = await _told(user)
        different = [key for key in was if was[key] != now[key]]
        if not different:
            return user
        try:
            await user.save(update_fields=["language", "person_id", "name_sort", "email"])
        except IntegrityError as error:
            raise Refusal(Code.CONFLICT, "email_taken", field="email") from error
        told = {"before": {key: was[key] for key in different}, "after": {key: now[key] for key in different}}
        event = await tell(deed, EventKind.USER_CHANGED, user, told)
        await deed.tell(event, [user.id])
        if "email" in different:
            await _move_mails(deed, user, former=str(was["email"]))
    return user


def _refuse_foreign_hand(actor: Actor, changes: UserChanges) -> None:
    for field, value in (
        ("surname", changes.surname),
        ("givenName", changes.given_name),
        ("position", changes.position),
        ("email", changes.email),
    ):
        if value is not None and actor.role not in ADMINISTRATORS:
            raise Refusal(Code.FORBIDDEN, field=field)


async def _told(user: User) -> dict[str, str | None]:
    card = await Person.get(id=user.person_id)
    return {
        "surname": card.surname,
        "givenName": card.given_name,
        "position": card.position,
        "email": user.email,
        "language": user.language.value,
    }


async def _renew_card(user: User, changes: UserChanges) -> None:
    former = await Person.get(id=user.person_id)
    surname = former.surname if changes.surname is None else texts.text(changes.surname, "surname", most=100)
    given = former.given_name if changes.given_name is None else texts.text(changes.given_name, "givenName", most=99)
    position = former.position
    if changes.position is not None:
        position = texts.optional(changes.position, "position", most=200)
    if (surname, given, position) == (former.surname, former.given_name, former.position):
        return
    card = await Person.create(
        name=f"{surname} {given}",
        surname=surname,
        given_name=given,
        position=position,
        organization=former.organization,
        side=former.side,
    )
    user.person_id, user.name_sort = card.id, texts.sort_key(card.name)


async def _move_mails(deed: Unit, user: User, *, former: str) -> None:
    await account_links.withdraw(deed, user.id, *AccountLinkKind)
    status = await status_of(user)
    if status is UserStatus.INVITED:
        await invitations.invite(deed, user)
    elif status is UserStatus.ACTIVE:
        await mail.tell_address_changed(deed, user, former=former)


async def change_role(actor: Actor, user_id: UUID, role: Role) -> User:
    """Give somebody another role in their organisation: their sessions end at once, so that nobody goes on with what
    they may no longer see. Nobody changes their own, nor the last admin's. Raises NOT_FOUND, FORBIDDEN, INVALID,
    CONFLICT."""
    actor.require(*ADMINISTRATORS)
    async with unit(actor) as deed:
        user = await held(deed, actor, user_id)
        organization = await Organization.get(id=user.organization_id)
        refuse_own(actor, user)
        if role not in ROLES_OF[organization.kind]:
            raise invalid("role", "role_of_organization")
        if not user.active:
            raise Refusal(Code.CONFLICT, "user_inactive", field="userId")
        if role is user.role:
            return user
        await refuse_last_admin(user)
        former, user.role = user.role, role
        await user.save(update_fields=["role"])
        await departures.end_sessions(deed, user)
        told = {"before": {"role": former.value}, "after": {"role": role.value}}
        event = await tell(deed, EventKind.USER_ROLE_CHANGED, user, told)
        await deed.tell(event, [user.id])
    return user


async def deactivate_user(actor: Actor, user_id: UUID, *, reason: str) -> User:
    """End somebody's account: their sessions, duties and planned absences end with it, and the admins are told of the
    slots that nobody can fill any more. What they did stays theirs.

    An admin deactivates people of their own organisation, nobody themself, and nobody the last admin. Raises NOT_FOUND,
    FORBIDDEN, CONFLICT.
    """
    actor.require(*ADMINISTRATORS)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        user = await held(deed, actor, user_id)
        refuse_own(actor, user)
        if not user.active:
            raise Refusal(Code.CONFLICT, "user_inactive", field="userId")
        await refuse_last_admin(user)
        user.active = False
        await user.save(update_fields=["active"])
        await tell(deed, EventKind.USER_DEACTIVATED, user, {"reason": reason})
        await departures.leave(deed, user, reason=reason)
    return user


async def reactivate_user(actor: Actor, user_id: UUID) -> User:
    """Open an account again, with its role and its password; duties are given anew. Whoever never had a password is
    invited anew. Raises NOT_FOUND, FORBIDDEN, CONFLICT (it has not been ended)."""
    actor.require(*ADMINISTRATORS)
    async with unit(actor) as deed:
        user = await held(deed, actor, user_id)
        if user.active:
            raise Refusal(Code.CONFLICT, "user_active", field="userId")
        user.active = True
        await user.save(update_fields=["active"])
        event = await tell(deed, EventKind.USER_REACTIVATED, user, {"after": {"role": user.role.value}})
        await deed.tell(event, [user.id])
        if await status_of(user) is UserStatus.INVITED:
            await invitations.invite(deed, user)
    return user


async def reset_second_factors(actor: Actor, user_id: UUID, *, reason: str) -> User:
    """Take all second factors of somebody away who has lost them, once the admin has made sure who asks: their app,
    passkeys and recovery codes count no more, and their sessions end. They sign in with their password, and whoever has
    to have a second factor sets one up first.

    Not one's own. Raises CONFIRMATION_REQUIRED, NOT_FOUND, FORBIDDEN, CONFLICT (there is none).
    """
    actor.require(*ADMINISTRATORS)
    reason = texts.text(reason, "reason", most=1000)
    await confirmation.require(actor)
    async with unit(actor) as deed:
        user = await held(deed, actor, user_id)
        refuse_own(actor, user)
        factors = await second_factors.of_account(user.id)
        if not factors.enrolled:
            raise Refusal(Code.CONFLICT, "second_factor_none", field="userId")
        await User.filter(id=user.id).update(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
        await Passkey.filter(user_id=user.id, removed_at=None).update(removed_at=actor.now)
        await RecoveryCode.filter(user_id=user.id, used_at=None, withdrawn_at=None).update(withdrawn_at=actor.now)
        await departures.end_sessions(deed, user)
        told = {"reason": reason, "secondFactor": factors.methods}
        event = await tell(deed, EventKind.SECOND_FACTOR_REMOVED, user, told)
        await deed.tell(event, [user.id])
    return user


async def held(deed: Unit, actor: Actor, user_id: UUID) -> User:
    """Somebody whom `actor` may administer, locked after their organisation: under that row's lock two admins cannot
    take each other's place away at once, and an admin who has just lost theirs does nothing more with it.

    Raises NOT_FOUND, FORBIDDEN.
    """
    seen = await access.get(User, actor, user_id, field="userId")
    await access.get(Organization, actor, seen.organization_id, field="userId", lock=True)
    user = await access.get(User, actor, user_id, field="userId", lock=True)
    if user.organization_id != seen.organization_id:
        raise not_found("userId")
    await require_still(actor)
    return user


def refuse_own(actor: Actor, user: User) -> None:
    """Raise FORBIDDEN for one's own account."""
    if user.id == actor.user_id:
        raise Refusal(Code.FORBIDDEN, "own_account", field="userId")


async def refuse_last_admin(user: User) -> None:
    """Raise CONFLICT if without `user` nobody could administer their organisation. Whoever has only been invited is in
    charge of nothing yet."""
    if user.role not in ADMINISTRATORS or await status_of(user) is not UserStatus.ACTIVE:
        return
    if not await others_in_charge(user.organization_id, user.role, user.id):
        raise Refusal(Code.CONFLICT, "last_admin", field="userId")


async def tell(deed: Unit, kind: EventKind, user: User, changes: dict[str, Any]) -> Event:
    """Append an event about `user` as they are now."""
    return await deed.record_person(
        kind, user_id=user.id, organization_id=user.organization_id, side=SIDES[user.role], changes=changes
    )
