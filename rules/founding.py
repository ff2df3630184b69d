"""The first rows of an installation: its owner, the first superadmin, the agreement and the journal types it ships."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from models.enums import Language, OrganizationKind, Role
from models.journals import JournalType, JournalTypeVersion
from models.keys import uuid7
from models.organizations import Organization
from models.users import User
from rules import agreements
from rules.actor import Anonymous
from rules.people import OrganizationDetails, PersonDetails, add_organization, add_user
from rules.refusals import Code, Refusal
from rules.unit import unit

SHIPPED_TYPES = ("SPZ_MAIN", "SPS_TO", "PCO_REQ")


def _reference(name: str) -> Any:
    return json.loads(files("rules.reference").joinpath(f"{name}.json").read_text(encoding="utf-8"))


async def found(
    caller: Anonymous, owner: OrganizationDetails, superadmin: PersonDetails, *, password: str
) -> tuple[Organization, User]:
    """Found the installation. Runs on an empty database only; raises CONFLICT on any other."""
    async with unit(caller) as deed:
        await deed.connection.execute_query("select pg_advisory_xact_lock(hashtext('found'))")
        if await Organization.exists(kind=OrganizationKind.OWNER):
            raise Refusal(Code.CONFLICT, "founded")
        organization = await add_organization(deed, caller, OrganizationKind.OWNER, owner, founder=None)
        user = await add_user(deed, caller, organization, Role.SUPERADMIN, superadmin, password=password)
        await _ship_agreement(caller)
        for code in SHIPPED_TYPES:
            await _ship_type(caller, code)
    return organization, user


async def _ship_agreement(caller: Anonymous) -> None:
    text = _reference("agreement")
    address = agreements.verification_address()
    ru, en = (text[language.value].replace("{address}", address) for language in (Language.RU, Language.EN))
    await agreements.add_version(text["version"], ru, en, effective_from=caller.now)


async def _ship_type(caller: Anonymous, code: str) -> None:
    reference = _reference(code)
    version_id = uuid7()
    kind = await JournalType.create(
        code=code,
        name_ru=reference["name"]["ru"],
        name_en=reference["name"]["en"],
        current_version_id=version_id,
        created_at=caller.now,
    )
    await JournalTypeVersion.create(
        id=version_id,
        type_id=kind.id,
        number=1,
        name_ru=reference["name"]["ru"],
        name_en=reference["name"]["en"],
        regulation=reference["regulation"],
        columns=reference["columns"],
        signature_policy=reference["signaturePolicy"],
        retention_years=reference["retentionYears"],
        created_at=caller.now,
    )
