"""The making of one statement: what is known of it while the selection is walked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import GraphQLField, VariableNode
from graphql.language import FieldNode
from tortoise import Model

from resolvers.graph.bindings import Bindings, Getter, anybody_like
from resolvers.graph.declarations import Filter, Policy, literal, quoted
from resolvers.graph.holes import Hole
from resolvers.graph.internals import get_argument_values
from resolvers.graph.selections import Operation, variables_in, words
from rules.access import condition
from rules.actor import Caller
from rules.refusals import Code, Refusal, invalid
from rules.texts import storable

MOST_ROWS = 500_000
"""How many rows an answer may hold, reckoned from the sizes of its pages."""
MOST_PARTS = 500
"""How many relations and expressions a statement may have."""
USUAL_LIST = 5
"""How many rows a list without pages is reckoned with."""


def too_many_rows() -> Refusal:
    """The refusal of an answer that could hold more than `MOST_ROWS`."""
    return invalid("first", "answer_too_large", most=MOST_ROWS)


def too_complex() -> Refusal:
    """The refusal of a request with more than `MOST_PARTS`."""
    return Refusal(Code.INVALID, "answer_too_complex", details={"most": MOST_PARTS})


@dataclass
class Compilation:
    """The making of one statement for one operation, as callers of one role and language ask it."""

    operation: Operation
    caller: Caller
    parameters: Bindings = field(default_factory=Bindings)
    holes: list[Hole] = field(default_factory=list)
    checks: list[Getter] = field(default_factory=list)
    """What each request is held to, though no parameter comes of it."""
    rows: int = 0
    parts: int = 0

    def __post_init__(self) -> None:
        self.caller = anybody_like(self.caller)

    def alias(self) -> str:
        """A new name for a table. Raises INVALID once the statement would have too many parts."""
        return f"t{self.part()}"

    def part(self) -> int:
        """One more relation or expression of the statement. Raises INVALID for more than `MOST_PARTS`: a kilobyte of
        fragments that double could otherwise ask for thousands, and planning them for minutes."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise too_complex()
        return self.parts

    def wider(self, breadth: int, times: int) -> int:
        """The breadth of a level below. Raises INVALID once the answer could hold more than `MOST_ROWS` rows."""
        self.rows += breadth * times
        if self.rows > MOST_ROWS:
            raise too_many_rows()
        return breadth * times

    def may(self, model: type[Model], policy: Policy, proved: bool, alias: str) -> tuple[list[str], bool]:
        """The conditions under which rows of a relation may be seen, and whether they are then proved themselves."""
        if policy is Policy.IMPLIED or (policy is Policy.INHERITED and proved):
            return [], policy is Policy.INHERITED
        stated = condition(model, self.caller, alias, self.parameters)
        return ([] if stated == "true" else [stated]), True

    def narrowed(
        self, filters: Mapping[tuple[str, ...], Filter], core: GraphQLField, node: FieldNode, alias: str
    ) -> list[str]:
        """The conditions that a field's arguments set; what is null or left out sets none."""
        given = get_argument_values(core, node, self.operation.variables)
        conditions = []
        for path, narrow in filters.items():
            value = _at(given, path)
            if value is None:
                continue
            if narrow.only is not None:
                self.part()
                stated = narrow.only(self.caller, alias, self.parameters)
                conditions.append(f"({stated})" if value else f"({stated}) is not true")
                continue
            if narrow.matches is not None:
                placeholder = self.bound(core, node, path, partial(_converted, narrow), narrow.sql_type)
                conditions.append(f"({narrow.matches(alias, placeholder)})")
                continue
            column = f"{alias}.{quoted(narrow.column)}"
            if narrow.operator == "is null":
                conditions += [f"{column} is null"] if value else []
                continue
            if (chosen := words(value)) is not None:
                conditions.append(f"{column} in ({', '.join(map(literal, chosen))})" if chosen else "false")
                continue
            placeholder = self.bound(core, node, path, partial(_converted, narrow), narrow.sql_type)
            compared = f"any({placeholder})" if narrow.operator == "= any" else placeholder
            conditions.append(f"{column} {narrow.operator.removesuffix(' any')} {compared}")
        return conditions

    def bound(
        self, core: GraphQLField, node: FieldNode, path: tuple[str, ...], convert: Callable[[Any], Any], sql_type: str
    ) -> str:
        """A placeholder for the value at `path` of a field's arguments, `convert`ed."""
        return self.parameters.bind_getter(self.given(core, node, path, convert), sql_type)

    def given(
        self, core: GraphQLField, node: FieldNode, path: tuple[str, ...], convert: Callable[[Any], Any]
    ) -> Getter:
        """What takes the value at `path` of a field's arguments from a request, `convert`ed."""
        written = next(argument.value for argument in node.arguments or () if argument.name.value == path[0])
        if isinstance(written, VariableNode) and len(path) == 1:
            name = written.name.value
            return lambda request: convert(request.variables.coerced[name])
        if not variables_in([written], self.operation.fragments):
            constant = convert(_at(get_argument_values(core, node, self.operation.variables), path))
            return lambda _: constant
        return lambda request: convert(_at(get_argument_values(core, node, request.variables), path))


def _converted(narrow: Filter, value: Any) -> Any:
    """What the database compares with; null, hence with nothing, for a text that it cannot hold."""
    return None if isinstance(value, str) and not storable(value) else narrow.convert(value)


def _at(given: Any, path: Sequence[str]) -> Any:
    for name in path:
        given = None if given is None else given.get(name)
    return given
