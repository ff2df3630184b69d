"""Broken function and property level authorization: rights that one gives to oneself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.making import CREATE_ENTRY, ISSUE, VALUES, a_partner, newcomer
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN, CREATE_USER, CUSTOMER, CUSTOMER_ADMIN, PASSWORD, STRANGER, WORKER

RENAME = """mutation ($input: UpdateObjectInput!) { updateObject(input: $input) {
  __typename ... on ServiceObject { id } ... on Problem { code } } }"""
UPDATE_USER = """mutation ($input: UpdateUserInput!) { updateUser(input: $input) {
  __typename ... on User { id role } ... on Problem { code } } }"""
CHANGE_ROLE = """mutation ($input: ChangeUserRoleInput!) { changeUserRole(input: $input) {
  __typename ... on User { id role } ... on Problem { code } } }"""
DEACTIVATE = """mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) {
  __typename ... on User { id } ... on Problem { code } } }"""
COMMENT = """mutation ($input: CommentEntryInput!) { commentEntry(input: $input) {
  __typename ... on Comment { text } ... on Problem { code } } }"""
REVOKE = """mutation ($input: RevokeServiceAccountInput!) { revokeServiceAccount(input: $input) {
  __typename ... on ServiceAccount { revokedAt } ... on Problem { code } } }"""
VIEWER = "{ viewer { id role organization { id } } }"


def done(answer: Answer) -> bool:
    """Whether a mutation did something."""
    return answer.done and (answer.value or {}).get("__typename") != "Problem"


async def refused(target: Target, query: str, given: dict[str, Any], by: str | None) -> None:
    """Raises Broken if somebody may do that."""
    answer = await target.ask(query, {"input": given}, by=by)
    broken_if(done(answer), f"done as {by}: {answer.text[:100]}")


@check(Category.ACCESS, "changing another company's object")
async def foreign_object(target: Target) -> None:
    await refused(target, RENAME, {"objectId": target.world.object, "name": "Чужой"}, STRANGER)


@check(Category.ACCESS, "changing an object as an employee, a customer, nobody")
async def object_without_right(target: Target) -> None:
    for by in (WORKER, CUSTOMER, CUSTOMER_ADMIN, None):
        await refused(target, RENAME, {"objectId": target.world.object, "name": "Чужой"}, by)


@check(Category.ACCESS, "writing into another company's journal, remarks to its entries")
async def foreign_journal(target: Target) -> None:
    await refused(target, CREATE_ENTRY, {"journalId": target.world.journal, "values": VALUES}, STRANGER)
    await refused(target, COMMENT, {"entryId": target.world.entry, "text": "Чужой"}, STRANGER)


@check(Category.ACCESS, "recording a work as the customer")
async def wrong_side(target: Target) -> None:
    await refused(target, CREATE_ENTRY, {"journalId": target.world.journal, "values": VALUES}, CUSTOMER_ADMIN)


@check(Category.ACCESS, "deactivating another company's people")
async def foreign_person(target: Target) -> None:
    key, _ = await newcomer(target)
    for by in (STRANGER, CUSTOMER_ADMIN, WORKER):
        await refused(target, DEACTIVATE, {"userId": key, "reason": "x"}, by)


@check(Category.ACCESS, "a role or an organization among the fields of one's own account (mass assignment)")
async def mass_assignment(target: Target) -> None:
    _, email = await newcomer(target)
    token = (await target.signed_in(email, PASSWORD)).value["token"]
    before = (await target.ask(VIEWER, by=token)).value
    for more in ({"role": "SUPERADMIN"}, {"organizationId": target.world.organizations[STRANGER]}, {"active": True}):
        await target.ask(UPDATE_USER, {"input": {"userId": before["id"], "surname": "Новый", **more}}, by=token)
    after = (await target.ask(VIEWER, by=token)).value
    broken_if(after != before, f"{before['role']} → {after and after['role']}")


@check(Category.ACCESS, "a higher role for oneself")
async def own_role(target: Target) -> None:
    _, email = await newcomer(target, "OPERATOR_ADMIN")
    token = (await target.signed_in(email, PASSWORD)).value["token"]
    own = (await target.ask(VIEWER, by=token)).value["id"]
    for role in ("SUPERADMIN", "SUBSCRIBER_ADMIN"):
        await refused(target, CHANGE_ROLE, {"userId": own, "role": role}, token)


@check(Category.ACCESS, "a new superadmin, and a new account in another company")
async def new_accounts(target: Target) -> None:
    person = {"surname": "Новый", "givenName": "Лев", "password": PASSWORD}
    for organization, role in (
        (target.world.organizations[STRANGER], "SUPERADMIN"),
        (target.world.organizations[ADMIN], "OPERATOR_ADMIN"),
    ):
        email = f"e{token_hex(5)}@attack.test"
        given = {**person, "organizationId": organization, "role": role, "email": email}
        await refused(target, CREATE_USER, given, STRANGER)


@check(Category.ACCESS, "a partner's token that writes")
async def partner_writes(target: Target) -> None:
    token, _ = await a_partner(target, ["OBJECTS", "JOURNALS", "EVENTS", "PAPER"])
    await refused(target, RENAME, {"objectId": target.world.object, "name": "Партнёр"}, token)
    await refused(target, CREATE_ENTRY, {"journalId": target.world.journal, "values": VALUES}, token)
    sent = await target.send("POST", "/files", by=token, files={"file": ("a.txt", b"note")})
    broken_if(sent.status < 400, "a file")


@check(Category.ACCESS, "a partner's token outside its scopes, by fields, node(id), files and papers")
async def partner_beyond_scope(target: Target) -> None:
    token, _ = await a_partner(target, ["OBJECTS"])
    broken_if(not (await target.ask("{ objects(first: 1) { totalCount } }", by=token)).value, "nothing at all")
    query = "query ($id: ID!) { node(id: $id) { __typename } }"
    for key in (target.world.journal, target.world.entry, target.world.signature):
        broken_if((await target.ask(query, {"id": key}, by=token)).value, "by node")
    inner = "query ($id: ID!) { object(id: $id) { journals { id } } }"
    shown = (await target.ask(inner, {"id": target.world.object}, by=token)).value or {}
    broken_if(shown.get("journals"), "its journals")
    for path in (f"/files/{target.world.file}", f"/print/journals/{target.world.journal}.pdf"):
        broken_if((await target.send("GET", path, by=token)).status == 200, path)


@check(Category.ACCESS, "a partner's token that has been revoked")
async def revoked_partner(target: Target) -> None:
    token, key = await a_partner(target, ["OBJECTS"])
    query = "{ objects(first: 1) { totalCount } }"
    await target.ask(query, by=token)
    await target.ask(REVOKE, {"input": {"serviceAccountId": key, "reason": "x"}}, by=ADMIN)
    broken_if((await target.ask(query, by=token)).value, "it still reads")


@check(Category.ACCESS, "a partner's token that has expired a second ago")
async def expired_partner(target: Target) -> None:
    token, _ = await a_partner(target, ["OBJECTS"], timedelta(seconds=2))
    query = "{ objects(first: 1) { totalCount } }"
    await target.ask(query, by=token)
    await asyncio.sleep(3)
    broken_if((await target.ask(query, by=token)).value, "it still reads")


@check(Category.ACCESS, "a partner's token in another's name: for the owner's company")
async def foreign_partner(target: Target) -> None:
    ends = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    given = {"organizationId": target.world.organizations[ADMIN], "name": "x", "scopes": ["OBJECTS"], "endsAt": ends}
    for by in (STRANGER, WORKER, CUSTOMER_ADMIN):
        await refused(target, ISSUE, given, by)
