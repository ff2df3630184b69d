"""Who asks, and when: the first argument of every rule."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.enums import Language, Role, ServiceScope, Side
from rules.refusals import Code, Refusal

SIDES: dict[Role, Side | None] = {
    Role.SUPERADMIN: None,
    Role.OPERATOR_ADMIN: Side.OPERATOR,
    Role.OPERATOR_EMPLOYEE: Side.OPERATOR,
    Role.SUBSCRIBER_ADMIN: Side.SUBSCRIBER,
    Role.SUBSCRIBER_EMPLOYEE: Side.SUBSCRIBER,
    Role.PARTNER: None,
}
ADMINISTRATORS = (Role.SUPERADMIN, Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN)
"""Who looks after an organisation's people and systems."""


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A caller who has not signed in. `now` is the instant of the request, in UTC; `address` the one the request came
    from, an IPv4 or IPv6 address in text; `client` what the program calls itself (User-Agent)."""

    now: datetime
    language: Language = Language.RU
    request_id: str | None = None
    address: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in caller. `now` is the instant of the request, in UTC: what time decides is decided by it alone.

    `confined`: has to have a second factor and signed in without one; may set one up, and no more.
    `scopes`: what a partner's system may read, whose `user_id` is its service account's key, `session_id` its token's.
    """

    now: datetime
    user_id: UUID
    organization_id: UUID
    person_id: UUID
    role: Role
    language: Language
    session_id: UUID
    request_id: str | None = None
    confined: bool = False
    scopes: frozenset[ServiceScope] = frozenset()

    @property
    def side(self) -> Side | None:
        """The side the actor signs for; the owner has none."""
        return SIDES[self.role]

    def at(self, now: datetime) -> "Actor":
        """The same caller at another moment."""
        # Spelled out, because dataclasses.replace would cost a small read a part of its time.
        return Actor(
            now,
            self.user_id,
            self.organization_id,
            self.person_id,
            self.role,
            self.language,
            self.session_id,
            self.request_id,
            self.confined,
            self.scopes,
        )

    def require(self, *roles: Role) -> None:
        """Raise FORBIDDEN unless the actor has one of `roles`, SECOND_FACTOR_REQUIRED if they are confined."""
        if self.confined:
            raise Refusal(Code.SECOND_FACTOR_REQUIRED, "second_factor_missing")
        if self.role not in roles:
            raise Refusal(Code.FORBIDDEN)


Caller = Actor | Anonymous
