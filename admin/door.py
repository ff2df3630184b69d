"""The door of the back office: only the superadmin gets in, and only for as long as their session lasts. Who has to
have a second factor and has none gets as far as the page where it is set up."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from itsdangerous import Signer
from sqladmin.authentication import AuthenticationBackend
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.wording import language
from models.enums import Role
from models.users import Person
from rules import clock, identity, second_step
from rules.actor import Actor, Anonymous
from rules.identifiers import decode
from rules.refusals import Code, Refusal
from rules.sessions import SignedIn
from rules.sign_in_delays import DEVICE_TERM

PATH = "/admin"
COOKIE = "admin"
COOKIE_SECONDS = 12 * 3600
"""The cookie goes after a working day; the session that it names may have ended long before."""

DEVICE_COOKIE = "device"
"""The one that signing in by GraphQL sets: what makes a browser a known one."""

TOKEN = "token"  # noqa: S105
"""The hidden field of every form that changes something."""

ENROLMENT = "/second-factor"
"""The only page for who still has to set a second factor up."""


class Door(AuthenticationBackend):
    """The cookie, signed, keeps the id of a session and no more (beside the message that the next page will show): who
    that is, and whether they may still come in, is read again at every request.

    :param cookie_secret: what cookies and the forms' tokens are signed with
    :param secure_cookies: whether the cookie is for https only
    """

    def __init__(self, cookie_secret: bytes, *, secure_cookies: bool) -> None:
        super().__init__(
            secret_key=cookie_secret.hex(),
            session_cookie=COOKIE,
            max_age=COOKIE_SECONDS,
            path=PATH,
            same_site="strict",
            https_only=secure_cookies,
        )
        self._secure = secure_cookies
        self._forms = Signer(cookie_secret, salt="admin.form", key_derivation="hmac", digest_method=hashlib.sha256)

    async def login(self, request: Request) -> bool:
        """Open a session by the form's e-mail and password or, in the second step, its code.

        :raises Refusal: as `rules.identity.sign_in` does, and in the words for a wrong password to anybody who is not
            the superadmin: their session is ended before they hear of it
        """
        form = await request.form()
        visitor = Anonymous(
            clock.now(),
            language(),
            address=request.client.host if request.client else None,
            client=request.headers.get("user-agent"),
        )
        typed = {name: str(form.get(name, "")).replace("\0", "\ufffd") for name in ("email", "password", "otp")}
        if "otp" in form:
            signed_in = await self._second_step(request, visitor, typed["otp"])
        else:
            signed_in = await self._first_step(request, visitor, typed["email"], typed["password"])
        actor = await identity.actor_of_session(signed_in.session.id, visitor.now)
        if actor is None or actor.role is not Role.SUPERADMIN:
            if actor is not None:
                await identity.sign_out(actor)
            raise Refusal(Code.UNAUTHENTICATED, "sign_in_failed")
        request.session.clear()
        request.session["session"] = str(actor.session_id)
        request.state.device_token = signed_in.device_token
        return True

    async def _first_step(self, request: Request, visitor: Anonymous, email: str, password: str) -> SignedIn:
        """The cookie, which nobody else can sign, remembers whose password was right."""
        try:
            return await identity.sign_in(visitor, email, password, device_token=request.cookies.get(DEVICE_COOKIE))
        except Refusal as refusal:
            if refusal.code is not Code.SECOND_FACTOR_REQUIRED:
                raise
            challenge = decode(refusal.details["challengeId"], "PasskeyCeremony", "otp")
            user = await second_step.pending(challenge, visitor.now)
            if user is None or user.role is not Role.SUPERADMIN:
                raise Refusal(Code.UNAUTHENTICATED, "sign_in_failed") from None
            request.session.clear()
            request.session["pending"] = str(challenge)
            raise

    async def _second_step(self, request: Request, visitor: Anonymous, otp: str) -> SignedIn:
        pending = request.session.get("pending")
        if pending is None:
            raise Refusal(Code.UNAUTHENTICATED, "challenge_over")
        device = request.cookies.get(DEVICE_COOKIE)
        return await second_step.finish(visitor, UUID(pending), otp, device_token=device)

    def remember_device(self, request: Request, response: Response) -> None:
        """Make the browser that has just signed in a known one."""
        response.set_cookie(
            DEVICE_COOKIE,
            request.state.device_token,
            max_age=int(DEVICE_TERM.total_seconds()),
            path="/",
            httponly=True,
            samesite="strict",
            secure=self._secure,
        )

    async def logout(self, request: Request) -> bool:
        """End the session, here and wherever else it is in use."""
        await identity.sign_out(actor_of(request))
        request.session.clear()
        return True

    async def authenticate(self, request: Request) -> Response | bool:
        """Let the superadmin pass, everybody else to the sign-in page."""
        actor = await self._actor(request)
        if actor is None or actor.role is not Role.SUPERADMIN:
            request.session.clear()
            return RedirectResponse(request.url_for("admin:login").path, 303)
        if actor.confined and request.url.path not in (f"{PATH}{ENROLMENT}", f"{PATH}/logout"):
            return RedirectResponse(f"{PATH}{ENROLMENT}", 303)
        request.state.actor = actor
        request.state.person = await Person.get(id=actor.person_id)
        request.state.form_token = self._forms.get_signature(str(actor.session_id)).decode()
        return True

    async def _actor(self, request: Request) -> Actor | None:
        session = request.session.get("session")
        return await identity.actor_of_session(UUID(session), clock.now()) if session else None


def actor_of(request: Request) -> Actor:
    """Who asks: the superadmin that the door let pass."""
    actor: Actor = request.state.actor
    return actor


async def sent_form(request: Request) -> FormData:
    """The form of a request that changes something.

    :raises HTTPException: 403, if it is not from a page of this very session
    """
    form = await request.form()
    if not hmac.compare_digest(str(form.get(TOKEN, "")).encode(), request.state.form_token.encode()):
        raise HTTPException(403)
    return form
