"""What becomes of objects: closed, opened again, moved under another contract, merged. No history is lost: an object
that another stands for stays, with everything that was recorded under it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.enums import EventKind, JournalStatus, Role, Succession
from models.journals import Journal
from models.objects import ObjectSuccession, ServiceObject, System
from models.organizations import Contract
from rules import access, journals, systems, texts
from rules.actor import Actor
from rules.objects import shown
from rules.refusals import Code, Refusal, invalid
from rules.systems import open_object
from rules.unit import Unit, unit

CARRIED = ("name", "name_sort", "address", "time_zone", "external_id", "contacts")
"""What a successor has from the object it stands for."""
PASSPORT = ("kind", "name", "model", "serial", "place", "commissioned_on")


async def close_object(actor: Actor, object_id: UUID, *, reason: str) -> ServiceObject:
    """Close an object: its volumes are archived with closing records, no new ones are opened; what is open to be signed
    there may still be signed. Raises NOT_FOUND, FORBIDDEN, CONFLICT (closed already)."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        site = await open_object(actor, object_id)
        await _close(deed, actor, site, reason)
        await _tell(deed, EventKind.OBJECT_CLOSED, site, {"reason": reason})
    return site


async def reopen_object(actor: Actor, object_id: UUID) -> ServiceObject:
    """Open a closed object again; its journals go on in new volumes. Raises CONFLICT if it is open, or if another
    object stands for it."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        site = await access.get(ServiceObject, actor, object_id, field="objectId", lock=True)
        if actor.role is not Role.SUPERADMIN and site.operator_id != actor.organization_id:
            raise Refusal(Code.FORBIDDEN, field="objectId")
        if site.closed_at is None or await ObjectSuccession.exists(former_id=site.id):
            raise Refusal(Code.CONFLICT, "object_not_reopened", field="objectId")
        site.closed_at = site.close_reason = None
        async with _untaken("objectId"):
            await site.save(update_fields=["closed_at", "close_reason"])
        await _tell(deed, EventKind.OBJECT_REOPENED, site, {})
    return site


async def move_object(actor: Actor, object_id: UUID, contract_id: UUID, *, reason: str) -> ServiceObject:
    """Put an object under another contract.

    Between the same parties the object stays itself. Under a contract of another operator or subscriber, which only
    the owner can arrange, a successor is made and the object is closed: who recorded it keeps seeing what was recorded,
    and the new operator sees it if the contract shares history with it (law 11). Returns the object that goes on.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (closed, external id taken), INVALID (it stands under this contract).
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        site = await open_object(actor, object_id)
        contract = await access.get(Contract, actor, contract_id, field="contractId")
        if contract.id == site.contract_id:
            raise invalid("contractId", "nothing_changed")
        former = await Contract.get(id=site.contract_id)
        told = {"before": {"contract": former.number}, "after": {"contract": contract.number}, "reason": reason}
        if (contract.operator_id, contract.subscriber_id) == (site.operator_id, site.subscriber_id):
            site.contract_id = contract.id
            async with _untaken("contractId"):
                await site.save(update_fields=["contract_id"])
            await _tell(deed, EventKind.OBJECT_MOVED, site, told)
            return site
        actor.require(Role.SUPERADMIN)
        await _close(deed, actor, site, reason)
        async with _untaken("contractId"):
            successor = await ServiceObject.create(
                contract_id=contract.id,
                operator_id=contract.operator_id,
                subscriber_id=contract.subscriber_id,
                created_at=actor.now,
                **{name: getattr(site, name) for name in CARRIED},
            )
        shares = contract.shares_history and contract.subscriber_id == site.subscriber_id
        await _succeed(actor, site, successor, Succession.MOVED, shares=shares)
        await _tell(deed, EventKind.OBJECT_MOVED, site, {"reason": reason})
        await _tell(deed, EventKind.OBJECT_CREATED, successor, {"after": shown(successor), "reason": reason})
        await _carry_systems(deed, site, successor)
    return successor


async def merge_objects(actor: Actor, object_id: UUID, into_id: UUID, *, reason: str) -> ServiceObject:
    """Let one object stand for another of the same parties as well: the merged one is closed, its systems are entered
    in the other's passport, and whoever sees the other sees what was recorded under both. Returns the other."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    reason = texts.text(reason, "reason", most=1000)
    if object_id == into_id:
        raise invalid("intoId", "merge_with_itself")
    async with unit(actor) as deed:
        # In the order of their keys, so that two merges at once wait for each other instead of for both.
        fields = {object_id: "objectId", into_id: "intoId"}
        held = {id: await open_object(actor, id, fields[id]) for id in sorted(fields)}
        site, other = held[object_id], held[into_id]
        if (site.operator_id, site.subscriber_id) != (other.operator_id, other.subscriber_id):
            raise invalid("intoId", "merge_parties")
        await _close(deed, actor, site, reason)
        await _carry_systems(deed, site, other)
        await _succeed(actor, site, other, Succession.MERGED, shares=True)
        names = {"merged": site.name, "into": other.name, "reason": reason}
        await _tell(deed, EventKind.OBJECT_MERGED, site, names)
        await _tell(deed, EventKind.OBJECT_MERGED, other, names)
    return other


@asynccontextmanager
async def _untaken(field: str) -> AsyncIterator[None]:
    """Raises CONFLICT naming `field` if the external id is another open object's of the contract."""
    try:
        yield
    except IntegrityError as error:
        raise Refusal(Code.CONFLICT, "external_id_taken", field=field) from error


async def _close(deed: Unit, actor: Actor, site: ServiceObject, reason: str) -> None:
    volumes = Journal.filter(object_id=site.id, status=JournalStatus.ACTIVE).order_by("id")
    for journal in await volumes.select_for_update():
        await journals.close(deed, actor.person_id, journal)
    site.closed_at, site.close_reason = actor.now, reason
    await site.save(update_fields=["closed_at", "close_reason"])


async def _carry_systems(deed: Unit, site: ServiceObject, successor: ServiceObject) -> None:
    """Enter the systems of `site` in the passport of its successor."""
    for system in await System.filter(object_id=site.id, removed_at=None).order_by("id"):
        carried = await System.create(
            object_id=successor.id,
            operator_id=successor.operator_id,
            subscriber_id=successor.subscriber_id,
            created_at=deed.now,
            **{name: getattr(system, name) for name in PASSPORT},
        )
        await systems.record(deed, EventKind.SYSTEM_ADDED, carried, {"after": systems.shown(carried)})


async def _succeed(
    actor: Actor, site: ServiceObject, successor: ServiceObject, kind: Succession, *, shares: bool
) -> None:
    """`successor` stands for `site` and for everything that `site` stood for."""
    stood_for = await ObjectSuccession.filter(successor_id=site.id)
    await ObjectSuccession.bulk_create(
        [
            ObjectSuccession(
                former_id=former_id,
                successor_id=successor.id,
                operator_id=successor.operator_id,
                subscriber_id=successor.subscriber_id,
                kind=kind,
                direct=direct,
                shares_history=shared,
                happened_at=actor.now,
            )
            for former_id, direct, shared in [
                (site.id, True, shares),
                *((each.former_id, False, shares and each.shares_history) for each in stood_for),
            ]
        ]
    )


async def _tell(deed: Unit, kind: EventKind, site: ServiceObject, changes: Mapping[str, Any]) -> None:
    await deed.record(
        kind,
        operator_id=site.operator_id,
        subscriber_id=site.subscriber_id,
        object_id=site.id,
        changes=dict(changes),
    )
