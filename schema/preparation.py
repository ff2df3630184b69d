"""Parsing and validation, once a document. Of a faulty one at most five faults are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachetools import LRUCache
from graphql import GraphQLError, specified_rules, validate
from graphql.language import DocumentNode
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from resolvers.graph import core_schema
from schema.request_errors import RequestCode

MOST_ERRORS = 5
DOCUMENTS_KEPT = 500
LONGEST_KEPT = 16 * 1024
FAULTY = {"code": RequestCode.GRAPHQL_VALIDATION_FAILED.value}
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class Parsing(SchemaExtension):
    """Takes documents that were parsed lately from `kept`. What is wrong with the others Strawberry tells, which it
    could not of an error in here."""

    def __init__(self, kept: LRUCache[str, DocumentNode]) -> None:
        super().__init__()
        self._kept = kept

    def on_parse(self) -> Iterator[None]:
        """Before a document is parsed, and after."""
        context = self.execution_context
        text = context.query or ""
        context.graphql_document = self._kept.get(text)
        yield
        if context.graphql_document is not None and len(text) <= LONGEST_KEPT:
            self._kept[text] = context.graphql_document


class Validation(SchemaExtension):
    """Validates in the place of Strawberry, which tells a hundred faults. `kept` is what was found of the documents
    that were asked lately."""

    def __init__(self, kept: LRUCache[str, Sequence[GraphQLError]]) -> None:
        super().__init__()
        self._kept = kept

    def on_validate(self) -> Iterator[None]:
        """Before an operation is executed."""
        context = self.execution_context
        text = context.query or ""
        found = self._kept.get(text)
        if found is None and context.graphql_document is not None:
            # The last of them says that there are more.
            faults = validate(core_schema(context.schema), context.graphql_document, RULES, MOST_ERRORS - 1)
            found = [GraphQLError(each.message, each.nodes, extensions=FAULTY) for each in faults]
            if len(text) <= LONGEST_KEPT:
                self._kept[text] = found
        context.pre_execution_errors = [*(found or ())]
        yield
