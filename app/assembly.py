"""The product put together: every room behind one Starlette application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

import admin
import schema
import web
from app.admission import Admission
from app.graphql import View
from app.identity import GRAPHQL, Callers, identify
from app.origins import Origins
from app.reads import Reads
from app.runtime import running
from app.settings import Settings
from app.working import working
from jobs.queue import build as build_queue
from resolvers.graph import core_schema, reading
from web.headers import SecurityHeaders
from web.limiter import Limiter


def build(settings: Settings) -> Starlette:
    """The application. `settings.database_url` is the address of the role that serves."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        async with (
            running(settings),
            working(build_queue(settings.database_url)) if settings.jobs else nullcontext(),
            reading(settings.database_url, settings.statement_timeout_ms),
            back_office.open(),
        ):
            yield

    contract = schema.build(suggestions=settings.introspection)
    checks = Limiter(web.CHECKS_PER_MINUTE, seconds=60)
    admission = Admission(core_schema(contract), settings, checks)
    view = View(contract, settings, admission)
    application = Starlette(
        routes=[
            Route(GRAPHQL, view),
            WebSocketRoute(GRAPHQL, view),
            *web.routes(
                identify,
                print_engine=settings.pdf_engine,
                uploads_per_minute=settings.file_uploads_per_minute,
                checks=checks,
            ),
        ],
        middleware=[
            *([Middleware(Origins, origins=settings.cors_origins)] if settings.cors_origins else []),
            Middleware(
                Reads,
                path=GRAPHQL,
                schema=contract,
                callers=Callers(),
                admission=admission,
                largest_body=settings.graphql_body_kib * 1024,
                secure=settings.secure_cookies,
            ),
            Middleware(SecurityHeaders, secure=settings.secure_cookies),
        ],
        exception_handlers=web.exception_handlers(),
        lifespan=lifespan,
    )
    # Starlette would add a missing slash by redirecting to whatever host the request names.
    application.router.redirect_slashes = False
    back_office = admin.mount(
        application,
        database_url=settings.database_url,
        cookie_secret=settings.server_secret,
        secure_cookies=settings.secure_cookies,
    )
    return application
