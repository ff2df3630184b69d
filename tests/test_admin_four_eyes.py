"""Where two people issue: one checks the identity, another one issues; the page says why nobody may do both."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from conftest import Database
from test_admin_certificate_requests import decide, identification, trace, waiting
from test_admin_door import Visitor, superadmin

from app import demo
from app.settings import Settings


@pytest.fixture
def settings(base_settings: Settings, database: Database) -> Settings:
    """The settings of an installation that asks for four eyes."""
    return replace(base_settings, database_url=database.web_url, four_eyes=True)


def forms(page: str) -> list[str]:
    """The addresses that the forms of a page are sent to."""
    return re.findall(r'<form[^>]*action="/admin/certificate-request/(\w+)/', page.partition("<main")[2])


async def test_one_identifies_and_another_issues(server: str, database: Database) -> None:
    id = await waiting(database)
    page = f"/admin/certificate-request/details/{id}"
    await database.fetch("update users set role = 'SUPERADMIN' where email = $1", demo.SUBSCRIBER_ADMIN)
    before = await trace(database, id)
    async with superadmin(server) as one, Visitor(server) as other:
        await other.sign_in(demo.SUBSCRIBER_ADMIN)
        assert forms((await one.get(page)).text) == ["identify", "hold"]

        for form, status in (({}, 409), (identification(), 422)):
            refused = await decide(one, "issue", id, form)
            assert refused.status_code == status
            assert re.search(r'role="alert">\S', refused.text)
        assert await trace(database, id) == before

        wrong = await decide(one, "identify", id, identification(date="2199-01-01"))
        assert wrong.status_code == 422
        assert 'id="identify.identification.date.fault">Дата проверки личности в будущем.' in wrong.text
        assert await trace(database, id) == before

        assert (await decide(one, "identify", id, identification())).status_code == 303
        checked = await trace(database, id)
        assert (checked["status"], checked["certificates"], checked["intents"]) == ("SUBMITTED", 0, 0)
        assert checked["identification_method"] == "IN_PERSON"

        own = (await one.get(page)).text
        assert "Личность проверили вы" in own
        assert forms(own) == ["hold"]
        refused = await decide(one, "issue", id, {})
        assert refused.status_code == 409
        assert "Сначала личность заявителя должен проверить другой администратор." in refused.text
        assert await trace(database, id) == checked

        theirs = (await other.get(page)).text
        assert forms(theirs) == ["issue", "hold"]
        assert "identification.method" not in theirs
        assert re.search(r"Личность проверил</dt>\s*<dd[^>]*>\s*<a [^>]*>Владимирова Анна Сергеевна</a>", theirs)
        assert re.search(r"Личность проверена</dt>\s*<dd[^>]*>\s*\d\d\.\d\d\.\d{4} [\d:]+ МСК", theirs)
        assert (await decide(other, "issue", id, {})).status_code == 303
    left = await trace(database, id)
    assert (left["status"], left["decided_by"], left["certificates"]) == ("ISSUED", demo.SUBSCRIBER_ADMIN, 1)


async def test_nobody_identifies_themselves(server: str, database: Database) -> None:
    id = await waiting(database)
    await database.fetch("update users set role = 'SUPERADMIN' where email = $1", demo.NEWCOMER)
    before = await trace(database, id)
    async with Visitor(server) as visitor:
        await visitor.sign_in(demo.NEWCOMER)
        assert forms((await visitor.get(f"/admin/certificate-request/details/{id}")).text) == []
        refused = await decide(visitor, "identify", id, identification())
        assert refused.status_code == 403
        assert "Решать по своей заявке нельзя." in refused.text
    assert await trace(database, id) == before
