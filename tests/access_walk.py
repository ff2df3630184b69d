"""The walk through everything that can be asked: what each role is answered about each row, as the symbols of
docs/access.md."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import websockets
from access_asking import DONE, NOT_FOUND, SYMBOLS, Statements, code_of, document, outcome
from access_deeds import DEEDS, Asked, Deed
from access_routes import SENT_AWAY, asked_of_office, asked_over_http
from access_table import MUTATIONS, OFFICE, QUERIES, ROLES, ROUTES, ROWS, STANDINGS, SUBSCRIPTIONS, AccessTable, Row
from access_world import ASSIGNED, FOREIGN, AccessWorld, nobodys
from client import Client
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type

from resolvers.graph import NODES
from rules.identifiers import encode, parse

Cell = tuple[str, str, str, str | None]
"""Matrix, member, role, standing."""
DENIALS = set(SYMBOLS.values())
PAGE = 100
LATEST = ("events",)
"""Connections that are too long for a page: the furnished rows are their last."""
BY_ID = ("object", "journal", "entry")
AT_ONCE = 90


@dataclass
class Walk:
    """What was seen on the way."""

    access: AccessWorld
    schema: GraphQLSchema
    recorder: Statements
    seen: dict[Cell, str] = field(default_factory=dict)
    told_apart: list[str] = field(default_factory=list)
    """Where a foreign row was answered otherwise than none at all."""
    unreached: list[str] = field(default_factory=list)
    """Where somebody who may was told of a row that is not there anything but that."""
    compared: int = 0

    def note(self, title: str, member: str, role: str, standing: str | None, symbol: str) -> None:
        self.seen[title, member, role, standing] = symbol

    def compare(self, what: str, foreign: tuple[Any, list[str]], none: tuple[Any, list[str]]) -> None:
        """Answers and statements for a foreign row, and for none, in which the identifiers have been made alike."""
        self.compared += 1
        if foreign[0] != none[0]:
            self.told_apart.append(f"{what}: answers {foreign[0]} and {none[0]}")
        if foreign[1] != none[1]:
            self.told_apart.append(f"{what}: statements {foreign[1]} and {none[1]}")


# ---------------------------------------------------------------------- mutations


@dataclass
class Question:
    """A mutation to ask."""

    member: str
    deed: Deed
    asked: Asked
    client: Client
    variables: dict[str, Any]

    @property
    def cell(self) -> Cell:
        return MUTATIONS, self.member, self.asked.role, self.asked.standing


async def questions(access: AccessWorld, members: Iterable[str]) -> list[Question]:
    """Every mutation by everybody about every row, with rows of their own where one would spoil another's."""
    found: list[Question] = []
    for member in members:
        deed = DEEDS[member]
        for role in ROLES:
            client = await access.session(role) if deed.alone else access.clients[role]
            for standing in STANDINGS if deed.target else (None,):
                number, id = len(found), ""
                if deed.target and standing:
                    id = access.row(role, deed.target, standing)
                    if deed.spare:
                        key = parse(id, "id")[1]
                        id = encode(deed.target, await deed.spare(access, key, f"Q{number}"))
                asked = Asked(access, role, standing, number, id)
                found.append(Question(member, deed, asked, client, deed.given(asked)))
    return found


async def ask_mutation(walk: Walk, question: Question, *, also_nothing: bool) -> None:
    """Ask it; with `also_nothing` also about a row that is not there, before."""
    mutation = walk.schema.mutation_type
    assert mutation is not None
    await _forget_tries(walk, question.member)
    text = document("mutation", question.member, mutation.fields[question.member])
    id, none = question.asked.id, nobodys(question.asked.id) if question.asked.id else ""
    missing: tuple[Any, list[str]] | None = None
    walk.recorder.taken()
    if also_nothing:
        variables = json.loads(json.dumps(question.variables).replace(id, none))
        answer = await question.client.post(text, variables)
        missing = json.loads(json.dumps(answer).replace(none, id)), walk.recorder.taken()
    answer = await question.client.post(text, question.variables)
    statements = walk.recorder.taken()
    symbol = outcome(answer)
    walk.note(*question.cell, symbol)
    if missing is None:
        return
    what = f"{question.member}, {question.asked.role}"
    if symbol == DONE:
        if outcome(missing[0]) != NOT_FOUND:
            walk.unreached.append(f"{what}: {missing[0]}")
    elif symbol == NOT_FOUND or walk.seen.get((*question.cell[:3], ASSIGNED)) == symbol:
        walk.compare(what, (answer, statements), missing)


async def walk_mutations(walk: Walk, some: Iterable[Question], *, denied: bool) -> None:
    """Ask what is expected to be denied, or what is not; once of three times also about nothing: where a foreign row
    must look like it, and where somebody who may must be told so."""
    for question in some:
        await ask_mutation(walk, question, also_nothing=question.asked.standing == (FOREIGN if denied else ASSIGNED))


# ---------------------------------------------------------------------- reading


def _names(field: GraphQLField) -> set[str]:
    of = get_named_type(field.type)
    return set(of.fields) if isinstance(of, GraphQLObjectType) else set()


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "id" in value:
            yield value["id"]
        for each in value.values():
            yield from _ids(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ids(each)


async def walk_queries(walk: Walk, table: AccessTable) -> None:
    """Every field of Query that is declared to be there."""
    query = walk.schema.query_type
    assert query is not None
    for member, row in table.matrices[QUERIES].items():
        if member not in query.fields:
            continue
        for role in ROLES:
            await _query(walk, member, query.fields[member], row, role)


async def _query(walk: Walk, member: str, field: GraphQLField, row: Row, role: str) -> None:
    client, access = walk.access.clients[role], walk.access
    if row.target is None or not field.args or "first" in field.args or member == "journalTypes":
        page = f"({'last' if member in LATEST else 'first'}: {PAGE})" if "first" in field.args else ""
        given = {"node": f'(id: "{access.row(role, "ReferenceList", FOREIGN)}")', "nodes": "(ids: [])"}.get(
            member, page
        )
        inner = "{ edges { node { id } } }" if "edges" in _names(field) else "{ id }"
        selection = inner if "id" in _names(field) or "edges" in _names(field) else "{ __typename }"
        answer = await client.post(f"{{ {member}{given} {selection} }}")
        code = code_of(answer)
        ids = set(_ids(answer.get("data")))
        for standing in row.standings:
            if code is not None:
                symbol = SYMBOLS[code]
            elif standing is None or row.target is None:
                symbol = NOT_FOUND if answer["data"][member] is None else DONE
            else:
                symbol = DONE if access.row(role, row.target, standing) in ids else NOT_FOUND
            walk.note(QUERIES, member, role, standing, symbol)
        return
    for standing in STANDINGS:
        assert row.target
        if "code" in field.args:
            code_of_row = "select code from signatures where id = $1"
            given = await access.database.text(code_of_row, access.key(role, row.target, standing))
            answers = [(await client.post(f'{{ {member}(code: "{given}") {{ __typename }} }}'), [""])]
        else:
            id = access.row(role, row.target, standing)
            answers = [await _asked(walk, client, member, each, id) for each in (id, nobodys(id))]
            if standing == FOREIGN and answers[0][0].get("data", {}) in ({member: None}, None):
                walk.compare(f"{member}, {role}", answers[0], answers[1])
        code = code_of(answers[0][0])
        empty = code is None and answers[0][0]["data"][member] is None
        walk.note(QUERIES, member, role, standing, SYMBOLS[code] if code else NOT_FOUND if empty else DONE)


async def _asked(walk: Walk, client: Client, member: str, id: str, named: str) -> tuple[Any, list[str]]:
    """The answer to a field about `id`, in which that is called `named`, and the statements that it took."""
    walk.recorder.taken()
    answer = await client.post(f"query ($id: ID!) {{ {member}(id: $id) {{ id }} }}", {"id": id})
    answer.pop("extensions", None)
    return json.loads(json.dumps(answer).replace(id, named)), walk.recorder.taken()


async def walk_rows(walk: Walk) -> None:
    """node(id) of every type that is a Node, nodes(ids) of all of them at once."""
    types = node_types(walk.schema)
    for role in ROLES:
        client = walk.access.clients[role]
        ids = {(name, at): walk.access.row(role, name, at) for name in types for at in STANDINGS}
        visible = await shown(client, ids.values())
        for (name, standing), id in ids.items():
            symbol = visible if isinstance(visible, str) else DONE if id in visible else NOT_FOUND
            walk.note(ROWS, name, role, standing, symbol)
            if standing == FOREIGN and symbol != DONE:
                foreign = await _asked(walk, client, "node", id, id)
                walk.compare(f"node of {name}, {role}", foreign, await _asked(walk, client, "node", nobodys(id), id))


def node_types(schema: GraphQLSchema) -> list[str]:
    """The types that node(id) finds."""
    node = schema.type_map["Node"]
    return sorted(kind.name for kind in schema.get_possible_types(node))  # type: ignore[arg-type]


async def shown(client: Client, ids: Iterable[str]) -> set[str] | str:
    """Those of some rows that the client may see by themselves, or why it is told of none."""
    found, wanted = set(), list(dict.fromkeys(ids))
    for start in range(0, len(wanted), AT_ONCE):
        asked = {"ids": wanted[start : start + AT_ONCE]}
        answer = await client.post("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", asked)
        if code := code_of(answer):
            return SYMBOLS[code]
        found |= {node["id"] for node in answer["data"]["nodes"] if node}
    return found


@dataclass(frozen=True)
class Relation:
    """A field that leads from one row to others."""

    kind: str
    name: str
    selection: str
    identified: bool
    """Whether what is at its other end can be asked for by itself."""


def relations(schema: GraphQLSchema) -> Iterator[Relation]:
    """Every field of every type of rows that leads to rows."""
    for kind in NODES:
        of = schema.type_map[kind]
        assert isinstance(of, GraphQLObjectType)
        for name, leading in of.fields.items():
            below = get_named_type(leading.type)
            if not isinstance(below, GraphQLObjectType):
                continue
            if "edges" in below.fields:
                yield Relation(kind, name, f"{name}(first: 20) {{ edges {{ node {{ id }} }} }}", True)
            elif below.name in NODES:
                identified = "id" in below.fields
                yield Relation(kind, name, f"{name} {{ {'id' if identified else '__typename'} }}", identified)


async def walk_relations(walk: Walk, own: set[tuple[str, str]]) -> tuple[int, list[str]]:
    """From every furnished row along every relation, as everybody: how many rows were met, and which of those that
    must pass their own policy do not."""
    leaks, met = [], 0
    by_type: dict[str, list[Relation]] = {}
    for relation in relations(walk.schema):
        by_type.setdefault(relation.kind, []).append(relation)
    for role in ROLES:
        client, followed = walk.access.clients[role], []
        for kind in sorted(set(by_type) & set(node_types(walk.schema))):
            inner = " ".join(relation.selection for relation in by_type[kind])
            ids = [walk.access.row(role, kind, standing) for standing in STANDINGS]
            answer = await client.post(
                f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {inner} }} }} }}", {"ids": ids}
            )
            if code_of(answer):
                break
            for node in filter(None, answer["data"]["nodes"]):
                for relation in by_type[kind]:
                    below = list(_ids(node[relation.name]))
                    met += len(below)
                    if (kind, relation.name) in own:
                        followed += [(relation, id) for id in below]
        visible = await shown(client, (id for _, id in followed)) if followed else set()
        leaks += [f"{role}: {each.kind}.{each.name} shows {id}" for each, id in followed if id not in visible]
    return met, leaks


# ---------------------------------------------------------------------- subscriptions

SUBSCRIBED = {
    "events": "subscription ($after: String) { events(after: $after) { id } }",
    "signatureEvents": "subscription ($after: String) { signatureEvents(after: $after) { signature { id } } }",
    "inbox": "subscription ($after: String) { inbox(after: $after) { id } }",
}


async def walk_subscriptions(walk: Walk, table: AccessTable) -> None:
    """Follow everything from before the furnishing: foreign rows come first, then those of the place that is not the
    caller's, then those of the caller's own, which everybody hears of."""
    rows = [row for member, row in table.matrices[SUBSCRIPTIONS].items() if member in SUBSCRIBED and row.target]
    async with asyncio.TaskGroup() as group:
        for row in rows:
            for role in ROLES:
                group.create_task(_subscription(walk, row, role))


async def _subscription(walk: Walk, row: Row, role: str) -> None:
    assert row.target
    heard = await _heard(walk.access.clients[role], SUBSCRIBED[row.member], walk.access, role, row.target)
    for standing in STANDINGS:
        id = walk.access.row(role, row.target, standing)
        symbol = heard if isinstance(heard, str) else DONE if id in heard else NOT_FOUND
        walk.note(SUBSCRIPTIONS, row.member, role, standing, symbol)


async def _heard(client: Client, query: str, access: AccessWorld, role: str, target: str) -> set[str] | str:
    last, ids = access.row(role, target, STANDINGS[0]), set()
    try:
        after = access.beginning if target == "Notification" else access.before
        async with client.subscribed(query, after=after) as stream:
            while last not in ids:
                message = await stream.message()
                if message["type"] == "error":
                    return SYMBOLS[message["payload"][0]["extensions"]["code"]]
                payload = message["payload"]
                if payload.get("errors"):
                    return SYMBOLS[payload["errors"][0]["extensions"]["code"]]
                ids |= set(_ids(payload["data"]))
    except websockets.ConnectionClosedError as closed:
        return str(closed.rcvd and closed.rcvd.code)
    return ids


# ---------------------------------------------------------------------- addresses

DELAYED = ("requestPasswordReset", "POST /account/reset", "POST /login")
"""What whoever asks it too often has to wait for."""


async def _forget_tries(walk: Walk, member: str) -> None:
    if member in DELAYED:
        await walk.access.database.connection.execute("delete from failed_tries")


async def walk_routes(walk: Walk, table: AccessTable, *, denied: bool) -> None:
    """Every address of the application."""
    for member, row in table.matrices[ROUTES].items():
        for role in ROLES:
            for standing in row.standings:
                expected = row.expected(role, standing)
                if (int(expected) >= 400) is denied:
                    await _route(walk, member, row, role, standing)


async def _route(walk: Walk, member: str, row: Row, role: str, standing: str | None) -> None:
    client = walk.access.clients[role]
    id = walk.access.row(role, row.target, standing) if row.target and standing else ""
    await _forget_tries(walk, member)
    sent = await asked_over_http(walk.access, member, role, id)
    walk.recorder.taken()
    answer = await client.http.send(sent(client, id))
    statements = walk.recorder.taken()
    walk.note(ROUTES, member, role, standing, str(answer.status_code))
    if standing == FOREIGN and answer.status_code >= 400 and len(row.target or "") > 0:
        none = await client.http.send(sent(client, nobodys(id)))
        walk.compare(
            f"{member}, {role}",
            ((answer.status_code, answer.text.replace(id, "…")), statements),
            ((none.status_code, none.text.replace(nobodys(id), "…")), walk.recorder.taken()),
        )


async def walk_office(walk: Walk, table: AccessTable, *, denied: bool) -> None:
    """Every page and every form of the back office."""
    for member, row in table.matrices[OFFICE].items():
        for role in ROLES:
            if (row.expected(role, None) == SENT_AWAY) is denied:
                await _forget_tries(walk, member)
                walk.note(OFFICE, member, role, None, await asked_of_office(walk.access, member, role))
