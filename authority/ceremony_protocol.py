"""The protocol of a ceremony: what those present print, compare and sign."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Literal

from authority.keystore import AuthorityPolicy

_TEXTS = {
    "ru": """ПРОТОКОЛ СОЗДАНИЯ УДОСТОВЕРЯЮЩЕГО ЦЕНТРА

Вид подписи:          усиленная неквалифицированная (УНЭП)
Владелец:             {owner_name}
Адрес системы:        {public_url}
Создан (UTC):         {created_at}
Политика сертификатов {certificate_policy}
Политика меток времени {time_stamping_policy}

Отпечатки сертификатов (SHA-256):
{fingerprints}

Что сделать сейчас:
1. Перенести файл root.key на отдельный носитель, убрать его в сейф и стереть на этом компьютере:
   для работы системы корневой ключ не нужен, он понадобится только для выпуска или отзыва
   подчинённого сертификата.
2. Хранить кодовую фразу отдельно от ключей и от этого протокола.
3. Сделать резервную копию остальных файлов.
4. Сверить отпечатки с файлами *.crt: openssl x509 -in root.crt -noout -fingerprint -sha256

Присутствовали (фамилия, имя, отчество, подпись, дата):


""",
    "en": """CERTIFICATION AUTHORITY KEY CEREMONY PROTOCOL

Kind of signature:    advanced non-qualified (УНЭП)
Owner:                {owner_name}
Address of service:   {public_url}
Created (UTC):        {created_at}
Certificate policy    {certificate_policy}
Time-stamping policy  {time_stamping_policy}

Certificate fingerprints (SHA-256):
{fingerprints}

To do now:
1. Move root.key to a separate medium, lock it away and erase it here: take it offline. The service works without
   it; it is needed only to certify or to revoke an issuing authority.
2. Keep the passphrase apart from the keys and from this protocol.
3. Back up the other files.
4. Compare the fingerprints with the *.crt files: openssl x509 -in root.crt -noout -fingerprint -sha256

Present (name, signature, date):


""",
}


@dataclass(frozen=True)
class CeremonyProtocol:
    """What was made; `fingerprints` are SHA-256 in hexadecimal, by certificate: root, issuing, time-stamping, ocsp."""

    owner_name: str
    public_url: str
    created_at: datetime
    policy: AuthorityPolicy
    fingerprints: Mapping[str, str]

    def text(self, language: Literal["ru", "en"]) -> str:
        """The protocol to print, in Russian or English; fingerprints are grouped as openssl groups them."""
        return _TEXTS[language].format(
            owner_name=self.owner_name,
            public_url=self.public_url,
            created_at=f"{self.created_at:%Y-%m-%d %H:%M:%S}",
            certificate_policy=self.policy.certificate,
            time_stamping_policy=self.policy.time_stamping,
            fingerprints="\n".join(
                f"  {name + '.crt':<18} {':'.join(wrap(digits.upper(), 2))}"
                for name, digits in self.fingerprints.items()
            ),
        )
