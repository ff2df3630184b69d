"""The first rows of an installation: its owner, the first superadmin, the agreement and the journal types it ships."""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files
from typing import Any

from tortoise.queryset import QuerySet

from models.enums import Language, OrganizationKind, Role
from models.journals import JournalType, JournalTypeVersion, ReferenceList
from models.organizations import Organization
from models.users import User
from rules import agreements, journal_types, reference_lists
from rules.actor import Anonymous
from rules.journal_types import TypeDetails
from rules.people import OrganizationDetails, PersonDetails, add_organization, add_user
from rules.refusals import Code, Refusal
from rules.unit import unit

SHIPPED_TYPES = (
    *("SPZ_MAIN", "SPS_TO", "SPS_FAULT", "PCO_REQ", "GUARD_CHECK", "REG_WORK", "FIRE_ALARM_EVENT"),
    *("SOUE_TO", "AUPT_TO", "SMOKE_TO", "VPV", "OUT_WATER", "EXT_CARD", "DOORS", "FIREPROOF", "LADDER"),
    *("EMERG_LIGHT", "CCTV_TO", "ACS_TO", "SEC_TO", "INSTR_PB", "LIFT_TO"),
    *("INT_NFPA25", "INT_NFPA72", "INT_BS5839"),
)
"""What is not marked as a draft was composed from a form that was read; drafts wait for an administrator's review."""


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
        await _ship_lists(caller.now)
        await _ship_types(caller.now)
    return organization, user


async def ship_missing(now: datetime) -> list[str]:
    """Add the journal types and reference lists that are shipped since this installation was founded, and tell of them
    in the log; what is there already stays as its owner has made it. Runs at every start, in a transaction of its own.

    Returns the codes of what was added: none on an installation that is yet to be founded.
    """
    if not await Organization.exists(kind=OrganizationKind.OWNER) or not await _missing():
        return []
    async with unit(Anonymous(now=now)) as deed:
        await reference_lists.lock(deed)
        lists, types = await _ship_lists(now), await _ship_types(now)
        for row in lists:
            await reference_lists.record_saved(deed, row, {})
        for kind in types:
            version = await JournalTypeVersion.get(id=kind.current_version_id)
            await journal_types.record_created(deed, kind, journal_types.details_of(version))
    return [*(row.code for row in lists), *(kind.code for kind in types)]


async def _missing() -> bool:
    lists = _reference("lists")
    there = await ReferenceList.filter(code__in=[*lists]).count()
    return there < len(lists) or await _types().count() < len(SHIPPED_TYPES)


def _types() -> QuerySet[JournalType]:
    """The shipped types that are there. An operator's own of the same code are another matter."""
    return JournalType.filter(code__in=SHIPPED_TYPES, operator_id__isnull=True)


async def _ship_agreement(caller: Anonymous) -> None:
    text = _reference("agreement")
    address = agreements.verification_address()
    ru, en = (text[language.value].replace("{address}", address) for language in (Language.RU, Language.EN))
    await agreements.add_version(text["version"], ru, en, effective_from=caller.now)


async def _ship_lists(now: datetime) -> list[ReferenceList]:
    there = {row.code for row in await ReferenceList.all()}
    shipped = {code: row for code, row in _reference("lists").items() if code not in there}
    return [
        await reference_lists.add_list(
            code, reference_lists.accepted(row["name"]["ru"], row["name"]["en"], row["items"]), now=now
        )
        for code, row in shipped.items()
    ]


async def _ship_types(now: datetime) -> list[JournalType]:
    there, lists = {kind.code for kind in await _types()}, await reference_lists.lists()
    shipped = {code: _reference(code) for code in SHIPPED_TYPES if code not in there}
    return [
        await journal_types.add_type(
            code, journal_types.accepted(_details(reference), lists), now=now, draft=reference.get("draft", False)
        )
        for code, reference in shipped.items()
    ]


def _details(reference: dict[str, Any]) -> TypeDetails:
    return TypeDetails(
        name_ru=reference["name"]["ru"],
        name_en=reference["name"]["en"],
        regulation=reference["regulation"],
        columns=reference["columns"],
        retention_years=reference["retentionYears"],
        signature_policy=reference.get("signaturePolicy"),
    )
