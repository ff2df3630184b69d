"""How much may be received. The settings say so; a rule finds it in the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from rules.file_kinds import FileKind

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """`most_octets` of one file, of the `kinds` that are taken; so many files `per_entry`, and per request;
    `unheld_octets` of one person's files that no entry holds; those that no draft holds either are removed after
    `orphaned_after`."""

    most_octets: int
    per_entry: int
    kinds: frozenset[FileKind]
    unheld_octets: int
    orphaned_after: timedelta
