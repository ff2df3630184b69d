"""The words of refusals, Russian and English. Keys are `Refusal.reason`; braces are filled from its details."""

from models.enums import Language

__all__ = ["REFUSALS", "Language"]

RU, EN = Language.RU, Language.EN

REFUSALS: dict[str, dict[Language, str]] = {
    "NOT_FOUND": {RU: "Не найдено.", EN: "Not found."},
    "FORBIDDEN": {RU: "У вас нет на это права.", EN: "You have no right to do this."},
    "UNAUTHENTICATED": {RU: "Войдите в систему.", EN: "Sign in first."},
    "sign_in_failed": {
        RU: "Неверный адрес почты или пароль.",
        EN: "The e-mail address or the password is wrong.",
    },
    "sign_in_locked": {
        RU: "Слишком много неудачных попыток. Повторите через {seconds} с.",
        EN: "Too many failed attempts. Try again in {seconds} s.",
    },
    "CONFLICT": {RU: "Данные изменились, повторите.", EN: "The data has changed, try again."},
    "STALE_REVISION": {
        RU: "Запись изменилась: действует редакция {revision}. Прочтите её и повторите.",
        EN: "The entry has changed: revision {revision} is current. Read it and try again.",
    },
    "INVALID": {RU: "Недопустимое значение.", EN: "The value cannot be taken."},
    "WRONG_PIN": {RU: "Неверный ПИН-код.", EN: "The PIN is wrong."},
    "PIN_LOCKED": {
        RU: "ПИН-код введён неверно слишком много раз. Повторите через {seconds} с.",
        EN: "The PIN was wrong too many times. Try again in {seconds} s.",
    },
    "NO_CERTIFICATE": {
        RU: "Нет действующего сертификата электронной подписи.",
        EN: "There is no valid signing certificate.",
    },
    "AGREEMENT_REQUIRED": {
        RU: "Сначала примите действующее соглашение об электронной подписи (версия {version}).",
        EN: "First accept the agreement on electronic signatures in force (version {version}).",
    },
    "NOT_YOUR_SLOT": {
        RU: "Эта подпись не ваша: нужна другая сторона, обязанность или очередь.",
        EN: "This signature is not yours to give: another side, duty or turn is required.",
    },
    "ALREADY_SIGNED": {RU: "Вы уже подписали эту редакцию.", EN: "You have signed this revision already."},
    "JOURNAL_ARCHIVED": {RU: "Журнал в архиве.", EN: "The journal is archived."},
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
    "assignment_side": {
        RU: "Назначить можно только людей оператора или абонента этого объекта.",
        EN: "Only people of the object's operator or subscriber can be assigned.",
    },
    "journal_open_taken": {
        RU: "Журнал этого вида уже открывает кто-то другой.",
        EN: "Somebody else is opening a journal of this type.",
    },
    "unknown_column": {RU: "В этом журнале нет такой графы.", EN: "This journal has no such column."},
    "column_value": {
        RU: "Значение не подходит к графе «{column}».",
        EN: "The value does not fit the column “{column}”.",
    },
    "column_value_kind": {
        RU: "Значения — это тексты, целые числа, да/нет и их списки.",
        EN: "Values are texts, whole numbers, booleans and lists of these.",
    },
    "values_object": {
        RU: "Значения — это объект: ключ графы и её значение.",
        EN: "Values are an object: a column's key and its value.",
    },
    "future": {RU: "Этот момент ещё не наступил.", EN: "This moment has not come yet."},
    "moment_range": {
        RU: "Допустимы годы между {first} и {last}.",
        EN: "Years between {first} and {last} can be taken.",
    },
    "time_zone_missing": {RU: "Укажите смещение от UTC.", EN: "Give the offset from UTC."},
    "client_id_reused": {
        RU: "Этот clientId уже использован с другим содержанием.",
        EN: "This clientId was used with other content.",
    },
    "entry_closed": {RU: "Запись в этом состоянии нельзя изменить.", EN: "An entry in this state cannot be changed."},
    "nothing_changed": {RU: "Ничего не изменилось.", EN: "Nothing has changed."},
    "slot_closed": {RU: "Эта подпись уже не требуется.", EN: "This signature is not required any more."},
    "pin_format": {RU: "ПИН-код — от 6 до 32 цифр.", EN: "A PIN is 6 to 32 digits."},
    "pin_weak": {RU: "Такой ПИН-код слишком прост.", EN: "This PIN is too simple."},
    "request_kind": {
        RU: "Об отзыве просят через requestRevocation.",
        EN: "A revocation is asked for by requestRevocation.",
    },
    "other_custody": {
        RU: "Это относится к другому способу хранения ключа.",
        EN: "This belongs to the other custody of keys.",
    },
    "request_expired": {RU: "Срок рассмотрения заявки истёк.", EN: "The request has expired."},
    "request_open": {RU: "Ваша заявка уже рассматривается.", EN: "Your request is under way already."},
    "request_decided": {RU: "Решение по заявке уже принято.", EN: "The request has been decided already."},
    "own_request": {RU: "Решать по своей заявке нельзя.", EN: "Nobody decides on their own request."},
    "nobody_to_identify": {
        RU: "Для отзыва личность не проверяют.",
        EN: "A revocation identifies nobody.",
    },
    "identified_by_another": {
        RU: "Личность проверяет другой администратор (identifyRequester), здесь её не указывают.",
        EN: "Another superadmin identifies the requester (identifyRequester); leave it out here.",
    },
    "four_eyes": {
        RU: "Сначала личность заявителя должен проверить другой администратор.",
        EN: "First another superadmin has to check the requester's identity.",
    },
    "key_malformed": {
        RU: "Это не запрос на сертификат PKCS#10 (PEM или DER в base64).",
        EN: "This is not a PKCS#10 request (PEM, or DER in base64).",
    },
    "key_unsupported_kind": {
        RU: "Такие ключи не принимаются: нужен P-256, P-384 или RSA от 3072 бит.",
        EN: "Keys of this kind are not accepted: P-256, P-384 or RSA of 3072 bits or more.",
    },
    "key_wrong_size": {
        RU: "Ключ RSA должен иметь от 3072 до 8192 бит.",
        EN: "An RSA key must have 3072 to 8192 bits.",
    },
    "key_weak_exponent": {RU: "Слабый ключ RSA.", EN: "A weak RSA key."},
    "key_possession_not_proved": {
        RU: "Подпись запроса не подтверждает владение ключом.",
        EN: "The request's signature does not prove possession of the key.",
    },
    "key_known_compromised": {
        RU: "Этот ключ известен посторонним: создайте новый.",
        EN: "This key is known to others: make a new one.",
    },
    "key_repeated": {
        RU: "Этот ключ уже предъявляли: для каждого сертификата нужен новый.",
        EN: "This key has been seen before: every certificate takes a new one.",
    },
    "renewal_signature": {
        RU: "Это не подпись действующего ключа под запросом.",
        EN: "This is not the present key's signature over the request.",
    },
    "no_present_key": {
        RU: "Действующий ключ хранится не в системе.",
        EN: "The present key is not in our custody.",
    },
    "signature_value": {
        RU: "Это не подпись под подготовленными данными ключом вашего сертификата.",
        EN: "This is not a signature over what was prepared, by the key of your certificate.",
    },
    "preparation_expired": {
        RU: "Подготовлено слишком давно: подготовьте подпись заново.",
        EN: "It was prepared too long ago: prepare the signature anew.",
    },
    "revocation_reason": {
        RU: "Такую причину отзыва вам указать нельзя.",
        EN: "This reason of revocation is not yours to give.",
    },
    "invalidity_date": {
        RU: "Момент должен лежать между выпуском сертификата и настоящим временем.",
        EN: "The moment must lie between the certificate's issue and now.",
    },
    "certificate_revoked": {RU: "Сертификат уже отозван.", EN: "The certificate is revoked already."},
    "certificate_suspended": {
        RU: "Действие сертификата уже приостановлено.",
        EN: "The certificate is on hold already.",
    },
    "certificate_not_suspended": {
        RU: "Действие сертификата не приостановлено.",
        EN: "The certificate is not on hold.",
    },
    "compromise_reported": {
        RU: "О компрометации этого ключа уже сообщили.",
        EN: "A compromise of this key has been reported already.",
    },
    "agreement_address": {
        RU: "В соглашении должен быть адрес страницы проверки: {address}",
        EN: "The agreement must name the address of the verification page: {address}",
    },
    "agreement_version": {
        RU: "Действует другая версия соглашения.",
        EN: "Another version of the agreement is in force.",
    },
    "agreement_for_organization": {
        RU: "За организацию соглашение принимает её администратор.",
        EN: "The organisation's administrator accepts for it.",
    },
    "identification_date": {
        RU: "Дата проверки личности в будущем.",
        EN: "The date of identification is in the future.",
    },
    "engine_missing": {
        RU: "Печать недоступна: не установлен wkhtmltopdf.",
        EN: "Printing is not available: wkhtmltopdf is not installed.",
    },
    "print_failed": {
        RU: "Журнал не удалось напечатать: он слишком велик или печать занята. Повторите позже.",
        EN: "The journal could not be printed: it is too long or printing is busy. Try again later.",
    },
    "issue_failed": {
        RU: "Сертификат не выпущен: {cause}",
        EN: "The certificate was not issued: {cause}",
    },
    "RATE_LIMITED": {RU: "Слишком часто. Повторите позже.", EN: "Too often. Try again later."},
}
