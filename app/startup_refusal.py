"""Why the product cannot run here, in one line that a person can act upon."""

from typing import Literal, NamedTuple

Language = Literal["ru", "en"]


class Line(NamedTuple):
    """One line for the person at the console, in both languages."""

    ru: str
    en: str

    def text(self, language: Language) -> str:
        """The line in `language`."""
        return self.ru if language == "ru" else self.en


class StartupRefused(Exception):
    """Something outside the program has to be put right first; the console shows `line` and no traceback."""

    def __init__(self, *, ru: str, en: str) -> None:
        super().__init__(en)
        self.line = Line(ru, en)
