"""On a WebSocket the context lives as long as the connection: its caller is read anew for every operation, so that a
sign-out or a changed role counts at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

from strawberry.extensions import SchemaExtension


class FreshCaller(SchemaExtension):
    """Asks who the caller is now, where that can have changed since the context was made."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Before the operation is parsed."""
        context = self.execution_context.context
        if context.refresh is not None:
            context.caller = await context.refresh()
        yield
