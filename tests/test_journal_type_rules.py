"""Journal types as data, by their rules: who makes, changes and sees them, and what never changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from conftest import Database

from app import demo
from app.runtime import running
from app.settings import Settings
from models.enums import IdentificationMethod, OrganizationKind, RevocationReason, Role, VolumePeriod
from models.journals import JournalType, JournalTypeVersion, ReferenceList
from rules import clock, founding, identity, people
from rules.actor import Actor, Anonymous
from rules.identifiers import encode
from rules.journal_types import (
    USUAL_POLICY,
    TypeDetails,
    create_journal_type,
    derive_journal_type,
    details_of,
    publish_journal_type,
    revise_journal_type,
)
from rules.people import OrganizationDetails, PersonDetails
from rules.reference_lists import save_reference_list
from rules.refusals import Code, Refusal

DRAFTS = {"REG_WORK", "AUPT_TO", "SMOKE_TO", "DOORS", "FIREPROOF", "LADDER", "EMERG_LIGHT"}
TEXT = {"key": "note", "label": {"ru": "Заметка", "en": "Note"}, "schema": {"type": "string", "maxLength": 100}}
RESULT = {
    "key": "result",
    "label": {"ru": "Результат", "en": "Result"},
    "required": True,
    "schema": {"type": "string", "enum": ["FAULTY", "OPERATIONAL"]},
    "list": "RESULTS",
}
DETAILS = TypeDetails(
    name_ru="Журнал пробный", name_en="Trial log", regulation="ППР", columns=[TEXT, RESULT], retention_years=5
)


@dataclass
class Actors:
    """Everybody who tries."""

    owner: Actor
    admin: Actor
    employee: Actor
    subscriber: Actor
    other_admin: Actor
    """Of a second operator."""


async def signed_in(email: str, password: str = demo.PASSWORD) -> Actor:
    """Somebody, by a session of their own."""
    session = await identity.sign_in(Anonymous(now=clock.now()), email, password)
    actor = await identity.actor_of_token(session.token, clock.now())
    assert actor
    return actor


@asynccontextmanager
async def acting(settings: Settings) -> AsyncIterator[Actors]:
    """The product running, its people signed in."""
    async with running(settings):
        emails = (demo.OWNER, demo.OPERATOR_ADMIN, demo.OPERATOR_EMPLOYEE, demo.SUBSCRIBER_ADMIN)
        owner, admin, employee, subscriber = [await signed_in(email) for email in emails]
        other = await people.create_organization(owner, OrganizationKind.OPERATOR, OrganizationDetails("ООО «Другая»"))
        details = PersonDetails("Тестова", "Тестина", "admin@other.test")
        await people.create_user(owner, other.id, Role.OPERATOR_ADMIN, details, password="correct horse")
        yield Actors(owner, admin, employee, subscriber, await signed_in("admin@other.test", "correct horse"))


async def refused(deed: Any) -> tuple[Code, str | None, str]:
    """How a deed is refused."""
    with pytest.raises(Refusal) as refusal:
        await deed
    return refusal.value.code, refusal.value.field, refusal.value.reason


async def state(database: Database) -> dict[str, int]:
    """How much there is of everything that the rules write."""
    tables = ("journal_types", "journal_type_versions", "reference_lists", "events")
    return {table: (await database.fetch(f"select count(*) from {table}"))[0][0] for table in tables}


async def told(database: Database, kind: str) -> list[dict[str, Any]]:
    """What the events of a kind tell, oldest first, and to which operator."""
    rows = await database.fetch(
        "select changes::text as changes, operator_id, type_id from events where kind = $1 order by position", kind
    )
    return [{**json.loads(row["changes"]), "operator": row["operator_id"], "type": row["type_id"]} for row in rows]


async def the(code: str) -> JournalType:
    """The installation's type of a code."""
    return await JournalType.get(code=code, operator_id__isnull=True)


async def test_every_type_and_list_is_shipped_and_drafts_are_marked(settings: Settings) -> None:
    async with running(settings):
        types = {kind.code: kind for kind in await JournalType.all().select_related("current_version")}
        assert set(types) == set(founding.SHIPPED_TYPES)
        assert len(types) == 25
        assert {code for code, kind in types.items() if kind.draft} == DRAFTS
        for kind in types.values():
            columns = kind.current_version.columns
            assert kind.current_version.signature_policy == USUAL_POLICY
            assert any(column["required"] for column in columns)
            for words in [(kind.name_ru, kind.name_en), *((c["label"]["ru"], c["label"]["en"]) for c in columns)]:
                assert all(words)
        lists = {row.code: {item["key"] for item in row.items} for row in await ReferenceList.all()}
        assert lists["REVOCATION_REASONS"] == {reason.value for reason in RevocationReason}
        assert lists["IDENTIFICATION_METHODS"] == {method.value for method in IdentificationMethod}
        spz = types["SPZ_MAIN"].current_version.columns
        (work,) = (column for column in spz if column["key"] == "work_kind")
        assert work["choices"]["MAINTENANCE"] == {"ru": "Техническое обслуживание", "en": "Maintenance"}


async def test_a_new_version_leaves_the_former_as_it_was(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        kind = await create_journal_type(actors.owner, "TRIAL", DETAILS)
        first = await JournalTypeVersion.get(id=kind.current_version_id)
        assert (kind.draft, kind.operator_id, first.number, first.signature_policy) == (False, None, 1, USUAL_POLICY)
        assert first.columns[1]["schema"]["enum"] == ["FAULTY", "OPERATIONAL"]
        changed = replace(
            details_of(first),
            name_en="Second trial log",
            approval_order="Приказ от 12.01.2026 № 14-ПБ",
            columns=[RESULT, {**TEXT, "required": True}],
            volume_period=VolumePeriod.YEAR,
        )
        revised = await revise_journal_type(actors.owner, kind.id, 1, changed)
        second = await JournalTypeVersion.get(id=revised.current_version_id)
        assert (second.number, second.name_en, revised.name_en) == (2, "Second trial log", "Second trial log")
        assert (second.volume_period, second.approval_order) == (VolumePeriod.YEAR, "Приказ от 12.01.2026 № 14-ПБ")
        assert details_of(await JournalTypeVersion.get(id=first.id)) == details_of(first)
        before = await state(database)
        assert await refused(revise_journal_type(actors.owner, kind.id, 1, replace(changed, name_ru="Иное"))) == (
            *(Code.CONFLICT, "expectedVersion", "type_version"),
        )
        assert await refused(revise_journal_type(actors.owner, kind.id, 2, changed)) == (
            *(Code.INVALID, None, "nothing_changed"),
        )
        bad = replace(changed, columns=[TEXT, {**RESULT, "schema": {"type": "string", "enum": ["ODD"]}}])
        assert await refused(revise_journal_type(actors.owner, kind.id, 2, bad)) == (
            *(Code.INVALID, "columns.1.schema.enum", "unknown_choice"),
        )
        assert await state(database) == before
    (created,) = await told(database, "JOURNAL_TYPE_CREATED")
    assert (created["after"]["code"], created["operator"], created["type"]) == ("TRIAL", None, kind.id)
    (event,) = await told(database, "JOURNAL_TYPE_REVISED")
    assert event["before"] == {
        "version": 1,
        "nameEn": "Trial log",
        "approvalOrder": None,
        "volumePeriod": None,
        "columnOrder": ["note", "result"],
        "columns": {"note": first.columns[0]},
    }
    assert event["after"]["columns"] == {"note": {**first.columns[0], "required": True}}
    with pytest.raises(Exception, match="immutable"):
        await database.fetch("update journal_type_versions set regulation = 'x'")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name_ru": " "}, "nameRu"),
        ({"name_en": "x" * 301}, "nameEn"),
        ({"regulation": ""}, "regulation"),
        ({"approval_order": "x" * 301}, "approvalOrder"),
        ({"columns": None}, "columns"),
        ({"columns": [TEXT, TEXT]}, "columns.1.key"),
        ({"signature_policy": []}, "signaturePolicy"),
        ({"signature_policy": USUAL_POLICY[:1] * 2}, "signaturePolicy"),
        ({"retention_years": 0}, "retentionYears"),
        ({"retention_years": 101}, "retentionYears"),
        ({"record_within_hours": -1}, "recordWithinHours"),
        ({"volume_entries": 0}, "volumeEntries"),
    ],
)
async def test_what_cannot_be_taken_is_refused_by_its_field(
    settings: Settings, database: Database, changes: dict[str, Any], field: str
) -> None:
    before = await state(database)
    async with running(settings):
        owner = await signed_in(demo.OWNER)
        signed_in_events = (await state(database))["events"]
        code, named, _ = await refused(create_journal_type(owner, "TRIAL", replace(DETAILS, **changes)))
        assert (code, named) == (Code.INVALID, field)
    assert await state(database) == before | {"events": signed_in_events}


async def test_an_operator_derives_types_of_its_own(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        source = await the("SPZ_MAIN")
        own = await derive_journal_type(actors.admin, source.id, "OUR_OWN")
        assert (own.operator_id, own.derived_from_id, own.draft) == (actors.admin.organization_id, source.id, False)
        copied = details_of(await JournalTypeVersion.get(id=own.current_version_id))
        assert copied == details_of(await JournalTypeVersion.get(id=source.current_version_id))
        # Another operator may call its own the same, and learns nothing of this one.
        other = await derive_journal_type(actors.other_admin, source.id, "OUR_OWN", DETAILS)
        before = await state(database)
        for actor, type_id in ((actors.other_admin, own.id), (actors.admin, other.id)):
            for deed in (
                revise_journal_type(actor, type_id, 1, DETAILS),
                publish_journal_type(actor, type_id),
                derive_journal_type(actor, type_id, "STOLEN"),
            ):
                assert await refused(deed) == (Code.NOT_FOUND, "typeId", "NOT_FOUND")
        for actor, type_id in ((actors.admin, source.id), (actors.owner, own.id)):
            for deed in (revise_journal_type(actor, type_id, 1, DETAILS), publish_journal_type(actor, type_id)):
                assert await refused(deed) == (Code.FORBIDDEN, "typeId", "FORBIDDEN")
        for code in ("OUR_OWN", "PCO_REQ"):
            assert await refused(derive_journal_type(actors.admin, source.id, code)) == (
                *(Code.INVALID, "code", "type_code_taken"),
            )
        for code in ("lower", "А_КИРИЛЛИЦА", "", "X" * 41, "A-B"):
            assert (await refused(derive_journal_type(actors.admin, source.id, code)))[1:] == ("code", "type_code")
        assert await state(database) == before
        revised = await revise_journal_type(actors.admin, own.id, 1, DETAILS)
        assert (revised.name_ru, revised.operator_id) == ("Журнал пробный", actors.admin.organization_id)
        # The installation may use a code that operators have: it need not know theirs.
        assert (await create_journal_type(actors.owner, "OUR_OWN", DETAILS)).operator_id is None
    ours, theirs, _ = await told(database, "JOURNAL_TYPE_CREATED")
    assert ours["operator"] == own.operator_id != theirs["operator"]
    assert ours["after"]["derivedFrom"] == encode("JournalType", source.id)
    (event,) = await told(database, "JOURNAL_TYPE_REVISED")
    assert event["operator"] == own.operator_id


async def test_only_admins_of_operators_and_the_owner_have_types(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        source, before = await the("REG_WORK"), await state(database)
        for actor in (actors.employee, actors.subscriber):
            for deed in (
                create_journal_type(actor, "TRIAL", DETAILS),
                derive_journal_type(actor, source.id, "TRIAL"),
                revise_journal_type(actor, source.id, 1, DETAILS),
                publish_journal_type(actor, source.id),
                save_reference_list(actor, "RESULTS", name_ru="А", name_en="A", items=[]),
            ):
                assert (await refused(deed))[0] is Code.FORBIDDEN
        for deed in (
            create_journal_type(actors.admin, "TRIAL", DETAILS),
            save_reference_list(actors.admin, "RESULTS", name_ru="А", name_en="A", items=[]),
        ):
            assert (await refused(deed))[0] is Code.FORBIDDEN
        nothing = UUID("00000000-0000-7000-8000-000000000000")
        assert (await refused(publish_journal_type(actors.owner, nothing)))[0] is Code.NOT_FOUND
        assert await state(database) == before


async def test_a_draft_is_published_once(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        draft = await the("REG_WORK")
        own = await derive_journal_type(actors.admin, draft.id, "OUR_DRAFT")
        assert own.draft
        assert not (await publish_journal_type(actors.admin, own.id)).draft
        assert (await the("REG_WORK")).draft
        assert not (await publish_journal_type(actors.owner, draft.id)).draft
        assert not (await publish_journal_type(actors.owner, draft.id)).draft
        assert (await create_journal_type(actors.owner, "TRIAL", DETAILS, draft=True)).draft
    assert [event["type"] for event in await told(database, "JOURNAL_TYPE_PUBLISHED")] == [own.id, draft.id]


async def test_of_two_at_once_one_has_the_code_and_one_the_version(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        made = await asyncio.gather(
            *(create_journal_type(actors.owner, "TRIAL", DETAILS) for _ in range(8)), return_exceptions=True
        )
        refusals = [answer for answer in made if isinstance(answer, Refusal)]
        (kind,) = (answer for answer in made if isinstance(answer, JournalType))
        assert [refusal.reason for refusal in refusals] == ["type_code_taken"] * 7
        changed = [replace(DETAILS, name_en=f"Trial {number}") for number in range(8)]
        revised = await asyncio.gather(
            *(revise_journal_type(actors.owner, kind.id, 1, details) for details in changed), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in revised) == ["JournalType", *["Refusal"] * 7]
        assert {answer.reason for answer in revised if isinstance(answer, Refusal)} == {"type_version"}
    assert await database.value("select count(*) from journal_type_versions where type_id = $1", kind.id) == 2


async def test_a_changed_list_touches_no_version(settings: Settings, database: Database) -> None:
    items = [
        {"key": "OPERATIONAL", "ru": "Работает", "en": "Works"},
        {"key": "FAULTY", "ru": "Сломана", "en": "Broken"},
    ]
    async with acting(settings) as actors:
        kind = await create_journal_type(actors.owner, "TRIAL", DETAILS)
        before = details_of(await JournalTypeVersion.get(id=kind.current_version_id))
        saved = await save_reference_list(actors.owner, "RESULTS", name_ru="Итоги", name_en="Outcomes", items=items)
        again = await save_reference_list(actors.owner, "RESULTS", name_ru="Итоги", name_en="Outcomes", items=items)
        assert (saved.id, again.items) == (again.id, items)
        assert details_of(await JournalTypeVersion.get(id=kind.current_version_id)) == before
        kind = await revise_journal_type(actors.owner, kind.id, 1, replace(DETAILS, name_en="Trial 2"))
        (column,) = (await JournalTypeVersion.get(id=kind.current_version_id)).columns[1:]
        assert column["choices"]["FAULTY"] == {"ru": "Сломана", "en": "Broken"}
        await save_reference_list(actors.owner, "FLOORS", name_ru="Этажи", name_en="Floors", items=items[:1])
    changed, made = await told(database, "REFERENCE_LIST_SAVED")
    assert (changed["code"], changed["before"]["nameRu"]) == ("RESULTS", "Результаты")
    assert changed["after"]["items"]["FAULTY"] == ["Сломана", "Broken"]
    assert (made["code"], "before" in made) == ("FLOORS", False)


async def test_lists_that_are_cited_by_key_keep_their_keys(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        before = await state(database)
        row = {"key": "OTHER", "ru": "Иное", "en": "Other"}
        for code in ("REVOCATION_REASONS", "IDENTIFICATION_METHODS"):
            present = (await ReferenceList.get(code=code)).items
            for items in (present[1:], [*present, row]):
                assert await refused(
                    save_reference_list(actors.owner, code, name_ru="А", name_en="A", items=items)
                ) == (Code.INVALID, "items", "list_items_fixed")
        for items, field in (
            ([], "items"),
            ([row, row], "items.1.key"),
            ([{**row, "key": "other"}], "items.0.key"),
            ([{"key": "OTHER", "ru": "Иное"}], "items.0.en"),
            ([{**row, "de": "Andere"}], "items.0.de"),
            ("OTHER", "items"),
        ):
            deed = save_reference_list(actors.owner, "RESULTS", name_ru="А", name_en="A", items=items)
            assert (await refused(deed))[:2] == (Code.INVALID, field)
        assert await state(database) == before
        await database.fetch(
            "insert into systems (id, object_id, operator_id, subscriber_id, kind, name, created_at)"
            " select gen_random_uuid(), id, operator_id, subscriber_id, 'LIFT', 'Лифт 1', now() from objects limit 1"
        )
        kinds = (await ReferenceList.get(code="SYSTEM_KINDS")).items
        for removed, answer in (("LIFT", "list_item_used"), ("HEATING", None)):
            kept = [item for item in kinds if item["key"] != removed]
            deed = save_reference_list(actors.owner, "SYSTEM_KINDS", name_ru="Виды", name_en="Kinds", items=kept)
            if answer:
                assert (await refused(deed))[2] == answer
            else:
                assert (await deed).items == kept


async def test_what_is_shipped_later_is_added_to_an_older_installation(settings: Settings, database: Database) -> None:
    async with acting(settings) as actors:
        # What starts ships what is missing: it is taken away from one that runs.
        for table in ("journal_type_versions", "reference_lists"):
            await database.fetch(f"alter table {table} disable trigger user")
        await database.fetch(
            "with gone as (delete from journal_type_versions v using journal_types t where v.type_id = t.id"
            " and t.code in ('VPV', 'DOORS')) delete from journal_types where code in ('VPV', 'DOORS')"
        )
        await database.fetch("delete from reference_lists where code = 'DECLINE_REASONS'")
        await database.fetch("alter table journal_type_versions enable trigger user")
        spz = await the("SPZ_MAIN")
        kind = await revise_journal_type(actors.owner, spz.id, 1, DETAILS)
        await derive_journal_type(actors.admin, spz.id, "VPV")
        before = await state(database)
        added = await asyncio.gather(*(founding.ship_missing(clock.now()) for _ in range(3)))
        assert sorted(added) == [[], [], ["DECLINE_REASONS", "VPV", "DOORS"]]
        assert await founding.ship_missing(clock.now()) == []
        assert (await the("DOORS")).draft
        assert (await the("SPZ_MAIN")).current_version_id == kind.current_version_id
    assert {table: count - before[table] for table, count in (await state(database)).items()} == {
        "journal_types": 2,
        "journal_type_versions": 2,
        "reference_lists": 1,
        "events": 3,
    }
