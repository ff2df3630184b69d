"""Compiled statements, kept for the documents that are asked again and again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from cachetools import LRUCache
from graphql import GraphQLField
from graphql.language import Node

from resolvers.graph import database, holes
from resolvers.graph.bindings import Getter, Request
from resolvers.graph.compilation import MOST_PARTS, MOST_ROWS, Compilation, too_complex, too_many_rows
from resolvers.graph.declarations import Declaration, Row
from resolvers.graph.internals import FieldDetailsList
from resolvers.graph.roots import Root
from resolvers.graph.selections import Operation, below, shape, variables_in
from rules import tenancy
from rules.actor import Actor, Caller
from rules.refusals import Code, Refusal

SELECTIONS_KEPT = 1000
PLANS_KEPT = 32
"""Plans of one selection: for roles, languages and shapes of its variables."""
LARGEST_ANSWER = 16 * 1024 * 1024
"""Octets of one operation's answer."""


def too_large() -> Refusal:
    """The refusal of an answer that would not fit."""
    return Refusal(Code.INVALID, "answer_too_many_octets", details={"most": LARGEST_ANSWER})


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement and what its parameters are taken from."""

    statement: str
    getters: Sequence[Getter]
    checks: Sequence[Getter]
    holes: Sequence[holes.Hole]
    rows: int
    """How many rows the answer is reckoned with."""
    parts: int
    """How many relations and expressions the statement has."""
    personal: bool
    """Whether the answer depends on who the caller is, beyond role, language and organisation."""

    @classmethod
    def of(cls, compilation: Compilation, answer: str, condition: str | None = None) -> Plan:
        """The plan of the scalar subquery `answer`, read only if `condition` holds."""
        parameters = compilation.parameters
        shown = parameters.bind_getter(lambda request: tenancy.shown_to(request.caller), "text")
        # Every row security policy asks who reads. It is said in the same round trip, and before the rest is looked at,
        # which depends on the row that saying it gives.
        say = f"select set_config('{tenancy.SETTING}', {shown}, true) as shown offset 0"
        where = f"s.shown is not null and ({condition})" if condition else "s.shown is not null"
        statement = (
            f"select case when pg_column_size(x.answer) <= {LARGEST_ANSWER} then x.answer end, pg_column_size(x.answer)"
            f" from ({say}) s cross join lateral (select {answer} as answer where {where} offset 0) x"
        )
        return cls(
            statement,
            tuple(parameters.getters),
            tuple(compilation.checks),
            tuple(compilation.holes),
            compilation.rows,
            compilation.parts,
            parameters.personal,
        )

    def values(self, request: Request) -> list[Any]:
        """The parameters of one execution. Raises INVALID for a variable that stands for nothing."""
        for check in self.checks:
            check(request)
        return [get(request) for get in self.getters]

    async def read(self, request: Request, values: list[Any]) -> bytes | None:
        """The answer as JSON text, or None for null. Raises INVALID if it is too large or takes too long, and
        NotRead if the condition does not hold."""
        try:
            record = await database.fetch(self.statement, values, request.caller)
        except asyncpg.QueryCanceledError as error:
            raise Refusal(Code.INVALID, "answer_too_slow") from error
        if record is None:
            raise NotRead
        answer: bytes | None = record[0]
        if answer is None and record[1] is not None:
            raise too_large()
        return holes.filled(answer, self.holes, request.caller) if answer and self.holes else answer


@dataclass(slots=True)
class Spent:
    """What the plans of one operation have used up of its bounds, however many statements it takes."""

    rows: int = 0
    octets: int = 0
    plans: dict[int, Plan] = field(default_factory=dict)
    """What was planned, by identity: planning is what parts cost, and the rows of a list have one plan."""

    @property
    def parts(self) -> int:
        """How many relations and expressions were planned."""
        return sum(plan.parts for plan in self.plans.values())

    def begin(self, plan: Plan) -> None:
        """Before a statement is run. Raises INVALID beyond `MOST_ROWS` or `MOST_PARTS`."""
        self.rows += plan.rows
        self.plans[id(plan)] = plan
        if self.rows > MOST_ROWS:
            raise too_many_rows()
        if self.parts > MOST_PARTS:
            raise too_complex()

    def end(self, text: bytes | None) -> None:
        """After it has answered. Raises INVALID beyond `LARGEST_ANSWER`."""
        self.octets += len(text or b"")
        if self.octets > LARGEST_ANSWER:
            raise too_large()


class NotRead(Exception):
    """The plan's condition does not hold: the caller is not who they were taken for."""


@dataclass(slots=True)
class Selection:
    """One selection of a document that is kept, with its plans."""

    nodes: Sequence[Node]
    """Held so that their identity, by which the selection is found, stays theirs."""
    names: Sequence[str]
    plans: LRUCache[Hashable, Plan] = field(default_factory=lambda: LRUCache(PLANS_KEPT))


_selections: LRUCache[Hashable, Selection] = LRUCache(SELECTIONS_KEPT)


async def read_field(
    operation: Operation,
    caller: Caller,
    core: GraphQLField,
    details: FieldDetailsList,
    source: Declaration | Row,
    spent: Spent,
) -> bytes | None:
    """What is selected of a field, as JSON text: of the row that its resolver handed over, or as it is declared."""
    nodes = [each.node for each in details]
    key = (type(source), *(id(node) for node in nodes))
    selection = _selections.get(key)
    if selection is None:
        parts: Sequence[Node | None] = below(nodes) if isinstance(source, Row) else nodes
        names = sorted(variables_in(parts, operation.fragments))
        selection = _selections[key] = Selection(nodes, names)
    known = (source.model, source.granted) if isinstance(source, Row) else id(source)
    keys = (source.id,) if isinstance(source, Row) else ()

    def compiled(compilation: Compilation) -> str:
        root = Root(compilation, core, details)
        return root.row(source.model, granted=source.granted) if isinstance(source, Row) else root.declared(source)

    plan = planned(selection, operation, caller, known, lambda compilation: Plan.of(compilation, compiled(compilation)))
    spent.begin(plan)
    request = Request(caller, operation.variables, keys)
    text = await plan.read(request, plan.values(request))
    spent.end(text)
    return text


def planned(
    selection: Selection,
    operation: Operation,
    caller: Caller,
    known: Hashable,
    make: Callable[[Compilation], Plan],
) -> Plan:
    """The plan of a selection for callers like this one and variables like these. Raises INVALID for arguments by which
    nothing can be read."""
    like = (caller.role, caller.scopes, caller.confined) if isinstance(caller, Actor) else None
    key = (known, like, caller.language, shape(operation.variables.coerced, selection.names))
    plan = selection.plans.get(key)
    if plan is None:
        plan = selection.plans[key] = make(Compilation(operation, caller))
    return plan
