"""A server with every classic hole, the control of the checks: Strawberry and Starlette at their most welcoming.

    python -m scripts.attacks.naive PORT

Listens on loopback only, keeps nothing, and must be reachable for nobody.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.asgi import GraphQL

from scripts.attacks import naive_pages
from scripts.attacks.naive_schema import built

HUGE = 256 * 1024 * 1024
SCHEMA = built()
sys.set_int_max_str_digits(0)
sys.setrecursionlimit(200_000)


class Welcoming:
    """ASGI middleware: every page of the world may ask with cookies, and everybody is told what runs here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = dict(scope["headers"]).get(b"origin", b"*")

        async def send_welcoming(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = [
                    (b"server", b"naive/1.0 Python/3.11"),
                    (b"access-control-allow-origin", origin),
                    (b"access-control-allow-credentials", b"true"),
                    (b"access-control-allow-headers", b"*, content-type, authorization"),
                ]
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        try:
            await self._app(scope, receive, send_welcoming)
        except Exception:
            await Response(traceback.format_exc(), status_code=500)(scope, receive, send_welcoming)


async def graphql(request: Request) -> Response:
    """Whatever looks like a request, by any method, of any type, also many at once."""
    if request.method == "OPTIONS":
        return Response()
    if request.method == "TRACE":
        return Response("\n".join(f"{name}: {value}" for name, value in request.headers.items()))
    if request.method == "GET":
        asked: Any = dict(request.query_params)
        if "query" not in asked:
            return Response("<html><title>GraphiQL</title></html>", media_type="text/html")
        asked["variables"] = json.loads(asked.get("variables", "{}"))
    elif "form" in request.headers.get("content-type", ""):
        asked = dict(await request.form())
    else:
        body = await request.body()
        asked = json.loads(body.decode("utf-16" if "utf-16" in request.headers.get("content-type", "") else "utf-8"))
    response = Response()
    many = asked if isinstance(asked, list) else [asked]
    answers = [await answered(each, request, response) for each in many]
    told = JSONResponse(answers if isinstance(asked, list) else answers[0])
    told.raw_headers.extend(each for each in response.raw_headers if each[0] == b"set-cookie")
    return told


async def answered(asked: dict[str, Any], request: Request, response: Response) -> dict[str, Any]:
    """One operation's answer, with the trace of what went wrong."""
    context = {"request": request, "response": response}
    result = await SCHEMA.execute(
        asked["query"], asked.get("variables"), context_value=context, operation_name=asked.get("operationName")
    )
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [
            {
                "message": error.message,
                "trace": "".join(traceback.format_exception(error.original_error)) if error.original_error else "",
            }
            for error in result.errors
        ]
    return answer


class Sockets(GraphQL[Any, Any]):
    """Sockets for everybody, for ever."""

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"request": request}


def application() -> Starlette:
    """The whole of it."""
    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    sockets = Sockets(
        SCHEMA,
        allowed_origins=["*"],
        connection_init_wait_timeout=naive_pages.FOR_EVER,
        max_subscriptions_per_connection=None,
    )
    return Starlette(
        routes=[
            Route("/graphql", graphql, methods=methods),
            WebSocketRoute("/graphql", sockets),
            *naive_pages.ROUTES,
        ],
        middleware=[Middleware(Welcoming)],
    )


if __name__ == "__main__":
    uvicorn.run(application(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", ws_max_size=HUGE)
