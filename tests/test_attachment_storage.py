"""Where files lie: a folder of ours, and a bucket, which a real server of the S3 protocol on loopback plays."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import httpx
import obstore
import pytest
from obstore.store import S3Store

from rules.file_storage import FileMissing, FileStorage, StorageUnavailable, StoredFile

CONTENT = os.urandom(12 * 1024 * 1024 + 17)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEYS = {"access_key_id": "key", "secret_access_key": "secret"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3 (moto), in a process of its own."""
    program = """
        from moto.server import ThreadedMotoServer
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        print(server.get_host_and_port()[1], flush=True)
        input()
        server.stop()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
        assert process.stdin
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            with closing(process.stdin):
                process.stdin.write(b"\n")


@pytest.fixture(params=["local", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> FileStorage:
    """An empty storage of either kind."""
    if request.param == "local":
        return FileStorage.local(tmp_path)
    endpoint = request.getfixturevalue("s3")
    bucket = f"files-{os.urandom(4).hex()}"
    await make_bucket(endpoint, bucket)
    return FileStorage.s3(f"s3://{bucket}/of/ours", endpoint=endpoint, key_id="key", secret="secret")


async def make_bucket(endpoint: str, bucket: str) -> None:
    """As an administrator would."""
    async with httpx.AsyncClient() as client:
        assert (await client.put(f"{endpoint}/{bucket}")).status_code == 200


def file_of(content: bytes) -> BinaryIO:
    """A real file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asks for it closes it
    file.write(content)
    file.seek(0)
    return file


def files_in(folder: Path) -> list[Path]:
    """All of them, finished or not."""
    return list(folder.iterdir())


async def read(storage: FileStorage, file: StoredFile) -> bytes:
    """All of it."""
    return b"".join([chunk async for chunk in storage.read(file)])


async def listed(storage: FileStorage, moment: datetime) -> list[str]:
    """What is older than that."""
    return [key async for batch in storage.older_than(moment) for key in batch]


async def test_what_is_stored_comes_back(storage: FileStorage) -> None:
    with file_of(CONTENT) as file:
        await storage.put("one", file)
    stored = await storage.examine("one")
    assert (stored.size, stored.digest) == (len(CONTENT), DIGEST)
    assert await storage.size("one") == len(CONTENT)
    assert await read(storage, stored) == CONTENT
    now = datetime.now(UTC)
    assert await listed(storage, now + timedelta(minutes=1)) == ["one"]
    assert await listed(storage, now - timedelta(hours=1)) == []
    await storage.delete("one")
    await storage.delete("one")
    with pytest.raises(FileMissing):
        await storage.examine("one")
    with pytest.raises(FileMissing):
        await storage.size("one")


async def test_what_is_changed_after_it_was_examined_is_not_read(storage: FileStorage) -> None:
    with file_of(b"first") as first, file_of(b"other") as other:
        await storage.put("one", first)
        examined = await storage.examine("one")
        await storage.put("one", other)
    with pytest.raises(FileMissing):
        await read(storage, examined)
    assert (await storage.examine("one", anew=False)).digest == hashlib.sha256(b"other").hexdigest()


async def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Breaking:
        """A file whose disk fails half-way."""

        def __init__(self) -> None:
            self.file = file_of(CONTENT)

        def read(self, size: int = -1) -> bytes:
            if self.file.tell() > len(CONTENT) // 2:
                raise OSError("the disk is gone")
            return self.file.read(size)

        def seek(self, *arguments: int) -> int:
            return self.file.seek(*arguments)

        def tell(self) -> int:
            return self.file.tell()

        def close(self) -> None:
            self.file.close()

    storage = FileStorage.local(tmp_path)
    with closing(Breaking()) as file, pytest.raises(StorageUnavailable):
        await storage.put("one", file)  # type: ignore[arg-type]
    assert files_in(tmp_path) == []


async def test_files_in_a_folder_are_their_owners_alone(tmp_path: Path) -> None:
    with file_of(b"content") as file:
        await FileStorage.local(tmp_path).put("one", file)
    (path,) = files_in(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"content"


async def test_what_a_kill_leaves_is_cleared_when_it_is_old(tmp_path: Path) -> None:
    """The process is killed while it stores: what is left has no name that a listing shows."""
    program = f"""
        import asyncio, os, sys
        from pathlib import Path
        sys.path[:0] = [{str(Path(__file__).parent.parent)!r}]
        from rules.file_storage import FileStorage

        class Endless:
            def read(self, size=-1):
                print("storing", flush=True)
                return bytes(size)
            def seek(self, at, whence=0):
                return 10**12 if whence == 2 else at
            def tell(self):
                return 0

        asyncio.run(FileStorage.local(Path({str(tmp_path)!r})).put("one", Endless()))
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    for _ in range(4):
        await asyncio.wait_for(process.stdout.readline(), 20)
    process.kill()
    await process.wait()
    left = files_in(tmp_path)
    assert left
    storage = FileStorage.local(tmp_path)
    assert await listed(storage, datetime.now(UTC) + timedelta(days=2)) == []
    assert await storage.clear_unfinished(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert files_in(tmp_path) == left
    assert await storage.clear_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert files_in(tmp_path) == []


async def test_a_storage_that_does_not_answer_says_so() -> None:
    storage = FileStorage.s3("s3://bucket", endpoint="http://127.0.0.1:1", key_id="key", secret="secret")
    with file_of(b"content") as file, pytest.raises(StorageUnavailable):
        await asyncio.wait_for(storage.put("one", file), 30)


async def test_the_bucket_holds_it_under_the_prefix(s3: str) -> None:
    await make_bucket(s3, "prefixed")
    storage = FileStorage.s3("s3://prefixed/of/ours/", endpoint=s3, key_id="key", secret="secret")
    with file_of(CONTENT) as file:
        await storage.put("one", file)
    whole = S3Store(
        "prefixed", config={"endpoint": s3, "region": "us-east-1", **KEYS}, client_options={"allow_http": True}
    )  # type: ignore[typeddict-item]
    found: AsyncIterator[object] = obstore.list(whole)
    assert [each["path"] async for batch in found for each in batch] == ["of/ours/one"]  # type: ignore[attr-defined]
