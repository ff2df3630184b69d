"""How a refusal looks: a page for a browser, a problem document (RFC 9457) for a program; coded, in words, and
without anything about our insides."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from models.enums import Language
from rules.refusals import Code, Refusal
from web.headers import HEADERS
from web.language import language_of
from web.pages import page

RU, EN = Language.RU, Language.EN

STATUSES = {
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.INVALID: HTTPStatus.BAD_REQUEST,
    Code.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
}
"""Of the refusals that plain HTTP can meet; any other is a conflict with what is."""

WORDS = {
    HTTPStatus.NOT_FOUND: {RU: "Не найдено.", EN: "Not found."},
    HTTPStatus.METHOD_NOT_ALLOWED: {RU: "Так сюда обращаться нельзя.", EN: "This address takes no such request."},
    HTTPStatus.INTERNAL_SERVER_ERROR: {
        RU: "Внутренняя ошибка. Повторите позже.",
        EN: "Something went wrong on our side. Try again later.",
    },
}
OTHERWISE = {RU: "Запрос не выполнен.", EN: "The request was not carried out."}


def problem(
    request: Request, status: HTTPStatus, code: str, message: str, *, headers: dict[str, str] | None = None
) -> Response:
    """The answer to a request that is refused: `code` for programs, `message` for people."""
    if "text/html" in request.headers.get("accept", ""):
        return page(
            request,
            "problem.html",
            status_code=status,
            headers=headers,
            status=status.value,
            code=code,
            message=message,
        )
    content = {"type": "about:blank", "title": status.phrase, "status": status, "code": code, "detail": message}
    return JSONResponse(
        content,
        status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", "Content-Language": language_of(request).value} | (headers or {}),
    )


async def on_refusal(request: Request, refusal: Exception) -> Response:
    """Answer a rule's no."""
    assert isinstance(refusal, Refusal)  # noqa: S101 - Starlette's type of a handler is wider
    status = STATUSES.get(refusal.code, HTTPStatus.CONFLICT)
    headers = {}
    if refusal.code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"  # RFC 9110 §15.5.2 wants it
    if refusal.code is Code.RATE_LIMITED and "seconds" in refusal.details:
        headers["Retry-After"] = str(refusal.details["seconds"])
    return problem(request, status, refusal.code.value, refusal.message(language_of(request)), headers=headers)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what routing refuses: no such path, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    status = HTTPStatus(error.status_code)
    words = WORDS.get(status, OTHERWISE)[language_of(request)]
    return problem(request, status, status.name, words, headers=dict(error.headers or {}))


async def on_failure(request: Request, error: Exception) -> Response:
    """Answer a failure of ours; what failed goes to the log, not to the visitor."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    # Starlette answers failures outside all middleware: the headers come along from here.
    return problem(request, status, status.name, WORDS[status][language_of(request)], headers=HEADERS)
