"""Law 11 on the compiled path: nothing of one caller in another's answer, and every relation from both sides of every
border."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any
from uuid import UUID

import access_table
import pytest
from conftest import Cluster, Template
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type
from readers import Readers, readers_of
from rich_world import (
    CONFINED,
    FOREIGN_ADMIN,
    FOREIGN_EMPLOYEE,
    FORMER,
    FUTURE,
    NEIGHBOUR,
    UNASSIGNED,
)
from tortoise import Model

from app import demo
from app.settings import Settings
from models.entries import Entry, Revision, Slot
from models.journals import ClosingRecord, Journal
from models.objects import Assignment, ServiceObject
from models.organizations import Contract
from models.signatures import Signature
from models.users import User
from resolvers.graph import NODES
from resolvers.graph.compilation import MOST_PARTS
from resolvers.graph.internals import core_schema
from rules import access
from rules.identifiers import encode, parse
from tests.shown import Show
from tests.test_tenants import PARTIES, tenants

SHOWN_BY_ITS_PARENT = access_table.read().shown_by_its_parent
"""Everything else must pass the policy of the row itself: a new relation that does not is decided on in
docs/access.md."""

WITHOUT_ID = {"Person", "AssignmentType"}
"""Types whose rows are only ever met on the way."""

ROLES_IN_TURN = [
    (demo.OPERATOR_EMPLOYEE, FOREIGN_EMPLOYEE, CONFINED, FUTURE, demo.NEWCOMER),
    (demo.OPERATOR_ADMIN, FOREIGN_ADMIN),
    (demo.SUBSCRIBER_ADMIN, NEIGHBOUR),
    (demo.SUBSCRIBER_EMPLOYEE, FORMER, UNASSIGNED),
]
"""Callers of one role, who are served by the same plans."""

EVERYTHING = """
query ($ids: [ID!]!) {
  viewer { id certificates { id } }
  nodes(ids: $ids) { id ... on Entry { number signatures { id } } ... on Journal { object { name } } }
  objects(first: 20) { totalCount edges { cursor node { id name assignments { id person { name } }
    journals { id entries(first: 50) { totalCount edges { node { id canSign canRevise
      revisions { id changes { field } } slots { id signature { id } } } } } } } } }
  awaitingMySignature(first: 100) { totalCount edges { node { id entry { id } } } }
  organizations(first: 100) { totalCount edges { node { id name } } }
  certificates(first: 100) { totalCount edges { node { id pem } } }
  certificateRequests(first: 100) { totalCount edges { node { id requester { id email } } } }
  events(first: 100) { totalCount edges { node { id object { id } entry { id } signature { id } } } }
  notifications(first: 100) { totalCount edges { node { id event { id entry { id } } } } }
}
"""


@pytest.fixture(scope="module")
async def readers(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[Readers]:
    async with readers_of(cluster, template, base_settings, f"leaks_{os.getpid()}") as both:
        yield both


def ids_of(readers: Readers, *models: type[Model]) -> list[str]:
    """The public identifiers of every row of some tables."""
    snapshot = readers.pool.snapshot
    return [encode(name, row.id) for name, model in NODES.items() if model in models for row in snapshot.all(model)]


def ids_in(answer: Any) -> Iterator[str]:
    """Every identifier in an answer."""
    if isinstance(answer, dict):
        yield from (value for key, value in answer.items() if key == "id")
        for value in answer.values():
            yield from ids_in(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from ids_in(value)


# ---------------------------------------------------------------------- one plan, many callers


@pytest.mark.parametrize("callers", ROLES_IN_TURN, ids=lambda callers: callers[0])
async def test_callers_in_turn_and_at_once_get_their_own(readers: Readers, callers: Sequence[str]) -> None:
    ids = ids_of(readers, Entry, Journal)[:100]
    expected = {who: await readers.ordinary(EVERYTHING, {"ids": ids}, who) for who in callers}
    assert len({str(answer) for answer in expected.values()}) == len(callers)
    for ask in (readers.compiled, readers.posted):
        for who in [*callers, *reversed(callers)]:
            answer = await ask(EVERYTHING, {"ids": ids}, who)
            assert not answer.get("errors")
            assert answer["data"] == expected[who]["data"], who
        at_once = [who for who in callers for _ in range(3)]
        answers = await asyncio.gather(*(ask(EVERYTHING, {"ids": ids}, who) for who in at_once))
        for who, answer in zip(at_once, answers, strict=True):
            assert answer["data"] == expected[who]["data"], who


async def test_two_companies_have_no_row_in_common(readers: Readers) -> None:
    ids = ids_of(readers, Entry, Journal)[:100]
    ours = set(ids_in((await readers.compiled(EVERYTHING, {"ids": ids}, demo.OPERATOR_ADMIN))["data"]))
    theirs = set(ids_in((await readers.compiled(EVERYTHING, {"ids": ids}, FOREIGN_ADMIN))["data"]))
    assert len(ours) > 100
    assert len(theirs) > 10
    assert not ours & theirs


# ---------------------------------------------------------------------- nothing assigned, nothing seen

BY_EVERY_ROOT = """
query ($id: ID!) { node(id: $id) { id } object(id: $id) { id } journal(id: $id) { id } entry(id: $id) { id } }
"""
OF_AN_OBJECT = (ServiceObject, Assignment, Journal, ClosingRecord, Entry, Revision, Slot, Signature, Contract)


@pytest.mark.parametrize("who", [UNASSIGNED, FUTURE, demo.NEWCOMER])
async def test_whoever_is_assigned_to_nothing_sees_nothing_of_any_object(readers: Readers, who: str) -> None:
    ids = ids_of(readers, *OF_AN_OBJECT)
    assert len(ids) > 100
    for start in range(0, len(ids), 100):
        answer = await readers.posted(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids[start : start + 100]}, who
        )
        assert set(answer["data"]["nodes"]) == {None}
    for id in ids:
        answer = await readers.compiled(BY_EVERY_ROOT, {"id": id}, who)
        assert answer == {"data": {"node": None, "object": None, "journal": None, "entry": None}, "errors": []}
    whole = (await readers.compiled(EVERYTHING, {"ids": []}, who))["data"]
    assert whole["objects"] == whole["awaitingMySignature"] == {"totalCount": 0, "edges": []}
    tenants = {NODES_BY_MODEL[model] for model in OF_AN_OBJECT}
    assert not [id for id in ids_in(whole) if parse(id, "id")[0] in tenants]


NODES_BY_MODEL = {model: name for name, model in NODES.items()}


async def test_a_former_signer_keeps_the_signature_and_what_was_signed(readers: Readers) -> None:
    snapshot = readers.pool.snapshot
    former = next(user.id for user in snapshot.all(User) if user.email == FORMER)
    own = {row.id for row in snapshot.all(Signature) if row.user_id == former}
    assert len(own) == 3
    ids = ids_of(readers, *OF_AN_OBJECT)
    seen = []
    for start in range(0, len(ids), 100):
        answer = await readers.compiled(
            """query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Signature { entry { id }
                 revision { id number changes { before } entry { id } slots { id } signatures { id } } } } }""",
            {"ids": ids[start : start + 100]},
            FORMER,
        )
        seen += [node for node in answer["data"]["nodes"] if node]
    assert {parse(node["id"], "id") for node in seen} == {("Signature", key) for key in own}
    assert {node["revision"]["number"] for node in seen} == {1, 2}
    for node in seen:
        assert node["entry"] is None
        assert node["revision"]["entry"] is None
        assert node["revision"]["slots"] == []
        assert node["revision"]["changes"] == []  # what was before them they did not sign
        assert {signature["id"] for signature in node["revision"]["signatures"]} == {node["id"]}


# ---------------------------------------------------------------------- every relation, from both sides


PAGE = 5
AT_ONCE = 50


def relations(schema: GraphQLSchema, kind: GraphQLObjectType, depth: int) -> str:
    """A selection of every relation of a type, and of theirs."""
    parts = ["__typename", *(["id"] if "id" in kind.fields else [])]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if depth and isinstance(below, GraphQLObjectType):
            if below.name in NODES:
                parts.append(f"{name} {{ {relations(schema, below, depth - 1)} }}")
            elif "edges" in below.fields:
                row = get_named_type(get_named_type(below.fields["edges"].type).fields["node"].type)
                assert isinstance(row, GraphQLObjectType)
                inner = relations(schema, row, depth - 1)
                parts.append(f"{name}(first: {PAGE}) {{ totalCount edges {{ node {{ {inner} }} }} }}")
    return " ".join(parts)


def walked(node: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(type, relation, row) of every row below a row."""
    for name, value in node.items():
        rows = value if isinstance(value, list) else [value]
        if isinstance(value, dict) and "edges" in value:
            rows = [edge["node"] for edge in value["edges"]]
            assert value["totalCount"] == len(rows) or len(rows) == PAGE
        for row in rows:
            if isinstance(row, dict):
                yield node["__typename"], name, row
                yield from walked(row)


@pytest.mark.parametrize("type_name", sorted(set(NODES) - WITHOUT_ID))
async def test_no_relation_leads_past_a_border(readers: Readers, type_name: str) -> None:
    """Every row of every table, as everybody: what comes back may be seen by itself, or its parent shows it."""
    core = core_schema(readers.product)
    kind = core.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    below = relations(core, kind, 3)
    if below.count("{") > MOST_PARTS / 2:
        below = relations(core, kind, 2)
    document = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {type_name} {{ {below} }} }} }}"
    ids = ids_of(readers, NODES[type_name])
    assert ids
    for who, view in readers.views.items():
        if who in ("ru", "en"):
            continue
        for start in range(0, len(ids), AT_ONCE):
            page = ids[start : start + AT_ONCE]
            answer = await readers.compiled(document, {"ids": page}, who)
            assert not answer["errors"]
            for id, node in zip(page, answer["data"]["nodes"], strict=True):
                key = parse(id, "id")[1]
                assert (node is not None) == (key in view.visible[NODES[type_name]]), (who, id)
                for parent, relation, row in walked(node or {}):
                    if (parent, relation) in SHOWN_BY_ITS_PARENT:
                        continue
                    below, key = parse(row["id"], "id")
                    assert key in view.visible[NODES[below]], (who, id, parent, relation, row)


async def test_visitors_reach_no_row(readers: Readers) -> None:
    ids = ids_of(readers, *NODES.values())
    for start in range(0, len(ids), 100):
        answer = await readers.posted(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids[start : start + 100]}, "en"
        )
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_what_stands_under_an_entry_has_its_object_and_type(readers: Readers) -> None:
    """The premise of every inherited policy."""
    rows = readers.pool.snapshot.rows
    same = ("object_id", "type_id", "operator_id", "subscriber_id")
    pairs: list[tuple[Any, Any]] = [(row, rows[Journal][row.journal_id]) for row in rows[Entry].values()]
    pairs += [(row, rows[Entry][row.entry_id]) for model in (Revision, Slot, Signature) for row in rows[model].values()]
    assert len(pairs) > 50
    for row, parent in pairs:
        assert [getattr(row, name) for name in same] == [getattr(parent, name) for name in same]
    for row in rows[Journal].values():
        site = rows[ServiceObject][row.object_id]
        assert (row.operator_id, row.subscriber_id) == (site.operator_id, site.subscriber_id)
        former = rows[Journal].get(row.previous_id)
        assert former is None or (former.object_id, former.type_id) == (row.object_id, row.type_id)


# ---------------------------------------------------------------------- the second wall

BEHIND_THE_WALL = (demo.OPERATOR_ADMIN, demo.OPERATOR_EMPLOYEE, demo.SUBSCRIBER_ADMIN, NEIGHBOUR, FOREIGN_ADMIN)
WITHOUT_FILTERS = """
query %s ($ids: [ID!]!) {
  nodes(ids: $ids) { id }
  objects(first: 40) { totalCount edges { node { id contract { id } journals { id closing { id }
    entries(first: 20) { edges { node { id slots { id } signatures { id } comments(first: 5) { edges { node { id } } }
      revisions { id attachments { id } } } } } } assignments { id } } } }
  events(first: 100) { edges { node { id object { id } entry { id } } } }
  journalTypes { id }
}
"""


async def seen_past_the_filters(readers: Readers, name: str, who: str) -> set[tuple[str, UUID]]:
    """What `who` is shown of everybody's rows."""
    document, ids, found = WITHOUT_FILTERS % name, ids_of(readers, *NODES.values()), set()
    for start in range(0, len(ids), 100):
        answer = await readers.compiled(document, {"ids": ids[start : start + 100]}, who)
        assert not answer["errors"], answer["errors"]
        found |= {parse(id, "id") for id in ids_in(answer["data"])}
    return found


def of_others(readers: Readers, who: str, seen: set[tuple[str, UUID]]) -> list[tuple[str, UUID]]:
    """Those of `seen` that are no row of the organisation of `who`, nor the deed of one of its people."""
    own, snapshot = readers.world.actors[who].organization_id, readers.pool.snapshot
    people = {user.id for user in snapshot.all(User) if user.organization_id == own}
    found = []
    for kind, key in seen:
        row = snapshot.rows[NODES[kind]][key]
        parties = {getattr(row, name) for name in PARTIES & set(NODES[kind]._meta.db_fields)}
        if parties and own not in parties and getattr(row, "actor_user_id", None) not in people:
            found.append((kind, key))
    return found


async def test_without_any_condition_nobody_sees_another_organisation(
    readers: Readers, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, shown: Show
) -> None:
    """Every policy of `rules.access` is taken away; the wall stands alone. Then it is opened."""
    monkeypatch.setattr(access, "POLICIES", dict.fromkeys(access.POLICIES, lambda actor, t, parameters: "true"))
    rows, of_the_installation = [], {"JournalType"}
    for who in BEHIND_THE_WALL:
        seen = await seen_past_the_filters(readers, "Walled", who)
        strangers = [each for each in of_others(readers, who, seen) if each[0] not in of_the_installation]
        assert strangers == [], who
        rows.append([who, len([each for each in seen if PARTIES & set(NODES[each[0]]._meta.db_fields)]), 0])
    tables = [table for table, _ in tenants()]
    await readers.world.write(*(f"alter table {table} disable row level security" for table in tables))
    try:
        for row, who in zip(rows, BEHIND_THE_WALL, strict=True):
            row[2] = len(of_others(readers, who, await seen_past_the_filters(readers, "Open", who)))
            assert row[2] > 50, who
    finally:
        await readers.world.write(*(f"alter table {table} enable row level security" for table in tables))
    heads = ["without any condition", "rows of tenants shown", "of others, the wall taken away"]
    shown("The second wall", heads, [[str(cell) for cell in row] for row in rows])
