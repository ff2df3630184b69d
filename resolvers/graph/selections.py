"""What a document selects: collected by graphql-core itself, so that fragments, merged fields and directives mean here
what they mean there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from graphql.language import FieldNode, FragmentSpreadNode, Node, OperationDefinitionNode, VariableNode

from resolvers.graph.internals import FieldDetailsList, FragmentDetails, VariableValues, collect_subfields

TYPENAME = "__typename"
MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation with the values of its variables."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    variables: VariableValues

    def subfields(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Mapping[str, FieldDetailsList]:
        """The fields selected of an object of the type `kind`, by response key, in the order of the response."""
        collected = collect_subfields(self.schema, self.fragments, self.variables, self.node, kind, details)
        return collected.grouped_field_set


def variables_in(nodes: Iterable[Node | None], fragments: Mapping[str, FragmentDetails]) -> frozenset[str]:
    """The names of the variables that parts of a document refer to, fragments included."""
    seen: set[str] = set()
    return frozenset(name for node in nodes if node for name in _variables(node, fragments, seen))


def _variables(node: Node, fragments: Mapping[str, FragmentDetails], seen: set[str]) -> Iterator[str]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, VariableNode):
            yield current.name.value
        elif isinstance(current, FragmentSpreadNode) and current.name.value not in seen:
            seen.add(current.name.value)
            waiting.append(fragments[current.name.value].definition)
        for key in current.keys:
            below = getattr(current, key, None)
            waiting.extend(below if isinstance(below, tuple | list) else [below] if isinstance(below, Node) else ())


def below(nodes: Iterable[FieldNode]) -> list[Node | None]:
    """What is selected under fields, their own arguments left out."""
    return [node.selection_set for node in nodes]


def shape(values: Mapping[str, Any], names: Iterable[str]) -> Hashable:
    """What a statement depends on of its variables: which are given, which are null, truth values, page sizes,
    values of enums. Everything else is a parameter."""
    return tuple((name, _shape(values[name])) for name in names if name in values)


def _shape(value: Any) -> Hashable:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return tuple((key, _shape(inner)) for key, inner in value.items())
    if (chosen := words(value)) is not None:
        return chosen
    return ...


def words(value: Any) -> tuple[str, ...] | None:
    """The values of an enum, or of a short list of them: few enough to stand in the statement itself, where PostgreSQL
    compares them sooner and finds partial indexes by them. None for anything else."""
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_WORDS or not all(isinstance(each, Enum) for each in values):
        return None
    return tuple(str(each.value) for each in values)
