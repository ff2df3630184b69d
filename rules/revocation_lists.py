"""Revocation lists (RFC 5280 §5): a new one in the transaction of every change of status, and before the last ends."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from authority.keystore import TokenUnavailable
from authority.revocation_lists import RevokedCertificate, issue_revocation_list
from models.certificates import Certificate
from models.enums import CertificateStatus
from models.revocation import CertificateStatusChange, RevocationList
from rules import installation
from rules.actor import Anonymous
from rules.unit import unit

TERM = timedelta(days=7)
"""How long a list may be relied on: a weekend of ours must not make every signature of the world undecided."""
REFRESHED_AFTER = timedelta(days=1)
A_SECOND = timedelta(seconds=1)
"""What the moments of lists are cut to."""

LOG = logging.getLogger(__name__)


async def publish(connection: BaseDBAsyncClient, issuer_key_id: str, now: datetime) -> RevocationList:
    """Issue the next list of this issuer, of what `connection`'s open transaction sees, and store it there.

    Lists of one issuer are made one after the other, so that a higher number never tells of less. Raises LookupError
    for a key that no generation of the authority has.
    """
    generation = installation.current().authority.generation(issuer_key_id)
    if generation is None:
        raise LookupError(f"no generation with the key {issuer_key_id}")
    await _one_after_the_other(connection, issuer_key_id)
    former = await latest(issuer_key_id)
    ended = Certificate.filter(
        issuer_key_id=issuer_key_id, status__in=[CertificateStatus.SUSPENDED, CertificateStatus.REVOKED]
    ).order_by("serial")
    entries = [
        _entry(*row)
        for row in await ended.values_list("serial", "suspended_at", "revoked_at", "revocation_reason", "invalid_since")
    ]
    number = former.number + 1 if former else 1
    this_update = max(now, former.this_update) if former else now
    this_update = this_update.replace(microsecond=0)
    next_update = this_update + TERM
    der = await asyncio.to_thread(
        issue_revocation_list,
        generation.issuing,
        entries,
        number=number,
        this_update=this_update,
        next_update=next_update,
    )
    return await RevocationList.create(
        issuer_key_id=issuer_key_id, number=number, this_update=this_update, next_update=next_update, der=der
    )


def _entry(
    serial: str,
    suspended_at: datetime | None,
    revoked_at: datetime | None,
    reason: str | None,
    invalid_since: datetime | None,
) -> RevokedCertificate:
    if revoked_at is not None:
        return RevokedCertificate(int(serial, 16), revoked_at, str(reason), invalid_since)
    if suspended_at is None:
        raise RuntimeError(f"certificate {serial} has ended without a moment")  # the table's constraints forbid it
    return RevokedCertificate(int(serial, 16), suspended_at, "certificateHold", None)


async def latest(issuer_key_id: str) -> RevocationList | None:
    """The list in force of this issuer."""
    return await RevocationList.filter(issuer_key_id=issuer_key_id).order_by("-number").first()


async def current(issuer_key_id: str, now: datetime) -> RevocationList | None:
    """The list in force, issued anew first where that is due: nobody is ever told an old one because a job has not run.
    None if no generation has this key."""
    former = await latest(issuer_key_id)
    if former is not None and not await _due(former, now):
        return former
    try:
        await _refresh(issuer_key_id, now)
    except TokenUnavailable:
        LOG.exception("no new revocation list; the former one is served")
    return await latest(issuer_key_id)


async def refresh(now: datetime) -> int:
    """Issue anew what was issued a day ago or never; how many lists that were. At every start, and by a job."""
    keys = [generation.key_id for generation in installation.current().authority.generations]
    return sum([await _refresh(key_id, now) for key_id in keys])


async def _refresh(issuer_key_id: str, now: datetime) -> bool:
    if installation.current().authority.generation(issuer_key_id) is None:
        return False
    async with unit(Anonymous(now=now)) as deed:
        await _one_after_the_other(deed.connection, issuer_key_id)
        former = await latest(issuer_key_id)
        if former is not None and not await _due(former, now):
            return False
        await publish(deed.connection, issuer_key_id, now)
    return True


async def _due(former: RevocationList, now: datetime) -> bool:
    """Whether a list is a day old, or does not tell of a hold for which the key did not answer."""
    owed = CertificateStatusChange.filter(
        certificate__issuer_key_id=former.issuer_key_id, at__gte=former.this_update + A_SECOND
    )
    return former.this_update + REFRESHED_AFTER <= now or await owed.exists()


async def _one_after_the_other(connection: BaseDBAsyncClient, issuer_key_id: str) -> None:
    await connection.execute_query(
        "select pg_advisory_xact_lock(hashtext('revocation_lists'), hashtext($1))", [issuer_key_id]
    )
