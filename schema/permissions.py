"""Who may ask for a field: one class a role, declared at the field and printed into the SDL as `@allowed(to: …)`.

Rows are guarded elsewhere, by `rules.access`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema_directive import Location

from rules.actor import Actor
from rules.refusals import Code, Refusal
from schema.enums import Role


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], description="Who may ask for the field; an empty list means anybody at all."
)
class Allowed:
    to: list[Role]


class RolePermission(BasePermission):
    """Lets one role in."""

    role: Role

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Whether the caller has the role. Raises UNAUTHENTICATED for an anonymous caller, FORBIDDEN otherwise."""
        return OneOf(type(self)).has_permission(source, info, **kwargs)

    @property
    def schema_directive(self) -> object:
        """The directive that the SDL shows."""
        return Allowed(to=[self.role])


class IsSuperadmin(RolePermission):
    role = Role.SUPERADMIN


class IsOperatorAdmin(RolePermission):
    role = Role.OPERATOR_ADMIN


class IsOperatorEmployee(RolePermission):
    role = Role.OPERATOR_EMPLOYEE


class IsSubscriberAdmin(RolePermission):
    role = Role.SUBSCRIBER_ADMIN


class IsSubscriberEmployee(RolePermission):
    role = Role.SUBSCRIBER_EMPLOYEE


class OneOf(BasePermission):
    """Lets any of several roles in."""

    def __init__(self, *permissions: type[RolePermission]) -> None:
        self.roles: Sequence[Role] = [permission.role for permission in permissions]

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Whether the caller has one of the roles. Raises UNAUTHENTICATED for an anonymous caller, FORBIDDEN
        otherwise, so that a mutation's handler answers with a Problem."""
        caller = info.context.caller
        if not isinstance(caller, Actor):
            raise Refusal(Code.UNAUTHENTICATED)
        if caller.role not in self.roles:
            raise Refusal(Code.FORBIDDEN)
        return True

    @property
    def schema_directive(self) -> object:
        """The directive that the SDL shows."""
        return Allowed(to=list(self.roles))


class Anyone(BasePermission):
    """Lets everybody in, signed in or not: said on purpose, never by default."""

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Always."""
        return True

    @property
    def schema_directive(self) -> object:
        """The directive that the SDL shows."""
        return Allowed(to=[])


anyone = Anyone()
signed_in = OneOf(IsSuperadmin, IsOperatorAdmin, IsOperatorEmployee, IsSubscriberAdmin, IsSubscriberEmployee)
superadmin = IsSuperadmin()
operator_admin = IsOperatorAdmin()
recorders = OneOf(IsOperatorAdmin, IsOperatorEmployee)
signers = OneOf(IsOperatorAdmin, IsOperatorEmployee, IsSubscriberAdmin, IsSubscriberEmployee)
founders = OneOf(IsSuperadmin, IsOperatorAdmin)
administrators = OneOf(IsSuperadmin, IsOperatorAdmin, IsSubscriberAdmin)
