"""Files through HTTP: what is taken, what is not, what is handed out and to whom."""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import io
import json
import unicodedata
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
import uvicorn
from client import Client
from conftest import Database, Server, Template
from files import code, nothing_received, sent, stored, uploaded
from pictures import ORIENTATION, metadata, picture, pixels, places
from world import People, other_company

from app.assembly import build
from app.demo import OPERATOR_ADMIN, OPERATOR_EMPLOYEE
from app.settings import Settings
from rules.file_kinds import FileKind
from rules.file_limits import MIB
from rules.identifiers import encode

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
HEIC = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(200)


@pytest.fixture
def settings(base_settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """With a data folder of the test's own, so that all that is stored in it is the test's."""
    return replace(base_settings, database_url=database.web_url, data_folder=tmp_path)


@pytest.fixture
async def people(client: Client) -> People:
    """The demo's people."""
    return await People.of(client)


def archive(*names: str) -> bytes:
    """A ZIP of small parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "content")
    return out.getvalue()


def open_document(media_type: str) -> bytes:
    """As LibreOffice begins one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("mimetype", media_type)
        file.writestr("content.xml", "<x/>")
    return out.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")


async def test_a_photo_loses_its_place_and_comes_back(people: People, settings: Settings) -> None:
    before = picture("JPEG")
    (photo,) = await uploaded(people.operator_employee, ("Насосная.jpg", before))
    answer = await people.operator_employee.http.get(f"/files/{photo['id']}")
    assert answer.status_code == 200
    after = answer.content
    assert photo == {
        "id": photo["id"],
        "name": "Насосная.jpg",
        "size": len(after),
        "mediaType": "image/jpeg",
        "digest": hashlib.sha256(after).hexdigest(),
        "locationRemoved": True,
    }
    assert places(before)
    assert not places(after)
    assert metadata(after)[ORIENTATION] == 6
    assert pixels(after) == pixels(before)
    assert [path.read_bytes() for path in stored(settings.data_folder)] == [after]
    (folder,) = {path.parent for path in stored(settings.data_folder)}
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_a_place_is_kept_by_choice(people: People) -> None:
    before = picture("JPEG")
    (photo,) = await uploaded(people.operator_employee, ("photo.jpg", before), location="keep")
    assert photo["locationRemoved"] is False
    assert (await people.operator_employee.http.get(f"/files/{photo['id']}")).content == before


async def test_how_a_file_is_handed_out(people: People) -> None:
    (file,) = await uploaded(people.operator_employee, ('Акт "№ 5"; план.pdf', PDF))
    address = f"/files/{file['id']}"
    http = people.operator_employee.http
    answer = await http.get(address)
    headers = answer.headers
    assert answer.content == PDF
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["cache-control"] == "private, no-cache"
    disposition = headers["content-disposition"]
    assert disposition.startswith('attachment; filename="')
    assert disposition.isascii()
    assert unquote(disposition.partition("filename*=UTF-8''")[2]) == 'Акт "№ 5"; план.pdf'
    assert disposition.count('"') == 2
    tag = headers["etag"]
    unchanged = await http.get(address, headers={"if-none-match": f'"other", {tag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await http.get(address, headers={"if-none-match": '"other"'})).status_code == 200
    head = await http.head(address)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(PDF)))


KINDS = {
    "image/png": picture("PNG", place=False),
    "image/webp": picture("WEBP", place=False),
    "image/avif": picture("AVIF", place=False),
    "application/pdf": PDF,
    "text/plain": "Показания счётчика: 12,5 м³\r\n\tвсё".encode(),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": XLSX,
    "application/vnd.oasis.opendocument.text": open_document("application/vnd.oasis.opendocument.text"),
    "application/vnd.oasis.opendocument.spreadsheet": open_document("application/vnd.oasis.opendocument.spreadsheet"),
}


async def test_kinds_are_told_by_content(people: People) -> None:
    worker = people.operator_employee
    for media_type, content in KINDS.items():
        (file,) = await uploaded(worker, ("photo.exe", content))
        assert file["mediaType"] == media_type
        assert file["name"].startswith("photo.exe."), "the name ends as what it is"
        answer = await worker.http.get(f"/files/{file['id']}")
        assert (answer.content, answer.headers["content-type"]) == (content, media_type)
    (heic,) = await uploaded(worker, ("IMG_1.HEIC", HEIC), location="keep")
    assert (heic["mediaType"], heic["name"]) == ("image/heic", "IMG_1.HEIC")
    (table,) = await uploaded(worker, ("датчики.CSV", "адрес;показание\n1;2".encode("cp1251")))
    assert (table["mediaType"], table["name"]) == ("text/csv", "датчики.CSV")
    (notes,) = await uploaded(worker, ("notes", codecs.BOM_UTF16_LE + "заметки".encode("utf-16-le")))
    assert (notes["mediaType"], notes["name"]) == ("text/plain", "notes.txt")


NOT_TAKEN = {
    "program": b"MZ\x90\0\x03\0\0\0" + bytes(500),
    "script in a picture's name": b"\x7fELF\x02\x01\x01\0" + bytes(100),
    "gif": b"GIF89a\x01\0\x01\0\0\0\0;",
    "archive": archive("secret.txt"),
    "macros": archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "two in one: text before an archive": b"plain words\0" + DOCX,
    "half an archive": DOCX[:-30],
    "film": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(100),
    "control characters": b"text \x1b[31m red",
    "broken UTF-16": codecs.BOM_UTF16_LE + b"\x00\xd8\x00",
    "other open document": open_document("application/vnd.oasis.opendocument.graphics"),
}


async def test_what_is_none_of_them_is_not_taken(people: People, database: Database, settings: Settings) -> None:
    for content in NOT_TAKEN.values():
        answer = await sent(people.operator_employee, ("photo.jpg", content))
        assert code(answer) == (415, "UNSUPPORTED_KIND")
        assert "photo.jpg" in answer.json()["detail"]
    assert await nothing_received(database, settings.data_folder)


async def test_polyglots_stay_what_they_begin_as(people: People) -> None:
    """A picture or a document that is a page or an archive as well is handed out as what it was taken for, and a
    picture loses what follows it."""
    script = b"<script>alert(1)</script>"
    plain = picture("JPEG", place=False)
    (photo,) = await uploaded(people.operator_employee, ("a.html", plain + script + archive("a.txt")))
    answer = await people.operator_employee.http.get(f"/files/{photo['id']}")
    assert answer.content == plain
    (paper,) = await uploaded(people.operator_employee, ("a.html", PDF + script))
    answer = await people.operator_employee.http.get(f"/files/{paper['id']}")
    assert (answer.content, answer.headers["content-type"]) == (PDF + script, "application/pdf")
    (text,) = await uploaded(people.operator_employee, ("a.html", script))
    answer = await people.operator_employee.http.get(f"/files/{text['id']}")
    assert (answer.headers["content-type"], text["name"]) == ("text/plain", "a.html.txt")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Иван\\фото.txt", "фото.txt"),
        ("..", "file.txt"),
        (".txt", "txt.txt"),
        ("a\u202etxt.exe", "atxt.exe.txt"),
        ("  два\t пробела .txt", "два пробела.txt"),
        (unicodedata.normalize("NFD", "Ёлка й.txt"), "Ёлка й.txt"),
        ("я" * 400 + ".txt", "я" * 251 + ".txt"),
        ("photo.TXT", "photo.TXT"),
        ("a/b/", "file.txt"),
    ],
)
def test_names_are_made_safe(given: str, kept: str) -> None:
    from rules.file_kinds import safe_name

    assert safe_name(given, FileKind.TXT) == kept


async def test_a_path_in_a_name_leads_nowhere(people: People, settings: Settings) -> None:
    (file,) = await uploaded(people.operator_employee, ("../../../../tmp/evil.txt", b"text"))
    assert file["name"] == "evil.txt"
    assert len(stored(settings.data_folder)) == 1
    assert not (settings.data_folder / "evil.txt").exists()


async def test_forms_that_cannot_be_read(people: People, database: Database, settings: Settings) -> None:
    http = people.operator_employee.http
    assert code(await http.post("/files", json={})) == (400, "NOT_A_FORM")
    assert code(await http.post("/files", data={"location": "keep"}, files={"other": ("a.txt", b"a")})) == (
        400,
        "NO_FILE",
    )
    assert code(await sent(people.operator_employee, ("a.txt", b"a"), location="both")) == (400, "NOT_A_FORM")
    assert code(await sent(people.operator_employee, ("a.txt", b""))) == (400, "EMPTY_FILE")
    assert code(await sent(people.operator_employee, ("", b""))) == (400, "NO_FILE")
    unbounded = {"content-type": "multipart/form-data"}
    assert code(await http.post("/files", content=b"--x\r\nnonsense", headers=unbounded)) == (400, "NOT_A_FORM")
    empty = {"content-type": "multipart/form-data; boundary=x"}
    assert code(await http.post("/files", content=b"--x\r\nnonsense", headers=empty)) == (400, "NO_FILE")
    assert await nothing_received(database, settings.data_folder)


async def test_one_bad_file_and_none_is_taken(people: People, database: Database, settings: Settings) -> None:
    good = ("a.txt", b"good")
    assert code(await sent(people.operator_employee, good, ("b.exe", b"MZ\0"))) == (415, "UNSUPPORTED_KIND")
    damaged = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(30)
    answer = await sent(people.operator_employee, good, ("b.jpg", damaged))
    assert code(answer) == (422, "DAMAGED_FILE")
    assert "location=keep" in answer.json()["detail"]
    assert await nothing_received(database, settings.data_folder)
    (kept,) = await uploaded(people.operator_employee, ("b.jpg", damaged), location="keep")
    assert kept["locationRemoved"] is False


async def test_refusals_are_in_the_visitors_language(people: People) -> None:
    answer = await people.operator_employee.http.post("/files?lang=en", files={"file": ("a.exe", b"MZ\0")})
    assert answer.headers["content-type"] == "application/problem+json"
    assert "is not taken" in answer.json()["detail"]
    russian = await people.operator_employee.http.post("/files?lang=ru", files={"file": ("a.exe", b"MZ\0")})
    assert "не принимается" in russian.json()["detail"]


async def test_who_may_send(client: Client, people: People, database: Database, settings: Settings) -> None:
    file = ("a.txt", b"text")
    assert code(await sent(client, file)) == (401, "UNAUTHENTICATED")
    for stranger in (people.subscriber_admin, people.subscriber_employee, people.owner):
        assert code(await sent(stranger, file)) == (403, "FORBIDDEN")
    assert await nothing_received(database, settings.data_folder)
    await uploaded(people.operator_admin, file)


async def test_a_cookie_counts_only_from_our_own_pages(
    client: Client, people: People, database: Database, settings: Settings
) -> None:
    cookie = {"cookie": f"session={people.operator_employee.token}"}
    for name, value in (("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")):
        answer = await client.http.post("/files", files={"file": ("a.txt", b"text")}, headers=cookie | {name: value})
        assert code(answer) == (401, "UNAUTHENTICATED")
    assert await nothing_received(database, settings.data_folder)
    own = cookie | {"origin": client.address, "sec-fetch-site": "same-origin"}
    answer = await client.http.post("/files", files={"file": ("a.txt", b"text")}, headers=own)
    assert answer.status_code == 201


async def test_unknown_and_foreign_files_look_the_same(client: Client, people: People) -> None:
    (mine,) = await uploaded(people.operator_employee, ("a.txt", b"text"))
    others = await other_company(people, client)
    (theirs,) = await uploaded(others.employee, ("b.txt", b"theirs"))
    from uuid import uuid4

    unknown = encode("Attachment", uuid4())
    journal = encode("Journal", uuid4())
    answers = [
        await people.operator_employee.http.get(f"/files/{id}")
        for id in (theirs["id"], unknown, journal, "nonsense", "x" * 3000)
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    for other in (others.admin, people.operator_admin, people.subscriber_employee, people.owner):
        assert code(await other.http.get(f"/files/{mine['id']}")) == (404, "NOT_FOUND")
    assert code(await client.http.get(f"/files/{mine['id']}")) == (401, "UNAUTHENTICATED")
    tag = f'"{theirs["digest"]}"'
    answer = await people.operator_employee.http.get(f"/files/{theirs['id']}", headers={"if-none-match": tag})
    assert answer.status_code == 404


async def test_a_changed_file_is_not_handed_out(people: People, settings: Settings) -> None:
    (file,) = await uploaded(people.operator_employee, ("Акт.txt", b"ten metres"))
    (path,) = stored(settings.data_folder)
    path.write_bytes(b"tin metres")
    answer = await people.operator_employee.http.get(f"/files/{file['id']}")
    assert code(answer) == (409, "FILE_CHANGED")
    assert "Акт.txt" in answer.json()["detail"]
    assert "metres" not in answer.text
    path.unlink()
    assert code(await people.operator_employee.http.get(f"/files/{file['id']}")) == (410, "FILE_MISSING")


@asynccontextmanager
async def served(settings: Settings, **changes: object) -> AsyncIterator[str]:
    """The product with other settings."""
    configuration = uvicorn.Config(build(replace(settings, **changes)), lifespan="on", log_config=None)  # type: ignore[arg-type]
    async with Server(configuration).running() as address:
        yield address


async def test_limits_are_those_of_the_settings(template: Template, database: Database, settings: Settings) -> None:
    token = template.tokens[OPERATOR_EMPLOYEE]
    changes = {"file_mib": 1, "files_per_entry": 2, "file_kinds": (FileKind.TXT,), "files_unheld_mib": 2}
    async with served(settings, **changes) as address, Client(address, token) as worker:
        most = b"a" * MIB
        assert code(await sent(worker, ("a.txt", most + b"a"))) == (413, "TOO_LARGE")
        assert code(await sent(worker, ("a.pdf", PDF))) == (415, "UNSUPPORTED_KIND")
        assert code(await sent(worker, *[("a.txt", b"a")] * 3)) == (400, "TOO_MANY_FILES")
        assert code(await sent(worker, *[("a.txt", most + b"a")] * 3)) == (413, "TOO_LARGE")
        assert await nothing_received(database, settings.data_folder)
        await uploaded(worker, ("a.txt", most))
        await uploaded(worker, ("b.txt", most))
        answer = await sent(worker, ("c.txt", b"one more"))
        assert code(answer) == (409, "QUOTA_EXCEEDED")
        assert len(stored(settings.data_folder)) == 2


async def test_uploads_at_once_do_not_pass_the_quota(
    template: Template, database: Database, settings: Settings
) -> None:
    token = template.tokens[OPERATOR_EMPLOYEE]
    async with served(settings, file_mib=1, files_unheld_mib=2) as address, Client(address, token) as worker:
        answers = await asyncio.gather(*[sent(worker, ("a.txt", b"a" * (900 * 1024))) for _ in range(4)])
    assert sorted(code(answer) if answer.status_code != 201 else (201, "") for answer in answers) == [
        *[(201, "")] * 2,
        *[(409, "QUOTA_EXCEEDED")] * 2,
    ]
    assert await database.value("select sum(size) from attachments") == 2 * 900 * 1024
    assert len(stored(settings.data_folder)) == 2


async def test_requests_of_one_person_are_counted(template: Template, settings: Settings) -> None:
    async with (
        served(settings, file_uploads_per_minute=2) as address,
        Client(address, template.tokens[OPERATOR_EMPLOYEE]) as worker,
        Client(address, template.tokens[OPERATOR_ADMIN]) as other,
    ):
        for _ in range(2):
            await uploaded(worker, ("a.txt", b"a"))
        answer = await sent(worker, ("a.txt", b"a"))
        assert code(answer) == (429, "RATE_LIMITED")
        assert answer.headers["retry-after"] == "60"
        await uploaded(other, ("a.txt", b"a"))


def begun(people: People, length: int) -> bytes:
    """The beginning of a request whose body is said to have `length` octets."""
    return (
        f"POST /files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {people.operator_employee.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    ).encode()


async def test_an_upload_that_breaks_off_leaves_nothing(
    server: str, people: People, database: Database, settings: Settings
) -> None:
    host = urlsplit(server)
    _, writer = await asyncio.open_connection(host.hostname, host.port)
    writer.write(begun(people, 5_000_000) + b"a" * 2_000_000)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await uploaded(people.operator_admin, ("b.txt", b"afterwards"))  # the server goes on
    assert await database.value("select count(*) from attachments") == 1
    assert len(stored(settings.data_folder)) == 1


async def test_slow_senders_do_not_take_every_place(server: str, people: People) -> None:
    host = urlsplit(server)
    opened = []
    for _ in range(4):
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        writer.write(begun(people, 5000).replace(b"Host: x", b"Host: x\r\nExpect: 100-continue"))
        assert b" 100 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)  # it has a place
        opened.append(writer)
    answer = await sent(people.operator_employee, ("a.txt", b"a"))
    assert code(answer) == (503, "BUSY")
    assert answer.headers["retry-after"] == "60"
    await uploaded(people.operator_admin, ("a.txt", b"a"))
    for writer in opened:
        writer.close()
        await writer.wait_closed()


async def test_a_large_file_is_announced_and_not_read(server: str, people: People) -> None:
    host = urlsplit(server)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    writer.write(begun(people, 10**12))
    await writer.drain()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert b" 413 " in head.partition(b"\r\n")[0]
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert json.loads(await asyncio.wait_for(reader.readexactly(length), 5))["code"] == "TOO_LARGE"
    writer.close()
    await writer.wait_closed()


async def test_other_methods_are_not_allowed(people: People) -> None:
    (file,) = await uploaded(people.operator_employee, ("a.txt", b"text"))
    answers: list[httpx.Response] = [
        await people.operator_employee.http.delete(f"/files/{file['id']}"),
        await people.operator_employee.http.get("/files"),
    ]
    assert [answer.status_code for answer in answers] == [405, 405]
