"""Requests in the back office: the queue, the decision, and everything that must not be one."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import httpx
from conftest import Database
from test_admin_door import CROSS_SITE, Visitor, superadmin
from test_admin_screens import rows, texts

from app import demo

LIST = "/admin/certificate-request/list"
DOCUMENT = 'Паспорт РФ 45 12 № 345678, «выдан» <b>"ОВД"</b>'
WRONG_FORMS = [
    ({"date": "2199-01-01"}, "Дата проверки личности в будущем."),
    ({"date": "когда-то"}, "Заполните это поле."),
    ({"method": "TRUST_ME"}, "Заполните это поле."),
    ({"document": " "}, "Заполните это поле."),
    ({"document": "x" * 301}, "Не длиннее 300 знаков."),
    ({"note": "\0"}, "Недопустимые знаки."),
]
"""One field each that cannot be taken, and the words beside it."""

TRACE = """
select r.status, r.comment, r.identification_method, r.identification_document, r.identification_date::text,
       r.identification_note, d.email as decided_by,
       (select count(*) from certificates c where c.request_id = r.id) as certificates,
       (select count(*) from issuance_intents i where i.request_id = r.id) as intents,
       (select count(*) from events where kind like 'CERTIFICATE_%' or kind = 'REQUESTER_IDENTIFIED') as events,
       (select status from certificates c where c.id = r.target_id) as target
from certificate_requests r left join users d on d.id = r.decided_by_id where r.id = $1
"""


async def waiting(database: Database) -> str:
    """The id of the one request that waits for a decision."""
    return str(await database.value("select id from certificate_requests where status = 'SUBMITTED'"))


async def trace(database: Database, id: str) -> dict[str, object]:
    """All that a decision on the request could have left."""
    return dict((await database.fetch(TRACE, id))[0])


def identification(**other: str) -> dict[str, str]:
    """The issue form, filled in."""
    return {
        "identification.method": "IN_PERSON",
        "identification.document": DOCUMENT,
        "identification.date": f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}",
        "identification.note": "",
    } | {f"identification.{name}": value for name, value in other.items()}


async def decide(visitor: Visitor, deed: str, id: str, form: dict[str, str]) -> httpx.Response:
    """One of the forms of a request's page, sent from it."""
    return await visitor.post(f"/admin/certificate-request/{deed}/{id}", {"token": await visitor.token(), **form})


DEEDS = [
    ("issue", identification()),
    ("identify", identification()),
    ("hold", {"comment": "Подождём"}),
    ("reject", {"comment": "Нет"}),
]
"""What can be done to a request for a certificate, each with a form that would be taken."""


async def test_the_queue_comes_first_and_shows_whom_to_identify(server: str, database: Database) -> None:
    id = await waiting(database)
    async with superadmin(server) as visitor:
        start = await visitor.get("/admin/")
        assert (start.status_code, start.headers["location"]) == (303, LIST)
        queue = await visitor.get(LIST)
        assert rows(queue.text, "certificate-request") == [id]
        assert '<option value="undecided" selected>' in queue.text
        assert len(await texts(visitor, f"{LIST}?status=all")) == 5
        assert len(await texts(visitor, f"{LIST}?status=ISSUED&search=северный")) == 2
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
        digest = await database.value(
            "select public_key_digest from signing_keys k join certificate_requests r on r.key_id = k.id"
            " where r.id = $1",
            id,
        )
        for shown in (
            "Соколова",
            "Мария Андреевна",
            "Инженер по наладке",
            demo.NEWCOMER,
            "Сотрудник оператора",
            "ООО «Пожсервис»",
            "7728168971",
            "На сервере, под ПИН-кодом владельца",
            digest,
        ):
            assert f">{shown}<" in page, shown
        assert re.search(r"Подана</dt>\s*<dd[^>]*>\s*\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d МСК", page)


async def test_the_superadmin_issues_once(server: str, database: Database) -> None:
    id = await waiting(database)
    before = await trace(database, id)
    async with superadmin(server) as visitor:
        form = identification(note="Сверено с фотографией.\r\nВторая строка")
        done = await decide(visitor, "issue", id, form)
        assert (done.status_code, done.headers["location"]) == (303, f"/admin/certificate-request/details/{id}")
        after = await trace(database, id)
        assert after == {
            "status": "ISSUED",
            "comment": None,
            "identification_method": "IN_PERSON",
            "identification_document": DOCUMENT,
            "identification_date": form["identification.date"],
            "identification_note": "Сверено с фотографией.\nВторая строка",
            "decided_by": demo.OWNER,
            "certificates": 1,
            "intents": 1,
            "events": before["events"] + 1,  # type: ignore[operator]
            "target": None,
        }
        page = (await visitor.get(done.headers["location"])).text
        serial = await database.value("select serial from certificates where request_id = $1", id)
        assert f"Сертификат выпущен, его номер {serial}" in page
        assert "<form" not in page.partition("<main")[2]
        assert "Вторая строка" in page
        assert "его номер" not in (await visitor.get(done.headers["location"])).text

        again = await decide(visitor, "issue", id, form)
        assert again.status_code == 409
        assert "Решение по заявке уже принято." in again.text
        assert (await decide(visitor, "reject", id, {"comment": "Передумали"})).status_code == 409
        assert await trace(database, id) == after


async def test_two_decisions_at_once_make_one_certificate(server: str, database: Database) -> None:
    id = await waiting(database)
    async with superadmin(server) as one, superadmin(server) as other:
        answers = await asyncio.gather(
            decide(one, "issue", id, identification()),
            decide(other, "issue", id, identification()),
            decide(other, "reject", id, {"comment": "Не явился"}),
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    left = await trace(database, id)
    assert left["certificates"] == (left["status"] == "ISSUED")


async def test_a_refused_form_says_why_and_loses_nothing(server: str, database: Database) -> None:
    id = await waiting(database)
    before = await trace(database, id)
    async with superadmin(server) as visitor:
        for wrong, words in WRONG_FORMS:
            refused = await decide(visitor, "issue", id, identification(**wrong))
            assert refused.status_code == 422
            assert re.findall(r'id="issue\.identification\.(\w+)\.fault">([^<]*)<', refused.text) == [(*wrong, words)]
            assert refused.text.count('aria-invalid="true"') == 1
            if "document" not in wrong:
                assert "Паспорт РФ 45 12 № 345678, «выдан» &lt;b&gt;&#34;ОВД&#34;&lt;/b&gt;" in refused.text
            if "method" not in wrong:
                assert '<option value="IN_PERSON" selected>' in refused.text
        visitor.cookies["admin_language"] = "en"
        refused = await decide(visitor, "issue", id, identification(date="2199-01-01"))
        assert "The date of identification is in the future." in refused.text
        visitor.cookies["admin_language"] = "ru"
        rejected = await decide(visitor, "reject", id, {"comment": "x" * 1001})
        assert rejected.status_code == 422
        assert "x" * 1001 in rejected.text
        assert "Не длиннее 1000 знаков." in rejected.text
        (elsewhere,) = re.findall(r'href="([^"]*)" hreflang="en"', rejected.text)
        assert (await visitor.get(elsewhere)).status_code == 200
    assert await trace(database, id) == before


async def test_the_superadmin_rejects_saying_why(server: str, database: Database) -> None:
    id = await waiting(database)
    async with superadmin(server) as visitor:
        done = await decide(visitor, "reject", id, {"comment": "Личность не подтверждена.\r\nПриходите с паспортом."})
        assert done.status_code == 303
        left = await trace(database, id)
        assert (left["status"], left["comment"]) == ("REJECTED", "Личность не подтверждена.\nПриходите с паспортом.")
        assert (left["decided_by"], left["certificates"], left["intents"]) == (demo.OWNER, 0, 0)
        page = (await visitor.get(done.headers["location"])).text
        assert "Личность не подтверждена.<br>Приходите с паспортом." in page
        assert await texts(visitor, LIST) == [["Ничего нет."]]


async def test_nothing_is_decided_by_a_link_or_by_another_page(server: str, database: Database) -> None:
    id = await waiting(database)
    before = await trace(database, id)
    async with superadmin(server) as visitor, superadmin(server) as other:
        own, foreign = await visitor.token(), await other.token()
        for (deed, form), headers in zip(DEEDS, CROSS_SITE, strict=False):
            path = f"/admin/certificate-request/{deed}/{id}"
            link = await visitor.get(path, params=form)
            assert (link.status_code, link.headers["allow"]) == (405, "POST")
            for token in ({}, {"token": ""}, {"token": foreign}, {"token": own[:-1]}, {"token": "ключ"}):
                assert (await visitor.post(path, form | token)).status_code == 403
            assert (await visitor.post(path, form | {"token": own}, headers=headers)).status_code == 403
            async with Visitor(server) as stranger:
                answer = await stranger.post(path, form | {"token": own})
                assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
            for nobody in ("00000000-0000-0000-0000-000000000000", "notauuid"):
                missed = await visitor.post(path.replace(id, nobody), form | {"token": own})
                assert missed.status_code == 404
        await database.fetch("update users set role = 'OPERATOR_ADMIN' where email = $1", demo.OWNER)
        for deed, form in DEEDS:
            answer = await visitor.post(f"/admin/certificate-request/{deed}/{id}", form | {"token": own})
            assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
    assert await trace(database, id) == before


async def test_nobody_decides_on_their_own_request(server: str, database: Database) -> None:
    id = await waiting(database)
    await database.fetch("update users set role = 'SUPERADMIN' where email = $1", demo.NEWCOMER)
    before = await trace(database, id)
    async with Visitor(server) as visitor:
        await visitor.sign_in(demo.NEWCOMER)
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
        assert "Это ваша заявка" in page
        assert "<form" not in page.partition("<main")[2]
        for deed, form in DEEDS:
            refused = await decide(visitor, deed, id, form)
            assert refused.status_code == 403
            assert "Решать по своей заявке нельзя." in refused.text
    assert await trace(database, id) == before


async def test_a_held_request_can_still_be_decided(server: str, database: Database) -> None:
    id = await waiting(database)
    async with superadmin(server) as visitor:
        done = await decide(visitor, "hold", id, {"comment": "Нужна копия приказа."})
        assert done.status_code == 303
        held = await trace(database, id)
        assert (held["status"], held["comment"], held["decided_by"]) == ("ON_HOLD", "Нужна копия приказа.", None)
        page = (await visitor.get(done.headers["location"])).text
        assert "Заявка отложена, заявитель узнает причину" in page
        assert "Нужна копия приказа." in page
        assert (await decide(visitor, "hold", id, {"comment": " "})).status_code == 422
        assert await trace(database, id) == held
        assert (await decide(visitor, "issue", id, identification())).status_code == 303
    assert (await trace(database, id))["status"] == "ISSUED"


async def test_an_expired_request_is_told_of_and_not_decided(server: str, database: Database) -> None:
    id = await waiting(database)
    await database.fetch("update certificate_requests set expires_at = now() - interval '1 hour' where id = $1", id)
    before = await trace(database, id)
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
        assert re.search(r"Рассмотреть до</dt>\s*<dd[^>]*>\s*[\d. :]+ МСК: срок рассмотрения истёк", page)
        assert "<form" not in page.partition("<main")[2]
        for deed, form in DEEDS:
            refused = await decide(visitor, deed, id, form)
            assert refused.status_code == 409
            assert "Срок рассмотрения заявки истёк." in refused.text
    assert await trace(database, id) == before
