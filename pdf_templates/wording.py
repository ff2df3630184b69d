"""The words of the print form, Russian and English."""

from typing import NamedTuple

from pdf_templates.paper import Language


class Phrase(NamedTuple):
    ru: str
    en: str


def words(language: Language) -> dict[str, str]:
    """Every phrase in `language`, by its name here."""
    return {name: getattr(phrase, language) for name, phrase in PHRASES.items()}


PHRASES: dict[str, Phrase] = {
    "volume": Phrase("Том", "Volume"),
    "journal_ACTIVE": Phrase("действующий", "active"),
    "journal_ARCHIVED": Phrase("архив", "archived"),
    "status": Phrase("Статус", "Status"),
    "object": Phrase("Объект", "Object"),
    "address": Phrase("Адрес", "Address"),
    "time_zone": Phrase("Часовой пояс", "Time zone"),
    "operator": Phrase("Исполнитель", "Operator"),
    "subscriber": Phrase("Абонент", "Subscriber"),
    "contract": Phrase("Договор", "Contract"),
    "contract_of": Phrase("№ {number} от {day}", "No. {number} of {day}"),
    "opened": Phrase("Начат", "Started"),
    "closed": Phrase("Окончен", "Finished"),
    "not_closed": Phrase("не окончен", "not finished"),
    "regulation": Phrase("Основание", "Regulation"),
    "approval": Phrase("Форма утверждена", "Form approved by"),
    "entry_count": Phrase("Записей в томе", "Entries in the volume"),
    "responsible": Phrase("Ответственные лица", "Responsible persons"),
    "nobody_responsible": Phrase("Ответственные лица не назначены.", "No responsible persons are assigned."),
    "side": Phrase("Сторона", "Side"),
    "name": Phrase("Фамилия, имя, отчество", "Name"),
    "position": Phrase("Должность", "Position"),
    "organization": Phrase("Организация", "Organization"),
    "period": Phrase("Период", "Term"),
    "from": Phrase("с", "from"),
    "until": Phrase("по", "to"),
    "until_now": Phrase("по настоящее время", "to the present"),
    "side_OPERATOR": Phrase("Исполнитель", "Operator"),
    "side_SUBSCRIBER": Phrase("Абонент", "Subscriber"),
    "duty_RESPONSIBLE": Phrase("ответственный", "responsible"),
    "duty_PARTICIPANT": Phrase("участник работ", "participant"),
    "number": Phrase("№", "No."),
    "performed": Phrase("Дата, время работ", "Date, time of work"),
    "no_entries": Phrase("В этом томе записей нет.", "This volume has no entries."),
    "other_form": Phrase(
        "С этого места записи сделаны по другой редакции формы; графы напечатаны по ней.",
        "From here on entries follow another version of the form and are printed by its columns.",
    ),
    "entry_AWAITING_SIGNATURES": Phrase("Ожидает подписей", "Awaiting signatures"),
    "entry_SIGNED": Phrase("Подписана сторонами", "Signed by the sides"),
    "entry_DECLINED": Phrase("Отклонена: в подписи отказано", "Declined: signing was refused"),
    "entry_ANNULLED": Phrase("Аннулирована", "Annulled"),
    "below": Phrase("приведено ниже", "printed below"),
    "entry": Phrase("Запись", "Entry"),
    "continued": Phrase("продолжение", "continued"),
    "revision": Phrase("Редакция {number} из {count}", "Revision {number} of {count}"),
    "recorded": Phrase("Внесена", "Recorded"),
    "author": Phrase("Автор", "Author"),
    "reason": Phrase("Причина изменения", "Reason of the change"),
    "backdated": Phrase("Внесена с опозданием (задним числом)", "Recorded late (back-dated)"),
    "files": Phrase("Приложенные файлы", "Attached files"),
    "file": Phrase("{name} ({size}), SHA-256 {digest}", "{name} ({size}), SHA-256 {digest}"),
    "annulment_proposed": Phrase(
        "Предложено аннулировать (редакция {number}, {moment}, {author}); пока стороны не подписали, запись действует",
        "Annulment proposed (revision {number}, {moment}, {author}); the entry holds until both sides have signed it",
    ),
    "annulment_complete": Phrase(
        "Запись аннулирована (редакция {number}, {moment}, {author})",
        "The entry is annulled (revision {number}, {moment}, {author})",
    ),
    "annulment_digest": Phrase("SHA-256 аннулирования", "SHA-256 of the annulment"),
    "digest": Phrase("SHA-256 редакции {number}", "SHA-256 of revision {number}"),
    "stamp_CURRENT": Phrase("Документ подписан электронной подписью", "Document signed electronically"),
    "annulment_CURRENT": Phrase("Аннулирование подписано электронной подписью", "Annulment signed electronically"),
    "annulment_SUPERSEDED": Phrase(
        "Подпись под предложением аннулировать отозвана: оно отклонено",
        "Signature of a proposed annulment withdrawn: it was declined",
    ),
    "annulment_ANNULLED": Phrase(
        "Подпись под редакцией {number}: запись аннулирована", "Signature of revision {number}: the entry is annulled"
    ),
    "stamp_SUPERSEDED": Phrase(
        "Подпись под редакцией {number} отозвана: запись изменена",
        "Signature of revision {number} withdrawn: the entry has changed",
    ),
    "stamp_ANNULLED": Phrase(
        "Подпись под редакцией {number}: запись аннулирована", "Signature of revision {number}: the entry is annulled"
    ),
    "unep": Phrase("Усиленная неквалифицированная (УНЭП)", "Enhanced non-qualified signature (UNEP)"),
    "level_B": Phrase("CAdES-B", "CAdES-B"),
    "level_T": Phrase("CAdES-T", "CAdES-T"),
    "holder": Phrase("Владелец", "Holder"),
    "certificate": Phrase("Сертификат", "Certificate"),
    "term": Phrase("Действителен", "Valid"),
    "signed_at": Phrase("Подписано", "Signed"),
    "code": Phrase("Код проверки", "Code"),
    "awaiting": Phrase("Подпись не поставлена", "Not signed"),
    "awaited": Phrase("Ожидается", "Awaited"),
    "declined": Phrase("В подписи отказано", "Signature declined"),
    "declined_by": Phrase("Кем", "By"),
    "declined_at": Phrase("Время отказа", "Declined at"),
    "declined_reason": Phrase("Причина", "Reason"),
    "electronic_copy": Phrase("Копия электронного документа; проверить:", "Copy of an electronic document; verify at:"),
    "document_code": Phrase("Код документа", "Document code"),
    "printed": Phrase("Распечатано", "Printed"),
    "page": Phrase("стр. {page} из {pages}", "page {page} of {pages}"),
    "end": Phrase("Конец тома. Записей: {count}", "End of the volume. Entries: {count}"),
    "count_SIGNED": Phrase("подписано сторонами", "signed by the sides"),
    "count_AWAITING_SIGNATURES": Phrase("ожидает подписей", "awaiting signatures"),
    "count_DECLINED": Phrase("отклонено", "declined"),
    "count_ANNULLED": Phrase("аннулировано", "annulled"),
}
