"""Values worked out in Python inside an answer that is otherwise text: the statement leaves a hole with what the work
needs, the rest of the text is never parsed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLOutputType

from resolvers.graph.completion import Complete, completion
from resolvers.graph.internals import FieldDetailsList
from resolvers.graph.selections import Operation
from rules.actor import Caller

MARK = secrets.token_hex(16)
"""Nobody can write it into a row: it is drawn when the process starts and never leaves it."""
HOLE = re.compile(rf'\["{MARK}", (\d+), (.*?), "{MARK}"\]'.encode(), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Hole:
    """One field of a plan that Python works out."""

    work: Callable[[Any, Caller], Any]
    complete: Complete

    @classmethod
    def of(
        cls,
        operation: Operation,
        kind: GraphQLOutputType,
        details: FieldDetailsList,
        work: Callable[[Any, Caller], Any],
    ) -> Hole:
        """The hole of a selected field of the type `kind`."""
        return cls(work, completion(operation, kind, details))


def marked(place: int, needs: str) -> str:
    """The SQL of the hole at `place` in the plan, holding the JSON expression `needs`."""
    return f"json_build_array('{MARK}', {place}, {needs}, '{MARK}')"


def filled(text: bytes, holes: Sequence[Hole], caller: Caller) -> bytes:
    """The answer with every hole filled."""
    pieces = HOLE.split(text)
    for start in range(1, len(pieces), 3):
        hole = holes[int(pieces[start])]
        pieces[start] = b""
        pieces[start + 1] = orjson.dumps(hole.complete(hole.work(orjson.loads(pieces[start + 1]), caller)))
    return b"".join(pieces)
