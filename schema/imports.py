"""Objects brought in from a sheet."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models.imports as tables
from resolvers import graph
from resolvers import objects as resolvers
from rules.object_expressions import problems
from schema.enums import ImportRowStatus, ImportStatus
from schema.fields import plain
from schema.objects import ServiceObject
from schema.organizations import Contract
from schema.relay import Connection, Node
from schema.scalars import JSON


@plain
@strawberry.type(description="What is wrong with a row of a sheet.")
class ImportProblem:
    field: str | None
    message: str = strawberry.field(description="For people, in the viewer's language.")


@graph.node(tables.ObjectImportRow)
class ObjectImportRow(Node):
    """A row of a sheet of objects: what it says, what is wrong with it, which object came of it."""

    id: strawberry.ID = graph.identifier("ObjectImportRow")
    number: int = graph.column(description="Of the row in the sheet, the heading being 1.")
    status: ImportRowStatus = graph.column()
    given: JSON = graph.column()
    problems: list[ImportProblem] = graph.computed(problems, resolvers.problems)
    object: ServiceObject | None = graph.one("object", policy=graph.Policy.CHECKED)


@graph.node(tables.ObjectImport)
class ObjectImport(Node):
    """A sheet of objects. Staged, it is its own dry run: every row has been judged and nothing made yet."""

    id: strawberry.ID = graph.identifier("ObjectImport")
    file_name: str = graph.column()
    status: ImportStatus = graph.column()
    total: int = graph.column()
    faulty: int = graph.column()
    applied: int = graph.column()
    contract: Contract = graph.one("contract")
    created_at: datetime = graph.column()
    finished_at: datetime | None = graph.column()
    rows: Connection[ObjectImportRow] = graph.connection(
        tables.ObjectImportRow,
        "of",
        policy=graph.Policy.IMPLIED,
        order=("number",),
        arguments={"status": (ImportRowStatus, graph.equals("status"))},
    )
