"""Journals on paper. A print is an event in the journal's history, so it asks who you are."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pdf_templates.paper import JournalPaper
from pdf_templates.render import EngineMissing, RenderFailed, render_journal
from rules.access import signed_in
from rules.actor import Caller
from rules.identifiers import decode
from rules.printing import journal_paper
from rules.refusals import Code, Refusal, not_found
from rules.wording import REFUSALS
from web.language import chosen_language, language_of
from web.refusals import problem

log = logging.getLogger(__name__)

ENGINE_MISSING = "ENGINE_MISSING"
PRINT_FAILED = "PRINT_FAILED"


def routes(identify: Callable[[Request], Awaitable[Caller]], print_engine: str | None) -> list[Route]:
    """`/print/journals/{id}.pdf`, for whoever is signed in and sees the journal."""

    async def journal(request: Request) -> Response:
        """The volume as a PDF, in the language of the account unless `?lang=` names another."""
        if request.method != "GET":
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET"})
        actor = signed_in(await identify(request))
        # Looked for before the rule is asked: what cannot be printed leaves no print in the history.
        if print_engine is None or shutil.which(print_engine) is None:
            return _engine_missing(request)
        journal_id = _journal_id(request.path_params["id"])
        paper = await journal_paper(replace(actor, language=chosen_language(request) or actor.language), journal_id)
        try:
            pdf = await render_journal(paper, engine=print_engine)
        except EngineMissing:
            return _engine_missing(request)
        except RenderFailed:
            log.exception("the journal %s was not printed", journal_id)
            return problem(
                request, HTTPStatus.SERVICE_UNAVAILABLE, PRINT_FAILED, REFUSALS["print_failed"][language_of(request)]
            )
        return Response(
            pdf,
            media_type="application/pdf",
            headers={
                "Content-Disposition": disposition(paper),
                "Content-Language": paper.language,
                "Cache-Control": "no-store",
                "X-Robots-Tag": "noindex, nofollow",
            },
        )

    return [Route("/print/journals/{id}.pdf", journal)]


def disposition(paper: JournalPaper) -> str:
    """The name to save under, in the paper's language and, for clients that know ASCII only, without it (RFC 6266)."""
    volume = "том" if paper.language == "ru" else "volume"
    name = f"{paper.type_name}, {volume} {paper.volume}, {paper.object_name}"[:150]
    plain = f"journal-volume-{paper.volume}.pdf"
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(f'{name}.pdf', safe='')}"


def _journal_id(text: str) -> UUID:
    """What is no identifier names no journal: here it is a part of the address."""
    try:
        return decode(text, "Journal", "id")
    except Refusal as refusal:
        raise (not_found() if refusal.code is Code.INVALID else refusal) from refusal


def _engine_missing(request: Request) -> Response:
    words = REFUSALS["engine_missing"][language_of(request)]
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, ENGINE_MISSING, words)
