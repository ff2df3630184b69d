"""Why a signature that somebody brings is not looked at."""

from __future__ import annotations

from enum import StrEnum

from models.enums import Language
from rules.refusals import Code, Refusal

RU, EN = Language.RU, Language.EN


class UploadFlaw(StrEnum):
    """What is the matter with it, or with us."""

    TOO_LARGE = "TOO_LARGE"
    TOO_SLOW = "TOO_SLOW"
    NOT_A_FORM = "NOT_A_FORM"
    NO_SIGNATURE = "NO_SIGNATURE"
    TOO_HEAVY = "TOO_HEAVY"
    BUSY = "BUSY"


WORDS: dict[UploadFlaw, dict[Language, str]] = {
    UploadFlaw.TOO_LARGE: {
        RU: "Файл слишком велик: подпись — не более 1 МБ, документ — не более 20 МБ.",
        EN: "The file is too large: a signature may have 1 MB, a document 20 MB.",
    },
    UploadFlaw.TOO_SLOW: {
        RU: "Файл передаётся слишком медленно. Повторите при лучшей связи.",
        EN: "The file comes too slowly. Try again over a better connection.",
    },
    UploadFlaw.NOT_A_FORM: {
        RU: "Форма не читается: нужны файл подписи и, если есть, файл документа.",
        EN: "The form cannot be read: it takes a signature file and, if there is one, the document's file.",
    },
    UploadFlaw.NO_SIGNATURE: {RU: "Выберите файл подписи.", EN: "Choose the signature file."},
    UploadFlaw.TOO_HEAVY: {
        RU: "Подпись построена так, что её не удалось проверить за отведённые время и память.",
        EN: "The signature is built so that it could not be checked within the time and memory set for that.",
    },
    UploadFlaw.BUSY: {
        RU: "Сейчас проверяется слишком много подписей. Повторите через минуту.",
        EN: "Too many signatures are being checked now. Try again in a minute.",
    },
}


class UploadRefused(Refusal):
    """An upload is not verified, and nothing is said of the signature."""

    def __init__(self, flaw: UploadFlaw) -> None:
        super().__init__(Code.RATE_LIMITED if flaw is UploadFlaw.BUSY else Code.INVALID)
        self.flaw = flaw

    def message(self, language: Language) -> str:
        return WORDS[self.flaw][language]
