"""One served installation with a second company, for all tests of a file: each brings people of its own into it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from client import Client
from conftest import Cluster, Database, Template
from object_deeds import installation
from world import OtherCompany, People, other_company

from app.settings import Settings

TRACES = """
select (select string_agg(u::text, ',' order by u.id) from users u), (select count(*) from people),
       (select count(*) from events), (select count(*) from notifications), (select count(*) from drafts),
       (select string_agg(s.id::text || coalesce(s.ended_at::text, ''), ',' order by s.id) from sessions s),
       (select string_agg(a::text, ',' order by a.id) from assignments a),
       (select string_agg(c.id::text || c.status, ',' order by c.id) from certificates c),
       (select count(*) from procrastinate.procrastinate_jobs)
"""


@pytest.fixture(scope="module")
async def shared(
    cluster: Cluster, template: Template, base_settings: Settings
) -> AsyncIterator[tuple[Client, People, OtherCompany, Database]]:
    """One world for all tests here: each brings people of its own into it."""
    async with installation(cluster, template, base_settings) as (client, database):
        people = await People.of(client)
        yield client, people, await other_company(people, client), database


@pytest.fixture
def client(shared: tuple[Client, People, OtherCompany, Database]) -> Client:
    return shared[0]


@pytest.fixture
def people(shared: tuple[Client, People, OtherCompany, Database]) -> People:
    return shared[1]


@pytest.fixture
def other(shared: tuple[Client, People, OtherCompany, Database]) -> OtherCompany:
    return shared[2]


@pytest.fixture
def kept(shared: tuple[Client, People, OtherCompany, Database]) -> Database:
    return shared[3]


async def traces(kept: Database) -> tuple[object, ...]:
    """What a refused deed must leave as it was."""
    return tuple((await kept.fetch(TRACES))[0])
