"""Journal types and reference lists in the back office: read by people, reviewed, given new versions."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from conftest import Database
from test_admin_door import CROSS_SITE, Visitor, superadmin

from app import demo

NEW = "/admin/journal-type/new"
SAVE = "/admin/reference-list/save"
COLUMN = {"key": "note", "label": {"ru": "Заметка", "en": "Note"}, "schema": {"type": "string", "maxLength": 100}}
TYPE = {
    "code": "TRIAL",
    "nameRu": "Журнал пробный",
    "nameEn": "Trial log",
    "regulation": "ППР",
    "approvalOrder": "",
    "retentionYears": "5",
    "recordWithinHours": "24",
    "volumeEntries": "",
    "volumePeriod": "YEAR",
    "columns": json.dumps([COLUMN]),
    "signaturePolicy": "",
}


async def id_of(database: Database, code: str) -> str:
    """The id of the installation's type of a code."""
    return str(await database.value("select id from journal_types where code = $1 and operator_id is null", code))


async def state(database: Database) -> list[tuple[object, ...]]:
    """Everything that these pages can change."""
    types = "select t.code, t.draft, v.number, v.columns::text from journal_types t"
    versions = await database.fetch(f"{types} join journal_type_versions v on v.type_id = t.id order by 1, 3")
    lists = await database.fetch("select code, name_ru, items::text from reference_lists order by 1")
    events = "select count(*) from events where kind like 'JOURNAL_TYPE%' or kind = 'REFERENCE_LIST_SAVED'"
    return [*map(tuple, versions), *map(tuple, lists), *map(tuple, await database.fetch(events))]


def filled(page: str) -> dict[str, str]:
    """The fields of the page's form as a browser would send them back."""
    inputs = {
        re.findall(r'name="([^"]+)"', tag)[0]: html.unescape(re.findall(r'value="([^"]*)"', tag)[0])
        for tag in re.findall(r"<input[^>]*>", page)
        if "value=" in tag and 'type="checkbox"' not in tag
    }
    texts = re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n(.*?)</textarea>', page, re.S)
    chosen = re.findall(r'<select[^>]*name="(\w+)".*?(?:<option value="(\w+)" selected>|</select>)', page, re.S)
    return inputs | {name: html.unescape(text) for name, text in texts} | dict(chosen)


def faults(page: str) -> list[tuple[str, str]]:
    """Which fields are refused, and in which words."""
    return [(name, html.unescape(said)) for name, said in re.findall(r'id="\w+\.(\w+)\.fault">([^<]*)<', page)]


async def test_every_type_is_told_in_both_languages(server: str, database: Database) -> None:
    versions = await database.fetch(
        "select t.id, t.draft, v.name_ru, v.name_en, v.columns::text as columns from journal_types t"
        " join journal_type_versions v on v.id = t.current_version_id"
    )
    assert len(versions) == 25
    async with superadmin(server) as visitor:
        listed = (await visitor.get("/admin/journal-type/list?draft=yes")).text
        drafts = re.findall(r'href="/admin/journal-type/details/([0-9a-f-]+)">Открыть', listed)
        assert sorted(drafts) == sorted(str(row["id"]) for row in versions if row["draft"])
        for language, note in (("ru", "Черновик: журналы"), ("en", "A draft: no journals")):
            visitor.cookies["admin_language"] = language
            for row in versions:
                page = (await visitor.get(f"/admin/journal-type/details/{row['id']}")).text
                assert html.escape(row[f"name_{language}"], quote=False) in html.unescape(page)
                assert (note in page) == row["draft"]
                assert not re.search(r"[A-Z]+_[A-Z_]+[A-Z]<", page), "a code, not a word"
                for column in json.loads(row["columns"]):
                    assert column["label"][language] in html.unescape(page)
                    for choice in column.get("choices", {}).values():
                        assert choice[language] in html.unescape(page)


async def test_a_draft_is_published_by_a_form(server: str, database: Database) -> None:
    draft, before = await id_of(database, "DOORS"), await state(database)
    page, address = f"/admin/journal-type/details/{draft}", f"/admin/journal-type/publish/{draft}"
    async with superadmin(server) as visitor:
        assert f'action="{address}"' in (await visitor.get(page)).text
        assert (await visitor.get(address)).status_code == 405
        assert (await visitor.post(address)).status_code == 403
        assert await state(database) == before
        done = await visitor.post(address, {"token": await visitor.token()})
        assert (done.status_code, done.headers["location"]) == (303, page)
        assert "Опубликовано" in (shown := (await visitor.get(page)).text)
        assert f'action="{address}"' not in shown
    assert await database.value("select draft from journal_types where code = 'DOORS'") is False


async def test_a_new_version_begins_as_the_current_one_stands(server: str, database: Database) -> None:
    id = await id_of(database, "SPZ_MAIN")
    address = f"/admin/journal-type/revise?of={id}"
    async with superadmin(server) as visitor:
        assert html.escape(address) in (await visitor.get(f"/admin/journal-type/details/{id}")).text
        form = filled((await visitor.get(address)).text)
        assert form["version"] == "1"
        columns = json.loads(form["columns"])
        assert [*columns[0]] == ["key", "label", "required", "schema"]
        before = await state(database)
        same = await visitor.post(address, form)
        assert (same.status_code, "Ничего не изменилось." in same.text) == (422, True)
        assert await state(database) == before
        columns[0]["label"]["ru"] = "Система <раздел>"
        form |= {"columns": json.dumps(columns), "approvalOrder": "Приказ № 14-ПБ", "volumePeriod": "MONTH"}
        done = await visitor.post(address, form)
        assert (done.status_code, done.headers["location"]) == (303, f"/admin/journal-type/details/{id}")
        page = (await visitor.get(done.headers["location"])).text
        assert "Действует версия 2" in page
        assert "Система &lt;раздел&gt;" in page
        assert "Система (раздел)" in page, "the former version is still told"
        stale = await visitor.post(address, form | {"approvalOrder": "Другой"})
        assert (stale.status_code, faults(stale.text)) == (409, [])
        assert "действует версия 2" in stale.text
    rows = await database.fetch(
        "select number, approval_order, volume_period, columns::text as columns from journal_type_versions"
        " where type_id = $1 order by number",
        (await database.fetch("select id from journal_types where code = 'SPZ_MAIN'"))[0]["id"],
    )
    assert [tuple(row)[:3] for row in rows] == [(1, None, None), (2, "Приказ № 14-ПБ", "MONTH")]
    former, present = [json.loads(row["columns"]) for row in rows]
    assert former[1:] == present[1:], "words of lists were taken again, and are the same"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"columns": "[{]"}, "columns", "Это не JSON: строка 1, знак 3."),
        ({"columns": "[" * 5000}, "columns", "Это не JSON: "),
        ({"columns": ""}, "columns", "Заполните это поле."),
        ({"columns": json.dumps([COLUMN, COLUMN])}, "columns", "columns.1.key: Такой ключ уже есть выше."),
        (
            {"columns": json.dumps([{**COLUMN, "schema": {"type": "string", "maxLength": 0}}])},
            *("columns", "columns.0.schema.maxLength: Нужно целое число от 1 до 10000."),
        ),
        ({"columns": json.dumps([{**COLUMN, "<b>": 1}])}, "columns", "columns.0.<b>: Такому свойству здесь не место."),
        (
            {"signaturePolicy": '[{"side": "OWNER"}, {}]'},
            *("signaturePolicy", "signaturePolicy.0.side: Нужно одно из: OPERATOR, SUBSCRIBER."),
        ),
        ({"signaturePolicy": "[]"}, "signaturePolicy", "Нужно от 2 до 12 элементов."),
        ({"nameEn": " "}, "nameEn", "Заполните это поле."),
        ({"retentionYears": ""}, "retentionYears", "Заполните это поле."),
        ({"retentionYears": "1e3"}, "retentionYears", "Недопустимое значение."),
        ({"volumeEntries": "0"}, "volumeEntries", "Нужно целое число от 1 до 100000."),
        ({"volumePeriod": "DECADE"}, "volumePeriod", "Недопустимое значение."),
        ({"code": "PCO_REQ"}, "code", "Вид журнала с таким кодом уже есть."),
        ({"code": "пробный"}, "code", "Код: прописные латинские буквы"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    server: str, database: Database, changes: dict[str, str], field: str, said: str
) -> None:
    before = await state(database)
    async with superadmin(server) as visitor:
        sent = {**TYPE, **changes, "token": await visitor.token()}
        refused = await visitor.post(NEW, sent)
        assert refused.status_code == 422
        ((named, words),) = faults(refused.text)
        assert (named, words[: len(said)]) == (field, said)
        assert "alert-danger" not in refused.text
        assert {name: text for name, text in filled(refused.text).items() if name in sent} == {
            **sent,
            **({"volumePeriod": ""} if field == "volumePeriod" else {}),
        }
    assert await state(database) == before


async def test_a_type_is_made_and_another_after_it(server: str, database: Database) -> None:
    async with superadmin(server) as visitor:
        token = {"token": await visitor.token()}
        assert f'href="{NEW}"' in (await visitor.get("/admin/journal-type/list")).text
        done = await visitor.post(NEW, {**TYPE, **token, "draft": "yes"})
        page = (await visitor.get(done.headers["location"])).text
        assert "Журнал пробный (TRIAL)" in page
        assert "знаков, не более 100" in page
        trial = await id_of(database, "TRIAL")
        derive = f"/admin/journal-type/derive/{trial}"
        taken = await visitor.post(derive, {**token, "code": "TRIAL"})
        assert (taken.status_code, faults(taken.text)) == (422, [("code", "Вид журнала с таким кодом уже есть.")])
        assert (await visitor.post(derive, {**token, "code": "TRIAL_2"})).status_code == 303
    rows = await database.fetch("select code, draft, derived_from_id::text from journal_types where code like 'TRIAL%'")
    assert sorted(map(tuple, rows)) == [("TRIAL", True, None), ("TRIAL_2", True, trial)]


async def test_an_operators_own_type_is_shown_but_not_touched(server: str, database: Database) -> None:
    await database.fetch(
        "update journal_types set operator_id = (select operator_id from objects limit 1), draft = true"
    )
    id = str(await database.value("select id from journal_types where code = 'VPV'"))
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/journal-type/details/{id}")).text
        assert "ООО «Пожсервис»" in page
        assert f"/admin/journal-type/publish/{id}" not in page
        token = {"token": await visitor.token()}
        for path in (f"publish/{id}", f"revise?of={id}", "revise?of=x", "revise"):
            assert (await visitor.post(f"/admin/journal-type/{path}", {**TYPE, **token})).status_code == 404
        assert (await visitor.get(f"/admin/journal-type/revise?of={id}")).status_code == 404
    assert await database.value("select bool_and(draft) from journal_types") is True


async def test_a_list_is_changed_and_made_line_by_line(server: str, database: Database) -> None:
    address = f"{SAVE}?code=RESULTS"
    id = await database.value("select id from reference_lists where code = 'RESULTS'")
    async with superadmin(server) as visitor:
        assert f'href="{address}"' in (await visitor.get(f"/admin/reference-list/details/{id}")).text
        form = filled((await visitor.get(address)).text)
        assert form["items"].split("\n")[0] == "OPERATIONAL | Исправна | Operational"
        before = await state(database)
        for items, said in (
            ("FAULTY | Неисправна", "items.0.en: Заполните это поле."),
            ("A | Б | B\r\n\r\nA | Б | B", "items.1.key: Такой ключ уже есть выше."),
            ("faulty | Неисправна | Faulty", "items.0.key: Ключ значения: прописные латинские буквы"),
        ):
            refused = await visitor.post(address, form | {"items": items})
            ((field, words),) = faults(refused.text)
            assert (refused.status_code, field, words[: len(said)]) == (422, "items", said)
        assert await state(database) == before
        done = await visitor.post(address, form | {"items": form["items"] + "\r\nODD | Странно | Odd | very"})
        assert (done.status_code, done.headers["location"]) == (303, f"/admin/reference-list/details/{id}")
        assert "Странно" in (await visitor.get(done.headers["location"])).text
        done = await visitor.post(SAVE, form | {"code": "FLOORS", "items": "ROOF | Кровля | Roof"})
        assert "Справочник: Результаты (FLOORS)" in (await visitor.get(done.headers["location"])).text
    rows = await database.fetch("select items::text as items from reference_lists where code in ('RESULTS', 'FLOORS')")
    items: list[list[dict[str, Any]]] = sorted((json.loads(row["items"]) for row in rows), key=len)
    assert items[0] == [{"key": "ROOF", "ru": "Кровля", "en": "Roof"}]
    assert items[1][-1] == {"key": "ODD", "ru": "Странно", "en": "Odd | very"}


async def test_nothing_is_changed_by_a_link_or_by_another_page(server: str, database: Database) -> None:
    before, id = await state(database), await id_of(database, "DOORS")
    forms = {NEW: TYPE, f"/admin/journal-type/revise?of={id}": TYPE | {"version": "1"}}
    forms |= {f"/admin/journal-type/publish/{id}": {}, f"/admin/journal-type/derive/{id}": {"code": "TRIAL"}}
    forms |= {SAVE: {"code": "FLOORS", "nameRu": "Э", "nameEn": "F", "items": "ROOF | К | R"}}
    async with superadmin(server) as visitor, superadmin(server) as other:
        own, foreign = await visitor.token(), await other.token()
        for address, form in forms.items():
            await visitor.get(address, params=form | {"token": own, "of": id})
            for token in ({}, {"token": foreign}):
                assert (await visitor.post(address, form | token)).status_code == 403
            for headers in CROSS_SITE:
                assert (await visitor.post(address, form | {"token": own}, headers=headers)).status_code == 403
            async with Visitor(server) as stranger:
                assert (await stranger.post(address, form | {"token": own})).headers["location"] == "/admin/login"
        await database.fetch("update users set role = 'OPERATOR_ADMIN' where email = $1", demo.OWNER)
        for address, form in forms.items():
            assert (await visitor.post(address, form | {"token": own})).headers["location"] == "/admin/login"
    assert await state(database) == before
