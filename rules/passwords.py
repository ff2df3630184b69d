"""Passwords: Argon2id (RFC 9106), off the event loop, a bounded number at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rules.refusals import invalid

Result = TypeVar("Result")

LEAST, MOST = 8, 200
DERIVATIONS_AT_ONCE = 2
"""Each takes some 50 MiB and a core; more at once would only make all of them wait."""

_hasher = PasswordHasher()
_slots = asyncio.Semaphore(DERIVATIONS_AT_ONCE)


async def derive(work: Callable[[], Result]) -> Result:
    """Run one memory-hard derivation (a password's or a PIN's) in a thread. Never call it while a lock is held."""
    async with _slots:
        return await asyncio.to_thread(work)


def acceptable(password: str, field: str) -> str:
    """Raises INVALID for a password shorter than 8 or longer than 200 characters."""
    if len(password) < LEAST:
        raise invalid(field, "too_short", least=LEAST)
    if len(password) > MOST:
        raise invalid(field, "too_long", most=MOST)
    return password


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
