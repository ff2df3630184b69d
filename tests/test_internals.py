"""What we need of the private names in resolvers/graph/internals.py: a release that breaks one fails here by name."""

from __future__ import annotations

import inspect

from graphql import GraphQLEnumType, GraphQLError, GraphQLObjectType, parse
from graphql.execution import execute
from orjson import Fragment

import schema
from resolvers.graph import internals
from resolvers.graph.internals import (
    FieldDetails,
    FragmentDetails,
    StrawberryExecutor,
    VariableValues,
    collect_fields,
    collect_subfields,
    core_schema,
    declared_field,
    enum_names,
    get_argument_values,
    get_variable_values,
)

CONTRACT = core_schema(schema.build())
DOCUMENT = parse(
    """query ($deep: Boolean!, $first: Int = 3) {
         objects(first: $first) { ...Page totalCount @skip(if: $deep) }
         objects(first: $first) { edges { node { name } } }
       }
       fragment Page on ServiceObjectConnection { edges { node { id } } }"""
)
OPERATION, FRAGMENT = DOCUMENT.definitions


def variables() -> VariableValues:
    """The operation's variables, as a request would give them."""
    values = get_variable_values(CONTRACT, OPERATION.variable_definitions, {"deep": True})  # type: ignore[attr-defined]
    assert isinstance(values, VariableValues)
    return values


def test_every_name_of_the_module_is_tried_here() -> None:
    assert set(internals.__all__) <= set(globals()) | {"CollectedFields", "FieldDetailsList"}


def test_variables_are_coerced_with_their_defaults_or_told_wrong() -> None:
    assert variables().coerced == {"deep": True, "first": 3}
    wrong = get_variable_values(CONTRACT, OPERATION.variable_definitions, {"deep": "x"})  # type: ignore[attr-defined]
    assert isinstance(wrong, list)
    assert all(isinstance(each, GraphQLError) for each in wrong)


def test_fields_are_collected_with_fragments_merges_and_directives() -> None:
    fragments = {"Page": FragmentDetails(FRAGMENT)}  # type: ignore[arg-type]
    roots = collect_fields(CONTRACT, fragments, variables(), CONTRACT.query_type, OPERATION).grouped_field_set  # type: ignore[arg-type]
    assert list(roots) == ["objects"]
    details = roots["objects"]
    assert len(details) == 2
    assert all(isinstance(each, FieldDetails) and each.node.name.value == "objects" for each in details)
    kind = CONTRACT.type_map["ServiceObjectConnection"]
    assert isinstance(kind, GraphQLObjectType)
    below = collect_subfields(CONTRACT, fragments, variables(), OPERATION, kind, details).grouped_field_set  # type: ignore[arg-type]
    assert {key: len(each) for key, each in below.items()} == {"edges": 2}
    field, declared = declared_field(CONTRACT.query_type, "objects")  # type: ignore[arg-type]
    assert get_argument_values(field, details[0].node, variables())["first"] == 3
    assert declared.python_name == "objects"


def test_enums_tell_their_names_by_value() -> None:
    kind = CONTRACT.type_map["Side"]
    assert isinstance(kind, GraphQLEnumType)
    assert enum_names(kind) == {"OPERATOR": "OPERATOR", "SUBSCRIBER": "SUBSCRIBER"}


def test_an_executor_may_hand_over_a_finished_value_and_knows_its_operation() -> None:
    seen = []

    class Handing(StrawberryExecutor):
        def complete_value(self, return_type, field_details_list, info, path, result, position_context):  # type: ignore[no-untyped-def]
            seen.append((self.schema, self.operation, self.fragments, self.variable_values, info.parent_type))
            return Fragment(b"1")

    names = list(inspect.signature(StrawberryExecutor.complete_value).parameters)
    assert names == ["self", "return_type", "field_details_list", "info", "path", "result", "position_context"]
    result = execute(CONTRACT, parse("{ __typename }"), executor_class=Handing, operation_extensions=None)
    assert isinstance(result.data["__typename"], Fragment)  # type: ignore[index]
    ((used, _, fragments, values, parent),) = seen
    assert (used, fragments, values.coerced, parent) == (CONTRACT, {}, {}, CONTRACT.query_type)
