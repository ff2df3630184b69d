"""WHAT CLIENTS SEE: types, inputs, results, permissions. `schema.graphql` beside this file is the printed contract."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import strawberry
from cachetools import LRUCache
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext

import models
from resolvers.graph import Executor, core_schema
from schema.callers import FreshCaller
from schema.errors import CodedErrors
from schema.fields import refuse_undeclared
from schema.mutation import Mutation
from schema.preparation import DOCUMENTS_KEPT, Parsing, Validation
from schema.query import Query
from schema.results import RefusalToProblem
from schema.scalars import BASE64, DATE_TIME, Base64
from schema.subscription import Subscription


class Schema(strawberry.Schema):
    """The schema; what it logs of errors is said by `CodedErrors`."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: expected refusals are no news, and unexpected errors are logged where they are masked."""


def build(*, suggestions: bool = True) -> Schema:
    """The whole schema; without `suggestions` nobody is told which name they may have meant. Raises `Undeclared` if a
    field was left without a permission or a declaration."""
    models.declare()
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map={datetime: DATE_TIME, Base64: BASE64}),
        extensions=[
            partial(Parsing, LRUCache(DOCUMENTS_KEPT)),
            partial(Validation, LRUCache(DOCUMENTS_KEPT)),
            partial(CodedErrors, suggestions=suggestions),
            FreshCaller,
        ],
        exception_handlers=[RefusalToProblem()],
        execution_context_class=Executor,
    )
    refuse_undeclared([Query, Mutation, Subscription], _object_types(schema), core_schema(schema))
    return schema


def _object_types(schema: Schema) -> list[Any]:
    """The classes behind the schema's object types, roots and what the library itself brings excepted."""
    found = []
    for kind in schema.schema_converter.type_map.values():
        definition = kind.definition
        if not isinstance(definition, StrawberryObjectDefinition):
            continue
        if definition.is_input or definition.is_interface or definition.origin in (Query, Mutation, Subscription):
            continue
        found.append(definition.origin)
    return found
