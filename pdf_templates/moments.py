"""Moments and days as the paper shows them: in the object's time zone, a moment always with its offset from UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pdf_templates.paper import Language

DAYS: dict[Language, str] = {"ru": "%d.%m.%Y", "en": "%d %b %Y"}


@dataclass(frozen=True)
class Clockface:
    """Writes moments for one document."""

    time_zone: str
    language: Language

    def moment(self, moment: datetime) -> str:
        """To the second: «22.11.2026 14:05:33 UTC+03:00».

        :raises ValueError: if the moment has no time zone: a paper must not guess what hour it was
        """
        there = self._there(moment)
        return f"{there:{DAYS[self.language]} %H:%M:%S} UTC{there.isoformat(timespec='seconds')[-6:]}"

    def day(self, day: date | datetime) -> str:
        """«22.11.2026»: a date as it is, a moment as the day it was at the object."""
        return f"{self._there(day) if isinstance(day, datetime) else day:{DAYS[self.language]}}"

    def _there(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {moment!r}")
        return moment.astimezone(ZoneInfo(self.time_zone))
