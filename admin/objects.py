"""Serviced objects."""

from admin.mirror import mirrored
from admin.organizations import of_operator
from admin.screen import Screen
from admin.wording import both
from models import objects

ServiceObject = mirrored(objects.ServiceObject)

WORK = both("Работы", "Work")


class ServiceObjectScreen(Screen, model=ServiceObject):
    name = both("Объект", "Object")
    name_plural = both("Объекты", "Objects")
    category = WORK
    icon = "fa-solid fa-location-dot"
    column_list = ("name", "address", "operator", "subscriber", "contract", "created_at")
    column_details_list = (
        "name",
        "address",
        "time_zone",
        "operator",
        "subscriber",
        "contract",
        "created_at",
        "id",
    )
    column_searchable_list = ("name", "address", "operator.name", "subscriber.name")
    column_sortable_list = ("name", "created_at")
    column_default_sort = "name"
    column_filters = (of_operator(),)
    sort_columns = {"name": "name_sort"}
