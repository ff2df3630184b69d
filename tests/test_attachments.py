"""Files of entries: who may hold what, what stays of it, and what verification says of it."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from client import Client
from conftest import Database
from files import stored, uploaded
from tortoise.transactions import in_transaction
from world import PROBLEM, VALUES, People, main_journal, other_company, sign

from app.settings import Settings
from rules import clock, identity, orphaned_files
from rules.attachments import require_own
from rules.identifiers import decode, encode

ENTRY = "id number status revision { id number digest payload attachments { id name size mediaType digest } }"
CREATE = f"""
mutation ($input: CreateEntryInput!) {{
  createEntry(input: $input) {{ __typename ... on Entry {{ {ENTRY} }} {PROBLEM} }}
}}
"""
REVISE = f"""
mutation ($input: ReviseEntryInput!) {{
  reviseEntry(input: $input) {{ __typename ... on Entry {{ {ENTRY} }} {PROBLEM} }}
}}
"""
DAY = timedelta(hours=25)
"""Longer than what nobody holds is kept."""


@pytest.fixture
def settings(base_settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """With a data folder of the test's own, so that all that is stored in it is the test's."""
    return replace(base_settings, database_url=database.web_url, data_folder=tmp_path)


@pytest.fixture
async def people(client: Client) -> People:
    """The demo's people."""
    return await People.of(client)


async def recorded(client: Client, *files: dict[str, Any]) -> dict[str, Any]:
    """An entry that holds the files."""
    given = {"journalId": await main_journal(client), "values": VALUES, "attachmentIds": [file["id"] for file in files]}
    entry: dict[str, Any] = await client.do(CREATE, input=given)
    return entry


async def refused(client: Client, *ids: str) -> dict[str, Any]:
    """Why an entry cannot hold them."""
    given = {"journalId": await main_journal(client), "values": VALUES, "attachmentIds": list(ids)}
    return await client.refused(CREATE, input=given)


def revising(entry: dict[str, Any], *ids: str) -> dict[str, Any]:
    """The input of `reviseEntry` that changes the files."""
    return {
        "entryId": entry["id"],
        "expectedRevision": entry["revision"]["number"],
        "reason": "Другой снимок",
        "attachmentIds": list(ids),
    }


async def test_the_signed_bytes_name_the_files_in_their_order(people: People) -> None:
    worker = people.operator_employee
    first, second = await uploaded(worker, ("б.txt", b"first"), ("а.txt", b"second"))
    entry = await recorded(worker, second, first)
    assert [file["id"] for file in entry["revision"]["attachments"]] == [second["id"], first["id"]]
    import base64

    payload = json.loads(base64.b64decode(entry["revision"]["payload"]))
    assert payload["attachments"] == [
        {"name": "а.txt", "size": 6, "mediaType": "text/plain", "sha256": hashlib.sha256(b"second").hexdigest()},
        {"name": "б.txt", "size": 5, "mediaType": "text/plain", "sha256": hashlib.sha256(b"first").hexdigest()},
    ]


async def test_only_ones_own_uploads_can_be_attached(client: Client, people: People, database: Database) -> None:
    before = await database.value("select count(*) from entries")
    (mine,) = await uploaded(people.operator_employee, ("a.txt", b"mine"))
    (admins,) = await uploaded(people.operator_admin, ("a.txt", b"the admin's"))
    others = await other_company(people, client)
    (theirs,) = await uploaded(others.employee, ("a.txt", b"theirs"))
    unknown = encode("Attachment", uuid4())
    problems = [await refused(people.operator_employee, mine["id"], id) for id in (admins["id"], theirs["id"], unknown)]
    assert {(problem["code"], problem["field"]) for problem in problems} == {("NOT_FOUND", "attachmentIds")}
    assert len({problem["message"] for problem in problems}) == 1
    twice = await refused(people.operator_employee, mine["id"], mine["id"])
    assert (twice["code"], twice["field"]) == ("INVALID", "attachmentIds")
    files = await uploaded(people.operator_employee, *[(f"{number}.txt", b"a") for number in range(20)])
    many = await refused(people.operator_employee, mine["id"], *[file["id"] for file in files])
    assert (many["code"], many["details"]) == ("INVALID", {"most": 20})
    assert await database.value("select count(*) from entries") == before + 1, "the other company's own"
    assert await database.value("select count(*) from revision_attachments") == 0


async def test_a_revision_keeps_takes_and_drops_files(people: People, database: Database) -> None:
    """An admin revises an employee's entry: what the entry holds may stay, what they uploaded themselves may come."""
    a, b = await uploaded(people.operator_employee, ("a.txt", b"a"), ("b.txt", b"b"))
    (c,) = await uploaded(people.operator_admin, ("c.txt", b"c"))
    entry = await recorded(people.operator_employee, a, b)
    other = await recorded(people.operator_employee)
    problem = await people.operator_admin.refused(REVISE, input=revising(other, a["id"]))
    assert problem["code"] == "NOT_FOUND", "it is held by another entry"
    revised = await people.operator_admin.do(REVISE, input=revising(entry, b["id"], c["id"]))
    assert [file["name"] for file in revised["revision"]["attachments"]] == ["b.txt", "c.txt"]
    again = await people.operator_admin.do(REVISE, input=revising(revised, a["id"]))
    assert [file["name"] for file in again["revision"]["attachments"]] == ["a.txt"], "an earlier revision held it"
    assert await database.value("select count(*) from attachments") == 3


async def test_files_are_seen_with_their_entry(client: Client, people: People) -> None:
    (file,) = await uploaded(people.operator_employee, ("a.txt", b"text"))
    address = f"/files/{file['id']}"
    assert (await people.subscriber_employee.http.get(address)).status_code == 404
    await recorded(people.operator_employee, file)
    for somebody in (people.subscriber_employee, people.subscriber_admin, people.operator_admin, people.owner):
        assert (await somebody.http.get(address)).content == b"text"
    others = await other_company(people, client)
    for stranger in (others.admin, others.employee):
        assert (await stranger.http.get(address)).status_code == 404


async def verification(client: Client, code: str, language: str = "ru") -> dict[str, Any]:
    """What the public page's rule says, in words."""
    answer = await client.ask(
        "query ($code: String!) { verifySignature(code: $code) { indication standing summary } }", code=code
    )
    page = await client.http.get(f"/verify/{code}?lang={language}", headers={"accept": "text/html"})
    return {**answer["verifySignature"], "page": page.text}


def path_of(settings: Settings, content: bytes) -> Path:
    """Where the storage holds it."""
    (path,) = [path for path in stored(settings.data_folder) if path.read_bytes() == content]
    return path


async def test_verification_names_the_file_that_is_not_what_was_signed(
    client: Client, people: People, settings: Settings
) -> None:
    parts = [("Насос.txt", b"ten metres"), ("Акт.txt", b"all is well"), ("План.txt", b"as built")]
    entry = await recorded(people.operator_employee, *await uploaded(people.operator_employee, *parts))
    signature = await sign(people.operator_employee, entry)
    intact = await verification(client, signature["verificationCode"])
    assert "Внимание" not in intact["summary"]
    assert intact["page"].count("совпадает с подписанным") == 3
    path_of(settings, b"all is well").write_bytes(b"all is evil")
    path_of(settings, b"as built").unlink()
    broken = await verification(client, signature["verificationCode"])
    assert (broken["indication"], broken["standing"]) == ("TOTAL_PASSED", "CURRENT"), "the axes are not mixed"
    assert broken["summary"].endswith(
        "Внимание: изменён после подписания файл «Акт.txt»; нет в хранилище файла «План.txt»."
    )
    assert broken["page"].count("совпадает с подписанным") == 1
    assert "ИЗМЕНЁН после подписания" in broken["page"]
    assert "ОТСУТСТВУЕТ в хранилище" in broken["page"]
    english = await verification(client, signature["verificationCode"], "en")
    assert "the file “Акт.txt” was changed after it was signed; the file “План.txt” is gone" in english["page"]


async def test_a_row_that_was_changed_with_the_file_deceives_nobody(
    client: Client, people: People, settings: Settings, database: Database
) -> None:
    """What the signed bytes say counts: changing stored file, size and digest in the table alike is seen."""
    (file,) = await uploaded(people.operator_employee, ("Акт.txt", b"all is well"))
    signature = await sign(people.operator_employee, await recorded(people.operator_employee, file))
    path_of(settings, b"all is well").write_bytes(b"evil")
    await database.fetch("alter table attachments disable trigger user")  # as only its owner can
    await database.fetch(
        "update attachments set size = 4, digest = $1 returning id", hashlib.sha256(b"evil").hexdigest()
    )
    assert "«Акт.txt»" in (await verification(client, signature["verificationCode"]))["summary"]


async def test_what_nobody_holds_is_removed_after_a_day(people: People, settings: Settings, database: Database) -> None:
    worker = people.operator_employee
    held, kept, lost = await uploaded(worker, ("held.txt", b"held"), ("kept.txt", b"kept"), ("lost.txt", b"lost"))
    await recorded(worker, held)
    journal = await main_journal(worker)
    saved = await worker.do(
        f"""mutation ($input: SaveDraftInput!) {{
            saveDraft(input: $input) {{ __typename ... on Draft {{ id }} {PROBLEM} }} }}""",
        input={"journalId": journal, "values": {}, "attachmentIds": [kept["id"]]},
    )
    leftover = settings.data_folder / "files" / "0123456789abcdef"
    leftover.write_bytes(b"stored, and then the process was killed")
    yesterday = (clock.now() - DAY).timestamp()
    os.utime(leftover, (yesterday, yesterday))
    assert await orphaned_files.remove(clock.now()) == 0
    assert await database.value("select count(*) from attachments") == 3
    assert not leftover.exists()
    assert await orphaned_files.remove(clock.now() + DAY) == 1
    assert (await worker.http.get(f"/files/{lost['id']}")).status_code == 404
    for file, content in ((held, b"held"), (kept, b"kept")):
        assert (await worker.http.get(f"/files/{file['id']}")).content == content
    await worker.ask("mutation ($id: ID!) { discardDraft(id: $id) }", id=saved["id"])
    assert await orphaned_files.remove(clock.now() + DAY) == 1
    assert [path.read_bytes() for path in stored(settings.data_folder)] == [b"held"]


async def test_another_databases_files_are_not_removed(people: People, settings: Settings) -> None:
    (file,) = await uploaded(people.operator_employee, ("a.txt", b"ours"))
    for number in range(101):
        (settings.data_folder / "files" / f"another{number}").write_bytes(b"theirs")
    assert await orphaned_files.remove(clock.now() + DAY) == 1, "our own orphan goes all the same"
    assert len(stored(settings.data_folder)) == 101
    assert (await people.operator_employee.http.get(f"/files/{file['id']}")).status_code == 404


async def test_the_job_waits_for_who_attaches_and_they_for_the_job(people: People, settings: Settings) -> None:
    """Whoever comes first has the file: it is never attached and removed."""
    worker = people.operator_employee
    (file,) = await uploaded(worker, ("a.txt", b"text"))
    id = decode(file["id"], "Attachment", "id")
    actor = await identity.actor_of_token(str(worker.token), clock.now())
    assert actor
    outside = contextvars.copy_context()
    async with in_transaction():
        assert [found.id for found in await require_own(actor, [id], "attachmentIds")] == [id]
        # In the context from before: it must not share the transaction.
        removal = asyncio.create_task(orphaned_files.remove(clock.now() + DAY), context=outside)
        assert await asyncio.wait_for(removal, 10) == 0
    assert (await worker.http.get(f"/files/{file['id']}")).status_code == 200


async def test_many_attach_while_the_job_runs(people: People, settings: Settings, database: Database) -> None:
    worker = people.operator_employee
    files = [
        file
        for _ in range(2)
        for file in await uploaded(worker, *[(f"{number}.txt", str(number).encode()) for number in range(8)])
    ]
    attached = asyncio.gather(*[attach(worker, file) for file in files])
    removed = asyncio.gather(*[orphaned_files.remove(clock.now() + DAY) for _ in range(6)])
    outcomes, counts = await attached, await removed
    assert len(files) == outcomes.count(True) + sum(counts) == 16
    held = await database.value("select count(*) from revision_attachments")
    assert held == outcomes.count(True) == await database.value("select count(*) from attachments")
    assert len(stored(settings.data_folder)) == held


async def attach(client: Client, file: dict[str, Any]) -> bool:
    """Whether an entry got the file; otherwise it was gone, and no entry was made."""
    given = {"journalId": await main_journal(client), "values": VALUES, "attachmentIds": [file["id"]]}
    (answer,) = (await client.ask(CREATE, input=given)).values()
    assert answer["__typename"] == "Entry" or answer["code"] == "NOT_FOUND"
    return bool(answer["__typename"] == "Entry")
