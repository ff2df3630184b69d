"""The closed lists of models/ in words for people. A member without words stops the tests."""

from __future__ import annotations

from enum import StrEnum

from admin.wording import both
from models.enums import (
    Acceptance,
    CertificateStanding,
    CertificateStatus,
    Custody,
    Duty,
    EntryStatus,
    EventKind,
    IdentificationMethod,
    JournalStatus,
    Language,
    OrganizationKind,
    RequestKind,
    RequestStatus,
    RevocationReason,
    Role,
    Side,
    StatusChange,
    VolumePeriod,
)

ENUM_WORDS: dict[type[StrEnum], dict[StrEnum, str]] = {
    OrganizationKind: {
        OrganizationKind.OWNER: both("Владелец системы", "System owner"),
        OrganizationKind.OPERATOR: both("Оператор", "Operator"),
        OrganizationKind.SUBSCRIBER: both("Абонент", "Subscriber"),
    },
    Role: {
        Role.SUPERADMIN: both("Суперадминистратор", "Superadmin"),
        Role.OPERATOR_ADMIN: both("Администратор оператора", "Operator's admin"),
        Role.OPERATOR_EMPLOYEE: both("Сотрудник оператора", "Operator's employee"),
        Role.SUBSCRIBER_ADMIN: both("Администратор абонента", "Subscriber's admin"),
        Role.SUBSCRIBER_EMPLOYEE: both("Сотрудник абонента", "Subscriber's employee"),
    },
    Language: {
        Language.RU: both("Русский", "Russian"),
        Language.EN: both("Английский", "English"),
    },
    Side: {
        Side.OPERATOR: both("Оператор", "Operator"),
        Side.SUBSCRIBER: both("Абонент", "Subscriber"),
    },
    Duty: {
        Duty.RESPONSIBLE: both("Ответственный", "Responsible person"),
        Duty.PARTICIPANT: both("Участник", "Participant"),
    },
    VolumePeriod: {
        VolumePeriod.MONTH: both("Месяц", "A month"),
        VolumePeriod.QUARTER: both("Квартал", "A quarter"),
        VolumePeriod.YEAR: both("Год", "A year"),
    },
    JournalStatus: {
        JournalStatus.ACTIVE: both("Действующий", "Active"),
        JournalStatus.ARCHIVED: both("В архиве", "Archived"),
    },
    EntryStatus: {
        EntryStatus.AWAITING_SIGNATURES: both("Ожидает подписей", "Awaiting signatures"),
        EntryStatus.SIGNED: both("Подписана", "Signed"),
        EntryStatus.DECLINED: both("Отклонена", "Declined"),
        EntryStatus.ANNULLED: both("Аннулирована", "Annulled"),
    },
    Custody: {
        Custody.SERVER: both("На сервере, под ПИН-кодом владельца", "On the server, under the holder's PIN"),
        Custody.DEVICE: both("На устройстве владельца", "On the holder's device"),
    },
    CertificateStatus: {
        CertificateStatus.ACTIVE: both("Не отозван", "Not revoked"),
        CertificateStatus.SUSPENDED: both("Приостановлен", "Suspended"),
        CertificateStatus.REVOKED: both("Отозван", "Revoked"),
    },
    CertificateStanding: {
        CertificateStanding.ACTIVE: both("Действует", "Active"),
        CertificateStanding.SUSPENDED: both("Приостановлен", "Suspended"),
        CertificateStanding.REVOKED: both("Отозван", "Revoked"),
        CertificateStanding.EXPIRED: both("Срок истёк", "Expired"),
    },
    RequestKind: {
        RequestKind.ISSUE: both("Выпуск", "Issue"),
        RequestKind.RENEW: both("Перевыпуск", "Renewal"),
        RequestKind.REVOKE: both("Отзыв", "Revocation"),
    },
    RequestStatus: {
        RequestStatus.SUBMITTED: both("Подана", "Submitted"),
        RequestStatus.ON_HOLD: both("Отложена", "On hold"),
        RequestStatus.ISSUED: both("Сертификат выпущен", "Certificate issued"),
        RequestStatus.DONE: both("Исполнена", "Done"),
        RequestStatus.REJECTED: both("Отклонена", "Rejected"),
        RequestStatus.CANCELLED: both("Снята заявителем", "Cancelled"),
        RequestStatus.EXPIRED: both("Истекла", "Expired"),
    },
    RevocationReason: {
        RevocationReason.UNSPECIFIED: both("Не указана", "Unspecified"),
        RevocationReason.KEY_COMPROMISE: both("Компрометация ключа", "Key compromise"),
        RevocationReason.AFFILIATION_CHANGED: both("Смена места работы или должности", "Affiliation changed"),
        RevocationReason.SUPERSEDED: both("Заменён новым", "Superseded"),
        RevocationReason.CESSATION_OF_OPERATION: both("Больше не нужен", "Cessation of operation"),
        RevocationReason.PRIVILEGE_WITHDRAWN: both("Право подписи отозвано", "Privilege withdrawn"),
    },
    StatusChange: {
        StatusChange.SUSPENDED: both("Приостановлен", "Suspended"),
        StatusChange.RELEASED: both("Возобновлён", "Released"),
        StatusChange.REVOKED: both("Отозван", "Revoked"),
    },
    IdentificationMethod: {
        IdentificationMethod.IN_PERSON: both("Личная явка", "In person"),
        IdentificationMethod.QUALIFIED_SIGNATURE: both(
            "Заявление под квалифицированной подписью заявителя",
            "Application under the requester's qualified signature",
        ),
        IdentificationMethod.BIOMETRIC_PASSPORT: both("Биометрический загранпаспорт", "Biometric passport"),
        IdentificationMethod.UNIFIED_IDENTIFICATION_SYSTEM: both(
            "ЕСИА и Единая биометрическая система", "ESIA and the Unified Biometric System"
        ),
    },
    Acceptance: {
        Acceptance.PERSON: both("За себя", "For themself"),
        Acceptance.ORGANIZATION: both("За организацию", "For the organisation"),
    },
    EventKind: {
        EventKind.SIGNED_IN: both("Вход", "Signed in"),
        EventKind.SIGN_IN_REFUSED: both("Отказ во входе", "Sign-in refused"),
        EventKind.SIGNED_OUT: both("Выход", "Signed out"),
        EventKind.ORGANIZATION_CREATED: both("Добавлена организация", "Organisation added"),
        EventKind.CONTRACT_CREATED: both("Добавлен договор", "Contract added"),
        EventKind.USER_CREATED: both("Добавлен пользователь", "User added"),
        EventKind.USER_DEACTIVATED: both("Учётная запись закрыта", "Account closed"),
        EventKind.OBJECT_CREATED: both("Добавлен объект", "Object added"),
        EventKind.OBJECT_CHANGED: both("Изменён объект", "Object changed"),
        EventKind.OBJECT_MOVED: both("Объект передан", "Object moved"),
        EventKind.OBJECT_MERGED: both("Объекты объединены", "Objects merged"),
        EventKind.OBJECT_CLOSED: both("Объект закрыт", "Object closed"),
        EventKind.OBJECT_REOPENED: both("Объект снова открыт", "Object reopened"),
        EventKind.OBJECTS_IMPORTED: both("Загружены объекты", "Objects imported"),
        EventKind.SYSTEM_ADDED: both("Добавлена система", "System added"),
        EventKind.SYSTEM_CHANGED: both("Изменена система", "System changed"),
        EventKind.SYSTEM_REMOVED: both("Система снята", "System removed"),
        EventKind.ASSIGNED: both("Назначение на объект", "Assigned to an object"),
        EventKind.ASSIGNMENT_ENDED: both("Назначение прекращено", "Assignment ended"),
        EventKind.ABSENCE_PLANNED: both("Назначено замещение", "Absence planned"),
        EventKind.ABSENCE_CANCELLED: both("Замещение отменено", "Absence cancelled"),
        EventKind.JOURNAL_TYPE_CREATED: both("Добавлен вид журнала", "Journal type added"),
        EventKind.JOURNAL_TYPE_REVISED: both("Введена версия вида журнала", "Journal type revised"),
        EventKind.JOURNAL_TYPE_PUBLISHED: both("Опубликован вид журнала", "Journal type published"),
        EventKind.REFERENCE_LIST_SAVED: both("Сохранён справочник", "Reference list saved"),
        EventKind.JOURNAL_OPENED: both("Открыт журнал", "Journal opened"),
        EventKind.JOURNAL_ARCHIVED: both("Журнал сдан в архив", "Journal archived"),
        EventKind.ENTRY_RECORDED: both("Внесена запись", "Entry recorded"),
        EventKind.ENTRY_REVISED: both("Запись изменена", "Entry revised"),
        EventKind.ENTRY_DECLINED: both("Запись отклонена", "Entry declined"),
        EventKind.ENTRY_COMPLETED: both("Запись подписана всеми", "Entry signed by all"),
        EventKind.ENTRY_COMMENTED: both("Запись прокомментирована", "Entry commented on"),
        EventKind.ANNULMENT_PROPOSED: both("Предложено аннулировать запись", "Annulment proposed"),
        EventKind.ANNULMENT_DECLINED: both("Аннулирование отклонено", "Annulment declined"),
        EventKind.ENTRY_ANNULLED: both("Запись аннулирована", "Entry annulled"),
        EventKind.SLOT_OVERDUE: both("Срок подписи истёк", "Signature overdue"),
        EventKind.SLOTS_UNFILLABLE: both("Подписать некому", "Nobody can sign"),
        EventKind.SIGNATURE_MADE: both("Поставлена подпись", "Signature made"),
        EventKind.SIGNATURE_SUPERSEDED: both("Подпись отозвана изменением", "Signature superseded"),
        EventKind.PIN_REFUSED: both("Неверный ПИН-код", "PIN refused"),
        EventKind.AGREEMENT_PUBLISHED: both("Введена версия соглашения", "Agreement published"),
        EventKind.AGREEMENT_ACCEPTED: both("Принято соглашение", "Agreement accepted"),
        EventKind.PIN_CHANGED: both("Изменён ПИН-код", "PIN changed"),
        EventKind.SIGNATURE_TIME_STAMPED: both("Получена метка времени", "Time-stamp obtained"),
        EventKind.CERTIFICATE_REQUESTED: both("Запрошен сертификат", "Certificate requested"),
        EventKind.REVOCATION_REQUESTED: both("Запрошен отзыв сертификата", "Revocation requested"),
        EventKind.REQUESTER_IDENTIFIED: both("Проверена личность заявителя", "Requester identified"),
        EventKind.CERTIFICATE_REQUEST_HELD: both("Заявка отложена", "Certificate request held"),
        EventKind.CERTIFICATE_REQUEST_REJECTED: both("Заявка отклонена", "Certificate request rejected"),
        EventKind.CERTIFICATE_REQUEST_CANCELLED: both("Заявка снята заявителем", "Certificate request cancelled"),
        EventKind.CERTIFICATE_REQUEST_EXPIRED: both("Срок заявки истёк", "Certificate request expired"),
        EventKind.CERTIFICATE_ISSUE_REFUSED: both("Сертификат не выпущен", "Certificate issue refused"),
        EventKind.CERTIFICATE_ISSUED: both("Выпущен сертификат", "Certificate issued"),
        EventKind.CERTIFICATE_SUSPENDED: both("Действие сертификата приостановлено", "Certificate suspended"),
        EventKind.CERTIFICATE_RELEASED: both("Действие сертификата возобновлено", "Certificate released"),
        EventKind.CERTIFICATE_REVOKED: both("Сертификат отозван", "Certificate revoked"),
        EventKind.CERTIFICATE_EXPIRES: both("Срок сертификата кончается", "Certificate expires soon"),
        EventKind.COMPROMISE_REPORTED: both("Сообщено о компрометации ключа", "Compromise of a key reported"),
        EventKind.COMPROMISE_OVERDUE: both("Решение по компрометации просрочено", "Decision on a compromise overdue"),
        EventKind.AUTHORITY_SERVICE_RENEWED: both("Обновлён ключ службы центра", "Authority's service renewed"),
        EventKind.JOURNAL_PRINTED: both("Журнал напечатан", "Journal printed"),
    },
}


def words(member: StrEnum) -> str:
    """A member as people say it, in the language of the request."""
    return str(ENUM_WORDS[type(member)][member])
