"""The derived classes are the real tables, less what must not be seen; and nothing can be written through them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Database
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.applications import Starlette
from tortoise import fields
from tortoise.models import Model

import admin
from admin.enum_words import ENUM_WORDS
from admin.mirror import TITLES, UNSEEN, UnknownField, mirror, mirrored

SECRETS = {"password_hash", "token_digest", "request_digest", "sealed", "salt", "payload", "values", "cms", "der"}
SECRETS |= {"certification_request", "renewal_signature", "pin_failures", "pin_locked_until", "signed_attributes"}
POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
SECRET_TABLES = {"signing_keys", "revisions", "signatures", "signature_time_stamps", "signature_preparations"}


@asynccontextmanager
async def looking(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection as the screens have it."""
    office = admin.mount(Starlette(), database_url=database_url, cookie_secret=b"c" * 32, secure_cookies=True)
    async with office.open(), office.engine.connect() as connection:
        yield connection


def described(column: Any) -> tuple[str, bool, bool]:
    """A column's type as PostgreSQL calls it, whether it may be null, whether it is the key."""
    return str(column.type.compile(POSTGRESQL)), column.nullable, column.primary_key


def pointed_at(table: sa.Table) -> dict[str, str]:
    """The table that each foreign key of `table` points to, by column."""
    return {key.parent.name: key.target_fullname for key in table.foreign_keys}


async def test_the_mirror_shows_the_tables_as_they_are(database: Database) -> None:
    real = sa.MetaData()
    async with looking(database.web_url) as connection:
        await connection.run_sync(real.reflect)
    seen = {model._meta.db_table for model in TITLES}
    for model in TITLES:
        shown, table = mirrored(model).__table__, real.tables[model._meta.db_table]
        unseen = UNSEEN.get(model, set())
        assert unseen <= set(table.columns.keys())
        assert {column.name: described(column) for column in shown.columns} == {
            # What the database works out by itself is no field of a model.
            column.name: described(column)
            for column in table.columns
            if column.name not in unseen and column.computed is None
        }
        targets = {column: target for column, target in pointed_at(table).items() if target.split(".")[0] in seen}
        assert pointed_at(shown) == targets


@pytest.mark.parametrize("scheme", ["postgresql", "asyncpg"])
async def test_the_database_refuses_to_be_written_through_it(database: Database, scheme: str) -> None:
    async with looking(database.web_url.replace("postgresql", scheme, 1)) as connection:
        assert await connection.scalar(sa.text("select count(*) from users")) > 0
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await connection.execute(sa.text("update users set active = false"))


def test_secrets_are_not_mapped() -> None:
    tables = {mirrored(model).__table__ for model in TITLES}
    assert not {column.name for table in tables for column in table.columns} & SECRETS
    assert not {table.name for table in tables} & SECRET_TABLES
    assert not [column for table in tables for column in table.columns if isinstance(column.type, sa.LargeBinary)]


def test_a_field_without_a_type_here_is_refused() -> None:
    class Odd(Model):
        id = fields.IntField(primary_key=True)
        octets = fields.BinaryField()

    with pytest.raises(UnknownField, match=r"Odd\.octets: BinaryField"):
        mirror({Odd: "id"}, {})
    assert [column.name for column in mirror({Odd: "id"}, {Odd: {"octets"}})[Odd].__table__.columns] == ["id"]


def test_every_member_of_every_shown_enum_has_words_in_both_languages() -> None:
    shown = {
        column.type.enum_class
        for model in TITLES
        for column in mirrored(model).__table__.columns
        if isinstance(column.type, sa.Enum)
    }
    assert shown <= set(ENUM_WORDS)
    for enum, words in ENUM_WORDS.items():
        assert list(words) == list(enum)
        for both in words.values():
            assert both.ru  # type: ignore[attr-defined]
            assert both.en  # type: ignore[attr-defined]
