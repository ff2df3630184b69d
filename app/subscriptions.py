"""graphql-transport-ws, with subscriptions that share their execution (app/executions).

Close codes beside the protocol's own: **1008** ends a socket whose client reads so slowly that more waits for it than
is kept (`FRAMES_WAITING`, `OCTETS_WAITING`). Clients report 1008 and do not retry by themselves, which would pass over
what was missed: subscribe anew with the cursor of the last event as `after`. **1013** ends one for which there is no
place (app/sockets): clients try again later. **1009** ends one that sends too long a message.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any, cast

from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage
from strawberry.types.execution import ExecutionResult

from app.admission import Admission, Charge, network_in
from app.executions import Executions, unexpected
from app.json_text import encoded
from app.members import LATE, Member, Socket
from app.sharing import Asked, asked
from resolvers.context import Context
from rules.actor import Actor
from schema import Schema
from schema.request_errors import RequestCode, RequestRefused

TOO_MANY_CODE = 1013
TOO_SLOW_CODE = 1008
TOO_SLOW_REASON = "Too slow: subscribe anew with the last cursor as `after`"


class SharedSubscriptions(BaseGraphQLTransportWSHandler[Context, None]):
    """A connection whose subscriptions share their execution with those of others who see the same."""

    websocket: Socket

    def __init__(self, *, websocket: ASGIWebSocketAdapter, **others: Any) -> None:
        super().__init__(websocket=Socket(websocket.view, websocket.ws, websocket.ws), **others)
        self._admission: Admission = websocket.view.admission  # type: ignore[attr-defined]
        self._charges: dict[str, Charge] = {}

    async def handle_message(self, message: Message) -> None:
        """Messages of another shape than the protocol's are answered with 4400."""
        if (fault := fault_of(message)) is not None:
            await self.handle_invalid_message(fault)
        elif message["type"] == "subscribe" and self.connection_acknowledged and message["id"] not in self.operations:
            await self._subscribe(message)
        else:
            await super().handle_message(message)

    async def _subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, or tell why it is not begun."""
        payload: dict[str, Any] = cast("dict[str, Any]", message["payload"])
        try:
            if len(self.operations) >= (self.max_subscriptions_per_connection or 0):
                raise RequestRefused(RequestCode.RATE_LIMITED, "too_many_operations")
            payload["query"] = self._admission.text(payload)
            charge = self._admission.charge(
                payload["query"],
                payload.get("operationName"),
                payload.get("variables") or {},
                self.context.caller,
                network_in(self.context.request.scope),
            )
        except RequestRefused as refusal:
            error = refusal.error(self.context.caller.language)
            await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
            return
        self._charges[message["id"]] = charge
        await super().handle_message(message)

    async def cleanup_operation(self, operation_id: str) -> None:
        """Forget an operation that its client has ended."""
        self._charges.pop(operation_id, None)
        await super().cleanup_operation(operation_id)

    def forget_id(self, id: str) -> None:
        """Forget an operation that is over."""
        self._charges.pop(id, None)
        super().forget_id(id)

    async def _send_result_stream(self, operation: Operation[Context, None], result_source: Any) -> None:
        """Answers of queries and mutations say what they cost, as they do over HTTP."""

        async def with_cost() -> AsyncGenerator[Any, None]:
            async for result in result_source:
                if isinstance(result, ExecutionResult) and (charge := self._charges.get(operation.id)):
                    result.extensions = {**(result.extensions or {}), **charge.told()}
                yield result

        await super()._send_result_stream(operation, with_cost())

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
    if not payload or not isinstance(payload.get("query"), str | None):
        return "The `payload` of `subscribe` has a `query`"
    if not payload.get("query") and not payload.keys() & {"documentId", "extensions"}:
        return "The `payload` of `subscribe` has a `query`"
    if not isinstance(payload.get("operationName"), str | None):
        return "An `operationName` is a string"
    if not all(isinstance(payload.get(name), dict | None) for name in ("variables", "extensions")):
        return "`variables` and `extensions` are JSON objects"
    return None
