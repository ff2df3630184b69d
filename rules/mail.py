"""Which mails there are, and asking for them inside the deed they belong to. What they say stands in
jobs/mail_templates, how they leave in jobs/mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models.enums import Language
from models.users import User
from rules import installation
from rules.queue import enqueue
from rules.unit import Unit

SEND_LINK = "mail.send_link"
SEND_NOTICE = "mail.send_notice"


class MailKind(StrEnum):
    """What a mail is about; the name of its template."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    ADDRESS_CHANGED = "address_changed"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is due. `values` are what its template fills in; they may hold a secret."""

    kind: MailKind
    address: str
    name: str
    language: Language
    values: dict[str, str] = field(repr=False)


async def mail_to(user: User, kind: MailKind, *, address: str | None = None, **values: str) -> Mail:
    """A mail to `user`, at `address` if it is not their present one."""
    await user.fetch_related("person")
    name = " ".join(user.person.name.split())
    site = installation.current().public_url
    return Mail(kind, address or user.email, name, user.language, {"name": name, "site": site, **values})


async def tell_password_changed(deed: Unit, user: User) -> None:
    """Have `user` told by mail that their password was changed in `deed`: if it was not them, they have to know."""
    await _notify(deed, MailKind.PASSWORD_CHANGED, user)


async def tell_address_changed(deed: Unit, user: User, *, former: str) -> None:
    """Have whoever reads the mails to `former` told that it is no longer the address of `user`."""
    await _notify(deed, MailKind.ADDRESS_CHANGED, user, former)


async def _notify(deed: Unit, kind: MailKind, user: User, address: str | None = None) -> None:
    arguments = {"kind": kind.value, "user_id": str(user.id), "at": deed.now.isoformat(), "address": address}
    await enqueue(deed, SEND_NOTICE, arguments)


async def notice(kind: str, user_id: str, at: str, address: str | None) -> Mail:
    """The notice that was asked for with these arguments. It holds no secret."""
    moment = datetime.fromisoformat(at)
    user = await User.get(id=UUID(user_id))
    return await mail_to(user, MailKind(kind), address=address, at=f"{moment:%d.%m.%Y %H:%M} UTC")
