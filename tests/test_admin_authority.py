"""The authority's own page, and the lists of what ended and why."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from client import Client
from conftest import PASSPHRASE, Database
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from test_admin_certificates import act, altered, reported, workers_certificate
from test_admin_door import Visitor, superadmin
from test_admin_screens import rows, texts

from admin.authority import ends, key_place
from app import demo

PAGE = "/admin/authority"


def plain(page: str) -> str:
    """The words of a page, without its markup and with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def files(folder: Path, kind: str) -> list[bytes]:
    """The authority's files of one kind."""
    return [path.read_bytes() for path in folder.glob(f"*.{kind}")]


async def test_the_page_shows_the_authority_and_no_secret(server: str, authority_folder: Path) -> None:
    async with superadmin(server) as visitor:
        page = (await visitor.get(PAGE)).text
        english = plain((await visitor.get(f"{PAGE}?lang=en")).text)
    shown = plain(page)
    for pem in files(authority_folder, "crt"):
        assert x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex() in shown
    for words in ("файл issuing-1.key", "файл ocsp-1.key", "файл time-stamping-1.key", "выпускает сейчас"):
        assert words in shown, words
    assert "унесите его в сейф" in shown
    assert "устарел" not in shown
    assert "issues now" in english
    for secret in (PASSPHRASE, b"s" * 32, *files(authority_folder, "key")):
        assert secret.decode() not in page
        assert b64encode(secret).decode() not in page


async def test_the_page_counts_what_waits_and_warns_of_what_is_late(
    server: str, client: Client, database: Database
) -> None:
    async with superadmin(server) as visitor:
        before = plain((await visitor.get(PAGE)).text)
        for words in ("1 Заявки ждут решения 0 Сообщения", "0 Сертификаты кончаются"):
            assert words in before, words
        await reported(client, database)
        await database.fetch("update compromise_reports set decide_by = now()")
        await database.fetch("update certificate_requests set expires_at = now() where status = 'SUBMITTED'")
        holder = "select c.id from certificates c join users u on u.id = c.user_id where email = $1"
        ending_soon = str(await database.value(holder, demo.SUBSCRIBER_ADMIN))
        await altered(database, "not_after = now() + interval '29 days'", ending_soon)
        await database.fetch("alter table revocation_lists disable trigger user")
        await database.fetch("update revocation_lists set this_update = this_update - interval '27 hours'")
        page = (await visitor.get(PAGE)).text
        for words in (
            "0 Заявки ждут решения",
            "1 Сообщения о компрометации ждут решения Просрочено: 1",
            "1 Сертификаты кончаются за 30 дней",
            "27 ч",
            "устарел: задание обновления не выполняется",
        ):
            assert words in plain(page), words
        (ending,) = re.findall(r'href="(/admin/certificate/list\?[^"]*)"', page)
        assert len(await texts(visitor, ending.replace("&amp;", "&"))) == 1
    async with Visitor(server) as stranger:
        answer = await stranger.get(PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")


def test_a_key_in_a_token_is_told_by_its_labels_alone() -> None:
    told = key_place("pkcs11:token=%D0%A3%D0%A6;object=issuing-2;id=%0A%0B?pin-value=1234&module-path=/lib/x.so")
    assert re.findall(r"[\w-]+", told)[1::2] == ["УЦ", "issuing-2"]
    assert "1234" not in told


def test_an_end_is_warned_of_a_month_before() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert ends(now + timedelta(days=31), now) is None
    assert "30" in str(ends(now + timedelta(days=30), now))
    assert ends(now, now)


async def test_reports_wait_with_their_deadline_until_they_are_decided(
    server: str, client: Client, database: Database
) -> None:
    address = "/admin/compromise-report/list"
    id = await reported(client, database)
    async with superadmin(server) as visitor:
        assert '<option value="undecided" selected>' in (await visitor.get(address)).text
        ((_, holder, *_),) = await texts(visitor, address)
        assert holder == "Ёлкин Иван Петрович"
        await database.fetch("update compromise_reports set decide_by = now()")
        ((*_, deadline, _, outcome, _),) = await texts(visitor, address)
        assert deadline.endswith("МСК: просрочено")
        assert outcome == "—"
        assert (await act(visitor, "release", id, {"comment": "Нашлось"}))[0] == 303
        assert await texts(visitor, address) == [["Ничего нет."]]
        ((*_, deadline, _, outcome, _),) = await texts(visitor, f"{address}?decided_at=decided")
        assert (deadline[-3:], outcome) == ("МСК", "Возобновлён")
        assert (await visitor.get(f"{address}?decided_at=x")).status_code == 404
        await reported(client, database)
        decided_last = [row[-2] for row in await texts(visitor, f"{address}?decided_at=all")]
        assert decided_last == ["—", "Возобновлён"]


async def test_the_last_revocation_list_is_to_be_had(server: str, database: Database) -> None:
    id = await workers_certificate(database)
    async with superadmin(server) as visitor:
        assert (await act(visitor, "suspend", id, {"comment": "Проверяем"}))[0] == 303
        listed = await visitor.get("/admin/revocation-list/list")
        newest = rows(listed.text, "revocation-list")[0]
        (address,) = re.findall(r'href="(/pki/issuing-\w+\.crl)"', listed.text)
        der = await database.value("select der from revocation_lists where id = $1", newest)
        assert (await visitor.get(address)).content == der
        assert isinstance(der, bytes)
        assert b64encode(der).decode() not in listed.text
        serial = await database.value("select serial from certificates where id = $1", id)
        (change,) = await texts(visitor, "/admin/certificate-status-change/list")
        assert (change[2], change[3]) == (serial, "Приостановлен")
