"""The access matrix: what docs/access.md declares is what everybody gets, of everything that the schema and the routes
have."""

from __future__ import annotations

import copy
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import access_table
import pytest
from access_asking import statements
from access_deeds import DEEDS
from access_routes import ADDRESSES, SOCKETS, addresses, office_addresses
from access_table import (
    MATRICES,
    MUTATIONS,
    OFFICE,
    QUERIES,
    RELATIONS,
    ROLES,
    ROUTES,
    ROWS,
    STANDINGS,
    SUBSCRIPTIONS,
    VALUES,
    AccessTable,
)
from access_walk import (
    DENIALS,
    Walk,
    node_types,
    questions,
    relations,
    walk_mutations,
    walk_office,
    walk_queries,
    walk_relations,
    walk_routes,
    walk_rows,
    walk_subscriptions,
)
from access_world import AccessWorld, access_world
from conftest import Cluster, Template
from graphql import GraphQLObjectType, GraphQLSchema
from starlette.applications import Starlette

import schema
from app.assembly import build
from app.settings import Settings
from resolvers.graph import core_schema
from tests.shown import Show

LAST = (
    "annulEntry",
    "declineEntry",
    "archiveJournal",
    "reportCompromise",
    "requestRevocation",
    "suspendCertificate",
    "revokeCertificate",
)
"""After these others would be refused for what the row has become."""

Members = dict[str, set[str]]


def members(contract: GraphQLSchema, application: Starlette) -> Members:
    """Everything there is, by the title of the table that has to have a row for it."""
    roots = {QUERIES: contract.query_type, SUBSCRIPTIONS: contract.subscription_type, MUTATIONS: contract.mutation_type}
    found = {title: set(root.fields) for title, root in roots.items() if root}
    followed = {(relation.kind, relation.name) for relation in relations(contract)}
    values = set()
    for kind in contract.type_map.values():
        if isinstance(kind, GraphQLObjectType) and kind not in roots.values() and not kind.name.startswith("__"):
            values |= {f"{_generic(kind.name)}.{name}" for name in kind.fields if (kind.name, name) not in followed}
    return {
        **found,
        ROWS: set(node_types(contract)),
        RELATIONS: {f"{kind}.{name}" for kind, name in followed},
        VALUES: values,
        ROUTES: set(addresses(application)) - SOCKETS,
        OFFICE: set(office_addresses(application)),
    }


def _generic(name: str) -> str:
    """Pages and their edges are alike, whatever they are of."""
    return next((f"…{end}" for end in ("Connection", "Edge") if name.endswith(end)), name)


def declared(table: AccessTable) -> Members:
    """Everything that has a row."""
    own, parent, values = (
        {f"{kind}.{name}" for kind, names in each.items() for name in names}
        for each in (table.by_own_policy, table.by_parent, table.values)
    )
    assert not own & parent
    return {title: set(table.matrices[title]) for title in MATRICES} | {RELATIONS: own | parent, VALUES: values}


def differing(there: Members, told: Members) -> list[str]:
    """Members without a row, and rows without a member."""
    return [f"{title}: {name}" for title in there for name in sorted(there[title] ^ told[title])]


def wrong(table: AccessTable, walk: Walk) -> list[str]:
    """The cells that were not walked, or in which something else was seen."""
    found = []
    for title in MATRICES:
        for member, row in table.matrices[title].items():
            for role in ROLES:
                for standing in row.standings:
                    expected, seen = row.expected(role, standing), walk.seen.get((title, member, role, standing))
                    if seen != expected:
                        found.append(f"{title}, {member}, {role}, {standing}: {expected} is declared, {seen} was seen")
    return found


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return core_schema(schema.build())


@pytest.fixture(scope="module")
def there(contract: GraphQLSchema, base_settings: Settings) -> Members:
    return members(contract, build(replace(base_settings, database_url="postgresql://nowhere/none")))


def test_every_member_has_a_row_and_every_row_a_member(there: Members, shown: Show) -> None:
    table = access_table.read()
    told = declared(table)
    assert differing(there, told) == []
    assert set(DEEDS) == there[MUTATIONS]
    assert set(ADDRESSES) == there[ROUTES]
    rows = [[title, str(len(there[title])), "0", str(_cells(table, title))] for title in there]
    whole = [str(sum(len(there[title]) for title in there)), "0", str(sum(_cells(table, title) for title in there))]
    shown("The access matrix", ["table", "members", "without a row", "cells"], [*rows, ["all", *whole]])


def _cells(table: AccessTable, title: str) -> int:
    """Relations have the outcomes of the type at their other end, or of their parent; values of their row."""
    if title == RELATIONS:
        return len(declared(table)[RELATIONS]) * len(ROLES) * len(STANDINGS)
    return 0 if title == VALUES else table.cells(title)


def test_a_new_member_or_a_row_too_many_is_found(there: Members) -> None:
    for title in MATRICES:
        table = access_table.read()
        member, row = table.matrices[title].popitem()
        assert differing(there, declared(table)) == [f"{title}: {member}"]
        table.matrices[title] |= {member: row, "invented": row}
        assert differing(there, declared(table)) == [f"{title}: invented"]
    table = access_table.read()
    table.by_own_policy["Entry"].remove("slots")
    table.by_parent["User"].remove("person")
    table.values["User"].remove("email")
    assert len(differing(there, declared(table))) == 3


@pytest.fixture(scope="module")
async def access(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[AccessWorld]:
    async with access_world(cluster, template, base_settings, f"access_{os.getpid()}") as world:
        yield world


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for path in sorted((folder / "files").rglob("*")):
        told = path.stat()
        yield str(path), told.st_size, told.st_mtime_ns


async def test_everybody_gets_what_is_declared_and_what_is_denied_changes_nothing(
    access: AccessWorld, contract: GraphQLSchema, base_settings: Settings, shown: Show
) -> None:
    table = access_table.read()
    mutations = table.matrices[MUTATIONS]
    asked = await questions(access, [name for name in mutations if name not in LAST] + [*LAST])
    expected = {each.cell: mutations[each.member].expected(each.asked.role, each.asked.standing) for each in asked}
    with statements() as recorder:
        walk = Walk(access, contract, recorder)
        before = await access.database.digests(), list(_files(base_settings.data_folder))
        await walk_subscriptions(walk, table)
        await walk_queries(walk, table)
        await walk_rows(walk)
        own = {(kind, name) for kind, names in table.by_own_policy.items() for name in names}
        met, leaks = await walk_relations(walk, own)
        await walk_routes(walk, table, denied=True)
        await walk_office(walk, table, denied=True)
        await walk_mutations(walk, [each for each in asked if expected[each.cell] in DENIALS], denied=True)
        after = await access.database.digests(), list(_files(base_settings.data_folder))
        denied = len(walk.seen)
        assert {name for name in after[0] if after[0][name] != before[0][name]} == set()
        assert after[1] == before[1]
        await walk_routes(walk, table, denied=False)
        await walk_office(walk, table, denied=False)
        await walk_mutations(walk, [each for each in asked if expected[each.cell] not in DENIALS], denied=False)
    assert await access.database.digests() != after[0]  # what is allowed does
    faults = [*wrong(table, walk), *leaks, *walk.told_apart, *walk.unreached]
    assert not faults, "\n".join(faults)
    assert met > 1000
    rows = [
        ["cells asked", str(len(walk.seen))],
        ["cells with another outcome", "0"],
        ["cells before which and after which all tables and files are the same", str(denied)],
        ["foreign rows and none at all, compared by answers and statements", str(walk.compared)],
        ["told apart", "0"],
        ["rows met along relations", str(met)],
        ["past a border", "0"],
    ]
    shown("The walk through the access matrix", ["", ""], rows)
    _another_outcome_is_found(table, walk)


def _another_outcome_is_found(table: AccessTable, walk: Walk) -> None:
    """A single wrong cell of each table, and one that nobody asked."""
    for title in MATRICES:
        other = copy.deepcopy(table)
        row = next(iter(other.matrices[title].values()))
        row.cells["superadmin"] = ("?", *row.cells["superadmin"][1:])
        assert len(wrong(other, walk)) == 1
        other.matrices[title]["invented"] = row
        assert len(wrong(other, walk)) == 1 + len(row.standings) * len(ROLES)
