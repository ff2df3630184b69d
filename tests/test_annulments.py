"""Law 2: a wrong entry is annulled by a revision that both sides sign; until then, and if one declines, it holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from client import Client, Failed
from conftest import Database
from entry_deeds import ANNUL_ENTRY, annulling, deciding, news, traces, visible, whole
from test_print_journal import text_of
from world import (
    ARCHIVE_JOURNAL,
    DECLINE_ENTRY,
    REVISE_ENTRY,
    SIGN_ENTRY,
    People,
    main_journal,
    other_company,
    record,
    revising,
    sign,
    signing,
)

NEWEST = "select id from entries order by created_at desc limit 1"


async def signed(people: People, **values: Any) -> dict[str, Any]:
    """An entry that both sides have signed."""
    entry = await record(people.operator_employee, await main_journal(people.operator_employee), **values)
    for signer in (people.operator_employee, people.subscriber_employee):
        await sign(signer, entry)
    return await whole(people.operator_employee, entry)


async def propose(client: Client, entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The entry with its annulment proposed."""
    proposed: dict[str, Any] = await client.do(ANNUL_ENTRY, input=annulling(entry, **changes))
    return proposed


async def decline(client: Client, entry: dict[str, Any], reason: str = "Работа была") -> None:
    """Refuse to sign what is current."""
    await client.do(DECLINE_ENTRY, input=deciding(entry, reason=reason))


def standings(revision: dict[str, Any]) -> set[str]:
    return {signature["standing"] for signature in revision["signatures"]}


async def test_an_entry_holds_until_both_sides_have_signed_that_it_does_not(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await signed(people)
    proposed = await propose(people.operator_employee, entry)
    assert proposed["status"] == "AWAITING_SIGNATURES"
    assert (proposed["record"]["number"], proposed["record"]["kind"]) == (1, "RECORD")
    assert (proposed["revision"]["number"], proposed["revision"]["kind"]) == (2, "ANNULMENT")
    assert proposed["revision"]["previousDigest"] == proposed["record"]["digest"]
    assert proposed["revision"]["values"] == entry["record"]["values"]
    assert proposed["revision"]["reason"] == "Запись сделана по ошибке"
    assert [slot["status"] for slot in proposed["slots"]] == ["OPEN", "OPEN"]
    assert standings(proposed["record"]) == {"CURRENT"}
    assert (await news(people.subscriber_employee))[-1] == "ANNULMENT_PROPOSED"

    first = await sign(people.subscriber_employee, proposed)
    assert (first["standing"], first["entry"]["status"]) == ("CURRENT", "AWAITING_SIGNATURES")
    half = await whole(people.operator_employee, proposed)
    assert standings(half["record"]) == standings(half["revision"]) == {"CURRENT"}
    assert half["canAnnul"] is half["canRevise"] is False

    second = await sign(people.operator_employee, proposed)
    assert second["entry"]["status"] == "ANNULLED"
    annulled = await whole(people.operator_employee, proposed)
    assert annulled["record"]["number"] == 1
    assert standings(annulled["record"]) == {"ANNULLED"}
    assert standings(annulled["revision"]) == {"CURRENT"}
    assert annulled["canSign"] is annulled["canAnnul"] is annulled["canRevise"] is False
    assert annulled["cannotSign"]["obstacle"] == "NOTHING_TO_SIGN"
    assert (await news(people.subscriber_employee))[-1] == "ENTRY_ANNULLED"
    kinds = [
        row["kind"]
        for row in await database.fetch(
            f"select kind from events where entry_id = ({NEWEST}) order by transaction_id, position"
        )
    ]
    assert kinds == [
        "ENTRY_RECORDED",
        "SIGNATURE_MADE",
        "SIGNATURE_MADE",
        "ENTRY_COMPLETED",
        "ANNULMENT_PROPOSED",
        "SIGNATURE_MADE",
        "SIGNATURE_MADE",
        "ENTRY_ANNULLED",
    ]
    together = await database.value(
        "select count(*) from events a join events s on s.transaction_id = a.transaction_id"
        " and s.kind = 'SIGNATURE_MADE' where a.kind = 'ENTRY_ANNULLED'"
    )
    assert together == 1
    before = await traces(database)
    again = await people.operator_employee.refused(ANNUL_ENTRY, input=annulling(annulled))
    revised = await people.operator_employee.refused(REVISE_ENTRY, input=revising(annulled, location="Этаж 9"))
    resigned = await people.operator_employee.refused(SIGN_ENTRY, input=signing(annulled))
    assert (again["code"], revised["code"], resigned["code"]) == ("CONFLICT", "CONFLICT", "ALREADY_SIGNED")
    assert await traces(database) == before


async def test_a_declined_annulment_leaves_a_signed_entry_signed(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await signed(people)
    proposed = await propose(people.operator_employee, entry)
    await sign(people.operator_employee, proposed)
    await decline(people.subscriber_employee, proposed)
    held = await whole(people.operator_employee, entry)
    assert (held["status"], held["revision"]["number"], held["record"]["number"]) == ("SIGNED", 1, 1)
    assert standings(held["record"]) == {"CURRENT"}
    assert [slot["status"] for slot in held["slots"]] == ["SIGNED", "SIGNED"]
    refused_annulment = held["revisions"][1]
    assert standings(refused_annulment) == {"SUPERSEDED"}
    assert {slot["status"] for slot in refused_annulment["slots"]} == {"SIGNED", "DECLINED"}
    assert (await news(people.operator_employee))[-1] == "ANNULMENT_DECLINED"
    completed = (
        "select count(*) from events where kind = 'ENTRY_COMPLETED' and entry_id = (select max(id) from entries)"
    )
    assert await database.value(completed.replace("max(id)", "(array_agg(id order by id desc))[1]")) == 1

    # The numbers and the chain of digests go on from the annulment that did not hold.
    again = await propose(people.operator_employee, held, reason="Всё-таки ошибка")
    assert again["revision"]["number"] == 3
    assert again["revision"]["previousDigest"] == refused_annulment["digest"]
    for signer in (people.operator_employee, people.subscriber_employee):
        await sign(signer, again)
    annulled = await whole(people.operator_employee, entry)
    assert [standings(revision) for revision in annulled["revisions"]] == [{"ANNULLED"}, {"SUPERSEDED"}, {"CURRENT"}]
    digests = [revision["digest"] for revision in annulled["revisions"]]
    assert [revision["previousDigest"] for revision in annulled["revisions"]] == [None, *digests[:-1]]


async def test_a_declined_annulment_lets_an_awaiting_entry_be_signed_to_the_end(client: Client) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    await sign(people.operator_employee, entry)
    proposed = await propose(people.operator_employee, entry)
    assert {slot["status"] for slot in proposed["record"]["slots"]} == {"SIGNED", "WITHDRAWN"}
    stale = await people.subscriber_employee.refused(SIGN_ENTRY, input=signing(entry))
    assert (stale["code"], stale["details"]["revision"]) == ("STALE_REVISION", 2)
    await decline(people.subscriber_employee, proposed)
    held = await whole(people.subscriber_employee, entry)
    assert held["status"] == "AWAITING_SIGNATURES"
    assert {slot["side"]: slot["status"] for slot in held["slots"]} == {"OPERATOR": "SIGNED", "SUBSCRIBER": "OPEN"}
    assert held["canSign"] is True
    assert (await sign(people.subscriber_employee, held))["entry"]["status"] == "SIGNED"
    revised = await people.operator_employee.do(REVISE_ENTRY, input=revising(held, location="Этаж 3"))
    assert revised["revision"]["number"] == 3
    after = await whole(people.operator_employee, entry)
    assert after["revisions"][2]["previousDigest"] == proposed["revision"]["digest"]
    assert [standings(each) for each in after["revisions"][:1]] == [{"SUPERSEDED"}]
    assert after["record"]["number"] == after["revision"]["number"] == 3


async def test_a_declined_annulment_leaves_a_declined_entry_declined(client: Client) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    await decline(people.subscriber_employee, entry, "Не предъявлено")
    proposed = await propose(people.operator_employee, entry)
    await decline(people.subscriber_employee, proposed)
    held = await whole(people.operator_employee, entry)
    assert (held["status"], held["revision"]["number"]) == ("DECLINED", 1)
    assert {slot["side"]: slot["status"] for slot in held["slots"]} == {
        "OPERATOR": "WITHDRAWN",
        "SUBSCRIBER": "DECLINED",
    }
    assert held["canRevise"] is True
    revised = await people.operator_employee.do(REVISE_ENTRY, input=revising(held, location="Этаж 4"))
    assert (revised["status"], revised["revision"]["number"]) == ("AWAITING_SIGNATURES", 3)


async def test_an_archived_volume_takes_annulments_but_no_revisions(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await signed(people)
    journal = await main_journal(people.operator_admin)
    closed = await people.operator_admin.do(ARCHIVE_JOURNAL, input={"journalId": journal})
    seen = await whole(people.operator_employee, entry)
    assert (seen["canRevise"], seen["canAnnul"]) == (False, True)
    before = await traces(database)
    refused = await people.operator_employee.refused(REVISE_ENTRY, input=revising(entry, location="Этаж 5"))
    assert refused["code"] == "JOURNAL_ARCHIVED"
    assert await traces(database) == before
    proposed = await propose(people.operator_employee, entry)
    assert (await whole(people.subscriber_employee, entry))["canSign"] is True
    for signer in (people.operator_employee, people.subscriber_employee):
        await sign(signer, proposed)
    assert (await whole(people.operator_employee, entry))["status"] == "ANNULLED"
    # What the volume held when it was closed stays as it was told then.
    digest = await database.value("select digest from closing_records order by closed_at desc limit 1")
    assert digest == closed["closing"]["digest"]


async def test_what_has_changed_is_not_annulled_and_two_at_once_make_one(client: Client, database: Database) -> None:
    people = await People.of(client)
    entry = await signed(people)
    before = await traces(database)
    for changes, field in (
        ({"expectedRevision": 2}, "expectedRevision"),
        ({"expectedDigest": "0" * 64}, "expectedDigest"),
    ):
        refused = await people.operator_employee.refused(ANNUL_ENTRY, input=annulling(entry, **changes))
        assert (refused["code"], refused["field"]) == ("STALE_REVISION", field)
        assert refused["details"] == {"revision": 1, "digest": entry["revision"]["digest"]}
    for reason in ("", "   ", "я" * 1001):
        refused = await people.operator_employee.refused(ANNUL_ENTRY, input=annulling(entry, reason=reason))
        assert (refused["code"], refused["field"]) == ("INVALID", "reason")
    assert await traces(database) == before
    answers = await asyncio.gather(
        *(client.ask(ANNUL_ENTRY, input=annulling(entry)) for client in [people.operator_employee] * 2),
        people.operator_admin.ask(ANNUL_ENTRY, input=annulling(entry)),
    )
    told = sorted(each["annulEntry"].get("code", "done") for each in answers)
    assert told == ["STALE_REVISION", "STALE_REVISION", "done"]
    pending = await whole(people.operator_employee, entry)
    assert len(pending["revisions"]) == 2
    refused = await people.operator_employee.refused(ANNUL_ENTRY, input=annulling(pending))
    assert refused["code"] == "CONFLICT"
    refused = await people.operator_employee.refused(REVISE_ENTRY, input=revising(pending, location="Этаж 6"))
    assert refused["code"] == "CONFLICT"
    assert len((await whole(people.operator_employee, entry))["revisions"]) == 2


async def test_who_may_annul(client: Client, database: Database) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    journal = await main_journal(people.operator_admin)
    admins = await record(people.operator_admin, journal)
    asked = {
        "author": (people.operator_admin, True, None),
        "employee, not theirs": (people.operator_employee, False, "FORBIDDEN"),
        "customer's admin": (people.subscriber_admin, False, "FORBIDDEN"),
        "customer's employee": (people.subscriber_employee, False, "FORBIDDEN"),
        "owner": (people.owner, False, "FORBIDDEN"),
    }
    before = await traces(database)
    for who, (caller, may, code) in asked.items():
        assert (await whole(caller, admins))["canAnnul"] is may, who
        if code:
            assert (await caller.refused(ANNUL_ENTRY, input=annulling(admins)))["code"] == code, who
    for stranger in (other.admin, other.employee):
        assert (await stranger.refused(ANNUL_ENTRY, input=annulling(admins)))["code"] == "NOT_FOUND"
    assert (await client.refused(ANNUL_ENTRY, input=annulling(admins)))["code"] == "UNAUTHENTICATED"
    assert await traces(database) == before
    theirs = await record(people.operator_employee, journal)
    assert (await propose(people.operator_admin, theirs))["revision"]["number"] == 2


SENTENCES = {
    "proposed": ("подписанная редакция действует", "the signed revision is current"),
    "half": ("но поставлены ещё не все требуемые подписи", "but not all the signatures it requires have been made yet"),
    "declined": (
        "но подписанное предложение аннулировать запись отклонено",
        "but the annulment that was signed has been declined",
    ),
    "annulled": ("но с тех пор запись аннулирована", "but the entry has been annulled since"),
    "annulment": ("подписано аннулирование записи", "what was signed annuls the entry"),
}
VERIFY = "query ($code: String!) { verifySignature(code: $code) { indication standing complete summary } }"


async def summaries(client: Client, code: str) -> tuple[str, str]:
    """What is said of a signature, in Russian and in English, alike on the page and in the API."""
    said = []
    for language in ("ru", "en"):
        headers = {"accept-language": language}
        answer = await client.http.post(
            "/graphql", json={"query": VERIFY, "variables": {"code": code}}, headers=headers
        )
        told = answer.json()["data"]["verifySignature"]
        assert told["indication"] == "TOTAL_PASSED"
        page = visible(await client.http.get(f"/verify/{code}?lang={language}", headers={"accept": "text/html"}))
        said.append(f"{told['summary']} | {page}")
    return said[0], said[1]


@pytest.mark.parametrize("end", ["declined", "annulled"])
async def test_the_verification_page_tells_every_stage(client: Client, end: str) -> None:
    people = await People.of(client)
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    of_record = (await sign(people.operator_employee, entry))["verificationCode"]
    await sign(people.subscriber_employee, entry)

    async def tells(code: str, stage: str) -> None:
        for said, words in zip(await summaries(client, code), SENTENCES[stage], strict=True):
            assert words in said, (stage, said)

    proposed = await propose(people.operator_employee, entry)
    await tells(of_record, "proposed")
    of_annulment = (await sign(people.operator_employee, proposed))["verificationCode"]
    await tells(of_record, "proposed")
    await tells(of_annulment, "half")
    if end == "declined":
        await decline(people.subscriber_employee, proposed)
        await tells(of_record, "proposed")
        await tells(of_annulment, "declined")
    else:
        await sign(people.subscriber_employee, proposed)
        await tells(of_record, "annulled")
        await tells(of_annulment, "annulment")


async def test_the_printed_journal_tells_every_stage_in_words(client: Client, tmp_path: Path) -> None:
    people = await People.of(client)
    journal = await main_journal(people.operator_employee)
    mark = "Запись о печати аннулирования"

    async def printed(language: str = "ru") -> tuple[str, str]:
        """All that the sheets say, and what they say of the newest entry but for the facts above it."""
        answer = await people.operator_admin.http.get(f"/print/journals/{journal}.pdf?lang={language}")
        assert answer.status_code == 200
        text = await text_of(answer.content, tmp_path)
        return text, text[text.index(mark) :]

    entry = await signed(people, work_done=mark)
    proposed = await propose(people.operator_employee, entry, reason="Не тот объект")
    pending, text = await printed()
    assert "Предложено аннулировать (редакция 2" in text
    assert "пока стороны не подписали, запись действует" in text
    assert "Не тот объект" in text
    assert text.count("Документ подписан электронной подписью") == 2
    assert proposed["revision"]["digest"] in text.replace(" ", "")
    await sign(people.operator_employee, proposed)
    assert (await printed())[1].count("Аннулирование подписано электронной подписью") == 1
    await decline(people.subscriber_employee, proposed)
    held, text = await printed()
    assert held.count("Подписана сторонами") == pending.count("Подписана сторонами") + 1
    assert "Подпись под предложением аннулировать отозвана: оно отклонено" in text
    assert text.count("Документ подписан электронной подписью") == 2
    assert "Предложено аннулировать" not in text
    again = await propose(people.operator_employee, await whole(people.operator_employee, entry))
    for signer in (people.operator_employee, people.subscriber_employee):
        await sign(signer, again)
    (annulled, text), (_, english) = await printed(), await printed("en")
    assert annulled.count("Подписана сторонами") == pending.count("Подписана сторонами")
    assert "Запись аннулирована (редакция 3" in text
    assert text.count("Подпись под редакцией 1: запись аннулирована") == 2
    assert text.count("Аннулирование подписано электронной подписью") == 2
    assert "Документ подписан электронной подписью" not in text
    assert "The entry is annulled (revision 3" in english
    assert english.count("Signature of revision 1: the entry is annulled") == 2


async def test_the_annulment_is_seen_by_the_other_side_at_once_and_by_nobody_else(client: Client) -> None:
    people = await People.of(client)
    other = await other_company(people, client)
    entry = await signed(people)
    follow = "subscription { events(filter: {kinds: [ANNULMENT_PROPOSED, ENTRY_ANNULLED]}) { kind changes } }"
    async with people.subscriber_employee.subscribed(follow) as seen, other.admin.subscribed(follow) as unseen:
        assert await seen.silent(0.2)
        proposed = await propose(people.operator_employee, entry)
        told = await seen.next()
        assert (told["kind"], told["changes"]["reason"]) == ("ANNULMENT_PROPOSED", "Запись сделана по ошибке")
        for signer in (people.operator_employee, people.subscriber_employee):
            await sign(signer, proposed)
        assert (await seen.next())["kind"] == "ENTRY_ANNULLED"
        assert await unseen.silent()
    with pytest.raises(Failed):
        await other.admin.do(DECLINE_ENTRY, input=deciding(proposed, reason="x"))
