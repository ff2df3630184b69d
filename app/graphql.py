"""/graphql: one path for HTTP, server-sent events and WebSocket."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UnsetType

from app.identity import identify, request_id_of, socket_token
from app.json_text import encoded
from app.settings import Settings
from app.subscriptions import SharedSubscriptions
from resolvers.context import Context
from rules import clock, identity
from rules.actor import Anonymous, Caller
from rules.refusals import Code
from schema import Schema
from web.language import language_of

INIT_SECONDS = 10
GRAPHQL_SSE_PROTOCOL = "graphql-sse"


class View(GraphQL[Context, None]):
    """Strawberry's view with our callers: read once a request, and on a socket anew for every operation."""

    graphql_transport_ws_handler_class = SharedSubscriptions

    def __init__(self, schema: Schema, settings: Settings) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            keep_alive=True,
            keep_alive_interval=20,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
        )
        self._secure_cookies = settings.secure_cookies

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The context of a request; a socket's caller is known once its `connection_init` has come."""
        if isinstance(request, WebSocket):
            return Context(caller=_visitor(request), request=request, secure_cookies=self._secure_cookies)
        return Context(
            caller=await identify(request),
            request=request,
            response=response if isinstance(response, Response) else None,
            secure_cookies=self._secure_cookies,
        )

    def decode_json(self, data: str | bytes) -> object:
        """A request's JSON: an object or a list of RFC 8259, without the unpaired surrogates that nothing can store.
        Raises json.JSONDecodeError, which is answered with 400, or 4400 on a socket."""
        value: object = orjson.loads(data)
        if not isinstance(value, dict | list):
            raise json.JSONDecodeError("neither an object nor a list", "", 0)
        return value

    def encode_json(self, data: object) -> str:
        """The answer as JSON text."""
        return encoded(data)

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Let a socket in: anonymously without a token, not at all with one that stands for nobody."""
        token = socket_token(context.connection_params or {}, context.request)
        visitor = context.caller

        async def refresh() -> Caller:
            now = clock.now()
            actor = await identity.actor_of_token(token, now, visitor.request_id) if token else None
            return actor or replace(visitor, now=now)

        context.refresh = refresh
        context.caller = await refresh()
        if token and isinstance(context.caller, Anonymous):
            raise ConnectionRejectionError({"code": Code.UNAUTHENTICATED.value})
        return await super().on_ws_connect(context)


def _visitor(connection: WebSocket) -> Anonymous:
    return Anonymous(now=clock.now(), language=language_of(connection), request_id=request_id_of(connection))
