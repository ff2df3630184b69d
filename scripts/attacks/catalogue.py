"""All checks, in the order they are tried: those that spend what others need come last."""

# ruff: noqa: I001 - in this order
from __future__ import annotations

from scripts.attacks import (  # noqa: F401 - each puts its checks on the list
    injection,
    pages,
    documents,
    bodies,
    sockets,
    information,
    rows,
    rights,
    sessions,
    browsers,
    evidence,
    protocol,
    trusted,
    guessing,
)
from scripts.attacks.checks import CHECKS

__all__ = ["CHECKS"]
