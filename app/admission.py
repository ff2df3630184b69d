"""Whether a request is executed: asked at each door of /graphql (the short way, the ordinary one, sockets) in the same
words, before anything is.

A document is judged once; what is left to each request is its cost and the caller's budget, a few microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import GraphQLSchema
from starlette.types import Scope

from app.budgets import Budgets
from app.settings import Settings
from app.trusted_documents import read_manifest
from rules.actor import Caller
from rules.refusals import Refusal
from schema.document_limits import DocumentJudge, DocumentLimits
from schema.request_errors import RequestCode, RequestRefused, too_many_requests
from web.limiter import Limiter, network_of

SCOPE_KEY = "graphql.charge"
"""Where a request that goes the ordinary way keeps what the short way has charged for it."""


class Charge(NamedTuple):
    """What a request costs, what one may cost, and what is left of the caller's budget."""

    requested: int
    limit: int
    available: int

    def told(self) -> dict[str, Any]:
        """As the answer's `extensions` hold it."""
        return {"cost": self._asdict()}

    def written(self) -> bytes:
        """The same as JSON text."""
        return b'{"cost":{"requested":%d,"limit":%d,"available":%d}}' % self


class Admission:
    """The limits of one installation. `checks` counts verifications together with the public page."""

    def __init__(self, schema: GraphQLSchema, settings: Settings, checks: Limiter) -> None:
        limits = DocumentLimits(
            tokens=settings.graphql_tokens,
            depth=settings.graphql_depth,
            aliases=settings.graphql_aliases,
            directives=settings.graphql_directives,
            root_fields=settings.graphql_root_fields,
        )
        self._judge = DocumentJudge(schema, limits, introspection=settings.introspection)
        self._documents = read_manifest(settings.trusted_documents, only=settings.trusted_documents_only)
        self._budgets = Budgets(
            signed_in=settings.graphql_cost_per_minute,
            anonymous=settings.graphql_cost_per_minute_anonymous,
            most_at_once=settings.graphql_cost,
        )
        self._checks = checks

    def text(self, request: Mapping[str, Any]) -> str:
        """The document that a request (`query`, `documentId`, `extensions`) asks for. Raises RequestRefused."""
        return self._documents.text(request.get("query"), request.get("documentId"), request.get("extensions"))

    def charge(
        self, text: str, operation_name: str | None, variables: Mapping[str, Any], caller: Caller, network: str
    ) -> Charge:
        """Let an operation of a document be executed at the caller's cost. Raises RequestRefused."""
        judged = self._judge.judged(text, operation_name)
        cost = judged.cost(variables)
        limit = self._budgets.limit(caller)
        if cost > limit:
            raise RequestRefused(RequestCode.COST_TOO_HIGH, details={"requested": cost, "limit": limit})
        for _ in range(judged.checks):
            try:
                self._checks.spend_of(network)
            except Refusal as refusal:
                raise too_many_requests(refusal.details["seconds"]) from refusal
        return Charge(cost, limit, self._budgets.spend(caller, network, cost))


def network_in(scope: Scope) -> str:
    """The network a connection comes from; behind a proxy the one that uvicorn was told to believe."""
    client = scope.get("client")
    return network_of(client[0]) if client else ""
