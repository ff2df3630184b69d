"""The rule behind every check by code."""

from __future__ import annotations

import logging

import pytest
from conftest import Database

from app.runtime import running
from app.settings import Settings
from models.enums import Indication, Language, SignatureLevel, SlotStatus, Standing
from rules import clock
from rules.actor import Anonymous
from rules.verification import normalised, verify_code

CODES = "select s.code from signatures s join entries e on e.id = s.entry_id where e.client_id = $1 order by s.id"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0123456789ABCDEFGHJK", "0123456789ABCDEFGHJK"),
        (" 01234-56789 abcde–fghjk\n", "0123456789ABCDEFGHJK"),
        ("oO23456789ABCDEFGHJK", "0023456789ABCDEFGHJK"),
        ("0iIlL56789ABCDEFGHJK", "0111156789ABCDEFGHJK"),
        ("0123456789АВСDЕFGНJК", "0123456789ABCDEFGHJK"),  # А, В, С, Е, Н, К typed in Cyrillic
        ("０１２３４56789ABCDEFGHJK", "0123456789ABCDEFGHJK"),
        ("0123456789ABCDEFGHJ", ""),
        ("0123456789ABCDEFGHJKM", ""),
        ("0123456789ABCDEFGHJU", ""),  # U is no letter of the alphabet
        ("", ""),
        ("\x00" * 20, ""),
        ("A" * 100_000, ""),
    ],
)
def test_codes_are_read_generously(typed: str, kept: str) -> None:
    assert normalised(typed) == kept


async def test_the_answer_holds_everything(settings: Settings, database: Database) -> None:
    first = (await database.fetch(CODES, "demo-revised"))[0]["code"]
    async with running(settings):
        check = await verify_code(Anonymous(now=clock.now(), language=Language.EN), first)
    assert check is not None
    assert (check.indication, check.sub_indication) == (Indication.TOTAL_PASSED, None)
    assert check.standing is Standing.SUPERSEDED
    assert check.summary == (
        "The signature is confirmed, but the entry has been changed since: what was signed is revision 1 of 2."
    )
    assert (check.revision, check.revisions, check.complete) == (1, 2, True)
    assert check.replaced_because == "Уточнено количество заменённых аккумуляторов"
    assert check.replaced_at is not None
    assert check.replaced_at > check.signed_at
    assert check.level is SignatureLevel.T
    assert check.proved_at is not None
    assert abs((check.proved_at - check.signed_at).total_seconds()) < 2
    assert check.digest == check.stored_digest
    assert [link.name for link in check.chain] == ["Electronic Journals Issuing CA", "Electronic Journals Root CA"]
    assert check.basis == "Приказ № 12 от 12.01.2026"
    assert [slot.status for slot in check.required] == [SlotStatus.SIGNED, SlotStatus.SIGNED]
    assert [slot.is_this for slot in check.required] == [True, False]
    assert {step.indication for step in check.steps} == {Indication.TOTAL_PASSED}


async def test_what_is_incomplete_says_so(settings: Settings, database: Database) -> None:
    (awaiting,) = await database.fetch(CODES, "demo-awaiting")
    async with running(settings):
        check = await verify_code(Anonymous(now=clock.now()), awaiting["code"])
    assert check is not None
    assert check.indication is Indication.TOTAL_PASSED
    assert not check.complete
    assert [slot.status for slot in check.required] == [SlotStatus.SIGNED, SlotStatus.OPEN]


async def test_after_the_end_of_the_term_the_time_stamp_still_proves_it(settings: Settings, database: Database) -> None:
    code = (await database.fetch(CODES, "demo-signed"))[0]["code"]
    two_years_on = clock.now().replace(year=clock.now().year + 2, day=1)
    async with running(settings):
        check = await verify_code(Anonymous(now=two_years_on), code)
    assert check is not None
    assert check.indication is Indication.TOTAL_PASSED
    assert (check.certificate.standing_at_signing, check.certificate.standing_now) == ("ACTIVE", "EXPIRED")


async def test_a_miss_does_what_a_hit_does(
    settings: Settings, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    code = (await database.fetch(CODES, "demo-signed"))[0]["code"]
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    statements: dict[str, list[str]] = {}
    async with running(settings):
        for asked in (code, "0" * 20, "no code at all"):
            caplog.clear()
            check = await verify_code(Anonymous(now=clock.now()), asked)
            assert (check is not None) == (asked == code)
            statements[asked] = [record.message.partition(":")[0] for record in caplog.records]
    hit, *misses = statements.values()
    assert len(hit) >= 4
    assert misses == [hit, hit]
