"""A failing document made small, so that a person can read it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)
from graphql.language.visitor import REMOVE

MOST_TRIES = 200


async def shrunk(schema: GraphQLSchema, document: str, fails: Callable[[str], Awaitable[bool]]) -> str:
    """The document without every part whose absence leaves it valid and failing."""
    tries, place = 0, 0
    while tries < MOST_TRIES:
        smaller = _without(parse(document), place)
        if smaller is None:
            return document
        tries += 1
        if not validate(schema, parse(smaller)) and await fails(smaller):
            document = smaller
        else:
            place += 1
    return document


class _Dropping(Visitor):
    """Leaves out the selection at one place, counted from the outside in."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place
        self.dropped = False

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode | None:
        if self.dropped or len(node.selections) < 2:
            return None
        if self.place >= len(node.selections):
            self.place -= len(node.selections)
            return None
        self.dropped = True
        kept = [each for place, each in enumerate(node.selections) if place != self.place]
        return SelectionSetNode(selections=tuple(kept))


def _without(document: DocumentNode, place: int) -> str | None:
    """The document without one selection and without what only that used; None if there is no such place."""
    dropping = _Dropping(place)
    smaller = visit(document, dropping)
    return print_ast(_unused_left_out(smaller)) if dropping.dropped else None


def _unused_left_out(document: DocumentNode) -> DocumentNode:
    used: set[str] = set()
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    class Uses(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            used.add("$" + node.name.value)

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            if node.name.value not in used:
                used.add(node.name.value)
                visit(fragments[node.name.value].selection_set, self)

    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    visit(operation.selection_set, Uses())

    class Sweep(Visitor):
        def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> object:
            return None if node.name.value in used else REMOVE

        def enter_variable_definition(self, node: Node, *_: object) -> object:
            return None if "$" + node.variable.name.value in used else REMOVE  # type: ignore[attr-defined]

    swept: DocumentNode = visit(document, Sweep())
    return swept
