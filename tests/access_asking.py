"""Asking as the access matrix does: documents made of the schema, answers brought down to one symbol, and what was
asked of PostgreSQL meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLUnionType, get_named_type

from rules import identity, service_accounts

DONE, FORBIDDEN, UNAUTHENTICATED, NOT_FOUND, NOT_YOUR_SLOT = "+", "F", "U", "N", "S"
SYMBOLS = {
    "FORBIDDEN": FORBIDDEN,
    "UNAUTHENTICATED": UNAUTHENTICATED,
    "NOT_FOUND": NOT_FOUND,
    "NOT_YOUR_SLOT": NOT_YOUR_SLOT,
}
FAILURES = ("INTERNAL", "INTERNAL_ERROR", "COST_TOO_HIGH", "RATE_LIMITED", "VALIDATION_FAILED", "BAD_REQUEST")
STATEMENT_LOGS = ("tortoise.db_client", "graph.statements")


def document(kind: str, name: str, field: GraphQLField, selection: str = "") -> str:
    """The operation that asks for one root field with all its arguments as variables."""
    declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
    given = ", ".join(f"{each}: ${each}" for each in field.args)
    taken, passed = (f"({declared})", f"({given})") if field.args else ("", "")
    return f"{kind} Asked{taken} {{ {name}{passed} {selection or _selection(field)} }}"


def _selection(field: GraphQLField) -> str:
    of = get_named_type(field.type)
    if isinstance(of, GraphQLUnionType):
        return "{ __typename ... on Problem { code field message details } }"
    return "{ __typename }" if isinstance(of, GraphQLObjectType) else ""


def is_list(field: GraphQLField) -> bool:
    of = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(of, GraphQLList)


def code_of(answer: dict[str, Any]) -> str | None:
    """Why the only field was refused; None if it was not."""
    if answer.get("errors"):
        return str(answer["errors"][0]["extensions"]["code"])
    (value,) = answer["data"].values()
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict) and value.get("__typename") == "Problem":
        return str(value["code"])
    return None


def outcome(answer: dict[str, Any]) -> str:
    """The symbol for an answer to a mutation. Raises AssertionError for what is no answer to what was asked."""
    code = code_of(answer)
    assert code not in FAILURES, answer
    if code is None and next(iter(answer["data"].values())) in (False, 0):
        return NOT_FOUND  # nothing was there to be done
    return DONE if code is None else SYMBOLS.get(code, DONE)


WHO_ASKS = {identity.BY_TOKEN, identity.BY_SESSION, service_accounts.STANDS_FOR}


class Statements(logging.Handler):
    """The texts of the statements that reach PostgreSQL, in order; but not who a token stands for, which is remembered
    for a while and looked up before anything is known of what is asked."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.args[0] if isinstance(record.args, tuple) and record.args else record.msg
        if text not in WHO_ASKS:
            self.texts.append(str(text))

    def taken(self) -> list[str]:
        """What was recorded since it was asked last."""
        texts, self.texts = self.texts, []
        return texts


@contextmanager
def statements() -> Iterator[Statements]:
    """Record statements for as long as the body runs."""
    recorder = Statements()
    loggers = [logging.getLogger(name) for name in STATEMENT_LOGS]
    former = [(each.level, each.propagate) for each in loggers]
    for each in loggers:
        each.addHandler(recorder)
        each.setLevel(logging.DEBUG)
        each.propagate = False
    try:
        yield recorder
    finally:
        for each, (level, propagate) in zip(loggers, former, strict=True):
            each.removeHandler(recorder)
            each.setLevel(level)
            each.propagate = propagate
