"""Time-stamps for signatures: ours or a service's of others, at once or, when nobody answers, later.

A time-stamp authority that fails costs a signature its level, never the signature (legal.md §3).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from datetime import datetime

import httpx
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response
from tortoise.exceptions import IntegrityError

from authority.serial_numbers import new_serial
from authority.signing import attach_time_stamp, signature_value
from authority.time_stamp_check import proved_time
from authority.time_stamps import TimeStampAuthority
from models.entries import Entry
from models.enums import EventKind, SignatureLevel
from models.signatures import Signature, SignatureTimeStamp
from rules import clock, installation
from rules.actor import Anonymous
from rules.unit import unit

LOG = logging.getLogger(__name__)
SECONDS_TO_ANSWER = 5.0
LARGEST_ANSWER = 64 * 1024
GRANTED = (0, 1)
"""granted, grantedWithMods: both come with a token (RFC 3161 §2.4.2)."""
BATCH = 100


async def stamped(cms: bytes, now: datetime) -> tuple[bytes, SignatureLevel]:
    """The signature with a time-stamp of `now`, level T; or as it was, level B, if no time-stamp could be had."""
    try:
        token, _ = await _token(signature_value(cms), now)
    except Exception:
        # Whatever fails, the signer has done their part: stamp_later tries again.
        LOG.exception("no time-stamp for a signature")
        return cms, SignatureLevel.B
    return attach_time_stamp(cms, token), SignatureLevel.T


async def stamp_later(now: datetime) -> int:
    """Stamp the signatures that are still without; how many were. Called by a job every minute; ends at the first
    failure, since the next would fail alike."""
    without = await Signature.filter(level=SignatureLevel.B, time_stamp__isnull=True).order_by("id").limit(BATCH)
    done = 0
    for signature in without:
        try:
            token, moment = await _token(signature_value(bytes(signature.cms)), now)
        except Exception:
            LOG.exception("no time-stamp for signature %s", signature.id)
            break
        done += await _keep(signature, token, moment, now)
    return done


async def _keep(signature: Signature, token: bytes, moment: datetime, now: datetime) -> int:
    try:
        async with unit(Anonymous(now=now)) as deed:
            await SignatureTimeStamp.create(
                signature_id=signature.id,
                token=token,
                cms=attach_time_stamp(bytes(signature.cms), token),
                proved_at=moment,
                obtained_at=now,
            )
            entry = await Entry.get(id=signature.entry_id)
            await deed.record_entry(
                EventKind.SIGNATURE_TIME_STAMPED,
                entry,
                revision_id=signature.revision_id,
                signature_id=signature.id,
                changes={"provedAt": moment.isoformat()},
            )
    except IntegrityError:  # another worker was quicker
        return 0
    return 1


async def _token(value: bytes, now: datetime) -> tuple[bytes, datetime]:
    """An RFC 3161 token over the signature value, and what it proves."""
    service = installation.current().time_stamp_service
    if service is None:
        ours = TimeStampAuthority.of(installation.current().authority)
        imprint = hashlib.sha256(value).digest()
        token = await asyncio.to_thread(ours.stamp, imprint, serial=new_serial(), at=now)
    else:
        token = await _ask(service, value)
    return token, _proved(token, value)


async def _ask(service: str, value: bytes) -> bytes:
    """A token of the service of others. Raises ValueError, TimeoutError or httpx.HTTPError if it is refused, late
    or for another request."""
    request = TimestampRequestBuilder().data(value).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True).build()
    async with (
        asyncio.timeout(SECONDS_TO_ANSWER),  # httpx counts anew from each part that comes
        httpx.AsyncClient(timeout=SECONDS_TO_ANSWER, trust_env=False) as client,
        client.stream(
            "POST",
            service,
            content=request.as_bytes(),
            headers={"Content-Type": "application/timestamp-query"},
        ) as answered,
    ):
        answered.raise_for_status()
        body = b""
        async for part in answered.aiter_bytes():
            body += part
            if len(body) > LARGEST_ANSWER:
                raise ValueError("the time-stamp service's answer is too large")
    response = decode_timestamp_response(body)
    if response.status not in GRANTED or response.tst_info.nonce != request.nonce:
        raise ValueError("the time-stamp service refused, or answered another request")
    return bytes(response.time_stamp_token())


def _proved(token: bytes, value: bytes) -> datetime:
    """What the token proves, by the code that strangers' questions are answered with. Raises ProvesNothing.

    By the clock, not by the deed's moment: others' clocks have gone on since the deed began.
    """
    return proved_time(token, value, status=lambda serial: None, **vars(installation.current().grounds(clock.now())))
