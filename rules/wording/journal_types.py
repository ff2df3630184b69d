"""Words about journal types, their columns and lists."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
    "json_object": {RU: "Нужен объект JSON.", EN: "A JSON object is needed."},
    "json_list": {RU: "Нужен список JSON.", EN: "A JSON list is needed."},
    "json_text": {RU: "Нужна строка JSON.", EN: "A JSON string is needed."},
    "json_boolean": {RU: "Нужно true или false.", EN: "It must be true or false."},
    "json_integer": {
        RU: "Нужно целое число от {least} до {most}.",
        EN: "It must be an integer from {least} to {most}.",
    },
    "json_decimal": {
        RU: 'Нужно десятичное число в кавычках, например "0.05".',
        EN: 'It must be a decimal number in quotation marks, such as "0.05".',
    },
    "json_count": {RU: "Нужно от {least} до {most} элементов.", EN: "From {least} to {most} items are needed."},
    "json_member": {RU: "Нужно одно из: {members}.", EN: "It must be one of: {members}."},
    "json_syntax": {
        RU: "Это не JSON: строка {line}, знак {column}.",
        EN: "This is not JSON: line {line}, column {column}.",
    },
    "unknown_property": {RU: "Такому свойству здесь не место.", EN: "This property has no place here."},
    "item_repeated": {RU: "Такой ключ уже есть выше.", EN: "This key stands above already."},
    "range_reversed": {RU: "Верхняя граница меньше нижней.", EN: "The upper bound is below the lower one."},
    "column_key": {
        RU: "Ключ графы: строчные латинские буквы, цифры и «_», первой буква, до 40 знаков.",
        EN: "A column's key: lower-case Latin letters, digits and “_”, a letter first, up to 40 characters.",
    },
    "choice_key": {
        RU: "Ключ значения: прописные латинские буквы, цифры и «_», первой буква, до 40 знаков.",
        EN: "An item's key: capital Latin letters, digits and “_”, a letter first, up to 40 characters.",
    },
    "column_kind": {
        RU: "Графы такого вида нет: бывают текст, дата, дата и время, число, да/нет, выбор и система объекта.",
        EN: "There is no such kind of column: there are text, date, date and time, number, yes/no, choice and system.",
    },
    "unit_of_number": {RU: "Единица измерения бывает только у числа.", EN: "Only a number has a unit."},
    "choices_differ": {
        RU: "Названия нужны для каждого значения из enum и ни для какого другого.",
        EN: "Every value of enum needs its words, and no other does.",
    },
    "unknown_list": {RU: "Такого справочника нет.", EN: "There is no such reference list."},
    "unknown_choice": {RU: "В справочнике нет значения {key}.", EN: "The reference list has no item {key}."},
    "policy_sides": {
        RU: "Подписать должны обе стороны: и оператор, и абонент.",
        EN: "Both sides have to sign: the operator and the subscriber.",
    },
    "policy_gaps": {
        RU: "Очереди (order) и группы (group) нумеруются с 1 без пропусков.",
        EN: "Orders and groups are numbered from 1 without gaps.",
    },
    "policy_group": {
        RU: "Подписи группы {group} должны совпадать во всём: они равноправны.",
        EN: "The signatures of group {group} must not differ: any of them counts alike.",
    },
    "type_code": {
        RU: "Код: прописные латинские буквы, цифры и «_», первой буква, до 40 знаков.",
        EN: "A code: capital Latin letters, digits and “_”, a letter first, up to 40 characters.",
    },
    "type_code_taken": {RU: "Вид журнала с таким кодом уже есть.", EN: "There is a journal type of this code."},
    "type_version": {
        RU: "Вид журнала изменился: действует версия {version}. Прочтите её и повторите.",
        EN: "The journal type has changed: version {version} is current. Read it and try again.",
    },
    "type_draft": {
        RU: "Этот вид журнала — черновик: сначала его проверяет и публикует администратор.",
        EN: "This journal type is a draft: an administrator reviews and publishes it first.",
    },
    "list_items_fixed": {
        RU: "Ключи этого справочника заданы законом или стандартом: менять можно только слова.",
        EN: "The keys of this list are set by law or standard: only the words can be changed.",
    },
    "list_item_used": {
        RU: "Значение {key} убрать нельзя: его вид указан у систем объектов.",
        EN: "Item {key} cannot be removed: systems of objects are of this kind.",
    },
}
