"""Reading: fields declare where their values live, a compiler makes one statement of a selection."""

from resolvers.graph.coverage import uncovered
from resolvers.graph.database import reading
from resolvers.graph.declarations import (
    DECLARATION,
    MODEL,
    NODES,
    CursorFormat,
    Policy,
    Row,
    contains,
    equals,
    holding,
    identified_by,
    is_null,
    made,
    matching,
    one_of,
    since,
    until,
)
from resolvers.graph.documents import Document, Documents, read
from resolvers.graph.execution import Executor
from resolvers.graph.fields import (
    column,
    computed,
    connection,
    every,
    expression,
    identified,
    identified_many,
    identifier,
    many,
    narrowing,
    node,
    one,
    sole,
)
from resolvers.graph.internals import core_schema
from resolvers.graph.personal import personal_fields
from resolvers.graph.plans import NotRead

__all__ = [
    "DECLARATION",
    "MODEL",
    "NODES",
    "CursorFormat",
    "Document",
    "Documents",
    "Executor",
    "NotRead",
    "Policy",
    "Row",
    "column",
    "computed",
    "connection",
    "contains",
    "core_schema",
    "equals",
    "every",
    "expression",
    "holding",
    "identified",
    "identified_by",
    "identified_many",
    "identifier",
    "is_null",
    "made",
    "many",
    "matching",
    "narrowing",
    "node",
    "one",
    "one_of",
    "personal_fields",
    "read",
    "reading",
    "since",
    "sole",
    "uncovered",
    "until",
]
