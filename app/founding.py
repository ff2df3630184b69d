"""The operator's first command after the ceremony: who owns this installation and who runs its authority."""

import asyncio
import getpass
import sys

from app.authority_at_start import check_authority
from app.database import ready_database
from app.runtime import running
from app.settings import Settings
from app.startup_refusal import StartupRefused
from models.enums import Language
from rules import clock, founding
from rules.actor import Anonymous
from rules.people import OrganizationDetails, PersonDetails
from rules.refusals import Refusal


def found(settings: Settings, *, organization: str, surname: str, given_name: str, email: str) -> None:
    """Make the owner's organisation and the first superadmin, with a password read from the terminal or standard input.

    :raises StartupRefused: if there is an owner already, a value cannot be taken, or the start fails
    """
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    superadmin = PersonDetails(surname, given_name, email)
    asyncio.run(_found(settings, OrganizationDetails(organization), superadmin, password))


async def _found(settings: Settings, owner: OrganizationDetails, superadmin: PersonDetails, password: str) -> None:
    check_authority(settings)
    async with ready_database(settings) as (served, _), running(served):
        try:
            await founding.found(Anonymous(now=clock.now()), owner, superadmin, password=password)
        except Refusal as refusal:
            at = f" ({refusal.field})" if refusal.field else ""
            raise StartupRefused(
                ru=refusal.message(Language.RU) + at, en=refusal.message(Language.EN) + at
            ) from refusal
