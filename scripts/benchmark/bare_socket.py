"""The limit of pushing: uvicorn alone, which sends every open WebSocket the text that is posted to /push."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

sockets: set[Send] = set()


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """Answers graphql-transport-ws's handshake, then only pushes."""
    if scope["type"] == "websocket":
        await _socket(receive, send)
    elif scope["type"] == "http":
        text = (await receive())["body"].decode()
        for socket in [*sockets]:
            await socket({"type": "websocket.send", "text": text})
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
    await receive()
    await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
    await receive()
    sockets.add(send)
    try:
        while (await receive())["type"] != "websocket.disconnect":
            pass
    finally:
        sockets.discard(send)


def create() -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """The application, for uvicorn's --factory."""
    return application
