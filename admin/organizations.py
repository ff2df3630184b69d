"""Organisations and the contracts between them."""

from sqlalchemy import select

from admin.filters import MemberFilter, ReferenceFilter
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both
from models import organizations
from models.enums import OrganizationKind

Organization = mirrored(organizations.Organization)
Contract = mirrored(organizations.Contract)

PARTIES = both("Стороны и люди", "Parties and people")


def of_operator() -> ReferenceFilter:
    """Rows of one operator; there are few of them, unlike subscribers, whom the search finds."""
    operators = select(Organization.id, Organization.name).where(Organization.kind == OrganizationKind.OPERATOR)
    return ReferenceFilter("operator_id", LABELS["operator"], lambda: operators.order_by(Organization.name_sort))


class OrganizationScreen(Screen, model=Organization):
    name = both("Организация", "Organisation")
    name_plural = both("Организации", "Organisations")
    category = PARTIES
    icon = "fa-solid fa-building"
    column_list = ("name", "kind", "inn", "kpp", "ogrn", "created_at")
    column_details_list = ("name", "kind", "inn", "kpp", "ogrn", "external_id", "founder", "created_at", "id")
    column_searchable_list = ("name", "inn", "ogrn", "external_id")
    column_sortable_list = ("name", "kind", "created_at")
    column_default_sort = "name"
    column_filters = (MemberFilter("kind", OrganizationKind, LABELS["kind"]),)
    sort_columns = {"name": "name_sort"}


class ContractScreen(Screen, model=Contract):
    name = both("Договор", "Contract")
    name_plural = both("Договоры", "Contracts")
    category = PARTIES
    icon = "fa-solid fa-file-contract"
    column_list = ("number", "operator", "subscriber", "starts_on", "ends_on")
    column_details_list = ("number", "operator", "subscriber", "starts_on", "ends_on", "created_at", "id")
    column_searchable_list = ("number", "operator.name", "subscriber.name")
    column_sortable_list = ("number", "starts_on", "ends_on")
    column_default_sort = ("starts_on", True)
    column_filters = (of_operator(),)
