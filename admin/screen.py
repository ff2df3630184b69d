"""What all screens have in common: they show rows and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqladmin import ModelView
from sqlalchemy import ColumnElement, Select, inspect, or_, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption
from starlette.exceptions import HTTPException
from starlette.requests import Request

from admin.formats import FORMATS
from admin.labels import LABELS


class Screen(ModelView):
    """The list and the details of one mirrored table.

    Columns are named by dotted paths; whatever relation a path goes through is loaded with the rows, in one query a
    relation.
    """

    model: ClassVar[Any]
    can_create = can_edit = can_delete = can_export = can_import = False
    page_size = 25
    page_size_options = (25, 50, 100)
    column_labels: ClassVar[dict[Any, str]] = LABELS
    column_filters: ClassVar[Sequence[Any]] = ()
    column_type_formatters = FORMATS

    sort_columns: ClassVar[dict[str, str]] = {}
    """By the name of a shown column, the column that it is sorted by: names have a key that sorts them as people do."""

    def called(self, row: Any) -> str:
        """What the row is called, above its page."""
        return str(FORMATS.get(type(row), str)(row))

    def list_query(self, request: Request) -> Select[Any]:
        return select(self.model).options(*self._loads(self._list_prop_names))

    def details_query(self, request: Request) -> Select[Any]:
        try:
            id = UUID(request.path_params["pk"])
        except ValueError:
            raise HTTPException(404) from None
        return select(self.model).where(self.model.id == id).options(*self._loads(self._details_prop_names))

    def sort_query(self, stmt: Select[Any], request: Request) -> Select[Any]:
        asked = request.query_params.get("sortBy")
        if asked and asked not in self._sort_fields:
            raise HTTPException(404)
        order = [(asked, request.query_params.get("sort") == "desc")] if asked else self._get_default_sort()
        for name, descending in [*order, ("id", False)]:  # the id, so that no row is on two pages
            column = getattr(self.model, self.sort_columns.get(name, name))
            stmt = stmt.order_by(column.desc() if descending else column.asc())
        return stmt

    def search_query(self, stmt: Select[Any], term: str) -> Select[Any]:
        # PostgreSQL's text holds no NUL: a term with one would be an error, not a miss.
        sought = term.replace("\0", "\ufffd")
        return stmt.where(or_(*(_holds(self.model, path, sought) for path in self._search_fields)))

    def _loads(self, names: Iterable[str]) -> Iterator[ORMOption]:
        for name in names:
            load, model = None, self.model
            for part in name.split("."):
                relation = inspect(model).relationships.get(part)
                if relation is None:
                    break
                attribute = getattr(model, part)
                load = load.selectinload(attribute) if load else selectinload(attribute)
                model = relation.mapper.class_
            if load is not None:
                yield load


def _holds(model: Any, path: str, term: str) -> ColumnElement[bool]:
    """The condition that the text at the end of a dotted path holds `term`."""
    name, _, rest = path.partition(".")
    attribute = getattr(model, name)
    if rest:
        return cast("ColumnElement[bool]", attribute.has(_holds(attribute.property.mapper.class_, rest, term)))
    return sa.cast(attribute, sa.String).icontains(term, autoescape=True)
