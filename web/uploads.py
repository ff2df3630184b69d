"""Receiving what strangers send: two files of a form, counted and timed as they come in."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import IO

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from rules.upload_refusals import UploadFlaw, UploadRefused
from rules.uploads import CONTENT_OCTETS, SIGNATURE_OCTETS

FORM_OCTETS = SIGNATURE_OCTETS + CONTENT_OCTETS + 64 * 1024
GRACE_SECONDS = 4.0
OCTETS_PER_SECOND = 64 * 1024
AT_ONCE = 8
AT_ONCE_OF_ONE = 6
"""Of one address: a slow sender must not take every place."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A received form: descriptors of the files and how they were called, the content's None if none was sent."""

    signature: int
    signature_name: str
    content: int | None
    content_name: str | None


class Reception:
    """Takes so many forms at a time, of them few from one address, each no larger than FORM_OCTETS and no slower than
    OCTETS_PER_SECOND on average after the first GRACE_SECONDS. What comes in lies in temporary files, never in memory
    for longer than a moment."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[Upload]:
        """The form of the request, for as long as the body runs.

        Raises UploadRefused; ClientDisconnect if whoever sends it has gone.
        """
        _check_announced(request)
        with self._place(request.client.host if request.client else ""):
            counted = Request(request.scope, _Counter(request).receive)
            try:
                form = await counted.form(max_files=2, max_fields=2, max_part_size=1024)
            except HTTPException as error:
                raise UploadRefused(UploadFlaw.NOT_A_FORM) from error
            try:
                yield _upload(form.get("signature"), form.get("content"))
            finally:
                await form.close()

    @contextmanager
    def _place(self, address: str) -> Iterator[None]:
        if self._open.total() >= AT_ONCE or self._open[address] >= AT_ONCE_OF_ONE:
            raise UploadRefused(UploadFlaw.BUSY)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open -= Counter([address])  # forgets whoever has none left


def _check_announced(request: Request) -> None:
    """Refuse by the headers alone what can be: nothing of the body is taken then."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UploadRefused(UploadFlaw.NOT_A_FORM)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > FORM_OCTETS:
        raise UploadRefused(UploadFlaw.TOO_LARGE)


class _Counter:
    """Lets messages of the request through while they are neither too many nor too slow."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._began = time.monotonic()
        self._octets = 0

    async def receive(self) -> Message:
        allowed = GRACE_SECONDS + self._octets / OCTETS_PER_SECOND
        try:
            async with asyncio.timeout(self._began + allowed - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise UploadRefused(UploadFlaw.TOO_SLOW) from None
        self._octets += len(message.get("body", b""))
        if self._octets > FORM_OCTETS:
            raise UploadRefused(UploadFlaw.TOO_LARGE)
        return message


def _upload(signature: UploadFile | str | None, content: UploadFile | str | None) -> Upload:
    if not isinstance(signature, UploadFile) or not signature.size:
        raise UploadRefused(UploadFlaw.NO_SIGNATURE)
    if signature.size > SIGNATURE_OCTETS:
        raise UploadRefused(UploadFlaw.TOO_LARGE)
    # A browser sends a part without a name for a file that was not chosen.
    given = content if isinstance(content, UploadFile) and content.filename else None
    if given and (given.size or 0) > CONTENT_OCTETS:
        raise UploadRefused(UploadFlaw.TOO_LARGE)
    return Upload(
        signature=_descriptor(signature.file),
        signature_name=signature.filename or "",
        content=_descriptor(given.file) if given else None,
        content_name=given.filename if given else None,
    )


def _descriptor(file: IO[bytes]) -> int:
    """A real file's descriptor: what is still in memory is written down first."""
    descriptor = file.fileno()
    file.flush()
    return descriptor
