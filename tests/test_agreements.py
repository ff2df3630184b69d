"""The agreement that makes signatures count (63-FZ art. 6(2)): versions, who may publish one, who has accepted it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from authority_world import mutation
from client import Client
from conftest import PUBLIC_URL, Database
from world import SIGN_ENTRY, People, main_journal, record, sign, signing

PUBLISH = mutation("publishAgreement", "PublishAgreementInput", "__typename ... on Agreement { version digest text }")
ACCEPT = mutation("acceptAgreement", "AcceptAgreementInput", "__typename ... on User { email }")
IN_FORCE = "{ agreement { version text digest accepted effectiveFrom } }"
NEW = {
    "textRu": f"Соглашение, версия 2. Проверка: {PUBLIC_URL}/verify",
    "textEn": f"Agreement, version 2. Verification: {PUBLIC_URL}/verify",
}


async def test_the_text_in_force_tells_how_to_verify(client: Client) -> None:
    worker = (await People.of(client)).operator_employee
    agreement = (await worker.ask(IN_FORCE))["agreement"]
    assert agreement["version"] == 1
    assert f"{PUBLIC_URL}/verify" in agreement["text"]
    for word in ("63-ФЗ", "УНЭП", "метк", "корнев"):
        assert word in agreement["text"], word


async def test_a_new_version_is_accepted_before_the_next_signature(client: Client, database: Database) -> None:
    people = await People.of(client)
    worker = people.operator_employee
    entry = await record(worker, await main_journal(worker))
    for who in (worker, people.operator_admin):
        assert (await who.refused(PUBLISH, input=NEW))["code"] == "FORBIDDEN"
    for field in ("textRu", "textEn"):
        refused = await people.owner.refused(PUBLISH, input=NEW | {field: "Без адреса проверки"})
        assert (refused["code"], refused["field"]) == ("INVALID", field)
    assert await database.value("select count(*) from agreements") == 1
    assert (await people.owner.do(PUBLISH, input=NEW))["version"] == 2
    news = await worker.ask("{ notifications(last: 1) { edges { node { event { kind changes } } } } }")
    event = news["notifications"]["edges"][0]["node"]["event"]
    assert (event["kind"], event["changes"]["version"]) == ("AGREEMENT_PUBLISHED", 2)
    assert (await worker.ask(IN_FORCE))["agreement"]["accepted"] is False
    signatures = await database.value("select count(*) from signatures")
    assert (await worker.refused(SIGN_ENTRY, input=signing(entry)))["code"] == "AGREEMENT_REQUIRED"
    assert await database.value("select count(*) from signatures") == signatures
    refused = await worker.refused(ACCEPT, input={"version": 1, "onBehalfOf": "PERSON"})
    assert (refused["code"], refused["field"]) == ("INVALID", "version")
    await worker.do(ACCEPT, input={"version": 2, "onBehalfOf": "PERSON"})
    assert (await sign(worker, entry))["level"] == "T"


async def test_an_admin_accepts_for_the_organisation_and_it_is_recorded_once(
    client: Client, database: Database
) -> None:
    people = await People.of(client)
    wanted = {"version": 1, "onBehalfOf": "ORGANIZATION"}
    assert (await people.operator_employee.refused(ACCEPT, input=wanted))["code"] == "FORBIDDEN"
    await asyncio.gather(*(people.operator_admin.do(ACCEPT, input=wanted) for _ in range(3)))
    recorded = await database.fetch(
        "select operator_id from events where kind = 'AGREEMENT_ACCEPTED' and changes ->> 'onBehalfOf' = 'ORGANIZATION'"
    )
    assert len(recorded) == 1
    assert recorded[0]["operator_id"] is not None
    with pytest.raises(asyncpg.RestrictViolationError):
        await database.fetch("update agreements set text_ru = 'другое'")


async def test_two_versions_at_once_have_different_numbers(client: Client, database: Database) -> None:
    owner = (await People.of(client)).owner
    made = await asyncio.gather(*(owner.do(PUBLISH, input=NEW) for _ in range(3)))
    assert sorted(each["version"] for each in made) == [2, 3, 4]
    assert await database.value("select count(*) from agreements") == 4
