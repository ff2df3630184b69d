"""Passwords: Argon2id (RFC 9106), off the event loop, a bounded number at once; long enough, and none that a guesser
tries first (NIST SP 800-63B-4 §3.1.1)."""

from __future__ import annotations

import asyncio
import gzip
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rules.refusals import invalid

Result = TypeVar("Result")

LEAST, MOST = 10, 200
PRODUCT = ("Электронные журналы", "Electronic Journals")
SHORTEST_WORD = 4
"""Shorter words of one's own are in too many passwords to say anything."""
FREE_CHARACTERS = 4
"""How many characters beside words of one's own still make no password of them."""
COMMON = Path(__file__).parent / "reference" / "common_passwords.txt.gz"
DERIVATIONS_AT_ONCE = 2
"""Each takes some 50 MiB and a core; more at once would only make all of them wait."""

_hasher = PasswordHasher()
_slots = asyncio.Semaphore(DERIVATIONS_AT_ONCE)


async def derive(work: Callable[[], Result]) -> Result:
    """Run one memory-hard derivation (a password's or a PIN's) in a thread. Never call it while a lock is held."""
    async with _slots:
        return await asyncio.to_thread(work)


def acceptable(password: str, field: str, *, own: Iterable[str | None] = ()) -> str:
    """The password, if one may have it: there are no rules on its composition.

    :param own: the account's e-mail address and its holder's name
    :raises Refusal: INVALID naming `field` for fewer than 10 or more than 200 characters, a password of the shipped
        list of common ones, and one that hardly says more than the e-mail, the name or the product's name
    """
    if len(password) < LEAST:
        raise invalid(field, "too_short", least=LEAST)
    if len(password) > MOST:
        raise invalid(field, "too_long", most=MOST)
    folded = _folded(password)
    if folded in _common():
        raise invalid(field, "password_common")
    letters = rest = _letters(folded)
    for word in sorted(_words(own), key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != letters and len(rest) <= FREE_CHARACTERS:
        raise invalid(field, "password_own")
    return password


def _folded(text: str) -> str:
    """Alike for what people take for the same (Unicode NFKC, case folded)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _letters(folded: str) -> str:
    return re.sub(r"[\W_]+", "", folded).replace("ё", "е")


def _words(own: Iterable[str | None]) -> set[str]:
    """Whole e-mails and names, and each part of them."""
    words: set[str] = set()
    for text in (*own, *PRODUCT):
        folded = _folded(text or "")
        words.update(_letters(part) for part in (folded, folded.partition("@")[0], *re.split(r"[\W_]+", folded)))
    return {word for word in words if len(word) >= SHORTEST_WORD}


@cache
def _common() -> frozenset[str]:
    """The 10,000 most common passwords of at least `LEAST` characters (rules/reference/common_passwords.md)."""
    return frozenset(gzip.decompress(COMMON.read_bytes()).decode().split("\n"))


async def hashed(password: str) -> str:
    """The Argon2id hash to keep."""
    return await derive(lambda: _hasher.hash(password))


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("a password that nobody has")


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Takes as long for an account that does not exist (`password_hash` None)."""

    def verify() -> bool:
        try:
            return _hasher.verify(password_hash or _nobodys_hash(), password[: MOST + 1])
        except (VerificationError, InvalidHashError):
            return False

    return await derive(verify) and password_hash is not None
