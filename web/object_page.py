"""The page that a QR code on an object opens: its passport, for whoever is signed in and sees it. To everybody else all
addresses look alike, whether an object stands behind them or not."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rules import installation
from rules.access import signed_in
from rules.actor import Actor, Anonymous, Caller
from rules.identifiers import decode, encode
from rules.object_passport import Passport, passport
from rules.refusals import Code, Refusal, not_found
from web.language import language_of
from web.pages import page

MODULE_PIXELS = 8
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def routes(identify: Callable[[Request], Awaitable[Caller]]) -> list[Route]:
    """`/objects/{id}` and the QR code that leads there."""

    async def show(request: Request) -> Response:
        """The passport, or the invitation to sign in."""
        caller = await identify(request)
        if isinstance(caller, Anonymous):
            return page(request, "object.html", status_code=HTTPStatus.UNAUTHORIZED, passport=None)
        return page(request, "object.html", passport=await _passport(request, caller))

    async def code(request: Request) -> Response:
        """The address of the page as a picture to print."""
        found = await _passport(request, signed_in(await identify(request)))
        kind, written = request.path_params["kind"], io.BytesIO()
        if kind not in MEDIA_TYPES:
            raise not_found()
        address = f"{installation.current().public_url}/objects/{encode('ServiceObject', found.site.id)}"
        segno.make(address, error="m", micro=False).save(written, kind=kind, scale=MODULE_PIXELS)
        return Response(
            written.getvalue(),
            media_type=MEDIA_TYPES[kind],
            headers={"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"},
        )

    return [Route("/objects/{id}", show, methods=["GET"]), Route("/objects/{id}/qr.{kind}", code, methods=["GET"])]


async def _passport(request: Request, actor: Actor) -> Passport:
    return await passport(replace(actor, language=language_of(request)), _object_id(request.path_params["id"]))


def _object_id(text: str) -> UUID:
    """What is no identifier names no object: here it is a part of the address."""
    try:
        return decode(text, "ServiceObject", "id")
    except Refusal as refusal:
        raise (not_found() if refusal.code is Code.INVALID else refusal) from refusal
