"""Law 7 in full: order, quorum, deadlines, what keeps somebody from signing, and the loss of a slot at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from client import Client
from conftest import Database
from entry_deeds import (
    DEACTIVATE_USER,
    END_ASSIGNMENT,
    assigned,
    assignment_of,
    certified,
    colleague,
    deciding,
    id_of,
    journal_of,
    news,
    slot,
    traces,
    whole,
)
from world import (
    CREATE_ENTRY,
    DECLINE_ENTRY,
    SIGN_ENTRY,
    People,
    main_journal,
    other_company,
    record,
    sign,
    signing,
    warehouse,
)

from models.enums import Language, SigningObstacle
from rules import slot_watch
from rules.obstacle_words import OBSTACLES

WAITING = "{ awaitingMySignature(first: 100) { totalCount edges { node { id entry { id } } } } }"
CANNOT = "query ($id: ID!) { entry(id: $id) { canSign cannotSign { obstacle message } } }"


async def noted(client: Client, journal: str, note: str = "Осмотр") -> dict[str, Any]:
    """A new entry of a type made for the test."""
    entry: dict[str, Any] = await client.do(CREATE_ENTRY, input={"journalId": journal, "values": {"note": note}})
    return entry


async def awaited(client: Client) -> list[str]:
    """The entries that wait for the client."""
    answer = await client.ask(WAITING)
    found = [edge["node"]["entry"]["id"] for edge in answer["awaitingMySignature"]["edges"]]
    assert answer["awaitingMySignature"]["totalCount"] == len(found)
    return found


async def obstacle(client: Client, entry: dict[str, Any]) -> str | None:
    """What keeps the client from signing, if its words are those of both languages."""
    said = {}
    for language in Language:
        response = await client.http.post(
            "/graphql",
            json={"query": CANNOT, "variables": {"id": entry["id"]}},
            headers={"accept-language": language.value},
        )
        said[language] = response.json()["data"]["entry"]
    told: dict[str, Any] = said[Language.RU]
    assert told["canSign"] is (told["cannotSign"] is None)
    if told["cannotSign"] is None:
        return None
    found = SigningObstacle(told["cannotSign"]["obstacle"])
    assert told["cannotSign"]["message"] in OBSTACLES[found].values()
    return found.value


async def test_the_order_of_the_slots_is_kept(client: Client, database: Database) -> None:
    people = await People.of(client)
    policy = [slot("OPERATOR"), slot("SUBSCRIBER", order=2, group=2)]
    entry = await noted(people.operator_employee, await journal_of(people, "T_ORDER", policy))
    second = next(each["id"] for each in entry["slots"] if each["side"] == "SUBSCRIBER")
    assert await obstacle(people.subscriber_employee, entry) == "NOT_YOUR_TURN"
    assert entry["id"] not in await awaited(people.subscriber_employee)
    assert entry["id"] in await awaited(people.operator_employee)
    before = await traces(database)
    for changes, field in (({}, None), ({"slotId": second}, "slotId")):
        refused = await people.subscriber_employee.refused(SIGN_ENTRY, input=signing(entry, **changes))
        assert (refused["code"], refused["field"]) == ("NOT_YOUR_SLOT", field)
        refused = await people.subscriber_employee.refused(
            DECLINE_ENTRY, input=deciding(entry, reason="рано", **changes)
        )
        assert refused["code"] == "NOT_YOUR_SLOT"
    assert await traces(database) == before
    await sign(people.operator_employee, entry)
    assert await obstacle(people.subscriber_employee, entry) is None
    assert entry["id"] in await awaited(people.subscriber_employee)
    assert (await sign(people.subscriber_employee, entry))["entry"]["status"] == "SIGNED"
    assert entry["id"] not in await awaited(people.subscriber_employee)


async def test_a_quorum_of_two_takes_two_people(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    policy = [slot("OPERATOR", duty="PARTICIPANT"), slot("OPERATOR", duty="PARTICIPANT"), slot("SUBSCRIBER", group=2)]
    journal = await journal_of(people, "T_QUORUM", policy)
    mates = [await colleague(people, client, f"mate{n}@demo.test", "OPERATOR_EMPLOYEE") for n in (1, 2)]
    for mate in mates:
        await assigned(people, mate, site["id"], duty="PARTICIPANT")
    entry = await noted(people.operator_employee, journal)
    assert [each["side"] for each in entry["slots"]].count("OPERATOR") == 2
    await sign(mates[0], entry)
    before = await traces(database)
    for each in entry["slots"]:
        refused = await mates[0].refused(SIGN_ENTRY, input=signing(entry, slotId=each["id"]))
        assert refused["code"] == "ALREADY_SIGNED"
    assert await traces(database) == before
    await sign(people.subscriber_employee, entry)
    assert (await whole(people.operator_employee, entry))["status"] == "AWAITING_SIGNATURES"
    assert (await sign(mates[1], entry))["entry"]["status"] == "SIGNED"
    # Of three who could, two have: the third has nothing left to sign.
    assert await obstacle(people.operator_employee, entry) == "NOTHING_TO_SIGN"
    assert len((await whole(people.owner, entry))["record"]["signatures"]) == 3
    declined = await noted(people.operator_employee, journal)
    await sign(mates[0], declined)
    await mates[1].do(DECLINE_ENTRY, input=deciding(declined, reason="Не участвовал"))
    after = await whole(people.operator_employee, declined)
    assert after["status"] == "DECLINED"
    assert sorted(each["status"] for each in after["slots"]) == ["DECLINED", "SIGNED", "WITHDRAWN"]


async def test_a_participant_does_not_fill_the_slot_of_a_responsible(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    mate = await colleague(people, client, "mate@demo.test", "OPERATOR_EMPLOYEE")
    await assigned(people, mate, site["id"], duty="PARTICIPANT")
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    before = await traces(database)
    assert await obstacle(mate, entry) == "NOT_YOUR_SLOT"
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_YOUR_SLOT"
    assert await traces(database) == before
    assert await awaited(mate) == []


async def overdue_told(client: Client, entry: dict[str, Any]) -> list[dict[str, Any]]:
    """What was told of the entry's deadlines."""
    answer = await client.ask(
        "query ($filter: EventFilter) { events(first: 9, filter: $filter) { edges { node { changes } } } }",
        filter={"entry": entry["id"], "kinds": ["SLOT_OVERDUE"]},
    )
    return [edge["node"]["changes"] for edge in answer["events"]["edges"]]


async def test_a_deadline_that_has_passed_is_told_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    policy = [slot("OPERATOR", deadlineDays=3), slot("SUBSCRIBER", group=2)]
    entry = await noted(people.operator_employee, await journal_of(people, "T_DEADLINE", policy))
    now = datetime.now(UTC)
    read = {each["side"]: each for each in (await whole(people.operator_employee, entry))["revision"]["slots"]}
    due = datetime.fromisoformat(read["OPERATOR"]["deadline"])
    assert abs(due - now - timedelta(days=3)) < timedelta(minutes=1)
    assert read["SUBSCRIBER"]["deadline"] is None
    assert read["OPERATOR"]["overdue"] is read["SUBSCRIBER"]["overdue"] is False
    await slot_watch.watch(due - timedelta(seconds=1))
    assert await overdue_told(people.owner, entry) == []
    assert await slot_watch.watch(due + timedelta(seconds=1)) == 1
    assert await slot_watch.watch(due + timedelta(seconds=2)) == 0
    (told,) = await overdue_told(people.owner, entry)
    assert (told["side"], datetime.fromisoformat(told["deadline"])) == ("OPERATOR", due)
    for hears in (people.operator_employee, people.operator_admin):
        assert (await news(hears))[-1] == "SLOT_OVERDUE"
    for does_not in (people.subscriber_employee, people.subscriber_admin, people.owner):
        assert (await news(does_not))[-1:] != ["SLOT_OVERDUE"]
    # A late signature still counts: a deadline takes nobody's right.
    await database.fetch("update slots set deadline = now() - interval '1 day' where deadline is not null")
    late = next(each for each in (await whole(people.owner, entry))["revision"]["slots"] if each["side"] == "OPERATOR")
    assert late["overdue"] is True
    await sign(people.operator_employee, entry)
    signed = (await whole(people.owner, entry))["revision"]["slots"]
    assert not any(each["overdue"] for each in signed)


async def test_everything_that_keeps_somebody_from_signing_is_named(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    mate = await colleague(people, client, "mate@demo.test", "OPERATOR_EMPLOYEE", certificate=False)
    await assigned(people, mate, site["id"])
    assert await obstacle(mate, entry) == "AGREEMENT_REQUIRED"
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "AGREEMENT_REQUIRED"
    await certified(people.owner, mate)
    assert await obstacle(mate, entry) is None
    suspend = "update certificates set status = 'SUSPENDED', suspended_at = now() where user_id = "
    await database.fetch(f"{suspend} (select id from users where email = $1)", "mate@demo.test")
    assert await obstacle(mate, entry) == "NO_CERTIFICATE"
    assert entry["id"] in await awaited(mate)  # it waits for them: the way there is theirs to clear
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NO_CERTIFICATE"
    for other in (people.operator_admin, people.subscriber_admin, people.owner):
        assert await obstacle(other, entry) == "NOT_YOUR_SLOT"
    await sign(people.operator_employee, entry)
    assert await obstacle(people.operator_employee, entry) == "ALREADY_SIGNED"
    await sign(people.subscriber_employee, entry)
    assert await obstacle(people.subscriber_employee, entry) == "NOTHING_TO_SIGN"
    stranger = await other_company(people, client)
    assert (await stranger.employee.ask(CANNOT, id=entry["id"]))["entry"] is None


@pytest.mark.parametrize("language", list(Language))
async def test_the_words_are_in_the_viewers_language(client: Client, database: Database, language: Language) -> None:
    people = await People.of(client)
    await database.fetch("update users set language = $1", language.value)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    told = (await people.operator_admin.ask(CANNOT, id=entry["id"]))["entry"]["cannotSign"]
    assert told == {
        "obstacle": "NOT_YOUR_SLOT",
        "message": OBSTACLES[SigningObstacle.NOT_YOUR_SLOT][language],
    }


async def test_the_end_of_a_duty_takes_the_slot_at_once_and_tells_the_admins_once(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    duty = await assignment_of(people, people.subscriber_employee, site["id"])
    assert await obstacle(people.subscriber_employee, entry) is None
    follow = "subscription { events { kind } }"
    async with people.subscriber_employee.subscribed(follow) as stream:
        assert await stream.silent(0.2)
        await people.owner.do(END_ASSIGNMENT, input={"assignmentId": duty, "reason": "Перевод"})
        heard = [(await stream.next())["kind"]]
        await record(people.operator_employee, await main_journal(people.operator_employee), location="После")
        assert await stream.silent()
    assert heard == ["ASSIGNMENT_ENDED"]
    before = await traces(database)
    assert (await people.subscriber_employee.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"
    assert await awaited(people.subscriber_employee) == []
    assert (await people.subscriber_employee.ask(CANNOT, id=entry["id"]))["entry"] is None
    assert await traces(database) == before
    unfillable = "select count(*) from events where kind = 'SLOTS_UNFILLABLE'"
    told_at_once = await database.value(unfillable)
    assert told_at_once
    for admin in (people.operator_admin, people.subscriber_admin):
        assert "SLOTS_UNFILLABLE" in await news(admin)
    for other in (people.operator_employee, people.subscriber_employee, people.owner):
        assert "SLOTS_UNFILLABLE" not in await news(other)
    told = await slot_watch.watch(datetime.now(UTC))  # of the entry that was recorded afterwards
    assert told == 1
    assert await slot_watch.watch(datetime.now(UTC)) == 0
    # Somebody can again: forgotten, and told anew when nobody can once more.
    successor = await colleague(people, client, "successor@demo.test", "SUBSCRIBER_EMPLOYEE")
    duty = await assigned(people, successor, site["id"])
    assert await database.value("select count(*) from slots where unfillable_told_at is not null") == 0
    assert await obstacle(successor, entry) is None
    earlier = await database.value(unfillable)
    await people.subscriber_admin.do(END_ASSIGNMENT, input={"assignmentId": duty, "reason": "Перевод"})
    assert await database.value(f"select ({unfillable}) > $1", earlier) is True


async def test_a_deactivated_person_signs_nothing_and_their_sockets_close(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    mate = await colleague(people, client, "mate@demo.test", "OPERATOR_EMPLOYEE")
    await assigned(people, mate, site["id"])
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    assert await obstacle(mate, entry) is None
    user = await id_of(mate)
    async with mate.subscribed("subscription { signatureEvents { kind } }") as stream:
        assert await stream.silent(0.2)
        await people.operator_admin.do(DEACTIVATE_USER, input={"userId": user, "reason": "Уволен"})
        await sign(people.operator_employee, entry)
        with pytest.raises(Exception, match=r"(?i)clos|unauth|complete"):
            await stream.next()
    before = await traces(database)
    assert (await mate.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "UNAUTHENTICATED"
    assert await traces(database) == before
    # Another can still sign that slot's side, so nobody is told.
    assert await database.value("select count(*) from events where kind = 'SLOTS_UNFILLABLE'") == 0


async def test_a_future_duty_is_not_a_right_yet_but_no_reason_to_tell(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    journal = await main_journal(people.operator_employee)
    late = await colleague(people, client, "late@demo.test", "SUBSCRIBER_EMPLOYEE")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await assigned(people, late, site["id"], validFrom=tomorrow.isoformat())
    entry = await record(people.operator_employee, journal)
    duty = await assignment_of(people, people.subscriber_employee, site["id"])
    await people.subscriber_admin.do(END_ASSIGNMENT, input={"assignmentId": duty, "reason": "Перевод"})
    assert (await late.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "NOT_FOUND"
    assert await database.value("select count(*) from events where kind = 'SLOTS_UNFILLABLE'") == 0
    assert await slot_watch.watch(tomorrow + timedelta(hours=1)) == 0
