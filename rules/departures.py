"""What ends when somebody leaves an organisation."""

from __future__ import annotations

from tortoise.expressions import Q

from models.enums import AccountLinkKind
from models.objects import Absence
from models.users import Session, User
from rules import absences, account_links, assignments, slot_watch
from rules.unit import Unit


async def end_sessions(deed: Unit, user: User) -> None:
    """Sign the user out everywhere. An event of the deed has to be about them: its bell closes their open sockets."""
    await Session.filter(user_id=user.id, ended_at=None).update(ended_at=deed.now)


async def leave(deed: Unit, user: User, *, reason: str) -> None:
    """End the sessions, links, duties and planned absences of the held `user`, also those in which they stand in for
    others; the admins are told of the slots that nobody can fill any more. What the user did stays theirs."""
    await end_sessions(deed, user)
    await account_links.withdraw(deed, user.id, *AccountLinkKind)
    objects = set(await assignments.end(deed, Q(user_id=user.id), reason=reason))
    planned = Absence.filter(Q(user_id=user.id) | Q(substitute_id=user.id), cancelled_at=None)
    for absence in await planned.filter(ends_at__gt=deed.now).order_by("id").select_for_update():
        objects |= await absences.cancel(deed, absence)
    await slot_watch.tell_unfillable(deed, objects)
