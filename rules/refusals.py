"""The one error family of rules. An edge turns it into a Problem, a page or a flash message; nobody else catches it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from rules.wording import REFUSALS, Language


class Code(StrEnum):
    """What went wrong, for programs. The words for people stand in `rules.wording`."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    INVALID = "INVALID"
    RATE_LIMITED = "RATE_LIMITED"
    CONFLICT = "CONFLICT"
    STALE_REVISION = "STALE_REVISION"
    WRONG_PIN = "WRONG_PIN"
    PIN_LOCKED = "PIN_LOCKED"
    NO_CERTIFICATE = "NO_CERTIFICATE"
    AGREEMENT_REQUIRED = "AGREEMENT_REQUIRED"
    NOT_YOUR_SLOT = "NOT_YOUR_SLOT"
    ALREADY_SIGNED = "ALREADY_SIGNED"
    JOURNAL_ARCHIVED = "JOURNAL_ARCHIVED"


class Refusal(Exception):
    """A rule says no.

    Parameters: `code`; `reason`, a key of `rules.wording.REFUSALS` (the code's own words if left out); `field`, the
    dotted path of the argument at fault in the names clients use; `details`, particulars for programs, also filled
    into the words.
    """

    def __init__(
        self,
        code: Code,
        reason: str | None = None,
        *,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.reason = reason or code.value
        self.field = field
        self.details = dict(details or {})
        super().__init__(f"{code}: {self.reason}" + (f" ({field})" if field else ""))

    def message(self, language: Language) -> str:
        """The sentence for a person, in `language`."""
        return problem_words(self.reason, self.details, language)


def problem_words(reason: str, details: Mapping[str, Any], language: Language) -> str:
    """The sentence for a person of a refusal that was put down, in `language`."""
    return REFUSALS[reason][language].format(**details)


def not_found(field: str | None = None) -> Refusal:
    """What does not exist and what may not be seen are told in the same words (design.md §3, law 11)."""
    return Refusal(Code.NOT_FOUND, field=field)


def invalid(field: str, reason: str, **details: Any) -> Refusal:
    """A value of an argument cannot be taken."""
    return Refusal(Code.INVALID, reason, field=field, details=details)
