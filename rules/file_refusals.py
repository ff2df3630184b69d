"""Why a file is not received, or not handed out."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.enums import Language
from rules.refusals import Code, Refusal

RU, EN = Language.RU, Language.EN


class FileFlaw(StrEnum):
    """What is the matter with it, or with us."""

    NOT_A_FORM = "NOT_A_FORM"
    NO_FILE = "NO_FILE"
    TOO_MANY_FILES = "TOO_MANY_FILES"
    TOO_LARGE = "TOO_LARGE"
    TOO_SLOW = "TOO_SLOW"
    EMPTY_FILE = "EMPTY_FILE"
    UNSUPPORTED_KIND = "UNSUPPORTED_KIND"
    DAMAGED_FILE = "DAMAGED_FILE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    BUSY = "BUSY"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    FILE_CHANGED = "FILE_CHANGED"
    FILE_MISSING = "FILE_MISSING"


WORDS: dict[FileFlaw, dict[Language, str]] = {
    FileFlaw.NOT_A_FORM: {
        RU: "Форма не читается: нужны части «file» и, если хотите, поле «location» (strip или keep).",
        EN: "The form cannot be read: it takes parts “file” and, if you like, a field “location” (strip or keep).",
    },
    FileFlaw.NO_FILE: {RU: "Выберите файл.", EN: "Choose a file."},
    FileFlaw.TOO_MANY_FILES: {
        RU: "За один раз принимается не более {most} файлов.",
        EN: "At most {most} files are taken at a time.",
    },
    FileFlaw.TOO_LARGE: {
        RU: "Файл слишком велик: не более {most} МБ каждый.",
        EN: "The file is too large: each may have {most} MB.",
    },
    FileFlaw.TOO_SLOW: {
        RU: "Файл передаётся слишком медленно. Повторите при лучшей связи.",
        EN: "The file comes too slowly. Try again over a better connection.",
    },
    FileFlaw.EMPTY_FILE: {RU: "Файл «{name}» пуст.", EN: "The file “{name}” is empty."},
    FileFlaw.UNSUPPORTED_KIND: {
        RU: "Файл «{name}» не принимается: по содержанию это не {kinds}.",
        EN: "The file “{name}” is not taken: by its content it is none of {kinds}.",
    },
    FileFlaw.DAMAGED_FILE: {
        RU: "Снимок «{name}» повреждён или построен так, что место съёмки из него не удалить. Отправьте его с "
        "location=keep, если место можно сохранить.",
        EN: "The picture “{name}” is damaged, or built so that its location cannot be removed. Send it with "
        "location=keep if the location may stay.",
    },
    FileFlaw.QUOTA_EXCEEDED: {
        RU: "Загружено слишком много файлов, которых нет ни в одной записи: не более {most} МБ. Подайте запись или "
        "подождите, пока лишнее удалится.",
        EN: "You have uploaded too much that no entry holds: {most} MB at most. Submit the entry, or wait until what "
        "is not used has been removed.",
    },
    FileFlaw.BUSY: {
        RU: "Сейчас принимается слишком много файлов. Повторите через минуту.",
        EN: "Too many files are being received now. Try again in a minute.",
    },
    FileFlaw.STORAGE_UNAVAILABLE: {
        RU: "Хранилище файлов сейчас недоступно. Повторите позже.",
        EN: "The file storage is not available now. Try again later.",
    },
    FileFlaw.FILE_CHANGED: {
        RU: "Файл «{name}» в хранилище изменён и не совпадает с тем, что было загружено. Он не выдаётся.",
        EN: "The file “{name}” was changed in the storage and is not what was uploaded. It is not handed out.",
    },
    FileFlaw.FILE_MISSING: {
        RU: "Файла «{name}» в хранилище нет.",
        EN: "The file “{name}” is not in the storage.",
    },
}


class FileRefused(Refusal):
    """Nothing is received, or nothing handed out. `details` are filled into the words."""

    def __init__(self, flaw: FileFlaw, **details: Any) -> None:
        busy = flaw in (FileFlaw.BUSY, FileFlaw.STORAGE_UNAVAILABLE)
        super().__init__(Code.RATE_LIMITED if busy else Code.INVALID, details=details)
        self.flaw = flaw

    def message(self, language: Language) -> str:
        return WORDS[self.flaw][language].format(**self.details)
