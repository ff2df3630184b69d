"""How /graphql answers over HTTP: media types, and refusals in one shape whichever way a request goes
(https://graphql.github.io/graphql-over-http)."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.json_text import encoded
from schema.request_errors import RequestCode, RequestRefused
from web.language import language_of

JSON = "application/json"
MODERN = "application/graphql-response+json"
"""A client that asks for it is told of a request that is at fault by the status, too."""
SERVED = {MODERN: MODERN, JSON: JSON, "application/*": JSON, "*/*": JSON}
NOT_KEPT = {"Cache-Control": "no-store"}
"""Every answer depends on who asks, and what is not stored need not vary."""


@lru_cache(maxsize=1_000)
def media_type_for(accept: str) -> str | None:
    """The media type of the answer to an `Accept` (RFC 9110 §12.5.1), None if it takes none of ours. Of those it likes
    as much the first; without one it is JSON."""
    best, chosen = 0.0, None
    for part in (accept.lower() or "*/*").split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        quality = next((_number(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        if name in SERVED and quality > best:
            best, chosen = quality, SERVED[name]
    return chosen


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def content_type(media_type: str) -> str:
    """The `Content-Type` of an answer."""
    return f"{media_type}; charset=utf-8"


def refused(connection: HTTPConnection, refusal: RequestRefused) -> Response:
    """The answer to a request that is not executed."""
    error = refusal.error(language_of(connection))
    return Response(
        encoded({"errors": [error.formatted]}),
        refusal.status,
        media_type=content_type(media_type_for(connection.headers.get("accept", "")) or JSON),
        headers=NOT_KEPT | refusal.headers,
    )


def not_acceptable() -> RequestRefused:
    """The refusal of a client that reads none of our media types."""
    return RequestRefused(RequestCode.BAD_REQUEST, "not_acceptable", status=HTTPStatus.NOT_ACCEPTABLE)
