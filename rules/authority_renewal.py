"""New keys and certificates for the authority's services, in time."""

from __future__ import annotations

import asyncio
from datetime import datetime

from authority.service_renewal import renew_services
from models.enums import EventKind
from rules import installation
from rules.actor import Anonymous
from rules.unit import unit


async def renew(now: datetime) -> int:
    """Renew the OCSP responders' certificates and the time-stamping key where it is time; how many. Called by a job.

    What was renewed is at work in every process from its next use on.
    """
    kept = installation.current().kept_authority
    renewed = await asyncio.to_thread(renew_services, kept.folder, kept.passphrase, now=now, module=kept.module)
    for service in renewed:
        async with unit(Anonymous(now=now)) as deed:
            await deed.record(EventKind.AUTHORITY_SERVICE_RENEWED, changes={"service": service})
    return len(renewed)
