"""The pages behind mailed links: opening changes nothing, the form does, in both languages, and in a real browser."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from browser import Browser
from client import Client
from conftest import Cluster, Database, Template
from mail_world import CHOSEN, SECONDS, invited, link_in, status
from object_deeds import installation

from app import demo
from app.settings import Settings

STATE = """
select (select string_agg(u::text, ',' order by u.id) from users u), (select count(*) from events),
       (select string_agg(l::text, ',' order by l.id) from account_links l), (select count(*) from sessions)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the world: no mail service is set, so that its mails lie there."""
    return tmp_path_factory.mktemp("pages") / "data"


@pytest.fixture(scope="module")
async def world(
    cluster: Cluster, template: Template, base_settings: Settings, folder: Path
) -> AsyncIterator[tuple[Client, Database]]:
    """One world for all tests here."""
    settings = replace(base_settings, jobs=True, data_folder=folder)
    async with installation(cluster, template, settings) as given:
        yield given


async def link_for(client: Client, folder: Path, email: str, **changes: str) -> str:
    """The path of the link in the mail to somebody who is invited now."""
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    user = (await invited(admin, email, **changes))["id"]
    async with asyncio.timeout(SECONDS):
        while not (await status(admin, user))["invitationSentAt"]:
            pass  # asks until the worker has done it
    for file in (folder / "mail").iterdir():
        message = message_from_bytes(file.read_bytes(), policy=default)
        if email in message["To"]:
            return link_in(message)
    raise AssertionError("no mail")


async def test_without_a_service_mails_are_files_for_our_own_account_alone(
    world: tuple[Client, Database], folder: Path
) -> None:
    await link_for(world[0], folder, "filed@mail.test")
    for file in (folder / "mail").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert message_from_bytes(file.read_bytes(), policy=default)["From"] == "no-reply@journals.example"
    assert stat.S_IMODE((folder / "mail").stat().st_mode) == 0o700


async def test_opening_a_link_changes_nothing_and_its_form_lets_in_once(
    world: tuple[Client, Database], folder: Path
) -> None:
    client, database = world
    path = await link_for(client, folder, "page@mail.test", surname="<script>", givenName="Анна")
    before = await database.fetch(STATE)
    for method in ("GET", "HEAD", "GET"):
        shown = await client.http.request(method, path, headers={"accept-language": "ru"})
        assert shown.status_code == 200
    assert "&lt;script&gt; Анна, ООО «Пожсервис»" in shown.text
    assert "<script" not in shown.text
    policy = shown.headers["content-security-policy"]
    for rule in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert (shown.headers["referrer-policy"], shown.headers["cache-control"]) == ("no-referrer", "no-store")
    for given, headers, answered, words in (
        ({"password": "short", "again": "short"}, {}, 422, "Не короче 10 знаков."),
        ({"password": CHOSEN, "again": CHOSEN + "!"}, {}, 422, "Пароли не совпадают."),
        ({"password": CHOSEN, "again": CHOSEN}, {"sec-fetch-site": "cross-site"}, 403, ""),
        ({"password": "x" * 20_000, "again": ""}, {}, 413, ""),
        ({}, {}, 422, "Не короче 10 знаков."),
        ({str(number): "" for number in range(50)}, {}, 400, ""),
    ):
        refused = await client.http.post(path, data=given, headers=headers)
        assert (refused.status_code, words in refused.text) == (answered, True)
    assert await database.fetch(STATE) == before
    done = await client.http.post(path, data={"password": CHOSEN, "again": CHOSEN})
    assert (done.status_code, "Пароль сохранён" in done.text) == (200, True)
    await client.signed_in("page@mail.test", CHOSEN)
    after = await database.fetch(STATE)
    for again in (
        await client.http.get(path),
        await client.http.post(path, data={"password": "x" * 20, "again": "x" * 20}),
    ):
        assert (again.status_code, "Ссылка недействительна" in again.text) == (404, True)
    unknown = await client.http.get("/account/invitation/unknown")
    assert unknown.text == again.text
    assert await database.fetch(STATE) == after


async def test_the_pages_speak_the_readers_language_and_change_it_without_losing_the_link(
    world: tuple[Client, Database], folder: Path
) -> None:
    client, _ = world
    path = await link_for(client, folder, "english@mail.test")
    for headers, query, title in (
        ({"accept-language": "en"}, "", "Welcome to the electronic journals"),
        ({"accept-language": "ru"}, "", "Добро пожаловать в электронные журналы"),
        ({"accept-language": "ru"}, "?lang=en", "Welcome to the electronic journals"),
    ):
        shown = await client.http.get(path + query, headers=headers)
        assert title in shown.text
    assert 'href="?lang=ru"' in shown.text
    refused = await client.http.post(path + "?lang=en", data={"password": "a", "again": "b"})
    assert "The passwords differ." in refused.text


async def test_whoever_asks_for_a_link_is_answered_alike(world: tuple[Client, Database]) -> None:
    client, database = world
    await database.fetch("delete from failed_tries")
    asked = await client.http.get("/account/reset", headers={"accept-language": "en"})
    assert "Forgotten your password?" in asked.text
    answers = {
        (await client.http.post("/account/reset", data={"email": email})).text
        for email in (demo.OPERATOR_ADMIN, "nobody@mail.test", "")
    }
    assert len(answers) == 1
    assert "Проверьте почту" in answers.pop()
    refused = await client.http.post(
        "/account/reset", data={"email": demo.OPERATOR_ADMIN}, headers={"sec-fetch-site": "cross-site"}
    )
    assert refused.status_code == 403


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
async def test_a_browser_sets_the_password_and_asks_nobody_else_for_anything(
    world: tuple[Client, Database], folder: Path, tmp_path: Path
) -> None:
    client, _ = world
    path = await link_for(client, folder, "browser@mail.test", surname="Длиннофамильная-Петропавловская")
    async with Browser.started(tmp_path) as browser:
        await browser.size(360, 800)
        await browser.open(client.address + path + "?lang=ru")
        assert await browser.value("document.documentElement.scrollWidth <= window.innerWidth") is True
        assert await browser.value("document.activeElement.id") == "password"
        await browser.value(f"document.querySelector('#password').value = {CHOSEN!r}")
        await browser.value(f"document.querySelector('#again').value = {CHOSEN!r}")
        await browser.submit("form")
        assert await browser.value("document.querySelector('h1').textContent") == "Пароль сохранён"
        assert {url.split("/")[2] for url in browser.asked_for} == {client.address.removeprefix("http://")}
    await client.signed_in("browser@mail.test", CHOSEN)
