"""The filters beside a list: one form, sent by GET. Sqladmin's own speak English and pass any text to the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from starlette.exceptions import HTTPException
from starlette.requests import Request

from admin.enum_words import ENUM_WORDS
from admin.formats import ZONE
from admin.wording import both

Choices = list[tuple[str, str]]
RunQuery = Callable[[Select[Any]], Awaitable[Sequence[Any]]]

ALL = "all"
EVERYTHING = both("Все", "All")


class MemberFilter:
    """One member of an enum, or a named group of them.

    :param groups: by the word for the address, a name and the members that it stands for
    :param default_value: what is shown when the address does not say
    """

    has_operator = False
    template = "filters/choice.html"

    def __init__(
        self,
        column: str,
        members: type[StrEnum],
        title: str,
        *,
        groups: Mapping[str, tuple[str, Sequence[StrEnum]]] | None = None,
        default_value: str = ALL,
    ) -> None:
        self.column = self.parameter_name = column
        self.title = title
        self.default_value = default_value
        self._members: dict[str, Sequence[StrEnum]] = {member.value: [member] for member in members}
        self._choices: Choices = [(ALL, EVERYTHING)]
        for key, (name, group) in (groups or {}).items():
            self._members[key] = group
            self._choices.append((key, name))
        self._choices += [(member.value, name) for member, name in ENUM_WORDS[members].items()]

    async def lookups(self, request: Request, model: Any, run_query: RunQuery) -> Choices:
        return self._choices

    async def get_filtered_query(self, query: Select[Any], value: str | None, model: Any) -> Select[Any]:
        chosen = value or self.default_value
        if chosen == ALL:
            return query
        if chosen not in self._members:
            raise HTTPException(404)
        return query.where(getattr(model, self.column).in_(self._members[chosen]))


class ReferenceFilter:
    """Rows that point to one row of a short list."""

    has_operator = False
    template = "filters/choice.html"
    default_value = ALL

    def __init__(self, column: str, title: str, choices: Callable[[], Select[Any]]) -> None:
        """`choices` selects, in their order, the id and the name of each row to choose from."""
        self.column = self.parameter_name = column
        self.title = title
        self._choices = choices

    async def lookups(self, request: Request, model: Any, run_query: RunQuery) -> Choices:
        return [(ALL, EVERYTHING), *((str(id), str(name)) for id, name in await run_query(self._choices()))]

    async def get_filtered_query(self, query: Select[Any], value: str | None, model: Any) -> Select[Any]:
        if value is None or value in ("", ALL):
            return query
        try:
            return query.where(getattr(model, self.column) == UUID(value))
        except ValueError:
            raise HTTPException(404) from None


class NullFilter:
    """Rows without a value in a column, or with one.

    :param absent, present: the word for the address and the name of either choice
    :param default_value: what is shown when the address does not say
    """

    has_operator = False
    template = "filters/choice.html"

    def __init__(
        self, column: str, title: str, *, absent: tuple[str, str], present: tuple[str, str], default_value: str = ALL
    ) -> None:
        self.column = self.parameter_name = column
        self.title = title
        self.default_value = default_value
        self._wants_null = {absent[0]: True, present[0]: False}
        self._choices: Choices = [(ALL, EVERYTHING), absent, present]

    async def lookups(self, request: Request, model: Any, run_query: RunQuery) -> Choices:
        return self._choices

    async def get_filtered_query(self, query: Select[Any], value: str | None, model: Any) -> Select[Any]:
        chosen = value or self.default_value
        if chosen == ALL:
            return query
        if chosen not in self._wants_null:
            raise HTTPException(404)
        return query.where(getattr(model, self.column).is_(None) == self._wants_null[chosen])


class DayFilter:
    """Rows from a day on, or up to the end of a day."""

    has_operator = False
    template = "filters/day.html"

    def __init__(self, column: str, title: str, *, until: bool = False) -> None:
        self.column = column
        self.parameter_name = f"{column}_{'until' if until else 'from'}"
        self.title = title
        self._until = until

    async def lookups(self, request: Request, model: Any, run_query: RunQuery) -> Choices:
        return []

    async def get_filtered_query(self, query: Select[Any], value: str, model: Any) -> Select[Any]:
        column = getattr(model, self.column)
        try:
            begins = datetime.combine(date.fromisoformat(value) + timedelta(days=self._until), time.min, ZONE)
            bound = begins.astimezone(UTC)
        except (ValueError, OverflowError):
            raise HTTPException(404) from None
        return query.where(column < bound if self._until else column >= bound)
