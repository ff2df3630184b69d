"""Verification for anyone."""

from __future__ import annotations

from resolvers.context import Info
from rules import verification
from rules.verification import Check


async def verify_signature(info: Info, code: str) -> Check | None:
    """What anyone may learn of a signature by its code; null for an unknown one."""
    return await verification.verify_code(info.context.caller, code)
