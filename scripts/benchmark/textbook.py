"""The textbook: Strawberry over Tortoise with a DataLoader a relation, as the documentation of each shows it."""

# Rows of Tortoise stand where the schema names types of Strawberry, as both documentations show and mypy refuses.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type, return-value"
from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.scalars import JSON
from tortoise.context import TortoiseContext
from tortoise.expressions import Q

from app.migration import orm_configuration
from models import entries, enums, journals, objects, users
from rules.identifiers import decode, encode
from rules.values import changes
from schema.enums import Duty, EntryStatus, JournalStatus, RevisionKind, Side, SignatureLevel, SlotStatus
from scripts.benchmark.textbook_loaders import access_of, loaders

Info = strawberry.Info[dict[str, Any], None]


def public_id(root: Any) -> strawberry.ID:
    """The public identifier of a row."""
    return strawberry.ID(encode(type(root).__name__, root.id))


@strawberry.type
class Person:
    name: str
    position: str | None
    organization: str
    side: Side | None


@strawberry.type
class Certificate:
    serial: str
    fingerprint: str
    not_after: datetime


@strawberry.type
class Signature:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    code: str
    side: Side
    level: SignatureLevel
    signed_at: datetime

    @strawberry.field
    async def signer(self, info: Info) -> Person:
        return await info.context["people"].load(self.signer_id)

    @strawberry.field
    async def certificate(self, info: Info) -> Certificate:
        return await info.context["certificates"].load(self.certificate_id)


@strawberry.type
class Slot:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    side: Side
    duty: Duty
    order: int
    status: SlotStatus


@strawberry.type
class Change:
    field: str


@strawberry.type
class Revision:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    number: int
    kind: RevisionKind
    digest: str
    values: JSON
    reason: str | None
    performed_at: datetime
    recorded_at: datetime

    @strawberry.field
    async def author(self, info: Info) -> Person:
        return await info.context["people"].load(self.author_id)

    @strawberry.field
    async def signatures(self, info: Info) -> list[Signature]:
        return await info.context["signatures"].load(self.id)

    @strawberry.field
    async def changes(self, info: Info) -> list[Change]:
        siblings = await info.context["revisions_of_entry"].load(self.entry_id)
        former = next((one for one in siblings if one.number == self.number - 1), None)
        if former is None:
            return []
        fields = [f"values.{key}" for key in changes(former.values, self.values)]
        return [Change(field=name) for name in fields + ["performedAt"] * (former.performed_at != self.performed_at)]


@strawberry.type
class Entry:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    number: int
    status: EntryStatus

    @strawberry.field
    async def revision(self, info: Info) -> Revision:
        return await info.context["revisions"].load(self.current_revision_id)

    @strawberry.field
    async def slots(self, info: Info) -> list[Slot]:
        return await info.context["slots"].load(self.current_revision_id)

    @strawberry.field
    async def signatures(self, info: Info) -> list[Signature]:
        return await info.context["signatures"].load(self.current_revision_id)


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class EntryEdge:
    cursor: str
    node: Entry


@strawberry.type
class EntryConnection:
    edges: list[EntryEdge]
    page_info: PageInfo
    total: strawberry.Private[Callable[[], Any]]

    @strawberry.field
    async def total_count(self) -> int:
        return await self.total()


@strawberry.input
class EntryFilter:
    status: list[EntryStatus]


@strawberry.type
class JournalType:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    code: str

    @strawberry.field
    def name(self, info: Info) -> str:
        return getattr(self, f"name_{info.context['user'].language}")


@strawberry.type
class Journal:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    volume: int
    status: JournalStatus

    @strawberry.field
    async def type(self, info: Info) -> JournalType:
        return await info.context["types"].load(self.type_id)

    @strawberry.field
    async def entries(
        self, info: Info, first: int, after: str | None = None, filter: EntryFilter | None = None
    ) -> EntryConnection:
        async def total() -> int:
            counts = await info.context["counts"].load(self.id)
            return sum(counts[status] for status in (filter.status if filter else enums.EntryStatus))

        rows = await info.context["entries"].load(self.id) if first else []
        number = json.loads(base64.urlsafe_b64decode(after + "=="))[0] if after else 0
        rows = [row for row in rows if row.number > number and (filter is None or row.status in filter.status)]
        edges = [EntryEdge(cursor=cursor(row.number), node=row) for row in rows[:first]]
        info_of_page = PageInfo(
            has_next_page=len(rows) > first,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return EntryConnection(edges=edges, page_info=info_of_page, total=total)


@strawberry.type
class ServiceObject:
    id: strawberry.ID = strawberry.field(resolver=public_id)
    name: str
    address: str

    @strawberry.field
    async def journals(self, info: Info, status: JournalStatus) -> list[Journal]:
        rows = await info.context["journals"].load(self.id)
        return [row for row in rows if row.status == status and info.context["access"].sees(row)]


@strawberry.type
class ServiceObjectEdge:
    node: ServiceObject


@strawberry.type
class ServiceObjectConnection:
    edges: list[ServiceObjectEdge]


@strawberry.type
class Query:
    @strawberry.field
    async def objects(self, info: Info, first: int, after: str | None = None) -> ServiceObjectConnection:
        rows = objects.ServiceObject.filter(info.context["access"].objects())
        if after:
            name, key = json.loads(base64.urlsafe_b64decode(after + "=="))
            rows = rows.filter(Q(name_sort__gt=name) | Q(name_sort=name, id__gt=key))
        found = await rows.order_by("name_sort", "id").limit(first)
        return ServiceObjectConnection(edges=[ServiceObjectEdge(node=row) for row in found])

    @strawberry.field
    async def journal(self, info: Info, id: strawberry.ID) -> Journal | None:
        row = await journals.Journal.get_or_none(id=decode(id, "Journal", "id"))
        return row if row and info.context["access"].sees(row) else None

    @strawberry.field
    async def entry(self, info: Info, id: strawberry.ID) -> Entry | None:
        row = await entries.Entry.get_or_none(id=decode(id, "Entry", "id"))
        return row if row and info.context["access"].sees(row) else None


def cursor(number: int) -> str:
    """The place of an entry in its journal."""
    return base64.urlsafe_b64encode(json.dumps([number]).encode()).decode().rstrip("=")


class View(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        """The user behind the session's token, and fresh loaders."""
        digest = hashlib.sha256(request.headers["authorization"].removeprefix("Bearer ").encode()).hexdigest()
        now = datetime.now(UTC)
        standing = users.Session.filter(token_digest=digest, ended_at=None, expires_at__gt=now, user__active=True)
        session = await standing.first()
        if session is None:
            raise HTTPException(401)
        user = await session.user
        return {"user": user, "access": await access_of(user, now), **loaders()}


def create(database_url: str | None = None) -> Starlette:
    """The application over `database_url`, else over the database that DATABASE_URL names."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        configuration = orm_configuration(database_url or os.environ["DATABASE_URL"])
        configuration["connections"]["default"]["credentials"] |= {"min_size": 1, "max_size": 10}
        async with TortoiseContext() as context:
            await context.init(config=configuration, _enable_global_fallback=True)
            yield

    return Starlette(routes=[Route("/graphql", View(strawberry.Schema(Query)))], lifespan=lifespan)
