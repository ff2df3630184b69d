"""Compiled = ordinary: random operations of random callers get from one statement what plain resolvers would say."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from random import Random
from typing import Any

import operations
import pytest
from conftest import Cluster, Template
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLObjectType,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    visit,
)
from readers import Readers, difference, readers_of, values_in
from rich_world import FORMER
from shrinking import shrunk

from app import demo
from app.settings import Settings
from resolvers.graph.internals import core_schema

OPERATIONS = int(os.environ.get("OPERATIONS", "400"))
"""How many executions are compared; two of each document."""
SEED = os.environ.get("SEED", "1")
OVER_HTTP = 10
"""Every how many-th is asked over a real socket too."""
MOST_FAILURES = int(os.environ.get("FAILURES", "3"))


LIKELY = {demo.OWNER: 4, demo.OPERATOR_ADMIN: 4, demo.OPERATOR_EMPLOYEE: 4, demo.SUBSCRIBER_ADMIN: 2, FORMER: 2}
"""Callers who see much are asked as more often."""


@pytest.fixture(scope="module")
async def readers(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[Readers]:
    async with readers_of(cluster, template, base_settings, f"compiled_{os.getpid()}") as both:
        yield both


@dataclass
class Case:
    """One execution of one drawn operation."""

    seed: str
    document: str
    variables: dict[str, Any]
    who: str
    refusals: operations.Refusals
    over_http: bool

    async def fault(self, readers: Readers, document: str | None = None) -> tuple[str | None, int]:
        """What the product says differently from the oracle, if anything, and how many values the oracle tells."""
        document = document or self.document
        ask = readers.posted if self.over_http else readers.compiled
        answer = await ask(document, self.variables, self.who)
        expected = await readers.ordinary(document, self.variables, self.who)
        return difference(answer, expected, self.refusals), values_in(expected["data"])

    async def report(self, readers: Readers, fault: str) -> str:
        """Everything that is needed to look at it, in a document made small."""

        async def fails(document: str) -> bool:
            return (await self.fault(readers, document))[0] is not None

        small = await shrunk(core_schema(readers.product), self.document, fails)
        ask = readers.posted if self.over_http else readers.compiled
        compiled = await ask(small, self.variables, self.who)
        expected = await readers.ordinary(small, self.variables, self.who)
        return "\n".join(
            [
                f"{fault} (seed {self.seed}, {self.who}{', over HTTP' if self.over_http else ''})",
                small,
                f"variables: {json.dumps(self.variables, ensure_ascii=False)}",
                f"compiled: {json.dumps(compiled, ensure_ascii=False)[:3000]}",
                f"ordinary: {json.dumps(expected, ensure_ascii=False)[:3000]}",
            ]
        )


def cases(readers: Readers) -> list[Case]:
    """The drawn operations, each with two sets of variables, by one caller or by two, so that plans are shared."""
    core, drawn = core_schema(readers.product), []
    callers = [who for who in readers.callers for _ in range(LIKELY.get(who, 1))]
    for number in range(OPERATIONS // 2):
        operation = operations.drawn(core, readers.pool, f"{SEED}.{number}")
        random = Random(f"{SEED}.{number}.variables")
        who = random.choice(callers)
        for again in range(2):
            if random.random() < 0.4:
                who = random.choice(callers)
            variables = operation.variables(random)
            over_http = (2 * number + again) % OVER_HTTP == 0 and "checkedAt" not in operation.document
            drawn.append(
                Case(f"{SEED}.{number}.{again}", operation.document, variables, who, operation.refusals, over_http)
            )
    return drawn


async def test_random_operations_are_answered_as_plain_resolvers_would(readers: Readers) -> None:
    failures, told = [], 0
    for case in cases(readers):
        fault, values = await case.fault(readers)
        told += values > 3
        if fault:
            failures.append(await case.report(readers, fault))
        if len(failures) >= MOST_FAILURES:
            break
    assert not failures, "\n\n".join(failures)
    assert told > OPERATIONS / 3, "answers should say something"


def test_every_field_and_argument_of_the_schema_is_drawn(readers: Readers) -> None:
    """Whatever is added to the schema is compared too."""
    core = core_schema(readers.product)
    drawn: set[str] = set()
    types = TypeInfo(core)

    class Seen(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            if (parent := types.get_parent_type()) is not None:
                drawn.add(f"{parent.name}.{node.name.value}")

        def enter_argument(self, node: ArgumentNode, *_: object) -> None:
            if (field := types.get_field_def()) is not None and node.name.value in field.args:
                drawn.add(f"({node.name.value})")

        def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
            drawn.add(f"{types.get_parent_input_type()}.{node.name.value}")

    for number in range(600):
        document = parse(operations.drawn(core, readers.pool, f"fields.{number}").document)
        visit(document, TypeInfoVisitor(types, Seen()))
    assert core.query_type is not None
    left_out = set()
    for kind in reachable(core.query_type):
        for name, field in kind.fields.items():
            wanted = {f"{kind.name}.{name}", *(f"({argument})" for argument in field.args)}
            left_out |= wanted - drawn
    assert not left_out


def reachable(kind: GraphQLObjectType) -> set[GraphQLObjectType]:
    """The object types that can be come to from one."""
    found, waiting = {kind}, [kind]
    while waiting:
        for field in waiting.pop().fields.values():
            below = get_named_type(field.type)
            if isinstance(below, GraphQLObjectType) and below not in found:
                found.add(below)
                waiting.append(below)
    return found
