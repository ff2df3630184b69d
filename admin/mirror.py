"""SQLAlchemy classes derived from the tables of models/, for looking only: sqladmin insists on SQLAlchemy, and a second
schema written by hand would drift. Nothing here is written down twice; `UNSEEN` and the absence from `TITLES` are what
keeps a column or a table out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry, relationship
from tortoise import fields
from tortoise.fields.base import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.fields.relational import BackwardFKRelation, ForeignKeyFieldInstance
from tortoise.models import Model

import models.certificates as certificates
import models.entries as entries
import models.events as events
import models.journals as journals
import models.objects as objects
import models.organizations as organizations
import models.revocation as revocation
import models.users as users

TITLES: dict[type[Model], str] = {
    organizations.Organization: "name",
    organizations.Contract: "number",
    users.Person: "name",
    users.User: "person.name",
    users.Session: "user.person.name",
    objects.ServiceObject: "name",
    journals.JournalType: "name_ru",
    journals.JournalTypeVersion: "number",
    journals.ReferenceList: "name_ru",
    journals.Journal: "type.name_ru",
    entries.Entry: "number",
    certificates.Agreement: "version",
    certificates.AgreementAcceptance: "user.person.name",
    certificates.CertificateRequest: "person.name",
    certificates.IssuanceIntent: "serial",
    certificates.Certificate: "serial",
    revocation.CertificateStatusChange: "kind",
    revocation.CompromiseReport: "certificate.serial",
    revocation.RevocationList: "number",
    events.Event: "kind",
}
"""The mirrored tables, and what a row is called where another points to it. Keys, revisions and signatures are not
among them: neither secrets nor what people have recorded is the back office's business."""

UNSEEN: dict[type[Model], set[str]] = {
    users.User: {"password_hash", "totp_secret", "totp_last_step"},
    users.Session: {"token_digest"},
    entries.Entry: {"request_digest"},
    certificates.CertificateRequest: {"certification_request", "renewal_signature"},
    revocation.RevocationList: {"der"},
    certificates.Certificate: {"der"},
}
"""Columns that no screen may ever select."""

COLUMN_TYPES: dict[type[Field[Any]], Callable[[Any], sa.types.TypeEngine[Any]]] = {
    fields.UUIDField: lambda field: sa.Uuid(),
    fields.CharField: lambda field: sa.String(field.max_length),
    fields.TextField: lambda field: sa.Text(),
    fields.IntField: lambda field: sa.Integer(),
    fields.BigIntField: lambda field: sa.BigInteger(),
    fields.BooleanField: lambda field: sa.Boolean(),
    fields.DateField: lambda field: sa.Date(),
    fields.DatetimeField: lambda field: sa.DateTime(timezone=True),
    fields.JSONField: lambda field: JSONB(),
    CharEnumFieldInstance: lambda field: sa.Enum(
        field.enum_type,
        native_enum=False,
        create_constraint=False,
        length=field.max_length,
        values_callable=lambda members: [member.value for member in members],
    ),
}


class UnknownField(TypeError):
    """A model uses a kind of field that has no SQLAlchemy type here: add it to `COLUMN_TYPES` or to `UNSEEN`."""


def mirror(titles: Mapping[type[Model], str], unseen: Mapping[type[Model], set[str]]) -> dict[type[Model], type[Any]]:
    """One mapped class a model, its columns and its relations to the other mirrored models, none of them writable.

    Works before Tortoise is initialised and after. Relations are never loaded by surprise: a query names those it
    needs; only the one that a row's title stands on always comes with it.

    :param titles: the models to mirror, each with the dotted path of what its rows are called
    :param unseen: the columns to leave out
    :raises UnknownField: for a kind of field that is not in `COLUMN_TYPES`
    """
    mapping = registry()
    models_by_name = {model.__name__: model for model in titles}
    classes: dict[type[Model], type[Any]] = {
        model: type(model.__name__, (), {"__doc__": model.__doc__, "__str__": _titled(title)})
        for model, title in titles.items()
    }
    for model, mirrored_class in classes.items():
        columns: list[sa.Column[Any]] = []
        relations: dict[str, Any] = {}
        for name, field in _stored(model):
            if name in unseen.get(model, ()):
                continue
            if not isinstance(field, ForeignKeyFieldInstance):
                columns.append(sa.Column(name, _type(model, field), primary_key=field.pk, nullable=field.null))
                continue
            column: sa.Column[Any] = sa.Column(f"{name}_id", sa.Uuid(), nullable=field.null)
            columns.append(column)
            if target := models_by_name.get(str(field.model_name).split(".")[-1]):
                column.append_foreign_key(sa.ForeignKey(f"{target._meta.db_table}.id"))
                relations[name] = relationship(
                    classes[target],
                    foreign_keys=[column],
                    remote_side=lambda target=target: classes[target].id,
                    viewonly=True,
                    innerjoin=not field.null,
                    lazy="joined" if titles[model].startswith(f"{name}.") else "raise",
                )
        table = sa.Table(model._meta.db_table, mapping.metadata, *columns)
        mapping.map_imperatively(mirrored_class, table, properties=relations)
    mapping.configure()
    return classes


def _stored(model: type[Model]) -> Iterator[tuple[str, Field[Any]]]:
    """The fields that have a column. Once initialised, Tortoise adds the raw halves of relations and the way back."""
    for name, field in model._meta.fields_map.items():
        if getattr(field, "reference", None) is None and not isinstance(field, BackwardFKRelation):
            yield name, field


def _titled(path: str) -> Callable[[object], str]:
    title = attrgetter(path)
    return lambda row: str(title(row))


def _type(model: type[Model], field: Field[Any]) -> sa.types.TypeEngine[Any]:
    if type(field) not in COLUMN_TYPES:
        raise UnknownField(f"{model.__name__}.{field.model_field_name}: {type(field).__name__}")
    return COLUMN_TYPES[type(field)](field)


_mirrored = mirror(TITLES, UNSEEN)


def mirrored(model: type[Model]) -> Any:
    """The mapped class of a model of `TITLES`."""
    return cast("Any", _mirrored[model])
