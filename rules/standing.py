"""The business axis of a signature, in the one place that decides it."""

from __future__ import annotations

from uuid import UUID

from models.enums import EntryStatus, Standing


def standing_of(status: EntryStatus, *, signed: UUID, current: UUID) -> Standing:
    """What has become of the revision `signed` of an entry with `status`, whose current revision is `current`."""
    if status is EntryStatus.ANNULLED:
        return Standing.ANNULLED
    return Standing.CURRENT if signed == current else Standing.SUPERSEDED
