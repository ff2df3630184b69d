"""What a person can prove themselves with besides the password, and who has to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import connections

from models.enums import Role, SecondFactor
from models.users import Session
from rules import installation
from rules.actor import Actor
from rules.refusals import Code, Refusal


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """`totp_since`: since when an app with codes is set up; how many passkeys are, and recovery codes are left."""

    totp_since: datetime | None
    passkeys: int
    recovery_codes: int

    @property
    def enrolled(self) -> bool:
        """Whether there is a second factor at all. Recovery codes stand in for one and are none themselves."""
        return self.totp_since is not None or self.passkeys > 0

    @property
    def methods(self) -> list[str]:
        """What can be asked for, the most convenient first."""
        has = {
            SecondFactor.PASSKEY: self.passkeys > 0,
            SecondFactor.TOTP: self.totp_since is not None,
            SecondFactor.RECOVERY_CODE: self.enrolled and self.recovery_codes > 0,
        }
        return [factor.value for factor, there in has.items() if there]


OF_ACCOUNT = """
select u.totp_confirmed_at,
       (select count(*) from passkeys p where p.user_id = u.id and p.removed_at is null) as passkeys,
       (select count(*) from recovery_codes r
        where r.user_id = u.id and r.used_at is null and r.withdrawn_at is null) as recovery_codes
from users u where u.id = $1
"""


async def of_account(user_id: UUID) -> SecondFactors:
    """What the account has."""
    (row,) = await connections.get("default").execute_query_dict(OF_ACCOUNT, [user_id])
    return SecondFactors(row["totp_confirmed_at"], int(row["passkeys"]), int(row["recovery_codes"]))


def required_of(actor: Actor) -> bool:
    """Whether the actor has to have one."""
    return actor.role is Role.SUPERADMIN and installation.current().second_factor_required


async def mark_session(actor: Actor, factor: SecondFactor) -> None:
    """The actor has just proved themselves by `factor`: their session is confirmed and, if it was, confined no longer.
    Inside a unit with an event, so that open sockets hear of it."""
    await Session.filter(id=actor.session_id).update(second_factor=factor, confirmed_at=actor.now)


async def refuse_last(actor: Actor, *, but: int) -> None:
    """Raises CONFLICT if the actor has to have a second factor and would be left with none. `but` is how many of
    theirs are about to go."""
    factors = await of_account(actor.user_id)
    if required_of(actor) and factors.passkeys + (factors.totp_since is not None) <= but:
        raise Refusal(Code.CONFLICT, "second_factor_last")
