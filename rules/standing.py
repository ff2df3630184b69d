"""The business axis of a signature, in the one place that decides it."""

from __future__ import annotations

from uuid import UUID

from models.entries import Entry
from models.enums import EntryStatus, Standing
from rules.access import Parameters
from rules.actor import Caller


def standing_of(entry: Entry, signed: UUID) -> Standing:
    """What has become of the revision `signed` of an entry. A record holds while its annulment is only proposed; once
    that is complete, its own signatures are what holds."""
    if signed == entry.current_revision_id:
        return Standing.CURRENT
    if signed != entry.record_revision_id:
        return Standing.SUPERSEDED
    return Standing.ANNULLED if entry.status is EntryStatus.ANNULLED else Standing.CURRENT


def standing(caller: Caller, s: str, parameters: Parameters) -> str:
    """The same as an SQL expression, of the signature aliased `s`."""
    return (
        f"(select case when e.current_revision_id = {s}.revision_id then 'CURRENT'"
        f" when e.record_revision_id <> {s}.revision_id then 'SUPERSEDED'"
        f" when e.status = 'ANNULLED' then 'ANNULLED' else 'CURRENT' end from entries e where e.id = {s}.entry_id)"
    )
