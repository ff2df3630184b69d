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
from schema.enums import Role, ServiceScope


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    description="Who may ask for the field, a partner's system within a scope; an empty list means anybody at all.",
)
class Allowed:
    to: list[Role]
    scope: ServiceScope | None = strawberry.UNSET


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


class IsPartner(RolePermission):
    role = Role.PARTNER


class OneOf(BasePermission):
    """Lets any of several roles in; whoever has to set a second factor up first, only if `confined_too`; a partner's
    system only within `scope`, if one is named."""

    def __init__(
        self, *permissions: type[RolePermission], confined_too: bool = False, scope: ServiceScope | None = None
    ) -> None:
        self.roles: Sequence[Role] = [permission.role for permission in permissions]
        self.confined_too = confined_too
        self.scope = scope

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        """Whether the caller has one of the roles. Raises UNAUTHENTICATED for an anonymous caller,
        SECOND_FACTOR_REQUIRED for a confined one, FORBIDDEN otherwise, so that a mutation's handler answers with a
        Problem."""
        caller = info.context.caller
        if not isinstance(caller, Actor):
            raise Refusal(Code.UNAUTHENTICATED)
        if caller.confined and not self.confined_too:
            raise Refusal(Code.SECOND_FACTOR_REQUIRED, "second_factor_missing")
        if caller.role not in self.roles:
            raise Refusal(Code.FORBIDDEN)
        if caller.role is Role.PARTNER and self.scope is not None and self.scope not in caller.scopes:
            raise Refusal(Code.FORBIDDEN, "scope_missing", details={"scope": self.scope.value})
        return True

    @property
    def schema_directive(self) -> object:
        """The directive that the SDL shows."""
        return Allowed(to=list(self.roles), scope=self.scope or strawberry.UNSET)


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
setting_up = OneOf(
    IsSuperadmin, IsOperatorAdmin, IsOperatorEmployee, IsSubscriberAdmin, IsSubscriberEmployee, confined_too=True
)
"""For what somebody needs who has to have a second factor and has none yet."""
EVERYBODY = (IsSuperadmin, IsOperatorAdmin, IsOperatorEmployee, IsSubscriberAdmin, IsSubscriberEmployee, IsPartner)
readers = OneOf(*EVERYBODY)
"""Partners' systems too: what they are shown of rows is bounded by their scopes."""
readers_of_objects = OneOf(*EVERYBODY, scope=ServiceScope.OBJECTS)
readers_of_journals = OneOf(*EVERYBODY, scope=ServiceScope.JOURNALS)
readers_of_events = OneOf(*EVERYBODY, scope=ServiceScope.EVENTS)
partner = IsPartner()
superadmin = IsSuperadmin()
operator_admin = IsOperatorAdmin()
recorders = OneOf(IsOperatorAdmin, IsOperatorEmployee)
signers = OneOf(IsOperatorAdmin, IsOperatorEmployee, IsSubscriberAdmin, IsSubscriberEmployee)
founders = OneOf(IsSuperadmin, IsOperatorAdmin)
administrators = OneOf(IsSuperadmin, IsOperatorAdmin, IsSubscriberAdmin)
