"""The access matrix as it is declared: reads docs/access.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ACCESS = Path(__file__).parent.parent / "docs" / "access.md"
ROLES = (
    "superadmin",
    "operator admin",
    "operator employee",
    "subscriber admin",
    "subscriber employee",
    "partner",
    "anonymous",
)
STANDINGS = ("assigned", "not assigned", "foreign")
QUERIES, SUBSCRIPTIONS, MUTATIONS, ROWS = "Queries", "Subscriptions", "Mutations", "Rows by node(id)"
ROUTES, OFFICE = "Pages, files and other addresses", "Back office"
MATRICES = (QUERIES, SUBSCRIPTIONS, MUTATIONS, ROWS, ROUTES, OFFICE)
RELATIONS, VALUES = "Relations", "Values"
NONE = "–"


class Unreadable(Exception):
    """The document is not what it has to be."""


@dataclass(frozen=True)
class Row:
    """One member: the type of the row it is about, if it is about one, and by role what is expected: of a row in each
    standing, or once."""

    member: str
    target: str | None
    cells: dict[str, tuple[str, ...]]

    def expected(self, role: str, standing: str | None) -> str:
        """The symbol."""
        cell = self.cells[role]
        return cell[0] if standing is None else cell[STANDINGS.index(standing)]

    @property
    def standings(self) -> Sequence[str | None]:
        """What is asked about: three rows, or nothing in particular."""
        return STANDINGS if self.target else (None,)


@dataclass
class AccessTable:
    """Everything that is declared."""

    matrices: dict[str, dict[str, Row]]
    by_own_policy: dict[str, set[str]] = field(default_factory=dict)
    """By type, the relations at whose other end a row passes its own policy."""
    by_parent: dict[str, set[str]] = field(default_factory=dict)
    """By type, the relations at whose other end a row is shown because its parent is."""
    values: dict[str, set[str]] = field(default_factory=dict)
    """By type, what is told with it."""

    @property
    def shown_by_its_parent(self) -> set[tuple[str, str]]:
        """The relations at whose other end a row is shown because its parent is, whatever its own policy says."""
        return {(kind, name) for kind, names in self.by_parent.items() for name in names}

    def cells(self, title: str) -> int:
        """How many outcomes a matrix declares."""
        return sum(len(row.standings) for row in self.matrices[title].values()) * len(ROLES)


def read(text: str | None = None) -> AccessTable:
    """The tables of docs/access.md. Raises Unreadable for a row that is there twice or is not whole."""
    sections = dict(_sections(text if text is not None else ACCESS.read_text("utf-8")))
    table = AccessTable({title: _unique(map(_row, sections[title])) for title in MATRICES})
    for kind, own, parent in sections[RELATIONS]:
        table.by_own_policy[_plain(kind)] = _names(own)
        table.by_parent[_plain(kind)] = _names(parent)
    for kind, names in sections[VALUES]:
        table.values[_plain(kind)] = _names(names)
    return table


def _sections(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        lines = [line for line in body.splitlines() if line.startswith("|")]
        yield title.strip(), [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _row(cells: list[str]) -> Row:
    member, target, *outcomes = cells
    if len(outcomes) != len(ROLES):
        raise Unreadable(f"{member} has {len(outcomes)} outcomes")
    about = None if target == NONE else _plain(target)
    times = len(STANDINGS) if about else 1
    told = {}
    for role, outcome in zip(ROLES, outcomes, strict=True):
        symbols = tuple(outcome.split())
        if len(symbols) not in (1, times):
            raise Unreadable(f"{member}, {role}: {outcome}")
        told[role] = symbols if len(symbols) == times else symbols * times
    return Row(_plain(member), about, told)


def _unique(rows: Iterator[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row.member in found:
            raise Unreadable(f"{row.member} is there twice")
        found[row.member] = row
    return found


def _names(cell: str) -> set[str]:
    return set() if cell == NONE else {_plain(name) for name in cell.split(",")}


def _plain(cell: str) -> str:
    return cell.strip().strip("`")
