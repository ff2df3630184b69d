"""Mails as they arrive at a real service: how they are built, what protects them on the way, what is done when they are
not taken, and where they lie when there is no service."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiosmtplib
import pytest
from client import Client
from conftest import Cluster, Database, Template
from mail_world import (
    ACCEPT,
    CHOSEN,
    PASSWORD,
    SECONDS,
    USER,
    Inbox,
    certificate,
    invited,
    link_in,
    mailing,
    service,
    status,
    text_of,
    token_in,
    trusted,
)
from test_jobs_queue import DUE

from app import demo
from app.announcement import announce
from app.mail_at_start import warn_of_unsent_mail
from app.settings import Settings
from app.startup_refusal import StartupRefused
from jobs.letters import Unaddressable, message_of
from jobs.mail_delivery import deliver
from models.enums import Language
from rules import clock
from rules.mail import Mail, MailKind
from rules.mail_service import Encryption, MailService, SmtpServer

STANDING = """
select j.status::text from procrastinate.procrastinate_jobs j
join account_links l on l.id::text = j.args->>'link_id' join users u on u.id = l.user_id where u.email = $1
"""
WAKE = """
select pg_notify('procrastinate_any_queue_v1', json_build_object('type', 'job_inserted', 'job_id', 0)::text)
"""
"""What the queue says of a new job: its worker looks at once instead of when it would next."""


@pytest.fixture(scope="module")
async def world(
    cluster: Cluster, template: Template, base_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Client, Database, Inbox]]:
    """One world with mails for all tests here."""
    async with mailing(cluster, template, base_settings, tmp_path_factory.mktemp("mail")) as given:
        yield given


async def test_a_mail_has_two_forms_in_the_readers_language_and_says_that_a_program_wrote_it(
    world: tuple[Client, Database, Inbox],
) -> None:
    client, _, inbox = world
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    await invited(admin, "russian@mail.test")
    await invited(admin, "english@mail.test", language="EN", surname="<b>Smith</b>", givenName="John\nBcc: x@evil.test")
    russian, english = await inbox.mail("russian@mail.test"), await inbox.mail("english@mail.test")
    assert inbox.encrypted == [True, True]
    assert [russian["Subject"], english["Subject"]] == [
        "Приглашение в электронные журналы",
        "Your invitation to the electronic journals",
    ]
    assert [russian["Content-Language"], english["Content-Language"]] == ["ru", "en"]
    assert (russian["From"], russian["To"]) == (
        "Журналы <no-reply@journals.example>",
        "Тестова Тестина <russian@mail.test>",
    )
    assert russian.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in russian.iter_parts()] == ["text/plain", "text/html"]
    assert russian["Auto-Submitted"] == "auto-generated"
    assert russian["Message-ID"].endswith("@journals.example>")
    assert russian["Message-ID"] != english["Message-ID"]
    assert abs((clock.now() - parsedate_to_datetime(russian["Date"])).total_seconds()) < 60
    assert "организация: ООО «Пожсервис»." in " ".join(text_of(russian).split())
    assert link_in(russian) in text_of(russian, "html")
    # What people are called goes into no header and no markup.
    assert english["Bcc"] is None
    assert english["To"] == '"<b>Smith</b> John Bcc: x@evil.test" <english@mail.test>'
    assert "&lt;b&gt;Smith&lt;/b&gt;" in text_of(english, "html")
    assert "<b>" not in text_of(english, "html")


async def test_the_secret_lies_neither_in_the_queue_nor_in_the_database_nor_in_the_log(
    world: tuple[Client, Database, Inbox], caplog: pytest.LogCaptureFixture
) -> None:
    client, database, inbox = world
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the service's own
    await invited(await client.signed_in(demo.OPERATOR_ADMIN), "secret@mail.test")
    path = await inbox.link("secret@mail.test")
    await client.http.get(path)
    ours = [
        record.getMessage() for record in caplog.records if record.name.partition(".")[0] not in ("httpx", "httpcore")
    ]
    assert any("/account/invitation/…" in line for line in ours)
    assert not [line for line in ours if token_in(path) in line]
    for table in ("account_links", "events", "procrastinate.procrastinate_jobs", "procrastinate.procrastinate_events"):
        assert await database.value(f"select count(*) from {table} t where t::text like $1", f"%{token_in(path)}%") == 0
    assert await database.value("select count(*) from account_links where token_digest is not null") != 0


async def test_a_mail_that_is_not_taken_is_made_anew_and_the_former_link_is_void(
    world: tuple[Client, Database, Inbox],
) -> None:
    client, database, inbox = world
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    inbox.replies.append("451 4.3.0 try again later")
    user = (await invited(admin, "later@mail.test"))["id"]
    first = token_in(await inbox.link("later@mail.test"))
    assert (await status(admin, user))["invitationSentAt"] is None
    async with asyncio.timeout(SECONDS):
        while not await database.fetch(DUE):
            pass  # asks the database until the worker has put the job back
    await database.fetch(WAKE)
    second = token_in(await inbox.link("later@mail.test"))
    assert first != second
    refused = await client.refused(ACCEPT, input={"token": first, "password": CHOSEN})
    assert (refused["code"], refused["field"]) == ("INVALID", "token")
    assert (await client.do(ACCEPT, input={"token": second, "password": CHOSEN}))["status"] == "ACTIVE"


async def test_a_recipient_refused_for_good_is_not_tried_again(world: tuple[Client, Database, Inbox]) -> None:
    client, database, inbox = world
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    user = (await invited(admin, "unknown@mail.test"))["id"]
    async with asyncio.timeout(SECONDS):
        while (await database.value(STANDING, "unknown@mail.test")) in ("todo", "doing"):
            pass  # asks the database until the worker is done with it
    assert await database.value(STANDING, "unknown@mail.test") == "succeeded"
    assert inbox.of("unknown@mail.test").empty()
    assert (await status(admin, user))["invitationSentAt"] is None


async def test_nothing_is_said_to_a_service_that_cannot_prove_who_it_is(tmp_path: Path) -> None:
    (tmp_path / "true").mkdir()
    (tmp_path / "false").mkdir()
    authority, context = certificate(tmp_path / "true")
    _, other = certificate(tmp_path / "false")
    message = message_of(a_mail(), "no-reply@journals.example", clock.now())
    with trusted(authority):
        for served, encryption, taken in (
            (context, Encryption.TLS, True),
            (other, Encryption.TLS, False),
            (other, Encryption.STARTTLS, False),
            (None, Encryption.STARTTLS, False),
            (None, Encryption.NONE, True),
        ):
            async with service(served, encrypted=encryption is Encryption.TLS) as inbox:
                known = (USER, PASSWORD) if encryption is Encryption.STARTTLS else ()
                target = SmtpServer("localhost", inbox.port, encryption, *known)
                if taken:
                    await deliver(message, MailService("no-reply@journals.example", tmp_path, target))
                else:
                    with pytest.raises((aiosmtplib.SMTPException, ssl.SSLError)):
                        await deliver(message, MailService("no-reply@journals.example", tmp_path, target))
                assert inbox.of("a@b.test").empty() is not taken


def a_mail(address: str = "a@b.test") -> Mail:
    """A notice to `address`."""
    values = {"name": "А", "site": "https://journals.example", "at": "22.11.2026 10:00 UTC"}
    return Mail(MailKind.PASSWORD_CHANGED, address, "А", Language.RU, values)


@pytest.mark.parametrize("address", ["a@b.test\r\nBcc: x@evil.test", "a@b,c.test", "a@", "a@б\0в"])
def test_an_address_that_would_end_its_header_gets_no_mail(address: str) -> None:
    with pytest.raises(Unaddressable):
        message_of(a_mail(address), "no-reply@journals.example", clock.now())


def test_cyrillic_domains_are_written_as_the_net_knows_them() -> None:
    message = message_of(a_mail("ivan@почта.рф"), "no-reply@journals.example", clock.now())
    assert message["To"].addresses[0].addr_spec == "ivan@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://host.test", SmtpServer("host.test", 587, Encryption.STARTTLS)),
        ("smtps://u:p%40@host.test:4650", SmtpServer("host.test", 4650, Encryption.TLS, "u", "p@")),
        ("smtp+plain://localhost", SmtpServer("localhost", 25, Encryption.NONE)),
    ],
)
def test_where_mails_go_is_one_setting(tmp_path: Path, address: str, server: SmtpServer) -> None:
    secret = tmp_path / "url"
    secret.write_text(address + "\n")
    for given in ({"MAIL_URL": address}, {"MAIL_URL_FILE": str(secret)}):
        settings = Settings.from_environment({"DATA_FOLDER": str(tmp_path), **given})
        assert SmtpServer.at(settings.mail_url) == server
        assert "p%40" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_URL", "smtp+plain://relay.example"),
        ("MAIL_URL", "http://s3cret@host.test"),
        ("MAIL_URL", "smtp://u:s3cret@host.test:x"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b.test\nBcc: x@evil.test"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_without_its_secret(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(StartupRefused) as refused:
        Settings.from_environment({"DATA_FOLDER": str(tmp_path), name: value})
    assert name in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_whoever_starts_it_is_told_where_mails_lie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings.from_environment({"DATA_FOLDER": str(tmp_path)})
    announce(settings, [])
    warn_of_unsent_mail(settings)
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert str(tmp_path / "mail") in text
        assert "MAIL_URL" in text
    sending = Settings.from_environment({"DATA_FOLDER": str(tmp_path), "MAIL_URL": "smtps://host.test"})
    announce(sending, [])
    warn_of_unsent_mail(sending)
    said = capsys.readouterr()
    assert "MAIL_URL" not in said.out + said.err
