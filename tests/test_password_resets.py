"""A forgotten password: a stranger learns nothing, the owner of the address gets in, and everybody else is out."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from client import SIGN_IN, Client
from conftest import Cluster, Database, Template
from live import EVENTS
from mail_world import ACCEPT, ASK_FOR_RESET, CHOSEN, RESET, Inbox, invited, mailing, text_of, token_in

from app import demo

JOBS = (
    "select task_name, args from procrastinate.procrastinate_jobs where task_name = 'password_resets.send' order by id"
)
ANOTHER = "совсем другой зонтик"


@pytest.fixture(scope="module")
async def world(
    cluster: Cluster, template: Template, base_settings: Any, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Client, Database, Inbox]]:
    """One world with mails for all tests here."""
    async with mailing(cluster, template, base_settings, tmp_path_factory.mktemp("mail")) as given:
        yield given


async def member(client: Client, inbox: Inbox, name: str) -> tuple[Client, str]:
    """Somebody with a password of their own, signed in, and their address."""
    email = f"{name}@mail.test"
    await invited(await client.signed_in(demo.OPERATOR_ADMIN), email)
    token = token_in(await inbox.link(email))
    await client.do(ACCEPT, input={"token": token, "password": CHOSEN})
    return await client.signed_in(email, CHOSEN), email


async def test_a_reset_lets_the_reader_of_the_mail_in_and_everybody_else_out(
    world: tuple[Client, Database, Inbox],
) -> None:
    client, database, inbox = world
    worker, email = await member(client, inbox, "forgetful")
    assert await client.ask(ASK_FOR_RESET, email=f" {email.upper()}") == {"requestPasswordReset": True}
    token = token_in(await inbox.link(email))
    secret = "update users set totp_secret = '\\x00', totp_confirmed_at = now() where email = $1"
    weak = await client.refused(RESET, input={"token": token, "password": "1234567890"})
    assert (weak["code"], weak["field"]) == ("INVALID", "password")
    assert (await worker.ask("{ viewer { email } }"))["viewer"]["email"] == email
    await database.fetch(secret, email)
    async with worker.subscribed(EVENTS) as stream:
        assert (await client.do(RESET, input={"token": token, "password": ANOTHER}))["email"] == email
        assert (await stream.message())["type"] == "complete"
    assert (await worker.ask("{ viewer { id } }"))["viewer"] is None
    assert await database.value("select totp_confirmed_at is not null from users where email = $1", email) is True
    await database.fetch("update users set totp_secret = null, totp_confirmed_at = null where email = $1", email)
    assert (await client.refused(SIGN_IN, email=email, password=CHOSEN))["code"] == "UNAUTHENTICATED"
    again = await client.signed_in(email, ANOTHER)
    told = await inbox.mail(email)
    assert told["Subject"] == "Пароль изменён"
    assert token not in text_of(told)
    used = await client.refused(RESET, input={"token": token, "password": CHOSEN})
    assert (used["code"], used["field"]) == ("INVALID", "token")
    assert (await again.ask("{ viewer { email } }"))["viewer"]["email"] == email
    told_of = "select kind from events where user_id = (select id from users where email = $1) order by position"
    kinds = [row["kind"] for row in await database.fetch(told_of, email)]
    assert [kind for kind in kinds if "PASSWORD" in kind] == ["PASSWORD_RESET_REQUESTED", "PASSWORD_CHANGED"]


@contextmanager
def statements_by_task() -> Iterator[defaultdict[asyncio.Task[Any] | None, list[str]]]:
    """What rules say to the database from now on, without the values, by the task that says it."""
    said: defaultdict[asyncio.Task[Any] | None, list[str]] = defaultdict(list)

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said[asyncio.current_task()].append(record.getMessage().partition(": [")[0])

    logger, listener = logging.getLogger("tortoise.db_client"), Listener()
    level = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)


async def test_strangers_and_members_are_answered_by_the_same_statements(
    world: tuple[Client, Database, Inbox],
) -> None:
    client, database, inbox = world
    _, email = await member(client, inbox, "member")
    await invited(await client.signed_in(demo.OPERATOR_ADMIN), "waiting@mail.test")
    await inbox.mail("waiting@mail.test")
    await database.fetch("delete from failed_tries")
    before = len(await database.fetch(JOBS))
    said: list[list[str]] = []
    with statements_by_task() as statements:
        for address in (email, "nobody@mail.test", "waiting@mail.test", "no address", "", "a\0b", "x" * 5000):
            statements.clear()
            assert await client.ask(ASK_FOR_RESET, email=address) == {"requestPasswordReset": True}
            # The worker speaks to the same database meanwhile, in tasks of its own.
            (request,) = [lines for lines in statements.values() if any("failed_tries" in line for line in lines)]
            said.append(request)
    assert len(said[0]) >= 4
    assert all(each == said[0] for each in said)
    jobs = (await database.fetch(JOBS))[before:]
    assert len(jobs) == 7
    assert [job["args"].count("null") for job in jobs] == [0, 1, 0, 1, 1, 1, 1]
    assert "mail.test" not in "".join(job["args"] for job in jobs)
    await inbox.link(email)
    assert inbox.of("nobody@mail.test").empty()
    assert inbox.of("waiting@mail.test").empty()


async def test_asking_again_and_again_neither_floods_nor_voids_and_is_delayed(
    world: tuple[Client, Database, Inbox],
) -> None:
    client, database, inbox = world
    _, email = await member(client, inbox, "pestered")
    await database.fetch("delete from failed_tries")
    for _ in range(5):
        await client.ask(ASK_FOR_RESET, email=email)
    delayed = await client.post(ASK_FOR_RESET, {"email": email})
    assert delayed["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    for _ in range(5):
        await client.ask(ASK_FOR_RESET, email="stranger@mail.test")
    delayed_alike = await client.post(ASK_FOR_RESET, {"email": "stranger@mail.test"})
    assert delayed_alike["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    token = token_in(await inbox.link(email))
    links = "select count(*) from account_links l join users u on u.id = l.user_id where u.email = $1 and kind = $2"
    assert await database.value(links, email, "PASSWORD_RESET") == 1
    assert inbox.of(email).empty()
    await client.do(RESET, input={"token": token, "password": ANOTHER})


async def test_a_link_is_too_old_after_an_hour_and_void_with_the_account(
    world: tuple[Client, Database, Inbox],
) -> None:
    client, database, inbox = world
    _, email = await member(client, inbox, "late")
    await database.fetch("delete from failed_tries")
    await client.ask(ASK_FOR_RESET, email=email)
    token = token_in(await inbox.link(email))
    life = "select expires_at - created_at from account_links where kind = 'PASSWORD_RESET' order by created_at desc"
    assert str(await database.value(life)) == "1:00:00"
    mine = "user_id = (select id from users where email = $1)"
    hashes = await database.value("select password_hash from users where email = $1", email)
    await database.fetch(f"update account_links set expires_at = now() where {mine} and used_at is null", email)
    assert (await client.refused(RESET, input={"token": token, "password": ANOTHER}))["field"] == "token"
    await database.fetch(f"update account_links set expires_at = now() + interval '1 hour' where {mine}", email)
    await database.fetch("update users set active = false where email = $1", email)
    assert (await client.refused(RESET, input={"token": token, "password": ANOTHER}))["field"] == "token"
    assert await database.value("select password_hash from users where email = $1", email) == hashes
