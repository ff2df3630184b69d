"""Receiving what strangers send: two files of a form, counted and timed as they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import IO

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rules.upload_refusals import UploadFlaw, UploadRefused
from rules.uploads import CONTENT_OCTETS, SIGNATURE_OCTETS
from web.pacing import BodyTooLarge, BodyTooSlow, Pacing

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
            pacing = Pacing(request, FORM_OCTETS, grace=GRACE_SECONDS, pace=OCTETS_PER_SECOND)
            try:
                form = await Request(request.scope, pacing.receive).form(max_files=2, max_fields=2, max_part_size=1024)
            except HTTPException as error:
                raise UploadRefused(UploadFlaw.NOT_A_FORM) from error
            except BodyTooLarge as error:
                raise UploadRefused(UploadFlaw.TOO_LARGE) from error
            except BodyTooSlow as error:
                raise UploadRefused(UploadFlaw.TOO_SLOW) from error
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
        signature=descriptor_of(signature.file),
        signature_name=signature.filename or "",
        content=descriptor_of(given.file) if given else None,
        content_name=given.filename if given else None,
    )


def descriptor_of(file: IO[bytes]) -> int:
    """A real file's descriptor: what is still in memory is written down first."""
    descriptor = file.fileno()
    file.flush()
    return descriptor
