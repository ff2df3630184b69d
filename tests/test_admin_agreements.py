"""A new version of the agreement, put into force from the back office."""

from __future__ import annotations

import html
import re

from conftest import PUBLIC_URL, Database
from test_admin_door import CROSS_SITE, Visitor, superadmin

from app import demo

PAGE = "/admin/agreement/publish"
ADDRESS = f"{PUBLIC_URL}/verify"
VERSIONS = "select version, text_ru, text_en from agreements order by version"
TEXTS = {"textRu": f"Подписи проверяют здесь: {ADDRESS}\r\n<b>Да</b>", "textEn": f"Verify here: {ADDRESS}"}


async def versions(database: Database) -> list[tuple[object, ...]]:
    """Every version there is, and how many events tell of one."""
    events = await database.value("select count(*) from events where kind = 'AGREEMENT_PUBLISHED'")
    return [*map(tuple, await database.fetch(VERSIONS)), (events,)]


async def test_the_form_begins_with_the_present_texts(server: str, database: Database) -> None:
    ((_, ru, en), _) = await versions(database)
    async with superadmin(server) as visitor:
        assert f'href="{PAGE}"' in (await visitor.get("/admin/agreement/list")).text
        page = (await visitor.get(PAGE)).text
    filled = [html.unescape(text) for text in re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)]
    assert filled == [ru, en]
    assert "Действует версия 1" in page
    assert ADDRESS in page


async def test_a_new_version_is_in_force_at_once(server: str, database: Database) -> None:
    before = await versions(database)
    async with superadmin(server) as visitor:
        done = await visitor.post(PAGE, TEXTS | {"token": await visitor.token()})
        assert done.status_code == 303
        page = (await visitor.get(done.headers["location"])).text
        assert "Действует версия 2" in page
        assert "&lt;b&gt;Да&lt;/b&gt;" in page
    ru, en = TEXTS["textRu"].replace("\r\n", "\n"), TEXTS["textEn"]
    assert await versions(database) == [*before[:-1], (2, ru, en), (1,)]


async def test_two_texts_of_the_greatest_length_are_taken(server: str, database: Database) -> None:
    def longest(letter: str) -> str:
        return f"{ADDRESS} ".ljust(50_000, letter)

    async with superadmin(server) as visitor:
        form = {"textRu": longest("Ы"), "textEn": longest("\U0001f58b"), "token": await visitor.token()}
        assert (await visitor.post(PAGE, form)).status_code == 303
        assert (await visitor.post(PAGE, form | {"textEn": "x" * 2**21})).status_code == 413
        assert (await visitor.post("/admin/login", {"email": "x" * 100_000})).status_code == 413
    assert await database.value("select length(text_en) from agreements where version = 2") == 50_000


async def test_a_text_without_the_address_of_verification_is_refused(server: str, database: Database) -> None:
    before = await versions(database)
    async with superadmin(server) as visitor:
        for field, wrong, said in (
            ("textRu", "Подпишитесь <здесь>", f"В соглашении должен быть адрес страницы проверки: {ADDRESS}"),
            ("textEn", "Sign", f"В соглашении должен быть адрес страницы проверки: {ADDRESS}"),
            ("textEn", " ", "Заполните это поле."),
            ("textRu", "x" * 50_001, "Не длиннее 50000 знаков."),
        ):
            refused = await visitor.post(PAGE, TEXTS | {field: wrong, "token": await visitor.token()})
            assert refused.status_code == 422
            assert re.findall(r'id="publish\.(\w+)\.fault">([^<]*)<', refused.text) == [(field, said)]
            assert f"\n{html.escape(wrong)}</textarea>" in refused.text
    assert await versions(database) == before


async def test_nothing_is_published_by_a_link_or_by_another_page(server: str, database: Database) -> None:
    before = await versions(database)
    async with superadmin(server) as visitor, superadmin(server) as other:
        own, foreign = await visitor.token(), await other.token()
        assert (await visitor.get(PAGE, params=TEXTS | {"token": own})).status_code == 200
        for token in ({}, {"token": foreign}, {"token": own[:-1]}):
            assert (await visitor.post(PAGE, TEXTS | token)).status_code == 403
        for headers in CROSS_SITE:
            assert (await visitor.post(PAGE, TEXTS | {"token": own}, headers=headers)).status_code == 403
        async with Visitor(server) as stranger:
            answer = await stranger.post(PAGE, TEXTS | {"token": own})
            assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
        await database.fetch("update users set role = 'OPERATOR_ADMIN' where email = $1", demo.OWNER)
        answer = await visitor.post(PAGE, TEXTS | {"token": own})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
    assert await versions(database) == before
