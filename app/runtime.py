"""What every rule needs around it: the database, the installation's keys, the bell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from tortoise.context import TortoiseContext

from app.authority_at_start import known_compromised, time_stamp_roots
from app.file_storage_at_start import file_limits, file_storage
from app.mail_at_start import mail_service
from app.migration import orm_configuration
from app.settings import Settings
from rules import bell, clock, events, founding, installation, revocation_lists
from rules.installation import Installation, KeptAuthority

POOL = {"min_size": 1, "max_size": 10}


def installation_of(settings: Settings) -> Installation:
    """What rules are told of the settings, with the authority opened."""
    kept = KeptAuthority(settings.authority_folder, settings.authority_passphrase, settings.pkcs11_module)
    return Installation(
        kept_authority=kept,
        public_url=kept.current().public_url,
        server_secret=settings.server_secret,
        file_storage=file_storage(settings),
        file_limits=file_limits(settings),
        mail=mail_service(settings),
        session_hours=settings.session_hours,
        four_eyes=settings.four_eyes,
        second_factor_required=settings.second_factor_required,
        certificate_term=timedelta(days=settings.certificate_days),
        request_term=timedelta(days=settings.request_days),
        time_stamp_service=settings.time_stamp_url or None,
        other_time_stamp_roots=time_stamp_roots(settings),
        compromised_keys=known_compromised(settings.compromised_keys),
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[None]:
    """Rules may be called inside. `settings.database_url` is the serving role's address."""
    installation.install(installation_of(settings))
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
        await founding.ship_missing(clock.now())
        await revocation_lists.refresh(clock.now())
        async with bell.hearing(settings.database_url):
            yield
