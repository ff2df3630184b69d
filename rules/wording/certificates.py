"""Words about keys, certificates, PINs and agreements."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
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
    "issue_failed": {
        RU: "Сертификат не выпущен: {cause}",
        EN: "The certificate was not issued: {cause}",
    },
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
}
