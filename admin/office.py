"""The back office as a whole: sqladmin with only its lists and details left, behind our door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import asyncpg
from sqladmin import Admin
from sqladmin.authentication import login_required
from sqladmin.i18n import I18nConfig
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from admin.agreements import AgreementAcceptanceScreen, AgreementScreen
from admin.authority import AuthorityPage
from admin.certificate_requests import CertificateRequestScreen
from admin.certificates import CertificateScreen, IssuanceIntentScreen
from admin.door import PATH, Door, sent_form
from admin.enum_words import words
from admin.events import EventScreen
from admin.formats import fixed_width, in_language, lines, moment
from admin.guard import Guard
from admin.journal_types import JournalTypeScreen
from admin.journals import EntryScreen, JournalScreen
from admin.objects import ServiceObjectScreen
from admin.organizations import ContractScreen, OrganizationScreen
from admin.reference_lists import ReferenceListScreen
from admin.revocation import CompromiseReportScreen, RevocationListScreen, StatusChangeScreen
from admin.screen import Screen
from admin.second_factor import SecondFactorPage
from admin.users import SessionScreen, UserScreen
from admin.wording import HTTP_WORDS, OTHER_ERROR, both, language, status_of
from models.enums import Language
from rules.refusals import Code, Refusal
from rules.tenancy import EVERY, SETTING

SCREENS: tuple[type[Screen], ...] = (
    CertificateRequestScreen,
    CertificateScreen,
    CompromiseReportScreen,
    StatusChangeScreen,
    RevocationListScreen,
    IssuanceIntentScreen,
    OrganizationScreen,
    ContractScreen,
    UserScreen,
    SessionScreen,
    ServiceObjectScreen,
    JournalScreen,
    EntryScreen,
    JournalTypeScreen,
    ReferenceListScreen,
    AgreementScreen,
    AgreementAcceptanceScreen,
    EventScreen,
)
"""In the order of the menu: the queue of requests first."""

KEPT_ROUTES = {"statics", "index", "list", "details", "login"}
"""Of sqladmin's own. The others change rows, or open whatever file of the server a text column happens to name."""

STATEMENT_MILLISECONDS = 15_000

AGAIN = (Code.INVALID, Code.RATE_LIMITED)
"""After these the sign-in page asks for a code once more."""


def _reading_engine(database_url: str) -> AsyncEngine:
    """The database for looking. PostgreSQL itself refuses whatever would change a row on these connections."""
    address = f"postgresql://{database_url.partition('://')[2]}"
    settings = {"default_transaction_read_only": "on", "statement_timeout": str(STATEMENT_MILLISECONDS)}
    settings[SETTING] = EVERY  # these screens are the owner's

    async def connect() -> asyncpg.Connection:
        # Not by SQLAlchemy's reading of the address: sockets and sslmode are asyncpg's to understand, as elsewhere.
        return await asyncpg.connect(address, server_settings=settings)

    return create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, pool_pre_ping=True, pool_size=2, max_overflow=3
    )


class BackOffice(Admin):
    """The mounted application, for as long as it is `open`."""

    engine: AsyncEngine

    def __init__(self, app: Starlette, engine: AsyncEngine, door: Door) -> None:
        super().__init__(
            app,
            engine,
            base_url=PATH,
            title=both("Электронные журналы", "Electronic Journals"),
            templates_dir=str(Path(__file__).parent / "templates"),
            middlewares=[Middleware(Guard)],
            authentication_backend=door,
            i18n_config=I18nConfig(
                default_locale=Language.RU.value,
                language_cookie_name="admin_language",
                language_header_name=None,
                language_switcher=[member.value for member in Language],
            ),
        )
        self._door = door
        kept = [route for route in self.admin.routes if getattr(route, "name", None) in KEPT_ROUTES]
        self.admin.router.routes = [*kept, Route("/logout", self.logout, methods=["POST"], name="logout")]
        self.admin.router.redirect_slashes = False
        app.router.routes.append(Route(PATH, lambda request: RedirectResponse(f"{PATH}/", 307), name="office"))
        self.admin.exception_handlers = {HTTPException: self._error}
        self.templates.env.globals.update(
            both=both,
            fixed_width=fixed_width,
            in_language=in_language,
            language=language,
            lines=lines,
            link=_link,
            moment=moment,
            path_for=_path_for,
            screen_of={screen.model: screen.identity for screen in SCREENS}.get,
            words=words,
        )
        for screen in SCREENS:
            # sqladmin keeps its engine on the class it is given: of its own, so that two applications do not share it.
            self.add_view(type(screen.__name__, (screen,), {}))
        self.add_view(type(AuthorityPage.__name__, (AuthorityPage,), {}))
        self.add_view(type(SecondFactorPage.__name__, (SecondFactorPage,), {}))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """For the product's lifespan: closes the connections to the database at its end."""
        try:
            yield
        finally:
            await self.engine.dispose()

    @login_required
    async def index(self, request: Request) -> Response:
        """The requests that wait for a decision come first."""
        return RedirectResponse(_path_for(request, "list", identity=CertificateRequestScreen.identity), 303)

    async def login(self, request: Request) -> Response:
        """The sign-in page; what it refuses is said on it, beside what was typed."""
        if request.method != "POST":
            return await self.templates.TemplateResponse(request, "sqladmin/login.html")
        try:
            await self._door.login(request)
        except Refusal as refusal:
            form = await request.form()
            second = refusal.code is Code.SECOND_FACTOR_REQUIRED or ("otp" in form and refusal.code in AGAIN)
            context = {"email": str(form.get("email", "")), "refusal": refusal, "second": second}
            return await self.templates.TemplateResponse(
                request, "sqladmin/login.html", context, status_code=status_of(refusal)
            )
        response = RedirectResponse(_path_for(request, "index"), 303)
        self._door.remember_device(request, response)
        return response

    @login_required
    async def logout(self, request: Request) -> Response:
        """Sign out, by a form of ours only."""
        await sent_form(request)
        await self._door.logout(request)
        return RedirectResponse(_path_for(request, "login"), 303)

    async def _error(self, request: Request, error: Exception) -> Response:
        status, headers = cast("HTTPException", error).status_code, cast("HTTPException", error).headers
        context = {"status_code": status, "message": HTTP_WORDS.get(status, OTHER_ERROR)}
        response = await self.templates.TemplateResponse(request, "sqladmin/error.html", context, status_code=status)
        response.headers.update(headers or {})
        return response


def _path_for(request: Request, name: str, **parameters: Any) -> str:
    """The path of one of our routes: without a scheme, which a proxy before us may have changed."""
    return request.url_for(f"admin:{name}", **parameters).path


def _link(request: Request, *drop: str, **parameters: Any) -> str:
    """This page again, with other parameters of its address."""
    return f"?{request.url.remove_query_params(drop).include_query_params(**parameters).query}"


def mount(app: Starlette, *, database_url: str, cookie_secret: bytes, secure_cookies: bool) -> BackOffice:
    """Open the back office at `/admin` of `app`.

    :param database_url: the address for the role that serves, `postgresql://…` or `asyncpg://…`; connections are opened
        when they are first needed, and can only read
    :param cookie_secret: what cookies and forms are signed with; a new one signs everybody out of the back office
    :param secure_cookies: whether the service is reached by https
    :returns: what the product's lifespan has to `open`
    """
    door = Door(cookie_secret, secure_cookies=secure_cookies)
    return BackOffice(app, _reading_engine(database_url), door)
