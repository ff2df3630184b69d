"""The database as a command finds it: the operator's or our own, with its tables as this version needs them."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
from tortoise.exceptions import BaseORMException

from app.announcement import warn
from app.migration import migrate
from app.postgres import WEB, EmbeddedPostgres
from app.postgres_external import role_at
from app.settings import Settings
from app.startup_refusal import Line, StartupRefused

DatabaseEnd = Callable[[], Coroutine[None, None, None]]
"""Waits until our own server has ended, whoever ended it."""


@asynccontextmanager
async def ready_database(settings: Settings) -> AsyncIterator[tuple[Settings, DatabaseEnd | None]]:
    """The settings with the addresses of a migrated database, while it is there.

    :raises StartupRefused: if it cannot be reached, started or migrated
    """
    if settings.database_url:
        await _migrate_external(settings)
        yield settings, None
        return
    async with EmbeddedPostgres(settings.data_folder, bindir=settings.pg_bindir) as postgres:
        await migrate(postgres.owner_url(), WEB)
        served = replace(settings, database_url=postgres.web_url(), migration_database_url=postgres.owner_url())
        yield served, postgres.exited


async def _migrate_external(settings: Settings) -> None:
    serving_role = await role_at(settings.database_url)
    owner = await role_at(settings.migration_database_url)
    if serving_role == owner:
        warning = Line(
            ru=f"роль {owner} и владеет таблицами, и обслуживает запросы; задайте MIGRATION_DATABASE_URL.",
            en=f"the role {owner} both owns the tables and serves; set MIGRATION_DATABASE_URL.",
        )
        warn(warning, settings.console_language)
    try:
        await migrate(settings.migration_database_url, serving_role)
    except (asyncpg.PostgresError, BaseORMException) as error:
        raise StartupRefused(
            ru=f"Роль {owner} не может создать таблицы: {error}.", en=f"The role {owner} cannot migrate: {error}."
        ) from error
