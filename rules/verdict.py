"""A verification's answer in one sentence, Russian and English (legal.md §3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from authority.verification_report import CheckName, SubIndication, VerificationReport
from models.enums import Indication, Language, SlotStatus, Standing
from rules.local_time import local_time
from rules.verification_answer import FileIntegrity, FileState

RU, EN = Language.RU, Language.EN

ON_HOLD, COMPROMISED = "on hold", "compromised"
AUTHORITY_ON_HOLD, AUTHORITY_UNKNOWN = "authority on hold", "authority unknown"
"""Causes that a sub-indication alone does not tell from their neighbours."""


VERDICTS = {
    Indication.TOTAL_PASSED: {RU: "Подпись подтверждена", EN: "The signature is confirmed"},
    Indication.TOTAL_FAILED: {RU: "Подпись не подтверждена", EN: "The signature is not confirmed"},
    Indication.INDETERMINATE: {RU: "Подпись невозможно подтвердить", EN: "The signature cannot be confirmed"},
}

CAUSES: dict[SubIndication | str, dict[Language, str]] = {
    SubIndication.FORMAT_FAILURE: {
        RU: "файл подписи повреждён или не является подписью",
        EN: "the signature file is damaged or is no signature",
    },
    SubIndication.HASH_FAILURE: {
        RU: "содержание изменено после подписания",
        EN: "the content was changed after it was signed",
    },
    SubIndication.SIG_CRYPTO_FAILURE: {
        RU: "значение подписи не соответствует ключу подписавшего",
        EN: "the signature value does not match the signer's key",
    },
    SubIndication.REVOKED: {
        RU: "она поставлена, когда сертификат уже был отозван{since}",
        EN: "it was made when the certificate had already been revoked{since}",
    },
    COMPROMISED: {
        RU: "она поставлена, когда ключ уже считался скомпрометированным{since}",
        EN: "it was made when the key was already known or suspected to be compromised{since}",
    },
    SubIndication.EXPIRED: {
        RU: "она поставлена, когда срок сертификата уже кончился{since}",
        EN: "it was made when the certificate's term had already ended{since}",
    },
    SubIndication.NOT_YET_VALID: {
        RU: "срок сертификата ещё не начался, когда она поставлена",
        EN: "the certificate's term had not begun when it was made",
    },
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: {
        RU: "она поставлена алгоритмом, который больше не считается надёжным",
        EN: "it was made by an algorithm that is not considered strong any more",
    },
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: {
        RU: "сертификат не предназначен для подписания документов",
        EN: "the certificate is not meant for signing documents",
    },
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: {
        RU: "сертификат подписавшего не найден",
        EN: "the signer's certificate was not found",
    },
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: {
        RU: "сертификат выдан неизвестным удостоверяющим центром",
        EN: "the certificate was issued by an unknown authority",
    },
    SubIndication.REVOKED_NO_POE: {
        RU: "сертификат отозван{since}, а доверенного времени подписания до этого нет",
        EN: "the certificate is revoked{since} and no trusted time shows that it was made before",
    },
    SubIndication.REVOKED_CA_NO_POE: {
        RU: "сертификат удостоверяющего центра отозван{since}, а доверенного времени подписания до этого нет",
        EN: "the authority's own certificate is revoked{since} and no trusted time shows that it was made before",
    },
    SubIndication.OUT_OF_BOUNDS_NO_POE: {
        RU: "срок сертификата кончился{since}, а доверенного времени подписания до этого нет",
        EN: "the certificate's term has ended{since} and no trusted time shows that it was made before",
    },
    SubIndication.TRY_LATER: {
        RU: "свежих сведений о сертификате сейчас нет; повторите проверку позже",
        EN: "nothing fresh is known of the certificate now; check again later",
    },
    ON_HOLD: {
        RU: "действие сертификата приостановлено{since}; повторите проверку позже",
        EN: "the certificate is on hold{since}; check again later",
    },
    AUTHORITY_ON_HOLD: {
        RU: "действие сертификата удостоверяющего центра приостановлено{since}; повторите проверку позже",
        EN: "the authority's own certificate is on hold{since}; check again later",
    },
    AUTHORITY_UNKNOWN: {
        RU: "свежих сведений о сертификате удостоверяющего центра сейчас нет; повторите проверку позже",
        EN: "nothing fresh is known of the authority's own certificate now; check again later",
    },
    SubIndication.SIGNED_DATA_NOT_FOUND: {
        RU: "подписанное содержание недоступно",
        EN: "the signed content is not at hand",
    },
    SubIndication.GENERIC: {
        RU: "она больше или построена иначе, чем принимает эта проверка",
        EN: "it is larger or of another form than this check takes",
    },
}

STANDINGS = {
    Standing.CURRENT: {RU: "подписанная редакция действует", EN: "the signed revision is current"},
    Standing.SUPERSEDED: {
        RU: "но с тех пор запись изменена: подписана редакция {number} из {count}",
        EN: "but the entry has been changed since: what was signed is revision {number} of {count}",
    },
    Standing.ANNULLED: {RU: "но с тех пор запись аннулирована", EN: "but the entry has been annulled since"},
}

ANNULMENTS = {
    Standing.CURRENT: {RU: "подписано аннулирование записи", EN: "what was signed annuls the entry"},
    Standing.SUPERSEDED: {
        RU: "но подписанное предложение аннулировать запись отклонено",
        EN: "but the annulment that was signed has been declined",
    },
}

INCOMPLETE = {
    SlotStatus.DECLINED: {RU: "но эту редакцию отклонили", EN: "but this revision was declined"},
    SlotStatus.OPEN: {
        RU: "но поставлены ещё не все требуемые подписи",
        EN: "but not all the signatures it requires have been made yet",
    },
}
"""What keeps a current revision from counting, the graver first."""

FILES = {
    FileState.CHANGED: {
        RU: ("изменён после подписания файл {names}", "изменены после подписания файлы {names}"),
        EN: (
            "the file {names} was changed after it was signed",
            "the files {names} were changed after they were signed",
        ),
    },
    FileState.MISSING: {
        RU: ("нет в хранилище файла {names}", "нет в хранилище файлов {names}"),
        EN: ("the file {names} is gone from the storage", "the files {names} are gone from the storage"),
    },
    FileState.UNREADABLE: {
        RU: ("сейчас не читается файл {names}", "сейчас не читаются файлы {names}"),
        EN: ("the file {names} cannot be read now", "the files {names} cannot be read now"),
    },
}
"""What is the matter with one file, and with several, the graver first."""
ATTENTION = {RU: "Внимание: {what}.", EN: "Attention: {what}."}
QUOTED = {RU: "«{name}»", EN: "“{name}”"}

SINCE = {RU: " (с {moment})", EN: " (since {moment})"}


def verdict(indication: Indication, language: Language) -> str:
    """The cryptographic answer in a few words, without a full stop."""
    return VERDICTS[indication][language]


def cause(report: VerificationReport, language: Language, time_zone: str) -> str | None:
    """Why the answer is not a plain yes, with the moment that decided; None if it is."""
    if report.sub_indication is None:
        return None
    moment, since = report.decisive_moment, ""
    if moment is not None:
        since = SINCE[language].format(moment=local_time(moment, time_zone, language))
    return CAUSES[_particular(report) or report.sub_indication][language].format(since=since)


def _particular(report: VerificationReport) -> str | None:
    status, moment, check = report.status, report.decisive_moment, report.decisive_check
    if check and check.name is CheckName.ISSUER_STATUS and check.sub_indication is SubIndication.TRY_LATER:
        held = moment is not None and any(each.suspended_since == moment for each in report.issuer_statuses)
        return AUTHORITY_ON_HOLD if held else AUTHORITY_UNKNOWN
    if status is None or moment is None:
        return None
    if report.sub_indication is SubIndication.TRY_LATER and moment == status.suspended_since:
        return ON_HOLD
    compromised = "compromise" in (status.reason or "").lower() and moment == status.invalid_since
    return COMPROMISED if report.sub_indication is SubIndication.REVOKED and compromised else None


def incompleteness(standing: Standing, statuses: Collection[SlotStatus], language: Language) -> str | None:
    """What a current revision lacks, as part of a sentence; None if nothing, or if it is not current any more."""
    if standing is not Standing.CURRENT:
        return None
    return next((words[language] for status, words in INCOMPLETE.items() if status in statuses), None)


def standing_sentence(
    standing: Standing, number: int, count: int, language: Language, *, annulment: bool = False
) -> str:
    """What has become of revision `number` of `count`, as the second half of a sentence; of an `annulment`, what has
    become of that."""
    words = ANNULMENTS if annulment and standing in ANNULMENTS else STANDINGS
    return words[standing][language].format(number=number, count=count)


def files_warning(files: Sequence[FileIntegrity], language: Language) -> str | None:
    """A sentence that names the files which are not what was signed, or of which that is not known; None if all are."""
    said = []
    for state, words in FILES.items():
        names = [QUOTED[language].format(name=file.name) for file in files if file.state is state]
        if names:
            one, several = words[language]
            said.append((one if len(names) == 1 else several).format(names=", ".join(names)))
    return ATTENTION[language].format(what="; ".join(said)) if said else None
