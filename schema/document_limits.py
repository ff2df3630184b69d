"""What a document may hold, judged by its text before it is validated or executed (OWASP GraphQL Cheat Sheet, "DoS
Prevention"). Each document is judged once; what is found is kept with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cachetools import LRUCache
from graphql import GraphQLError, GraphQLSchema, Lexer, OperationType, Source, TokenKind, parse, value_from_ast_untyped
from graphql.language import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.costs import VERIFYING, Costs, Terms, TooManyTerms, reckoned
from schema.request_errors import RequestCode, RequestRefused

DOCUMENT_CHARACTERS = 64 * 1024
MOST_FIELDS = 5_000
"""Fields with all fragments spread: a kilobyte of fragments that double could otherwise select millions."""
MOST_REPEATS = 100
"""Fields of one response key beside each other, which validation compares each with each."""
DOCUMENTS_KEPT = 500
LONGEST_KEPT = 16 * 1024
"""Longer documents are judged each time (characters)."""
INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})


@dataclass(frozen=True, kw_only=True)
class DocumentLimits:
    """The most that one document may hold."""

    tokens: int = 2_000
    depth: int = 15
    """Fields below each other, fragments spread; those of an introspection are held to graphql-core's own rule."""
    aliases: int = 50
    directives: int = 50
    root_fields: int = 20
    """Fields of the operation itself, repeated ones included: each query of them may be a statement's part, each
    mutation is a transaction."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An operation that keeps the limits."""

    terms: Terms
    defaults: Mapping[str, Any]
    """Of its variables, as far as page sizes can stand in them."""
    checks: int
    """How many signatures it has verified, each of which costs a look-up."""

    def cost(self, variables: Mapping[str, Any]) -> int:
        """What it costs with `variables`."""
        return reckoned(self.terms, variables, self.defaults)


UNREADABLE = Judged({}, {}, 0)
"""A document that is none: whoever executes it will say what is wrong with it."""


class DocumentJudge:
    """Judges documents, and remembers."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits, *, introspection: bool) -> None:
        self._schema, self._limits, self._introspection = schema, limits, introspection
        self._kept: LRUCache[tuple[str, str | None], Judged] = LRUCache(DOCUMENTS_KEPT)

    def judged(self, text: str, operation_name: str | None) -> Judged:
        """The operation of that name in a document, or its only one. Raises RequestRefused."""
        key = (text, operation_name)
        known = self._kept.get(key)
        if known is None:
            known = self._judge(text, operation_name)
            if len(text) <= LONGEST_KEPT:
                self._kept[key] = known
        return known

    def _judge(self, text: str, operation_name: str | None) -> Judged:
        self._hold("characters", len(text), DOCUMENT_CHARACTERS)
        try:
            self._count_tokens(text)
            document = parse(text, no_location=True)
        except GraphQLError:
            return UNREADABLE
        except RecursionError:
            raise self._refused("depth", self._limits.depth) from None
        operation = _operation_of(document, operation_name)
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._hold("aliases", _count(document, lambda node: bool(getattr(node, "alias", None))), self._limits.aliases)
        self._hold("directives", _count(document, lambda node: node.kind == "directive"), self._limits.directives)
        spread = _Spread(fragments)
        extent = spread.of(operation.selection_set)
        self._hold("depth", extent.depth, self._limits.depth)
        self._hold("fields", extent.fields, MOST_FIELDS)
        self._hold("repeats", spread.repeats, MOST_REPEATS)
        roots = spread.roots(operation.selection_set, self._limits.root_fields + 1)
        self._hold("rootFields", len(roots), self._limits.root_fields)
        if not self._introspection and INTROSPECTION_FIELDS & spread.names:
            raise RequestRefused(RequestCode.INTROSPECTION_DISABLED)
        try:
            terms = Costs(self._schema, fragments).of(operation)
        except TooManyTerms:
            raise self._refused("pageVariables", None) from None
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in operation.variable_definitions or ()
            if each.default_value
        }
        return Judged(terms, defaults, roots.count(VERIFYING) if operation.operation is OperationType.QUERY else 0)

    def _count_tokens(self, text: str) -> None:
        lexer = Lexer(Source(text))
        for _ in range(self._limits.tokens + 1):
            if lexer.advance().kind is TokenKind.EOF:
                return
        raise self._refused("tokens", self._limits.tokens)

    def _hold(self, what: str, found: int, most: int) -> None:
        if found > most:
            raise self._refused(what, most)

    @staticmethod
    def _refused(what: str, most: int | None) -> RequestRefused:
        return RequestRefused(RequestCode.DOCUMENT_TOO_COMPLEX, details={"limit": what, "most": most})


class Extent(NamedTuple):
    """How far a selection extends: how many fields, how deep, and how often each response key stands at its top."""

    fields: int
    depth: int
    keys: Counter[str]


NOTHING = Extent(0, 0, Counter())


class _Spread:
    """Fields and depth of selections with their fragments spread, each fragment looked at once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, Extent] = {}
        self.names: set[str] = set()
        """The names of all fields met."""
        self.repeats = 0
        """How often one response key stands in one selection, at most."""

    def of(self, selected: SelectionSetNode | None) -> Extent:
        """How far a selection extends."""
        fields, depth, keys = 0, 0, Counter[str]()
        for each in selected.selections if selected else ():
            if isinstance(each, FragmentSpreadNode):
                below = self._fragment(each.name.value)
                keys.update(below.keys)
            elif isinstance(each, FieldNode):
                self.names.add(each.name.value)
                keys[(each.alias or each.name).value] += 1
                inner = NOTHING if each.name.value in INTROSPECTION_FIELDS else self.of(each.selection_set)
                below = Extent(inner.fields + 1, inner.depth + 1, inner.keys)
            else:
                below = self.of(getattr(each, "selection_set", None))
                keys.update(below.keys)
            fields, depth = fields + below.fields, max(depth, below.depth)
        self.repeats = max(self.repeats, *keys.values(), 0)
        return Extent(fields, depth, keys)

    def _fragment(self, name: str) -> Extent:
        if name not in self._known:
            self._known[name] = NOTHING  # one that holds itself is told of by validation
            fragment = self._fragments.get(name)
            self._known[name] = self.of(fragment.selection_set) if fragment else NOTHING
        return self._known[name]

    def roots(self, selected: SelectionSetNode, most: int, within: frozenset[str] = frozenset()) -> list[str]:
        """The names of the operation's own fields, repeated ones included; `most` of them at most."""
        found: list[str] = []
        for each in selected.selections:
            if len(found) >= most:
                break
            if isinstance(each, FieldNode):
                found.append(each.name.value)
            elif not isinstance(each, FragmentSpreadNode):
                found += self.roots(each.selection_set, most, within)  # type: ignore[attr-defined]
            elif each.name.value in self._fragments and each.name.value not in within:
                below = self._fragments[each.name.value].selection_set
                found += self.roots(below, most, within | {each.name.value})
        return found


def _operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """GraphQL, GetOperation: without a name there must be but one. Raises RequestRefused."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None and len(operations) == 1:
        return operations[0]
    for each in operations:
        if name is not None and each.name and each.name.value == name:
            return each
    raise RequestRefused(RequestCode.OPERATION_RESOLUTION_FAILURE)


def _count(document: DocumentNode, counts: Any) -> int:
    """How many nodes of the document's text are such."""
    found, waiting = 0, list[Node]([document])
    while waiting:
        node: Any = waiting.pop()
        found += counts(node)
        for key in node.keys:
            below = getattr(node, key, None)
            waiting.extend(below if isinstance(below, tuple | list) else [below] if isinstance(below, Node) else ())
    return found
