"""The pages behind the links that are mailed: an invited person sets their first password, a forgetful one another.

Opening a link shows a form and changes nothing, for programs open links too; the form's answer is what uses it up. The
secret in the address is what another site would need to send the form in somebody's name. It reaches nobody else: these
pages load nothing, send no referrer and are not kept, and our log names their addresses without it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from models.enums import AccountLinkKind
from models.users import User
from rules import account_links, clock, invitations, password_resets
from rules.actor import Anonymous
from rules.passwords import LEAST, MOST
from rules.refusals import Code, Refusal, invalid
from web.bodies import read_body
from web.language import language_of
from web.limiter import Limiter
from web.pages import page

FORM_OCTETS = 16 * 1024
MOST_FIELDS = 5
SECRET_IN_PATH = re.compile(r"(/account/\w+/)[^?\s]+")
STATUSES = {Code.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS}

Use = Callable[[Anonymous, str, str], Awaitable[User]]
"""Uses a link up: visitor, token, password."""


def routes(limiter: Limiter) -> list[Route]:
    """`/account/invitation/{token}` and `/account/reset/{token}`, and `/account/reset`, where a link is asked for.
    `limiter` counts what is opened and sent."""
    logging.getLogger("uvicorn.access").addFilter(_without_secret)

    async def ask(request: Request) -> Response:
        """The form for an e-mail address."""
        return page(request, "account_forgotten.html", asked=False, problem=None)

    async def send(request: Request) -> Response:
        """Have a link mailed; the answer is the same whether there is such an account or not."""
        limiter.spend(request)
        given = await _given(request)
        try:
            await password_resets.request_reset(_visitor(request), given.get("email", ""))
        except Refusal as refusal:
            problem = refusal.message(language_of(request))
            status = STATUSES.get(refusal.code, HTTPStatus.UNPROCESSABLE_ENTITY)
            return page(request, "account_forgotten.html", status_code=status, asked=False, problem=problem)
        return page(request, "account_forgotten.html", asked=True, problem=None)

    return [
        Route("/account/reset", ask, methods=["GET"]),
        Route("/account/reset", send, methods=["POST"]),
        *_behind("invitation", AccountLinkKind.INVITATION, invitations.accept_invitation, limiter),
        *_behind("reset", AccountLinkKind.PASSWORD_RESET, password_resets.reset_password, limiter),
    ]


def _behind(name: str, kind: AccountLinkKind, use: Use, limiter: Limiter) -> list[Route]:
    """The page behind the links of a kind."""
    path = f"/account/{name}/{{token}}"

    async def show(request: Request) -> Response:
        """The form, or that the link is void."""
        limiter.spend(request)
        try:
            reader = await account_links.reader(_visitor(request), kind, request.path_params["token"])
        except Refusal:
            return _void(request)
        return _form(request, reader)

    async def take(request: Request) -> Response:
        """Set the password, or show the form again with what is wrong."""
        limiter.spend(request)
        given = await _given(request)
        visitor, token = _visitor(request), request.path_params["token"]
        try:
            reader = await account_links.reader(visitor, kind, token)
        except Refusal:
            return _void(request)
        try:
            if given.get("password") != given.get("again"):
                raise invalid("again", "passwords_differ")
            user = await use(visitor, token, given.get("password", ""))
        except Refusal as refusal:
            return _void(request) if refusal.field == "token" else _form(request, reader, refusal)
        return page(request, "account_done.html", email=user.email)

    def _form(request: Request, reader: User, refusal: Refusal | None = None) -> Response:
        return page(
            request,
            "account.html",
            status_code=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
            invited=kind is AccountLinkKind.INVITATION,
            email=reader.email,
            name=reader.person.name,
            organization=reader.organization.name,
            least=LEAST,
            most=MOST,
            field=refusal and refusal.field,
            problem=refusal and refusal.message(language_of(request)),
        )

    def _void(request: Request) -> Response:
        invited = kind is AccountLinkKind.INVITATION
        return page(request, "account_void.html", status_code=HTTPStatus.NOT_FOUND, invited=invited)

    return [Route(path, show, methods=["GET"]), Route(path, take, methods=["POST"])]


def _visitor(request: Request) -> Anonymous:
    """Whoever opens a link is its reader, signed in or not."""
    address = request.client.host if request.client else None
    return Anonymous(now=clock.now(), language=language_of(request), address=address)


async def _given(request: Request) -> dict[str, str]:
    """The fields of the form. Raises HTTPException for a form of another site's page, and for what is no form."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403)
    body = await read_body(request, FORM_OCTETS)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise HTTPException(400) from error
    return {name: values[-1] for name, values in fields.items()}


def _without_secret(record: logging.LogRecord) -> bool:
    """Name the addresses of these pages in uvicorn's log of requests without the secret at their end."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            SECRET_IN_PATH.sub(r"\1…", value) if isinstance(value, str) else value for value in record.args
        )
    return True
