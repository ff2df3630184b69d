"""Running subscriptions: one execution, one look at the log and one encoded answer for all who asked for the same and
may see the same."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from app.json_text import encoded
from app.members import COMPLETE, LATE, Ending, Frame, Member
from app.sharing import Asked, scope
from models.enums import Role
from resolvers.context import Context
from resolvers.graph import core_schema, personal_fields
from rules import clock, identity
from rules.actor import Actor, Anonymous, Caller
from schema import Schema
from schema.errors import INTERNAL

log = logging.getLogger(__name__)

OFFERED_AT_ONCE = 64
"""To how many members a frame goes before everything else in the process gets a turn."""
NOBODY = UUID(int=0)


def unexpected(caller: Caller) -> GraphQLError:
    """What a member is told of an error of ours."""
    return GraphQLError(INTERNAL[caller.language], extensions={"code": "INTERNAL"})


class Execution:
    """One subscription at work, for as long as it has members.

    Before anything is delivered, and whenever the log is looked at, one statement asks which members' sessions still
    stand for somebody of this scope; the others are told `complete` at once.
    """

    def __init__(
        self,
        schema: Schema,
        asked: Asked,
        context: Context,
        actor: Actor,
        *,
        personal: bool,
        retire: Callable[[], None],
    ) -> None:
        """Begin; for one person alone if it is `personal`. `retire` is called once nobody may join any more."""
        self._schema = schema
        self._asked = asked
        self._retire = retire
        self._members: set[Member] = set()
        if not personal:
            # It answers many: so it is nobody of them, and could not tell one what is another's.
            actor = replace(actor, user_id=NOBODY, person_id=NOBODY)
        self._actor = actor
        self._context = replace(context, caller=actor, refresh=self._refresh, connection_params=None)
        self._asking: asyncio.Future[list[Member]] | None = None
        """Who stands, asked since the last look and not yet told of it."""
        self._task = asyncio.create_task(self._run())

    def __len__(self) -> int:
        return len(self._members)

    @property
    def stopped(self) -> bool:
        """Whether nothing of it runs any more."""
        return self._task.done()

    def join(self, member: Member) -> None:
        """Tell `member` of what is delivered from now on."""
        self._members.add(member)

    async def leave(self, member: Member) -> None:
        """Forget a member; return after the execution has stopped if it was the last."""
        self._forget(member)
        if not self._members:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        ending, answered = COMPLETE, False
        try:
            stream = await self._schema.stream(
                self._asked.query,
                variable_values=self._asked.variables,
                context_value=self._context,
                operation_name=self._asked.operation_name,
            )
            async with aclosing(stream) as results:
                async for result in results:
                    answered = True
                    if isinstance(result, PreExecutionError):
                        ending = Ending(errors=result.errors or ())
                    elif isinstance(result, ExecutionResult):
                        await self._deliver(self._encoded(result))
        except Exception:
            log.exception("a subscription ended unexpectedly")
            ending = Ending(errors=[unexpected(self._actor)])
        finally:
            self._retire()
            for member in self._members:
                # Of an error that ends the stream, who joined while it was delivered has not heard.
                member.end(LATE if answered and ending is COMPLETE and not member.told else ending)

    def _encoded(self, result: ExecutionResult) -> Frame:
        payload: dict[str, Any] = {"data": result.data}
        if result.errors:
            payload["errors"] = [error.formatted for error in result.errors]
        if result.extensions:
            payload["extensions"] = result.extensions
        text = encoded(payload)
        return Frame(text, len(text) if text.isascii() else len(text.encode()))

    async def _deliver(self, frame: Frame) -> None:
        asking, self._asking = self._asking or asyncio.ensure_future(self._standing()), None
        for number, member in enumerate(await asking, start=1):
            if not member.offer(frame):
                self._forget(member)
            elif self._asked.resumes:
                await member.caught_up()  # alone with a backlog, it goes as fast as its member reads
            if number % OFFERED_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _refresh(self) -> Awaitable[Caller]:
        """As whom the log is looked at: an actor of the scope while a member stands, then nobody. Asked after each
        look, while its first answer is made: so that answer waits for nothing more."""
        self._asking = asyncio.ensure_future(self._standing())
        return self._follower(self._asking)

    async def _follower(self, asking: asyncio.Future[list[Member]]) -> Caller:
        standing, now = await asking, clock.now()
        if not standing:
            return Anonymous(now=now, language=self._actor.language, request_id=self._actor.request_id)
        return replace(self._actor, now=now, session_id=standing[0].session_id)

    async def _standing(self) -> list[Member]:
        """The members whose right still stands; the others are ended. Who joins meanwhile is not asked and not told."""
        members = list(self._members)
        if not members:
            return []
        lapsed = await identity.lapsed({member.session_id for member in members}, self._actor, clock.now())
        if not lapsed:
            return members
        for member in members:
            if member.session_id in lapsed:
                member.end(COMPLETE, at_once=True)
                self._forget(member)
        return [member for member in members if member.session_id not in lapsed]

    def _forget(self, member: Member) -> None:
        self._members.discard(member)
        if not self._members:
            self._retire()


class Executions:
    """The executions of one schema that may be joined, by what was asked and who may see the same."""

    _of_schemas: WeakKeyDictionary[Schema, Executions] = WeakKeyDictionary()

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._personal = {role: personal_fields(core_schema(schema), role) for role in Role}
        self._running: dict[Hashable, Execution] = {}

    def __iter__(self) -> Iterator[Execution]:
        return iter([*self._running.values()])

    @classmethod
    def of(cls, schema: Schema) -> Executions:
        """Those of `schema`: each assembled product has its own."""
        known = cls._of_schemas.get(schema)
        if known is None:
            known = cls._of_schemas[schema] = cls(schema)
        return known

    def begin_or_join(self, asked: Asked, context: Context, actor: Actor) -> Execution:
        """The execution that answers `actor`, the caller of `context` as they are now: one that runs if it began from
        now on as this one shall, else a new one."""
        personal = not self._personal[actor.role].isdisjoint(asked.fields)
        key = (asked.key, scope(actor, personal=personal)) if asked.key else object()
        execution = self._running.get(key)
        if execution is None:
            execution = Execution(
                self._schema, asked, context, actor, personal=personal, retire=lambda: self._retire(key, execution)
            )
            self._running[key] = execution
        return execution

    def _retire(self, key: Hashable, execution: Execution | None) -> None:
        if self._running.get(key) is execution:
            self._running.pop(key, None)
