"""Journal types, reference lists, volumes."""

from __future__ import annotations

from typing import Any

import strawberry

from models.enums import VolumePeriod
from models.journals import Journal, JournalType, ReferenceList
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import journal_types, journals, reference_lists
from rules.identifiers import decode
from rules.journal_types import TypeDetails


async def create_journal_type(
    info: Info,
    code: str,
    name_ru: str,
    name_en: str,
    regulation: str,
    approval_order: str | None,
    columns: Any,
    signature_policy: Any,
    retention_years: int,
    record_within_hours: int,
    volume_entries: int | None,
    volume_period: VolumePeriod | None,
    draft: bool,
) -> Row:
    """Makes a type of the installation's own."""
    details = TypeDetails(
        name_ru=name_ru,
        name_en=name_en,
        regulation=regulation,
        approval_order=approval_order,
        columns=columns,
        signature_policy=signature_policy,
        retention_years=retention_years,
        record_within_hours=record_within_hours,
        volume_entries=volume_entries,
        volume_period=volume_period,
    )
    kind = await journal_types.create_journal_type(info.context.actor, code, details, draft=draft)
    return made(JournalType, kind.id)


async def revise_journal_type(
    info: Info,
    type_id: strawberry.ID,
    expected_version: int,
    name_ru: str,
    name_en: str,
    regulation: str,
    approval_order: str | None,
    columns: Any,
    signature_policy: Any,
    retention_years: int,
    record_within_hours: int,
    volume_entries: int | None,
    volume_period: VolumePeriod | None,
) -> Row:
    """Makes a new edition."""
    details = TypeDetails(
        name_ru=name_ru,
        name_en=name_en,
        regulation=regulation,
        approval_order=approval_order,
        columns=columns,
        signature_policy=signature_policy,
        retention_years=retention_years,
        record_within_hours=record_within_hours,
        volume_entries=volume_entries,
        volume_period=volume_period,
    )
    kind = await journal_types.revise_journal_type(
        info.context.actor, decode(type_id, "JournalType", "typeId"), expected_version, details
    )
    return made(JournalType, kind.id)


async def derive_journal_type(info: Info, type_id: strawberry.ID, code: str) -> Row:
    """Makes a type of one's own of another."""
    kind = await journal_types.derive_journal_type(info.context.actor, decode(type_id, "JournalType", "typeId"), code)
    return made(JournalType, kind.id)


async def publish_journal_type(info: Info, type_id: strawberry.ID) -> Row:
    """Ends a draft."""
    kind = await journal_types.publish_journal_type(info.context.actor, decode(type_id, "JournalType", "typeId"))
    return made(JournalType, kind.id)


async def save_reference_list(info: Info, code: str, name_ru: str, name_en: str, items: Any) -> Row:
    """Makes or changes a list of choices."""
    kept = await reference_lists.save_reference_list(
        info.context.actor, code, name_ru=name_ru, name_en=name_en, items=items
    )
    return made(ReferenceList, kept.id)


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
