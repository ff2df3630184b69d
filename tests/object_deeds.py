"""What the tests of objects say often: deeds on objects and passports in GraphQL, a second operator for the demo's
customer, and what a refused deed must leave as it was."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import uvicorn
from client import Client
from conftest import Cluster, Database, Server, Template
from world import CREATE_CONTRACT, CREATE_OBJECT, PROBLEM, OtherCompany, People, other_company, warehouse

from app.assembly import build
from app.settings import Settings


def deed(name: str, made: str, fields: str) -> str:
    """The document of a mutation that takes an input and makes or changes a `made`."""
    taken = f"{name[0].upper()}{name[1:]}Input"
    return (
        f"mutation ($input: {taken}!) {{"
        f" {name}(input: $input) {{ __typename ... on {made} {{ {fields} }} {PROBLEM} }} }}"
    )


SITE = "id name address externalId closedAt closeReason contract { id number } systems(installed: true) { id name }"
UPDATE_OBJECT = deed("updateObject", "ServiceObject", SITE + " timeZone contacts { name phone email }")
CLOSE_OBJECT = deed("closeObject", "ServiceObject", SITE)
REOPEN_OBJECT = deed("reopenObject", "ServiceObject", SITE)
MOVE_OBJECT = deed("moveObject", "ServiceObject", SITE)
MERGE_OBJECTS = deed("mergeObjects", "ServiceObject", SITE)
PASSPORT = "id kind name model serial place commissionedOn removedAt"
ADD_SYSTEM = deed("addSystem", "System", PASSPORT)
UPDATE_SYSTEM = deed("updateSystem", "System", PASSPORT)
TYPE = (
    "id kind: code name draft version { number columns recordWithinHours retentionYears }"
    " derivedFrom { id } operator { id }"
)
CREATE_TYPE = deed("createJournalType", "JournalType", TYPE)
DERIVE_TYPE = deed("deriveJournalType", "JournalType", TYPE)
REVISE_TYPE = deed("reviseJournalType", "JournalType", TYPE)
PUBLISH_TYPE = deed("publishJournalType", "JournalType", TYPE)
SAVE_LIST = deed("saveReferenceList", "ReferenceList", "id name items")
REMOVE_SYSTEM = deed("removeSystem", "System", PASSPORT)
HISTORY = "query ($id: ID!) { object(id: $id) { events(last: 50) { edges { node { kind changes } } } } }"
NODE = "query ($id: ID!) { node(id: $id) { id } }"
TRACES = """
select (select count(*) from events), (select count(*) from notifications), (select count(*) from object_successions),
       (select string_agg(o::text, ',' order by o.id) from objects o),
       (select string_agg(s::text, ',' order by s.id) from systems s),
       (select string_agg(a::text, ',' order by a.id) from assignments a),
       (select string_agg(b::text, ',' order by b.id) from absences b),
       (select string_agg(j.id::text || j.status, ',' order by j.id) from journals j),
       (select string_agg(u.id::text || u.active, ',' order by u.id) from users u),
       (select count(*) from journal_types), (select count(*) from journal_type_versions),
       (select string_agg(l::text, ',' order by l.id) from reference_lists l)
"""


async def traces(database: Database) -> tuple[object, ...]:
    """What a refused deed must leave as it was."""
    return tuple((await database.fetch(TRACES))[0])


@asynccontextmanager
async def installation(
    cluster: Cluster, template: Template, base_settings: Settings
) -> AsyncIterator[tuple[Client, Database]]:
    """The product above a clone of the demo, for as long as the body runs: for tests that share a world."""
    name = f"shared_{uuid.uuid4().hex[:12]}"
    await cluster.execute(f'create database "{name}" template "{template.name}" owner "{cluster.owner}"')
    database = Database(name, cluster.at(cluster.web_url, name), cluster.at(cluster.owner_url, name))
    configuration = uvicorn.Config(
        build(replace(base_settings, database_url=database.web_url)),
        lifespan="on",
        log_config=None,
        ws="websockets-sansio",
        timeout_graceful_shutdown=2,
    )
    async with (
        Server(configuration).running() as address,
        Client(address, sessions=dict(template.tokens)) as client,
    ):
        yield client, database
    await cluster.drop(name)


@dataclass
class Rivals:
    """The demo's people, and a second operator who serves the same subscriber by a contract of its own."""

    people: People
    other: OtherCompany
    contracts: dict[bool, str]
    """The second operator's contracts with the demo's subscriber, by whether they share history."""


async def rivals(client: Client) -> Rivals:
    """The second operator's contracts are made by the owner."""
    people = await People.of(client)
    other = await other_company(people, client)
    operator = (await other.admin.ask("query ($id: ID!) { object(id: $id) { operator { id } } }", id=other.object_id))[
        "object"
    ]["operator"]["id"]
    subscriber = (await warehouse(people.operator_admin))["subscriber"]["id"]
    contracts = {}
    for shares in (False, True):
        given = {
            "operatorId": operator,
            "subscriberId": subscriber,
            "number": f"Новый-{shares:d}",
            "startsOn": "2026-01-01",
            "sharesHistory": shares,
        }
        contracts[shares] = (await people.owner.do(CREATE_CONTRACT, input=given))["id"]
    return Rivals(people, other, contracts)


async def contract_of(client: Client) -> str:
    """The demo's contract."""
    contract: str = (await warehouse(client))["contract"]["id"]
    return contract


async def site(client: Client, contract_id: str, name: str, **given: Any) -> str:
    """A new object of a contract."""
    wanted = {"contractId": contract_id, "name": name, "address": "г. Тверь", "timeZone": "Europe/Moscow", **given}
    made: str = (await client.do(CREATE_OBJECT, input=wanted))["id"]
    return made


async def history(client: Client, object_id: str) -> list[tuple[str, Any]]:
    """Kinds and changes of what the client sees that happened to an object, oldest first; nothing if it sees none."""
    found = (await client.ask(HISTORY, id=object_id))["object"]
    return [
        (edge["node"]["kind"], edge["node"]["changes"])
        for edge in (found or {"events": {"edges": []}})["events"]["edges"]
    ]


async def seen(client: Client, *ids: str) -> list[bool]:
    """Which of the rows exist for the client."""
    found = (await client.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=list(ids)))["nodes"]
    return [each is not None for each in found]
