"""History: of an object, a journal, an entry: every deed, by whom, when, what changed, and only for who may see it."""

from __future__ import annotations

from typing import Any

import pytest
from client import Client
from entry_deeds import (
    ANNUL_ENTRY,
    COMMENT_ENTRY,
    SAVE_DRAFT,
    annulling,
    assigned,
    colleague,
    deciding,
    whole,
)
from world import (
    DECLINE_ENTRY,
    REVISE_ENTRY,
    VALUES,
    People,
    main_journal,
    other_company,
    record,
    revising,
    sign,
    warehouse,
)

HISTORY = """
query ($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {{
  {place}(id: $id) {{ events(first: $first, last: $last, after: $after, before: $before) {{
    totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
    edges {{ cursor node {{
      id cursor kind occurredAt actor {{ name organization }} changes entry {{ id }} journal {{ id }} signature {{ id }}
    }} }} }} }} }}
"""


async def history(client: Client, place: str, id: str, **page: Any) -> dict[str, Any]:
    """A page of what happened at a place."""
    answer = await client.ask(HISTORY.format(place=place), id=id, **(page or {"first": 100}))
    events: dict[str, Any] = answer[place]["events"]
    return events


async def deeds(client: Client, place: str, id: str) -> list[dict[str, Any]]:
    return [edge["node"] for edge in (await history(client, place, id))["edges"]]


async def eventful(people: People) -> dict[str, Any]:
    """An entry to which everything has happened but its end."""
    worker, customer = people.operator_employee, people.subscriber_employee
    journal = await main_journal(worker)
    await worker.do(SAVE_DRAFT, input={"journalId": journal, "values": VALUES})
    entry = await record(worker, journal)
    await sign(worker, entry)
    entry = await worker.do(REVISE_ENTRY, input=revising(entry, location="Этаж 2"))
    await customer.do(COMMENT_ENTRY, input={"entryId": entry["id"], "text": "Где акт?"})
    await customer.do(DECLINE_ENTRY, input=deciding(entry, reason="Нет акта"))
    entry = await worker.do(REVISE_ENTRY, input=revising(entry, location="Этаж 3"))
    for signer in (worker, customer):
        await sign(signer, entry)
    proposed = await people.operator_admin.do(ANNUL_ENTRY, input=annulling(entry))
    await customer.do(DECLINE_ENTRY, input=deciding(proposed, reason="Работа была"))
    return await whole(worker, entry)


async def test_an_entrys_history_tells_every_deed_by_whom_and_what_changed(client: Client) -> None:
    people = await People.of(client)
    entry = await eventful(people)
    told = await deeds(people.subscriber_admin, "entry", entry["id"])
    worker, customer, admin = "Ёлкин", "Фёдоров", "Орлов"
    assert [(each["kind"], each["actor"]["name"].split()[0]) for each in told] == [
        ("ENTRY_RECORDED", worker),
        ("SIGNATURE_MADE", worker),
        ("ENTRY_REVISED", worker),
        ("SIGNATURE_SUPERSEDED", worker),
        ("ENTRY_COMMENTED", customer),
        ("ENTRY_DECLINED", customer),
        ("ENTRY_REVISED", worker),
        ("SIGNATURE_MADE", worker),
        ("SIGNATURE_MADE", customer),
        ("ENTRY_COMPLETED", customer),
        ("ANNULMENT_PROPOSED", admin),
        ("ANNULMENT_DECLINED", customer),
    ]
    moments = [each["occurredAt"] for each in told]
    assert moments == sorted(moments)
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for each in told:
        by_kind.setdefault(each["kind"], []).append(each["changes"])
    first, second = by_kind["ENTRY_REVISED"]
    assert first["fields"] == {"location": {"before": "Этаж 1", "after": "Этаж 2"}}
    assert (second["fields"]["location"], second["reason"]) == ({"before": "Этаж 2", "after": "Этаж 3"}, "Уточнение")
    assert by_kind["ENTRY_COMMENTED"] == [{"text": "Где акт?"}]
    assert by_kind["ENTRY_DECLINED"][0]["reason"] == "Нет акта"
    assert by_kind["ANNULMENT_DECLINED"][0]["reason"] == "Работа была"
    assert by_kind["ENTRY_RECORDED"][0]["after"]["number"] == entry["number"]
    assert {each["entry"]["id"] for each in told} == {entry["id"]}
    assert "@" not in str(told)  # cards of persons, no addresses


@pytest.mark.parametrize("place", ["entry", "journal", "object"])
async def test_history_is_paged_both_ways_and_nothing_is_told_twice(client: Client, place: str) -> None:
    people = await People.of(client)
    entry = await eventful(people)
    site = await warehouse(people.operator_admin)
    journal = await main_journal(people.operator_admin)
    id = {"entry": entry["id"], "journal": journal, "object": site["id"]}[place]
    everything = await history(people.operator_admin, place, id)
    ids = [edge["node"]["id"] for edge in everything["edges"]]
    assert everything["totalCount"] == len(ids) == len(set(ids))
    assert all(edge["cursor"] == edge["node"]["cursor"] for edge in everything["edges"])
    for size, cursor, more, step in (("first", "after", "hasNextPage", 1), ("last", "before", "hasPreviousPage", -1)):
        walked: list[str] = []
        page: dict[str, Any] = {size: 5}
        for _ in range(len(ids)):
            got = await history(people.operator_admin, place, id, **page)
            walked += [edge["node"]["id"] for edge in got["edges"]][::step]
            if not got["pageInfo"][more]:
                break
            page = {size: 5, cursor: got["pageInfo"]["endCursor" if step == 1 else "startCursor"]}
        assert walked == ids[::step]
    # An object's history holds its journals', a journal's its entries'.
    assert entry["id"] in {edge["node"]["entry"] and edge["node"]["entry"]["id"] for edge in everything["edges"]}
    if place == "object":
        kinds = {edge["node"]["kind"] for edge in everything["edges"]}
        assert {"OBJECT_CREATED", "ASSIGNED", "JOURNAL_OPENED", "JOURNAL_ARCHIVED", "ENTRY_RECORDED"} <= kinds
    refused = await people.operator_admin.post(HISTORY.format(place=place), {"id": id})
    assert refused["errors"][0]["extensions"]["code"] == "INVALID"


async def test_what_others_must_not_see_of_it(client: Client) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    entry = await eventful(people)
    site = await warehouse(people.operator_admin)
    kinds = await people.operator_admin.ask("{ journalTypes { id code } }")
    confined = await colleague(people, client, "confined@demo.test", "OPERATOR_EMPLOYEE", certificate=False)
    unassigned = await colleague(people, client, "unassigned@demo.test", "SUBSCRIBER_EMPLOYEE", certificate=False)
    (maintenance,) = [kind["id"] for kind in kinds["journalTypes"] if kind["code"] == "SPS_TO"]
    await assigned(people, confined, site["id"], journalTypeIds=[maintenance])
    journal = await main_journal(people.operator_admin)
    places = {"entry": entry["id"], "journal": journal, "object": site["id"]}
    for stranger in (other.admin, other.employee, unassigned):
        for place, id in places.items():
            answer = await stranger.ask(HISTORY.format(place=place), id=id, first=5)
            assert answer[place] is None
        filtered = await stranger.ask(
            "query ($filter: EventFilter) { events(first: 5, filter: $filter) { totalCount edges { node { kind } } } }",
            filter={"entry": entry["id"]},
        )
        assert filtered["events"] == {"totalCount": 0, "edges": []}
    # Confined to another type: the object is theirs to see, but nothing of this journal.
    assert (await confined.ask(HISTORY.format(place="entry"), id=entry["id"], first=5))["entry"] is None
    seen = await deeds(confined, "object", site["id"])
    assert seen
    assert entry["id"] not in {each["entry"] and each["entry"]["id"] for each in seen}
    assert "Где акт?" not in str(seen)
    assert {each["journal"]["id"] for each in seen if each["journal"]} != {journal}
    assert journal not in {each["journal"]["id"] for each in seen if each["journal"]}
    # Both sides and the owner read the same of an entry.
    ids = [each["id"] for each in await deeds(people.owner, "entry", entry["id"])]
    for reader in (
        people.operator_admin,
        people.operator_employee,
        people.subscriber_admin,
        people.subscriber_employee,
    ):
        assert [each["id"] for each in await deeds(reader, "entry", entry["id"])] == ids
