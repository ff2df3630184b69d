"""THE PUBLIC EDGE: pages, files and addresses beside GraphQL. The assembly needs `routes`, `exception_handlers` and
`headers.SecurityHeaders`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

from rules.actor import Caller
from rules.refusals import Refusal
from web import account, files, health, imports, object_page, pki, printing, verification
from web.limiter import Limiter
from web.refusals import on_failure, on_http_error, on_refusal

__all__ = ["CHECKS_PER_MINUTE", "exception_handlers", "routes"]

UPLOADS_PER_MINUTE = 60
CHECKS_PER_MINUTE = 120
QUESTIONS_PER_MINUTE = 1200


def routes(
    identify: Callable[[Request], Awaitable[Caller]],
    *,
    print_engine: str | None,
    uploads_per_minute: int = UPLOADS_PER_MINUTE,
    checks_per_minute: int = CHECKS_PER_MINUTE,
    checks: Limiter | None = None,
    questions_per_minute: int = QUESTIONS_PER_MINUTE,
) -> list[Route]:
    """All addresses of this room.

    Parameters: `identify` tells who asks, by cookie or bearer token; `print_engine` is the path of wkhtmltopdf, None if
    it is not installed; `uploads_per_minute` is how often one person may send files; `checks_per_minute` is how often
    one address may check signatures, unless `checks` counts that with other doors together; `questions_per_minute` is
    how often it may ask for certificate status and time-stamps.
    """
    return [
        *verification.routes(checks or Limiter(checks_per_minute, seconds=60)),
        *pki.routes(Limiter(questions_per_minute, seconds=60)),
        *printing.routes(identify, print_engine),
        *files.routes(identify, Limiter(uploads_per_minute, seconds=60)),
        *imports.routes(identify, Limiter(uploads_per_minute, seconds=60)),
        *object_page.routes(identify),
        *account.routes(Limiter(checks_per_minute, seconds=60)),
        *health.routes(),
    ]


def exception_handlers() -> dict[Any, Any]:
    """How refusals and failures are answered, for Starlette's `exception_handlers`."""
    return {Refusal: on_refusal, HTTPException: on_http_error, Exception: on_failure}
