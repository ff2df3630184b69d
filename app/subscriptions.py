"""graphql-transport-ws, with subscriptions that share their execution (app/executions).

Close codes beside the protocol's own: **1008** ends a socket whose client reads so slowly that more waits for it than
is kept (`FRAMES_WAITING`, `OCTETS_WAITING`). Clients report 1008 and do not retry by themselves, which would pass over
what was missed: subscribe anew with the cursor of the last event as `after`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message

from app.executions import Executions, unexpected
from app.json_text import encoded
from app.members import LATE, Member, Socket
from app.sharing import Asked, asked
from resolvers.context import Context
from rules.actor import Actor
from schema import Schema

TOO_SLOW_CODE = 1008
TOO_SLOW_REASON = "Too slow: subscribe anew with the last cursor as `after`"


class SharedSubscriptions(BaseGraphQLTransportWSHandler[Context, None]):
    """A connection whose subscriptions share their execution with those of others who see the same."""

    websocket: Socket

    def __init__(self, *, websocket: ASGIWebSocketAdapter, **others: Any) -> None:
        super().__init__(websocket=Socket(websocket.view, websocket.ws, websocket.ws), **others)

    async def handle_message(self, message: Message) -> None:
        """Messages of another shape than the protocol's are answered with 4400."""
        if (fault := fault_of(message)) is not None:
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Subscriptions of the signed-in join an execution; everything else is Strawberry's."""
        wanted = asked(operation.query, operation.operation_name, operation.variables)
        try:
            actor = await self._actor_now() if wanted else None
            if wanted and actor:
                await self._follow(operation, wanted, actor)
                return
        except WebSocketDisconnected:
            return
        except Exception as error:
            await self.handle_task_exception(error)
            with suppress(WebSocketDisconnected):
                await operation.send_initial_errors([unexpected(self.context.caller)])
            return
        await super().run_operation(operation)

    async def _actor_now(self) -> Actor | None:
        if self.context.refresh is not None:
            self.context.caller = await self.context.refresh()
        return self.context.caller if isinstance(self.context.caller, Actor) else None

    async def _follow(self, operation: Operation[Context, None], wanted: Asked, actor: Actor) -> None:
        head = f'{{"id":{encoded(operation.id)},"type":"next","payload":'
        executions = Executions.of(cast(Schema, self.schema))
        ending = LATE
        while ending.late:
            member = Member(actor.session_id, self.websocket, head)
            execution = executions.begin_or_join(wanted, self.context, actor)
            execution.join(member)
            try:
                ending = await member.followed()
            finally:
                await execution.leave(member)
        if ending.too_slow:
            await self.websocket.close(TOO_SLOW_CODE, TOO_SLOW_REASON)
        elif ending.errors:
            await operation.send_initial_errors(list(ending.errors))
        else:
            await operation.send_operation_message({"id": operation.id, "type": "complete"})


def fault_of(message: object) -> str | None:
    """What is wrong with a message's shape, as the reason of a 4400; None for one that Strawberry can read. The
    meaning of a message is judged there."""
    if not isinstance(message, dict):
        return "A message is a JSON object"
    fields = cast(Mapping[str, object], message)
    kind, payload = fields.get("type"), fields.get("payload")
    if not isinstance(kind, str):
        return "A message has a `type`"
    if kind in ("subscribe", "complete") and not isinstance(fields.get("id"), str):
        return f"The `id` of `{kind}` is a string"
    if payload is not None and not isinstance(payload, dict):
        return "A `payload` is a JSON object"
    if kind != "subscribe":
        return None
    if not payload or not isinstance(payload.get("query"), str) or not payload["query"]:
        return "The `payload` of `subscribe` has a `query`"
    if not isinstance(payload.get("operationName"), str | None):
        return "An `operationName` is a string"
    if not isinstance(payload.get("variables"), dict | None):
        return "`variables` are a JSON object"
    return None
