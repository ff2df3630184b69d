"""Journal types as data: made, revised, derived, published. A version never changes, and entries keep theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from models.enums import EventKind, Role, VolumePeriod
from models.journals import JournalType, JournalTypeVersion
from models.keys import uuid7
from rules import access, columns, identifiers, reference_lists, texts, values
from rules.actor import Actor
from rules.json_values import integer, key
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

USUAL_POLICY: list[dict[str, Any]] = [
    {"side": "OPERATOR", "duty": "RESPONSIBLE", "order": 1, "group": 1, "deadlineDays": 3},
    {"side": "SUBSCRIBER", "duty": "RESPONSIBLE", "order": 1, "group": 2, "deadlineDays": 10},
]
"""One responsible person of each side (design.md §3, law 4)."""

LONGEST_RETENTION_YEARS = 100
LONGEST_RECORDING_HOURS = 8760
MOST_ENTRIES_OF_VOLUME = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDetails:
    """What one version of a type says. Columns and policy are JSON as a client gives it (`rules.columns`); without a
    policy the usual one holds.

    `approval_order` names the order that approves the form (ППР РФ, п. 17(1)); what is recorded more than
    `record_within_hours` after the work is back-dated; a volume ends with `volume_entries` or its `volume_period`.
    """

    name_ru: str
    name_en: str
    regulation: str
    columns: object
    retention_years: int
    approval_order: str | None = None
    signature_policy: object = None
    record_within_hours: int = 24
    volume_entries: int | None = None
    volume_period: VolumePeriod | None = None


def details_of(version: JournalTypeVersion) -> TypeDetails:
    """What a version says, to be changed and sent back."""
    return TypeDetails(**{field.name: getattr(version, field.name) for field in fields(TypeDetails)})


def accepted(details: TypeDetails, lists: columns.Lists) -> TypeDetails:
    """The details as they are stored: checked, and the choices of reference lists written out. Raises INVALID."""
    order, entries = details.approval_order, details.volume_entries
    policy = USUAL_POLICY if details.signature_policy is None else details.signature_policy
    return TypeDetails(
        name_ru=texts.text(details.name_ru, "nameRu", most=300),
        name_en=texts.text(details.name_en, "nameEn", most=300),
        regulation=texts.text(details.regulation, "regulation", most=500),
        approval_order=None if order is None else texts.text(order, "approvalOrder", most=300, least=0) or None,
        columns=columns.accepted(details.columns, "columns", lists),
        signature_policy=columns.accepted_policy(policy, "signaturePolicy"),
        retention_years=integer(details.retention_years, "retentionYears", 1, LONGEST_RETENTION_YEARS),
        record_within_hours=integer(details.record_within_hours, "recordWithinHours", 0, LONGEST_RECORDING_HOURS),
        volume_entries=None if entries is None else integer(entries, "volumeEntries", 1, MOST_ENTRIES_OF_VOLUME),
        volume_period=details.volume_period,
    )


async def create_journal_type(actor: Actor, code: str, details: TypeDetails, *, draft: bool = False) -> JournalType:
    """A type for the whole installation; no journal of a `draft` is opened. Raises FORBIDDEN, INVALID."""
    actor.require(Role.SUPERADMIN)
    async with unit(actor) as deed:
        content = accepted(details, await reference_lists.lists())
        return await _add(deed, code, content, draft=draft, operator_id=None)


async def derive_journal_type(
    actor: Actor, type_id: UUID, code: str, details: TypeDetails | None = None
) -> JournalType:
    """A type of one's own after another: an operator's admin for their operator, the superadmin for the installation.

    Without `details` it says what the other's current version says. It is a draft if the other is.
    Raises FORBIDDEN, NOT_FOUND, INVALID.
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        source = await access.get(JournalType, actor, type_id, field="typeId")
        if details is None:
            content = details_of(await JournalTypeVersion.get(id=source.current_version_id))
        else:
            content = accepted(details, await reference_lists.lists())
        return await _add(deed, code, content, draft=source.draft, operator_id=_owner(actor), derived_from_id=source.id)


async def revise_journal_type(actor: Actor, type_id: UUID, expected_version: int, details: TypeDetails) -> JournalType:
    """Put a new version into force: entries recorded from now on are made with it, all others stay as they are.

    `expected_version` is the number of the version that was changed.
    Raises FORBIDDEN, NOT_FOUND, CONFLICT if that is not the current one any more, INVALID.
    """
    async with unit(actor) as deed:
        kind = await _own(actor, type_id)
        current = await JournalTypeVersion.get(id=kind.current_version_id)
        if current.number != expected_version:
            details_now = {"version": current.number}
            raise Refusal(Code.CONFLICT, "type_version", field="expectedVersion", details=details_now)
        content = accepted(details, await reference_lists.lists())
        before = details_of(current)
        if content == before:
            raise Refusal(Code.INVALID, "nothing_changed")
        version = await _add_version(kind.id, uuid7(), current.number + 1, content, now=actor.now)
        kind.current_version_id = version.id
        kind.name_ru, kind.name_en = version.name_ru, version.name_en
        await kind.save(update_fields=["current_version_id", "name_ru", "name_en"])
        await deed.record(
            EventKind.JOURNAL_TYPE_REVISED,
            operator_id=kind.operator_id,
            type_id=kind.id,
            changes=_differences(_told(before, current.number), _told(content, version.number)),
        )
    return kind


async def publish_journal_type(actor: Actor, type_id: UUID) -> JournalType:
    """End a draft: an administrator has reviewed it, and journals of it can be opened. Again changes nothing.

    Raises FORBIDDEN, NOT_FOUND.
    """
    async with unit(actor) as deed:
        kind = await _own(actor, type_id)
        if kind.draft:
            kind.draft = False
            await kind.save(update_fields=["draft"])
            await deed.record(
                EventKind.JOURNAL_TYPE_PUBLISHED,
                operator_id=kind.operator_id,
                type_id=kind.id,
                changes={"before": {"draft": True}, "after": {"draft": False}},
            )
    return kind


async def add_type(
    code: str,
    content: TypeDetails,
    *,
    now: datetime,
    draft: bool,
    operator_id: UUID | None = None,
    derived_from_id: UUID | None = None,
) -> JournalType:
    """Store a type with its first version, of accepted content; a part of somebody's deed."""
    version_id = uuid7()
    kind = await JournalType.create(
        code=code,
        name_ru=content.name_ru,
        name_en=content.name_en,
        current_version_id=version_id,
        operator_id=operator_id,
        derived_from_id=derived_from_id,
        draft=draft,
        created_at=now,
    )
    await _add_version(kind.id, version_id, 1, content, now=now)
    return kind


async def record_created(deed: Unit, kind: JournalType, content: TypeDetails, source: UUID | None = None) -> None:
    """Tell of a type that was made."""
    told = {"code": kind.code, "draft": kind.draft, **_told(content, 1)}
    if source is not None:
        told["derivedFrom"] = identifiers.encode("JournalType", source)
    await deed.record(
        EventKind.JOURNAL_TYPE_CREATED, operator_id=kind.operator_id, type_id=kind.id, changes={"after": told}
    )


async def _add_version(
    type_id: UUID, version_id: UUID, number: int, content: TypeDetails, *, now: datetime
) -> JournalTypeVersion:
    return await JournalTypeVersion.create(
        id=version_id, type_id=type_id, number=number, created_at=now, **asdict(content)
    )


async def _add(
    deed: Unit,
    code: str,
    content: TypeDetails,
    *,
    draft: bool,
    operator_id: UUID | None,
    derived_from_id: UUID | None = None,
) -> JournalType:
    key(code, "code", columns.CHOICE_KEY, "type_code")
    await reference_lists.lock(deed)
    # The installation's codes are known to all, an operator's to itself only: no refusal may tell of another's.
    taken = JournalType.filter(code=code, operator_id__isnull=True)
    if await taken.exists() or await JournalType.exists(code=code, operator_id=operator_id):
        raise invalid("code", "type_code_taken")
    kind = await add_type(
        code, content, now=deed.now, draft=draft, operator_id=operator_id, derived_from_id=derived_from_id
    )
    await record_created(deed, kind, content, derived_from_id)
    return kind


def _owner(actor: Actor) -> UUID | None:
    """Whose types the actor makes: the installation's, or their operator's."""
    return None if actor.role is Role.SUPERADMIN else actor.organization_id


async def _own(actor: Actor, type_id: UUID) -> JournalType:
    """The type, locked. FORBIDDEN if it is another's to change: an operator's form is approved by its own order."""
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    kind = await access.get(JournalType, actor, type_id, field="typeId", lock=True)
    if kind.operator_id != _owner(actor):
        raise Refusal(Code.FORBIDDEN, field="typeId")
    return kind


def _told(content: TypeDetails, number: int) -> dict[str, Any]:
    """A version as events tell of it, in the names clients know; columns by key."""
    said: Mapping[str, Any] = asdict(content)
    return {
        "version": number,
        "nameRu": said["name_ru"],
        "nameEn": said["name_en"],
        "regulation": said["regulation"],
        "approvalOrder": said["approval_order"],
        "signaturePolicy": said["signature_policy"],
        "retentionYears": said["retention_years"],
        "recordWithinHours": said["record_within_hours"],
        "volumeEntries": said["volume_entries"],
        "volumePeriod": said["volume_period"],
        "columns": {column["key"]: column for column in said["columns"]},
        "columnOrder": [column["key"] for column in said["columns"]],
    }


def _differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs, once before and once after; of the columns those only that differ."""
    former, present = before.pop("columns"), after.pop("columns")
    differing = values.changes(before, after)
    told = {side: {name: change[side] for name, change in differing.items()} for side in ("before", "after")}
    for name, change in values.changes(former, present).items():
        for side in ("before", "after"):
            told[side].setdefault("columns", {})[name] = change[side]
    return told
