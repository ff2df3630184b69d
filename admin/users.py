"""People's accounts and where they are signed in."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select
from sqlalchemy.orm import column_property, undefer
from starlette.requests import Request

from admin.filters import DayFilter, MemberFilter
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.organizations import PARTIES
from admin.screen import Screen
from admin.wording import both
from models import users
from models.enums import Role
from rules.account_status import UserStatus

User = mirrored(users.User)
Session = mirrored(users.Session)

_accounts = sa.table("users", sa.column("id"), sa.column("password_hash")).alias("accounts")
_passkeys = sa.table("passkeys", sa.column("user_id"), sa.column("removed_at"))
_links = sa.table(
    "account_links",
    *map(sa.column, ("user_id", "kind", "used_at", "withdrawn_at", "created_at")),
    sa.column("expires_at", sa.DateTime(timezone=True)),
)
TAKEN_UP = sa.or_(
    sa.exists().where(_accounts.c.id == User.id, _accounts.c.password_hash.is_not(None)),
    sa.exists().where(_passkeys.c.user_id == User.id, _passkeys.c.removed_at.is_(None)),
)
DERIVED: dict[str, Any] = {
    "status": sa.case(
        (User.active.is_(False), UserStatus.INACTIVE.value),
        (TAKEN_UP, UserStatus.ACTIVE.value),
        else_=UserStatus.INVITED.value,
    ).cast(sa.Enum(UserStatus, native_enum=False, create_constraint=False, length=16)),
    "invited_until": sa.select(_links.c.expires_at)
    .where(
        _links.c.user_id == User.id,
        _links.c.kind == "INVITATION",
        _links.c.used_at.is_(None),
        _links.c.withdrawn_at.is_(None),
    )
    .order_by(_links.c.created_at.desc())
    .limit(1)
    .scalar_subquery(),
    "last_signed_in_at": sa.select(sa.func.max(Session.created_at)).where(Session.user_id == User.id).scalar_subquery(),
}
"""What is worked out for each account shown: as `rules.account_status` says it, read by the screens' own statements."""
for _name, _expression in DERIVED.items():
    User.__mapper__.add_property(_name, column_property(_expression, deferred=True))


class UserScreen(Screen, model=User):
    name = both("Пользователь", "User")
    name_plural = both("Пользователи", "Users")
    category = PARTIES
    icon = "fa-solid fa-user"
    column_list = ("person", "email", "role", "organization", "status", "last_signed_in_at", "created_at")
    column_details_list = (
        "person",
        "person.position",
        "email",
        "role",
        "organization",
        "language",
        "status",
        "invited_until",
        "last_signed_in_at",
        "totp_confirmed_at",
        "created_at",
        "id",
    )
    column_labels = {
        **LABELS,
        "invited_until": both("Приглашение действует до", "Invited until"),
        "last_signed_in_at": both("Последний вход", "Last sign-in"),
    }
    column_searchable_list = ("person.name", "email", "organization.name")
    column_sortable_list = ("person", "email", "role", "created_at")
    column_default_sort = "person"
    column_filters = (MemberFilter("role", Role, LABELS["role"]),)
    sort_columns = {"person": "name_sort"}

    def list_query(self, request: Request) -> Select[Any]:
        return super().list_query(request).options(*_worked_out())

    def details_query(self, request: Request) -> Select[Any]:
        return super().details_query(request).options(*_worked_out())


def _worked_out() -> list[Any]:
    return [undefer(getattr(User, name)) for name in DERIVED]


class SessionScreen(Screen, model=Session):
    name = both("Сеанс", "Session")
    name_plural = both("Сеансы", "Sessions")
    category = PARTIES
    icon = "fa-solid fa-right-to-bracket"
    column_list = ("user", "client", "address", "created_at", "expires_at", "ended_at")
    column_details_list = (
        "user",
        "client",
        "address",
        "second_factor",
        "confirmed_at",
        "created_at",
        "expires_at",
        "ended_at",
        "id",
    )
    column_labels = {**LABELS, "created_at": both("Начат", "Begun")}
    column_searchable_list = ("user.email", "user.person.name")
    column_sortable_list = ("created_at", "expires_at", "ended_at")
    column_default_sort = ("created_at", True)
    column_filters = (
        DayFilter("created_at", both("Начат с", "Begun from")),
        DayFilter("created_at", both("Начат по", "Begun until"), until=True),
    )
