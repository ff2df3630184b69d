"""Serviced objects and assignments."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import models.events
import models.journals
import models.objects as tables
from resolvers import events as event_resolvers
from resolvers import graph
from resolvers import objects as resolvers
from rules.events import ORDER, certain
from rules.object_expressions import attended, closed, contacts, has_system, qr_code, waiting
from rules.object_search import search_condition, searchable
from rules.texts import sort_key
from schema.enums import Duty, JournalStatus, Succession
from schema.fields import plain
from schema.organizations import Contract, Organization
from schema.people import Person
from schema.relay import Connection, Node

if TYPE_CHECKING:
    from schema.events import Event
    from schema.journals import Journal, JournalType

EventOf = Annotated["Event", strawberry.lazy("schema.events")]
ObjectOf = Annotated["ServiceObject", strawberry.lazy("schema.objects")]
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
    object: ObjectOf = graph.one("object")
    substitutes: Annotated[Assignment, strawberry.lazy("schema.objects")] | None = graph.one(
        "substitutes", policy=graph.Policy.INHERITED, description="Whose duty it is, during a planned absence."
    )


@graph.node(tables.Absence)
class Absence(Node):
    """A planned absence: while it lasts, the substitute holds the person's duties."""

    id: strawberry.ID = graph.identifier("Absence")
    person: Person = graph.one("person")
    substitute: Person = graph.one("substitute_person")
    starts_at: datetime = graph.column()
    ends_at: datetime = graph.column(description="The first moment at which the person is back.")
    basis: str = graph.column()
    cancelled_at: datetime | None = graph.column()


@graph.node(tables.System)
class System(Node):
    """A system installed on an object: a line of its passport."""

    id: strawberry.ID = graph.identifier("System")
    kind: str = graph.column(description="A key of the reference list SYSTEM_KINDS.")
    name: str = graph.column()
    model: str | None = graph.column()
    serial: str | None = graph.column()
    place: str | None = graph.column()
    commissioned_on: date | None = graph.column()
    removed_at: datetime | None = graph.column()
    object: ObjectOf = graph.one("object", policy=graph.Policy.INHERITED)


@plain
@strawberry.type(description="Somebody to call about an object.")
class Contact:
    name: str
    position: str | None
    phone: str | None
    email: str | None


@graph.node(tables.ObjectSuccession)
class ObjectSuccession(Node):
    """One object stands for another: the other was moved to other parties, or merged."""

    id: strawberry.ID = graph.identifier("ObjectSuccession")
    kind: Succession = graph.column()
    former: ObjectOf | None = graph.one("former", policy=graph.Policy.CHECKED)
    successor: ObjectOf | None = graph.one("successor", policy=graph.Policy.CHECKED)
    direct: bool = graph.column(description="False for an object that a former one stood for.")
    shares_history: bool = graph.column()
    happened_at: datetime = graph.column()


@graph.node(tables.ServiceObject)
class ServiceObject(Node):
    """A site of a subscriber that an operator serves."""

    id: strawberry.ID = graph.identifier("ServiceObject")
    name: str = graph.column()
    address: str = graph.column()
    time_zone: str = graph.column()
    external_id: str | None = graph.column(description="Its key in the operator's own books.")
    contacts: list[Contact] = graph.computed(contacts, resolvers.contacts)
    created_at: datetime = graph.column()
    closed_at: datetime | None = graph.column()
    close_reason: str | None = graph.column()
    qr_code: str = graph.expression(qr_code, description="The path of a picture (SVG) that opens the object's page.")
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
    systems: list[System] = graph.many(
        tables.System,
        "object",
        policy=graph.Policy.CHECKED,
        order=("id",),
        arguments={"installed": (bool, graph.is_null("removed_at"))},
    )
    predecessors: list[ObjectSuccession] = graph.many(
        tables.ObjectSuccession,
        "successor",
        policy=graph.Policy.CHECKED,
        order=("happened_at", "id"),
        description="What it stands for.",
    )
    successions: list[ObjectSuccession] = graph.many(
        tables.ObjectSuccession,
        "former",
        policy=graph.Policy.CHECKED,
        order=("happened_at", "id"),
        description="What stands for it.",
    )
    events: Connection[EventOf] = graph.connection(
        models.events.Event,
        "object",
        policy=graph.Policy.CHECKED,
        order=ORDER,
        cursor=event_resolvers.CURSORS,
        only=certain,
        description="Its history: every deed, by whom, when, and what changed.",
    )


@strawberry.input(description="Narrows objects; what is left out does not.")
class ObjectFilter:
    name: str | None = graph.narrowing(graph.contains("name_sort", sort_key))
    contract: strawberry.ID | None = graph.narrowing(graph.identified_by("contract_id", "Contract", "filter.contract"))
    subscriber: strawberry.ID | None = graph.narrowing(
        graph.identified_by("subscriber_id", "Organization", "filter.subscriber")
    )
    operator: strawberry.ID | None = graph.narrowing(
        graph.identified_by("operator_id", "Organization", "filter.operator")
    )
    search: str | None = graph.narrowing(
        graph.matching(search_condition, convert=searchable),
        description="Words, Russian or English, inflected or begun, of the name, the address or the external id.",
    )
    external_id: str | None = graph.narrowing(graph.equals("external_id"))
    system_kind: str | None = graph.narrowing(graph.matching(has_system), description="With such a system installed.")
    closed: bool | None = graph.narrowing(graph.holding(closed))
    assigned_to_me: bool | None = graph.narrowing(
        graph.holding(attended), description="The viewer has a duty there now."
    )
    awaiting_signatures: bool | None = graph.narrowing(
        graph.holding(waiting), description="With entries that await signatures."
    )
