"""People's accounts and where they are signed in."""

from admin.filters import DayFilter, MemberFilter
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.organizations import PARTIES
from admin.screen import Screen
from admin.wording import both
from models import users
from models.enums import Role

User = mirrored(users.User)
Session = mirrored(users.Session)


class UserScreen(Screen, model=User):
    name = both("Пользователь", "User")
    name_plural = both("Пользователи", "Users")
    category = PARTIES
    icon = "fa-solid fa-user"
    column_list = ("person", "email", "role", "organization", "active", "created_at")
    column_details_list = (
        "person",
        "person.position",
        "email",
        "role",
        "organization",
        "language",
        "active",
        "failed_sign_ins",
        "locked_until",
        "created_at",
        "id",
    )
    column_searchable_list = ("person.name", "email", "organization.name")
    column_sortable_list = ("person", "email", "role", "created_at")
    column_default_sort = "person"
    column_filters = (MemberFilter("role", Role, LABELS["role"]),)
    sort_columns = {"person": "name_sort"}


class SessionScreen(Screen, model=Session):
    name = both("Сеанс", "Session")
    name_plural = both("Сеансы", "Sessions")
    category = PARTIES
    icon = "fa-solid fa-right-to-bracket"
    column_list = ("user", "created_at", "expires_at", "ended_at")
    column_details_list = ("user", "created_at", "expires_at", "ended_at", "id")
    column_labels = {**LABELS, "created_at": both("Начат", "Begun")}
    column_searchable_list = ("user.email", "user.person.name")
    column_sortable_list = ("created_at", "expires_at", "ended_at")
    column_default_sort = ("created_at", True)
    column_filters = (
        DayFilter("created_at", both("Начат с", "Begun from")),
        DayFilter("created_at", both("Начат по", "Begun until"), until=True),
    )
