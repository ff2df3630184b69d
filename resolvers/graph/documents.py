"""Whole operations read by one statement, without an execution: queries whose root fields are all declared reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from cachetools import LRUCache
from graphql import GraphQLError, GraphQLNonNull, GraphQLSchema, parse, validate
from graphql.language import (
    DocumentNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)
from strawberry.permission import PermissionExtension

from resolvers.graph.bindings import Request
from resolvers.graph.compilation import Compilation
from resolvers.graph.declarations import DECLARATION
from resolvers.graph.internals import (
    FragmentDetails,
    VariableValues,
    collect_fields,
    declared_field,
    get_variable_values,
)
from resolvers.graph.json_sql import object_of
from resolvers.graph.plans import Plan, Selection, planned
from resolvers.graph.roots import Root
from resolvers.graph.selections import TYPENAME, Operation
from rules.actor import Actor, Caller
from rules.identity import living
from rules.refusals import Refusal

PLAIN: dict[str, type] = {"ID": str, "String": str, "Int": int, "Boolean": bool}
DOCUMENTS_KEPT = 500
MET_REMEMBERED = 5_000
"""Of how many documents it is remembered, by their hash alone, that they were asked."""
LONGEST_KEPT = 64 * 1024
"""Longer documents are read, but not kept (characters)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A validated operation that one statement can answer."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    selection: Selection
    plain: Sequence[tuple[str, type]] | None
    """Names of the variables and the Python types of their values, if all are of GraphQL's plain scalars."""

    def operation(self, given: Mapping[str, Any]) -> Operation | None:
        """The operation with its variables; None if they are not what it declares."""
        variables: Any = self._plain(given)
        if variables is None:
            variables = get_variable_values(self.schema, self.node.variable_definitions or (), dict(given))
        if not isinstance(variables, VariableValues):
            return None
        return Operation(self.schema, self.node, self.fragments, variables)

    def roots(self, given: Mapping[str, Any]) -> dict[str, bool]:
        """The response keys of its root fields, and whether each may be null."""
        operation, kind = self.operation(given), self.schema.query_type
        if operation is None or kind is None:
            return {}
        chosen = collect_fields(self.schema, self.fragments, operation.variables, kind, self.node).grouped_field_set
        names = {key: details[0].node.name.value for key, details in chosen.items()}
        return {
            key: name != TYPENAME and not isinstance(kind.fields[name].type, GraphQLNonNull)
            for key, name in names.items()
        }

    def _plain(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The variables, if all of them are given as what they are declared to be; graphql-core judges all else."""
        if self.plain is None:
            return None
        values = {}
        for name, kind in self.plain:
            value = values[name] = given.get(name)
            if type(value) is not kind or (isinstance(value, int) and not -(2**31) <= value < 2**31):
                return None
        return VariableValues({}, values)


class Documents:
    """The documents that were asked lately, and their plans."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: LRUCache[tuple[str, str | None], Document | None] = LRUCache(DOCUMENTS_KEPT)
        self._met: LRUCache[int, None] = LRUCache(MET_REMEMBERED)

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, text: str, operation_name: str | None) -> Document | None:
        """The document of a text; None for one that must be executed in the ordinary way, which also says what is wrong
        with it. It is kept when it is met again: texts that come once, by the thousand, leave no trace."""
        key = (text, operation_name)
        if key in self._kept:
            return self._kept[key]
        document = _document(self._schema, text, operation_name)
        if hash(key) not in self._met:
            self._met[hash(key)] = None
        elif len(text) <= LONGEST_KEPT:
            self._kept[key] = document
        return document


async def read(document: Document, given: Mapping[str, Any], caller: Caller) -> bytes | None:
    """The JSON text of an operation's data. None if it must be executed in the ordinary way: its arguments or the
    caller's role let nothing be read, which an execution tells field by field.

    Raises NotRead if the caller is not who they were taken for, and INVALID for an answer that is too large or slow.
    """
    operation = document.operation(given)
    if operation is None:
        return None
    try:
        plan = planned(document.selection, operation, caller, None, lambda making: _plan(making, caller))
        request = Request(caller, operation.variables)
        values = plan.values(request)
    except (Refusal, GraphQLError):
        return None
    return await plan.read(request, values)


def _plan(compilation: Compilation, caller: Caller) -> Plan:
    """One statement for all root fields. Raises UNAUTHENTICATED or FORBIDDEN for a field that is not for the caller."""
    operation = compilation.operation
    kind = operation.schema.query_type
    if kind is None:
        raise TypeError("no queries")
    chosen = collect_fields(operation.schema, operation.fragments, operation.variables, kind, operation.node)
    columns = []
    for key, details in chosen.grouped_field_set.items():
        name = details[0].node.name.value
        if name == TYPENAME:
            columns.append((key, f"text '{kind.name}'"))
            continue
        core, declared = declared_field(kind, name)
        info: Any = SimpleNamespace(context=SimpleNamespace(caller=caller))
        for extension in declared.extensions:
            if isinstance(extension, PermissionExtension):
                for permission in extension.permissions:
                    permission.has_permission(None, info)
        columns.append((key, Root(compilation, core, details).declared(declared.metadata[DECLARATION])))
    alive = living(compilation.caller, compilation.parameters) if isinstance(compilation.caller, Actor) else None
    return Plan.of(compilation, object_of(columns, ""), alive)


def _document(schema: GraphQLSchema, text: str, operation_name: str | None) -> Document | None:
    try:
        parsed = parse(text, no_location=True)  # what is wrong, and where, the ordinary way tells
    except (GraphQLError, RecursionError):
        return None
    node = _named(parsed, operation_name)
    if node is None or node.operation is not OperationType.QUERY:
        return None
    fragments = {
        each.name.value: FragmentDetails(each)
        for each in parsed.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    if validate(schema, parsed) or not _reads_alone(schema, node.selection_set, fragments):
        return None
    names = sorted(each.variable.name.value for each in node.variable_definitions or ())
    return Document(schema, node, fragments, Selection([node], names), _plain_types(node))


def _plain_types(node: OperationDefinitionNode) -> list[tuple[str, type]] | None:
    found = []
    for each in node.variable_definitions or ():
        named = each.type.type if isinstance(each.type, NonNullTypeNode) else each.type
        kind = PLAIN.get(named.name.value) if isinstance(named, NamedTypeNode) else None
        if kind is None:
            return None
        found.append((each.variable.name.value, kind))
    return found


def _named(parsed: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """The only operation, or the one of that name (GraphQL, GetOperation)."""
    operations = [each for each in parsed.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((each for each in operations if each.name and each.name.value == name), None)


def _reads_alone(schema: GraphQLSchema, selected: SelectionSetNode, fragments: Mapping[str, FragmentDetails]) -> bool:
    """Whether every root field is read by a declaration."""
    kind = schema.query_type
    for selection in selected.selections:
        directives = {directive.name.value for directive in selection.directives or ()}
        if kind is None or not directives <= {"skip", "include"}:
            return False
        if isinstance(selection, InlineFragmentNode):
            if not _reads_alone(schema, selection.selection_set, fragments):
                return False
            continue
        name = selection.name.value  # type: ignore[attr-defined]
        if name in fragments and selection.kind == "fragment_spread":
            if not _reads_alone(schema, fragments[name].definition.selection_set, fragments):
                return False
        elif name != TYPENAME and (
            name not in kind.fields or DECLARATION not in declared_field(kind, name)[1].metadata
        ):
            return False
    return True
