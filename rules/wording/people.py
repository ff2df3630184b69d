"""Words for people's accounts: invitations, resets, roles, transfers."""

from models.enums import Language

RU, EN = Language.RU, Language.EN

WORDS: dict[str, dict[Language, str]] = {
    "link_void": {
        RU: "Ссылка недействительна: она использована, отозвана или её срок истёк.",
        EN: "The link does not work: it has been used, withdrawn or is too old.",
    },
    "not_invited": {
        RU: "Приглашения нет: учётная запись уже действует или закрыта.",
        EN: "There is no invitation: the account is in use already or has been ended.",
    },
    "user_active": {RU: "Учётная запись и так действует.", EN: "The account has not been ended."},
    "same_organization": {
        RU: "Человек уже работает в этой организации.",
        EN: "The person works for this organisation already.",
    },
    "colleague": {
        RU: "Укажите другого действующего сотрудника той же организации.",
        EN: "Name another active person of the same organisation.",
    },
    "passwords_differ": {RU: "Пароли не совпадают.", EN: "The passwords differ."},
}
