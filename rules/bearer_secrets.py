"""Secrets that stand for something by themselves: tokens of sessions, devices, links and partners' systems. Shown once,
kept as a digest."""

from __future__ import annotations

import hashlib
import secrets

OCTETS = 32


def made() -> str:
    """A new one: 256 random bits as text that fits into an address."""
    return secrets.token_urlsafe(OCTETS)


def digest(token: str) -> str:
    """What is kept of one: its SHA-256, hexadecimal. Of any text, for whatever is typed in its place is looked up."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
