"""The authority as a start finds it: made by an operator's command or, for the demo, on the spot."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from app.announcement import warn
from app.private_files import make_private_folder, unusable_folder
from app.settings import Settings
from app.startup_refusal import Line, StartupRefused
from authority.authority_record import AuthorityBusy
from authority.ceremony import AuthorityExists, create_authority
from authority.ceremony_protocol import CeremonyProtocol
from authority.compromised_keys import read_digests
from authority.key_places import KeyFiles, KeyPlace, Token
from authority.keystore import (
    AuthorityDamaged,
    AuthorityMissing,
    TokenUnavailable,
    WrongPassphrase,
    open_authority,
)
from authority.rollover import NotRevocable, renew_issuing, revoke_generation

DEMO_OWNER = "Электронные журналы (демонстрация)"


def hold_ceremony(settings: Settings, owner_name: str) -> CeremonyProtocol:
    """Make the authority of this installation, for ever bound to its public address; the protocol to print.

    :raises StartupRefused: if there is one already, or its folder cannot be made
    """
    folder = settings.authority_folder
    make_private_folder(folder.parent)
    try:
        return create_authority(
            folder,
            passphrase=settings.authority_passphrase,
            owner_name=owner_name,
            public_url=settings.public_url,
            now=datetime.now(UTC),
            keys=_place(settings),
        )
    except AuthorityExists as error:
        raise StartupRefused(
            ru=f"Удостоверяющий центр в {folder} уже есть, он не перезаписывается.",
            en=f"There is an authority in {folder} already; it is never overwritten.",
        ) from error
    except OSError as error:
        raise unusable_folder(folder.parent, error) from error


def roll_over(settings: Settings, root_key: str | None) -> CeremonyProtocol:
    """Make the next generation of the issuing authority with the root's key, from the file `root_key` if it has been
    taken offline; the protocol to print.

    :raises StartupRefused: if the authority does not open, or the root's key is not at hand
    """
    with _told(settings), _root_at_hand(root_key):
        return renew_issuing(
            settings.authority_folder,
            settings.authority_passphrase,
            now=datetime.now(UTC),
            root_key=Path(root_key) if root_key else None,
            root_passphrase=settings.root_passphrase or None,
            module=settings.pkcs11_module,
            keys=_place(settings) if settings.authority_token else None,
        )


def revoke_issuing(settings: Settings, key_id: str, reason: str, root_key: str | None) -> None:
    """Put the issuing certificate of a former generation on the root's revocation list.

    :raises StartupRefused: as `roll_over` does, and if there is no such former generation
    """
    with _told(settings), _root_at_hand(root_key):
        try:
            revoke_generation(
                settings.authority_folder,
                settings.root_passphrase or settings.authority_passphrase,
                key_id,
                reason=reason,
                now=datetime.now(UTC),
                root_key=Path(root_key) if root_key else None,
                module=settings.pkcs11_module,
            )
        except (NotRevocable, ValueError) as error:
            raise StartupRefused(
                ru=f"Нельзя отозвать: {error}. Отзывают прежние, ещё не отозванные поколения.",
                en=f"Cannot be revoked: {error}. Former generations can, once.",
            ) from error


def _place(settings: Settings) -> KeyPlace:
    """Where the settings want new keys to lie."""
    if not settings.authority_token:
        return KeyFiles()
    if settings.pkcs11_module is None:
        raise StartupRefused(
            ru="AUTHORITY_TOKEN задан без PKCS11_MODULE: укажите библиотеку токена.",
            en="AUTHORITY_TOKEN is set without PKCS11_MODULE: name the token's library.",
        )
    return Token(settings.pkcs11_module, settings.authority_token, settings.authority_root_token or None)


def time_stamp_roots(settings: Settings) -> tuple[x509.Certificate, ...]:
    """The roots of time-stamp authorities of others, from the PEM file that TIME_STAMP_ROOTS names.

    :raises StartupRefused: if it cannot be read, or is not named although others are to stamp
    """
    path = settings.time_stamp_roots
    try:
        if path is None and settings.time_stamp_url:
            raise ValueError("not set")
        return tuple(x509.load_pem_x509_certificates(path.read_bytes())) if path else ()
    except (OSError, ValueError) as error:
        raise StartupRefused(
            ru=f"TIME_STAMP_ROOTS: корневые сертификаты службы времени не читаются ({error}).",
            en=f"TIME_STAMP_ROOTS: the time-stamp service's root certificates cannot be read ({error}).",
        ) from error


def known_compromised(path: Path | None) -> frozenset[str]:
    """The digests of keys that the operator knows to be in other hands, from the file that COMPROMISED_KEYS names.

    :raises StartupRefused: if it cannot be read
    """
    try:
        return read_digests(path) if path else frozenset()
    except (OSError, ValueError) as error:
        raise StartupRefused(
            ru=f"COMPROMISED_KEYS: список не читается ({error}).", en=f"COMPROMISED_KEYS cannot be read ({error})."
        ) from error


def make_demo_authority(settings: Settings) -> None:
    """Make the demo's authority unless there is one."""
    if not settings.authority_folder.exists():
        hold_ceremony(settings, DEMO_OWNER)


def check_authority(settings: Settings) -> None:
    """See that the authority opens, and tell if it was made for another address than this start's.

    :raises StartupRefused: if it is missing, damaged or locked by another passphrase
    """
    with _told(settings):
        authority = open_authority(
            settings.authority_folder, settings.authority_passphrase, module=settings.pkcs11_module
        )
    fixed, present = authority.public_url, settings.public_url
    if fixed != present:
        warning = Line(
            ru=f"PUBLIC_URL сейчас {present}, а сертификаты и QR-коды всегда ведут на {fixed}.",
            en=f"PUBLIC_URL is now {present}, but certificates and QR codes lead to {fixed} for ever.",
        )
        warn(warning, settings.console_language)


@contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """What keeps an authority closed, in a line for the operator."""
    folder = settings.authority_folder
    try:
        yield
    except AuthorityMissing as error:
        raise StartupRefused(
            ru=f"В {folder} нет удостоверяющего центра: создайте его командой ./scripts/init_authority.",
            en=f"There is no authority in {folder}: make it with ./scripts/init_authority.",
        ) from error
    except WrongPassphrase as error:
        raise StartupRefused(
            ru=f"AUTHORITY_PASSPHRASE не открывает ключи удостоверяющего центра в {folder}.",
            en=f"AUTHORITY_PASSPHRASE does not open the authority's keys in {folder}.",
        ) from error
    except TokenUnavailable as error:
        raise StartupRefused(
            ru=f"Токен с ключами удостоверяющего центра недоступен: {error}.",
            en=f"The token that holds the authority's keys is not available: {error}.",
        ) from error
    except AuthorityDamaged as error:
        raise StartupRefused(
            ru=f"Удостоверяющий центр в {folder} повреждён: {error}.",
            en=f"The authority in {folder} is damaged: {error}.",
        ) from error


@contextmanager
def _root_at_hand(root_key: str | None) -> Iterator[None]:
    """What keeps the root from signing, in a line for the operator; and who else is at the authority."""
    where = root_key or "root.key"
    try:
        yield
    except (AuthorityMissing, OSError) as error:
        raise StartupRefused(
            ru=f"Корневой ключ не найден ({error}): укажите --root-key ФАЙЛ.",
            en=f"The root's key is not at hand ({error}): name it with --root-key FILE.",
        ) from error
    except WrongPassphrase as error:
        raise StartupRefused(
            ru=f"Кодовая фраза (ROOT_PASSPHRASE, иначе AUTHORITY_PASSPHRASE) не открывает {where}.",
            en=f"The passphrase (ROOT_PASSPHRASE, else AUTHORITY_PASSPHRASE) does not open {where}.",
        ) from error
    except AuthorityBusy as error:
        raise StartupRefused(
            ru="Удостоверяющий центр сейчас меняет другой процесс: повторите позже.",
            en="Another process is changing the authority: try again later.",
        ) from error
