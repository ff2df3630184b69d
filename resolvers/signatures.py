"""Signatures: their standing, and verification for anyone."""

from __future__ import annotations

from models.entries import Entry
from models.enums import Standing
from resolvers import graph
from resolvers.context import Info
from resolvers.graph import Policy, Row
from rules import verification
from rules.standing import standing_of
from rules.verification import Check


async def standing(root: Row, info: Info) -> Standing:
    """The business axis: is the signed revision the entry's current one?"""
    entry = await graph.by_id(info.context, Entry, root["entry_id"], Policy.IMPLIED)
    if entry is None:
        raise RuntimeError("a signature without its entry")
    return standing_of(entry["status"], signed=root["revision_id"], current=entry["current_revision_id"])


async def verify_signature(info: Info, code: str) -> Check | None:
    """What anyone may learn of a signature by its code; null for an unknown one."""
    return await verification.verify_code(info.context.caller, code)
