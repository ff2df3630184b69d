"""Who asks, and when: the first argument of every rule."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.enums import Language, Role, Side
from rules.refusals import Code, Refusal

SIDES: dict[Role, Side | None] = {
    Role.SUPERADMIN: None,
    Role.OPERATOR_ADMIN: Side.OPERATOR,
    Role.OPERATOR_EMPLOYEE: Side.OPERATOR,
    Role.SUBSCRIBER_ADMIN: Side.SUBSCRIBER,
    Role.SUBSCRIBER_EMPLOYEE: Side.SUBSCRIBER,
}


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A caller who has not signed in. `now` is the instant of the request, in UTC."""

    now: datetime
    language: Language = Language.RU
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in caller. `now` is the instant of the request, in UTC: what time decides is decided by it alone."""

    now: datetime
    user_id: UUID
    organization_id: UUID
    person_id: UUID
    role: Role
    language: Language
    session_id: UUID
    request_id: str | None = None

    @property
    def side(self) -> Side | None:
        """The side the actor signs for; the owner has none."""
        return SIDES[self.role]

    def at(self, now: datetime) -> "Actor":
        """The same caller at another moment."""
        return Actor(
            now,
            self.user_id,
            self.organization_id,
            self.person_id,
            self.role,
            self.language,
            self.session_id,
            self.request_id,
        )

    def require(self, *roles: Role) -> None:
        """Raise FORBIDDEN unless the actor has one of `roles`."""
        if self.role not in roles:
            raise Refusal(Code.FORBIDDEN)


Caller = Actor | Anonymous
