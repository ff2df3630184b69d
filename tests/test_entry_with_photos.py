"""The whole way of an entry with ten photos of 5 MB: sent, signed by both sides, handed out, verified; and then one
octet of one photo is changed on the disk."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from client import Client
from conftest import Database
from files import stored, uploaded
from pictures import photo, pixels, places
from shown import Show
from test_attachments import path_of, recorded, verification
from world import People, sign

from app.settings import Settings

PHOTOS, OCTETS = 10, 5 * 1000 * 1000
MEMORY_MIB = 120
"""What the process may grow by, while 50 MB come and go: far less than they are."""
Answer = TypeVar("Answer")


@pytest.fixture
def settings(base_settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """With a data folder of the test's own."""
    return replace(base_settings, database_url=database.web_url, data_folder=tmp_path)


def resident() -> float:
    """What the process holds in memory now, in MiB; client and server are one here."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1024**2


async def test_an_entry_with_ten_photos(client: Client, settings: Settings, shown: Show) -> None:
    people = await People.of(client)
    worker, customer = people.operator_employee, people.subscriber_employee
    photos = [await asyncio.to_thread(photo, OCTETS) for _ in range(PHOTOS)]
    names = [f"Фото {number}.jpg" for number in range(1, PHOTOS + 1)]
    rows = []

    async def step(what: str, doing: Awaitable[Answer]) -> Answer:
        memory, began = resident(), time.perf_counter()
        answer = await doing
        rows.append([what, f"{time.perf_counter() - began:.2f} s", f"{resident() - memory:+.0f} MiB"])
        return answer

    async def upload() -> list[dict[str, str]]:
        return [
            file
            for name, content in zip(names, photos, strict=True)
            for file in await uploaded(worker, (name, content))
        ]

    async def download() -> list[bytes]:
        return [(await customer.http.get(f"/files/{file['id']}")).content for file in files]

    files = await step(f"{PHOTOS} photos of {len(photos[0]) / 1e6:.1f} MB sent, one a request", upload())
    assert all(file["locationRemoved"] for file in files)
    entry = await step("recorded", recorded(worker, *files))
    await step("signed by the operator", sign(worker, entry))
    signature = await step("signed by the subscriber", sign(customer, entry))
    assert signature["entry"]["status"] == "SIGNED"
    got = await step("all handed out to the subscriber, who holds them", download())
    signed = [file["digest"] for file in entry["revision"]["attachments"]]
    assert [hashlib.sha256(content).hexdigest() for content in got] == signed
    assert not any(places(content) for content in got)
    assert pixels(got[0]) == pixels(photos[0])
    intact = await step("verified", verification(client, signature["verificationCode"]))
    assert intact["indication"] == "TOTAL_PASSED"
    assert "Внимание" not in intact["summary"] + intact["page"]

    path = path_of(settings, got[6])
    with path.open("r+b") as file:
        file.seek(2_000_000)
        octet = file.read(1)
        file.seek(2_000_000)
        file.write(bytes([octet[0] ^ 1]))
    assert len(stored(settings.data_folder)) == PHOTOS
    broken = await step("verified with one octet changed", verification(client, signature["verificationCode"]))
    assert (broken["indication"], broken["standing"]) == ("TOTAL_PASSED", "CURRENT")
    assert broken["summary"].endswith("Внимание: изменён после подписания файл «Фото 7.jpg».")
    assert broken["page"].count("ИЗМЕНЁН после подписания") == 1
    answers = [await customer.http.get(f"/files/{file['id']}") for file in files]
    assert [answer.status_code for answer in answers] == [200] * 6 + [409] + [200] * 3
    assert answers[6].json()["code"] == "FILE_CHANGED"
    rows.append(["what it says then", broken["summary"], ""])
    shown("An entry with photos", ["step", "time", "memory"], rows)


async def test_memory_does_not_grow_with_what_is_sent(client: Client, shown: Show) -> None:
    worker = (await People.of(client)).operator_employee
    content = await asyncio.to_thread(photo, OCTETS)
    most = before = resident()
    began = time.perf_counter()

    async def watched() -> None:
        nonlocal most
        while True:
            most = max(most, resident())
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watched())
    # Ten parts are one request of 50 MB: the client of this very process holds it whole, and says so.
    await uploaded(worker, *[(f"{number}.jpg", content) for number in range(PHOTOS)])
    watching.cancel()
    grown = most - before
    rows = [
        [f"{PHOTOS * len(content) / 1e6:.0f} MB", f"{time.perf_counter() - began:.2f} s", f"{grown:+.0f} MiB at most"]
    ]
    shown("One request of ten photos, client and server in one process", ["sent", "time", "memory"], rows)
    assert grown < MEMORY_MIB
