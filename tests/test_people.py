"""Organisations, contracts, accounts, objects, assignments: what is accepted and how the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest
from client import Client
from conftest import Database
from world import (
    ASSIGN,
    CREATE_CONTRACT,
    CREATE_OBJECT,
    CREATE_ORGANIZATION,
    CREATE_USER,
    People,
    person,
    warehouse,
)

from app import demo


async def test_an_operator_brings_a_subscriber_in_and_hands_it_over(client: Client) -> None:
    people = await People.of(client)
    subscriber = await people.operator_admin.do(
        CREATE_ORGANIZATION,
        input={"kind": "SUBSCRIBER", "name": "ООО «Новый»", "inn": "7728168971", "kpp": "770801001"},
    )
    first = await people.operator_admin.do(
        CREATE_USER, input=person(subscriber["id"], "SUBSCRIBER_ADMIN", "first@new.test")
    )
    assert first["person"]["name"] == "Тестова Тестина"
    second = await people.operator_admin.refused(
        CREATE_USER, input=person(subscriber["id"], "SUBSCRIBER_ADMIN", "second@new.test")
    )
    assert (second["code"], second["field"]) == ("FORBIDDEN", "organizationId")
    admin = await client.signed_in("first@new.test", "correct horse")
    made = await admin.do(CREATE_USER, input=person(subscriber["id"], "SUBSCRIBER_EMPLOYEE", "third@new.test"))
    assert made["role"] == "SUBSCRIBER_EMPLOYEE"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": "   "}, "INVALID", "name"),
        ({"name": "н" * 301}, "INVALID", "name"),
        ({"name": "a\u0000b"}, "INVALID", "name"),
        ({"inn": "7707083894"}, "INVALID", "inn"),
        ({"inn": "770708389"}, "INVALID", "inn"),
        ({"inn": "٧٧٠٧٠٨٣٨٩٣"}, "INVALID", "inn"),
        ({"kpp": "12"}, "INVALID", "kpp"),
        ({"ogrn": "1027700132196"}, "INVALID", "ogrn"),
        ({"kind": "OWNER"}, "INVALID", "kind"),
        ({"inn": "7707083893", "kpp": "770701001"}, "CONFLICT", "inn"),
    ],
)
async def test_an_organisation_that_cannot_be_is_refused_by_its_field(
    client: Client, database: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    owner = await client.signed_in(demo.OWNER)
    before = await database.value("select count(*) from organizations")
    refused = await owner.refused(CREATE_ORGANIZATION, input={"kind": "SUBSCRIBER", "name": "Х", **changes})
    assert (refused["code"], refused["field"]) == (code, field)
    assert await database.value("select count(*) from organizations") == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"email": "not an address"}, "INVALID", "email"),
        ({"email": demo.OPERATOR_ADMIN.upper()}, "CONFLICT", "email"),
        ({"password": "short"}, "INVALID", "password"),
        ({"surname": ""}, "INVALID", "surname"),
        ({"role": "SUBSCRIBER_ADMIN"}, "INVALID", "role"),
        ({"role": "SUPERADMIN"}, "INVALID", "role"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_by_its_field(
    client: Client, database: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    site = await warehouse(admin)
    before = (await database.value("select count(*) from users"), await database.value("select count(*) from people"))
    wanted = {**person(site["operator"]["id"], "OPERATOR_EMPLOYEE", "x@demo.test"), **changes}
    refused = await admin.refused(CREATE_USER, input=wanted)
    assert (refused["code"], refused["field"]) == (code, field)
    after = (await database.value("select count(*) from users"), await database.value("select count(*) from people"))
    assert after == before


async def test_contracts_and_objects_that_cannot_be_are_refused(client: Client) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    operator, subscriber = site["operator"]["id"], site["subscriber"]["id"]
    contract = {"operatorId": operator, "subscriberId": subscriber, "number": "Д-1", "startsOn": "2026-02-01"}
    for changes, code, field in (
        ({"endsOn": "2026-01-31"}, "INVALID", "endsOn"),
        ({"operatorId": subscriber}, "INVALID", "operatorId"),
        ({"subscriberId": operator}, "INVALID", "subscriberId"),
        ({"number": "ТО-2026/14"}, "CONFLICT", "number"),
        ({"operatorId": "x"}, "INVALID", "operatorId"),
        ({"operatorId": site["id"]}, "NOT_FOUND", "operatorId"),
    ):
        refused = await people.operator_admin.refused(CREATE_CONTRACT, input={**contract, **changes})
        assert (refused["code"], refused["field"]) == (code, field)
    wanted = {"contractId": site["contract"]["id"], "name": "О", "address": "А", "timeZone": "Europe/Moscow"}
    for changes, field in (
        ({"timeZone": "Europe/Москва"}, "timeZone"),
        ({"timeZone": "../etc/passwd"}, "timeZone"),
        ({"timeZone": ""}, "timeZone"),
        ({"address": ""}, "address"),
    ):
        refused = await people.operator_admin.refused(CREATE_OBJECT, input={**wanted, **changes})
        assert (refused["code"], refused["field"]) == ("INVALID", field)


async def test_assignments_stay_inside_the_objects_organisations(client: Client) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    theirs = (await people.subscriber_employee.ask("{ viewer { id } }"))["viewer"]["id"]
    mine = (await people.operator_employee.ask("{ viewer { id } }"))["viewer"]["id"]
    owner = (await people.owner.ask("{ viewer { id } }"))["viewer"]["id"]
    wanted = {"objectId": site["id"], "userId": mine, "duty": "RESPONSIBLE", "basis": "Приказ"}
    refused = await people.operator_admin.refused(ASSIGN, input={**wanted, "userId": theirs})
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "userId")
    refused = await people.owner.refused(ASSIGN, input={**wanted, "userId": owner})
    assert (refused["code"], refused["field"]) == ("INVALID", "userId")
    for changes, field in (
        ({"validFrom": "2026-05-01T00:00:00Z", "validTo": "2026-05-01T00:00:00Z"}, "validTo"),
        ({"validFrom": "2026-05-01T00:00:00"}, "validFrom"),
        ({"journalTypeIds": []}, "journalTypeIds"),
        ({"basis": " "}, "basis"),
    ):
        refused = await people.operator_admin.refused(ASSIGN, input={**wanted, **changes})
        assert (refused["code"], refused["field"]) == ("INVALID", field)
