"""Changing one's own password."""

from __future__ import annotations

from models.enums import EventKind
from models.users import User
from rules import mail, passwords, sessions, sign_in_delays
from rules.actor import Actor
from rules.refusals import Code, Refusal, invalid
from rules.sign_in_delays import Key
from rules.unit import unit


async def change_password(actor: Actor, *, current: str, new: str) -> User:
    """Set another password. The person's other sessions end at once, in open sockets too.

    Raises INVALID for a wrong `current` (RATE_LIMITED after several) and for a `new` one that may not be had.
    """
    user = await User.get(id=actor.user_id).select_related("person")
    passwords.acceptable(new, "new", own=[user.email, user.person.name])
    key = Key(f"password:{actor.session_id}")
    await sign_in_delays.count(actor, [key])
    if not await passwords.matches(user.password_hash, current):
        raise invalid("current", "password_wrong")
    await sign_in_delays.forgive([key])
    hashed = await passwords.hashed(new)
    async with unit(actor) as deed:
        locked = await User.select_for_update().get(id=user.id)
        if locked.password_hash != user.password_hash:
            raise Refusal(Code.CONFLICT)  # changed from elsewhere meanwhile
        await User.filter(id=user.id).update(password_hash=hashed)
        ended = await sessions.end_sessions(actor, but=actor.session_id)
        await deed.record_person(
            EventKind.PASSWORD_CHANGED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            changes={"sessions": [str(each) for each in ended]},
        )
        await mail.tell_password_changed(deed, locked)
    return locked
