"""Many objects in one deed: which of them are there already, and making the others with few statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.enums import EventKind
from models.events import Event
from models.objects import ServiceObject, System
from models.organizations import Contract
from rules import identifiers, objects, systems, texts
from rules.actor import Actor
from rules.object_sheet import Judged, Problem
from rules.unit import Unit


@dataclass(frozen=True, slots=True)
class Existing:
    """What open objects of the parties are called."""

    external_ids: frozenset[str]
    places: frozenset[tuple[str, str]]
    """Sort keys of name and address."""

    def problems(self, columns: Mapping[str, Any]) -> list[Problem]:
        """Why an object with these columns would be another's double, if it would."""
        found = {
            "externalId": columns["external_id"] in self.external_ids,
            "name": (columns["name_sort"], texts.sort_key(columns["address"])) in self.places,
        }
        return [{"field": field, "reason": "object_exists", "details": {}} for field, is_so in found.items() if is_so]


async def existing(contract: Contract, wanted: Iterable[Mapping[str, Any]]) -> Existing:
    """Those open objects of the contract's operator and subscriber that objects with the columns `wanted` could repeat.
    Another operator's are not looked at: nobody may learn of them by a refusal (law 11)."""
    wanted = list(wanted)
    theirs = ServiceObject.filter(
        operator_id=contract.operator_id, subscriber_id=contract.subscriber_id, closed_at=None
    )
    ids = {columns["external_id"] for columns in wanted} - {None}
    names = {columns["name_sort"] for columns in wanted}
    by_id = await theirs.filter(external_id__in=ids).values_list("external_id", flat=True) if ids else []
    by_name = await theirs.filter(name_sort__in=names).values_list("name_sort", "address") if names else []
    return Existing(frozenset(map(str, by_id)), frozenset((name, texts.sort_key(address)) for name, address in by_name))


async def make_objects(
    deed: Unit, actor: Actor, contract: Contract, judgements: Sequence[Judged]
) -> list[ServiceObject]:
    """Objects with their systems, in the order given, and an event for each of either."""
    parties = {"operator_id": contract.operator_id, "subscriber_id": contract.subscriber_id}
    sites = [
        ServiceObject(contract_id=contract.id, **parties, created_at=actor.now, **judgement.columns)
        for judgement in judgements
    ]
    installed = [
        System(object_id=site.id, **parties, kind=kind, name=name, created_at=actor.now)
        for site, judgement in zip(sites, judgements, strict=True)
        for kind, name in judgement.systems
    ]
    if sites:
        await ServiceObject.bulk_create(sites)
        told = [(site, {"after": objects.shown(site)}) for site in sites]
        await _record_all(deed, EventKind.OBJECT_CREATED, [{**_about(site), "changes": what} for site, what in told])
    if installed:
        await System.bulk_create(installed)
        added = [
            (each, {"system": identifiers.encode("System", each.id), "after": systems.shown(each)})
            for each in installed
        ]
        await _record_all(
            deed,
            EventKind.SYSTEM_ADDED,
            [{**_about(each), "object_id": each.object_id, "changes": what} for each, what in added],
        )
    return sites


def _about(row: ServiceObject | System) -> dict[str, Any]:
    return {"operator_id": row.operator_id, "subscriber_id": row.subscriber_id, "object_id": row.id}


async def _record_all(deed: Unit, kind: EventKind, about: Sequence[dict[str, Any]]) -> None:
    """Events of one kind in their order: what the first says of the deed, the others say too."""
    first = await deed.record(kind, **about[0])
    of_deed = {
        name: getattr(first, name)
        for name in ("epoch", "kind", "occurred_at", "request_id", "actor_id", "actor_user_id")
    }
    await Event.bulk_create([Event(**of_deed, **each) for each in about[1:]])
