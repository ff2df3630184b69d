"""Files of entries: sent by forms, taken back by their addresses, both for whoever is signed in.

A form is taken with the session's cookie only from a page of ours: `identify` leaves out a cookie that comes with
another site's Origin or Sec-Fetch-Site, and the request is then nobody's. A bearer token no other site can send.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from models.attachments import Attachment
from rules import access, installation
from rules.access import signed_in
from rules.actor import Caller
from rules.attachments import open_attachment
from rules.file_limits import MIB
from rules.file_refusals import FileFlaw, FileRefused
from rules.identifiers import decode, encode
from rules.received_files import Received, add_attachments, may_add
from rules.refusals import Refusal, not_found
from web.language import language_of
from web.limiter import Limiter
from web.pacing import BodyTooLarge, BodyTooSlow, Lingering, Pacing
from web.refusals import problem
from web.uploads import descriptor_of

AROUND_FILES = 64 * 1024
"""Octets of a form that are not its files."""
GRACE_SECONDS = 10.0
OCTETS_PER_SECOND = 16 * 1024
"""What a telephone in a cellar still manages."""
AT_ONCE, AT_ONCE_OF_ONE = 16, 4
MOST_PARTS = 200
LOCATIONS = {"strip": False, "keep": True}

STATUSES = {
    FileFlaw.NOT_A_FORM: HTTPStatus.BAD_REQUEST,
    FileFlaw.NO_FILE: HTTPStatus.BAD_REQUEST,
    FileFlaw.TOO_MANY_FILES: HTTPStatus.BAD_REQUEST,
    FileFlaw.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FileFlaw.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    FileFlaw.EMPTY_FILE: HTTPStatus.BAD_REQUEST,
    FileFlaw.UNSUPPORTED_KIND: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    FileFlaw.DAMAGED_FILE: HTTPStatus.UNPROCESSABLE_ENTITY,
    FileFlaw.QUOTA_EXCEEDED: HTTPStatus.CONFLICT,
    FileFlaw.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    FileFlaw.STORAGE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FileFlaw.FILE_CHANGED: HTTPStatus.CONFLICT,
    FileFlaw.FILE_MISSING: HTTPStatus.GONE,
}


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent."""

    files: list[Received]
    keep_location: bool


def routes(identify: Callable[[Request], Awaitable[Caller]], uploads: Limiter) -> list[Route]:
    """`/files`, where they are sent to, and `/files/{id}`. `uploads` counts requests by person."""
    places = Places()

    async def receive(request: Request) -> Response:
        """Take the files of a form, all or none."""
        actor = signed_in(await identify(request))
        uploads.spend_of(str(actor.user_id))
        heard_out = False
        try:
            await may_add(actor, announced(request) - AROUND_FILES)
            with places.taken(actor.user_id):
                async with received(request) as form:
                    heard_out = True
                    rows = await add_attachments(actor, form.files, keep_location=form.keep_location)
        except FileRefused as refusal:
            answer = refused(request, refusal)
            return answer if heard_out else Lingering(answer)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
        return JSONResponse(
            {"attachments": [described(row) for row in rows]},
            HTTPStatus.CREATED,
            headers={"Cache-Control": "no-store"},
        )

    async def send(request: Request) -> Response:
        """The file, after it was found to be what it was when it came."""
        actor = signed_in(await identify(request))
        attachment = await access.get(Attachment, actor, attachment_id(request.path_params["id"]))
        tag = f'"{attachment.digest}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in (each.strip() for each in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        try:
            file = await open_attachment(actor, attachment.id)
        except FileRefused as refusal:
            return refused(request, refusal)
        digest = base64.b64encode(bytes.fromhex(attachment.digest)).decode()
        headers |= {
            # Whatever else the octets may be taken for: nothing in them runs, nothing guesses what they are.
            "Content-Type": attachment.media_type,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": disposition(attachment.name),
            "Content-Length": str(attachment.size),
            "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
            "X-Robots-Tag": "noindex, nofollow",
        }
        return (
            Response(headers=headers) if request.method == "HEAD" else StreamingResponse(file.chunks(), headers=headers)
        )

    return [Route("/files", receive, methods=["POST"]), Route("/files/{id}", send)]


class Places:
    """How many forms are taken at a time, of all and of one person: a slow sender must not take every place."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def taken(self, user_id: UUID) -> Iterator[None]:
        """A place, for as long as the body runs. Raises FileRefused if there is none."""
        if self._open.total() >= AT_ONCE or self._open[user_id] >= AT_ONCE_OF_ONE:
            raise FileRefused(FileFlaw.BUSY)
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open -= Counter([user_id])  # forgets whoever has none left


def announced(request: Request) -> int:
    """How many octets the headers promise; 0 if they do not say. Raises FileRefused for what is no form of files, and
    for more than may come: nothing of the body is taken then."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise FileRefused(FileFlaw.NOT_A_FORM)
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > most_octets():
        raise too_large()
    return int(length)


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Form]:
    """The form of the request, for as long as the body runs: its files lie in temporary ones that have no name, so
    that nothing is left of them, whatever happens.

    Raises FileRefused; ClientDisconnect if whoever sends it has gone.
    """
    pacing = Pacing(request, most_octets(), grace=GRACE_SECONDS, pace=OCTETS_PER_SECOND)
    try:
        form = await Request(request.scope, pacing.receive).form(max_files=MOST_PARTS, max_fields=2, max_part_size=1024)
    except HTTPException as error:
        raise FileRefused(FileFlaw.NOT_A_FORM) from error
    except BodyTooLarge as error:
        raise too_large() from error
    except BodyTooSlow as error:
        raise FileRefused(FileFlaw.TOO_SLOW) from error
    try:
        yield form_of(form)
    finally:
        await form.close()


def form_of(form: FormData) -> Form:
    """What the form says. Raises FileRefused."""
    location = form.get("location", "strip")
    if not isinstance(location, str) or location not in LOCATIONS:
        raise FileRefused(FileFlaw.NOT_A_FORM)
    files = [each for each in form.getlist("file") if isinstance(each, UploadFile)]
    # A browser sends a part without a name and octets for a file that was not chosen.
    chosen = [each for each in files if each.filename or each.size]
    if not chosen:
        raise FileRefused(FileFlaw.NO_FILE)
    return Form([Received(descriptor_of(each.file), name_of(each)) for each in chosen], LOCATIONS[location])


def name_of(file: UploadFile) -> str:
    """The name it was sent under: forms write a quotation mark as %22 (HTML, 4.10.22.8)."""
    return (file.filename or "").replace("%22", '"')


def most_octets() -> int:
    """Of one request."""
    limits = installation.current().file_limits
    return min(limits.most_octets * limits.per_entry, limits.unheld_octets) + AROUND_FILES


def too_large() -> FileRefused:
    """The refusal of a request that is larger than its files may be."""
    return FileRefused(FileFlaw.TOO_LARGE, most=installation.current().file_limits.most_octets // MIB)


def described(attachment: Attachment) -> dict[str, object]:
    """A received file as its sender is told of it."""
    return {
        "id": encode("Attachment", attachment.id),
        "name": attachment.name,
        "size": attachment.size,
        "mediaType": attachment.media_type,
        "digest": attachment.digest,
        "locationRemoved": attachment.location_removed,
    }


def disposition(name: str) -> str:
    """The name to save under (RFC 6266, RFC 8187), and one for clients that know ASCII only."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in " ._-") else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def attachment_id(text: str) -> UUID:
    """What is no identifier names no file: here it is a part of the address."""
    try:
        return decode(text, "Attachment", "id")
    except Refusal as refusal:
        raise not_found() from refusal


def refused(request: Request, refusal: FileRefused) -> Response:
    """The answer to a request that is refused."""
    headers = {"Retry-After": "60"} if refusal.flaw is FileFlaw.BUSY else None
    return problem(
        request, STATUSES[refusal.flaw], refusal.flaw, refusal.message(language_of(request)), headers=headers
    )
