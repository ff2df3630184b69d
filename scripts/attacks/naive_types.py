"""The naive server's types: the product's names as far as the checks need them."""

from __future__ import annotations

import strawberry
from strawberry.scalars import JSON

from scripts.attacks.naive_data import ROWS, Account

ID = strawberry.ID


@strawberry.type
class Problem:
    code: str
    message: str = ""
    field: str | None = None
    details: JSON | None = None


@strawberry.interface
class Node:
    id: ID


@strawberry.type
class Organization(Node):
    name: str = ""
    kind: str = "OPERATOR"
    inn: str | None = None

    @strawberry.field
    def users(self) -> list[User]:
        return [User.of(each) for each in ROWS.accounts.values()]


@strawberry.type
class Person:
    name: str


@strawberry.type
class User(Node):
    email: str
    role: str
    person: Person
    organization: Organization

    @classmethod
    def of(cls, account: Account) -> User:
        organization = Organization(id=ID(account.organization), name=account.organization)
        name = Person(name=account.name)
        return cls(id=ID(account.id), email=account.email, role=account.role, person=name, organization=organization)


@strawberry.type
class Contract(Node):
    number: str = "1"


@strawberry.type
class Certificate(Node):
    serial: str = "01"


@strawberry.type
class Signature(Node):
    code: str = "1"

    @strawberry.field
    def certificate(self) -> Certificate:
        return Certificate(id=ID("certificate-1"))


@strawberry.type
class Revision(Node):
    number: int = 1
    digest: str = "00"

    @strawberry.field
    def entry(self) -> Entry:
        return Entry(id=ID("entry-1"))


@strawberry.type
class Entry(Node):
    number: int = 1

    @strawberry.field
    def revision(self) -> Revision:
        return Revision(id=ID("revision-1"))

    @strawberry.field
    def signatures(self) -> list[Signature]:
        return [Signature(id=ID("signature-1"))]


@strawberry.type
class EntryEdge:
    node: Entry


@strawberry.type
class EntryConnection:
    total_count: int
    edges: list[EntryEdge]


@strawberry.type
class Journal(Node):
    @strawberry.field
    def entries(self, first: int = 5, after: str | None = None) -> EntryConnection:
        edges = [EntryEdge(node=Entry(id=ID("entry-1"))) for _ in range(min(first, 100_000))]
        return EntryConnection(total_count=len(edges), edges=edges)


@strawberry.type
class ServiceObject(Node):
    name: str

    @strawberry.field
    def contract(self) -> Contract:
        return Contract(id=ID("contract-1"))

    @strawberry.field
    def subscriber(self) -> Organization:
        return Organization(id=ID("organization-2"))

    @strawberry.field
    def journals(self) -> list[Journal]:
        return [Journal(id=ID("journal-1"))]


@strawberry.type
class ServiceObjectEdge:
    node: ServiceObject


@strawberry.type
class ServiceObjectConnection:
    total_count: int
    edges: list[ServiceObjectEdge]


@strawberry.type
class UserEdge:
    node: User


@strawberry.type
class UserConnection:
    edges: list[UserEdge]


@strawberry.type
class JournalType(Node):
    code: str = "SPZ_MAIN"


@strawberry.type
class Event:
    kind: str


@strawberry.type
class Verification:
    summary: str


@strawberry.type
class OpenSession:
    id: ID


@strawberry.type
class Identity:
    confined: bool = False
    recovery_codes_left: int = 10

    @strawberry.field
    def sessions(self) -> list[OpenSession]:
        return [OpenSession(id=ID("session-1"))]


@strawberry.input
class ObjectFilter:
    name: str | None = None
    search: str | None = None
    external_id: str | None = None
