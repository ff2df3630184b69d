"""What an operation costs, told from its document and the sizes of its pages before anything is read.

The unit is an object that the answer may hold. So GitHub and Shopify reckon, and IBM's cost directives: a page counts
as many objects as were asked for, whatever is found; fields without a selection are free, but for counts.

| field | cost |
|---|---|
| an object, a connection | 1 and what is selected of it |
| `edges` of a connection | what is selected of a node, times `first` or `last` |
| `nodes(ids:)` | what is selected, times the ids |
| a list without pages | what is selected, times `USUAL_LIST`; at the root of a query times `ROOT_LIST` |
| `totalCount` | 1 |
| a mutation; `verifySignature` | `DEED` beside that |
| `__schema`, `__type` | `INTROSPECTION` |

Every member of a union or an interface counts, though a row is only one of them. `@skip` and `@include` change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    OperationType,
    get_named_type,
    is_leaf_type,
)
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

USUAL_LIST = 5
ROOT_LIST = 100
LARGEST_PAGE = 100
DEED = 10
INTROSPECTION = 100
MOST_TERMS = 200
"""More variables than these many products of page sizes need are in no document of a person's making."""

VERIFYING = "verifySignature"
PAGE_ARGUMENTS = ("first", "last")
FREE = ("Edge", "PageInfo")
"""Types, by the end of their names, that only hold others together."""

Size = int | str
"""How many: a number, or the name of the variable that says it."""
Terms = Mapping[tuple[str, ...], int]
"""A sum of products: by the variables of each product, how often it counts. So a cost is worked out once a document,
and each request only fills its page sizes in."""


class TooManyTerms(Exception):
    """The cost cannot be written down briefly."""


class Costs:
    """The costs of one document's operations."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[tuple[str, Size | None], Terms] = {}

    def of(self, operation: OperationDefinitionNode) -> Terms:
        """The cost of an operation. Raises TooManyTerms."""
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return {}
        return self._selected(operation.selection_set, root, None, operation.operation)

    def _selected(
        self,
        selected: SelectionSetNode | None,
        kind: GraphQLType | None,
        page: Size | None,
        root: OperationType | None = None,
    ) -> Terms:
        parts: list[Terms] = []
        for each in selected.selections if selected else ():
            match each:
                case FieldNode():
                    parts.append(self._field(each, kind, page, root))
                case InlineFragmentNode():
                    condition = each.type_condition
                    below = self._schema.type_map.get(condition.name.value) if condition else kind
                    parts.append(self._selected(each.selection_set, below, page, root))
                case FragmentSpreadNode():
                    parts.append(self._spread(each.name.value, page, root))
        return _sum(parts)

    def _spread(self, name: str, page: Size | None, root: OperationType | None) -> Terms:
        known = self._known.get((name, page))
        if known is None:
            self._known[name, page] = {}  # a fragment that holds itself is told of by validation
            fragment = self._fragments.get(name)
            kind = self._schema.type_map.get(fragment.type_condition.name.value) if fragment else None
            known = self._selected(fragment.selection_set, kind, page, root) if fragment else {}
            self._known[name, page] = known
        return known

    def _field(self, node: FieldNode, kind: GraphQLType | None, page: Size | None, root: OperationType | None) -> Terms:
        name = node.name.value
        if name in ("__schema", "__type"):
            return {(): INTROSPECTION}
        core = kind.fields.get(name) if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else None
        if core is None:
            return {}
        named = get_named_type(core.type)
        deed = DEED if root is OperationType.MUTATION or (root and name == VERIFYING) else 0
        if is_leaf_type(named):
            return {(): deed + (name == "totalCount")}
        own = 0 if named.name.endswith(FREE) else 1
        below = self._selected(node.selection_set, named, _page_of(node) if _paged(core) else None)
        times = page if name == "edges" and page is not None else _length(node, core, root)
        return _sum([{(): deed}, _times(_sum([{(): own}, below]), times)])


def reckoned(terms: Terms, variables: Mapping[str, Any], defaults: Mapping[str, Any]) -> int:
    """The cost with the page sizes that `variables` give, else `defaults`. Every operation costs at least 1."""
    if len(terms) == 1 and () in terms:
        return max(1, terms[()])
    return max(
        1,
        sum(
            count * prod(_size_of(variables.get(name, defaults.get(name))) for name in product)
            for product, count in terms.items()
        ),
    )


def _size_of(value: Any) -> int:
    """How many rows a variable's value asks for: what is none of a page's sizes is refused elsewhere."""
    if isinstance(value, list):
        return len(value)
    return min(max(value, 0), LARGEST_PAGE) if type(value) is int else 1


def _paged(core: GraphQLField) -> bool:
    return all(name in core.args for name in PAGE_ARGUMENTS)


def _page_of(node: FieldNode) -> Size:
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    sizes = [_written(given[name]) for name in PAGE_ARGUMENTS if name in given]
    return next((size for size in sizes if size is not None), 1)


def _length(node: FieldNode, core: GraphQLField, root: OperationType | None) -> Size:
    inner = core.type.of_type if isinstance(core.type, GraphQLNonNull) else core.type
    if not isinstance(inner, GraphQLList):
        return 1
    ids = next((each.value for each in node.arguments or () if each.name.value == "ids"), None)
    if ids is not None:
        return _written(ids) or 1
    return ROOT_LIST if root else USUAL_LIST


def _written(value: ValueNode) -> Size | None:
    match value:
        case IntValueNode():
            return min(max(int(value.value), 0), LARGEST_PAGE) if len(value.value) < 10 else LARGEST_PAGE
        case VariableNode():
            return value.name.value
        case ListValueNode():
            return len(value.values)
    return None


def _sum(parts: Iterable[Terms]) -> Terms:
    found: dict[tuple[str, ...], int] = {}
    for part in parts:
        for product, count in part.items():
            found[product] = found.get(product, 0) + count
    if len(found) > MOST_TERMS:
        raise TooManyTerms
    return found


def _times(terms: Terms, size: Size) -> Terms:
    if isinstance(size, int):
        return {product: count * size for product, count in terms.items()} if size != 1 else terms
    return {tuple(sorted((*product, size))): count for product, count in terms.items()}
