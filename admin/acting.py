"""Pages that act: a rule carries out what a form asks, and a refusal is shown beside what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqladmin import Flash
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.door import actor_of, sent_form
from admin.formats import ZONE
from admin.screen import Screen
from admin.wording import status_of
from rules.actor import Actor
from rules.refusals import Refusal, invalid

Deed = Callable[[Actor, Any, FormData], Awaitable[str]]
"""Carries out what a form asks of a row and says what has been done."""


async def act(
    screen: Screen, request: Request, sent: str, deed: Deed, *, of: Callable[[Any], bool] = lambda row: True
) -> Response:
    """Carry out `deed` on the row of the address, and show its page again.

    :param sent: the form's name, under which the page shows a refusal
    :param of: whether a row's page has this form at all
    :raises HTTPException: 403, if the form is not of this session; 404, if there is no such row
    """
    form = await sent_form(request)
    row = await screen.get_object_for_details(request)
    if row is None or not of(row):
        raise HTTPException(404)
    page = request.url_for("admin:details", identity=screen.identity, pk=row.id).path
    try:
        done = await deed(actor_of(request), row, form)
    except Refusal as refusal:
        # As it is now, with all that was typed: a second decider sees what the first one has decided.
        row = await screen.get_object_for_details(request)
        more = {"page": page, "sent": sent, "typed": form, "refusal": refusal}
        context = {"model_view": screen, "model": row, **await screen.details_context(request), **more}
        return await screen.templates.TemplateResponse(
            request, screen.details_template, context, status_code=status_of(refusal)
        )
    Flash.success(request, done)
    return RedirectResponse(page, 303)


def text_of(form: FormData, name: str) -> str:
    """What was typed. Browsers send line breaks as CRLF (HTML standard, "constructing the entry list")."""
    return str(form.get(name, "")).replace("\r\n", "\n")


def moment_of(form: FormData, name: str) -> datetime | None:
    """A field of the type datetime-local, read in the back office's zone; None if it was left empty.

    :raises Refusal: INVALID, if it is no such moment
    """
    typed = text_of(form, name)
    if not typed:
        return None
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise invalid(name, "INVALID") from None
    if moment.tzinfo is not None:
        raise invalid(name, "INVALID")
    return moment.replace(tzinfo=ZONE)
