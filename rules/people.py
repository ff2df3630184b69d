"""Organisations, contracts and the accounts of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.enums import EventKind, Language, OrganizationKind, Role, Side
from models.organizations import Contract, Organization
from models.users import Person, User
from rules import access, invitations, texts
from rules.account_status import require_still, taken_up
from rules.actor import ADMINISTRATORS, SIDES, Actor, Caller
from rules.passwords import acceptable, hashed
from rules.refusals import Code, Refusal, invalid
from rules.staff import ROLES_OF
from rules.unit import Unit, unit


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
    actor: Actor, organization_id: UUID, role: Role, details: PersonDetails, *, password: str | None = None
) -> User:
    """The owner makes accounts anywhere, an admin in their own organisation; an operator's admin also the first admin
    of a subscriber it brought in. Without a `password` the person is invited by mail to set one."""
    actor.require(*ADMINISTRATORS)
    password_hash = None if password is None else await _hashed(password, details)
    async with unit(actor) as deed:
        organization = await access.get(Organization, actor, organization_id, field="organizationId", lock=True)
        if role not in ROLES_OF[organization.kind]:
            raise invalid("role", "role_of_organization")
        own = organization.id == actor.organization_id
        first_admin = (
            organization.founder_id == actor.organization_id
            and role is Role.SUBSCRIBER_ADMIN
            and not await User.filter(taken_up(), organization_id=organization.id).exists()
        )
        if not (actor.role is Role.SUPERADMIN or own or first_admin):
            raise Refusal(Code.FORBIDDEN, field="organizationId")
        await require_still(actor)
        user = await _add_user(deed, actor, organization, role, details, password_hash)
        if password_hash is None:
            await invitations.invite(deed, user)
    return user


async def add_user(
    deed: Unit, caller: Caller, organization: Organization, role: Role, details: PersonDetails, *, password: str
) -> User:
    """The rows of a new account, inside `deed`; asks nobody's right. For founding: a lock is held."""
    return await _add_user(deed, caller, organization, role, details, await _hashed(password, details))


async def _hashed(password: str, details: PersonDetails) -> str:
    return await hashed(acceptable(password, "password", own=[details.email, details.surname, details.given_name]))


async def _add_user(
    deed: Unit,
    caller: Caller,
    organization: Organization,
    role: Role,
    details: PersonDetails,
    password_hash: str | None,
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
