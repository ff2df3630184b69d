"""Opening a key in the server's custody with its holder's PIN, and changing that PIN."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from uuid import UUID
from weakref import WeakValueDictionary

from authority.holder_key import HolderKey, SealedKey, WrongPin, open_sealed_key, reseal
from models.certificates import Certificate, SigningKey
from models.enums import CertificateStatus, Custody, EventKind
from rules import installation
from rules.actor import Actor
from rules.passwords import derive
from rules.refusals import Code, Refusal, invalid, not_found
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


async def open_key(actor: Actor, key_id: UUID, pin: str, *, field: str = "pin") -> HolderKey:
    """The key, opened with `pin`, which came as the argument `field`.

    A try is counted before it is made, in a unit of its own, so that tries in parallel cannot outrun the lock; a right
    PIN clears the count. The derivation itself runs while no lock of the database is held.

    Raises WRONG_PIN (details.triesLeft) or PIN_LOCKED (details.seconds).
    """
    async with _alone(key_id):
        key, failures = await _count_try(actor, key_id, field)
        try:
            opened = await derive(lambda: open_sealed_key(sealed_key(key), pin, installation.current().server_secret))
        except WrongPin:
            await _refuse(actor, key_id, failures)
            raise Refusal(Code.WRONG_PIN, field=field, details={"triesLeft": max(FREE_TRIES - failures, 0)}) from None
        await SigningKey.filter(id=key_id).update(pin_failures=0, pin_locked_until=None)
        return opened


async def change_pin(
    actor: Actor, *, current_pin: str, new_pin: str, certificate_id: UUID | None = None
) -> Certificate:
    """Seal the key of one's certificate (the newest good one in our custody if none is named) under another PIN.

    The key, the certificate and all that was signed stay as they are. A lost PIN cannot be changed: it takes a new
    certificate. Raises INVALID, NOT_FOUND, NO_CERTIFICATE, WRONG_PIN, PIN_LOCKED.
    """
    acceptable(new_pin, "newPin")
    certificate = await _in_our_custody(actor, certificate_id)
    key = await SigningKey.get(id=certificate.key_id)
    await open_key(actor, key.id, current_pin, field="currentPin")
    secret = installation.current().server_secret
    resealed = await derive(lambda: reseal(sealed_key(key), current_pin, new_pin, secret))
    async with unit(actor) as deed:
        locked = await SigningKey.select_for_update().get(id=key.id)
        if bytes(locked.sealed or b"") != bytes(key.sealed or b""):
            raise Refusal(Code.CONFLICT)  # changed from elsewhere meanwhile
        await SigningKey.filter(id=key.id).update(
            sealed=resealed.sealed,
            salt=resealed.salt,
            iterations=resealed.iterations,
            memory_kib=resealed.memory_kib,
            lanes=resealed.lanes,
        )
        await deed.record_person(
            EventKind.PIN_CHANGED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            side=actor.side,
            certificate_id=certificate.id,
        )
    return certificate


async def _in_our_custody(actor: Actor, certificate_id: UUID | None) -> Certificate:
    ours = Certificate.filter(user_id=actor.user_id, custody=Custody.SERVER).order_by("-issued_at")
    found = await ours.get_or_none(id=certificate_id) if certificate_id else None
    if certificate_id is None:
        found = (
            await ours.filter(status=CertificateStatus.ACTIVE, not_after__gte=actor.now).first() or await ours.first()
        )
    if found is None:
        raise not_found("certificateId") if certificate_id else Refusal(Code.NO_CERTIFICATE, details={"status": "NONE"})
    return found


@asynccontextmanager
async def _alone(key_id: UUID) -> AsyncIterator[None]:
    lock = _one_at_a_time.get(key_id)
    if lock is None:
        lock = _one_at_a_time[key_id] = asyncio.Lock()
    async with lock:
        yield


async def _count_try(actor: Actor, key_id: UUID, field: str) -> tuple[SigningKey, int]:
    async with unit(actor):
        key = await SigningKey.select_for_update().get(id=key_id)
        if key.pin_locked_until is not None and key.pin_locked_until > actor.now:
            seconds = int((key.pin_locked_until - actor.now).total_seconds()) + 1
            raise Refusal(Code.PIN_LOCKED, field=field, details={"seconds": seconds})
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
