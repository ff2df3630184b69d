"""Checks of the plain values people type: texts, names, addresses, Russian registry numbers."""

import re
import unicodedata
from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones

from rules.refusals import invalid

EMAIL = re.compile(r"[!-?A-~]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,}")
"""The part before the at-sign in ASCII: a certificate cannot carry another (RFC 5280 §4.2.1.6)."""
NOT_PLACES = {"localtime", "Factory", "posixrules"}
"""Names in the time zone database that mean something else on every machine."""
LONGEST_KEY = 200


def text(value: str, field: str, *, most: int, least: int = 1) -> str:
    """`value` trimmed and in Unicode NFC. Raises INVALID for a length outside `least`..`most` characters and for
    control characters other than line breaks and tabs."""
    clean = unicodedata.normalize("NFC", value).strip()
    if not clean and least:
        raise invalid(field, "required")
    if len(clean) < least:
        raise invalid(field, "too_short", least=least)
    if len(clean) > most:
        raise invalid(field, "too_long", most=most)
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in clean):
        raise invalid(field, "control_characters")
    return clean


def optional(value: str | None, field: str, *, most: int) -> str | None:
    """The same for a text that may be left out; an empty one is none."""
    return text(value, field, most=most) if value and value.strip() else None


def storable(value: str) -> bool:
    """Whether PostgreSQL can hold the text at all: no NUL, no unpaired surrogate."""
    return "\0" not in value and value.encode(errors="replace").decode() == value


def email(value: str, field: str) -> str:
    """A lower-case e-mail address."""
    clean = text(value.lower(), field, most=254)
    if not EMAIL.fullmatch(clean):
        raise invalid(field, "email")
    return clean


def sort_key(name: str) -> str:
    """What names are ordered by: the database sorts by code point, which would put Ё before А and capitals first.
    Cut, because case folding can make a text longer."""
    return " ".join(name.casefold().replace("ё", "е").split())[:LONGEST_KEY]


def time_zone(value: str, field: str) -> str:
    """A name of the IANA time zone database."""
    if value not in _places():
        raise invalid(field, "time_zone")
    return value


@cache
def _places() -> frozenset[str]:
    """The names of the database: read once, for looking through its files takes milliseconds."""
    return frozenset(available_timezones() - NOT_PLACES)


FIRST_YEAR, LAST_YEAR = 1900, 2200


def instant(value: datetime, field: str) -> datetime:
    """A moment in UTC. Raises INVALID for one without an offset, which cannot be placed in time, and for one outside
    1900–2200, which some calendar or time zone somewhere could not show."""
    if value.tzinfo is None:
        raise invalid(field, "time_zone_missing")
    if not FIRST_YEAR < value.year < LAST_YEAR:
        raise invalid(field, "moment_range", first=FIRST_YEAR, last=LAST_YEAR)
    return value.astimezone(UTC)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10


def tax_number(value: str, field: str) -> str:
    """ИНН with its control digits: 10 digits for a legal entity, 12 for a person."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    ok = value.isascii() and value.isdigit()
    if ok and len(value) == 10:
        ok = _weighted(value, weights[2:]) == int(value[9])
    elif ok and len(value) == 12:
        ok = _weighted(value, weights[1:]) == int(value[10]) and _weighted(value, weights) == int(value[11])
    else:
        ok = False
    if not ok:
        raise invalid(field, "tax_number")
    return value


def reason_code(value: str, field: str) -> str:
    """КПП: nine characters, the fifth and sixth may be letters."""
    if not re.fullmatch(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}", value):
        raise invalid(field, "reason_code")
    return value


def registration_number(value: str, field: str) -> str:
    """ОГРН (13 digits) or ОГРНИП (15 digits) with its control digit."""
    ok = value.isascii() and value.isdigit() and len(value) in (13, 15)
    if not ok or int(value[:-1]) % (len(value) - 2) % 10 != int(value[-1]):
        raise invalid(field, "registration_number")
    return value
