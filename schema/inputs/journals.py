"""What mutations about journal types and volumes take."""

from __future__ import annotations

import strawberry

from schema.enums import (
    VolumePeriod,
)
from schema.scalars import JSON


@strawberry.input
class CreateJournalTypeInput:
    code: str = strawberry.field(description="Latin capitals, digits and underscores.")
    name_ru: str
    name_en: str
    regulation: str
    approval_order: str | None = None
    columns: JSON = strawberry.field(description="In printing order; `list` takes choices from a reference list.")
    signature_policy: JSON = strawberry.field(description="The slots: side, duty, order, group, deadlineDays.")
    retention_years: int
    record_within_hours: int = 24
    volume_entries: int | None = None
    volume_period: VolumePeriod | None = None
    draft: bool = False


@strawberry.input(description="A whole new edition: entries made before keep theirs.")
class ReviseJournalTypeInput:
    type_id: strawberry.ID
    expected_version: int
    name_ru: str
    name_en: str
    regulation: str
    approval_order: str | None = None
    columns: JSON
    signature_policy: JSON
    retention_years: int
    record_within_hours: int = 24
    volume_entries: int | None = None
    volume_period: VolumePeriod | None = None


@strawberry.input
class DeriveJournalTypeInput:
    type_id: strawberry.ID
    code: str = strawberry.field(description="Latin capitals, digits and underscores; the operator's own.")


@strawberry.input
class PublishJournalTypeInput:
    type_id: strawberry.ID


@strawberry.input
class SaveReferenceListInput:
    code: str
    name_ru: str
    name_en: str
    items: JSON = strawberry.field(description="In their order: key, ru, en.")


@strawberry.input
class OpenJournalInput:
    object_id: strawberry.ID
    type_id: strawberry.ID


@strawberry.input
class ArchiveJournalInput:
    journal_id: strawberry.ID
