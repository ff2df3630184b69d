"""What attackers make for themselves, or break instead of what others need: people, objects, journals, tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex

from scripts.attacks.checks import NotApplicable
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, CREATE_OBJECT, CREATE_USER, OPEN_JOURNAL, PASSWORD

CREATE_ENTRY = """mutation ($input: CreateEntryInput!) { createEntry(input: $input) {
  __typename ... on Entry { id } ... on Problem { code } } }"""
ISSUE = """mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) {
  __typename ... on IssuedServiceToken { token serviceAccount { id } } ... on Problem { code } } }"""
VALUES = {"system": "АПС", "location": "Склад", "work_kind": "CHECK", "work_done": "Проверка", "result": "OPERATIONAL"}


async def newcomer(target: Target, role: str = "OPERATOR_EMPLOYEE") -> tuple[str, str]:
    """The id and the e-mail address of a new colleague of the demo operator's."""
    email = f"n{token_hex(5)}@attack.test"
    person = {"surname": "Новый", "givenName": "Лев", "email": email, "password": PASSWORD, "role": role}
    made = await target.ask(
        CREATE_USER, {"input": {**person, "organizationId": target.world.organizations[ADMIN]}}, by=ADMIN
    )
    return str(made.value["id"]), email


async def a_partner(target: Target, scopes: list[str], ends_in: timedelta = timedelta(days=30)) -> tuple[str, str]:
    """A partner's token, and its account's id."""
    ends = (datetime.now(UTC) + ends_in).isoformat()
    given = {
        "organizationId": target.world.organizations[ADMIN],
        "name": token_hex(4),
        "scopes": scopes,
        "endsAt": ends,
    }
    made = await target.ask(ISSUE, {"input": given}, by=ADMIN)
    if "token" not in (made.value or {}):
        raise NotApplicable(f"no token: {made.codes}")
    return made.value["token"], made.value["serviceAccount"]["id"]


async def an_object(target: Target, name: str) -> str:
    """A new object of the demo operator's with such a name."""
    given = {"contractId": target.world.contract, "name": name, "address": name, "timeZone": "Europe/Moscow"}
    made = await target.ask(CREATE_OBJECT, {"input": given}, by=ADMIN)
    if "id" not in (made.value or {}):
        raise NotApplicable(f"no object with that name: {made.codes}")
    return str(made.value["id"])


@dataclass(frozen=True)
class Victims:
    """Things of the demo operator's that may be broken."""

    user: str
    object: str
    journal: str
    entry: str


async def victims(target: Target) -> Victims:
    """New ones."""
    user, _ = await newcomer(target)
    key = await an_object(target, f"Жертва {token_hex(3)}")
    opened = await target.ask(OPEN_JOURNAL, {"input": {"objectId": key, "typeId": target.world.type}}, by=ADMIN)
    journal = str(opened.value["id"])
    entry = await target.ask(CREATE_ENTRY, {"input": {"journalId": journal, "values": VALUES}}, by=ADMIN)
    return Victims(user, key, journal, str(entry.value["id"]))
