"""Events about a certificate: seen by its holder, the admins of their organisation and the owner."""

from __future__ import annotations

from typing import Any

from models.certificates import Certificate
from models.enums import EventKind
from models.events import Event
from models.users import User
from rules.actor import SIDES
from rules.unit import Unit


async def record_about(deed: Unit, kind: EventKind, certificate: Certificate, changes: dict[str, Any]) -> Event:
    """Append an event about the certificate to `deed`; its serial number is always said."""
    holder = await User.get(id=certificate.user_id)
    return await deed.record_person(
        kind,
        user_id=holder.id,
        organization_id=certificate.organization_id,
        side=SIDES[holder.role],
        certificate_id=certificate.id,
        changes={"serial": certificate.serial, **changes},
    )
