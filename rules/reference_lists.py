"""Reference lists: the choices that columns take from, in both languages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from models.enums import EventKind, IdentificationMethod, RevocationReason, Role
from models.journals import ReferenceList
from models.objects import System
from rules import texts
from rules.actor import Actor
from rules.columns import CHOICE_KEY, Lists, accepted_items
from rules.json_values import key
from rules.refusals import invalid
from rules.unit import Unit, unit

SYSTEM_KINDS = "SYSTEM_KINDS"
"""What a system of an object can be; the passport cites its items by key."""

FIXED: dict[str, type[StrEnum]] = {
    "IDENTIFICATION_METHODS": IdentificationMethod,
    "REVOCATION_REASONS": RevocationReason,
}
"""Lists whose keys are not ours to choose: 63-FZ art. 13(1), RFC 5280 §5.3.1."""


async def lists() -> Lists:
    """All of them, as columns take them."""
    return {
        row.code: {item["key"]: {"ru": item["ru"], "en": item["en"]} for item in row.items}
        for row in await ReferenceList.all()
    }


async def save_reference_list(actor: Actor, code: str, *, name_ru: str, name_en: str, items: object) -> ReferenceList:
    """Make a list, or give it other names and items: `{key, ru, en}` each, in the order they are offered.

    Versions of journal types keep the choices they were made with. An item that an object's system is of stays, and
    the keys of a list that the law sets are what they are. Raises FORBIDDEN, INVALID.
    """
    actor.require(Role.SUPERADMIN)
    key(code, "code", CHOICE_KEY, "type_code")
    content = accepted(name_ru, name_en, items)
    async with unit(actor) as deed:
        await lock(deed)
        row = await ReferenceList.get_or_none(code=code)
        before = {name: getattr(row, name) for name in content} if row else {}
        if row is not None and before == content:
            return row
        await _require_kept(code, before.get("items", []), content["items"])
        if row is None:
            row = await add_list(code, content, now=actor.now)
        else:
            await row.update_from_dict(content).save(update_fields=[*content])
        await record_saved(deed, row, before)
    return row


def accepted(name_ru: str, name_en: str, items: object) -> dict[str, Any]:
    """What a list says, as it is stored. Raises INVALID."""
    return {
        "name_ru": texts.text(name_ru, "nameRu", most=300),
        "name_en": texts.text(name_en, "nameEn", most=300),
        "items": accepted_items(items, "items"),
    }


async def lock(deed: Unit) -> None:
    """Hold what lists and codes of journal types there are, until the deed ends."""
    await deed.connection.execute_query("select pg_advisory_xact_lock(hashtext('journal_types'))")


async def add_list(code: str, content: dict[str, Any], *, now: datetime) -> ReferenceList:
    """Store a list of accepted content; a part of somebody's deed."""
    return await ReferenceList.create(code=code, **content, created_at=now)


async def record_saved(deed: Unit, row: ReferenceList, before: dict[str, Any]) -> None:
    """Tell of a list that was made or changed: what differs from `before`."""
    after = {name: getattr(row, name) for name in ("name_ru", "name_en", "items")}
    differing = [name for name in after if before.get(name) != after[name]]
    changes: dict[str, Any] = {"after": {_shown(name): _keyed(after[name]) for name in differing}}
    if before:
        changes["before"] = {_shown(name): _keyed(before[name]) for name in differing}
    await deed.record(EventKind.REFERENCE_LIST_SAVED, changes={"code": row.code, **changes})


def _shown(name: str) -> str:
    return {"name_ru": "nameRu", "name_en": "nameEn"}.get(name, name)


def _keyed(value: Any) -> Any:
    return value if isinstance(value, str) else {item["key"]: [item["ru"], item["en"]] for item in value}


async def _require_kept(code: str, before: list[dict[str, str]], after: list[dict[str, str]]) -> None:
    kept = {item["key"] for item in after}
    if code in FIXED and kept != {member.value for member in FIXED[code]}:
        raise invalid("items", "list_items_fixed")
    if code == SYSTEM_KINDS:
        removed = {item["key"] for item in before} - kept
        if removed and (used := await System.filter(kind__in=removed).order_by("kind").first()):
            raise invalid("items", "list_item_used", key=used.kind)
