"""Telling holders in time that their certificates end."""

from __future__ import annotations

from datetime import datetime

from models.certificates import Certificate
from models.enums import EventKind, Role
from models.revocation import ExpiryNotice
from models.users import User
from rules.actor import Anonymous
from rules.certificate_events import record_about
from rules.unit import Unit, unit

NOTICES = (60, 30, 14, 7, 1)
"""How many days before the end."""
ADMINS_TOLD_FROM = 14
"""From so few days on the organisation's admins are told too: somebody has to sign on site."""
BATCH = 100

DUE = """
select c.id, notice.days from certificates c
    cross join lateral (
        select min(days) as days from unnest($2::int[]) days
        where c.not_after <= $1::timestamptz + days * interval '1 day'
    ) notice
where c.status = 'ACTIVE' and c.not_after > $1::timestamptz and notice.days is not null
    and not exists(select 1 from expiry_notices n where n.certificate_id = c.id and n.days <= notice.days)
    and not exists(select 1 from certificates newer where newer.user_id = c.user_id and newer.status = 'ACTIVE'
        and newer.not_after > c.not_after)
order by c.not_after limit $3
for no key update of c skip locked
"""
"""Certificates with the nearest notice that is due; one that was missed while nobody worked is not made up for when a
nearer one is due, and none is given to whoever has a newer certificate."""


async def give_notices(now: datetime) -> int:
    """Give the notices that are due; how many. Called by a job; called again at once it gives none."""
    given = 0
    while True:
        async with unit(Anonymous(now=now)) as deed:
            _, rows = await deed.connection.execute_query(DUE, [now, list(NOTICES), BATCH])
            for row in rows:
                await _give(deed, await Certificate.get(id=row["id"]), row["days"])
        given += len(rows)
        if len(rows) < BATCH:
            return given


async def _give(deed: Unit, certificate: Certificate, days: int) -> None:
    await ExpiryNotice.create(certificate_id=certificate.id, days=days, given_at=deed.now)
    event = await record_about(
        deed,
        EventKind.CERTIFICATE_EXPIRES,
        certificate,
        {"notAfter": certificate.not_after.isoformat(), "days": days},
    )
    told = [certificate.user_id]
    if days <= ADMINS_TOLD_FROM:
        admins = User.filter(
            organization_id=certificate.organization_id, role__in=[Role.OPERATOR_ADMIN, Role.SUBSCRIBER_ADMIN]
        )
        told += [admin.id for admin in await admins.only("id")]
    await deed.tell(event, told)
