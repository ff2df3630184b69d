"""The parameters of a compiled statement: what is known now, and what each request will bring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from resolvers.graph.internals import VariableValues
from rules.access import Parameters
from rules.actor import Caller


@dataclass(frozen=True, slots=True)
class Request:
    """What one execution of a plan takes from: who asks, with which variables, for which rows."""

    caller: Caller
    variables: VariableValues
    keys: tuple[Any, ...] = ()


Getter = Callable[[Request], Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """Stands for an attribute of whoever will ask."""

    name: str

    def __call__(self, request: Request) -> Any:
        return getattr(request.caller, self.name)


@dataclass(frozen=True, slots=True)
class Key:
    """Stands for what a resolver will say of the rows it found."""

    place: int

    def __call__(self, request: Request) -> Any:
        return request.keys[self.place]


KNOWN = frozenset({"role", "language", "scopes", "confined"})
"""What a plan is made for; everything else of an actor is a parameter."""


def anybody_like(caller: Caller) -> Caller:
    """A caller of the same role, language and bounds whose other attributes stand for those of whoever will ask: the
    rules write their conditions for them, and the statement serves everybody alike."""
    symbols: dict[str, Any] = {field.name: Attribute(field.name) for field in fields(caller) if field.name not in KNOWN}
    return replace(caller, **symbols)


class Bindings(Parameters):
    """Parameters whose values are had from a request. The same value is bound once."""

    def __init__(self) -> None:
        super().__init__()
        self.getters: list[Getter] = []
        self._placeholders: dict[tuple[Any, str], str] = {}

    def bind(self, value: Any, sql_type: str) -> str:
        """A placeholder for `value`: a constant, or what stands for an attribute of the caller or a key."""
        getter = value if isinstance(value, Attribute | Key) else lambda _, constant=value: constant
        if not isinstance(value, Attribute | Key | str | int | UUID):
            return self.bind_getter(getter, sql_type)
        known = self._placeholders.get((value, sql_type))
        if known is None:
            known = self._placeholders[value, sql_type] = self.bind_getter(getter, sql_type)
        return known

    def bind_getter(self, getter: Getter, sql_type: str) -> str:
        """A placeholder for what `getter` takes from each request."""
        self.getters.append(getter)
        return f"${len(self.getters)}::{sql_type}"

    @property
    def personal(self) -> bool:
        """Whether the statement asks who the caller is, beyond their role, language and organisation."""
        return any(isinstance(getter, Attribute) and getter.name == "user_id" for getter in self.getters)
