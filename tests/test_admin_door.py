"""The back office's door: who gets in, for how long, and what another site can do about it (nothing)."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any, Self

import httpx
from conftest import Database

from app import demo

CROSS_SITE = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]
ENDINGS = [
    ("update sessions set ended_at = now()", "select 1"),
    ("update sessions set expires_at = now()", "select 1"),
    ("update users set active = false", "update users set active = true"),
    ("update users set role = 'OPERATOR_ADMIN'", "select 1"),
]
"""How a session comes to its end while its cookie is kept, and how to begin again."""


class Visitor:
    """A browser at the back office, as far as cookies go: behind the proxy that speaks https for it."""

    def __init__(self, address: str) -> None:
        self.http = httpx.AsyncClient(base_url=address, timeout=30)
        self.cookies: dict[str, str] = {}
        self.form_token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; a redirect is an answer."""
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        answer = await self.http.request(method, path, headers=headers | more.pop("headers", {}), **more)
        self.http.cookies.clear()
        for set_cookie in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(set_cookie).items():
                self.cookies[name] = morsel.value
        return answer

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """A page."""
        return await self.send("GET", path, **more)

    async def post(self, path: str, form: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """A form, as it is given."""
        return await self.send("POST", path, data=form or {}, **more)

    async def sign_in(self, email: str, password: str = demo.PASSWORD) -> httpx.Response:
        """The sign-in form."""
        self.form_token = ""
        return await self.post("/admin/login", {"email": email, "password": password})

    async def token(self) -> str:
        """The hidden field of this session's forms."""
        if not self.form_token:
            page = (await self.get("/admin/agreement/list")).text
            (self.form_token,) = re.findall(r'name="token" value="([\w-]+)"', page)
        return self.form_token


@asynccontextmanager
async def superadmin(server: str) -> AsyncIterator[Visitor]:
    """The superadmin, inside."""
    async with Visitor(server) as visitor:
        assert (await visitor.sign_in(demo.OWNER)).headers["location"] == "/admin/"
        yield visitor


async def inside(visitor: Visitor) -> bool:
    """Whether the visitor is let in."""
    answer = await visitor.get("/admin/agreement/list")
    assert answer.status_code == 200 or answer.headers["location"] == "/admin/login"
    return answer.status_code == 200


OPEN_SESSIONS = "select count(*) from sessions s join users u on u.id = s.user_id where email = $1 and ended_at is null"


async def test_nobody_is_let_in_unsigned(server: str) -> None:
    async with Visitor(server) as visitor:
        for page in ("/admin/", "/admin/event/list", "/admin/event/details/x", "/admin/nothing/list"):
            answer = await visitor.get(page)
            assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
        visitor.cookies["admin"] = "eyJzZXNzaW9uIjogIjAxYTIwMzFiIn0=.awLX-w.forged"
        assert not await inside(visitor)


async def test_whoever_is_not_the_superadmin_is_refused_in_the_words_for_a_wrong_password(
    server: str, database: Database
) -> None:
    before = await database.value(OPEN_SESSIONS, demo.OPERATOR_ADMIN)
    pages = set()
    async with Visitor(server) as visitor:
        for email, password in (
            (demo.OWNER, "not the password"),
            ("nobody@demo.test", demo.PASSWORD),
            (demo.OPERATOR_ADMIN, demo.PASSWORD),
            ("nul\0@demo.test", demo.PASSWORD),
        ):
            answer = await visitor.sign_in(email, password)
            assert "Неверный адрес почты или пароль." in answer.text
            pages.add((answer.status_code, re.sub(r'value="[^"]*@[^"]*"', "", answer.text)))
            assert not await inside(visitor)
    assert len(pages) == 1
    assert await database.value(OPEN_SESSIONS, demo.OPERATOR_ADMIN) == before


async def test_too_many_tries_are_told_of_in_words(server: str) -> None:
    async with Visitor(server) as visitor:
        for _ in range(5):
            await visitor.sign_in(demo.OWNER, "not the password")
        refused = await visitor.sign_in(demo.OWNER)
        assert refused.status_code == 429
        assert "Слишком много неудачных попыток." in refused.text
        assert f'value="{demo.OWNER}"' in refused.text
        visitor.cookies["admin_language"] = "en"
        assert "Too many failed attempts." in (await visitor.sign_in(demo.OWNER)).text


async def test_the_cookie_keeps_the_session_and_nothing_else(server: str, database: Database) -> None:
    async with Visitor(server) as visitor:
        answer = await visitor.sign_in(demo.OWNER)
        (set_cookie,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith("admin=")]
        assert {"path=/admin", "httponly", "samesite=strict", "secure", "Max-Age=43200"} <= set(set_cookie.split("; "))
        kept = json.loads(b64decode(visitor.cookies["admin"].split(".")[0] + "=="))
        assert list(kept) == ["session"]
        assert await database.value("select ended_at is null from sessions where id = $1", kept["session"])


async def test_every_request_asks_again(server: str, database: Database) -> None:
    async with Visitor(server) as visitor:
        for ending, undo in ENDINGS:
            await visitor.sign_in(demo.OWNER)
            token, cookie = await visitor.token(), visitor.cookies["admin"]
            await database.fetch(ending)
            refused = await visitor.post("/admin/logout", {"token": token})
            assert (refused.status_code, refused.headers["location"]) == (303, "/admin/login"), ending
            visitor.cookies["admin"] = cookie
            assert not await inside(visitor), ending
            await database.fetch(undo)


async def test_signing_out_ends_the_session_everywhere(server: str, database: Database) -> None:
    async with superadmin(server) as visitor, Visitor(server) as elsewhere, superadmin(server) as other:
        elsewhere.cookies = dict(visitor.cookies)
        token = await visitor.token()
        assert (await visitor.get("/admin/logout")).status_code == 405
        assert (await visitor.post("/admin/logout")).status_code == 403
        for foreign in ("неверный", await other.token()):
            assert (await visitor.post("/admin/logout", {"token": foreign})).status_code == 403
        assert await inside(visitor)
        answer = await visitor.post("/admin/logout", {"token": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
        assert not await inside(visitor)
        assert not await inside(elsewhere)
        assert await inside(other)
    assert await database.value("select kind from events order by occurred_at desc limit 1") == "SIGNED_OUT"


async def test_another_site_can_do_nothing(server: str) -> None:
    credentials = {"email": demo.OWNER, "password": demo.PASSWORD}
    async with superadmin(server) as visitor, Visitor(server) as stranger:
        form = {"token": await visitor.token()}
        for headers in CROSS_SITE:
            assert (await visitor.post("/admin/logout", form, headers=headers)).status_code == 403
            assert (await stranger.post("/admin/login", credentials, headers=headers)).status_code == 403
        assert await inside(visitor)
        assert not await inside(stranger)
        own = {"origin": server, "sec-fetch-site": "same-origin"}
        assert (await stranger.post("/admin/login", credentials, headers=own)).headers["location"] == "/admin/"
        assert (await visitor.post("/admin/logout", form, headers=own)).headers["location"] == "/admin/login"
        assert not await inside(visitor)


async def test_a_request_larger_than_any_form_is_not_read(server: str) -> None:
    async with Visitor(server) as visitor:
        assert (await visitor.post("/admin/login", {"email": "x" * 100_000})).status_code == 413

        async def endless() -> AsyncIterator[bytes]:
            yield b"email=x"

        assert (await visitor.send("POST", "/admin/login", content=endless())).status_code == 413


async def test_pages_cannot_be_framed_kept_or_made_to_run_scripts(server: str) -> None:
    async with superadmin(server) as visitor:
        pages = ["/admin/login", "/admin/event/list", "/admin/event/details/none", "/admin/logout", "/admin/nothing"]
        for page in pages:
            headers = (await visitor.get(page)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["x-frame-options"] == "DENY"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert headers["referrer-policy"] == "same-origin"
        sheet = await visitor.get("/admin/statics/css/tabler.min.css")
        assert sheet.status_code == 200
        assert "no-store" not in sheet.headers.get("cache-control", "")
