"""Who may share one execution of a subscription: those whose answers cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLError,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    VariableNode,
    Visitor,
    get_operation_ast,
    parse,
    visit,
)

from models.enums import Language, Role
from rules.actor import Actor

FOLLOWED = frozenset({"events"})
"""Every subscription follows events, whatever it selects of them."""

RESUMING = "after"
"""The argument that begins a stream elsewhere than now."""


class Scope(NamedTuple):
    """Everything about a caller that an answer can depend on; without the user where it cannot depend on them."""

    role: Role
    organization_id: UUID
    language: Language
    user_id: UUID | None


def scope(caller: Actor, *, personal: bool) -> Scope:
    """The scope of what `caller` sees. `personal`: it depends on who they are."""
    return Scope(caller.role, caller.organization_id, caller.language, caller.user_id if personal else None)


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription that was asked for."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    fields: frozenset[str]
    """The names of all that is followed and selected."""
    resumes: bool
    """Begins at a cursor. So reads, in doubt, a document with any argument `after`: then it merely runs alone."""

    @property
    def key(self) -> tuple[str, str | None, bytes] | None:
        """What is alike for those who ask for the same from now on; None for what is not shared."""
        if self.resumes:
            return None
        try:
            variables = orjson.dumps(self.variables or {}, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # nested deeper than what is written, though not than what is read
            return None
        return self.query, self.operation_name, variables


def asked(query: str, operation_name: str | None, variables: dict[str, Any] | None) -> Asked | None:
    """What a message asks for, if that is a subscription; None for all else, faulty documents among it."""
    if "subscription" not in query:  # a keyword has no other spelling: queries and mutations are not parsed twice
        return None
    try:
        document = parse(query)
    except (GraphQLError, RecursionError):
        return None
    operation = get_operation_ast(document, operation_name)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        return None
    seen = _Seen()
    visit(document, seen)
    return Asked(
        query,
        operation_name,
        variables,
        fields=FOLLOWED.union(seen.fields),
        resumes=any(not _null(value, operation, variables or {}) for value in seen.places),
    )


class _Seen(Visitor):
    """The names of all fields of a document, fragments included, and what is given as `after` anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self.places: list[ValueNode] = []

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.fields.add(node.name.value)

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        if node.name.value == RESUMING:
            self.places.append(node.value)


def _null(value: ValueNode | None, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> bool:
    """Whether an argument's value comes to null or to nothing."""
    if not isinstance(value, VariableNode):
        return value is None or isinstance(value, NullValueNode)
    name = value.name.value
    if name in variables:
        return variables[name] is None
    defaults = {each.variable.name.value: each.default_value for each in operation.variable_definitions or ()}
    return _null(defaults.get(name), operation, {})
