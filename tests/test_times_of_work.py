"""When a work was done, recorded and signed: three times kept apart; back-dating is flagged, the future refused."""

from __future__ import annotations

from datetime import UTC, datetime

from client import Client
from conftest import Database
from entry_deeds import ago, ahead, traces, whole
from world import CREATE_ENTRY, REVISE_ENTRY, VALUES, People, main_journal, revising, sign


async def test_the_three_times_are_kept_apart(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    wanted = {"journalId": await main_journal(worker), "values": VALUES, "performedAt": "2026-11-20T10:00:00+05:00"}
    began = datetime.now(UTC)
    entry = await worker.do(CREATE_ENTRY, input=wanted)
    await sign(worker, entry)
    await sign(people.subscriber_employee, entry)
    read = (await whole(people.subscriber_admin, entry))["record"]
    assert datetime.fromisoformat(read["performedAt"]) == datetime(2026, 11, 20, 5, tzinfo=UTC)
    recorded = datetime.fromisoformat(read["recordedAt"])
    assert began <= recorded <= datetime.now(UTC)
    assert read["backdated"] is True
    signed = await worker.ask("query ($id: ID!) { entry(id: $id) { signatures { signedAt } } }", id=entry["id"])
    moments = [datetime.fromisoformat(each["signedAt"]) for each in signed["entry"]["signatures"]]
    assert all(recorded < moment <= datetime.now(UTC) for moment in moments)
    # A revision that says nothing of the time keeps it; one that moves the work back is flagged itself.
    fresh = await worker.do(CREATE_ENTRY, input={**wanted, "performedAt": None})
    assert (await whole(worker, fresh))["record"]["backdated"] is False
    moved = await worker.do(REVISE_ENTRY, input={**revising(fresh, location="Этаж 2"), "performedAt": ago(hours=30)})
    again = await worker.do(REVISE_ENTRY, input=revising(moved, location="Этаж 3"))
    first, second, third = (await whole(worker, again))["revisions"]
    assert [each["backdated"] for each in (first, second, third)] == [False, True, True]
    assert second["performedAt"] == third["performedAt"] != first["performedAt"]


async def test_the_future_is_refused(client: Client, database: Database) -> None:
    worker = (await People.of(client)).operator_employee
    journal = await main_journal(worker)
    entry = await worker.do(CREATE_ENTRY, input={"journalId": journal, "values": VALUES})
    before = await traces(database)
    for moment in (ahead(seconds=30), ahead(days=400), "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        for document, wanted in (
            (CREATE_ENTRY, {"journalId": journal, "values": VALUES, "performedAt": moment}),
            (REVISE_ENTRY, {**revising(entry), "performedAt": moment}),
        ):
            refused = await worker.refused(document, input=wanted)
            assert (refused["code"], refused["field"]) == ("INVALID", "performedAt"), moment
    assert await traces(database) == before
