"""Objects brought in from a sheet: staged first, then made in short batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.enums import ImportRowStatus, ImportStatus
from models.keys import uuid7

if TYPE_CHECKING:
    from models.objects import ServiceObject
    from models.organizations import Contract, Organization
    from models.users import User


class ObjectImport(Model):
    """A sheet of objects for one contract. Staged, it is its own dry run: every row has been judged."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    operator: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    operator_id: UUID
    subscriber: fields.ForeignKeyRelation[Organization] = fields.ForeignKeyField(
        "models.Organization", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    subscriber_id: UUID
    contract: fields.ForeignKeyRelation[Contract] = fields.ForeignKeyField(
        "models.Contract", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    contract_id: UUID
    author: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_id: UUID
    file_name = fields.CharField(255)
    digest = fields.CharField(64)
    status = fields.CharEnumField(ImportStatus, max_length=16)
    total = fields.IntField()
    faulty = fields.IntField()
    applied = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "object_imports"
        indexes = [Index(fields=["operator_id", "created_at"], name="imports_of_operator")]
        constraints = [CheckConstraint(check="applied + faulty <= total", name="object_import_counts")]


class ObjectImportRow(Model):
    """One row of the sheet: what it says, what is wrong with it, which object came of it. `problems` are `{field,
    reason, details}` of refusals."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    of: fields.ForeignKeyRelation[ObjectImport] = fields.ForeignKeyField(
        "models.ObjectImport", related_name="rows", on_delete=fields.OnDelete.RESTRICT
    )
    of_id: UUID
    number = fields.IntField()
    status = fields.CharEnumField(ImportRowStatus, max_length=16)
    given = fields.JSONField[dict[str, Any]]()
    problems = fields.JSONField[list[dict[str, Any]]](default=list)
    object: fields.ForeignKeyNullableRelation[ServiceObject] = fields.ForeignKeyField(
        "models.ServiceObject", related_name=False, null=True, on_delete=fields.OnDelete.RESTRICT
    )
    object_id: UUID | None

    class Meta:
        table = "object_import_rows"
        indexes = [Index(fields=["of_id", "status", "number"], name="rows_of_import")]
        constraints = [
            UniqueConstraint(fields=("of_id", "number"), name="object_import_row_number"),
            CheckConstraint(check="(status = 'APPLIED') = (object_id is not null)", name="object_import_row_applied"),
        ]
