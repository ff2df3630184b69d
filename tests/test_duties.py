"""Accounts that are closed, duties that end, absences that are planned: by whom, and what ends with them at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from client import SIGN_IN, Client
from conftest import Cluster, Database, Template
from entry_deeds import (
    CANCEL_ABSENCE,
    DEACTIVATE_USER,
    END_ASSIGNMENT,
    PASSWORD,
    ago,
    ahead,
    assigned,
    assignment_of,
    colleague,
    id_of,
    news,
)
from live import EVENTS
from object_deeds import Rivals, history, installation, rivals, seen, traces
from world import (
    ASSIGN,
    CREATE_ORGANIZATION,
    CREATE_USER,
    PLAN_ABSENCE,
    SIGN_ENTRY,
    People,
    main_journal,
    person,
    record,
    sign,
    signing,
    warehouse,
)

from app.settings import Settings


@pytest.fixture(scope="module")
async def shared(
    cluster: Cluster, template: Template, base_settings: Settings
) -> AsyncIterator[tuple[Client, Rivals, Database]]:
    """One world for all tests here: each brings people of its own into it."""
    async with installation(cluster, template, base_settings) as (client, database):
        yield client, await rivals(client), database


@pytest.fixture
def client(shared: tuple[Client, Rivals, Database]) -> Client:
    return shared[0]


@pytest.fixture
def world(shared: tuple[Client, Rivals, Database]) -> Rivals:
    return shared[1]


@pytest.fixture
def people(world: Rivals) -> People:
    return world.people


@pytest.fixture
def kept(shared: tuple[Client, Rivals, Database]) -> Database:
    return shared[2]


async def newcomer(people: People, client: Client, name: str, role: str = "OPERATOR_EMPLOYEE") -> Client:
    """Somebody new, without a certificate."""
    return await colleague(people, client, f"{name}@duties.test", role, certificate=False)


def dismissing(user: str) -> dict[str, Any]:
    """The input of `deactivateUser`."""
    return {"userId": user, "reason": "Уволен"}


async def test_whoever_is_dismissed_is_out_at_once_also_of_open_sockets(
    people: People, client: Client, kept: Database
) -> None:
    leaving = await newcomer(people, client, "leaving")
    user, place = await id_of(leaving), (await warehouse(people.operator_admin))["id"]
    duty = await assigned(people, leaving, place)
    second = await client.signed_in("leaving@duties.test", PASSWORD, anew=True)
    async with leaving.subscribed(EVENTS) as stream:
        await people.operator_admin.do(DEACTIVATE_USER, input=dismissing(user))
        assert (await stream.message())["type"] == "complete"
    for session in (leaving, second):
        assert (await session.ask("{ viewer { id } }"))["viewer"] is None
    still_open = "select count(*) from sessions where user_id = $1 and ended_at is null"
    assert await kept.value(still_open, await key(kept, "leaving")) == 0
    refused = await client.refused(SIGN_IN, email="leaving@duties.test", password=PASSWORD)
    wrong = await client.refused(SIGN_IN, email="nobody@duties.test", password=PASSWORD)
    assert (refused["code"], refused["message"]) == (wrong["code"], wrong["message"])
    told = [kind for kind, _ in await history(people.operator_admin, place)]
    assert "ASSIGNMENT_ENDED" in told
    ended = await people.operator_admin.ask(
        "query ($id: ID!) { node(id: $id) { ... on Assignment { validTo } } }", id=duty
    )
    assert ended["node"]["validTo"]
    before = await traces(kept)
    problem = await people.operator_admin.refused(DEACTIVATE_USER, input=dismissing(user))
    assert (problem["code"], problem["field"]) == ("CONFLICT", "userId")
    given = {"objectId": place, "userId": user, "duty": "RESPONSIBLE", "basis": "Приказ"}
    problem = await people.operator_admin.refused(ASSIGN, input=given)
    assert (problem["code"], problem["field"]) == ("INVALID", "userId")
    assert await traces(kept) == before


async def key(database: Database, name: str) -> object:
    """The row of somebody's account."""
    return await database.value("select id from users where email = $1", f"{name}@duties.test")


async def test_nobody_closes_their_own_account_nor_the_last_admins(world: Rivals, kept: Database) -> None:
    people, before = world.people, await traces(kept)
    for admin in (people.owner, people.operator_admin, people.subscriber_admin, world.other.admin):
        problem = await admin.refused(DEACTIVATE_USER, input=dismissing(await id_of(admin)))
        assert (problem["code"], problem["field"]) == ("FORBIDDEN", "userId")
    for admin in (people.operator_admin, people.subscriber_admin, world.other.admin):
        problem = await people.owner.refused(DEACTIVATE_USER, input=dismissing(await id_of(admin)))
        assert (problem["code"], problem["field"]) == ("CONFLICT", "userId")
    assert await traces(kept) == before


async def test_two_admins_cannot_remove_each_other_both(people: People, client: Client, kept: Database) -> None:
    for attempt in range(3):
        given = {"kind": "OPERATOR", "name": f"ООО «Двое {attempt}»"}
        organization = (await people.owner.do(CREATE_ORGANIZATION, input=given))["id"]
        admins = []
        for name in ("one", "two"):
            email = f"{name}{attempt}@duties.test"
            await people.owner.do(CREATE_USER, input=person(organization, "OPERATOR_ADMIN", email))
            admins.append(await client.signed_in(email, PASSWORD))
        users = [await id_of(admin) for admin in admins]
        answers = await asyncio.gather(
            *[
                admin.ask(DEACTIVATE_USER, input=dismissing(other))
                for admin, other in zip(admins, users[::-1], strict=True)
            ]
        )
        results = [answer["deactivateUser"]["__typename"] for answer in answers]
        assert sorted(results) == ["Problem", "User"]
        left = "select count(*) from users where active and email like $1"
        assert await kept.value(left, f"___{attempt}@duties.test") == 1


async def test_who_may_dismiss_whom(world: Rivals, client: Client, kept: Database) -> None:
    people = world.people
    worker = await newcomer(people, client, "worker")
    user, before = await id_of(worker), await traces(kept)
    for stranger in (world.other.admin, people.subscriber_admin):
        problem = await stranger.refused(DEACTIVATE_USER, input=dismissing(user))
        assert (problem["code"], problem["field"]) == ("NOT_FOUND", "userId")
    for employee in (people.operator_employee, people.subscriber_employee, worker):
        assert (await employee.refused(DEACTIVATE_USER, input=dismissing(user)))["code"] == "FORBIDDEN"
    problem = await people.operator_admin.refused(DEACTIVATE_USER, input={"userId": user, "reason": "  "})
    assert (problem["code"], problem["field"]) == ("INVALID", "reason")
    assert await traces(kept) == before
    assert (await worker.ask("{ viewer { id } }"))["viewer"]["id"] == user


async def test_who_may_end_a_duty(world: Rivals, client: Client, kept: Database) -> None:
    people = world.people
    place = (await warehouse(people.operator_admin))["id"]
    ours, theirs = (
        await newcomer(people, client, "ours"),
        await newcomer(people, client, "theirs", "SUBSCRIBER_EMPLOYEE"),
    )
    duty, other = await assigned(people, ours, place), await assigned(people, theirs, place)
    before = await traces(kept)
    ending = {"assignmentId": duty, "reason": "Переведён"}
    assert (await people.subscriber_admin.refused(END_ASSIGNMENT, input=ending))["code"] == "FORBIDDEN"
    problem = await people.operator_admin.refused(END_ASSIGNMENT, input={**ending, "assignmentId": other})
    assert problem["code"] == "FORBIDDEN"
    for employee in (people.operator_employee, ours, theirs):
        assert (await employee.refused(END_ASSIGNMENT, input=ending))["code"] == "FORBIDDEN"
    assert (await world.other.admin.refused(END_ASSIGNMENT, input=ending))["code"] == "NOT_FOUND"
    assert (await people.operator_admin.refused(END_ASSIGNMENT, input={**ending, "reason": ""}))["field"] == "reason"
    assert await traces(kept) == before
    assert await seen(ours, place) == [True]
    await people.operator_admin.do(END_ASSIGNMENT, input=ending)
    assert await seen(ours, place) == [False]
    assert "ASSIGNMENT_ENDED" in await news(ours)
    before = await traces(kept)
    assert (await people.operator_admin.refused(END_ASSIGNMENT, input=ending))["code"] == "CONFLICT"
    assert await traces(kept) == before
    await people.subscriber_admin.do(END_ASSIGNMENT, input={**ending, "assignmentId": other})
    assert await seen(theirs, place) == [False]


async def test_who_may_be_given_a_duty_by_whom(world: Rivals, client: Client, kept: Database) -> None:
    people = world.people
    place = (await warehouse(people.operator_admin))["id"]
    ours = await id_of(await newcomer(people, client, "candidate"))
    stranger = await id_of(world.other.employee)
    given = {"objectId": place, "duty": "RESPONSIBLE", "basis": "Приказ"}
    before = await traces(kept)
    for admin, user, code in (
        (people.subscriber_admin, ours, "NOT_FOUND"),
        (people.operator_admin, stranger, "NOT_FOUND"),
        (people.operator_admin, await id_of(people.subscriber_employee), "NOT_FOUND"),
        (people.owner, stranger, "INVALID"),
        (people.owner, await id_of(people.owner), "INVALID"),
        (world.other.admin, stranger, "NOT_FOUND"),
    ):
        assert (await admin.refused(ASSIGN, input={**given, "userId": user}))["code"] == code
    for wrong, field in (
        ({"journalTypeIds": []}, "journalTypeIds"),
        ({"validFrom": ahead(hours=2), "validTo": ahead(hours=1)}, "validTo"),
        ({"validTo": ago(hours=1)}, "validTo"),
        ({"basis": " "}, "basis"),
    ):
        problem = await people.operator_admin.refused(ASSIGN, input={**given, "userId": ours, **wrong})
        assert (problem["code"], problem["field"]) == ("INVALID", field)
    assert await traces(kept) == before


def away(user: str, substitute: str, **changes: Any) -> dict[str, Any]:
    """The input of `planAbsence`: from tomorrow, for a week."""
    return {
        "userId": user,
        "substituteId": substitute,
        "basis": "Приказ № 5 об отпуске",
        "startsAt": ahead(days=1),
        "endsAt": ahead(days=8),
        **changes,
    }


async def test_absences_do_not_overlap_and_end_after_they_begin(world: Rivals, client: Client, kept: Database) -> None:
    people = world.people
    user, stand_in = [await id_of(await newcomer(people, client, name)) for name in ("away", "standin")]
    planned = await people.operator_admin.do(PLAN_ABSENCE, input=away(user, stand_in))
    before = await traces(kept)
    for overlapping in (
        {"startsAt": ahead(days=7), "endsAt": ahead(days=9)},
        {"startsAt": ago(days=1), "endsAt": ahead(days=2)},
        {"startsAt": ahead(days=2), "endsAt": ahead(days=3)},
        {"startsAt": ago(days=1), "endsAt": ahead(days=20)},
    ):
        problem = await people.operator_admin.refused(PLAN_ABSENCE, input=away(user, stand_in, **overlapping))
        assert (problem["code"], problem["field"]) == ("CONFLICT", "startsAt")
    for wrong, field in (
        ({"startsAt": ahead(days=10), "endsAt": ahead(days=9)}, "endsAt"),
        ({"startsAt": ago(days=3), "endsAt": ago(days=1)}, "endsAt"),
        ({"substituteId": user}, "substituteId"),
        ({"basis": ""}, "basis"),
    ):
        problem = await people.operator_admin.refused(PLAN_ABSENCE, input=away(user, stand_in, **wrong))
        assert (problem["code"], problem["field"]) == ("INVALID", field)
    assert await traces(kept) == before
    await people.operator_admin.do(CANCEL_ABSENCE, input={"absenceId": planned["id"]})
    again = away(user, stand_in)
    answers = await asyncio.gather(*[people.operator_admin.ask(PLAN_ABSENCE, input=again) for _ in range(3)])
    results = sorted(answer["planAbsence"].get("code", "") for answer in answers)
    assert results == ["", "CONFLICT", "CONFLICT"]
    after = {"startsAt": again["endsAt"], "endsAt": ahead(days=9)}
    await people.operator_admin.do(PLAN_ABSENCE, input=away(user, stand_in, **after))


async def test_who_may_plan_whose_absence(world: Rivals, client: Client, kept: Database) -> None:
    people = world.people
    user, stand_in = [await id_of(await newcomer(people, client, name)) for name in ("traveller", "deputy")]
    foreign = await id_of(world.other.employee)
    before = await traces(kept)
    for planner, planned, code in (
        (people.subscriber_admin, away(user, stand_in), "NOT_FOUND"),
        (world.other.admin, away(user, foreign), "NOT_FOUND"),
        (people.operator_admin, away(user, foreign), "NOT_FOUND"),
        (people.owner, away(user, foreign), "INVALID"),
        (people.operator_employee, away(user, stand_in), "FORBIDDEN"),
    ):
        assert (await planner.refused(PLAN_ABSENCE, input=planned))["code"] == code
    assert await traces(kept) == before
    planned = await people.operator_admin.do(PLAN_ABSENCE, input=away(user, stand_in))
    before = await traces(kept)
    for other, code in (
        (people.subscriber_admin, "NOT_FOUND"),
        (world.other.admin, "NOT_FOUND"),
        (people.operator_employee, "FORBIDDEN"),
    ):
        assert (await other.refused(CANCEL_ABSENCE, input={"absenceId": planned["id"]}))["code"] == code
    assert await seen(people.operator_employee, planned["id"]) == [False]
    assert await traces(kept) == before


async def test_a_dismissal_ends_the_absences_and_the_substitutes_share(
    world: Rivals, client: Client, kept: Database
) -> None:
    people = world.people
    place = (await warehouse(people.operator_admin))["id"]
    away_now, stand_in = await newcomer(people, client, "ill"), await newcomer(people, client, "helper")
    await assigned(people, away_now, place)
    now = {"startsAt": ago(hours=1), "endsAt": ahead(days=2)}
    await people.operator_admin.do(PLAN_ABSENCE, input=away(await id_of(away_now), await id_of(stand_in), **now))
    assert await seen(stand_in, place) == [True]
    await people.operator_admin.do(DEACTIVATE_USER, input=dismissing(await id_of(away_now)))
    assert await seen(stand_in, place) == [False]
    open_absences = "select count(*) from absences where user_id = $1 and cancelled_at is null"
    assert await kept.value(open_absences, await key(kept, "ill")) == 0
    before = await traces(kept)
    given = away(await id_of(people.operator_employee), await id_of(stand_in))
    problem = await people.operator_admin.refused(
        PLAN_ABSENCE, input={**given, "substituteId": await public(people, "ill")}
    )
    assert (problem["code"], problem["field"]) == ("INVALID", "substituteId")
    assert await traces(kept) == before


async def public(people: People, name: str) -> str:
    """The public id of an account that may be closed."""
    answer = await people.owner.ask("{ users(first: 100) { edges { node { id email } } } }")
    (found,) = [
        edge["node"]["id"] for edge in answer["users"]["edges"] if edge["node"]["email"] == f"{name}@duties.test"
    ]
    return str(found)


async def test_what_was_signed_stays_signed_after_the_signer_has_gone(people: People, client: Client) -> None:
    signer = await colleague(people, client, "signer@duties.test", "OPERATOR_EMPLOYEE")
    place = (await warehouse(people.operator_admin))["id"]
    await assigned(people, signer, place)
    entry = await record(signer, await main_journal(people.operator_admin))
    waiting = await record(signer, await main_journal(people.operator_admin))
    await sign(signer, entry)
    await people.operator_admin.do(DEACTIVATE_USER, input=dismissing(await id_of(signer)))
    answer = await signer.ask(SIGN_ENTRY, input=signing(waiting))
    assert answer["signEntry"]["code"] == "UNAUTHENTICATED"
    assert (await sign(people.subscriber_employee, entry))["entry"]["status"] == "SIGNED"
    assert await assignment_of(people, people.operator_employee, place)
