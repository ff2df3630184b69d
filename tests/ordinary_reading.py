"""The oracle's database: every row as a plain object in memory, and which of them one caller may see.

Nothing of the compiler is in it: tables are read whole by Tortoise, and visibility is asked of `rules.access` for all
rows of a table at once. True for as long as nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise import Model

from models.attachments import DraftAttachment, RevisionAttachment
from models.certificates import AgreementAcceptance
from models.identity import AccountLink, Passkey
from models.service_accounts import ServiceToken
from models.signatures import SignatureTimeStamp
from models.users import Session
from resolvers.graph import NODES
from rules import access
from rules.actor import Caller


class Row:
    """What a row of the table `of_model` holds, by column. No Tortoise model: those can be awaited, and would be."""

    def __init__(self, model: type[Model], instance: Model) -> None:
        self.of_model = model
        for name in model._meta.fields_db_projection:
            setattr(self, name, getattr(instance, name))

    id: UUID

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.of_model.__name__} has no column {name}")


@dataclass
class Snapshot:
    """The rows of every table behind a GraphQL type, by key."""

    rows: dict[type[Model], dict[UUID, Row]]
    _children: dict[tuple[type[Model], str], dict[UUID, list[Row]]] = field(default_factory=dict)

    @classmethod
    async def taken(cls) -> Snapshot:
        """The database as it is now."""
        linking: list[type[Model]] = [AgreementAcceptance, SignatureTimeStamp, RevisionAttachment, DraftAttachment]
        linking += [AccountLink, Passkey, ServiceToken, Session]
        tables = [*NODES.values(), *linking]
        return cls({model: {row.pk: Row(model, row) for row in await model.all()} for model in tables})

    def all(self, model: type[Model]) -> Iterable[Row]:
        """Every row of a table, in no order."""
        return self.rows[model].values()

    def children(self, model: type[Model], column: str, key: UUID) -> list[Row]:
        """The rows whose foreign key `column` is `key`, in no order."""
        if (model, column) not in self._children:
            by_key = self._children[model, column] = {}
            for row in self.all(model):
                by_key.setdefault(getattr(row, column), []).append(row)
        return self._children[model, column].get(key, [])

    async def seen_by(self, caller: Caller) -> View:
        """The same through a caller's eyes."""
        visible = {model: await access.visible_ids(model, caller, ids) for model, ids in self.rows.items()}
        return View(self, caller, visible)


@dataclass
class View:
    """A snapshot with what one caller may see of it by each table's own policy."""

    snapshot: Snapshot
    caller: Caller
    visible: dict[type[Model], set[UUID]]

    def may(self, row: Row) -> bool:
        """Whether the caller may see the row."""
        return row.id in self.visible[row.of_model]

    def find(self, model: type[Model], key: UUID | None) -> Row | None:
        """The row, if it may be seen."""
        row = None if key is None else self.snapshot.rows[model].get(key)
        return row if row is not None and self.may(row) else None

    def those(self, rows: Iterable[Row], *conditions: Callable[[Row], bool]) -> list[Row]:
        """The rows that may be seen and meet the conditions."""
        return [row for row in rows if self.may(row) and all(condition(row) for condition in conditions)]
