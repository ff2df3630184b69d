"""So many requests from one address in a while: an answer costs a signature's verification."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from cachetools import TTLCache
from starlette.requests import Request

from rules.refusals import Code, Refusal

ADDRESSES_REMEMBERED = 10_000


class Limiter:
    """Lets `most` requests of an address through in each `seconds`, counted from its first; in this process only.

    It remembers a bounded number of addresses, the least recently seen are forgotten first. Behind a reverse proxy the
    address is the one that uvicorn was told to trust (--forwarded-allow-ips).
    """

    def __init__(self, most: int, seconds: int) -> None:
        self._most, self._seconds = most, seconds
        self._spent: TTLCache[str, list[None]] = TTLCache(ADDRESSES_REMEMBERED, seconds)

    def spend(self, request: Request) -> None:
        """Count a request. Raises RATE_LIMITED (details.seconds) for one too many."""
        self.spend_of(network_of(request.client.host) if request.client else "")

    def spend_of(self, who: str) -> None:
        """Count a request of somebody who is known otherwise than by an address. Raises RATE_LIMITED, as above."""
        spent = self._spent.setdefault(who, [])
        if len(spent) >= self._most:
            raise Refusal(Code.RATE_LIMITED, details={"seconds": self._seconds})
        spent.append(None)


@lru_cache(maxsize=ADDRESSES_REMEMBERED)
def network_of(host: str) -> str:
    """The network that counts as one caller: the address, or the /64 of an IPv6 one, as much as belongs to a single
    household (RFC 6177)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else host
