"""The select of one level of a selection: which rows, in which order, how many, and what is joined to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tortoise import Model

from resolvers.graph.declarations import quoted, table

MOST_JOINS = 7
"""How many rows are joined within one select, nested ones included. PostgreSQL tries the orders of eight tables
(join_collapse_limit); what goes beyond becomes a subquery."""


@dataclass(slots=True)
class Joins:
    """How many tables are joined within one select and what is flattened into it."""

    count: int = 0


@dataclass
class Level:
    """Rows of `model` under `alias`.

    `proved` tells whether they are here by their own policy, not by another right; `breadth` how many such rows there
    may be in all.
    """

    model: type[Model]
    alias: str
    proved: bool
    breadth: int
    conditions: Sequence[str] = ()
    order: Sequence[str] = ()
    """Columns, the first to sort by first."""
    backward: bool = False
    """Sorted the other way round."""
    limit: int | None = None
    joins: list[str] = field(default_factory=list)
    joined: Joins = field(default_factory=Joins)

    @property
    def ordered(self) -> str:
        """The columns to sort by, as written after "order by"."""
        return self.sorted_by(backward=self.backward)

    def sorted_by(self, *, backward: bool) -> str:
        """The columns to sort by in one direction or the other."""
        return ", ".join(f"{self.alias}.{quoted(name)}{' desc' if backward else ''}" for name in self.order)

    @property
    def where(self) -> str:
        """The conditions as one."""
        return " and ".join(self.conditions) or "true"

    def source(self) -> str:
        """The from clause and all that follows, in the order of the response. The rows of a page are chosen before
        anything is joined to them."""
        origin, joins = f"{table(self.model)} {self.alias}", "".join(f" {join}" for join in self.joins)
        if self.limit is None:
            order = f" order by {self.ordered}" if self.order else ""
            return f"from {origin}{joins} where {self.where}{order}"
        cut = f"{origin} where {self.where} order by {self.ordered} limit {self.limit}"
        if not joins and not self.backward:
            return f"from {cut}"
        chosen = f"(select {self.alias}.* from {cut}) {self.alias}"
        return f"from {chosen}{joins} order by {self.sorted_by(backward=False)}"
