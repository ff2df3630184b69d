"""Journal types as versioned data, journals as volumes, and what closes a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import JournalStatus, VolumePeriod
from models.keys import uuid7

if TYPE_CHECKING:
    from models.objects import ServiceObject
    from models.organizations import Organization
    from models.users import Person


class JournalType(Model):
    """A kind of journal. What it asks for stands in its versions; entries keep the version they were made with."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    code = fields.CharField(40)
    name_ru = fields.CharField(300)
    name_en = fields.CharField(300)
    operator: fields.ForeignKeyNullableRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID | None
    """The operator that derived it; null for the installation's own."""
    derived_from: fields.ForeignKeyNullableRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    derived_from_id: UUID | None
    draft = fields.BooleanField(default=False)
    """To be reviewed by an administrator before journals of it are opened."""
    current_version: fields.ForeignKeyRelation[JournalTypeVersion] = fields.ForeignKeyField(
        "models.JournalTypeVersion", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    current_version_id: UUID
    """Enforced by a deferred foreign key of the first migration: type and version are born in one transaction."""
    created_at = fields.DatetimeField()

    class Meta:
        table = "journal_types"
        constraints = [
            UniqueConstraint(fields=("code",), name="journal_type_code", condition="operator_id is null"),
            UniqueConstraint(
                fields=("operator_id", "code"),
                name="journal_type_code_of_operator",
                condition="operator_id is not null",
            ),
        ]


class JournalTypeVersion(Model):
    """One immutable edition of a type.

    `columns` is a list of `{key, label: {ru, en}, required, schema, unit, choices, list}` in printing order, `schema`
    being the JSON Schema of one value; `signature_policy` is a list of slots `{side, duty, order, group,
    deadlineDays}`; `approval_order` names the order that approves the form. A work recorded more than
    `record_within_hours` after it was done is back-dated. A volume that holds `volume_entries`, or that was opened in a
    former `volume_period`, is succeeded by the next.
    """

    id = fields.UUIDField(primary_key=True, default=uuid7)
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name="versions", on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    number = fields.IntField()
    name_ru = fields.CharField(300)
    name_en = fields.CharField(300)
    regulation = fields.CharField(500)
    columns = fields.JSONField[list[dict[str, Any]]]()
    signature_policy = fields.JSONField[list[dict[str, Any]]]()
    retention_years = fields.IntField()
    approval_order = fields.CharField(300, null=True)
    record_within_hours = fields.IntField(default=24)
    volume_entries = fields.IntField(null=True)
    volume_period = fields.CharEnumField(VolumePeriod, max_length=16, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "journal_type_versions"
        constraints = [
            UniqueConstraint(fields=("type_id", "number"), name="journal_type_version_number"),
            CheckConstraint(
                check="record_within_hours >= 0 and (volume_entries is null or volume_entries >= 1)",
                name="journal_type_version_limits",
            ),
        ]


class ReferenceList(Model):
    """Choices that columns take from: `items` are `{key, ru, en}` in their order. Versions of journal types keep a
    copy, so that a later change never touches them."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    code = fields.CharField(40, unique=True)
    name_ru = fields.CharField(300)
    name_en = fields.CharField(300)
    items = fields.JSONField[list[dict[str, str]]]()
    created_at = fields.DatetimeField()

    class Meta:
        table = "reference_lists"


class Journal(Model):
    """One volume of one type for one object. `last_number` is the counter behind gapless entry numbers."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    object: fields.ForeignKeyRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name="journals", on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    type: fields.ForeignKeyRelation[JournalType] = fields.ForeignKeyField(
        "models.JournalType", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    type_id: UUID
    volume = fields.IntField()
    status = fields.CharEnumField(JournalStatus, max_length=16)
    last_number = fields.IntField(default=0)
    opened_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    previous: fields.ForeignKeyNullableRelation[Journal] = fields.ForeignKeyField(
        "models.Journal", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    previous_id: UUID | None
    """The former volume; `previous_digest` cites its closing record."""
    previous_digest = fields.CharField(64, null=True)

    class Meta:
        table = "journals"
        indexes = [Index(fields=["object_id", "type_id"], name="journals_of_object")]
        constraints = [
            UniqueConstraint(fields=("object_id", "type_id"), name="one_active_journal", condition="status = 'ACTIVE'"),
            UniqueConstraint(fields=("object_id", "type_id", "volume"), name="journal_volume"),
            CheckConstraint(check="(status = 'ARCHIVED') = (closed_at is not null)", name="journal_closed_at"),
            CheckConstraint(
                check="(volume = 1) = (previous_id is null) and (volume = 1) = (previous_digest is null)",
                name="journal_succession",
            ),
            CheckConstraint(check="last_number >= 0 and volume >= 1", name="journal_numbers"),
        ]


class ClosingRecord(Model):
    """What an archived volume held when it was closed: the exact canonical bytes, cited by the next volume."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    journal: fields.OneToOneRelation[Journal] = fields.OneToOneField(
        "models.Journal", related_name="closing", on_delete=fields.OnDelete.RESTRICT
    )
    journal_id: UUID
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "models.Person", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    person_id: UUID | None
    """Nobody, if the volume was full or its period over."""
    entry_count = fields.IntField()
    incomplete_count = fields.IntField()
    payload = fields.BinaryField()
    digest = fields.CharField(64)
    closed_at = fields.DatetimeField()

    class Meta:
        table = "closing_records"
