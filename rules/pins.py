"""Opening a key in the server's custody with its holder's PIN."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from uuid import UUID
from weakref import WeakValueDictionary

from authority.holder_key import HolderKey, SealedKey, WrongPin, open_sealed_key
from models.certificates import SigningKey
from models.enums import EventKind
from rules import installation
from rules.actor import Actor
from rules.passwords import derive
from rules.refusals import Code, Refusal, invalid
from rules.unit import unit

LEAST, MOST = 6, 32
FREE_TRIES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(days=1)

_one_at_a_time: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


def acceptable(pin: str, field: str) -> str:
    """Raises INVALID for anything but 6 to 32 digits, and for one digit repeated or a plain run of digits."""
    if not (pin.isascii() and pin.isdigit() and LEAST <= len(pin) <= MOST):
        raise invalid(field, "pin_format")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise invalid(field, "pin_weak")
    return pin


def sealed_key(key: SigningKey) -> SealedKey:
    """The row as the authority understands it."""
    return SealedKey(
        sealed=bytes(key.sealed or b""),
        salt=bytes(key.salt or b""),
        iterations=key.iterations or 0,
        memory_kib=key.memory_kib or 0,
        lanes=key.lanes or 0,
        public_key=bytes(key.public_key),
    )


async def open_key(actor: Actor, key_id: UUID, pin: str) -> HolderKey:
    """The key, opened with `pin`. Raises WRONG_PIN (details.triesLeft) or PIN_LOCKED (details.seconds).

    A try is counted before it is made, in a unit of its own, so that tries in parallel cannot outrun the lock; a right
    PIN clears the count. The derivation itself runs while no lock of the database is held.
    """
    async with _alone(key_id):
        key, failures = await _count_try(actor, key_id)
        try:
            opened = await derive(lambda: open_sealed_key(sealed_key(key), pin, installation.current().server_secret))
        except WrongPin:
            await _refuse(actor, key_id, failures)
            raise Refusal(Code.WRONG_PIN, field="pin", details={"triesLeft": max(FREE_TRIES - failures, 0)}) from None
        await SigningKey.filter(id=key_id).update(pin_failures=0, pin_locked_until=None)
        return opened


@asynccontextmanager
async def _alone(key_id: UUID) -> AsyncIterator[None]:
    lock = _one_at_a_time.get(key_id)
    if lock is None:
        lock = _one_at_a_time[key_id] = asyncio.Lock()
    async with lock:
        yield


async def _count_try(actor: Actor, key_id: UUID) -> tuple[SigningKey, int]:
    async with unit(actor):
        key = await SigningKey.select_for_update().get(id=key_id)
        if key.pin_locked_until is not None and key.pin_locked_until > actor.now:
            seconds = int((key.pin_locked_until - actor.now).total_seconds()) + 1
            raise Refusal(Code.PIN_LOCKED, field="pin", details={"seconds": seconds})
        key.pin_failures += 1
        beyond = key.pin_failures - FREE_TRIES
        if beyond >= 0:
            key.pin_locked_until = actor.now + min(FIRST_DELAY * 2 ** min(beyond, 20), LONGEST_DELAY)
        await key.save(update_fields=["pin_failures", "pin_locked_until"])
    return key, key.pin_failures


async def _refuse(actor: Actor, key_id: UUID, failures: int) -> None:
    async with unit(actor) as deed:
        await deed.record_person(
            EventKind.PIN_REFUSED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            changes={"key": str(key_id), "failures": failures},
        )
