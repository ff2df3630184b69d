"""The custom scalars of the contract, in one place."""

from dataclasses import replace
from datetime import UTC, datetime

from strawberry.scalars import JSON, Base64
from strawberry.schema.types.base_scalars import DateTimeDefinition

__all__ = ["DATE_TIME", "JSON", "Base64"]


def _written(moment: datetime) -> str:
    """RFC 3339 in UTC, a fraction without the zeros at its end: as PostgreSQL writes what it answers itself, so that
    one moment is one text wherever it is met."""
    whole, _, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}+00:00" if fraction else f"{whole}+00:00"


DATE_TIME = replace(
    DateTimeDefinition, description="A moment in UTC (RFC 3339): 2026-11-22T10:00:00.5+00:00", serialize=_written
)
