"""Organisations and contracts."""

from __future__ import annotations

from datetime import date

import strawberry

import models.organizations as tables
from resolvers import graph
from rules.texts import sort_key
from schema.enums import OrganizationKind
from schema.relay import Node


@graph.node(tables.Organization)
class Organization(Node):
    """The owner, an operator (does the work) or a subscriber (owns the objects)."""

    id: strawberry.ID = graph.identifier("Organization")
    kind: OrganizationKind = graph.column()
    name: str = graph.column()
    inn: str | None = graph.column()
    kpp: str | None = graph.column()
    ogrn: str | None = graph.column()
    external_id: str | None = graph.column()


@graph.node(tables.Contract)
class Contract(Node):
    """An operator serves a subscriber."""

    id: strawberry.ID = graph.identifier("Contract")
    number: str = graph.column()
    starts_on: date = graph.column()
    ends_on: date | None = graph.column()
    operator: Organization = graph.one("operator")
    subscriber: Organization = graph.one("subscriber")


@strawberry.input(description="Narrows organisations; what is left out does not.")
class OrganizationFilter:
    kind: list[OrganizationKind] | None = graph.narrowing(graph.one_of("kind"))
    name: str | None = graph.narrowing(graph.contains("name_sort", sort_key))
    inn: str | None = graph.narrowing(graph.equals("inn"))
