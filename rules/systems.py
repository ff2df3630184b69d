"""The systems installed on an object: lines of its passport that entries refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from models.enums import EventKind, Role
from models.journals import ReferenceList
from models.objects import ServiceObject, System
from rules import access, identifiers, texts
from rules.actor import Actor
from rules.reference_lists import SYSTEM_KINDS
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemDetails:
    """What a passport says of a system; `kind` is a key of the reference list SYSTEM_KINDS."""

    kind: str
    name: str
    model: str | None = None
    serial: str | None = None
    place: str | None = None
    commissioned_on: date | None = None


async def add_system(actor: Actor, object_id: UUID, details: SystemDetails) -> System:
    """Enter a system in the passport of an object. Raises NOT_FOUND, FORBIDDEN, INVALID, CONFLICT (object closed)."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        site = await open_object(actor, object_id)
        system = await System.create(
            object_id=site.id,
            operator_id=site.operator_id,
            subscriber_id=site.subscriber_id,
            created_at=actor.now,
            **await _checked(details),
        )
        await record(deed, EventKind.SYSTEM_ADDED, system, {"after": shown(system)})
    return system


async def update_system(actor: Actor, system_id: UUID, details: SystemDetails) -> System:
    """Change what the passport says; entries made before keep what they were signed with."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        system = await _present(actor, system_id)
        before = shown(system)
        system.update_from_dict(await _checked(details))
        if shown(system) == before:
            return system
        await system.save()
        await record(deed, EventKind.SYSTEM_CHANGED, system, {"before": before, "after": shown(system)})
    return system


async def remove_system(actor: Actor, system_id: UUID, *, reason: str) -> System:
    """Strike a dismantled system out of the passport: new entries cannot refer to it any more."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        system = await _present(actor, system_id)
        system.removed_at = actor.now
        await system.save(update_fields=["removed_at"])
        await record(deed, EventKind.SYSTEM_REMOVED, system, {"before": shown(system), "reason": reason})
    return system


async def open_object(actor: Actor, object_id: UUID, field: str = "objectId") -> ServiceObject:
    """The object, held until the transaction ends. Raises NOT_FOUND, FORBIDDEN (the history of an object that is
    another's), CONFLICT (closed)."""
    site = await access.get(ServiceObject, actor, object_id, field=field, lock=True)
    if actor.role is not Role.SUPERADMIN and actor.organization_id not in (site.operator_id, site.subscriber_id):
        raise Refusal(Code.FORBIDDEN, field=field)
    if site.closed_at is not None:
        raise Refusal(Code.CONFLICT, "object_closed", field=field)
    return site


async def on_object(object_id: UUID) -> dict[str, System]:
    """The systems that entries about the object may refer to, by public id."""
    systems = await System.filter(object_id=object_id, removed_at=None)
    return {identifiers.encode("System", system.id): system for system in systems}


async def as_signed(public_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Systems as the signed bytes name them, in the order given."""
    ids = [identifiers.decode(public_id, "System", "values") for public_id in public_ids]
    found = {system.id: system for system in await System.filter(id__in=ids)} if ids else {}
    return [{"id": identifiers.encode("System", id), **shown(found[id])} for id in ids]


def shown(system: System) -> dict[str, Any]:
    """What the passport says, in the names clients use."""
    return {
        "kind": system.kind,
        "name": system.name,
        "model": system.model,
        "serial": system.serial,
        "place": system.place,
        "commissionedOn": system.commissioned_on and system.commissioned_on.isoformat(),
    }


async def kinds() -> Mapping[str, Mapping[str, str]]:
    """The kinds of systems with their names, {key: {ru, en}}."""
    listed = await ReferenceList.get_or_none(code=SYSTEM_KINDS)
    return {item["key"]: {"ru": item["ru"], "en": item["en"]} for item in listed.items} if listed else {}


async def _checked(details: SystemDetails) -> dict[str, Any]:
    if details.kind not in await kinds():
        raise invalid("kind", "system_kind")
    return {
        "kind": details.kind,
        "name": texts.text(details.name, "name", most=300),
        "model": texts.optional(details.model, "model", most=200),
        "serial": texts.optional(details.serial, "serial", most=100),
        "place": texts.optional(details.place, "place", most=300),
        "commissioned_on": details.commissioned_on,
    }


async def _present(actor: Actor, system_id: UUID) -> System:
    system = await access.get(System, actor, system_id, field="systemId")
    await open_object(actor, system.object_id, "systemId")
    system = await access.get(System, actor, system_id, field="systemId", lock=True)
    if system.removed_at is not None:
        raise Refusal(Code.CONFLICT, "system_removed", field="systemId")
    return system


async def record(deed: Unit, kind: EventKind, system: System, changes: dict[str, Any]) -> None:
    """Append an event about a system, visible to whoever sees its object."""
    await deed.record(
        kind,
        operator_id=system.operator_id,
        subscriber_id=system.subscriber_id,
        object_id=system.object_id,
        changes={"system": identifiers.encode("System", system.id), **changes},
    )
