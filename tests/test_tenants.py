"""The second wall: what PostgreSQL shows an organisation of another's rows when each condition of ours is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import asyncpg
import pytest
from conftest import Database
from tortoise import Model, connections

import models
from app.runtime import running
from app.settings import Settings
from models.entries import Entry
from models.enums import Language, Role
from models.journals import Journal
from models.objects import ServiceObject
from rules import tenancy
from rules.actor import Actor, Anonymous
from rules.clock import now

PARTIES = {"operator_id", "subscriber_id"}
OWNED = "select count(*) from pg_class where relkind = 'r' and relowner = current_user::regrole"


def tenants() -> Iterator[tuple[str, set[str]]]:
    """Every table with rows of tenants, and the columns that say whose."""
    models.declare()
    for model in Model.__subclasses__():
        parties = PARTIES & set(model._meta.db_fields) if model.__module__ in models.MODULES else set()
        if parties:
            yield model._meta.db_table, parties


async def test_every_row_of_a_tenant_stands_behind_the_wall(database: Database) -> None:
    walled = {
        row["relname"]
        for row in await database.fetch(
            "select relname from pg_class where relrowsecurity and relforcerowsecurity and relkind = 'r'"
            " and (select array_agg(polcmd order by polcmd) from pg_policy where polrelid = pg_class.oid)"
            " = '{a,d,r,w}'::\"char\"[]"
        )
    }
    assert walled == {table for table, _ in tenants()}


async def test_who_serves_cannot_go_round_it(database: Database) -> None:
    connection = await asyncpg.connect(database.web_url)
    try:
        role = await connection.fetchrow("select rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert tuple(role or ()) == (False, False)
        assert await connection.fetchval(OWNED) == 0
        for statement in ("alter table entries disable row level security", "drop policy shown on entries"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        for shown in ("", str(uuid4())):
            await connection.execute("select set_config($1, $2, false)", tenancy.SETTING, shown)
            for table, _ in tenants():
                installation = " where operator_id is not null" if table == "journal_types" else ""
                assert await connection.fetchval(f"select count(*) from {table}{installation}") == 0, (table, shown)
                changed = f"update {table} set id = id{installation}"
                assert await connection.execute(changed) == "UPDATE 0", (table, shown)
    finally:
        await connection.close()


async def test_rules_read_behind_it_too(settings: Settings) -> None:
    """Connections go from one organisation's task to another's, and to the product's own work."""
    async with running(settings):
        everything = await Entry.all().count(), await ServiceObject.all().count()
        assert all(everything)
        sites = await ServiceObject.all()
        organizations: list[UUID | None] = [sites[0].operator_id, sites[0].subscriber_id, uuid4(), None]

        async def counted(organization: UUID | None) -> tuple[int, int]:
            caller = Anonymous(now=now()) if organization is None else actor_of(organization)
            with tenancy.confined(caller):
                return await Entry.all().count(), await ServiceObject.all().count()

        expected = {
            each: (
                len([row for row in await Entry.all() if each in (row.operator_id, row.subscriber_id)]),
                len([row for row in sites if each in (row.operator_id, row.subscriber_id)]),
            )
            for each in organizations
        }
        expected[None] = everything
        assert expected[organizations[2]] == (0, 0)
        order = organizations * 20
        assert await asyncio.gather(*(counted(each) for each in order)) == [expected[each] for each in order]
        assert (await Entry.all().count(), await ServiceObject.all().count()) == everything
        with tenancy.confined(actor_of(uuid4())):
            assert await connections.get("default").execute_query_dict("select id from journals") == []
            assert await Journal.all().update(volume=9) == 0


def actor_of(organization: UUID) -> Actor:
    """Somebody of an organisation."""
    return Actor(
        now=now(),
        user_id=uuid4(),
        organization_id=organization,
        person_id=uuid4(),
        role=Role.OPERATOR_ADMIN,
        language=Language.RU,
        session_id=uuid4(),
    )


def test_who_is_shown_what() -> None:
    admin = actor_of(uuid4())
    assert tenancy.shown_to(admin) == str(admin.organization_id)
    assert tenancy.shown_to(replace(admin, role=Role.SUPERADMIN)) == tenancy.EVERY
    assert tenancy.shown_to(Anonymous(now=now())) == ""
