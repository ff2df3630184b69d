"""Accounts that begin with a mail: who is let in by which link, once, and who may take an invitation back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from client import SIGN_IN, Client
from conftest import Cluster, Database, Template
from entry_deeds import DEACTIVATE_USER, news
from mail_world import ACCEPT, CHOSEN, CREATE, RESET, Inbox, invited, mailing, status, token_in
from object_deeds import deed
from world import CREATE_ORGANIZATION, PROBLEM, People, person

AGAIN = f"mutation ($id: ID!) {{ inviteAgain(userId: $id) {{ __typename ... on User {{ id status }} {PROBLEM} }} }}"
WITHDRAW = (
    f"mutation ($id: ID!) {{ withdrawInvitation(userId: $id) {{ __typename ... on User {{ id status }} {PROBLEM} }} }}"
)
REACTIVATE = (
    f"mutation ($id: ID!) {{ reactivateUser(userId: $id) {{ __typename ... on User {{ id status }} {PROBLEM} }} }}"
)
UPDATE = deed("updateUser", "User", "id email status")
TRACES = """
select (select string_agg(u::text, ',' order by u.id) from users u), (select count(*) from events),
       (select string_agg(l.id::text || coalesce(l.withdrawn_at, l.used_at)::text, ',' order by l.id)
        from account_links l), (select count(*) from account_links), (select count(*) from sessions)
"""
AGE = """
update account_links l set created_at = l.created_at - interval '2 minutes'
from users u where u.id = l.user_id and u.email = $1
"""


@pytest.fixture(scope="module")
async def world(
    cluster: Cluster, template: Template, base_settings: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Client, Database, Inbox]]:
    """One world with mails for all tests here."""
    async with mailing(cluster, template, base_settings, tmp_path_factory.mktemp("mail")) as given:
        yield given


@pytest.fixture
def client(world: tuple[Client, Database, Inbox]) -> Client:
    return world[0]


@pytest.fixture
def kept(world: tuple[Client, Database, Inbox]) -> Database:
    return world[1]


@pytest.fixture
def inbox(world: tuple[Client, Database, Inbox]) -> Inbox:
    return world[2]


@pytest.fixture
async def people(client: Client) -> People:
    return await People.of(client)


async def traces(kept: Database) -> tuple[object, ...]:
    """What a refused deed must leave as it was."""
    return tuple((await kept.fetch(TRACES))[0])


async def test_an_invited_person_sets_a_password_once_and_is_let_in(
    people: People, client: Client, kept: Database, inbox: Inbox
) -> None:
    made = await invited(people.operator_admin, "invited@mail.test")
    assert made["status"] == "INVITED"
    token = token_in(await inbox.link("invited@mail.test"))
    told = await status(people.operator_admin, made["id"])
    assert told["invitedUntil"]
    assert told["lastSignedInAt"] is None
    before = await traces(kept)
    refused = await client.refused(SIGN_IN, email="invited@mail.test", password="")
    assert refused["code"] == "UNAUTHENTICATED"
    weak = await client.refused(ACCEPT, input={"token": token, "password": "short"})
    assert (weak["code"], weak["field"]) == ("INVALID", "password")
    own = await client.refused(ACCEPT, input={"token": token, "password": "invited@mail.test"})
    assert (own["code"], own["field"]) == ("INVALID", "password")
    other = await client.refused(RESET, input={"token": token, "password": CHOSEN})  # no link of that kind
    assert (other["code"], other["field"]) == ("INVALID", "token")
    after = await traces(kept)
    assert (after[0], after[2:]) == (before[0], before[2:])
    accepted = await client.do(ACCEPT, input={"token": token, "password": CHOSEN})
    assert (accepted["email"], accepted["status"]) == ("invited@mail.test", "ACTIVE")
    worker = await client.signed_in("invited@mail.test", CHOSEN)
    assert (await worker.ask("{ viewer { status } }"))["viewer"]["status"] == "ACTIVE"
    told = await status(people.operator_admin, made["id"])
    assert (told["invitedUntil"], told["invitationSentAt"]) == (None, None)
    assert told["lastSignedInAt"]
    kinds = "select kind from events where user_id = (select id from users where email = $1) order by position"
    assert [row["kind"] for row in await kept.fetch(kinds, "invited@mail.test")] == [
        *["USER_CREATED", "USER_INVITED", "SIGN_IN_REFUSED", "INVITATION_ACCEPTED", "SIGNED_IN"]
    ]


async def test_links_that_open_nothing_are_told_alike(
    people: People, client: Client, kept: Database, inbox: Inbox
) -> None:
    tokens = {}
    for case in ("used", "expired", "withdrawn", "replaced", "ended"):
        made = await invited(people.operator_admin, f"{case}@mail.test")
        tokens[case] = token_in(await inbox.link(f"{case}@mail.test"))
        await kept.fetch(AGE, f"{case}@mail.test")
        match case:
            case "used":
                await client.do(ACCEPT, input={"token": tokens[case], "password": CHOSEN})
            case "expired":
                mine = "user_id = (select id from users where email = 'expired@mail.test')"
                await kept.fetch(f"update account_links set expires_at = now() where {mine}")
            case "withdrawn":
                assert (await people.operator_admin.do(WITHDRAW, id=made["id"]))["status"] == "INACTIVE"
            case "replaced":
                await people.operator_admin.do(AGAIN, id=made["id"])
                fresh = token_in(await inbox.link("replaced@mail.test"))
            case "ended":
                await people.operator_admin.do(DEACTIVATE_USER, input={"userId": made["id"], "reason": "Ошибка"})
    before = await traces(kept)
    answers = [
        await client.refused(ACCEPT, input={"token": token, "password": CHOSEN})
        for token in (*tokens.values(), "unknown", "", "\0", "x" * 10_000, fresh[:-1])
    ]
    assert [answer["code"] for answer in answers] == ["INVALID"] * len(answers)
    assert all(answer == answers[0] for answer in answers)
    assert await traces(kept) == before
    assert (await client.do(ACCEPT, input={"token": fresh, "password": CHOSEN}))["status"] == "ACTIVE"


async def test_of_two_who_use_a_link_at_once_one_is_let_in(
    people: People, client: Client, kept: Database, inbox: Inbox
) -> None:
    await invited(people.operator_admin, "twice@mail.test")
    token = token_in(await inbox.link("twice@mail.test"))
    passwords = [f"{CHOSEN} {number}" for number in range(3)]
    answers = await asyncio.gather(
        *(client.post(ACCEPT, {"input": {"token": token, "password": password}}) for password in passwords)
    )
    results = [answer["data"]["acceptInvitation"]["__typename"] for answer in answers]
    assert sorted(results) == ["Problem", "Problem", "User"]
    accepted = "select count(*) from events e join users u on u.id = e.user_id where u.email = $1 and e.kind = $2"
    assert await kept.value(accepted, "twice@mail.test", "INVITATION_ACCEPTED") == 1
    await client.signed_in("twice@mail.test", passwords[results.index("User")])


async def test_an_invitation_is_sent_again_by_those_alone_who_may_and_while_there_is_one(
    people: People, client: Client, kept: Database, inbox: Inbox
) -> None:
    made = await invited(people.operator_admin, "again@mail.test")
    await inbox.mail("again@mail.test")
    before = await traces(kept)
    for other, code in (
        (people.operator_employee, "FORBIDDEN"),
        (people.subscriber_admin, "NOT_FOUND"),
        (client, "UNAUTHENTICATED"),
    ):
        for mutation in (AGAIN, WITHDRAW, REACTIVATE):
            assert (await other.refused(mutation, id=made["id"]))["code"] == code
    assert (await people.operator_admin.refused(AGAIN, id=made["id"]))["code"] == "RATE_LIMITED"
    assert await traces(kept) == before
    await kept.fetch(AGE, "again@mail.test")
    await people.owner.do(AGAIN, id=made["id"])
    token = token_in(await inbox.link("again@mail.test"))
    await client.do(ACCEPT, input={"token": token, "password": CHOSEN})
    before = await traces(kept)
    for mutation in (AGAIN, WITHDRAW):
        assert (await people.operator_admin.refused(mutation, id=made["id"]))["code"] == "CONFLICT"
    assert (await people.operator_admin.refused(REACTIVATE, id=made["id"]))["code"] == "CONFLICT"
    assert await traces(kept) == before


async def test_a_mistyped_address_is_put_right_and_the_link_that_went_there_is_void(
    people: People, client: Client, inbox: Inbox
) -> None:
    made = await invited(people.operator_admin, "mistyped@mail.test")
    astray = token_in(await inbox.link("mistyped@mail.test"))
    changed = await people.operator_admin.do(UPDATE, input={"userId": made["id"], "email": "typed@mail.test"})
    assert (changed["email"], changed["status"]) == ("typed@mail.test", "INVITED")
    right = token_in(await inbox.link("typed@mail.test"))
    assert (await client.refused(ACCEPT, input={"token": astray, "password": CHOSEN}))["field"] == "token"
    await client.do(ACCEPT, input={"token": right, "password": CHOSEN})
    assert inbox.of("mistyped@mail.test").empty()


async def test_whoever_was_ended_before_they_came_is_invited_anew(people: People, client: Client, inbox: Inbox) -> None:
    made = await invited(people.operator_admin, "anew@mail.test")
    await inbox.mail("anew@mail.test")
    await people.operator_admin.do(WITHDRAW, id=made["id"])
    assert (await people.operator_admin.do(REACTIVATE, id=made["id"]))["status"] == "INVITED"
    token = token_in(await inbox.link("anew@mail.test"))
    await client.do(ACCEPT, input={"token": token, "password": CHOSEN})
    newcomer = await client.signed_in("anew@mail.test", CHOSEN)
    assert "USER_REACTIVATED" in await news(newcomer)


async def test_an_operator_brings_a_subscribers_first_admin_in_by_mail(
    people: People, client: Client, kept: Database, inbox: Inbox
) -> None:
    new = await people.operator_admin.do(CREATE_ORGANIZATION, input={"kind": "SUBSCRIBER", "name": "ООО «Новое»"})
    wanted = person(new["id"], "SUBSCRIBER_ADMIN", "first@mail.test")
    del wanted["password"]
    first = await people.operator_admin.do(CREATE, input=wanted)
    await inbox.mail("first@mail.test")
    await kept.fetch(AGE, "first@mail.test")
    await people.operator_admin.do(AGAIN, id=first["id"])
    token = token_in(await inbox.link("first@mail.test"))
    await client.do(ACCEPT, input={"token": token, "password": CHOSEN})
    before = await traces(kept)
    # From then on the subscriber's people are its own business.
    assert (await people.operator_admin.refused(AGAIN, id=first["id"]))["code"] == "NOT_FOUND"
    refused = await people.operator_admin.refused(CREATE, input={**wanted, "email": "second@mail.test"})
    assert refused["code"] == "FORBIDDEN"
    assert await traces(kept) == before
