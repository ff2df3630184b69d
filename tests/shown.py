"""
Tables that a run is asked to show: a test hands them over, the terminal summary prints them at the end.

A pytest plugin. Where several processes share the tests, each sends its tables to the one that prints.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

Show = Callable[[str, Sequence[str], Sequence[Sequence[str]]], None]
Table = list[Any]

TABLES = pytest.StashKey[list[Table]]()
SENT = "shown tables"


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Show:
    """Have a table printed when all tests are done: its title, the heads of its columns, its rows."""

    def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        request.config.stash.setdefault(TABLES, []).append([title, _plain(heads), [_plain(row) for row in rows]])

    return show


def _plain(cells: Sequence[str]) -> list[str]:
    """What can be sent to another process: no subclass of str, such as an enum's member."""
    return [str(cell) for cell in cells]


def pytest_sessionfinish(session: pytest.Session) -> None:
    sent = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent[SENT] = session.config.stash.get(TABLES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    tables = (getattr(node, "workeroutput", None) or {}).get(SENT, [])
    node.config.stash.setdefault(TABLES, []).extend(tables)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, heads, rows in config.stash.get(TABLES, []):
        terminalreporter.section(title)
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        for row in (heads, ["-" * width for width in widths], *rows):
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            terminalreporter.write_line(line.rstrip())
