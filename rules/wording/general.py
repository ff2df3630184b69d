"""Words for everything: arguments, pages, people, organisations."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
    "NOT_FOUND": {RU: "Не найдено.", EN: "Not found."},
    "FORBIDDEN": {RU: "У вас нет на это права.", EN: "You have no right to do this."},
    "UNAUTHENTICATED": {RU: "Войдите в систему.", EN: "Sign in first."},
    "CONFLICT": {RU: "Данные изменились, повторите.", EN: "The data has changed, try again."},
    "INVALID": {RU: "Недопустимое значение.", EN: "The value cannot be taken."},
    "founded": {RU: "Владелец системы уже есть.", EN: "The system has an owner already."},
    "required": {RU: "Заполните это поле.", EN: "This field is required."},
    "malformed_id": {RU: "Это не идентификатор системы.", EN: "This is not an identifier of the system."},
    "malformed_cursor": {RU: "Это не курсор системы.", EN: "This is not a cursor of the system."},
    "page_arguments": {
        RU: "Укажите ровно одно из first и last.",
        EN: "Give exactly one of first and last.",
    },
    "answer_too_large": {
        RU: "Ответ может занять больше {most} строк: запросите меньшие страницы.",
        EN: "The answer could hold more than {most} rows: ask for smaller pages.",
    },
    "answer_too_many_octets": {
        RU: "Ответ больше {most} октетов: запросите меньше.",
        EN: "The answer is larger than {most} octets: ask for less.",
    },
    "reads_busy": {
        RU: "Слишком много чтений сразу. Повторите позже.",
        EN: "Too many reads at once. Try again later.",
    },
    "answer_too_complex": {
        RU: "В запросе больше {most} связей и вычисляемых полей: разделите его.",
        EN: "The request has more than {most} relations and computed fields: divide it.",
    },
    "answer_too_slow": {
        RU: "Ответ требует слишком много времени: запросите меньше.",
        EN: "The answer takes too long: ask for less.",
    },
    "page_size": {RU: "От 0 до {most} строк.", EN: "From 0 to {most} rows."},
    "too_short": {RU: "Не короче {least} знаков.", EN: "At least {least} characters."},
    "too_long": {RU: "Не длиннее {most} знаков.", EN: "At most {most} characters."},
    "control_characters": {RU: "Недопустимые знаки.", EN: "Characters that are not allowed."},
    "email": {RU: "Это не адрес электронной почты.", EN: "This is not an e-mail address."},
    "email_taken": {RU: "Такой адрес уже занят.", EN: "This address is taken."},
    "tax_number": {RU: "Неверный ИНН: контрольная сумма не сходится.", EN: "The INN is wrong: its checksum fails."},
    "reason_code": {RU: "КПП — девять знаков.", EN: "A KPP is nine characters."},
    "registration_number": {
        RU: "Неверный ОГРН: контрольная сумма не сходится.",
        EN: "The OGRN is wrong: its checksum fails.",
    },
    "organization_taken": {
        RU: "Организация с таким ИНН и КПП уже есть.",
        EN: "There is an organisation with this INN and KPP.",
    },
    "organization_kind": {RU: "Организация не того вида.", EN: "The organisation is of another kind."},
    "role_of_organization": {
        RU: "Такой роли в этой организации быть не может.",
        EN: "This organisation cannot have such a role.",
    },
    "contract_taken": {RU: "Договор с таким номером уже есть.", EN: "There is a contract of this number."},
    "term_reversed": {RU: "Срок кончается раньше, чем начинается.", EN: "The term ends before it begins."},
    "time_zone": {
        RU: "Неизвестный часовой пояс; пример: Europe/Moscow.",
        EN: "Unknown time zone; an example: Europe/Moscow.",
    },
    "moment_range": {
        RU: "Допустимы годы между {first} и {last}.",
        EN: "Years between {first} and {last} can be taken.",
    },
    "time_zone_missing": {RU: "Укажите смещение от UTC.", EN: "Give the offset from UTC."},
    "engine_missing": {
        RU: "Печать недоступна: не установлен wkhtmltopdf.",
        EN: "Printing is not available: wkhtmltopdf is not installed.",
    },
    "print_failed": {
        RU: "Журнал не удалось напечатать: он слишком велик или печать занята. Повторите позже.",
        EN: "The journal could not be printed: it is too long or printing is busy. Try again later.",
    },
    "RATE_LIMITED": {RU: "Слишком часто. Повторите позже.", EN: "Too often. Try again later."},
    "own_account": {
        RU: "Свою учётную запись так закрыть нельзя.",
        EN: "You cannot end your own account.",
    },
    "user_inactive": {
        RU: "Учётная запись закрыта.",
        EN: "The account has been ended.",
    },
    "last_admin": {
        RU: "Это последний администратор организации: сначала назначьте другого.",
        EN: "This is the organisation's last admin: appoint another first.",
    },
    "too_many": {
        RU: "Больше {most} нельзя.",
        EN: "There can be at most {most}.",
    },
    "scope_missing": {
        RU: "Токену это не открыто: нет области {scope}.",
        EN: "The token does not open this: it lacks the scope {scope}.",
    },
    "service_token_term": {
        RU: "Срок токена — не больше {days} дней от этого момента.",
        EN: "A token's term is at most {days} days from now.",
    },
    "service_token_overlap": {
        RU: "Прежний токен может работать не больше {days} дней.",
        EN: "The former token may work on for at most {days} days.",
    },
    "service_account_revoked": {
        RU: "Учётная запись системы отозвана.",
        EN: "The service account has been revoked.",
    },
}
