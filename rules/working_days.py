"""Working days by the Russian production calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays

OFFICE = ZoneInfo("Europe/Moscow")
"""The owner's office keeps its days by this clock."""


def next_working_day(moment: datetime) -> datetime:
    """The same time of day on the office's next working day: "within one working day" (63-FZ art. 10).

    Holidays and the days off that the government has moved are those the `holidays` package knows.
    """
    local = moment.astimezone(OFFICE)
    calendar = holidays.country_holidays("RU", years=[local.year, local.year + 1])
    day = local.date() + timedelta(days=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, local.timetz()).astimezone(UTC)
