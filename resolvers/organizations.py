"""Organisations, contracts, agreements."""

from __future__ import annotations

from datetime import date

import strawberry

from models.certificates import Agreement
from models.enums import Acceptance, OrganizationKind
from models.organizations import Contract, Organization
from models.users import User
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import agreements, people
from rules.identifiers import decode


async def create_organization(
    info: Info,
    kind: OrganizationKind,
    name: str,
    inn: str | None,
    kpp: str | None,
    ogrn: str | None,
    external_id: str | None,
) -> Row:
    """Brings an operator or a subscriber in."""
    details = people.OrganizationDetails(name, inn, kpp, ogrn, external_id)
    organization = await people.create_organization(info.context.actor, kind, details)
    return made(Organization, organization.id)


async def create_contract(
    info: Info,
    operator_id: strawberry.ID,
    subscriber_id: strawberry.ID,
    number: str,
    starts_on: date,
    ends_on: date | None,
    shares_history: bool,
) -> Row:
    """Records that an operator serves a subscriber."""
    contract = await people.create_contract(
        info.context.actor,
        operator_id=decode(operator_id, "Organization", "operatorId"),
        subscriber_id=decode(subscriber_id, "Organization", "subscriberId"),
        number=number,
        starts_on=starts_on,
        ends_on=ends_on,
        shares_history=shares_history,
    )
    return made(Contract, contract.id)


async def accept_agreement(info: Info, version: int, on_behalf_of: Acceptance) -> Row:
    """Accepts the version in force."""
    user = await agreements.accept_agreement(info.context.actor, version, on_behalf_of)
    return made(User, user.id)


async def publish_agreement(info: Info, text_ru: str, text_en: str) -> Row:
    """Puts a new version of the agreement into force."""
    agreement = await agreements.publish_agreement(info.context.actor, text_ru=text_ru, text_en=text_en)
    return made(Agreement, agreement.id)
