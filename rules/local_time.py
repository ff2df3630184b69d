"""Moments as people read them: in the time zone of the object, the offset from UTC always beside them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from models.enums import Language

PATTERNS = {Language.RU: "%d.%m.%Y %H:%M:%S", Language.EN: "%d %b %Y, %H:%M:%S"}
DATES = {Language.RU: "%d.%m.%Y", Language.EN: "%d %b %Y"}


def local_time(moment: datetime, time_zone: str, language: Language) -> str:
    """The moment in the IANA zone `time_zone`, to the second: «22.11.2026 14:05:33 UTC+03:00»."""
    there = moment.astimezone(ZoneInfo(time_zone))
    offset = there.isoformat(timespec="seconds")[-6:]
    return f"{there:{PATTERNS[language]}} UTC{offset}"


def local_date(moment: datetime, time_zone: str, language: Language) -> str:
    """The day it was there at that moment: «22.11.2026»."""
    return moment.astimezone(ZoneInfo(time_zone)).strftime(DATES[language])
