"""Partners' systems: what their tokens open, what never, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import websockets
from client import Client
from conftest import Database
from entry_deeds import COMMENT_ENTRY
from world import (
    CREATE_ENTRY,
    CREATE_SERVICE_ACCOUNT,
    ISSUED,
    OPEN_JOURNAL,
    PROBLEM,
    SIGN_ENTRY,
    VALUES,
    People,
    main_journal,
    other_company,
    record,
    signing,
    warehouse,
)

from app import demo

ROTATE = f"""
mutation ($input: RotateServiceTokenInput!) {{ rotateServiceToken(input: $input) {{ __typename {ISSUED} {PROBLEM} }} }}
"""
CHANGED = "__typename ... on ServiceAccount { id name scopes revokedAt }"
CHANGE = f"""
mutation ($input: ChangeServiceAccountInput!) {{ changeServiceAccount(input: $input) {{ {CHANGED} {PROBLEM} }} }}
"""
REVOKE = f"""
mutation ($input: RevokeServiceAccountInput!) {{ revokeServiceAccount(input: $input) {{ {CHANGED} {PROBLEM} }} }}
"""
SITES = "{ objects(first: 50) { totalCount edges { node { id name journals { id } } } } }"
ALL_SCOPES = ["OBJECTS", "JOURNALS", "EVENTS", "PAPER"]


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def account(admin: Client, *, scopes: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A service account of the admin's organisation, with its token."""
    viewer = (await admin.ask("{ viewer { organization { id } } }"))["viewer"]
    given = {"organizationId": viewer["organization"]["id"], "name": "Отчёты 1С", "endsAt": in_days(30)}
    issued: dict[str, Any] = await admin.do(
        CREATE_SERVICE_ACCOUNT, input={**given, "scopes": scopes or ALL_SCOPES, **changes}
    )
    return issued


async def codes(partner: Client, query: str, **variables: Any) -> set[str]:
    """The codes of an answer's errors."""
    return {error["extensions"]["code"] for error in (await partner.post(query, variables)).get("errors", [])}


async def test_a_partner_reads_its_organisation_and_nothing_else(client: Client, database: Database) -> None:
    people = await People.of(client)
    await other_company(people, client)
    for admin in (people.operator_admin, people.subscriber_admin):
        expected = await admin.ask(SITES)
        issued = await account(admin)
        assert issued["token"].startswith("ejst_")
        partner = Client(client.address, issued["token"])
        assert await partner.ask(SITES) == expected
        assert await partner.ask(SITES) == expected  # by the plan that is known by then
        whole = await partner.ask("{ viewer { id } serviceAccount { name scopes lastUsedAt organization { name } } }")
        assert whole["viewer"] is None
        assert set(whole["serviceAccount"]["scopes"]) == set(ALL_SCOPES)
        assert whole["serviceAccount"]["lastUsedAt"]
        for forbidden in ("users", "certificates", "notifications", "drafts", "certificateRequests", "serviceAccounts"):
            assert await codes(partner, f"{{ {forbidden}(first: 1) {{ totalCount }} }}") == {"FORBIDDEN"}
        await partner.__aexit__()
    stored = await database.fetch("select token_digest from service_tokens")
    assert len(stored) == 2
    assert not [row for row in stored if issued["token"] in row["token_digest"]]


async def test_a_partner_writes_nothing(client: Client, database: Database) -> None:
    people = await People.of(client)
    site = await warehouse(people.operator_admin)
    journal = await main_journal(people.operator_employee)
    entry = await record(people.operator_employee, journal)
    partner = Client(client.address, (await account(people.operator_admin))["token"])
    before = await database.value("select count(*) from events")
    organization = site["operator"]["id"]
    deeds = {
        OPEN_JOURNAL: {"objectId": site["id"], "typeId": journal},
        CREATE_ENTRY: {"journalId": journal, "values": VALUES},
        COMMENT_ENTRY: {"entryId": entry["id"], "text": "!"},
        SIGN_ENTRY: signing(entry),
        CREATE_SERVICE_ACCOUNT: {
            "organizationId": organization,
            "name": "x",
            "scopes": ["EVENTS"],
            "endsAt": in_days(1),
        },
    }
    for mutation, given in deeds.items():
        assert (await partner.refused(mutation, input=given))["code"] == "FORBIDDEN", mutation
    assert await codes(partner, "mutation { signOut }") == {"FORBIDDEN"}
    assert await codes(partner, 'mutation { markNotificationsRead(ids: ["x"]) }') == {"FORBIDDEN"}
    upload = await partner.http.post("/files", files={"file": ("a.txt", b"a")}, headers={"x-requested-with": "t"})
    assert upload.status_code in (403, 404)
    assert await database.value("select count(*) from events") == before
    with pytest.raises(websockets.ConnectionClosedError) as closed:
        async with partner.subscribed("subscription { events { id } }"):
            pass
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    await partner.__aexit__()


async def test_scopes_open_what_they_name_at_once(client: Client, database: Database) -> None:
    people = await People.of(client)
    issued = await account(people.operator_admin, scopes=["OBJECTS"])
    partner = Client(client.address, issued["token"])
    journal = (await partner.ask("{ objects(first: 9) { edges { node { journals { id } } } } }"))["objects"]["edges"]
    assert journal
    assert not [edge for edge in journal if edge["node"]["journals"]]
    main = await main_journal(people.operator_employee)
    by_id = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await partner.ask(by_id, id=main))["node"] is None
    assert await codes(partner, "query ($id: ID!) { journal(id: $id) { id } }", id=main) == {"FORBIDDEN"}
    assert await codes(partner, "{ events(first: 1) { totalCount } }") == {"FORBIDDEN"}
    assert (await partner.http.get(f"/print/journals/{main}.pdf")).status_code == 404
    for scopes in (["JOURNALS"], ["JOURNALS", "PAPER"]):
        given = {"serviceAccountId": issued["serviceAccount"]["id"], "scopes": scopes}
        changed = await people.operator_admin.do(CHANGE, input=given)
        assert set(changed["scopes"]) == set(scopes)
        assert (await partner.ask(by_id, id=main))["node"] == {"id": main}
        assert await codes(partner, SITES) == {"FORBIDDEN"}
        printed = await partner.http.get(f"/print/journals/{main}.pdf")
        assert printed.status_code == (200 if "PAPER" in scopes else 403)
    recorded = await database.fetch("select actor_id, changes from events where kind = 'JOURNAL_PRINTED'")
    assert [row["actor_id"] for row in recorded] == [None]
    assert "Отчёты 1С" in recorded[0]["changes"]
    await partner.__aexit__()


async def test_tokens_are_rotated_end_and_are_revoked(client: Client, database: Database) -> None:
    people = await People.of(client)
    admin = people.operator_admin
    issued = await account(admin)
    key = {"serviceAccountId": issued["serviceAccount"]["id"]}

    async def stands(token: str) -> bool:
        async with Client(client.address, token) as partner:
            return not await codes(partner, SITES)

    second = await admin.do(ROTATE, input={**key, "endsAt": in_days(60), "formerEndsAt": in_days(1)})
    assert [await stands(each["token"]) for each in (issued, second)] == [True, True]
    third = await admin.do(ROTATE, input={**key, "endsAt": in_days(60)})
    assert [await stands(each["token"]) for each in (issued, second, third)] == [False, False, True]
    await database.fetch("update service_tokens set ends_at = greatest(created_at, now()) where ends_at > now()")
    assert not await stands(third["token"])
    fourth = await admin.do(ROTATE, input={**key, "endsAt": in_days(1)})
    assert await stands(fourth["token"])
    revoked = await admin.do(REVOKE, input={**key, "reason": "Договор окончен"})
    assert revoked["revokedAt"]
    assert not await stands(fourth["token"])
    for mutation, given in ((ROTATE, {"endsAt": in_days(1)}), (CHANGE, {"name": "Б"}), (REVOKE, {"reason": "Б"})):
        assert (await admin.refused(mutation, input={**key, **given}))["code"] == "CONFLICT"
    kinds = "select kind from events where kind like 'SERVICE%' order by position"
    assert [row["kind"] for row in await database.fetch(kinds)] == [
        "SERVICE_ACCOUNT_CREATED",
        *["SERVICE_TOKEN_ISSUED"] * 4,
        "SERVICE_ACCOUNT_REVOKED",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"endsAt": in_days(-1)}, "endsAt"),
        ({"endsAt": in_days(400)}, "endsAt"),
        ({"name": " "}, "name"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_by_its_field(
    client: Client, database: Database, changes: dict[str, Any], field: str
) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    viewer = (await admin.ask("{ viewer { organization { id } } }"))["viewer"]
    given = {"organizationId": viewer["organization"]["id"], "name": "А", "scopes": ["EVENTS"], "endsAt": in_days(1)}
    refused = await admin.refused(CREATE_SERVICE_ACCOUNT, input={**given, **changes})
    assert (refused["code"], refused["field"]) == ("INVALID", field)
    assert await database.value("select count(*) from service_accounts") == 0


async def test_accounts_are_each_organisations_own(client: Client) -> None:
    people = await People.of(client)
    issued = await account(people.operator_admin)
    listing = "{ serviceAccounts(first: 9) { edges { node { id } } } }"
    assert len((await people.operator_admin.ask(listing))["serviceAccounts"]["edges"]) == 1
    assert (await people.subscriber_admin.ask(listing))["serviceAccounts"]["edges"] == []
    given = {"serviceAccountId": issued["serviceAccount"]["id"], "reason": "чужая"}
    assert (await people.subscriber_admin.refused(REVOKE, input=given))["code"] == "NOT_FOUND"
    operator = (await people.operator_admin.ask("{ viewer { organization { id } } }"))["viewer"]["organization"]["id"]
    wanted = {"organizationId": operator, "name": "Чужой", "scopes": ["EVENTS"], "endsAt": in_days(1)}
    assert (await people.subscriber_admin.refused(CREATE_SERVICE_ACCOUNT, input=wanted))["code"] in (
        "FORBIDDEN",
        "NOT_FOUND",
    )
    assert (await people.operator_employee.refused(CREATE_SERVICE_ACCOUNT, input=wanted))["code"] == "FORBIDDEN"
