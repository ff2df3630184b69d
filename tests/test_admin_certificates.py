"""A certificate's page: what is known of it, what its key is suspected of, and how it is ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from authority_world import REPORT, certificate_of
from client import Client
from conftest import Database
from cryptography import x509
from test_admin_door import CROSS_SITE, Visitor, superadmin

import admin.certificates
from app import demo

MOSCOW = ZoneInfo("Europe/Moscow")
DEEDS = [
    ("suspend", {"comment": "Проверяем"}),
    ("release", {"comment": "Всё в порядке"}),
    ("revoke", {"reason": "SUPERSEDED", "comment": "Заменён", "invalidityDate": ""}),
]
"""What can be done to a certificate, each with a form that would be taken in the right state."""

TRACE = """
select c.status, c.suspended_at, c.revoked_at, c.revocation_reason, c.invalid_since,
       (select count(*) from certificate_status_changes s where s.certificate_id = c.id) as changes,
       (select max(number) from revocation_lists) as list,
       (select count(*) from events where kind like 'CERTIFICATE_%') as events
from certificates c where c.id = $1
"""


async def trace(database: Database, id: str) -> dict[str, object]:
    """All that a deed on the certificate could have left."""
    return dict((await database.fetch(TRACE, id))[0])


async def workers_certificate(database: Database) -> str:
    """The id of the certificate of the operator's employee."""
    return str(
        await database.value(
            "select c.id from certificates c join users u on u.id = c.user_id where u.email = $1",
            demo.OPERATOR_EMPLOYEE,
        )
    )


async def altered(database: Database, change: str, id: str) -> None:
    """Make of the certificate what time or another linter might have made of it."""
    await database.fetch("alter table certificates disable trigger only_status_changes")
    await database.fetch(f"update certificates set {change} where id = $1", id)


async def act(visitor: Visitor, deed: str, id: str, form: dict[str, str]) -> tuple[int, str]:
    """One of the forms of a certificate's page, sent from it; the status and the page that tells of it."""
    answer = await visitor.post(f"/admin/certificate/{deed}/{id}", {"token": await visitor.token(), **form})
    if answer.status_code == 303:
        return 303, (await visitor.get(answer.headers["location"])).text
    return answer.status_code, answer.text


def forms(page: str) -> list[str]:
    """The addresses that the forms of a page are sent to."""
    return re.findall(r'<form[^>]*action="/admin/certificate/(\w+)/', page)


async def reported(client: Client, database: Database, since: str | None = None) -> str:
    """The certificate whose holder has reported that the key may be in other hands."""
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    certificate = await certificate_of(worker)
    asked = {"certificateId": certificate["id"], "comment": "Записка с ПИН-кодом\nпропала", "suspectedSince": since}
    await worker.do(REPORT, input=asked)
    return await workers_certificate(database)


async def test_the_page_tells_all_that_is_known_and_gives_the_certificate(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    row = (await database.fetch("select serial, der, fingerprint from certificates where id = $1", id))[0]
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/certificate/details/{id}")).text
        for shown in (
            "Действует",
            "Статус не менялся.",
            "Нарушений нет, примечаний: 2",
            row["serial"],
            row["fingerprint"],
        ):
            assert shown in page, shown
        assert forms(page) == ["suspend", "revoke"]
        assert "Что подписано этим ключом" not in page
        file = await visitor.get(f"/admin/certificate/pem/{id}")
        assert file.headers["content-disposition"] == f'attachment; filename="{row["serial"]}.pem"'
        assert x509.load_pem_x509_certificate(file.content) == x509.load_der_x509_certificate(row["der"])
        for nobody in ("00000000-0000-0000-0000-000000000000", "notauuid"):
            assert (await visitor.get(f"/admin/certificate/pem/{nobody}")).status_code == 404
            assert (await visitor.get(f"/admin/certificate/details/{nobody}")).status_code == 404
        await altered(database, "not_after = now()", id)
        assert "Срок истёк" in (await visitor.get(f"/admin/certificate/details/{id}")).text
    async with Visitor(server) as stranger:
        answer = await stranger.get(f"/admin/certificate/pem/{id}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")


async def test_what_the_linter_found_is_shown(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    async with superadmin(server) as visitor:
        address = f"/admin/certificate/details/{id}"
        await altered(database, """lint = '{"findings": []}'""", id)
        assert "Замечаний нет." in (await visitor.get(address)).text
        finding = '{"severity": "NOTICE", "code": "pkix.odd", "path": "x", "message": "<b>odd</b>"}'
        await altered(database, f"""lint = '{{"findings": [{finding}]}}'""", id)
        page = (await visitor.get(address)).text
    assert "NOTICE: pkix.odd. &lt;b&gt;odd&lt;/b&gt;" in page
    assert "Замечаний нет." not in page


async def test_the_superadmin_suspends_releases_and_revokes(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    first = await trace(database, id)
    issued_at = await database.value("select issued_at from certificates where id = $1", id)
    assert isinstance(issued_at, datetime)
    since = (issued_at + timedelta(seconds=1)).astimezone(MOSCOW).replace(microsecond=0)
    async with superadmin(server) as visitor:
        status, page = await act(visitor, "suspend", id, {"comment": "Проверяем\r\nжурнал"})
        assert (status, forms(page)) == (303, ["release", "revoke"])
        assert "Действие сертификата приостановлено" in page
        assert "Проверяем<br>журнал" in page
        suspended = await trace(database, id)
        assert (suspended["status"], suspended["changes"]) == ("SUSPENDED", 1)
        assert suspended["list"] == first["list"] + 1  # type: ignore[operator]

        status, page = await act(visitor, "release", id, {"comment": "Всё в порядке"})
        assert (status, forms(page)) == (303, ["suspend", "revoke"])
        assert (await trace(database, id))["status"] == "ACTIVE"

        form = {"reason": "KEY_COMPROMISE", "comment": "Ключ украден", "invalidityDate": f"{since:%Y-%m-%dT%H:%M:%S}"}
        status, page = await act(visitor, "revoke", id, form)
        assert (status, forms(page)) == (303, [])
        revoked = await trace(database, id)
        assert (revoked["status"], revoked["revocation_reason"]) == ("REVOKED", "KEY_COMPROMISE")
        assert revoked["invalid_since"] == since.astimezone(UTC)
        assert (revoked["changes"], revoked["list"]) == (3, first["list"] + 3)  # type: ignore[operator]
        history = re.findall(r"<strong>(\w+)</strong>, [\d. :]+ МСК", page)
        assert history == ["Приостановлен", "Возобновлён", "Отозван"]
        assert f"{since:%d.%m.%Y %H:%M:%S} МСК" in page
        assert "Причина: Компрометация ключа" in page
        assert "Что подписано этим ключом с" in page


async def test_what_the_state_forbids_is_refused(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    suspend, release, revoke = DEEDS
    async with superadmin(server) as visitor:
        for made, refused in ((None, [release]), (suspend, [suspend]), (revoke, DEEDS)):
            if made:
                assert (await act(visitor, made[0], id, made[1]))[0] == 303
            before = await trace(database, id)
            for deed, form in refused:
                status, page = await act(visitor, deed, id, form)
                assert status == 409
                assert re.search(r'role="alert">Действие сертификата|role="alert">Сертификат уже отозван', page)
                assert form["comment"] in page
            assert await trace(database, id) == before


async def test_a_refused_form_says_why_and_loses_nothing(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    before = await trace(database, id)
    moment = "Момент должен лежать между выпуском сертификата и настоящим временем."
    wrong_forms = [
        ("suspend", {"comment": " "}, "comment", "Заполните это поле."),
        ("suspend", {"comment": "x" * 1001}, "comment", "Не длиннее 1000 знаков."),
        ("revoke", {"comment": ""}, "comment", "Заполните это поле."),
        ("revoke", {"reason": ""}, "reason", "Заполните это поле."),
        ("revoke", {"reason": "CA_COMPROMISE"}, "reason", "Заполните это поле."),
        ("revoke", {"invalidityDate": "2020-01-01T00:00"}, "invalidityDate", moment),
        ("revoke", {"invalidityDate": "2199-01-01T00:00"}, "invalidityDate", moment),
        ("revoke", {"invalidityDate": "0001-01-01T00:00"}, "invalidityDate", "Допустимы годы между 1900 и 2200."),
        ("revoke", {"invalidityDate": "9999-12-31T23:59:59"}, "invalidityDate", "Допустимы годы между 1900 и 2200."),
        ("revoke", {"invalidityDate": "вчера"}, "invalidityDate", "Недопустимое значение."),
        ("revoke", {"invalidityDate": "2026-11-22T10:00Z"}, "invalidityDate", "Недопустимое значение."),
    ]
    async with superadmin(server) as visitor:
        for deed, wrong, field, said in wrong_forms:
            typed = {"reason": "SUPERSEDED", "comment": "Из «реестра» <b>", "invalidityDate": ""} | wrong
            status, page = await act(visitor, deed, id, typed)
            assert status == 422
            assert re.findall(r'id="(\w+)\.(\w+)\.fault">([^<]*)<', page) == [(deed, field, said)], wrong
            if deed == "revoke" and field != "comment":
                assert "Из «реестра» &lt;b&gt;</textarea>" in page
            if field == "invalidityDate":
                assert f'value="{wrong["invalidityDate"]}"' in page
                assert '<option value="SUPERSEDED" selected>' in page
    assert await trace(database, id) == before


async def test_a_reported_key_is_told_of_with_its_deadline_and_what_it_signed(
    server: str, client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = await database.value(
        "select issued_at from certificates where id = $1", await workers_certificate(database)
    )
    assert isinstance(since, datetime)
    id = await reported(client, database, (since + timedelta(milliseconds=1)).isoformat())
    signed = await database.fetch(
        "select s.code, s.entry_id, e.number from signatures s join entries e on e.id = s.entry_id"
        " where s.certificate_id = $1 order by s.signed_at desc",
        id,
    )
    assert len(signed) > 3
    async with superadmin(server) as visitor:
        address = f"/admin/certificate/details/{id}"
        page = (await visitor.get(address)).text
        assert forms(page) == ["release", "revoke"]
        assert "Решение нужно принять до" in page
        assert "просрочено" not in page
        assert "Записка с ПИН-кодом<br>пропала" in page
        assert f"Подписей: <strong>{len(signed)}</strong>" in page
        assert re.findall(r'href="/verify/(\w+)"', page) == [row["code"] for row in signed]
        for row in signed:
            assert f'<a href="/admin/entry/details/{row["entry_id"]}">{row["number"]}</a>' in page
        assert (await visitor.get(f"/verify/{signed[0]['code']}")).status_code == 200

        monkeypatch.setattr(admin.certificates, "MOST_SIGNATURES", 2)
        page = (await visitor.get(address)).text
        assert re.findall(r'href="/verify/(\w+)"', page) == [row["code"] for row in signed[:2]]
        assert f"Подписей: <strong>{len(signed)}</strong>; показаны последние 2" in page

        await database.fetch("update compromise_reports set decide_by = now()")
        assert "срок прошёл, решение просрочено" in (await visitor.get(address)).text
        _, page = await act(visitor, "release", id, {"comment": "Записка нашлась"})
        assert "Решение нужно принять до" not in page
        assert "Что подписано этим ключом" not in page
        assert re.search(r"Решение</dt>\s*<dd[^>]*>Возобновлён, ", page)


async def test_nothing_is_done_by_a_link_or_by_another_page(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    async with superadmin(server) as visitor, superadmin(server) as other:
        own, foreign = await visitor.token(), await other.token()
        before = await trace(database, id)
        for (deed, form), headers in zip(DEEDS, CROSS_SITE, strict=False):
            path = f"/admin/certificate/{deed}/{id}"
            link = await visitor.get(path, params=form)
            assert (link.status_code, link.headers["allow"]) == (405, "POST")
            for token in ({}, {"token": foreign}, {"token": own[:-1]}):
                assert (await visitor.post(path, form | token)).status_code == 403
            assert (await visitor.post(path, form | {"token": own}, headers=headers)).status_code == 403
            nobody = path.replace(id, "00000000-0000-0000-0000-000000000000")
            assert (await visitor.post(nobody, form | {"token": own})).status_code == 404
        await database.fetch("update users set role = 'OPERATOR_ADMIN' where email = $1", demo.OWNER)
        for deed, form in DEEDS:
            answer = await visitor.post(f"/admin/certificate/{deed}/{id}", form | {"token": own})
            assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
    assert await trace(database, id) == before
