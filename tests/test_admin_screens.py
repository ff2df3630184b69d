"""The screens: they show what there is, in two languages, and there is no way to change anything through them."""

from __future__ import annotations

import re

from authority_world import REPORT, certificate_of
from client import Client
from conftest import Database
from test_admin_door import Visitor, superadmin

from admin.office import SCREENS
from app import demo

WRITING = ["create", "edit/{id}", "delete?pks={id}", "import", "export/csv", "export/json", "ajax/lookup?name=x&term=y"]
FILES = ["{id}/external_id/download/", "{id}/external_id/preview/"]


def rows(page: str, identity: str) -> list[str]:
    """The ids of the rows on a list."""
    return re.findall(rf'<a class="btn btn-sm" href="/admin/{identity}/details/([0-9a-f-]+)"', page)


async def texts(visitor: Visitor, path: str) -> list[list[str]]:
    """The cells of a list, row by row, without their markup."""
    page = (await visitor.get(path)).text
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


async def test_every_screen_shows_its_rows_in_both_languages(server: str, client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    await worker.do(REPORT, input={"certificateId": (await certificate_of(worker))["id"], "comment": "Пропал телефон"})
    hidden = await database.fetch(
        "select password_hash from users union all select token_digest from sessions"
        " union all select request_digest from entries union all select encode(sealed, 'hex') from signing_keys"
        " union all select encode(der, 'hex') from certificates"
        " union all select encode(certification_request, 'hex') from certificate_requests"
    )
    async with superadmin(server) as visitor:
        for language, russian in (("ru", True), ("en", False)):
            visitor.cookies["admin_language"] = language
            for screen in SCREENS:
                listed = await visitor.get(f"/admin/{screen.identity}/list?status=all")
                ids = rows(listed.text, screen.identity)
                assert ids, screen
                pages = [listed, await visitor.get(f"/admin/{screen.identity}/details/{ids[0]}")]
                for page in pages:
                    assert page.status_code == 200
                    assert f'<html lang="{language}">' in page.text
                    assert (">Выйти<" in page.text) == russian
                    assert str(screen.name_plural.ru if russian else screen.name_plural.en) in page.text  # type: ignore[attr-defined]
                    assert "<script" not in page.text
                    assert not re.search(r'(href|src|action)="(https?:)?//', page.text)
                    assert not re.search(r"<(th|dt)[^>]*>\s*</", page.text), "a column without a name"
                    assert not re.search(r"[A-Z]+_[A-Z_]+[A-Z]<", page.text), "a code, not a word"
                    assert not [row[0] for row in hidden if row[0] in page.text]


async def test_there_is_no_address_that_writes_or_opens_files(server: str, database: Database) -> None:
    await database.fetch("update organizations set external_id = 'pyproject.toml'")
    async with superadmin(server) as visitor:
        (id, *_) = rows((await visitor.get("/admin/organization/list")).text, "organization")
        for path in WRITING + FILES:
            for method in ("GET", "DELETE" if path.startswith("delete") else "POST"):
                answer = await visitor.send(method, f"/admin/organization/{path.format(id=id)}", data={"name": "x"})
                assert answer.status_code == 404, path
                assert "requires-python" not in answer.text
        for path in ("list", f"details/{id}"):
            answer = await visitor.send("POST", f"/admin/organization/{path}", data={"name": "x"})
            assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


async def test_what_cannot_be_understood_is_not_found(server: str) -> None:
    async with superadmin(server) as visitor:
        for path in (
            "user/details/notauuid",
            "user/details/%00",
            "user/details/00000000-0000-0000-0000-000000000000",
            "nothing/list",
            "nothing/details/1",
            "contract/list?operator_id=x",
            "entry/list?type_id=x&operator_id=%00",
            "user/list?role=KING",
            "user/list?sortBy=password_hash",
            "event/list?occurred_at_from=yesterday",
            "event/list?occurred_at_from=0001-01-01",
            "event/list?occurred_at_until=9999-12-31",
        ):
            answer = await visitor.get(f"/admin/{path}")
            assert answer.status_code == 404, path
            assert "Не найдено" in answer.text
        assert "Not found" in (await visitor.get("/admin/user/details/x?lang=en")).text
        for path in ("user/list?page=x", "user/list?pageSize=-1", "user/list?page=" + "9" * 5000):
            assert (await visitor.get(f"/admin/{path}")).status_code == 400, path
        for path in ("user/list?search=%00%25_%5C'\"", "user/list?pageSize=999999999999", "user/list?lang=de"):
            assert (await visitor.get(f"/admin/{path}")).status_code == 200, path
        assert (await visitor.get("/admin/user/list?page=99999999999999999999")).status_code == 302


async def test_lists_are_searched_filtered_sorted_and_paged(server: str) -> None:
    async with superadmin(server) as visitor:
        names = [row[0] for row in await texts(visitor, "/admin/user/list")]
        assert names == sorted(names, key=lambda name: name.replace("Ё", "Е"))
        assert "Ёлкин Иван Петрович" in names
        assert [row[0] for row in await texts(visitor, "/admin/user/list?sortBy=person&sort=desc")] == names[::-1]
        assert [row[1] for row in await texts(visitor, "/admin/user/list?search=ЁЛКИН")] == [demo.OPERATOR_EMPLOYEE]
        assert len(await texts(visitor, "/admin/user/list?search=пожсервис")) == 3
        for wildcard in ("own%25demo", "own_r@demo"):
            assert await texts(visitor, f"/admin/user/list?search={wildcard}") == [["Ничего нет."]]
        assert [row[1] for row in await texts(visitor, "/admin/user/list?role=SUPERADMIN")] == [demo.OWNER]
        operators = re.findall(r'<option value="([0-9a-f-]{36})"', (await visitor.get("/admin/contract/list")).text)
        assert len(operators) == 1
        assert len(await texts(visitor, f"/admin/contract/list?operator_id={operators[0]}")) == 1
        assert await texts(visitor, "/admin/event/list?occurred_at_until=2020-01-01") == [["Ничего нет."]]
        assert len(await texts(visitor, "/admin/event/list?occurred_at_from=2020-01-01")) == 25
        first, second = [rows((await visitor.get(f"/admin/event/list?page={n}")).text, "event") for n in (1, 2)]
        assert not set(first) & set(second)
        assert len(rows((await visitor.get("/admin/event/list?pageSize=100")).text, "event")) > 25
        page = (await visitor.get("/admin/event/list?kind=SIGNED_IN&page=1")).text
        assert 'href="?kind=SIGNED_IN&amp;sortBy=occurred_at&amp;sort=asc"' in page
        assert '<option value="SIGNED_IN" selected>' in page


async def test_what_people_typed_is_shown_and_not_run(server: str, database: Database) -> None:
    await database.fetch("update contracts set number = '<script>alert(1)</script>' || $1", "\nстрока")
    async with superadmin(server) as visitor:
        page = (await visitor.get("/admin/contract/list?search=<script>")).text
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>строка" in page
        assert 'value="&lt;script&gt;"' in page


async def test_times_are_told_with_their_zone(server: str, database: Database) -> None:
    await database.fetch("update users set created_at = '2026-12-31T21:30:15Z'")
    async with superadmin(server) as visitor:
        assert "01.01.2027 00:30:15 МСК" in (await visitor.get("/admin/user/list")).text
        assert "01.01.2027 00:30:15 MSK" in (await visitor.get("/admin/user/list?lang=en")).text
        sought = "/admin/session/list?created_at_from=2026-01-01&created_at_until=9999-12-30"
        assert len(await texts(visitor, sought)) > 1
