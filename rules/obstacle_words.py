"""The words for what keeps somebody from signing, Russian and English."""

from models.enums import Language, SigningObstacle

RU, EN = Language.RU, Language.EN

OBSTACLES: dict[SigningObstacle, dict[Language, str]] = {
    SigningObstacle.NOTHING_TO_SIGN: {
        RU: "Запись не ожидает подписей.",
        EN: "The entry does not await signatures.",
    },
    SigningObstacle.ALREADY_SIGNED: {
        RU: "Вы уже подписали эту редакцию.",
        EN: "You have signed this revision already.",
    },
    SigningObstacle.NOT_YOUR_SLOT: {
        RU: "Среди ожидаемых подписей нет вашей: нужна другая сторона или обязанность.",
        EN: "None of the awaited signatures is yours: another side or duty is required.",
    },
    SigningObstacle.NOT_YOUR_TURN: {
        RU: "Ваша очередь ещё не наступила: сначала подписывают другие.",
        EN: "It is not your turn yet: others sign first.",
    },
    SigningObstacle.AGREEMENT_REQUIRED: {
        RU: "Сначала примите действующее соглашение об электронной подписи.",
        EN: "First accept the agreement on electronic signatures in force.",
    },
    SigningObstacle.NO_CERTIFICATE: {
        RU: "Нет действующего сертификата электронной подписи.",
        EN: "There is no valid signing certificate.",
    },
}
