"""JSON that somebody gives where a shape is expected: each part is taken as what it has to be, or refused by its path.

Every function takes the value and the dotted path `at` that a refusal names; all raise INVALID.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from models.enums import Language
from rules import texts
from rules.refusals import invalid

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
"""A number as text: exact in the signed bytes, where a JSON number would be a binary fraction (RFC 8785 §3.2.2.3)."""

LONGEST_STEP = 40
"""How much of a name that somebody made up stands in a path."""

Member = TypeVar("Member", bound=StrEnum)


def mapping(value: object, at: str, names: Collection[str] | None = None) -> Mapping[str, Any]:
    """An object, with no other members than `names` where they are given."""
    if value is None:
        raise invalid(at, "required")
    if not isinstance(value, dict):
        raise invalid(at, "json_object")
    for name in value:
        if names is not None and name not in names:
            raise invalid(f"{at}.{_step(name)}", "unknown_property")
    return value


def _step(name: object) -> str:
    return "".join(character for character in str(name)[:LONGEST_STEP] if character.isprintable())


def sequence(value: object, at: str, *, least: int, most: int) -> Sequence[Any]:
    """A list of `least` to `most` items."""
    if value is None:
        raise invalid(at, "required")
    if not isinstance(value, list):
        raise invalid(at, "json_list")
    if not least <= len(value) <= most:
        raise invalid(at, "json_count", least=least, most=most)
    return value


def text(value: object, at: str, *, most: int) -> str:
    """A text of at most `most` characters, trimmed."""
    if value is None:
        raise invalid(at, "required")
    if not isinstance(value, str):
        raise invalid(at, "json_text")
    return texts.text(value, at, most=most)


def words(value: object, at: str, most: int) -> dict[str, str]:
    """`{ru, en}`: the same in both languages."""
    both = mapping(value, at, {*Language})
    return {name.value: text(both.get(name.value), f"{at}.{name.value}", most=most) for name in Language}


def key(value: object, at: str, pattern: re.Pattern[str], reason: str) -> str:
    """A name for programs, which `pattern` describes; otherwise refused with `reason`."""
    if value is None:
        raise invalid(at, "required")
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise invalid(at, reason)
    return value


def boolean(value: object, at: str) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise invalid(at, "json_boolean")
    return value


def integer(value: object, at: str, least: int, most: int) -> int:
    """An integer of `least` to `most`."""
    if value is None:
        raise invalid(at, "required")
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise invalid(at, "json_integer", least=least, most=most)
    return value


def decimal(value: object, at: str) -> Decimal:
    """A decimal number written as a text."""
    if not isinstance(value, str) or not DECIMAL.fullmatch(value):
        raise invalid(at, "json_decimal")
    return Decimal(value)


def member(value: object, at: str, members: type[Member]) -> Member:
    """A word of a closed list."""
    if value is None:
        raise invalid(at, "required")
    if not isinstance(value, str) or value not in [*members]:
        raise invalid(at, "json_member", members=", ".join(members))
    return members(value)


def unrepeated(keys: Sequence[str], at: str, name: str | None = None) -> None:
    """Refuse the second of two equal keys, by its place in the list at `at` and the `name` it has there."""
    for index, each in enumerate(keys):
        if each in keys[:index]:
            raise invalid(f"{at}.{index}" + (f".{name}" if name else ""), "item_repeated")
