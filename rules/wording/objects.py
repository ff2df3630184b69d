"""Words about objects, duties and sheets of objects."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
    "external_id_taken": {
        RU: "Объект с таким внешним номером по этому договору уже есть.",
        EN: "The contract has an object with this external id already.",
    },
    "object_closed": {
        RU: "Объект закрыт.",
        EN: "The object is closed.",
    },
    "object_not_reopened": {
        RU: "Объект открыт или его заменил другой: открывать нечего.",
        EN: "The object is open, or another stands for it: there is nothing to reopen.",
    },
    "merge_with_itself": {
        RU: "Объект нельзя объединить с самим собой.",
        EN: "An object cannot be merged with itself.",
    },
    "merge_parties": {
        RU: "Объединить можно объекты одних и тех же сторон.",
        EN: "Only objects of the same parties can be merged.",
    },
    "system_kind": {
        RU: "Такого вида систем в справочнике нет.",
        EN: "The reference list has no such kind of system.",
    },
    "system_removed": {
        RU: "Система снята с объекта.",
        EN: "The system has been removed from the object.",
    },
    "assignment_side": {
        RU: "Назначить можно только людей оператора или абонента этого объекта.",
        EN: "Only people of the object's operator or subscriber can be assigned.",
    },
    "assignment_over": {
        RU: "Назначение уже закончилось.",
        EN: "The assignment is over already.",
    },
    "absence_over": {
        RU: "Замещение уже закончилось или отменено.",
        EN: "The absence is over or was called off already.",
    },
    "absence_overlaps": {
        RU: "На это время у работника уже есть замещение.",
        EN: "The person has an absence at that time already.",
    },
    "substitute": {
        RU: "Замещает другой работник той же организации.",
        EN: "Another person of the same organisation stands in.",
    },
    "past": {
        RU: "Это время уже прошло.",
        EN: "That time has passed.",
    },
    "phone": {
        RU: "Это не номер телефона.",
        EN: "This is not a telephone number.",
    },
    "sheet_too_large": {
        RU: "Файл слишком велик: больше {most} МБ или развёртывается в несоразмерно большое.",
        EN: "The file is too large: more than {most} MB, or it unpacks into far too much.",
    },
    "sheet_too_many_rows": {
        RU: "В таблице больше {most} строк: разделите её.",
        EN: "The sheet has more than {most} rows: divide it.",
    },
    "sheet_too_much_text": {
        RU: "В строке {row} таблицы или во всей таблице слишком много текста.",
        EN: "Row {row} of the sheet, or the whole sheet, holds too much text.",
    },
    "sheet_empty": {RU: "В таблице ничего нет.", EN: "The sheet is empty."},
    "sheet_unreadable": {
        RU: "Файл не читается как таблица XLSX или CSV.",
        EN: "The file cannot be read as an XLSX or CSV sheet.",
    },
    "sheet_heading_unknown": {
        RU: "Неизвестный столбец «{heading}»: возьмите заголовки из шаблона.",
        EN: "Unknown column “{heading}”: take the headings of the template.",
    },
    "sheet_heading_twice": {
        RU: "Столбец «{heading}» встречается дважды.",
        EN: "The column “{heading}” is there twice.",
    },
    "sheet_heading_missing": {
        RU: "В первой строке таблицы нет столбца «{ru}».",
        EN: "The first row of the sheet has no column “{en}”.",
    },
    "sheet_row_repeats": {RU: "То же, что в строке {row}.", EN: "The same as in row {row}."},
    "object_exists": {
        RU: "Такой объект этого абонента уже есть.",
        EN: "The subscriber has such an object already.",
    },
}
