"""The business axis of a signature, in the one place that decides it."""

from __future__ import annotations

from uuid import UUID

from models.enums import EntryStatus, Standing
from rules.access import Parameters
from rules.actor import Caller


def standing_of(status: EntryStatus, *, signed: UUID, current: UUID) -> Standing:
    """What has become of the revision `signed` of an entry with `status`, whose current revision is `current`."""
    if status is EntryStatus.ANNULLED:
        return Standing.ANNULLED
    return Standing.CURRENT if signed == current else Standing.SUPERSEDED


def standing(caller: Caller, s: str, parameters: Parameters) -> str:
    """The same as an SQL expression, of the signature aliased `s`."""
    return (
        f"(select case when e.status = 'ANNULLED' then 'ANNULLED' when e.current_revision_id = {s}.revision_id"
        f" then 'CURRENT' else 'SUPERSEDED' end from entries e where e.id = {s}.entry_id)"
    )
