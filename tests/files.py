"""What the tests of files share: sending them as a browser or a script does, and looking at what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from client import Client
from conftest import Database

Part = tuple[str, bytes]


async def sent(client: Client, *parts: Part, **fields: str) -> httpx.Response:
    """The answer to a form with these files."""
    return await client.http.post("/files", files=[("file", part) for part in parts], data=fields)


async def uploaded(client: Client, *parts: Part, **fields: str) -> list[dict[str, Any]]:
    """The files as they were received."""
    answer = await sent(client, *parts, **fields)
    assert answer.status_code == 201, answer.text
    attachments: list[dict[str, Any]] = answer.json()["attachments"]
    return attachments


def code(answer: httpx.Response) -> tuple[int, str]:
    """Why it was refused."""
    return answer.status_code, answer.json()["code"]


def stored(folder: Path) -> list[Path]:
    """All that lies in the storage of a data folder, finished or not."""
    return sorted((folder / "files").iterdir())


async def nothing_received(database: Database, folder: Path) -> bool:
    """Whether neither a row nor an octet stays."""
    return await database.value("select count(*) from attachments") == 0 and stored(folder) == []
