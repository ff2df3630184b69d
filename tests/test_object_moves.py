"""An object under another operator's contract: who sees what of its history (law 11). The former operator keeps what it
recorded, the new one sees nothing of it unless the contract shares history, and never anything else; the subscriber
sees both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from client import Client
from conftest import Cluster, Database, Template
from entry_deeds import COMMENT_ENTRY, annulling, id_of
from files import uploaded
from object_deeds import (
    ADD_SYSTEM,
    DERIVE_TYPE,
    MERGE_OBJECTS,
    MOVE_OBJECT,
    NODE,
    Rivals,
    contract_of,
    deed,
    history,
    installation,
    rivals,
    seen,
    site,
    traces,
)
from world import (
    ANNUL_ENTRY,
    ARCHIVE_JOURNAL,
    ASSIGN,
    CREATE_CONTRACT,
    CREATE_ENTRY,
    OPEN_JOURNAL,
    VALUES,
    record,
    revising,
    sign,
    types,
)

from app.settings import Settings

REVISE_ENTRY = deed("reviseEntry", "Entry", "id")
PREDECESSORS = """
query ($id: ID!) {
  object(id: $id) {
    predecessors { kind direct sharesHistory former {
      id name assignments { id }
      journals { type { code } entries(first: 10) { edges { node {
        number status signatures { side } record { attachments { name } }
        revision { values typeVersion { name } } comments(first: 5) { edges { node { text } } }
      } } } }
    } }
  }
}
"""


@dataclass
class Recorded:
    """What was recorded about an object under the demo's operator, by kind of row."""

    object_id: str
    rows: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """What is the former operator's all the same: another object, its entry, an assignment."""
    successor: str = ""
    entry: dict[str, Any] = field(default_factory=dict)


async def recorded(world: Rivals, name: str, code: str) -> Recorded:
    """An object with a journal of the operator's own type, a system, an entry with a file, a comment, a signature."""
    people = world.people
    admin, employee = people.operator_admin, people.operator_employee
    made = await site(admin, await contract_of(admin), name, externalId=name)
    duties = []
    for holder in (employee, people.subscriber_employee):
        given = {"objectId": made, "userId": await id_of(holder), "duty": "RESPONSIBLE", "basis": "Тайный приказ"}
        duties.append((await people.owner.do(ASSIGN, input=given))["id"])
    kind = (await admin.do(DERIVE_TYPE, input={"typeId": (await types(admin))["SPZ_MAIN"], "code": code}))["id"]
    system = await admin.do(ADD_SYSTEM, input={"objectId": made, "kind": "FIRE_ALARM", "name": "АПС"})
    journal = (await admin.do(OPEN_JOURNAL, input={"objectId": made, "typeId": kind}))["id"]
    (attachment,) = await uploaded(employee, ("акт.txt", "Акт проверки".encode()))
    work: dict[str, Any] = {"journalId": journal, "values": VALUES, "attachmentIds": [attachment["id"]]}
    entry = await employee.do(CREATE_ENTRY, input=work)
    comment = await employee.do(COMMENT_ENTRY, input={"entryId": entry["id"], "text": "Проверено дважды"})
    signature = await sign(employee, entry)
    elsewhere = await site(admin, await contract_of(admin), f"{name}, соседний")
    duty = {"objectId": elsewhere, "userId": await id_of(employee), "duty": "RESPONSIBLE", "basis": "Приказ"}
    await admin.do(ASSIGN, input=duty)
    foreign = (await admin.do(OPEN_JOURNAL, input={"objectId": elsewhere, "typeId": kind}))["id"]
    (unused,) = await uploaded(employee, ("черновик.txt", b"unused"))
    return Recorded(
        made,
        {
            "object": made,
            "system": system["id"],
            "journal": journal,
            "entry": entry["id"],
            "revision": entry["revision"]["id"],
            "slot": entry["slots"][0]["id"],
            "comment": comment["id"],
            "signature": signature["id"],
            "attachment": attachment["id"],
        },
        {
            "object": elsewhere,
            "journal": foreign,
            "entry": (await record(employee, foreign))["id"],
            "attachment": unused["id"],
            "assignment": duties[0],
            "contract": await contract_of(admin),
            "type": kind,
            "user": await id_of(employee),
        },
        entry=entry,
    )


@dataclass
class Moved:
    """An object that was moved without its history, and one with it."""

    world: Rivals
    database: Database
    kept: Recorded
    shared: Recorded


@pytest.fixture(scope="module")
async def moved(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[Moved]:
    """Both are moved by the owner; the new operator's and the subscriber's people are assigned to the successors."""
    async with installation(cluster, template, base_settings) as (client, database):
        world = await rivals(client)
        both = {shares: await recorded(world, f"Переданный-{shares:d}", f"OWN_{shares:d}") for shares in (False, True)}
        for shares, told in both.items():
            given = {"objectId": told.object_id, "contractId": world.contracts[shares], "reason": "Новый договор"}
            told.successor = (await world.people.owner.do(MOVE_OBJECT, input=given))["id"]
            duty = {"objectId": told.successor, "duty": "RESPONSIBLE", "basis": "Приказ"}
            await world.other.admin.do(ASSIGN, input={**duty, "userId": await id_of(world.other.employee)})
        yield Moved(world, database, both[False], both[True])


async def downloads(client: Client, told: Recorded) -> list[int]:
    """The statuses of the journal on paper and of the file."""
    addresses = [f"/print/journals/{told.rows['journal']}.pdf", f"/files/{told.rows['attachment']}"]
    return [(await client.http.get(address)).status_code for address in addresses]


def everybody(moved: Moved) -> list[Client]:
    """The new operator's people."""
    return [moved.world.other.admin, moved.world.other.employee]


async def test_a_successor_is_made_and_the_former_object_is_closed(moved: Moved) -> None:
    owner, told = moved.world.people.owner, moved.shared
    assert told.successor != told.object_id
    assert [kind for kind, _ in await history(owner, told.object_id)][-2:] == ["JOURNAL_ARCHIVED", "OBJECT_MOVED"]
    (kind, changes), *carried = await history(moved.world.other.admin, told.successor)
    assert kind == "OBJECT_CREATED"
    assert changes["after"]["name"] == "Переданный-1"
    assert [kind for kind, _ in carried] == ["SYSTEM_ADDED", "ASSIGNED"]
    answer = await moved.world.other.admin.ask(
        "query ($id: ID!) { object(id: $id) { externalId closedAt systems { name } contract { number } } }",
        id=told.successor,
    )
    assert answer["object"] == {
        "externalId": "Переданный-1",
        "closedAt": None,
        "systems": [{"name": "АПС"}],
        "contract": {"number": "Новый-1"},
    }
    closed = await moved.database.fetch(
        "select close_reason from objects where name like 'Переданный-_' and closed_at is not null"
    )
    assert [row["close_reason"] for row in closed] == ["Новый договор"] * 2


async def test_the_former_operator_keeps_its_history_and_sees_nothing_of_the_new_one(moved: Moved) -> None:
    people = moved.world.people
    for told in (moved.kept, moved.shared):
        for client in (people.operator_admin, people.operator_employee):
            assert await seen(client, *told.rows.values()) == [True] * len(told.rows)
            assert await downloads(client, told) == [200, 200]
            assert await seen(client, told.successor) == [False]
        answer = await people.operator_admin.ask(
            "query ($id: ID!) { object(id: $id) { successions { id } } }", id=told.object_id
        )
        assert answer["object"]["successions"] == []
        assert "OBJECT_MOVED" in [kind for kind, _ in await history(people.operator_admin, told.object_id)]
    text = str(await people.operator_admin.ask("{ events(last: 100) { edges { node { kind changes } } } }"))
    assert "Новый-" not in text


async def test_without_shared_history_nothing_of_it_exists_for_the_new_operator(moved: Moved) -> None:
    told = moved.kept
    for client in everybody(moved):
        assert await seen(client, told.successor, *told.rows.values()) == [True] + [False] * len(told.rows)
        assert await downloads(client, told) == [404, 404]
        answer = await client.ask(PREDECESSORS, id=told.successor)
        assert answer["object"]["predecessors"] == [
            {"kind": "MOVED", "direct": True, "sharesHistory": False, "former": None}
        ]
        assert (await client.http.get(f"/objects/{told.object_id}")).status_code == 404
    before = await traces(moved.database)
    stale = annulling(told.entry)
    assert (await moved.world.other.admin.refused(ANNUL_ENTRY, input=stale))["code"] == "NOT_FOUND"
    assert await traces(moved.database) == before


async def test_with_shared_history_the_new_operator_reads_what_was_recorded_and_no_more(moved: Moved) -> None:
    told = moved.shared
    for client in everybody(moved):
        for name, id in told.rows.items():
            assert (await client.ask(NODE, id=id))["node"] == {"id": id}, name
        for name, id in told.others.items():
            assert (await client.ask(NODE, id=id))["node"] is None, name
        assert await downloads(client, told) == [200, 200]
        assert (await client.http.get(f"/files/{told.rows['attachment']}")).content == "Акт проверки".encode()
        assert (await client.http.get(f"/files/{told.others['attachment']}")).status_code == 404
        ((predecessor),) = (await client.ask(PREDECESSORS, id=told.successor))["object"]["predecessors"]
        former = predecessor["former"]
        assert (predecessor["sharesHistory"], former["name"], former["assignments"]) == (True, "Переданный-1", [])
        (edge,) = former["journals"][0]["entries"]["edges"]
        assert edge["node"]["revision"]["values"] == VALUES
        assert edge["node"]["signatures"] == [{"side": "OPERATOR"}]
        assert edge["node"]["comments"]["edges"] == [{"node": {"text": "Проверено дважды"}}]
        assert edge["node"]["record"]["attachments"] == [{"name": "акт.txt"}]
        page = await client.http.get(f"/objects/{told.object_id}")
        assert page.status_code == 200
        number = await moved.database.value("select number from contracts order by id limit 1")
        assert str(number) not in page.text
        codes = {kind["code"] for kind in (await client.ask("{ journalTypes { code } }"))["journalTypes"]}
        assert not [code for code in codes if code.startswith("OWN_")]


async def test_the_new_operator_changes_nothing_of_the_shared_history(moved: Moved) -> None:
    told, admin, employee = moved.shared, moved.world.other.admin, moved.world.other.employee
    before = await traces(moved.database)
    annulled = annulling(told.entry)
    for client in (admin, employee):
        assert (await client.refused(ANNUL_ENTRY, input=annulled))["code"] == "FORBIDDEN"
        given = {"entryId": told.rows["entry"], "text": "И мы тут"}
        assert (await client.refused(COMMENT_ENTRY, input=given))["code"] == "FORBIDDEN"
        entry = await client.refused(CREATE_ENTRY, input={"journalId": told.rows["journal"], "values": VALUES})
        assert entry["code"] in ("FORBIDDEN", "JOURNAL_ARCHIVED")
    refused = {
        OPEN_JOURNAL: {"objectId": told.object_id, "typeId": (await types(admin))["SPZ_MAIN"]},
        ADD_SYSTEM: {"objectId": told.object_id, "kind": "FIRE_ALARM", "name": "Чужая"},
        MERGE_OBJECTS: {"objectId": told.object_id, "intoId": told.successor, "reason": "Наше"},
        ASSIGN: {
            "objectId": told.object_id,
            "userId": await id_of(employee),
            "duty": "RESPONSIBLE",
            "basis": "Сами",
        },
    }
    for document, given in refused.items():
        assert (await admin.refused(document, input=given))["code"] == "FORBIDDEN"
    assert (await admin.refused(ARCHIVE_JOURNAL, input={"journalId": told.rows["journal"]}))["code"] in (
        "FORBIDDEN",
        "JOURNAL_ARCHIVED",
    )
    assert await traces(moved.database) == before


async def test_the_subscriber_sees_both_and_signs_what_was_open(moved: Moved) -> None:
    people = moved.world.people
    for told in (moved.kept, moved.shared):
        assert await seen(people.subscriber_admin, told.successor, *told.rows.values()) == [True] * (1 + len(told.rows))
        employee = people.subscriber_employee
        assert await seen(employee, told.successor, *told.rows.values()) == [False] + [True] * len(told.rows)
        assert await downloads(employee, told) == [200, 200]
    told = moved.shared
    before = await traces(moved.database)
    revised = revising(told.entry, location="Этаж 9")
    refusal = await people.operator_employee.refused(
        REVISE_ENTRY,
        input=revised,
    )
    assert refusal["code"] == "JOURNAL_ARCHIVED"
    assert await traces(moved.database) == before
    assert (await sign(people.subscriber_employee, told.entry))["entry"]["status"] == "SIGNED"


async def test_only_the_owner_moves_to_other_parties(moved: Moved) -> None:
    world = moved.world
    admin = world.people.operator_admin
    made = await site(admin, await contract_of(admin), "Непередаваемый")
    before = await traces(moved.database)
    move = {"objectId": made, "contractId": world.contracts[True], "reason": "Сами"}
    assert (await admin.refused(MOVE_OBJECT, input=move))["code"] == "NOT_FOUND"
    assert (await world.other.admin.refused(MOVE_OBJECT, input=move))["code"] == "NOT_FOUND"
    assert await traces(moved.database) == before
    created = await admin.ask("query ($id: ID!) { object(id: $id) { operator { id } subscriber { id } } }", id=made)
    other_subscriber = await world.people.owner.ask(
        "query ($id: ID!) { object(id: $id) { subscriber { id } } }", id=world.other.object_id
    )
    terms: dict[str, Any] = {
        "operatorId": created["object"]["operator"]["id"],
        "subscriberId": other_subscriber["object"]["subscriber"]["id"],
        "number": "Свой",
        "startsOn": "2026-01-01",
    }
    contract = (await world.people.owner.do(CREATE_CONTRACT, input=terms))["id"]
    before = await traces(moved.database)
    refusal = await admin.refused(MOVE_OBJECT, input={**move, "contractId": contract})
    assert refusal["code"] == "FORBIDDEN"
    terms |= {"number": "Щедрый", "subscriberId": created["object"]["subscriber"]["id"], "sharesHistory": True}
    assert (await admin.refused(CREATE_CONTRACT, input=terms))["field"] == "sharesHistory"
    assert await traces(moved.database) == before


async def test_history_goes_on_through_a_chain_as_far_as_every_link_shares_it(moved: Moved) -> None:
    world = moved.world
    owner, admin = world.people.owner, world.people.operator_admin
    back = await contract_of(admin)
    shared, kept = await recorded(world, "Цепь-да", "OWN_2"), await recorded(world, "Цепь-нет", "OWN_3")
    ends = {}
    for told, shares in ((shared, True), (kept, False)):
        middle = await owner.do(
            MOVE_OBJECT,
            input={"objectId": told.object_id, "contractId": world.contracts[shares], "reason": "Туда"},
        )
        again = await owner.do(
            MOVE_OBJECT, input={"objectId": middle["id"], "contractId": world.contracts[not shares], "reason": "Дальше"}
        )
        assert again["id"] == middle["id"], "between the same parties an object stays itself"
        into = await site(world.other.admin, world.contracts[True], f"{told.object_id[:8]} большой")
        await world.other.admin.do(
            MERGE_OBJECTS, input={"objectId": middle["id"], "intoId": into, "reason": "Одно здание"}
        )
        ends[shares] = into
        assert await seen(world.other.admin, *told.rows.values()) == [shares] * len(told.rows)
    successions = (await owner.ask(PREDECESSORS, id=ends[True]))["object"]["predecessors"]
    assert {(each["direct"], each["kind"], each["sharesHistory"]) for each in successions} == {
        (True, "MERGED", True),
        (False, "MERGED", True),
    }
    end = await owner.do(MOVE_OBJECT, input={"objectId": ends[True], "contractId": back, "reason": "Обратно"})
    assert await seen(admin, *shared.rows.values(), ends[True], end["id"]) == [
        *[True] * len(shared.rows),
        False,
        True,
    ], "the demo's contract shares nothing, its own past stays its own"


async def test_moves_of_one_object_at_once_make_one_successor(moved: Moved) -> None:
    world = moved.world
    owner, admin = world.people.owner, world.people.operator_admin
    made = await site(admin, await contract_of(admin), "Разом передаваемый", externalId="Разом")
    answers = await asyncio.gather(
        *[
            owner.ask(MOVE_OBJECT, input={"objectId": made, "contractId": contract, "reason": "Разом"})
            for contract in (*world.contracts.values(), *world.contracts.values())
        ]
    )
    codes = sorted(answer["moveObject"].get("code", "") for answer in answers)
    assert codes == ["", "CONFLICT", "CONFLICT", "CONFLICT"]
    assert await moved.database.value("select count(*) from objects where external_id = 'Разом'") == 2
