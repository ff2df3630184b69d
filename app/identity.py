"""Who asks: from a request or an open socket to a caller."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from cachetools import LRUCache
from starlette.requests import HTTPConnection
from starlette.types import Scope

from app.origins import TRUSTED
from models.enums import Role
from resolvers.context import SESSION_COOKIE
from rules import clock, identity, tenancy
from rules.actor import Actor, Anonymous, Caller
from rules.service_accounts import USE_NOTED_EVERY
from web.language import language_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_REQUEST_ID = 64
CALLERS_KEPT = 10_000
GRAPHQL = "/graphql"
PREFLIGHT_HEADERS = ("graphql-require-preflight", "apollo-require-preflight", "x-requested-with")
"""One of these, with any value, is what a client has to add to a form of its own, or to a GET of /graphql, that lives
by its cookie."""


async def identify(connection: HTTPConnection) -> Caller:
    """The caller of an HTTP request: by its bearer token, else by its session cookie."""
    now, request_id = clock.now(), request_id_of(connection)
    token = bearer_token(connection.headers.get("authorization")) or cookie_token(connection)
    actor = await identity.actor_of_token(token, now, request_id) if token else None
    caller = _spoken(actor, connection.scope) if actor else visitor_of(connection)
    tenancy.confine(caller)
    return caller


def visitor_of(connection: HTTPConnection) -> Anonymous:
    """Whoever asks, as nobody in particular."""
    return Anonymous(
        now=clock.now(),
        language=language_of(connection),
        request_id=request_id_of(connection),
        address=connection.client.host if connection.client else None,
        client=connection.headers.get("user-agent"),
    )


class Callers:
    """Who asks, without asking the database: whom a token stood for lately.

    What is remembered is a guess: the statement it is used in carries `identity.living` and reads nothing if the
    session has ended or the account has changed since.
    """

    def __init__(self) -> None:
        self._known: LRUCache[bytes, Actor] = LRUCache(CALLERS_KEPT)

    async def taken_for(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller:
        """The caller of an HTTP request, as far as is remembered."""
        token = _token(scope, headers)
        if token is None:
            return _anonymous(scope)
        known, now = self._known.get(_digest(token)), clock.now()
        if known is None or (known.role is Role.PARTNER and now - known.now > USE_NOTED_EVERY):
            return await self.asked_anew(scope, headers)
        return _spoken(known.at(now), scope)

    async def asked_anew(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Caller:
        """The caller of an HTTP request, as the database knows them now."""
        token = _token(scope, headers)
        actor = await identity.actor_of_token(token, clock.now()) if token else None
        if actor is None:
            if token is not None:
                self._known.pop(_digest(token), None)
            return _anonymous(scope)
        self._known[_digest(token or "")] = actor
        return _spoken(actor, scope)


def _spoken(actor: Actor, scope: Scope) -> Actor:
    """The actor in the language of the request, where it is no person's account that says which."""
    return replace(actor, language=language_of(HTTPConnection(scope))) if actor.role is Role.PARTNER else actor


def _token(scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
    authorization = headers.get(b"authorization")
    token = bearer_token(authorization.decode("latin-1")) if authorization else None
    return token or (cookie_token(HTTPConnection(scope)) if b"cookie" in headers else None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _anonymous(scope: Scope) -> Anonymous:
    return Anonymous(now=clock.now(), language=language_of(HTTPConnection(scope)))


def bearer_token(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` value (RFC 6750)."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def cookie_token(connection: HTTPConnection) -> str | None:
    """The session's cookie, unless a page of another site may have sent it along."""
    scope = connection.scope
    if scope["type"] == "websocket":
        sent_by_us = not _foreign(connection)
    elif scope["method"] in SAFE_METHODS and scope["path"] != GRAPHQL:
        sent_by_us = True  # nothing changes, and what is answered no other page can read
    else:
        sent_by_us = not _foreign(connection) and _no_plain_form(connection)
    return connection.cookies.get(SESSION_COOKIE) if sent_by_us else None


def _foreign(connection: HTTPConnection) -> bool:
    """Whether the browser says that another site's page sends it, one that CORS_ORIGINS does not name."""
    if connection.scope.get(TRUSTED):
        return False
    origin = connection.headers.get("origin")
    if origin is not None and _host(origin) != connection.headers.get("host"):
        return True
    return connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _no_plain_form(connection: HTTPConnection) -> bool:
    """Whether there is a sign that no page of another site can have sent it without having been asked about first
    (Fetch standard, "CORS-preflight request"): a form, a picture or a script of any page could carry a cookie."""
    headers = connection.headers
    return (
        headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
        or any(name in headers for name in PREFLIGHT_HEADERS)
        or "origin" in headers
        or headers.get("sec-fetch-site") == "same-origin"
    )


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def socket_token(parameters: Mapping[str, Any], connection: HTTPConnection) -> str | None:
    """The token of a WebSocket: browsers cannot set its headers, so it comes in `connectionParams` as `token` or
    `authorization`, or by cookie."""
    named = {str(name).lower(): value for name, value in parameters.items() if isinstance(value, str)}
    return (
        named.get("token")
        or bearer_token(named.get("authorization"))
        or bearer_token(connection.headers.get("authorization"))
        or cookie_token(connection)
    )


def request_id_of(connection: HTTPConnection) -> str:
    """The request's own id if it brings a usable one, else a new one."""
    given = connection.headers.get("x-request-id", "")
    usable = 0 < len(given) <= LONGEST_REQUEST_ID and given.isascii() and given.isprintable()
    return given if usable else uuid.uuid4().hex
