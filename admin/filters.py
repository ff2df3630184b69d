"""The filters beside a list: one form, sent by GET. Sqladmin's own speak English and pass any text to the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from starlette.exceptions import HTTPException
from starlette.requests import Request

from admin.enum_words import ENUM_WORDS
from admin.formats import ZONE
from admin.wording import both

Choices = list[tuple[str, str]]
OnColumn = Callable[[Any], ColumnElement[bool]]
RunQuery = Callable[[Select[Any]], Awaitable[Sequence[Any]]]

ALL = "all"
EVERYTHING = both("Все", "All")


class ChoiceFilter:
    """One of several conditions on a column, each with a word for the address and a name.

    :param choices: by the word, the name and what makes the condition of the column
    :param default_value: what is shown when the address does not say
    """

    has_operator = False
    template = "filters/choice.html"

    def __init__(
        self, column: str, title: str, choices: Mapping[str, tuple[str, OnColumn]], *, default_value: str = ALL
    ) -> None:
        self.column = self.parameter_name = column
        self.title = title
        self.default_value = default_value
        self._conditions = {word: condition for word, (_, condition) in choices.items()}
        self._choices: Choices = [(ALL, EVERYTHING), *((word, name) for word, (name, _) in choices.items())]

    async def lookups(self, request: Request, model: Any, run_query: RunQuery) -> Choices:
        return self._choices

    async def get_filtered_query(self, query: Select[Any], value: str | None, model: Any) -> Select[Any]:
        chosen = value or self.default_value
        if chosen == ALL:
            return query
        if chosen not in self._conditions:
            raise HTTPException(404)
        return query.where(self._conditions[chosen](getattr(model, self.column)))


class MemberFilter(ChoiceFilter):
    """One member of an enum, or a named group of them.

    :param groups: by the word for the address, a name and the members that it stands for
    """

    def __init__(
        self,
        column: str,
        members: type[StrEnum],
        title: str,
        *,
        groups: Mapping[str, tuple[str, Sequence[StrEnum]]] | None = None,
        default_value: str = ALL,
    ) -> None:
        choices = {word: (name, _among(group)) for word, (name, group) in (groups or {}).items()}
        choices |= {member.value: (name, _among([member])) for member, name in ENUM_WORDS[members].items()}
        super().__init__(column, title, choices, default_value=default_value)


def _among(members: Sequence[StrEnum]) -> OnColumn:
    return lambda column: column.in_(members)


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


class NullFilter(ChoiceFilter):
    """Rows without a value in the column, or with one.

    :param absent: the word and the name of the first choice; `present`: of the second
    """

    def __init__(
        self, column: str, title: str, *, absent: tuple[str, str], present: tuple[str, str], default_value: str = ALL
    ) -> None:
        choices: dict[str, tuple[str, OnColumn]] = {
            absent[0]: (absent[1], lambda column: column.is_(None)),
            present[0]: (present[1], lambda column: column.is_not(None)),
        }
        super().__init__(column, title, choices, default_value=default_value)


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
