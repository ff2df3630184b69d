"""The authority as a start finds it: made by an operator's command or, for the demo, on the spot."""

from datetime import UTC, datetime

from app.announcement import warn
from app.private_files import make_private_folder, unusable_folder
from app.settings import Settings
from app.startup_refusal import Line, StartupRefused
from authority.ceremony import AuthorityExists, create_authority
from authority.ceremony_protocol import CeremonyProtocol
from authority.keystore import AuthorityDamaged, AuthorityMissing, WrongPassphrase, open_authority

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
        )
    except AuthorityExists as error:
        raise StartupRefused(
            ru=f"Удостоверяющий центр в {folder} уже есть, он не перезаписывается.",
            en=f"There is an authority in {folder} already; it is never overwritten.",
        ) from error
    except OSError as error:
        raise unusable_folder(folder.parent, error) from error


def make_demo_authority(settings: Settings) -> None:
    """Make the demo's authority unless there is one."""
    if not settings.authority_folder.exists():
        hold_ceremony(settings, DEMO_OWNER)


def check_authority(settings: Settings) -> None:
    """See that the authority opens, and tell if it was made for another address than this start's.

    :raises StartupRefused: if it is missing, damaged or locked by another passphrase
    """
    folder = settings.authority_folder
    try:
        authority = open_authority(folder, settings.authority_passphrase)
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
    except AuthorityDamaged as error:
        raise StartupRefused(
            ru=f"Удостоверяющий центр в {folder} повреждён: {error}.",
            en=f"The authority in {folder} is damaged: {error}.",
        ) from error
    fixed, present = authority.public_url, settings.public_url
    if fixed != present:
        warning = Line(
            ru=f"PUBLIC_URL сейчас {present}, а сертификаты и QR-коды всегда ведут на {fixed}.",
            en=f"PUBLIC_URL is now {present}, but certificates and QR codes lead to {fixed} for ever.",
        )
        warn(warning, settings.console_language)
