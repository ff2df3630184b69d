"""Words about signing in, passwords and second factors."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
    "sign_in_failed": {
        RU: "Неверный адрес почты или пароль.",
        EN: "The e-mail address or the password is wrong.",
    },
    "sign_in_locked": {
        RU: "Слишком много неудачных попыток. Повторите через {seconds} с.",
        EN: "Too many failed attempts. Try again in {seconds} s.",
    },
    "SECOND_FACTOR_REQUIRED": {
        RU: "Подтвердите вход вторым фактором: кодом из приложения, запасным кодом или ключом доступа.",
        EN: "Confirm with your second factor: a code of your app, a recovery code or a passkey.",
    },
    "second_factor_missing": {
        RU: "Сначала подключите второй фактор: без него вам доступно только его подключение.",
        EN: "Set up a second factor first: until then you can do nothing else.",
    },
    "second_factor_last": {
        RU: "Это ваш единственный второй фактор, а он обязателен: сначала подключите другой.",
        EN: "This is your only second factor and you have to have one: set up another first.",
    },
    "second_factor_none": {
        RU: "Второй фактор не подключён.",
        EN: "No second factor is set up.",
    },
    "CONFIRMATION_REQUIRED": {
        RU: "Подтвердите ещё раз, что это вы.",
        EN: "Confirm once more that it is you.",
    },
    "confirmation_one": {
        RU: "Укажите ровно одно: код, ключ доступа или PIN.",
        EN: "Give exactly one of a code, a passkey and a PIN.",
    },
    "otp_wrong": {
        RU: "Неверный или уже использованный код.",
        EN: "The code is wrong or has been used.",
    },
    "totp_enrolled": {
        RU: "Приложение с кодами уже подключено.",
        EN: "An app with codes is set up already.",
    },
    "totp_not_begun": {
        RU: "Сначала начните подключение приложения с кодами.",
        EN: "Begin setting an app with codes up first.",
    },
    "passkey_refused": {
        RU: "Ключ доступа не подошёл.",
        EN: "The passkey was not accepted.",
    },
    "passkey_taken": {
        RU: "Этот ключ доступа уже зарегистрирован.",
        EN: "This passkey is registered already.",
    },
    "challenge_over": {
        RU: "Прошло слишком много времени, или ответ уже был: начните заново.",
        EN: "Too much time has passed, or it has been answered: begin anew.",
    },
    "password_wrong": {RU: "Неверный пароль.", EN: "The password is wrong."},
    "password_common": {
        RU: "Такой пароль легко подобрать: он из списка самых частых.",
        EN: "This password is easily guessed: it is among the most common ones.",
    },
    "password_own": {
        RU: "Такой пароль легко подобрать: он повторяет вашу почту, имя или название системы.",
        EN: "This password is easily guessed: it repeats your e-mail, your name or the system's.",
    },
}
