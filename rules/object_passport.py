"""The passport of an object, for whoever sees it: what hangs on its door as a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.enums import JournalStatus
from models.journals import Journal
from models.objects import ServiceObject, System
from models.organizations import Contract
from rules import access, systems
from rules.actor import Actor
from rules.identifiers import encode


@dataclass(frozen=True, slots=True)
class Passport:
    """An object as its page shows it. `systems` are names and models by the name of their kind; `journals` are the
    active volumes by public id."""

    site: ServiceObject
    contract_number: str | None
    systems: Sequence[tuple[str, System]]
    journals: Sequence[tuple[str, Journal]]


async def passport(actor: Actor, object_id: UUID) -> Passport:
    """What `actor` may see of the object. Raises NOT_FOUND."""
    site = await access.get(ServiceObject, actor, object_id)
    kinds, language = await systems.kinds(), actor.language.value
    installed = await System.filter(object_id=site.id, removed_at=None).order_by("kind", "id")
    volumes = (
        await Journal.filter(object_id=site.id, status=JournalStatus.ACTIVE).order_by("type_id").select_related("type")
    )
    seen = await access.visible_ids(Journal, actor, [journal.id for journal in volumes])
    # Whoever sees an object by its shared history does not see the contract of those who recorded it.
    contract = await Contract.filter(id__in=await access.visible_ids(Contract, actor, [site.contract_id])).get_or_none()
    return Passport(
        site=site,
        contract_number=contract.number if contract else None,
        systems=[(kinds.get(each.kind, {}).get(language, each.kind), each) for each in installed],
        journals=[(encode("Journal", each.id), each) for each in volumes if each.id in seen],
    )
