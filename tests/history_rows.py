"""What stands in the database about one history, read as the owner: past every rule, in SQL of the test's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import asyncpg

Row = Any
Table = dict[UUID, Row]

OF_OBJECT = {
    "journals": "select * from journals where object_id = $1 order by volume",
    "closings": "select c.* from closing_records c join journals j on j.id = c.journal_id where j.object_id = $1",
    "versions": "select v.* from journal_type_versions v where v.type_id in (select type_id from journals"
    " where object_id = $1) order by v.number",
    "entries": "select * from entries where object_id = $1",
    "revisions": "select * from revisions where object_id = $1",
    "slots": "select * from slots where object_id = $1",
    "signatures": "select * from signatures where object_id = $1",
    "comments": "select * from comments where object_id = $1",
    "assignments": "select a.*, array(select t.type_id from assignment_types t where t.assignment_id = a.id) as types"
    " from assignments a where object_id = $1",
    "events": "select * from events where object_id = $1 order by position",
    "notifications": "select n.* from notifications n join events e on e.id = n.event_id where e.object_id = $1",
}
OF_PEOPLE = (
    "select * from events where position > $1 and certificate_id is not null and kind like 'CERTIFICATE_%'"
    " order by position"
)
ABSENCES = (
    "select id as absence_id, user_id from absences where cancelled_at is null and ends_at > now() order by created_at"
)


@dataclass(slots=True)
class Rows:
    """The tables of one object, by id; `certificate_events` are everybody's since the history began."""

    journals: Table
    closings: Table
    versions: Table
    entries: Table
    revisions: Table
    slots: Table
    signatures: Table
    comments: Table
    assignments: Table
    events: Table
    notifications: Table
    certificate_events: Table
    absences: list[Row]

    @classmethod
    async def read(cls, connection: asyncpg.Connection, object_id: UUID, since: int) -> Rows:
        """All of one instant; `since` is the event position at which the history began."""
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {
                name: {row["id"]: row for row in await connection.fetch(statement, object_id)}
                for name, statement in OF_OBJECT.items()
            }
            certificates = {row["id"]: row for row in await connection.fetch(OF_PEOPLE, since)}
            away = await connection.fetch(ABSENCES)
        return cls(**tables, certificate_events=certificates, absences=away)

    def fingerprints(self) -> dict[str, dict[UUID, str]]:
        """The tables of which nothing may ever change or go, each row by its digest."""
        return {
            name: {id: hashlib.sha256(repr(row).encode()).hexdigest() for id, row in getattr(self, name).items()}
            for name in ("revisions", "signatures", "events", "closings", "comments")
        }

    def of_revision(self, name: str, revision_id: UUID) -> list[Row]:
        """The rows of a table that belong to a revision."""
        return [row for row in getattr(self, name).values() if row["revision_id"] == revision_id]


async def position(connection: asyncpg.Connection) -> int:
    """Of the newest event."""
    newest: int = await connection.fetchval("select coalesce(max(position), 0) from events")
    return newest


async def certificates(connection: asyncpg.Connection) -> dict[UUID, tuple[UUID, str]]:
    """Whose every certificate is and how it stands."""
    rows = await connection.fetch("select id, user_id, status from certificates")
    return {row["id"]: (row["user_id"], row["status"]) for row in rows}


assert {field.name for field in fields(Rows)} == {*OF_OBJECT, "certificate_events", "absences"}
