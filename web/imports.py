"""Sheets of objects: the form to fill in, where it is sent to, and what is said of its rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from models.imports import ObjectImport
from rules import access, systems
from rules.access import signed_in
from rules.actor import Actor, Caller
from rules.identifiers import decode, encode
from rules.object_import import report, stage
from rules.object_report import report_head, report_lines
from rules.object_sheet import form
from rules.refusals import Code, Refusal, invalid, not_found
from rules.spreadsheets import FILE_OCTETS
from web.language import chosen_language
from web.limiter import Limiter
from web.pacing import BodyTooLarge, BodyTooSlow, Pacing

AROUND_FILE = 64 * 1024
GRACE_SECONDS = 10.0
OCTETS_PER_SECOND = 16 * 1024
AT_ONCE = 2
"""Sheets that are read at the same time: each may cost a processor for seconds."""
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


def routes(identify: Callable[[Request], Awaitable[Caller]], uploads: Limiter) -> list[Route]:
    """`/imports/objects` with its template, and the report of an import, for those who may bring objects in. `uploads`
    counts sheets by person."""
    busy = 0

    async def actor_of(request: Request) -> Actor:
        actor = signed_in(await identify(request))
        return replace(actor, language=chosen_language(request) or actor.language)

    async def receive(request: Request) -> Response:
        """Stage the sheet of a form: its fields are `contract`, the contract's id, and `file`."""
        nonlocal busy
        actor = await actor_of(request)
        uploads.spend_of(str(actor.user_id))
        if busy >= AT_ONCE:
            raise Refusal(Code.RATE_LIMITED, details={"seconds": 10})
        busy += 1
        try:
            staged = await _stage(actor, request)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it
        finally:
            busy -= 1
        return JSONResponse(_described(staged), HTTPStatus.CREATED, headers=PRIVATE)

    async def template(request: Request) -> Response:
        """The form to fill in."""
        actor = await actor_of(request)
        return Response(
            form(actor.language, await systems.kinds()),
            media_type=WORKBOOK,
            headers=PRIVATE | {"Content-Disposition": 'attachment; filename="objects.xlsx"'},
        )

    async def rows(request: Request) -> Response:
        """What is said of each row, as CSV that a spreadsheet opens: a row at fault has a line for each problem."""
        actor = await actor_of(request)
        import_id = _import_id(request.path_params["id"])
        await access.get(ObjectImport, actor, import_id)
        return StreamingResponse(
            _lines(actor, import_id),
            media_type="text/csv; charset=utf-8",
            headers=PRIVATE | {"Content-Disposition": 'attachment; filename="report.csv"'},
        )

    return [
        Route("/imports/objects", receive, methods=["POST"]),
        Route("/imports/objects/template.xlsx", template, methods=["GET"]),
        Route("/imports/{id}/report.csv", rows, methods=["GET"]),
    ]


async def _stage(actor: Actor, request: Request) -> ObjectImport:
    pacing = Pacing(request, FILE_OCTETS + AROUND_FILE, grace=GRACE_SECONDS, pace=OCTETS_PER_SECOND)
    try:
        sent = await Request(request.scope, pacing.receive).form(max_files=1, max_fields=1, max_part_size=1024)
    except BodyTooLarge as error:
        raise invalid("file", "sheet_too_large", most=FILE_OCTETS >> 20) from error
    except BodyTooSlow as error:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error
    try:
        file, contract = sent.get("file"), sent.get("contract")
        if not isinstance(file, UploadFile) or not file.filename:
            raise invalid("file", "required")
        if not isinstance(contract, str):
            raise invalid("contract", "required")
        return await stage(actor, decode(contract, "Contract", "contract"), file=file.file, file_name=file.filename)
    finally:
        await sent.close()


async def _lines(actor: Actor, import_id: UUID) -> AsyncIterator[str]:
    yield "\ufeff" + report_head(actor.language)
    async for some in report(actor, import_id):
        yield "".join(report_lines(row, actor.language) for row in some)


def _described(staged: ObjectImport) -> dict[str, object]:
    id = encode("ObjectImport", staged.id)
    counts = {"total": staged.total, "faulty": staged.faulty}
    return {"id": id, "status": staged.status.value, **counts, "report": f"/imports/{id}/report.csv"}


def _import_id(text: str) -> UUID:
    """What is no identifier names no import: here it is a part of the address."""
    try:
        return decode(text, "ObjectImport", "id")
    except Refusal as refusal:
        raise not_found() from refusal
