"""What the pages call the members of closed lists: (Russian, English)."""

from __future__ import annotations

from models.enums import CertificateStanding, Duty, IdentificationMethod, Indication, Side, SlotStatus, Standing
from rules.verification_answer import FileState

Words = tuple[str, str]

SIDES: dict[Side, Words] = {
    Side.OPERATOR: ("за исполнителя", "for the operator"),
    Side.SUBSCRIBER: ("за абонента", "for the subscriber"),
}
DUTIES: dict[Duty, Words] = {
    Duty.RESPONSIBLE: ("ответственный", "responsible"),
    Duty.PARTICIPANT: ("участник", "participant"),
}
SLOTS: dict[SlotStatus, Words] = {
    SlotStatus.OPEN: ("ожидается", "awaited"),
    SlotStatus.SIGNED: ("поставлена", "made"),
    SlotStatus.DECLINED: ("в подписи отказано", "declined"),
    SlotStatus.WITHDRAWN: ("больше не требуется", "not required any more"),
}
FILES: dict[FileState, Words] = {
    FileState.INTACT: ("совпадает с подписанным", "is what was signed"),
    FileState.CHANGED: ("ИЗМЕНЁН после подписания", "CHANGED after it was signed"),
    FileState.MISSING: ("ОТСУТСТВУЕТ в хранилище", "GONE from the storage"),
    FileState.UNREADABLE: ("сейчас не читается", "cannot be read now"),
}
INDICATIONS: dict[Indication | None, Words] = {
    Indication.TOTAL_PASSED: ("да", "yes"),
    Indication.TOTAL_FAILED: ("нет", "no"),
    Indication.INDETERMINATE: ("неизвестно", "unknown"),
    None: ("не проверялось", "not checked"),
}
STANDINGS: dict[Standing, Words] = {
    Standing.CURRENT: ("Подписанная редакция действует", "The signed revision is current"),
    Standing.SUPERSEDED: ("Запись с тех пор изменена", "The entry has been changed since"),
    Standing.ANNULLED: ("Запись с тех пор аннулирована", "The entry has been annulled since"),
}
ANNULMENTS: dict[Standing, Words] = {
    Standing.CURRENT: ("Подписано аннулирование записи", "What was signed annuls the entry"),
    Standing.SUPERSEDED: ("Предложение аннулировать запись отклонено", "The proposed annulment was declined"),
    Standing.ANNULLED: STANDINGS[Standing.ANNULLED],
}
STATUS_THEN: dict[CertificateStanding, Words] = {
    CertificateStanding.ACTIVE: ("сертификат действовал", "the certificate was valid"),
    CertificateStanding.SUSPENDED: ("сертификат был приостановлен", "the certificate was on hold"),
    CertificateStanding.REVOKED: ("сертификат уже был отозван", "the certificate had been revoked"),
    CertificateStanding.EXPIRED: ("срок сертификата уже истёк", "the certificate had expired"),
}
STATUS_NOW: dict[CertificateStanding, Words] = {
    CertificateStanding.ACTIVE: ("действует", "valid"),
    CertificateStanding.SUSPENDED: ("приостановлен", "on hold"),
    CertificateStanding.REVOKED: ("отозван", "revoked"),
    CertificateStanding.EXPIRED: ("срок истёк", "expired"),
}
IDENTIFICATIONS: dict[IdentificationMethod, Words] = {
    IdentificationMethod.IN_PERSON: ("при личном присутствии", "in person"),
    IdentificationMethod.QUALIFIED_SIGNATURE: ("по квалифицированной подписи", "by an existing qualified signature"),
    IdentificationMethod.BIOMETRIC_PASSPORT: ("по биометрическому паспорту", "by a biometric passport"),
    IdentificationMethod.UNIFIED_IDENTIFICATION_SYSTEM: (
        "через ЕСИА и единую биометрическую систему",
        "through the state's unified identification system",
    ),
}
STEPS: dict[str, Words] = {
    "FORMAT": ("Файл подписи читается и построен по правилам", "The signature file is readable and well formed"),
    "SIGNING_CERTIFICATE": ("Сертификат подписавшего вложен и назван в подписи", "It names the enclosed certificate"),
    "ALGORITHMS": ("Алгоритмы считаются надёжными", "Its algorithms are considered strong"),
    "CONTENT_DIGEST": ("Содержание не изменено после подписания", "The content was not changed after signing"),
    "SIGNATURE_VALUE": ("Значение подписи верно", "The signature value is right"),
    "TIME_STAMP": ("Время доказано штампом времени", "A time-stamp proves the time"),
    "CHAIN": ("Цепочка сертификатов ведёт к корневому", "The chain of certificates leads to the root"),
    "ISSUER_STATUS": (
        "Сертификат удостоверяющего центра не был отозван",
        "The authority's own certificate was not revoked",
    ),
    "KEY_USAGE": ("Сертификат предназначен для подписания документов", "The certificate is for signing documents"),
    "TERM": ("Поставлена в срок действия сертификата", "It was made within the certificate's term"),
    "STATUS": ("Сертификат не был отозван или приостановлен", "The certificate was not revoked or on hold"),
}
