"""The naive server's schema: whatever is asked for, by whomever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import strawberry

from scripts.attacks.naive_data import ROWS, Account
from scripts.attacks.naive_types import (
    ID,
    Certificate,
    Contract,
    Entry,
    Event,
    Identity,
    Journal,
    JournalType,
    Node,
    ObjectFilter,
    Organization,
    Revision,
    ServiceObject,
    ServiceObjectConnection,
    ServiceObjectEdge,
    Signature,
    User,
    UserConnection,
    UserEdge,
    Verification,
)


def caller(info: Any) -> Account | None:
    """By whatever says who asks, cookies of any page included; on a socket nobody is asked again."""
    request, parameters = info.context["request"], info.context.get("connection_params") or {}
    header = request.headers.get("authorization", "").removeprefix("Bearer ")
    return ROWS.account_of(header or parameters.get("token", "") or request.cookies.get("session", ""))


KINDS: dict[str, Any] = {
    "object": lambda id: ServiceObject(id=id, name="Склад № 1"),
    "contract": Contract,
    "journal": Journal,
    "entry": Entry,
    "signature": Signature,
    "certificate": Certificate,
    "organization": Organization,
    "user": lambda id: next((User.of(each) for each in ROWS.accounts.values() if each.id == id), None),
}


def anything(id: str) -> Any:
    """Whatever has that id, for whoever asks."""
    made = KINDS.get(id.partition("-")[0])
    return made(id=ID(id)) if made else None


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: strawberry.Info) -> User | None:
        account = caller(info)
        return User.of(account) if account else None

    @strawberry.field
    def identity(self) -> Identity:
        return Identity()

    @strawberry.field
    def node(self, id: ID) -> Node | None:
        found: Node | None = anything(id)
        return found

    @strawberry.field
    def nodes(self, ids: list[ID]) -> list[Node | None]:
        return [anything(id) for id in ids]

    @strawberry.field
    def object(self, id: ID) -> ServiceObject | None:
        found = ROWS.select(f"id = '{id}'")
        return ServiceObject(id=ID(found[0]["id"]), name=found[0]["name"]) if found else None

    @strawberry.field
    def journal(self, id: ID) -> Journal | None:
        return Journal(id=id)

    @strawberry.field
    def entry(self, id: ID) -> Entry | None:
        return Entry(id=id)

    @strawberry.field
    def objects(self, first: int = 10, after: str = "0", filter: ObjectFilter | None = None) -> ServiceObjectConnection:
        words = (filter.name or filter.search or filter.external_id or "") if filter else ""
        found = ROWS.select(f"name like '%{words}%' and rowid > {after}")
        edges = [ServiceObjectEdge(node=ServiceObject(id=ID(row["id"]), name=row["name"])) for row in found]
        edges += edges[:1] * max(0, min(first, 100_000) - len(edges)) if first > 100 else []
        return ServiceObjectConnection(total_count=len(found), edges=edges)

    @strawberry.field
    def users(self, first: int = 10) -> UserConnection:
        return UserConnection(edges=[UserEdge(node=User.of(each)) for each in ROWS.accounts.values()])

    @strawberry.field
    def journal_types(self, code: str | None = None) -> list[JournalType]:
        return [JournalType(id=ID("type-1"))]

    @strawberry.field
    def verify_signature(self, code: str) -> Verification | None:
        return Verification(summary=str(ROWS.select(f"id = '{code}'")))


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def events(self, after: str | None = None) -> AsyncIterator[Event]:
        while True:
            yield Event(kind="ENTRY_CREATED")
            await asyncio.sleep(0.2)


def built() -> strawberry.Schema:
    """The schema, without one limit."""
    from scripts.attacks.naive_deeds import Mutation

    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Contract, Certificate, Signature, Revision, Entry, User],
    )
