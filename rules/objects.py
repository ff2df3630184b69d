"""Serviced objects: bringing them in and changing what is told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.enums import EventKind, Role
from models.objects import ServiceObject
from models.organizations import Contract
from rules import access, texts
from rules.actor import Actor
from rules.refusals import Code, Refusal, invalid
from rules.systems import open_object
from rules.unit import Unit, unit

MOST_CONTACTS = 20
PHONE = frozenset("0123456789+-() .,;доб")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody to call about an object."""

    name: str
    position: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDetails:
    """What is told of an object. `time_zone` is an IANA name, `external_id` the operator's own key of it."""

    name: str
    address: str
    time_zone: str
    external_id: str | None = None
    contacts: Sequence[Contact] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectChanges:
    """What is to be changed; None stays as it is, an empty external id is none."""

    name: str | None = None
    address: str | None = None
    time_zone: str | None = None
    external_id: str | None = None
    contacts: Sequence[Contact] | None = None


async def create_object(actor: Actor, contract_id: UUID, details: ObjectDetails) -> ServiceObject:
    """A site of the contract's subscriber, which the contract's operator serves."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    columns = checked(details)
    async with unit(actor) as deed:
        contract = await access.get(Contract, actor, contract_id, field="contractId")
        return await add_object(deed, actor, contract, columns)


def checked(details: ObjectDetails) -> dict[str, Any]:
    """The columns of an object by its details. Raises INVALID naming the field at fault."""
    name = texts.text(details.name, "name", most=300)
    return {
        "name": name,
        "name_sort": texts.sort_key(name),
        "address": texts.text(details.address, "address", most=500),
        "time_zone": texts.time_zone(details.time_zone, "timeZone"),
        "external_id": texts.optional(details.external_id, "externalId", most=100),
        "contacts": _contacts(details.contacts),
    }


async def add_object(deed: Unit, actor: Actor, contract: Contract, columns: Mapping[str, Any]) -> ServiceObject:
    """The row of a new object with `checked` columns, inside `deed`. Raises CONFLICT for a taken external id."""
    try:
        site = await ServiceObject.create(
            contract_id=contract.id,
            operator_id=contract.operator_id,
            subscriber_id=contract.subscriber_id,
            created_at=actor.now,
            **columns,
        )
    except IntegrityError as error:
        raise Refusal(Code.CONFLICT, "external_id_taken", field="externalId") from error
    await deed.record(
        EventKind.OBJECT_CREATED,
        operator_id=site.operator_id,
        subscriber_id=site.subscriber_id,
        object_id=site.id,
        changes={"after": shown(site)},
    )
    return site


async def update_object(actor: Actor, object_id: UUID, changes: ObjectChanges) -> ServiceObject:
    """Change what is told of an object. Revisions made before keep the name and address they were signed with.

    Raises NOT_FOUND, FORBIDDEN, INVALID, CONFLICT (object closed, external id taken).
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        site = await open_object(actor, object_id)
        before, contacts = shown(site), site.contacts
        present = ObjectDetails(
            name=site.name,
            address=site.address,
            time_zone=site.time_zone,
            external_id=site.external_id,
            contacts=[Contact(**contact) for contact in site.contacts],
        )
        given = {name: value for name, value in _fields(changes).items() if value is not None}
        site.update_from_dict(checked(ObjectDetails(**{**_fields(present), **given})))
        after = shown(site)
        differing = {key: after[key] for key in after if after[key] != before[key]}
        if site.contacts != contacts:  # also where none of the names has changed
            differing["contacts"] = after["contacts"]
        if not differing:
            return site
        try:
            await site.save()
        except IntegrityError as error:
            raise Refusal(Code.CONFLICT, "external_id_taken", field="externalId") from error
        await deed.record(
            EventKind.OBJECT_CHANGED,
            operator_id=site.operator_id,
            subscriber_id=site.subscriber_id,
            object_id=site.id,
            changes={"before": {key: before[key] for key in differing}, "after": differing},
        )
    return site


def shown(site: ServiceObject) -> dict[str, Any]:
    """What is told of an object, in the names clients use; nobody's telephone goes into the history."""
    return {
        "name": site.name,
        "address": site.address,
        "timeZone": site.time_zone,
        "externalId": site.external_id,
        "contacts": [contact["name"] for contact in site.contacts],
    }


def _fields(details: ObjectDetails | ObjectChanges) -> dict[str, Any]:
    return {name: getattr(details, name) for name in details.__dataclass_fields__}


def _contacts(contacts: Sequence[Contact]) -> list[dict[str, Any]]:
    if len(contacts) > MOST_CONTACTS:
        raise invalid("contacts", "too_many", most=MOST_CONTACTS)
    return [_contact(contact, f"contacts.{place}") for place, contact in enumerate(contacts)]


def _contact(contact: Contact, field: str) -> dict[str, Any]:
    phone = texts.optional(contact.phone, f"{field}.phone", most=60)
    if phone and not (set(phone.lower()) <= PHONE and any(character.isdecimal() for character in phone)):
        raise invalid(f"{field}.phone", "phone")
    return asdict(
        Contact(
            name=texts.text(contact.name, f"{field}.name", most=200),
            position=texts.optional(contact.position, f"{field}.position", most=200),
            phone=phone,
            email=texts.email(contact.email, f"{field}.email") if contact.email else None,
        )
    )
