"""Organisations, contracts and the accounts of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from models.enums import EventKind, Language, OrganizationKind, Role, Side
from models.objects import Absence
from models.organizations import Contract, Organization
from models.users import Person, Session, User
from rules import absences, access, assignments, slot_watch, texts
from rules.actor import SIDES, Actor, Caller
from rules.passwords import acceptable, hashed
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

ROLES_OF = {
    OrganizationKind.OWNER: {Role.SUPERADMIN},
    OrganizationKind.OPERATOR: {Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE},
    OrganizationKind.SUBSCRIBER: {Role.SUBSCRIBER_ADMIN, Role.SUBSCRIBER_EMPLOYEE},
}
ADMINISTRATORS = (Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)


@dataclass(frozen=True, slots=True)
class OrganizationDetails:
    """What is told of a new organisation; registry numbers are optional and checked."""

    name: str
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """What is told of a new person. `given_name` holds the patronymic too."""

    surname: str
    given_name: str
    email: str
    position: str | None = None
    language: Language = Language.RU


async def create_organization(actor: Actor, kind: OrganizationKind, details: OrganizationDetails) -> Organization:
    """The owner brings in operators and subscribers, an operator's admin subscribers."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    if kind is OrganizationKind.OWNER:
        raise invalid("kind", "organization_kind")
    if actor.role is Role.OPERATOR_ADMIN and kind is not OrganizationKind.SUBSCRIBER:
        raise Refusal(Code.FORBIDDEN)
    founder = actor.organization_id if actor.role is Role.OPERATOR_ADMIN else None
    async with unit(actor) as deed:
        return await add_organization(deed, actor, kind, details, founder=founder)


async def add_organization(
    deed: Unit, caller: Caller, kind: OrganizationKind, details: OrganizationDetails, *, founder: UUID | None
) -> Organization:
    """The rows of a new organisation, inside `deed`; asks nobody's right."""
    name = texts.text(details.name, "name", most=300)
    try:
        organization = await Organization.create(
            kind=kind,
            name=name,
            name_sort=texts.sort_key(name),
            inn=(details.inn or None) and texts.tax_number(details.inn, "inn"),
            kpp=(details.kpp or None) and texts.reason_code(details.kpp, "kpp"),
            ogrn=(details.ogrn or None) and texts.registration_number(details.ogrn, "ogrn"),
            external_id=(details.external_id or None) and texts.text(details.external_id, "externalId", most=100),
            founder_id=founder,
            created_at=caller.now,
        )
    except IntegrityError as error:
        raise Refusal(Code.CONFLICT, "organization_taken", field="inn") from error
    # Whoever brings a subscriber in hears of it; its own people see it as their organisation's first event.
    await deed.record(
        EventKind.ORGANIZATION_CREATED,
        operator_id=organization.id if kind is OrganizationKind.OPERATOR else founder,
        subscriber_id=organization.id if kind is OrganizationKind.SUBSCRIBER else None,
        changes={"after": {"name": name, "kind": kind.value}},
    )
    return organization


async def create_contract(
    actor: Actor,
    *,
    operator_id: UUID,
    subscriber_id: UUID,
    number: str,
    starts_on: date,
    ends_on: date | None,
    shares_history: bool = False,
) -> Contract:
    """An operator serves a subscriber. An operator's admin makes its own operator's contracts; only the owner lets the
    operator see, by `shares_history`, what former ones recorded on objects that come under the contract (law 11)."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    number = texts.text(number, "number", most=100)
    if ends_on is not None and ends_on < starts_on:
        raise invalid("endsOn", "term_reversed")
    async with unit(actor) as deed:
        operator = await access.get(Organization, actor, operator_id, field="operatorId")
        subscriber = await access.get(Organization, actor, subscriber_id, field="subscriberId")
        if operator.kind is not OrganizationKind.OPERATOR:
            raise invalid("operatorId", "organization_kind")
        if subscriber.kind is not OrganizationKind.SUBSCRIBER:
            raise invalid("subscriberId", "organization_kind")
        if actor.role is Role.OPERATOR_ADMIN and operator.id != actor.organization_id:
            raise Refusal(Code.FORBIDDEN, field="operatorId")
        if shares_history and actor.role is not Role.SUPERADMIN:
            raise Refusal(Code.FORBIDDEN, field="sharesHistory")
        try:
            contract = await Contract.create(
                operator_id=operator.id,
                subscriber_id=subscriber.id,
                number=number,
                starts_on=starts_on,
                ends_on=ends_on,
                shares_history=shares_history,
                created_at=actor.now,
            )
        except IntegrityError as error:
            raise Refusal(Code.CONFLICT, "contract_taken", field="number") from error
        await deed.record(
            EventKind.CONTRACT_CREATED,
            operator_id=operator.id,
            subscriber_id=subscriber.id,
            changes={"after": {"number": number}},
        )
    return contract


async def create_user(
    actor: Actor, organization_id: UUID, role: Role, details: PersonDetails, *, password: str
) -> User:
    """The owner makes accounts anywhere, an admin in their own organisation; an operator's admin also the first admin
    of a subscriber it brought in."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    password_hash = await hashed(acceptable(password, "password"))
    async with unit(actor) as deed:
        organization = await access.get(Organization, actor, organization_id, field="organizationId", lock=True)
        if role not in ROLES_OF[organization.kind]:
            raise invalid("role", "role_of_organization")
        own = organization.id == actor.organization_id
        first_admin = (
            organization.founder_id == actor.organization_id
            and role is Role.SUBSCRIBER_ADMIN
            and not await User.exists(organization_id=organization.id)
        )
        if not (actor.role is Role.SUPERADMIN or own or first_admin):
            raise Refusal(Code.FORBIDDEN, field="organizationId")
        return await _add_user(deed, actor, organization, role, details, password_hash)


async def deactivate_user(actor: Actor, user_id: UUID, *, reason: str) -> User:
    """End somebody's account: their sessions, duties and planned absences end with it, and the admins are told of the
    slots that nobody can fill any more. What they did stays theirs.

    An admin deactivates people of their own organisation, nobody themself, and nobody the last admin. Raises NOT_FOUND,
    FORBIDDEN, CONFLICT.
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        seen = await access.get(User, actor, user_id, field="userId")
        # The organisation's row is the lock under which admins may not remove each other both at once.
        await access.get(Organization, actor, seen.organization_id, field="userId", lock=True)
        user = await access.get(User, actor, user_id, field="userId", lock=True)
        if user.id == actor.user_id:
            raise Refusal(Code.FORBIDDEN, "own_account", field="userId")
        if not user.active:
            raise Refusal(Code.CONFLICT, "user_inactive", field="userId")
        if (
            user.role in ADMINISTRATORS
            and not await User.filter(organization_id=user.organization_id, role=user.role, active=True)
            .exclude(id=user.id)
            .exists()
        ):
            raise Refusal(Code.CONFLICT, "last_admin", field="userId")
        user.active = False
        await user.save(update_fields=["active"])
        await Session.filter(user_id=user.id, ended_at=None).update(ended_at=actor.now)
        await deed.record_person(
            EventKind.USER_DEACTIVATED,
            user_id=user.id,
            organization_id=user.organization_id,
            side=SIDES[user.role],
            changes={"reason": reason},
        )
        objects = set(await assignments.end(deed, Q(user_id=user.id), reason=reason))
        planned = Absence.filter(Q(user_id=user.id) | Q(substitute_id=user.id), cancelled_at=None)
        for absence in await planned.filter(ends_at__gt=actor.now).order_by("id").select_for_update():
            objects |= await absences.cancel(deed, absence)
        await slot_watch.tell_unfillable(deed, objects)
    return user


async def add_user(
    deed: Unit, caller: Caller, organization: Organization, role: Role, details: PersonDetails, *, password: str
) -> User:
    """The rows of a new account, inside `deed`; asks nobody's right. For founding: a lock is held."""
    return await _add_user(deed, caller, organization, role, details, await hashed(acceptable(password, "password")))


async def _add_user(
    deed: Unit, caller: Caller, organization: Organization, role: Role, details: PersonDetails, password_hash: str
) -> User:
    surname = texts.text(details.surname, "surname", most=100)
    given_name = texts.text(details.given_name, "givenName", most=99)
    side: Side | None = SIDES[role]
    person = await Person.create(
        name=f"{surname} {given_name}",
        surname=surname,
        given_name=given_name,
        position=(details.position or None) and texts.text(details.position, "position", most=200),
        organization=organization.name,
        side=side,
    )
    try:
        user = await User.create(
            organization_id=organization.id,
            person_id=person.id,
            name_sort=texts.sort_key(person.name),
            email=texts.email(details.email, "email"),
            role=role,
            language=details.language,
            password_hash=password_hash,
            created_at=caller.now,
        )
    except IntegrityError as error:
        raise Refusal(Code.CONFLICT, "email_taken", field="email") from error
    await deed.record_person(
        EventKind.USER_CREATED,
        user_id=user.id,
        organization_id=organization.id,
        side=side,
        changes={"after": {"name": person.name, "role": role.value}},
    )
    return user
