"""The custom scalars of the contract, in one place."""

import binascii
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError
from strawberry.scalars import JSON, Base64
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.scalar import ScalarDefinition

__all__ = ["BASE64", "DATE_TIME", "JSON", "Base64"]


def _written(moment: datetime) -> str:
    """RFC 3339 in UTC, a fraction without the zeros at its end: as PostgreSQL writes what it answers itself, so that
    one moment is one text wherever it is met."""
    whole, _, fraction = moment.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}+00:00" if fraction else f"{whole}+00:00"


DATE_TIME = replace(
    DateTimeDefinition, description="A moment in UTC (RFC 3339): 2026-11-22T10:00:00.5+00:00", serialize=_written
)


def _octets(value: Any) -> bytes:
    """The octets of an argument. Raises GraphQLError for what is no text in base64."""
    try:
        return b64decode(value, validate=True)
    except (ValueError, TypeError, binascii.Error) as error:
        raise GraphQLError("Value cannot be read as base64.") from error


_STANDARD = DEFAULT_SCALAR_REGISTRY[Base64]
assert isinstance(_STANDARD, ScalarDefinition)  # noqa: S101 - a wrapper would need another way in
BASE64 = replace(_STANDARD, parse_value=_octets)
