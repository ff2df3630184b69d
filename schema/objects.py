"""Serviced objects and assignments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.journals
import models.objects as tables
from resolvers import graph
from rules.texts import sort_key
from schema.enums import Duty, JournalStatus
from schema.organizations import Contract, Organization
from schema.people import Person
from schema.relay import Node

if TYPE_CHECKING:
    from schema.journals import Journal, JournalType

JournalOf = Annotated["Journal", strawberry.lazy("schema.journals")]
TypeOf = Annotated["JournalType", strawberry.lazy("schema.journals")]


@graph.node(tables.AssignmentType)
class AssignmentType:
    """A journal type that an assignment is confined to."""

    type: TypeOf = graph.one("type")


@graph.node(tables.Assignment)
class Assignment(Node):
    """A person's duty on an object."""

    id: strawberry.ID = graph.identifier("Assignment")
    person: Person = graph.one("person")
    duty: Duty = graph.column()
    all_types: bool = graph.column(description="For every journal type; otherwise for `types` only.")
    types: list[AssignmentType] = graph.many(
        tables.AssignmentType, "assignment", policy=graph.Policy.IMPLIED, order=("id",)
    )
    valid_from: datetime = graph.column()
    valid_to: datetime | None = graph.column(description="The first moment at which it no longer holds.")
    basis: str = graph.column(description="The document that gives the right: an order or a proxy.")
    object: Annotated[ServiceObject, strawberry.lazy("schema.objects")] = graph.one("object")


@graph.node(tables.ServiceObject)
class ServiceObject(Node):
    """A site of a subscriber that an operator serves."""

    id: strawberry.ID = graph.identifier("ServiceObject")
    name: str = graph.column()
    address: str = graph.column()
    time_zone: str = graph.column()
    created_at: datetime = graph.column()
    contract: Contract = graph.one("contract")
    subscriber: Organization = graph.one("subscriber")
    operator: Organization = graph.one("operator")
    journals: list[JournalOf] = graph.many(
        models.journals.Journal,
        "object",
        policy=graph.Policy.CHECKED,
        order=("type_id", "volume", "id"),
        arguments={
            "status": (JournalStatus, graph.equals("status")),
            "type": (strawberry.ID, graph.identified_by("type_id", "JournalType", "type")),
        },
    )
    assignments: list[Assignment] = graph.many(
        tables.Assignment, "object", policy=graph.Policy.CHECKED, order=("valid_from", "id")
    )


@strawberry.input(description="Narrows objects; what is left out does not.")
class ObjectFilter:
    name: str | None = graph.narrowing(graph.contains("name_sort", sort_key))
    contract: strawberry.ID | None = graph.narrowing(graph.identified_by("contract_id", "Contract", "filter.contract"))
    subscriber: strawberry.ID | None = graph.narrowing(
        graph.identified_by("subscriber_id", "Organization", "filter.subscriber")
    )
