"""What every rule needs around it: the database, the installation's keys, the bell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.context import TortoiseContext

from app.migration import orm_configuration
from app.settings import Settings
from authority.keystore import open_authority
from rules import bell, clock, events, installation
from rules.installation import Installation


async def _keep(connection: Any) -> None:
    """Nothing to reset: no rule changes its session, and asking for it would cost every statement a round trip. Open
    transactions are rolled back by the driver all the same."""


POOL = {"min_size": 1, "max_size": 10, "reset": _keep}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Rules may be called inside. `settings.database_url` is the serving role's address."""
    authority = open_authority(settings.authority_folder, settings.authority_passphrase)
    installation.install(
        Installation(
            authority=authority,
            public_url=authority.public_url,
            server_secret=settings.server_secret,
            session_hours=settings.session_hours,
        )
    )
    configuration = orm_configuration(settings.database_url)
    credentials = configuration["connections"]["default"]["credentials"]
    credentials |= POOL | {
        "server_settings": {
            "application_name": "electronic-journals",
            "statement_timeout": str(settings.statement_timeout_ms),
            "TimeZone": "UTC",
        }
    }
    async with TortoiseContext() as context:
        await context.init(config=configuration, _enable_global_fallback=True)
        await events.begin_epoch(clock.now())
        async with bell.hearing(settings.database_url):
            yield
