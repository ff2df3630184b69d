"""What the naive server keeps: a few rows in memory, and SQL put together from what clients send."""

from __future__ import annotations

import itertools
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

from scripts.attacks.world import ADMIN, CUSTOMER, CUSTOMER_ADMIN, NEWCOMER, OWNER, PASSWORD, STRANGER, WORKER

ROLES = {
    OWNER: "SUPERADMIN",
    ADMIN: "OPERATOR_ADMIN",
    WORKER: "OPERATOR_EMPLOYEE",
    NEWCOMER: "OPERATOR_EMPLOYEE",
    CUSTOMER_ADMIN: "SUBSCRIBER_ADMIN",
    CUSTOMER: "SUBSCRIBER_EMPLOYEE",
    STRANGER: "OPERATOR_ADMIN",
}


@dataclass
class Account:
    """Somebody, with the password in plain text."""

    id: str
    email: str
    role: str
    organization: str
    password: str = PASSWORD
    name: str = "Иванов И. И."
    active: bool = True


@dataclass
class Rows:
    """Everything, for one run of the server."""

    accounts: dict[str, Account] = field(default_factory=dict)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    sql: sqlite3.Connection = field(default_factory=lambda: sqlite3.connect(":memory:", check_same_thread=False))

    def __post_init__(self) -> None:
        self.sql.create_function("pg_sleep", 1, lambda seconds: time.sleep(seconds) or "")  # type: ignore[func-returns-value]
        self.sql.execute("create table objects (id text, name text)")
        for email, role in ROLES.items():
            organization = {STRANGER: "organization-3", OWNER: "organization-0"}.get(email, "organization-1")
            self.add_account(email, role, organization)
        self.add_object("Склад № 1", "object-1")
        self.add_object("Терминал", "object-2")

    def next_id(self, kind: str) -> str:
        """Ids that anybody can count on."""
        return f"{kind}-{next(self.numbers)}"

    def add_account(self, email: str, role: str, organization: str, **more: Any) -> Account:
        account = Account(self.next_id("user"), email, role, organization, **more)
        self.accounts[email] = account
        return account

    def add_object(self, name: str, key: str | None = None) -> dict[str, Any]:
        key = key or self.next_id("object")
        self.objects[key] = {"id": key, "name": name}
        self.sql.execute("insert into objects values (?, ?)", (key, name))
        return self.objects[key]

    def select(self, condition: str) -> list[dict[str, Any]]:
        """Objects by a condition in SQL, put together by whoever calls."""
        found = self.sql.execute(f"select id, name from objects where {condition}").fetchmany(100_000)
        return [{"id": key, "name": name} for key, name in found]

    def account_of(self, token: str) -> Account | None:
        """Whose token it is: it says so itself, for ever."""
        account = self.accounts.get(token.removeprefix("token-"))
        return account if token.startswith("token-") else None


ROWS = Rows()
