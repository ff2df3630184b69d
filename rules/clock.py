"""The one place that reads the clock: edges ask it once a request, and rules are given the instant."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)
