"""Where an ordinary execution meets the compiler: a resolver may hand over a row, or say that its field is declared,
and the whole selection below becomes the text of one statement."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    get_named_type,
    is_introspection_type,
)
from graphql.pyutils import Path
from orjson import Fragment

from resolvers.graph.completion import Unusual, completion
from resolvers.graph.declarations import DECLARATION, Declaration, Row
from resolvers.graph.fields import DECLARED
from resolvers.graph.internals import FieldDetailsList, StrawberryExecutor, declared_field
from resolvers.graph.plans import Spent, read_field
from resolvers.graph.selections import Operation


class Executor(StrawberryExecutor):
    """Strawberry's executor, to which a finished subtree may be handed."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._spent = Spent()

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """The value as the response holds it: rows are read, plain lists completed by a generated function, and what is
        finished is let through."""
        if result is DECLARED:
            source = declared_field(info.parent_type, info.field_name)[1].metadata[DECLARATION]
            return self._read(return_type, field_details_list, info, source)
        if isinstance(result, Row):
            return self._read(return_type, field_details_list, info, result)
        if type(result) is list and _plain(return_type):
            try:
                return completion(self._operation, return_type, field_details_list)(result)
            except Unusual:
                pass
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    @property
    def _operation(self) -> Operation:
        return Operation(self.schema, self.operation, self.fragments, self.variable_values)

    async def _read(
        self,
        return_type: GraphQLOutputType,
        details: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        source: Declaration | Row,
    ) -> Fragment | None:
        core = info.parent_type.fields[info.field_name]
        text = await read_field(self._operation, info.context.caller, core, details, source, self._spent)
        if text is None:
            if isinstance(return_type, GraphQLNonNull):
                raise LookupError(f"{info.parent_type}.{info.field_name} found no row")
            return None
        return Fragment(text)


def _plain(kind: GraphQLOutputType) -> bool:
    """Whether it is a list of objects of ours: introspection's are graphql-core's own."""
    inner, named = kind.of_type if isinstance(kind, GraphQLNonNull) else kind, get_named_type(kind)
    return isinstance(inner, GraphQLList) and isinstance(named, GraphQLObjectType) and not is_introspection_type(named)
