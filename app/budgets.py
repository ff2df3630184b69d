"""How much one caller may ask in a while: a bucket of cost each, refilled all the time. The library throttled
does it by GCRA, a bucket that is told by one moment."""

from __future__ import annotations

from math import ceil

from throttled import RateLimiterRegistry, RateLimiterType
from throttled.rate_limiter import per_min
from throttled.store import MemoryStore

from rules.actor import Actor, Caller
from schema.request_errors import too_many_requests

CALLERS_REMEMBERED = 20_000
"""Whoever has not been seen for longest is forgotten first, and begins with a full bucket."""


class Budget:
    """Buckets of so much cost a minute each, in this process only."""

    def __init__(self, cost_per_minute: int) -> None:
        store = MemoryStore(options={"MAX_SIZE": CALLERS_REMEMBERED})
        quota = per_min(cost_per_minute, burst=cost_per_minute)
        self._buckets = RateLimiterRegistry.get(RateLimiterType.GCRA.value)(quota, store)

    def spend(self, who: str, cost: int) -> int:
        """Take `cost` out of somebody's bucket; what is left. Raises RequestRefused (RATE_LIMITED), with nothing taken,
        if it does not hold as much."""
        result = self._buckets.limit(who, cost)
        if result.limited:
            raise too_many_requests(max(1, ceil(result.state.retry_after)))
        return int(result.state.remaining)


class Budgets:
    """The signed-in spend for themselves, everybody else for the network they come from. One operation may cost
    `most_at_once`, and never more than a bucket holds."""

    def __init__(self, *, signed_in: int, anonymous: int, most_at_once: int) -> None:
        self._signed_in, self._anonymous = Budget(signed_in), Budget(anonymous)
        self._limits = min(most_at_once, signed_in), min(most_at_once, anonymous)

    def limit(self, caller: Caller) -> int:
        """What one operation of the caller may cost."""
        return self._limits[0 if isinstance(caller, Actor) else 1]

    def spend(self, caller: Caller, network: str, cost: int) -> int:
        """Take `cost` out of the caller's bucket; what is left. Raises RequestRefused."""
        if isinstance(caller, Actor):
            return self._signed_in.spend(caller.user_id.hex, cost)
        return self._anonymous.spend(network, cost)
