"""Objects, assignments, journals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from models.enums import Duty
from models.journals import Journal
from models.objects import Assignment, ServiceObject
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import journals, objects
from rules.identifiers import decode


async def create_object(info: Info, contract_id: strawberry.ID, name: str, address: str, time_zone: str) -> Row:
    """Brings a site of the contract's subscriber in."""
    site = await objects.create_object(
        info.context.actor,
        decode(contract_id, "Contract", "contractId"),
        name=name,
        address=address,
        time_zone=time_zone,
    )
    return made(ServiceObject, site.id)


async def assign(
    info: Info,
    object_id: strawberry.ID,
    user_id: strawberry.ID,
    duty: Duty,
    journal_type_ids: list[strawberry.ID] | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    basis: str,
) -> Row:
    """Gives a person a duty on an object."""
    type_ids: list[UUID] | None = None
    if journal_type_ids is not None:
        type_ids = [decode(id, "JournalType", "journalTypeIds") for id in journal_type_ids]
    assignment = await objects.assign(
        info.context.actor,
        decode(object_id, "ServiceObject", "objectId"),
        decode(user_id, "User", "userId"),
        duty,
        type_ids=type_ids,
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis,
    )
    return made(Assignment, assignment.id)


async def open_journal(info: Info, object_id: strawberry.ID, type_id: strawberry.ID) -> Row:
    """Opens the next volume."""
    journal = await journals.open_journal(
        info.context.actor, decode(object_id, "ServiceObject", "objectId"), decode(type_id, "JournalType", "typeId")
    )
    return made(Journal, journal.id)


async def archive_journal(info: Info, journal_id: strawberry.ID) -> Row:
    """Closes the active volume."""
    journal = await journals.archive_journal(info.context.actor, decode(journal_id, "Journal", "journalId"))
    return made(Journal, journal.id)
