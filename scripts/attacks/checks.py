"""What a check is, and the list of all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from scripts.attacks.target import Target


class Broken(Exception):
    """The attack got through; the message says what it got."""


class NotApplicable(Exception):
    """The target cannot be asked this; the message says why."""


class Category(StrEnum):
    """After the chapters of OWASP's GraphQL cheat sheet and the API Security Top 10."""

    INJECTION = "injection"
    SERVICE = "denial of service"
    SOCKETS = "web sockets"
    INFORMATION = "information"
    ACCESS = "access"
    BROWSERS = "browsers"
    GUESSING = "guessing"
    EVIDENCE = "verification, PKI"
    DOCUMENTS = "trusted documents"
    HTTP = "HTTP"


Attack = Callable[[Target], Awaitable[None]]
Planted = Callable[[], None]


@dataclass(frozen=True)
class Check:
    """One attack.

    :ivar attack: tries it on a target; raises Broken if it gets through
    :ivar planted: a control for what the naive server cannot show: judges an answer made up to be wrong, and raises
        Broken
    :ivar strict: for the product as it stands with trusted documents only, a required second factor, an https address
        and no trusted proxy
    :ivar patient: waits for a time limit of the target's, and therefore runs beside the others
    """

    category: Category
    what: str
    attack: Attack
    planted: Planted | None
    strict: bool
    patient: bool


CHECKS: list[Check] = []


def check(
    category: Category, what: str, *, planted: Planted | None = None, strict: bool = False, patient: bool = False
) -> Callable[[Attack], Attack]:
    """Puts an attack on the list."""

    def listed(attack: Attack) -> Attack:
        CHECKS.append(Check(category, what, attack, planted, strict, patient))
        return attack

    return listed


def broken_if(got_through: object, said: str) -> None:
    """Raises Broken where an attack got through."""
    if got_through:
        raise Broken(said[:200])
