"""The manners of the public edge: health, headers, refusals."""

from __future__ import annotations

import re

from client import Client
from conftest import Database

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PLACES = [
    ("/health/live", 200),
    ("/health/ready", 200),
    ("/verify", 200),
    ("/verify/nothing", 404),
    ("/verify/nothing/payload.json", 404),
    ("/pki/root.crt", 200),
    ("/pki/practice", 200),
    ("/print/journals/nothing.pdf", 401),
    ("/no/such/place", 404),
    ("/graphql", 400),
]


async def test_ready_means_database_and_migrations(client: Client, database: Database) -> None:
    assert (await client.http.get("/health/live")).json() == {"status": "ok"}
    answer = await client.http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "missing": []})
    await database.fetch("delete from tortoise_migrations where name like '0002%'")
    answer = await client.http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "missing": ["migrations"]})
    await database.fetch("alter table tortoise_migrations rename to taken_away")
    answer = await client.http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "missing": ["database"]})
    assert (await client.http.get("/health/live")).status_code == 200


async def test_headers_of_every_answer(client: Client) -> None:
    for path, status in PLACES:
        for headers in (BROWSER, {"accept": "*/*"}):
            answer = await client.http.get(path, headers=headers)
            assert answer.status_code == status, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-frame-options"] == "DENY"
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert not re.search(r"\d", answer.headers.get("server", ""))


async def test_a_refusal_is_a_page_for_people_and_a_problem_for_programs(client: Client) -> None:
    answer = await client.http.get("/no/such/place", headers={"accept": "application/json", "accept-language": "en"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "NOT_FOUND",
        "detail": "Not found.",
    }
    page = await client.http.get("/no/such/place", headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    assert "Не найдено." in page.text
    assert "<script" not in page.text


async def test_a_method_that_is_not_taken(client: Client) -> None:
    answer = await client.http.post("/pki/practice")
    assert answer.status_code == 405
    assert answer.json()["code"] == "METHOD_NOT_ALLOWED"
    assert "GET" in answer.headers["allow"]


async def test_a_failure_tells_nothing_of_our_insides(client: Client, database: Database) -> None:
    await database.fetch("alter table signatures rename to taken_away")
    for headers in (BROWSER, {"accept": "application/json"}):
        answer = await client.http.get("/verify/0000000000ZZZZZZZZZZ", headers=headers)
        assert answer.status_code == 500
        assert "Внутренняя ошибка" in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        for inside in ("Traceback", "signatures", "asyncpg", "select"):
            assert inside not in answer.text
