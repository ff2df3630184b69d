"""An organisation's people: changed, promoted, ended and opened again by their own admins, of whom one always stays."""

from __future__ import annotations

import asyncio
import json

import pytest
from client import SIGN_IN, Client
from conftest import Database
from entry_deeds import DEACTIVATE_USER, PASSWORD, assigned, colleague, id_of, news
from live import EVENTS
from object_deeds import deed
from people_world import client, kept, other, people, shared, traces  # noqa: F401 - fixtures
from test_admin_door import superadmin
from test_admin_screens import rows, texts
from world import (
    CREATE_USER,
    PROBLEM,
    OtherCompany,
    People,
    main_journal,
    person,
    record,
    sign,
    warehouse,
)

from app import demo

UPDATE = deed(
    "updateUser", "User", "id email language role person { name position } certificates { status holder { name } }"
)
CHANGE_ROLE = deed("changeUserRole", "User", "id role")
REACTIVATE = (
    f"mutation ($id: ID!) {{ reactivateUser(userId: $id) {{ __typename ... on User {{ id status }} {PROBLEM} }} }}"
)
ABOUT = """
select kind, changes from events where user_id = (select id from users where email = $1) order by position
"""


async def newcomer(people: People, client: Client, name: str, role: str = "OPERATOR_EMPLOYEE") -> Client:
    """Somebody new at the demo's operator or subscriber, without a certificate."""
    return await colleague(people, client, f"{name}@people.test", role, certificate=False)


async def test_another_name_is_another_card_and_what_was_recorded_keeps_the_former_one(
    people: People, client: Client, kept: Database
) -> None:
    worker = await newcomer(people, client, "married")
    place = await warehouse(people.operator_admin)
    await assigned(people, worker, place["id"])
    entry = await record(worker, await main_journal(people.operator_admin))
    user = await id_of(worker)
    changed = await people.operator_admin.do(
        UPDATE,
        input={"userId": user, "surname": "Замужняя", "position": "Инженер", "email": "Married.New@people.test"},
    )
    assert changed["person"] == {"name": "Замужняя Тестина", "position": "Инженер"}
    assert (changed["email"], changed["language"]) == ("married.new@people.test", "RU")
    told = await people.operator_admin.ask(
        "query ($id: ID!) { entry(id: $id) { revision { author { name position } } } }", id=entry["id"]
    )
    assert told["entry"]["revision"]["author"] == {"name": "Тестова Тестина", "position": None}
    row = (await kept.fetch(ABOUT, "married.new@people.test"))[-1]
    assert row["kind"] == "USER_CHANGED"
    assert json.loads(row["changes"]) == {
        "before": {"surname": "Тестова", "position": None, "email": "married@people.test"},
        "after": {"surname": "Замужняя", "position": "Инженер", "email": "married.new@people.test"},
    }
    assert "USER_CHANGED" in await news(worker)
    found = await people.operator_admin.ask('{ users(first: 5, filter: {name: "замужн"}) { edges { node { id } } } }')
    assert [edge["node"]["id"] for edge in found["users"]["edges"]] == [user]
    notice = "select args from procrastinate.procrastinate_jobs where task_name = 'mail.send_notice' order by id desc"
    assert '"address": "married@people.test"' in str(await kept.value(notice))
    # The same again is no change, an empty position none.
    before = await traces(kept)
    await people.operator_admin.do(UPDATE, input={"userId": user, "surname": "Замужняя"})
    assert await traces(kept) == before
    moved = await people.operator_admin.do(
        UPDATE, input={"userId": user, "surname": "Замужняя Тестина", "givenName": "Х"}
    )
    assert moved["person"]["name"] == "Замужняя Тестина Х"
    emptied = await people.operator_admin.do(UPDATE, input={"userId": user, "position": ""})
    assert emptied["person"]["position"] is None


async def test_an_employee_changes_their_own_language_and_nothing_else(
    people: People, client: Client, other: OtherCompany, kept: Database
) -> None:
    worker = await newcomer(people, client, "polyglot")
    user, admin = await id_of(worker), await id_of(people.operator_admin)
    assert (await worker.do(UPDATE, input={"userId": user, "language": "EN"}))["language"] == "EN"
    assert (await worker.ask("{ viewer { language } }"))["viewer"]["language"] == "EN"
    before = await traces(kept)
    for who, changes, code, field in (
        (worker, {"userId": user, "surname": "Х"}, "FORBIDDEN", "surname"),
        (worker, {"userId": user, "language": "RU", "email": "x@people.test"}, "FORBIDDEN", "email"),
        (worker, {"userId": admin, "language": "RU"}, "NOT_FOUND", "userId"),
        (other.admin, {"userId": user, "surname": "Х"}, "NOT_FOUND", "userId"),
        (people.subscriber_admin, {"userId": user, "surname": "Х"}, "NOT_FOUND", "userId"),
        (people.operator_admin, {"userId": user, "email": demo.OPERATOR_ADMIN}, "CONFLICT", "email"),
        (people.operator_admin, {"userId": user, "email": "no"}, "INVALID", "email"),
        (people.operator_admin, {"userId": user, "surname": " "}, "INVALID", "surname"),
        (client, {"userId": user, "language": "RU"}, "UNAUTHENTICATED", None),
    ):
        refused = await who.refused(UPDATE, input=changes)
        assert (refused["code"], refused["field"]) == (code, field)
    assert await traces(kept) == before


async def test_a_role_changes_at_once_also_in_open_sockets(people: People, client: Client, kept: Database) -> None:
    deputy = await newcomer(people, client, "deputy", "OPERATOR_ADMIN")
    user = await id_of(deputy)
    journal = await main_journal(deputy)
    async with deputy.subscribed(EVENTS) as stream:
        changed = await people.operator_admin.do(CHANGE_ROLE, input={"userId": user, "role": "OPERATOR_EMPLOYEE"})
        assert changed["role"] == "OPERATOR_EMPLOYEE"
        assert (await stream.message())["type"] == "complete"
    assert (await deputy.ask("{ viewer { id } }"))["viewer"] is None
    again = await client.signed_in("deputy@people.test", PASSWORD, anew=True)
    assert (await again.ask("query ($id: ID!) { node(id: $id) { id } }", id=journal))["node"] is None
    refused = await again.post("{ users(first: 9) { totalCount } }")
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    row = (await kept.fetch(ABOUT, "deputy@people.test"))[-2]
    assert (row["kind"], row["changes"]) == (
        "USER_ROLE_CHANGED",
        '{"after": {"role": "OPERATOR_EMPLOYEE"}, "before": {"role": "OPERATOR_ADMIN"}}',
    )


async def test_roles_that_cannot_be_given_are_refused(
    people: People, client: Client, other: OtherCompany, kept: Database
) -> None:
    worker = await newcomer(people, client, "roleless")
    user = await id_of(worker)
    admin, foreign = await id_of(people.operator_admin), await id_of(other.admin)
    before = await traces(kept)
    for who, input, code, field in (
        (people.operator_admin, {"userId": user, "role": "SUBSCRIBER_ADMIN"}, "INVALID", "role"),
        (people.operator_admin, {"userId": user, "role": "SUPERADMIN"}, "INVALID", "role"),
        (people.operator_admin, {"userId": admin, "role": "OPERATOR_EMPLOYEE"}, "FORBIDDEN", "userId"),
        (people.operator_admin, {"userId": foreign, "role": "OPERATOR_EMPLOYEE"}, "NOT_FOUND", "userId"),
        (people.subscriber_admin, {"userId": user, "role": "OPERATOR_ADMIN"}, "NOT_FOUND", "userId"),
        (worker, {"userId": user, "role": "OPERATOR_ADMIN"}, "FORBIDDEN", None),
        (people.owner, {"userId": foreign, "role": "OPERATOR_EMPLOYEE"}, "CONFLICT", "userId"),
        (people.owner, {"userId": await id_of(people.owner), "role": "SUPERADMIN"}, "FORBIDDEN", "userId"),
    ):
        refused = await who.refused(CHANGE_ROLE, input=input)
        assert (refused["code"], refused["field"]) == (code, field)
    assert await traces(kept) == before


async def test_whoever_was_only_invited_is_in_charge_of_nothing(
    people: People, client: Client, other: OtherCompany, kept: Database
) -> None:
    organization = (await other.admin.ask("{ viewer { organization { id } } }"))["viewer"]["organization"]["id"]
    wanted = person(organization, "OPERATOR_ADMIN", "awaited@people.test")
    del wanted["password"]
    await other.admin.do(CREATE_USER, input=wanted)
    admin = await id_of(other.admin)
    before = await traces(kept)
    for mutation, changes in ((CHANGE_ROLE, {"role": "OPERATOR_EMPLOYEE"}), (DEACTIVATE_USER, {"reason": "Уволен"})):
        refused = await people.owner.refused(mutation, input={"userId": admin, **changes})
        assert (refused["code"], refused["field"]) == ("CONFLICT", "userId")
    assert await traces(kept) == before


@pytest.mark.parametrize("way", ["demoted", "removed", "both"])
async def test_two_admins_who_take_each_others_place_at_once_leave_one(
    people: People, client: Client, other: OtherCompany, kept: Database, way: str
) -> None:
    new = await people.owner.do(
        "mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) { __typename"
        " ... on Organization { id } } }",
        input={"kind": "OPERATOR", "name": f"ООО «Двое, {way}»"},
    )
    emails = [f"{name}.{way}@people.test" for name in ("one", "two")]
    for email in emails:
        await people.owner.do(CREATE_USER, input=person(new["id"], "OPERATOR_ADMIN", email))
    one, two = [await client.signed_in(email, PASSWORD) for email in emails]
    ids = await id_of(one), await id_of(two)
    demote = (CHANGE_ROLE, {"role": "OPERATOR_EMPLOYEE"})
    remove = (DEACTIVATE_USER, {"reason": "Переворот"})
    first, second = {"demoted": (demote, demote), "removed": (remove, remove), "both": (demote, remove)}[way]
    answers = await asyncio.gather(
        one.post(first[0], {"input": {"userId": ids[1], **first[1]}}),
        two.post(second[0], {"input": {"userId": ids[0], **second[1]}}),
    )
    results = [next(iter(answer["data"].values()))["__typename"] for answer in answers]
    assert sorted(results) == ["Problem", "User"]
    left = "select count(*) from users where email = any($1) and active and role = 'OPERATOR_ADMIN'"
    assert await kept.value(left, emails) == 1


async def test_an_account_is_opened_again_without_its_duties(people: People, client: Client, kept: Database) -> None:
    worker = await newcomer(people, client, "returned")
    user, place = await id_of(worker), (await warehouse(people.operator_admin))["id"]
    await assigned(people, worker, place)
    await people.operator_admin.do(DEACTIVATE_USER, input={"userId": user, "reason": "Уволен"})
    refused = await client.refused(SIGN_IN, email="returned@people.test", password=PASSWORD)
    assert refused["code"] == "UNAUTHENTICATED"
    before = await traces(kept)
    for who, code in ((people.subscriber_admin, "NOT_FOUND"), (people.operator_employee, "FORBIDDEN")):
        assert (await who.refused(REACTIVATE, id=user))["code"] == code
    assert await traces(kept) == before
    assert (await people.operator_admin.do(REACTIVATE, id=user))["status"] == "ACTIVE"
    assert (await people.operator_admin.refused(REACTIVATE, id=user))["code"] == "CONFLICT"
    again = await client.signed_in("returned@people.test", PASSWORD, anew=True)
    assert (await again.ask("query ($id: ID!) { node(id: $id) { id } }", id=place))["node"] is None
    assert (await worker.ask("{ viewer { id } }"))["viewer"] is None


async def test_a_signature_made_under_the_former_name_stays_as_it_is(people: People, client: Client) -> None:
    worker = await colleague(people, client, "signer@people.test", "OPERATOR_EMPLOYEE")
    place = await warehouse(people.operator_admin)
    await assigned(people, worker, place["id"])
    signature = await sign(worker, await record(worker, await main_journal(people.operator_admin)))
    user = await id_of(worker)
    changed = await people.operator_admin.do(UPDATE, input={"userId": user, "surname": "Новая"})
    assert changed["certificates"] == [{"status": "ACTIVE", "holder": {"name": "Тестова Тестина"}}]
    verdict = await client.ask(
        "query ($code: String!) { verifySignature(code: $code) { indication signerName } }",
        code=signature["verificationCode"],
    )
    assert verdict["verifySignature"] == {"indication": "TOTAL_PASSED", "signerName": "Тестова Тестина"}


async def test_the_owner_sees_who_was_invited_and_who_came(people: People, client: Client) -> None:
    organization = (await people.operator_admin.ask("{ viewer { organization { id } } }"))["viewer"]["organization"][
        "id"
    ]
    wanted = person(organization, "OPERATOR_EMPLOYEE", "expected@people.test")
    del wanted["password"]
    await people.operator_admin.do(CREATE_USER, input={**wanted, "surname": "Ожидаева"})
    async with superadmin(client.address) as visitor:
        visitor.cookies["admin_language"] = "ru"
        listed = await texts(visitor, "/admin/user/list?search=expected")
        assert [row[1:7] for row in listed] == [
            ["expected@people.test", "Сотрудник оператора", "ООО «Пожсервис»", "Приглашён", "—", listed[0][6]]
        ]
        (came,) = await texts(visitor, "/admin/user/list?search=" + demo.OPERATOR_ADMIN)
        assert came[4] == "Действует"
        assert came[5].endswith("МСК")
        (id,) = rows((await visitor.get("/admin/user/list?search=expected")).text, "user")
        page = (await visitor.get(f"/admin/user/details/{id}")).text
        assert "Приглашение действует до" in page
