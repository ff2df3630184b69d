"""The protocol of a ceremony: what those present print, compare and sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from textwrap import wrap
from typing import Literal

from authority.authority_record import AuthorityPolicy

Language = Literal["ru", "en"]

ROOT_KEY_FILE = "file:root.key"


class Deed(StrEnum):
    """What a ceremony did."""

    CREATION = "CREATION"
    ROLLOVER = "ROLLOVER"


_TEXTS: Mapping[Language, str] = {
    "ru": """{title}

Вид подписи:          усиленная неквалифицированная (УНЭП)
Владелец:             {owner_name}
Адрес системы:        {public_url}
Проведено (UTC):      {created_at}
Политика сертификатов {certificate_policy}
Политика меток времени {time_stamping_policy}

Отпечатки сертификатов (SHA-256):
{fingerprints}

Где лежат закрытые ключи:
{key_places}

Что сделать сейчас:
{tasks}

Присутствовали (фамилия, имя, отчество, подпись, дата):


""",
    "en": """{title}

Kind of signature:    advanced non-qualified (УНЭП)
Owner:                {owner_name}
Address of service:   {public_url}
Held (UTC):           {created_at}
Certificate policy    {certificate_policy}
Time-stamping policy  {time_stamping_policy}

Certificate fingerprints (SHA-256):
{fingerprints}

Where the private keys are:
{key_places}

To do now:
{tasks}

Present (name, signature, date):


""",
}

_TITLES: Mapping[Deed, Mapping[Language, str]] = {
    Deed.CREATION: {
        "ru": "ПРОТОКОЛ СОЗДАНИЯ УДОСТОВЕРЯЮЩЕГО ЦЕНТРА",
        "en": "CERTIFICATION AUTHORITY KEY CEREMONY PROTOCOL",
    },
    Deed.ROLLOVER: {
        "ru": "ПРОТОКОЛ СМЕНЫ КЛЮЧА ИЗДАЮЩЕГО УДОСТОВЕРЯЮЩЕГО ЦЕНТРА",
        "en": "ISSUING AUTHORITY KEY ROLLOVER PROTOCOL",
    },
}

_ROOT_FILE_TASK: Mapping[Language, str] = {
    "ru": """Перенести файл root.key на отдельный носитель, убрать его в сейф и стереть на этом компьютере:
   для работы системы корневой ключ не нужен, он понадобится только для выпуска или отзыва
   подчинённого сертификата.""",
    "en": """Move root.key to a separate medium, lock it away and erase it here: take it offline. The service works
   without it; it is needed only to certify or to revoke an issuing authority.""",
}
_ROOT_TOKEN_TASK: Mapping[Language, str] = {
    "ru": """Отключить токен с корневым ключом и убрать его в сейф: для работы системы он не нужен, он
   понадобится только для выпуска или отзыва подчинённого сертификата.""",
    "en": """Unplug the token with the root's key and lock it away: the service works without it; it is needed
   only to certify or to revoke an issuing authority.""",
}
_TASKS: Mapping[Language, tuple[str, ...]] = {
    "ru": (
        "Хранить кодовую фразу отдельно от ключей и от этого протокола.",
        "Сделать резервную копию остальных файлов.",
        "Сверить отпечатки с файлами *.crt: openssl x509 -in root.crt -noout -fingerprint -sha256",
    ),
    "en": (
        "Keep the passphrase apart from the keys and from this protocol.",
        "Back up the other files.",
        "Compare the fingerprints with the *.crt files: openssl x509 -in root.crt -noout -fingerprint -sha256",
    ),
}


@dataclass(frozen=True)
class CeremonyProtocol:
    """
    What was made, by the certificate's name: root, issuing-1, ocsp-1, time-stamping-1.

    `fingerprints` are SHA-256 in hexadecimal; `key_places` say where each private key lies, as authority.json does.
    """

    deed: Deed
    owner_name: str
    public_url: str
    created_at: datetime
    policy: AuthorityPolicy
    fingerprints: Mapping[str, str]
    key_places: Mapping[str, str]

    def text(self, language: Language) -> str:
        """The protocol to print, in Russian or English; fingerprints are grouped as openssl groups them."""
        root_task = _ROOT_FILE_TASK if self.key_places.get("root") == ROOT_KEY_FILE else _ROOT_TOKEN_TASK
        tasks = (root_task[language], *_TASKS[language])
        return _TEXTS[language].format(
            title=_TITLES[self.deed][language],
            owner_name=self.owner_name,
            public_url=self.public_url,
            created_at=f"{self.created_at:%Y-%m-%d %H:%M:%S}",
            certificate_policy=self.policy.certificate,
            time_stamping_policy=self.policy.time_stamping,
            fingerprints="\n".join(
                f"  {name + '.crt':<20} {':'.join(wrap(digits.upper(), 2))}"
                for name, digits in self.fingerprints.items()
            ),
            key_places="\n".join(f"  {name:<20} {place}" for name, place in self.key_places.items()),
            tasks="\n".join(f"{number}. {task}" for number, task in enumerate(tasks, 1)),
        )
