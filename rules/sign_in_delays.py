"""Failed tries, and the growing delay they bring, which nobody can turn against the owner of an account.

After OWASP's device cookies: the failures of a client that somebody has signed in from before are counted by
themselves; everybody else's under the account and their network, in all, and under the network over all accounts. So
a guesser runs into delays, many guessers together as well, and none of them delays the owner's own client.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from tortoise import connections
from tortoise.expressions import F, Q

from models.identity import Challenge, FailedTries, KnownDevice
from models.keys import uuid7
from rules import bearer_secrets, installation
from rules.actor import Caller
from rules.refusals import Code, Refusal
from rules.unit import Unit, unit

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)
"""So long without a failure, and a count begins anew."""
FREE_TRIES = 5
FREE_TRIES_OF_STRANGERS = 100
"""From all unknown networks together: then some two dozen a day, however many computers somebody has."""
FREE_TRIES_OF_A_NETWORK = 100
"""Over all accounts, from clients that nobody has signed in from: one password tried on everybody is a guess too."""
KEPT = timedelta(days=2)
"""How long a count or a challenge that nothing depends on any more stays in the database."""
DEVICE_TERM = timedelta(days=365)
DEVICES_KEPT = 20
"""Of one account: whoever signs in from ever new clients makes the oldest unknown again."""
LONGEST_DEVICE_TOKEN = 100


@dataclass(frozen=True, slots=True)
class Key:
    """What failures are counted under, and how many bring no delay."""

    text: str
    free: int = FREE_TRIES


def network(address: str | None) -> str:
    """The network a caller is counted under: the address itself for IPv4, its /64 for IPv6, which one subscriber has
    to themselves (RFC 6177). Callers without an address, on a unix socket, are one network."""
    if address is None:
        return "none"
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "none"
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None or found.version == 4:
        return str(mapped or found)
    return str(ip_network((found, 64), strict=False))


def sign_in_keys(email: str, address: str | None, device: UUID | None) -> list[Key]:
    """Under which keys a try to sign in is counted. The e-mail as a keyed digest: what is typed there may be no e-mail,
    and whether such an account exists plays no part."""
    if device is not None:
        return [Key(f"device:{device}")]
    account = hmac.digest(installation.current().server_secret, b"sign-in:" + email.encode(), "sha256").hex()
    place = network(address)
    return [
        Key(f"network:{account}:{place}"),
        Key(f"strangers:{account}", FREE_TRIES_OF_STRANGERS),
        Key(f"everybody:{place}", FREE_TRIES_OF_A_NETWORK),
    ]


def second_factor_key(user_id: UUID, means: UUID | None) -> Key:
    """Wrong second factors after a right password, or in an open session: nobody without either can add to them.

    :param means: the known device or the session that they come from; strangers who know the password share one count,
        so that it delays nobody's own client
    """
    return Key(f"second-factor:{user_id}:{means or 'strangers'}")


COUNT = """
insert into failed_tries as f (id, key, failures, last_at, locked_until)
values ($1, $2, 1, $3::timestamptz, null)
on conflict (key) do update set
    failures = case when f.last_at < $4::timestamptz then 1 else f.failures + 1 end,
    last_at = $3,
    locked_until = case when f.last_at >= $4 and f.failures + 1 >= $5::int
        then $3 + least($6::interval * (2 ^ least(f.failures + 1 - $5, 20)), $7::interval) end
where f.locked_until is null or f.locked_until <= $3
returning failures
"""


async def count(caller: Caller, keys: Sequence[Key]) -> int:
    """Count a try before it is made, so that tries in parallel cannot outrun the delay; `forgive` takes it back.

    :returns: the failures so far, this try included, under the first of `keys`
    :raises Refusal: RATE_LIMITED with details.seconds while one of the keys is delayed; then nothing is counted
    """
    counted: dict[str, int] = {}
    async with unit(caller) as deed:
        for key in sorted(keys, key=lambda each: each.text):
            since = caller.now - FORGOTTEN_AFTER
            values = [uuid7(), key.text, caller.now, since, key.free, FIRST_DELAY, LONGEST_DELAY]
            rows = await deed.connection.execute_query_dict(COUNT, values)
            if not rows:
                raise await _delayed(key, caller.now)
            counted[key.text] = int(rows[0]["failures"])
    return counted[keys[0].text]


async def _delayed(key: Key, now: datetime) -> Refusal:
    tries = await FailedTries.get(key=key.text)
    seconds = int(((tries.locked_until or now) - now).total_seconds()) + 1
    return Refusal(Code.RATE_LIMITED, "sign_in_locked", details={"seconds": max(seconds, 1)})


async def forgive(keys: Sequence[Key]) -> None:
    """The try was right: what is counted under its first key is forgotten, under the others just the try itself."""
    first, *others = [key.text for key in keys]
    await FailedTries.filter(key=first).update(failures=0, locked_until=None)
    for key in others:
        await FailedTries.filter(key=key, failures__gt=0).update(failures=F("failures") - 1, locked_until=None)


DEVICE = """
select d.id from known_devices d join users u on u.id = d.user_id
where d.token_digest = $1 and u.email = $2 and d.expires_at > $3
"""


async def known_device(token: str | None, email: str, now: datetime) -> UUID | None:
    """The device that `token` stands for, if somebody has signed in to the account `email` from it."""
    given = token if token and len(token) <= LONGEST_DEVICE_TOKEN else ""
    rows = await connections.get("default").execute_query_dict(DEVICE, [bearer_secrets.digest(given), email, now])
    return UUID(str(rows[0]["id"])) if rows else None


async def remember_device(deed: Unit, user_id: UUID, device: UUID | None, token: str | None) -> str:
    """Make the client that has just signed in a known one, for a year from now.

    :returns: its token, to be kept by the client
    """
    expires_at = deed.now + DEVICE_TERM
    if device is not None and token is not None:
        await KnownDevice.filter(id=device).update(last_used_at=deed.now, expires_at=expires_at)
        return token
    fresh = bearer_secrets.made()
    made = KnownDevice(
        user_id=user_id,
        token_digest=bearer_secrets.digest(fresh),
        created_at=deed.now,
        last_used_at=deed.now,
        expires_at=expires_at,
    )
    await made.save(force_create=True)
    living = KnownDevice.filter(user_id=user_id, expires_at__gt=deed.now).order_by("-last_used_at", "-id")
    beyond = await living.offset(DEVICES_KEPT).values_list("id", flat=True)
    if beyond:
        await KnownDevice.filter(id__in=beyond).update(expires_at=deed.now)
    return fresh


async def forget(now: datetime) -> int:
    """Delete what decides nothing any more: counts without a delay, devices and challenges whose term is over; how many
    rows there were. Whoever types addresses at random makes rows, and they shall not pile up."""
    past = now - KEPT
    counts = await FailedTries.filter(Q(locked_until=None) | Q(locked_until__lt=now), last_at__lt=past).delete()
    devices = await KnownDevice.filter(expires_at__lt=past).delete()
    return counts + devices + await Challenge.filter(expires_at__lt=past).delete()
