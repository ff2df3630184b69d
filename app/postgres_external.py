"""A PostgreSQL that the operator runs, found by DATABASE_URL."""

from urllib.parse import urlsplit

import asyncpg

from app.postgres_binaries import OLDEST_MAJOR
from app.startup_refusal import StartupRefused

CONNECT_SECONDS = 10


async def role_at(database_url: str) -> str:
    """The role that `database_url` signs in as.

    :raises StartupRefused: if the database does not answer, does not let us in or is older than PostgreSQL 15
    """
    place = urlsplit(database_url).netloc.rpartition("@")[2] or "localhost"
    try:
        connection = await asyncpg.connect(database_url, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        cause = " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())
        raise StartupRefused(
            ru=f"База данных {place} недоступна: {cause}. Проверьте DATABASE_URL.",
            en=f"The database at {place} is not available: {cause}. Check DATABASE_URL.",
        ) from error
    try:
        major = connection.get_server_version().major
        if major < OLDEST_MAJOR:
            raise StartupRefused(
                ru=f"PostgreSQL {major} по адресу {place} слишком стар: нужен {OLDEST_MAJOR} или новее.",
                en=f"PostgreSQL {major} at {place} is too old: {OLDEST_MAJOR} or newer is needed.",
            )
        return str(await connection.fetchval("select current_user"))
    finally:
        await connection.close()
