"""Anyone checks a signature by its code: the pages, through HTTP."""

from __future__ import annotations

import re

import httpx
import pytest
import uvicorn
from client import Client
from conftest import Database, Server
from starlette.applications import Starlette

import web
from app.identity import identify
from app.runtime import running
from app.settings import Settings

UNKNOWN = "0000000000ZZZZZZZZZZ"

CODES = """
select s.code, s.side, r.number, p.name from signatures s
join revisions r on r.id = s.revision_id join entries e on e.id = s.entry_id join people p on p.id = s.signer_id
where e.client_id = $1 order by r.number, s.side
"""
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def code_of(database: Database, entry: str) -> str:
    """The code of the operator's first signature on a demo entry."""
    return str((await database.fetch(CODES, f"demo-{entry}"))[0]["code"])


async def visible(client: Client, path: str, **headers: str) -> tuple[int, str]:
    """The status and the page's text as a reader sees it, white space made even."""
    response = await client.http.get(path, headers=headers)
    body = response.text.partition("<body>")[2]
    return response.status_code, " ".join(re.sub(r"<[^>]+>", " ", body).split())


async def test_passed_and_current(client: Client, database: Database) -> None:
    code = await code_of(database, "signed")
    status, text = await visible(client, f"/verify/{code}")
    assert status == 200
    assert "Подпись подтверждена" in text
    assert "Подписанная редакция действует." in text
    assert "Ёлкин Иван Петрович" in text
    assert "ООО «Пожсервис» за исполнителя" in text
    assert "редакция 1 из 1" in text
    assert "все поставлены" in text
    assert "доказано штампом времени" in text
    assert re.search(r"Время подписания \d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d UTC\+03:00", text)  # the object is in Moscow
    assert "@" not in text  # no e-mail address


async def test_passed_and_superseded(client: Client, database: Database) -> None:
    former, *_, latest = await database.fetch(CODES, "demo-revised")
    assert (former["number"], latest["number"]) == (1, 2)
    _, text = await visible(client, f"/verify/{former['code']}")
    assert "Подпись подтверждена" in text
    assert "Запись с тех пор изменена: подписана редакция 1 из 2, заменена" in text
    assert "причина: «Уточнено количество заменённых аккумуляторов»" in text
    assert "Подписанная редакция действует" not in text
    _, text = await visible(client, f"/verify/{latest['code']}")
    assert "Подписанная редакция действует." in text
    assert "редакция 2 из 2" in text


async def test_both_languages(client: Client, database: Database) -> None:
    path = f"/verify/{await code_of(database, 'signed')}"
    assert "The signature is confirmed" in (await visible(client, f"{path}?lang=en"))[1]
    assert "The signature is confirmed" in (await visible(client, path, **{"accept-language": "de, en;q=0.8"}))[1]
    assert "Подпись подтверждена" in (await visible(client, f"{path}?lang=ru", **{"accept-language": "en"}))[1]
    assert "Подпись подтверждена" in (await visible(client, path, **{"accept-language": "fr"}))[1]
    page = await client.http.get(f"{path}?lang=en")
    assert 'href="?lang=ru"' in page.text
    assert page.headers["content-language"] == "en"
    assert '<html lang="en">' in page.text


async def test_every_miss_is_the_same(client: Client) -> None:
    answers = [await client.http.get(f"/verify/{code}") for code in (UNKNOWN, "x", "-", "%00%D0%96", "<b>", "7" * 5000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert "Подписи с таким кодом нет" in answers[0].text


async def test_a_code_as_people_type_it(client: Client, database: Database) -> None:
    code = await code_of(database, "signed")
    typed = "-".join(code[start : start + 5] for start in range(0, 20, 5)).lower().replace("0", "O").replace("1", "l")
    answer = await client.http.get("/verify", params={"code": f" {typed} ", "lang": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/verify/{code}?lang=en")
    answer = await client.http.get(f"/verify/{typed}")
    assert answer.status_code == 200
    # What cannot be a code leads to the same page as a miss, and nowhere else.
    for nothing in ("", "//evil.example", "../pki/root.crt", "\r\nSet-Cookie: a=b"):
        answer = await client.http.get("/verify", params={"code": nothing})
        assert (answer.status_code, answer.headers["location"]) == (303, "/verify/-")


async def test_no_scripts_no_index_no_store(client: Client, database: Database) -> None:
    code = await code_of(database, "signed")
    for path in ("/verify", f"/verify/{code}", f"/verify/{UNKNOWN}"):
        page = await client.http.get(path)
        assert "<script" not in page.text
        assert "style=" not in page.text
        assert 'name="robots" content="noindex' in page.text
        assert "noindex" in page.headers["x-robots-tag"]
        assert page.headers["cache-control"] == "no-store"
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy


async def test_what_was_altered_in_the_database_fails(client: Client, database: Database) -> None:
    code = await code_of(database, "signed")
    altered = "convert_to(replace(convert_from(payload, 'UTF8'), 'Пожсервис', 'Позжесервис'), 'UTF8')"
    await database.fetch("alter table revisions disable trigger immutable")
    await database.fetch(
        f"update revisions set payload = {altered}, digest = encode(sha256({altered}), 'hex')"
        " where id = (select revision_id from signatures where code = $1)",
        code,
    )
    status, text = await visible(client, f"/verify/{code}")
    assert status == 200
    assert "Подпись не подтверждена" in text
    assert "Причина: содержание изменено после подписания." in text
    assert "этой подписью они сейчас не доказаны" in text
    assert "Подписанная редакция действует" not in text
    assert "SHA-256 сейчас" in text


@pytest.mark.parametrize(
    ("change", "verdict", "cause"),
    [
        (
            "status = 'SUSPENDED', suspended_at = now()",
            "The signature cannot be confirmed",
            "the certificate is on hold (since ",
        ),
        (
            "status = 'REVOKED', revoked_at = now(), revocation_reason = 'KEY_COMPROMISE', invalid_since = not_before",
            "The signature is not confirmed",
            "the key was already known or suspected to be compromised (since ",
        ),
        (
            "status = 'REVOKED', revoked_at = not_before",
            "The signature is not confirmed",
            "the certificate had already been revoked (since ",
        ),
        ("status = 'REVOKED', revoked_at = now()", "The signature is confirmed", "Now revoked"),
    ],
    ids=["on hold", "compromised before", "revoked before", "revoked later"],
)
async def test_the_certificate_has_lost_its_force(
    client: Client, database: Database, change: str, verdict: str, cause: str
) -> None:
    code = await code_of(database, "signed")
    await database.fetch(
        f"update certificates set {change} where id = (select certificate_id from signatures where code = $1)", code
    )
    _, text = await visible(client, f"/verify/{code}?lang=en")
    assert verdict in text
    assert cause in text


async def test_one_address_cannot_check_without_end(settings: Settings) -> None:
    rooms = web.routes(identify, print_engine=None, checks_per_minute=3)
    app = Starlette(routes=rooms, exception_handlers=web.exception_handlers())
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with running(settings), Server(uvicorn.Config(app, log_config=None)).running() as address:
        async with httpx.AsyncClient(base_url=address, headers=BROWSER) as one:
            answers = [
                await one.get(f"/verify/{UNKNOWN}{file}") for file in ("", "/payload.json", "/signature.p7s", "")
            ]
            free = [await one.get(path) for path in ("/verify", "/pki/root.crt", "/health/live")]
        async with httpx.AsyncClient(base_url=address, transport=elsewhere) as another:
            answers.append(await another.get(f"/verify/{UNKNOWN}"))
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 404]
    assert answers[3].headers["retry-after"] == "60"
    assert "Слишком часто" in answers[3].text
    assert {answer.status_code for answer in free} == {200}
