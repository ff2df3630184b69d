"""The tables of the access matrix's world, past every rule and every wall: which rows stand for each type, rows like
them, and whether anything has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from models.keys import uuid7

BY_OBJECT = {
    "ServiceObject": "select id from objects where id = $1",
    "Contract": "select contract_id from objects where id = $1",
    "System": "select id from systems where object_id = $1 and removed_at is null order by id desc",
    "ObjectSuccession": "select id from object_successions where successor_id = $1 and direct order by id desc",
    "Journal": "select journal_id from entries where object_id = $1 order by id desc",
    "ClosingRecord": "select c.id from closing_records c join journals j on j.id = c.journal_id"
    " where j.object_id = $1 order by c.id desc",
    "Entry": "select id from entries where object_id = $1 order by id desc",
    "Revision": "select id from revisions where object_id = $1 order by id desc",
    "Slot": "select id from slots where object_id = $1 and status = 'OPEN' order by id desc",
    "Comment": "select id from comments where object_id = $1 order by id desc",
    "Signature": "select id from signatures where object_id = $1 order by id desc",
    "Event": "select id from events where object_id = $1 and kind = 'SIGNATURE_MADE' order by id desc",
}
BY_WORKER = {
    "Attachment": "select r.attachment_id from revision_attachments r join attachments a on a.id = r.attachment_id"
    " where a.uploader_id = $1 order by r.id desc",
    "Draft": "select id from drafts where author_id = $1 and entry_id is null order by id desc",
}
BY_PERSON = {
    "User": "select id from users where id = $1",
    "Absence": "select id from absences where user_id = $1 order by id desc",
    "Certificate": "select id from certificates where user_id = $1 order by id desc",
    "CertificateRequest": "select id from certificate_requests where user_id = $1 and kind = 'ISSUE' order by id desc",
    "CertificateStatusChange": "select s.id from certificate_status_changes s join certificates c"
    " on c.id = s.certificate_id where c.user_id = $1 order by s.id desc",
    "CompromiseReport": "select r.id from compromise_reports r join certificates c"
    " on c.id = r.certificate_id where c.user_id = $1 order by r.id desc",
}
PERSONAL = {
    "Notification": "select id from notifications where user_id = $1 order by id desc",
    "OpenSession": "select id from sessions where user_id = $1 and ended_at is null order by id desc",
    "Passkey": "select id from passkeys where user_id = $1 order by id desc",
}
"""What nobody but its person ever sees."""


@dataclass
class Database:
    """The world's tables, past every rule and every wall."""

    connection: asyncpg.Connection[asyncpg.Record]
    columns: dict[str, str] = field(default_factory=dict)
    """By table, those that can be written."""

    async def key(self, statement: str, *values: object) -> UUID:
        """The first value of the first row."""
        found: UUID | None = await self.connection.fetchval(statement, *values)
        assert found is not None, (statement, values)
        return found

    async def text(self, statement: str, *values: object) -> str:
        """The first value of the first row, as a text."""
        return str(await self.connection.fetchval(statement, *values))

    async def clone(self, table: str, key: UUID, **changes: object) -> UUID:
        """Another row like that of `key`, apart from `changes`."""
        new = uuid7()
        told = json.dumps({"id": str(new), **changes}, default=str)
        columns = self.columns.get(table) or await self.connection.fetchval(
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
            " where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER'",
            table,
        )
        self.columns[table] = columns
        await self.connection.execute(
            f"insert into {table} ({columns})"
            f" select {columns} from"
            f" (select (jsonb_populate_record(t, $2::text::jsonb)).* from {table} t where id = $1)",
            key,
            told,
        )
        return new

    async def digests(self) -> dict[str, tuple[int, Any]]:
        """Of every table how many rows it has and the sum of what they say."""
        tables = await self.connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        told = " union all ".join(
            f"select '{row['tablename']}' as name, count(*) as rows, sum(hashtextextended(t::text, 0)) as said"
            f' from "{row["tablename"]}" t'
            for row in tables
        )
        return {row["name"]: (row["rows"], row["said"]) for row in await self.connection.fetch(told)}
