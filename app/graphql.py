"""/graphql: one path for HTTP, server-sent events and WebSocket."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult, SubscriptionExecutionResult
from strawberry.types.unset import UnsetType

from app.admission import SCOPE_KEY, Admission, network_in
from app.http_answers import JSON, MODERN, NOT_KEPT, content_type, media_type_for, not_acceptable, refused
from app.identity import identify, request_id_of, socket_token
from app.json_text import encoded
from app.settings import Settings
from app.sockets import Place, Places, TooManyConnections
from app.subscriptions import TOO_MANY_CODE, SharedSubscriptions
from models.enums import Role
from resolvers.context import Context
from rules import clock, identity, tenancy
from rules.actor import Actor, Anonymous, Caller
from rules.refusals import Code
from schema import Schema
from schema.request_errors import RequestCode, RequestRefused, too_many_requests
from web.language import language_of

INIT_SECONDS = 10
RETRY_SECONDS = 30
"""When somebody may try again for whom there was no place."""
GRAPHQL_SSE_PROTOCOL = "graphql-sse"
METHODS = ("GET", "POST")
ANSWER = "graphql.answer"
PLACE = "graphql.place"
CALLER = "graphql.caller"


class View(GraphQL[Context, None]):
    """Strawberry's view with our callers: read once a request, and on a socket anew for every operation."""

    graphql_transport_ws_handler_class = SharedSubscriptions

    def __init__(self, schema: Schema, settings: Settings, admission: Admission) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=True,
            keep_alive=True,
            keep_alive_interval=20,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS),
            max_subscriptions_per_connection=settings.operations_per_socket,
            allowed_origins=settings.cors_origins,
        )
        self.admission = admission
        self._places = Places(settings.sockets, settings.sockets_per_network, settings.sockets_per_caller)
        self._secure_cookies = settings.secure_cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer (ASGI). Whatever is refused is told as JSON with a code."""
        if scope["type"] == "websocket":
            await self._connect(WebSocket(scope, receive, send))
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except RequestRefused as refusal:
            response = refused(request, refusal)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in METHODS:
            allowed = {"Allow": ", ".join(METHODS)}
            raise RequestRefused(
                RequestCode.BAD_REQUEST, "method", status=HTTPStatus.METHOD_NOT_ALLOWED, headers=allowed
            )
        accept = request.headers.get("accept", "")
        if media_type_for(accept) is None and self._get_stream_transport_from_headers(request.headers) is None:
            raise not_acceptable()
        try:
            return await self.run(request)
        except HTTPException as error:
            raise _as_refusal(error) from error

    def should_render_graphql_ide(self, request: object) -> bool:
        """Never: a GET without a query is none."""
        return False

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """What a request asks for. Raises RequestRefused for what is no GraphQL request."""
        transport = self._get_stream_transport_from_headers(request.headers)
        asked: Any
        if request.method == "GET":
            asked = self.parse_query_params(request.query_params)
        elif (request.content_type or "").partition(";")[0].strip().lower() == JSON:
            asked = self.parse_json(await request.get_body())
        else:
            raise RequestRefused(RequestCode.BAD_REQUEST, "media_type", status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return GraphQLRequestData(
            **request_of(asked, self.admission), protocol=transport.protocol if transport else "http"
        )

    async def execute_operation(
        self, request: Request, request_adapter: Any, request_data: Any, context: Context, *others: Any, **named: Any
    ) -> ExecutionResult | list[ExecutionResult] | SubscriptionExecutionResult:
        """Execute what is let in, unless the short way has let it in already. Raises RequestRefused."""
        request.scope[CALLER] = context.caller
        if SCOPE_KEY not in request.scope:
            request.scope[SCOPE_KEY] = self.admission.charge(
                request_data.query,
                request_data.operation_name,
                request_data.variables or {},
                context.caller,
                network_in(request.scope),
            )
        return await super().execute_operation(request, request_adapter, request_data, context, *others, **named)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """The answer with its cost. Of a request that was not executed there is no data, and a client that knows of it
        is told by the status."""
        answer = await super().process_result(request, result)
        answer["extensions"] = {**(answer.get("extensions") or {}), **request.scope[SCOPE_KEY].told()}
        not_executed = result.errors and result.data is None and all(error.path is None for error in result.errors)
        response = request.scope.get(ANSWER)
        if not_executed and response is not None and response.media_type == MODERN:
            cast(dict[str, Any], answer).pop("data", None)
            response.status_code = HTTPStatus.BAD_REQUEST
        return answer

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """What resolvers may add headers to."""
        response = await super().get_sub_response(request)
        response.media_type = media_type_for(request.headers.get("accept", "")) or JSON
        response.headers.update(NOT_KEPT)
        request.scope[ANSWER] = response
        return response

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        """The finished answer."""
        response = super().create_response(response_data, sub_response)
        response.headers["content-type"] = content_type(sub_response.media_type or JSON)
        return response

    async def create_streaming_response(
        self,
        request: Request | WebSocket,
        stream: Callable[[], AsyncIterator[str]],
        sub_response: Response,
        headers: Mapping[str, str],
    ) -> Response:
        """Server-sent events, one of the places for open connections. Raises RequestRefused."""
        place = self._place(request)

        async def held() -> AsyncIterator[str]:
            try:
                async for event in stream():
                    yield event
            finally:
                place.leave()

        return await super().create_streaming_response(request, held, sub_response, headers)

    def _place(self, request: Request | WebSocket) -> Place:
        """A place for a stream of events. Raises RequestRefused."""
        caller = request.scope[CALLER]
        try:
            place = self._places.enter(network_in(request.scope))
            if isinstance(caller, Actor):
                place.claim(caller.user_id)
        except TooManyConnections:
            raise too_many_requests(RETRY_SECONDS) from None
        return place

    async def _connect(self, socket: WebSocket) -> None:
        """Serve a WebSocket, if there is a place for it."""
        try:
            place = self._places.enter(network_in(socket.scope))
        except TooManyConnections:
            await socket.send_denial_response(refused(socket, too_many_requests(RETRY_SECONDS)))
            return
        socket.scope[PLACE] = place
        try:
            await self.run(socket)
        finally:
            place.leave()

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

    def encode_json_string(self, data: object) -> str:
        """The answer as one line, for streams: an event's data has no line ends, PostgreSQL writes some between rows.
        Inside strings JSON has none."""
        return self.encode_json(data).replace("\n", "")

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Let a socket in: anonymously without a token, not at all with one that stands for nobody, or if its person
        has too many open."""
        token = socket_token(context.connection_params or {}, context.request)
        visitor = context.caller

        async def refresh() -> Caller:
            now = clock.now()
            actor = await identity.actor_of_token(token, now, visitor.request_id) if token else None
            caller = actor or replace(visitor, now=now)
            tenancy.confine(caller)
            return caller

        context.refresh = refresh
        context.caller = await refresh()
        if token and isinstance(context.caller, Anonymous):
            raise ConnectionRejectionError({"code": Code.UNAUTHENTICATED.value})
        if isinstance(context.caller, Actor) and context.caller.role is Role.PARTNER:
            raise ConnectionRejectionError({"code": Code.FORBIDDEN.value})  # partners' systems ask, and are not called
        if isinstance(context.caller, Actor):
            place: Place = context.request.scope[PLACE]
            try:
                place.claim(context.caller.user_id)
            except TooManyConnections:
                await cast(WebSocket, context.request).close(TOO_MANY_CODE, "Too many connections")
                raise ConnectionRejectionError({"code": RequestCode.RATE_LIMITED.value}) from None
        return await super().on_ws_connect(context)


def request_of(asked: object, admission: Admission) -> dict[str, Any]:
    """The members of a request, as Strawberry names them. Raises RequestRefused for those of the wrong type."""
    if not isinstance(asked, dict):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    variables, name, extensions = (asked.get(member) for member in ("variables", "operationName", "extensions"))
    if not (
        isinstance(variables, dict | None) and isinstance(name, str | None) and isinstance(extensions, dict | None)
    ):
        raise RequestRefused(RequestCode.BAD_REQUEST)
    return {
        "query": admission.text(asked),
        "variables": variables,
        "operation_name": name,
        "extensions": extensions,
    }


def _as_refusal(error: HTTPException) -> RequestRefused:
    """Strawberry's own refusals, coded."""
    match error.__cause__:
        case InvalidOperationTypeError():
            return RequestRefused(
                RequestCode.BAD_REQUEST,
                "mutation_by_get",
                status=HTTPStatus.METHOD_NOT_ALLOWED,
                headers={"Allow": "POST"},
            )
        case CannotGetOperationTypeError():
            return RequestRefused(RequestCode.OPERATION_RESOLUTION_FAILURE)
    return RequestRefused(RequestCode.BAD_REQUEST, status=HTTPStatus(error.status_code))


def _visitor(connection: WebSocket) -> Anonymous:
    return Anonymous(now=clock.now(), language=language_of(connection), request_id=request_id_of(connection))
