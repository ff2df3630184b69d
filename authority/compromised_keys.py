"""
Keys that anybody can use: refused for ever, whoever asks (legal.md §2).

An RSA key made by a broken generator is found by badkeys, whose checks run without a network. A key whose private half
stands in a standard or in test data is found by its digest, in `reference/published_keys.txt` or in a file of the
operator's.
"""

import functools
from collections.abc import Collection, Iterable
from importlib import resources
from pathlib import Path

from badkeys import checks
from cryptography.hazmat.primitives.asymmetric import rsa

from authority.public_keys import AcceptedPublicKey, spki_digest, write_public_key

HEXADECIMAL_DIGITS = 64
# badkeys' own blocklist is a download of hundreds of megabytes; its warnings are about sizes, which we bound ourselves.
GENERATOR_CHECKS = tuple(name for name, check in checks.defaultchecks.items() if check["type"] == "rsa")


def is_known_compromised(public_key: AcceptedPublicKey, also: Collection[str] = frozenset()) -> bool:
    """
    Whether somebody else than its owner may have the private half of `public_key`.

    `also` are further digests, as `read_digests` reads them. False proves nothing: it means that nobody told us.
    """
    digest = spki_digest(write_public_key(public_key))
    if digest in published_digests() or digest in also:
        return True
    if isinstance(public_key, rsa.RSAPublicKey):
        numbers = public_key.public_numbers()
        return bool(checks.checkrsa(numbers.n, e=numbers.e, checks=GENERATOR_CHECKS))
    return False


def read_digests(path: Path) -> frozenset[str]:
    """
    Read a list of keys: a line begins with the SHA-256 of a DER SubjectPublicKeyInfo in 64 hexadecimal digits, the rest
    of it and lines beginning with "#" are remarks. Raises OSError, and ValueError naming the line.
    """
    return _digests(path.read_text(encoding="utf-8").splitlines(), path.name)


@functools.cache
def published_digests() -> frozenset[str]:
    """The keys of `reference/published_keys.txt`, which says where each was published."""
    file = resources.files("authority") / "reference" / "published_keys.txt"
    return _digests(file.read_text(encoding="utf-8").splitlines(), file.name)


def _digests(lines: Iterable[str], name: str) -> frozenset[str]:
    found = set()
    for number, line in enumerate(lines, 1):
        digest = line.partition("#")[0].split()[:1]
        if not digest:
            continue
        if len(digest[0]) != HEXADECIMAL_DIGITS or not set(digest[0].lower()) <= set("0123456789abcdef"):
            raise ValueError(f"{name}, line {number}: not a SHA-256 digest in hexadecimal")
        found.add(digest[0].lower())
    return frozenset(found)
