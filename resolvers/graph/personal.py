"""Which fields are about whoever asks, beyond their role, language and organisation: what selects one of them may not
be answered once for several people."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from models.enums import Language, Role
from resolvers.graph.bindings import Bindings, anybody_like
from resolvers.graph.declarations import DECLARATION, NODES, Computed, Expression, Policy, ToOne
from resolvers.graph.internals import declared_field
from rules.access import condition
from rules.actor import Actor


def personal_fields(schema: GraphQLSchema, role: Role) -> frozenset[str]:
    """The names of the fields whose value or visibility depends on the person, for callers of `role`."""
    roots = {schema.query_type, schema.subscription_type}
    rows = {schema.type_map[name] for name in NODES if name in schema.type_map}
    kinds = [kind for kind in roots | rows if isinstance(kind, GraphQLObjectType)]
    return frozenset(name for kind in kinds for name in kind.fields if _asks_who(kind, name, role))


def _asks_who(kind: GraphQLObjectType, name: str, role: Role) -> bool:
    """Whether the SQL of a field binds the caller's key, or that of the rows it leads to."""
    nobody = UUID(int=0)
    caller = anybody_like(Actor(datetime.now(UTC), nobody, nobody, nobody, role, Language.RU, nobody))
    parameters = Bindings()
    target = NODES.get(get_named_type(kind.fields[name].type).name)
    match declared_field(kind, name)[1].metadata[DECLARATION] if kind.name in NODES else None:
        case Expression(sql=sql) | Computed(needs=sql):
            sql(caller, "t", parameters)
        case ToOne(policy=Policy.IMPLIED):
            return False
        case _ if target is not None:
            condition(target, caller, "t", parameters)
    return parameters.personal
