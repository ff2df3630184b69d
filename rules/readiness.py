"""Whether this process could serve now."""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from importlib.resources import files

from tortoise import connections
from tortoise.exceptions import BaseORMException

log = logging.getLogger(__name__)

SECONDS = 3.0
"""How long the database may take to answer."""
APPLIED = "select name from tortoise_migrations where app = 'models'"


class Obstacle(StrEnum):
    """What keeps us from serving, in words that tell a stranger nothing."""

    DATABASE = "database"
    MIGRATIONS = "migrations"


async def obstacles() -> list[Obstacle]:
    """What is missing; empty if nothing is. Never raises: the cause goes to the log."""
    try:
        async with asyncio.timeout(SECONDS):
            rows = await connections.get("default").execute_query_dict(APPLIED)
    except (BaseORMException, OSError, TimeoutError):
        log.warning("the database does not answer", exc_info=True)
        return [Obstacle.DATABASE]
    return [Obstacle.MIGRATIONS] if _shipped() - {row["name"] for row in rows} else []


def _shipped() -> set[str]:
    """The names of the migrations that this version brings."""
    names = (file.name for file in files("models.migrations").iterdir())
    return {name.removesuffix(".py") for name in names if name.endswith(".py") and name[0].isdigit()}
