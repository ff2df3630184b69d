"""The rule behind a print: what is on the paper, and what it costs."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import pytest
from conftest import Database

from app import demo
from app.runtime import running
from app.settings import Settings
from models.enums import Language
from rules import clock, entries, identity
from rules.actor import Actor, Anonymous
from rules.entries import Work
from rules.printed_values import printed_values
from rules.printing import journal_paper
from rules.refusals import Code, Refusal

JOURNAL = """
select j.id from journals j join objects o on o.id = j.object_id join journal_types t on t.id = j.type_id
where o.name like 'Складской%' and t.code = $1 order by j.volume desc
"""


async def actor(email: str) -> Actor:
    """Somebody of the demo, signed in."""
    signed_in = await identity.sign_in(Anonymous(now=clock.now()), email, demo.PASSWORD)
    somebody = await identity.actor_of_token(signed_in.token, clock.now())
    assert somebody
    return somebody


async def test_every_state_is_told(settings: Settings, database: Database) -> None:
    journal_id = await database.value(JOURNAL, "SPZ_MAIN")
    assert isinstance(journal_id, UUID)
    async with running(settings):
        paper = await journal_paper(await actor(demo.OPERATOR_ADMIN), journal_id)
    assert [entry.number for entry in paper.entries] == [1, 2, 3, 4, 5]
    signed, revised, awaiting, declined, fresh = paper.entries
    assert [stamp.standing for stamp in signed.stamps] == ["CURRENT", "CURRENT"]
    assert {stamp.verify_url for stamp in signed.stamps} == {
        f"https://journals.example/verify/{stamp.code}" for stamp in signed.stamps
    }
    assert (revised.revision, revised.revisions, revised.reason) == (
        *(2, 2),
        "Уточнено количество заменённых аккумуляторов",
    )
    assert sorted((stamp.revision, stamp.standing) for stamp in revised.stamps) == [
        *((1, "SUPERSEDED"), (1, "SUPERSEDED")),
        *((2, "CURRENT"), (2, "CURRENT")),
    ]
    assert (awaiting.status, [slot.side for slot in awaiting.awaiting]) == ("AWAITING_SIGNATURES", ["SUBSCRIBER"])
    (refusal,) = declined.declines
    assert (refusal.name, refusal.side) == ("Фёдоров Алексей Николаевич", "SUBSCRIBER")
    assert refusal.reason == "Работа не предъявлена: доступ в насосную не запрашивался"
    assert (fresh.stamps, len(fresh.awaiting)) == ((), 2)
    assert {person.side for person in paper.responsible} == {"OPERATOR", "SUBSCRIBER"}
    assert paper.verify_url == "https://journals.example/verify"
    assert str((await database.fetch("select id from events where kind = 'JOURNAL_PRINTED'"))[0]["id"]) == (
        paper.document_code
    )


async def test_the_number_of_statements_does_not_grow(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    journal_id = await database.value(JOURNAL, "SPS_TO")
    assert isinstance(journal_id, UUID)
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    counts: dict[int, int] = {}
    async with running(settings):
        admin, worker = await actor(demo.OPERATOR_ADMIN), await actor(demo.OPERATOR_EMPLOYEE)
        for more in (0, 1, 12):
            for _ in range(more):
                await entries.create_entry(worker, journal_id, Work(given=demo.MAINTENANCE), client_id=None)
            caplog.clear()
            paper = await journal_paper(admin, journal_id)
            counts[len(paper.entries)] = len(caplog.records)
    assert sorted(counts) == [1, 2, 14]
    assert len(set(counts.values())) == 1
    assert 5 < counts[1] < 20


async def test_what_is_not_seen_is_not_printed(settings: Settings, database: Database) -> None:
    journal_id = await database.value(JOURNAL, "SPZ_MAIN")
    assert isinstance(journal_id, UUID)
    async with running(settings):
        newcomer = await actor(demo.NEWCOMER)
        for asked in (journal_id, UUID(int=7)):
            with pytest.raises(Refusal) as refused:
                await journal_paper(newcomer, asked)
            assert refused.value.code is Code.NOT_FOUND
    assert await database.fetch("select 1 from events where kind = 'JOURNAL_PRINTED'") == []


COLUMNS: list[dict[str, Any]] = [
    {"key": "kind", "schema": {"type": "string"}, "choices": {"A": {"ru": "Первый", "en": "First"}}},
    {"key": "kinds", "schema": {"type": "array"}, "choices": {"A": {"ru": "Первый", "en": "First"}}},
    {"key": "at", "schema": {"type": "string", "format": "date-time"}},
    {"key": "day", "schema": {"type": "string", "format": "date"}},
    {"key": "done", "schema": {"type": "boolean"}},
    {"key": "count", "schema": {"type": "integer"}},
    {"key": "absent", "schema": {"type": "string"}},
]
VALUES = {"kind": "A", "kinds": ["A"], "at": "2026-11-22T09:05:33Z", "day": "2026-11-22", "done": False, "count": 0}


def test_values_are_worded_by_their_columns() -> None:
    assert printed_values(VALUES, COLUMNS, Language.RU, "Asia/Yekaterinburg") == {
        "kind": "Первый",
        "kinds": "Первый",
        "at": "22.11.2026 14:05:33 UTC+05:00",
        "day": "22.11.2026",
        "done": "нет",
        "count": "0",
    }
    assert printed_values(VALUES, COLUMNS, Language.EN, "UTC")["at"] == "22 Nov 2026, 09:05:33 UTC+00:00"
