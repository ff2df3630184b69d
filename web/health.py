"""Whether the process lives and whether it can serve: for whoever restarts or routes to it."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from rules.readiness import obstacles

NEVER_KEPT = {"Cache-Control": "no-store"}


def routes() -> list[Route]:
    """`/health/live` and `/health/ready`."""
    return [Route("/health/live", live), Route("/health/ready", ready)]


async def live(request: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok"}, headers=NEVER_KEPT)


async def ready(request: Request) -> JSONResponse:
    """200 once the database answers and has all our tables; otherwise 503 naming what is missing."""
    missing = await obstacles()
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
    content = {"status": "unavailable" if missing else "ok", "missing": [obstacle.value for obstacle in missing]}
    return JSONResponse(content, status, headers=NEVER_KEPT)
