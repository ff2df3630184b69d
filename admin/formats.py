"""Values as people read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from admin.enum_words import ENUM_WORDS, words
from admin.mirror import mirrored
from admin.wording import both, language
from models.enums import Language
from models.events import Event
from models.journals import Journal, JournalType
from models.revocation import CertificateStatusChange

ZONE = ZoneInfo("Europe/Moscow")
ZONE_NAME = both("МСК", "MSK")
"""The back office shows Moscow time and says so; an object's own zone stands on the object."""

NOTHING = "—"
VOLUME = both("том", "volume")
YES, NO = both("да", "yes"), both("нет", "no")


def moment(value: datetime) -> str:
    """An instant to the second, with its zone: «22.11.2026 14:05:31 МСК»."""
    return f"{value.astimezone(ZONE):%d.%m.%Y %H:%M:%S} {ZONE_NAME}"


def day(value: date) -> str:
    """A date: «22.11.2026»."""
    return f"{value:%d.%m.%Y}"


def fixed_width(value: str | None) -> str:
    """A serial number or a digest, every character apart from its neighbours and the whole of it to be copied."""
    if value is None:
        return NOTHING
    return Markup('<code class="text-break">{}</code>').format(value)


def lines(value: str) -> str:
    """A text of several lines, broken where its writer broke it."""
    return Markup("<br>").join(value.split("\n"))


def in_language(named: Any) -> Any:
    """The name, in the language of the request, of what has one in each."""
    return named.name_en if language() is Language.EN else named.name_ru


def volume(journal: Any) -> str:
    """A volume of a journal by its type and number."""
    return f"{in_language(journal.type)}, {VOLUME} {journal.volume}"


def structure(value: object) -> Markup:
    """A JSON value, laid out."""
    return Markup('<pre class="mb-0">{}</pre>').format(json.dumps(value, ensure_ascii=False, indent=2))


FORMATS: dict[type[Any], Callable[[Any], Any]] = {
    type(None): lambda _: NOTHING,
    bool: lambda value: str(YES if value else NO),
    datetime: moment,
    date: day,
    str: lines,
    dict: structure,
    mirrored(JournalType): in_language,
    mirrored(Journal): volume,
    mirrored(Event): lambda event: words(event.kind),
    mirrored(CertificateStatusChange): lambda change: words(change.kind),
    **dict.fromkeys(ENUM_WORDS, words),
}
"""How a value of each type is shown, on lists and on the pages of single rows."""
