"""A stranger takes three files and verifies a signature with openssl alone."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from client import Client
from conftest import Database

SIGNATURES = """
select s.code, r.digest, r.payload from signatures s join revisions r on r.id = s.revision_id
join entries e on e.id = s.entry_id where e.client_id = $1 order by r.number, s.side
"""


async def run(folder: Path, *command: str) -> tuple[int, str]:
    """The exit code and the output of a program run in `folder`."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode or 0, output.decode()


async def download(client: Client, path: str, folder: Path) -> Path:
    """Save what `path` serves under the name it is served by."""
    answer = await client.http.get(path)
    assert answer.status_code == 200
    name = re.fullmatch(r'attachment; filename="([\w.-]+)"', answer.headers["content-disposition"])
    assert name
    file = folder / name[1]
    file.write_bytes(answer.content)
    return file


@pytest.mark.parametrize("entry", ["demo-signed", "demo-revised"])  # the latter's first signature is superseded
async def test_the_lines_on_the_page_verify(client: Client, database: Database, tmp_path: Path, entry: str) -> None:
    signature = (await database.fetch(SIGNATURES, entry))[0]
    path = f"/verify/{signature['code']}"
    payload = await download(client, f"{path}/payload.json", tmp_path)
    await download(client, f"{path}/signature.p7s", tmp_path)
    await download(client, "/pki/chain.pem", tmp_path)
    assert payload.read_bytes() == signature["payload"]

    lines = re.search(r"<pre>(.*?)</pre>", (await client.http.get(path)).text, re.DOTALL)
    assert lines
    verify, digest = (shlex.split(line) for line in unescape(lines[1]).strip().splitlines())
    assert await run(tmp_path, *verify) == (0, "CMS Verification successful\n")
    status, output = await run(tmp_path, *digest)
    assert status == 0
    assert signature["digest"] in output

    for position in (10, len(signature["payload"]) // 2):
        changed = bytearray(signature["payload"])
        changed[position] ^= 1
        payload.write_bytes(changed)
        status, output = await run(tmp_path, *verify)
        assert status != 0
        assert "CMS Verification failure" in output


async def test_the_files_say_who_and_what(client: Client, database: Database) -> None:
    first, second, *_ = await database.fetch(SIGNATURES, "demo-signed")
    answers = [
        await client.http.get(f"/verify/{signature['code']}/{name}")
        for signature in (first, second)
        for name in ("payload.json", "signature.p7s")
    ]
    content = json.loads(answers[0].content)
    assert content["author"]["name"] == "Ёлкин Иван Петрович"
    assert hashlib.sha256(answers[0].content).hexdigest() == first["digest"]
    assert answers[0].content == answers[2].content
    assert answers[1].content != answers[3].content
    assert len({answer.headers["content-disposition"] for answer in answers}) == 4
    assert [answer.headers["content-type"] for answer in answers[:2]] == [
        "application/json",
        "application/pkcs7-signature",
    ]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_no_file_without_its_code(client: Client) -> None:
    answers = [
        await client.http.get(f"/verify/{code}/{name}")
        for code in ("0000000000ZZZZZZZZZZ", "x")
        for name in ("payload.json", "signature.p7s")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
