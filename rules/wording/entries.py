"""Words about entries, their values and signatures."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
    "NOT_YOUR_SLOT": {
        RU: "Эта подпись не ваша: нужна другая сторона, обязанность или очередь.",
        EN: "This signature is not yours to give: another side, duty or turn is required.",
    },
    "ALREADY_SIGNED": {RU: "Вы уже подписали эту редакцию.", EN: "You have signed this revision already."},
    "JOURNAL_ARCHIVED": {RU: "Журнал в архиве.", EN: "The journal is archived."},
    "STALE_REVISION": {
        RU: "Запись изменилась: действует редакция {revision}. Прочтите её и повторите.",
        EN: "The entry has changed: revision {revision} is current. Read it and try again.",
    },
    "attachments_too_many": {
        RU: "К записи прилагается не более {most} файлов.",
        EN: "An entry holds at most {most} files.",
    },
    "attachment_twice": {RU: "Один и тот же файл назван дважды.", EN: "The same file is named twice."},
    "unknown_column": {RU: "В этом журнале нет такой графы.", EN: "This journal has no such column."},
    "column_value": {
        RU: "Значение не подходит к графе «{column}».",
        EN: "The value does not fit the column “{column}”.",
    },
    "column_value_kind": {
        RU: "Значения — это тексты, целые числа, да/нет и их списки.",
        EN: "Values are texts, whole numbers, booleans and lists of these.",
    },
    "column_range": {
        RU: "Значение графы «{column}» вне допустимых пределов: {range}.",
        EN: "The value of “{column}” is out of range: {range}.",
    },
    "unknown_system": {RU: "У объекта нет такой системы.", EN: "The object has no such system."},
    "values_object": {
        RU: "Значения — это объект: ключ графы и её значение.",
        EN: "Values are an object: a column's key and its value.",
    },
    "future": {RU: "Этот момент ещё не наступил.", EN: "This moment has not come yet."},
    "client_id_reused": {
        RU: "Этот clientId уже использован с другим содержанием.",
        EN: "This clientId was used with other content.",
    },
    "entry_closed": {RU: "Запись в этом состоянии нельзя изменить.", EN: "An entry in this state cannot be changed."},
    "nothing_changed": {RU: "Ничего не изменилось.", EN: "Nothing has changed."},
    "slot_closed": {RU: "Эта подпись уже не требуется.", EN: "This signature is not required any more."},
    "annulment_pending": {
        RU: "Запись предложено аннулировать: сначала подпишите или отклоните это.",
        EN: "The entry's annulment has been proposed: sign or decline that first.",
    },
    "draft_place": {
        RU: "Укажите либо journalId новой заготовки, либо draftId имеющейся.",
        EN: "Give either the journalId of a new draft or the draftId of one that is there.",
    },
    "too_many_drafts": {
        RU: "Незаконченных записей не может быть больше {most}.",
        EN: "There can be at most {most} unfinished entries.",
    },
    "package_size": {
        RU: "За один раз подписывают от 1 до {most} записей.",
        EN: "From 1 to {most} entries are signed at once.",
    },
    "journal_open_taken": {
        RU: "Журнал этого вида уже открывает кто-то другой.",
        EN: "Somebody else is opening a journal of this type.",
    },
}
