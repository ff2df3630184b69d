"""Words in both languages of the back office: chosen when they are shown, by the language of the request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqladmin.i18n import get_locale

from models.enums import Language
from rules.refusals import Code, Refusal


def language() -> Language:
    """The language of the request at hand: Russian unless English was switched on."""
    return Language.EN if get_locale() == Language.EN else Language.RU


@dataclass(frozen=True, slots=True)
class _Both:
    ru: str
    en: str

    def __str__(self) -> str:
        return self.en if language() is Language.EN else self.ru


def both(ru: str, en: str) -> str:
    """A text for sqladmin's class attributes and for templates, which is put into words only where it is shown."""
    return cast("str", _Both(ru, en))


HTTP_WORDS: dict[int, str] = {
    400: both("Неверный запрос", "The request is not understood"),
    403: both("Отказано", "Refused"),
    404: both("Не найдено", "Not found"),
    405: both("Так этот адрес не открыть", "This address cannot be opened this way"),
}
"""What an error page says, by HTTP status."""
OTHER_ERROR = both("Запрос не выполнен", "The request was not carried out")

STATUSES: dict[Code, int] = {Code.NOT_FOUND: 404, Code.CONFLICT: 409, Code.INVALID: 422, Code.RATE_LIMITED: 429}
OTHER_REFUSAL = 403
"""The HTTP status that a rule's refusal goes out under."""


def status_of(refusal: Refusal) -> int:
    """The HTTP status of the page that tells of `refusal`."""
    return STATUSES.get(refusal.code, OTHER_REFUSAL)
