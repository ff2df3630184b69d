"""Sessions: opened by password, kept hashed, ended at once."""

from __future__ import annotations

import hashlib

import httpx
from client import SIGN_IN, Client
from conftest import Database

from app import demo

VIEWER = "{ viewer { email role organization { name } person { name position } } }"


async def test_every_demo_account_signs_in(client: Client) -> None:
    for account in demo.ACCOUNTS:
        signed_in = await client.signed_in(account.email, anew=True)
        viewer = (await signed_in.ask(VIEWER))["viewer"]
        assert (viewer["email"], viewer["role"]) == (account.email, account.role)
    assert (await client.ask(VIEWER))["viewer"] is None


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(client: Client, database: Database) -> None:
    sessions = await database.value("select count(*) from sessions")
    wrong = await client.refused(SIGN_IN, email=demo.OPERATOR_ADMIN, password="wrong")
    unknown = await client.refused(SIGN_IN, email="nobody@demo.test", password="wrong")
    assert wrong == unknown
    assert wrong["code"] == "UNAUTHENTICATED"
    assert await database.value("select count(*) from sessions") == sessions
    assert await database.value("select count(*) from events where kind = 'SIGN_IN_REFUSED'") == 2
    told = await database.fetch("select user_id, operator_id from events where kind = 'SIGN_IN_REFUSED' order by id")
    assert [row["user_id"] is None for row in told] == [False, True]


async def test_tokens_are_kept_hashed_and_end_with_the_session(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE, anew=True)
    assert worker.token
    digest = hashlib.sha256(worker.token.encode()).hexdigest()
    assert await database.value("select count(*) from sessions where token_digest = $1", digest) == 1
    assert await database.value("select count(*) from sessions where token_digest = $1", worker.token) == 0
    assert (await worker.ask("mutation { signOut }"))["signOut"] is True
    assert (await worker.ask(VIEWER))["viewer"] is None
    again = await client.signed_in(demo.OPERATOR_EMPLOYEE, anew=True)
    await database.fetch(
        "update sessions set expires_at = now() where token_digest = $1",
        hashlib.sha256((again.token or "").encode()).hexdigest(),
    )
    assert (await again.ask(VIEWER))["viewer"] is None
    third = await client.signed_in(demo.OPERATOR_EMPLOYEE, anew=True)
    await database.fetch("update users set active = false where email = $1", demo.OPERATOR_EMPLOYEE)
    assert (await third.ask(VIEWER))["viewer"] is None


async def test_a_browser_gets_a_cookie_that_other_sites_cannot_use(server: str) -> None:
    async with httpx.AsyncClient(base_url=server) as browser:
        body = {"query": SIGN_IN, "variables": {"email": demo.OPERATOR_ADMIN, "password": demo.PASSWORD}}
        answer = await browser.post("/graphql", json=body)
        cookie = answer.headers["set-cookie"]
        for attribute in ("HttpOnly", "SameSite=strict", "Path=/", "Secure"):
            assert attribute in cookie
        token = answer.json()["data"]["signIn"]["token"]
        headers = {"cookie": f"session={token}"}
        viewer = await browser.post("/graphql", json={"query": VIEWER}, headers=headers)
        assert viewer.json()["data"]["viewer"]["email"] == demo.OPERATOR_ADMIN
        for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            used = await browser.post("/graphql", json={"query": VIEWER}, headers=headers | foreign)
            assert used.json()["data"]["viewer"] is None
        by_get = await browser.get("/graphql", params={"query": "mutation { signOut }"}, headers=headers)
        assert by_get.status_code in (400, 404, 405)
        viewer = await browser.post("/graphql", json={"query": VIEWER}, headers=headers)
        assert viewer.json()["data"]["viewer"]["email"] == demo.OPERATOR_ADMIN
