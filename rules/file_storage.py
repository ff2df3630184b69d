"""Where the octets of files lie: a folder of our own or a bucket that speaks S3. The only place that knows obstore.

A stored file is written once under a key and never changed; whoever reads it is told when it is not what was written.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import obstore
from cachetools import TTLCache
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

LOG = logging.getLogger(__name__)

READ_OCTETS = 1024 * 1024
PART_OCTETS = 5 * 1024 * 1024
"""The least that S3 takes for a part of an upload; two of them are in memory at a time."""
EXAMINED_AT_ONCE = 2
EXAMINATIONS_KEPT, LATELY_SECONDS = 10_000, 60
UNFINISHED = "#"
"""In the name of what LocalStore has not put in place yet; a kill leaves it behind and no listing shows it."""


class StorageUnavailable(Exception):
    """The storage does not answer, or a file in it cannot be read."""


class FileMissing(Exception):
    """There is no file under the key."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it lies there: its size in octets, its SHA-256 in hexadecimal, and the storage's mark of this very
    state of it."""

    key: str
    size: int
    digest: str
    mark: str | None


class FileStorage:
    """Files under keys, which are plain names without a slash. Everything here raises StorageUnavailable."""

    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._examining = asyncio.Semaphore(EXAMINED_AT_ONCE)
        self._lately: TTLCache[tuple[str, str | None], StoredFile] = TTLCache(EXAMINATIONS_KEPT, LATELY_SECONDS)

    @classmethod
    def local(cls, folder: Path) -> FileStorage:
        """Files of the folder `folder`, which exists. They are their owner's alone (0600)."""
        return cls(LocalStore(folder), folder)

    @classmethod
    def s3(cls, url: str, *, endpoint: str = "", region: str = "", key_id: str = "", secret: str = "") -> FileStorage:
        """Files of a bucket. `url` is s3://bucket/prefix, `endpoint` the address of a service other than AWS; without
        `key_id` and `secret` the machine's own role is asked for."""
        parts = urlsplit(url)
        config: S3Config = {"region": region or "us-east-1"}
        if endpoint:
            config["endpoint"] = endpoint
        if key_id:
            config |= {"access_key_id": key_id, "secret_access_key": secret}
        options: ClientConfig = {
            "allow_http": endpoint.startswith("http:"),
            "timeout": "60s",
            "connect_timeout": "5s",
        }
        prefix = parts.path.strip("/") or None
        return cls(
            S3Store(parts.netloc, prefix=prefix, config=config, client_options=options, retry_config={"max_retries": 2})
        )

    async def put(self, key: str, file: BinaryIO) -> None:
        """Store what `file` holds from its beginning. It is there whole, or not at all."""
        try:
            await obstore.put_async(self._store, key, file, chunk_size=PART_OCTETS, max_concurrency=1)
            if self._folder:
                await asyncio.to_thread(_settle, self._folder / key)
        except (BaseError, OSError) as error:
            raise StorageUnavailable(key) from error

    async def examine(self, key: str, *, anew: bool = True) -> StoredFile:
        """Read the file through; unless `anew`, what was found a minute ago at most is good enough if the storage's
        mark of the file is the same. Raises FileMissing."""
        digest, size = hashlib.sha256(), 0
        async with self._examining:
            found = await self._get(key)
            lately = self._lately.get((key, found.meta["e_tag"]))
            if lately and not anew:
                return lately
            try:
                async for chunk in found.stream(min_chunk_size=READ_OCTETS):
                    await asyncio.to_thread(digest.update, chunk)
                    size += len(chunk)
            except (BaseError, OSError) as error:
                raise StorageUnavailable(key) from error
            file = StoredFile(key, size, digest.hexdigest(), found.meta["e_tag"])
            self._lately[key, file.mark] = file
        return file

    async def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """The octets of the file, if it is still the one that was examined."""
        found = await self._get(file.key, file.mark)
        try:
            async for chunk in found.stream(min_chunk_size=READ_OCTETS):
                yield bytes(chunk)
        except (BaseError, OSError) as error:
            raise StorageUnavailable(file.key) from error

    async def size(self, key: str) -> int:
        """How many octets the file has, without reading it. Raises FileMissing."""
        try:
            meta = await obstore.head_async(self._store, key)
        except FileNotFoundError as error:
            raise FileMissing(key) from error
        except (BaseError, OSError) as error:
            raise StorageUnavailable(key) from error
        return meta["size"]

    async def delete(self, key: str) -> None:
        """Remove the file, if it is there."""
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageUnavailable(key) from error

    async def delete_all(self, keys: Sequence[str]) -> None:
        """Remove files. One that cannot be removed now is left to whoever looks for what nobody knows."""
        for key in keys:
            try:
                await self.delete(key)
            except StorageUnavailable:
                LOG.exception("the stored file %s was not removed", key)

    async def older_than(self, moment: datetime) -> AsyncIterator[list[str]]:
        """Keys of the files that were stored before `moment`, some at a time."""
        try:
            async for batch in obstore.list(self._store, chunk_size=500):
                yield [each["path"] for each in batch if each["last_modified"] < moment]
        except (BaseError, OSError) as error:
            raise StorageUnavailable from error

    async def clear_unfinished(self, before: datetime) -> int:
        """Remove what uploads that were killed before that moment have left. In a bucket that is its own rule's work
        (AbortIncompleteMultipartUpload)."""
        return await asyncio.to_thread(_clear_unfinished, self._folder, before) if self._folder else 0

    async def _get(self, key: str, mark: str | None = None) -> obstore.GetResult:
        try:
            return await obstore.get_async(self._store, key, options={"if_match": mark} if mark else None)
        except (FileNotFoundError, PreconditionError) as error:
            raise FileMissing(key) from error
        except (BaseError, OSError) as error:
            raise StorageUnavailable(key) from error


def _settle(path: Path) -> None:
    """What is signed must outlive a loss of power: neither the octets nor the name may be in a cache only."""
    path.chmod(0o600)
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _clear_unfinished(folder: Path, before: datetime) -> int:
    removed = 0
    for path in folder.iterdir():
        if UNFINISHED in path.name and datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
