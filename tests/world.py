"""What tests say often, in GraphQL: the deeds of the demo's people, and a second company beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from client import PIN, Client

from app import demo

PROBLEM = "... on Problem { code message field details }"

VALUES = {
    "system": "АПС",
    "location": "Этаж 1",
    "work_kind": "CHECK",
    "work_done": "Проверка извещателей",
    "result": "OPERATIONAL",
}

ENTRY = """
  id number status
  revision { id number digest reason values }
  slots { id side status }
  signatures { id code standing side }
"""
CREATE_ENTRY = f"""
mutation ($input: CreateEntryInput!) {{
  createEntry(input: $input) {{ __typename ... on Entry {{ {ENTRY} }} {PROBLEM} }}
}}
"""
REVISE_ENTRY = f"""
mutation ($input: ReviseEntryInput!) {{
  reviseEntry(input: $input) {{ __typename ... on Entry {{ {ENTRY} }} {PROBLEM} }}
}}
"""
SIGN_ENTRY = f"""
mutation ($input: SignEntryInput!) {{
  signEntry(input: $input) {{
    __typename
    ... on Signature {{
      id verificationCode: code side level standing cms
      signer {{ name side }} entry {{ status }} revision {{ number payload }} certificate {{ serial }}
    }}
    {PROBLEM}
  }}
}}
"""
DECLINE_ENTRY = f"""
mutation ($input: DeclineEntryInput!) {{
  declineEntry(input: $input) {{ __typename ... on Entry {{ {ENTRY} }} {PROBLEM} }}
}}
"""
OPEN_JOURNAL = f"""
mutation ($input: OpenJournalInput!) {{
  openJournal(input: $input) {{
    __typename
    ... on Journal {{ id volume status previousDigest previous {{ id status closing {{ digest }} }} }}
    {PROBLEM}
  }}
}}
"""
ARCHIVE_JOURNAL = f"""
mutation ($input: ArchiveJournalInput!) {{
  archiveJournal(input: $input) {{
    __typename ... on Journal {{ id status closing {{ entryCount incompleteCount digest }} }} {PROBLEM}
  }}
}}
"""
CREATE_ORGANIZATION = f"""
mutation ($input: CreateOrganizationInput!) {{
  createOrganization(input: $input) {{ __typename ... on Organization {{ id name kind }} {PROBLEM} }}
}}
"""
CREATE_USER = f"""
mutation ($input: CreateUserInput!) {{
  createUser(input: $input) {{ __typename ... on User {{ id email role person {{ name }} }} {PROBLEM} }}
}}
"""
ISSUED = "... on IssuedServiceToken { token endsAt serviceAccount { id name scopes lastUsedAt endsAt } }"
CREATE_SERVICE_ACCOUNT = f"""
mutation ($input: CreateServiceAccountInput!) {{
  createServiceAccount(input: $input) {{ __typename {ISSUED} {PROBLEM} }}
}}
"""
CREATE_CONTRACT = f"""
mutation ($input: CreateContractInput!) {{
  createContract(input: $input) {{ __typename ... on Contract {{ id number }} {PROBLEM} }}
}}
"""
CREATE_OBJECT = f"""
mutation ($input: CreateObjectInput!) {{
  createObject(input: $input) {{ __typename ... on ServiceObject {{ id name timeZone }} {PROBLEM} }}
}}
"""
ASSIGN = f"""
mutation ($input: AssignInput!) {{
  assign(input: $input) {{ __typename ... on Assignment {{ id duty person {{ name }} }} {PROBLEM} }}
}}
"""
ADD_SYSTEM = f"""
mutation ($input: AddSystemInput!) {{
  addSystem(input: $input) {{ __typename ... on System {{ id kind name }} {PROBLEM} }}
}}
"""
REMOVE_SYSTEM = f"""
mutation ($input: RemoveSystemInput!) {{
  removeSystem(input: $input) {{ __typename ... on System {{ id removedAt }} {PROBLEM} }}
}}
"""
UPDATE_OBJECT = f"""
mutation ($input: UpdateObjectInput!) {{
  updateObject(input: $input) {{
    __typename ... on ServiceObject {{ id name address externalId contacts {{ name phone }} }} {PROBLEM}
  }}
}}
"""
MERGE_OBJECTS = f"""
mutation ($input: MergeObjectsInput!) {{
  mergeObjects(input: $input) {{ __typename ... on ServiceObject {{ id name }} {PROBLEM} }}
}}
"""
PLAN_ABSENCE = f"""
mutation ($input: PlanAbsenceInput!) {{
  planAbsence(input: $input) {{ __typename ... on Absence {{ id startsAt endsAt }} {PROBLEM} }}
}}
"""
SAVE_DRAFT = f"""
mutation ($input: SaveDraftInput!) {{
  saveDraft(input: $input) {{ __typename ... on Draft {{ id values clientId }} {PROBLEM} }}
}}
"""
COMMENT_ENTRY = f"""
mutation ($input: CommentEntryInput!) {{
  commentEntry(input: $input) {{ __typename ... on Comment {{ id text revisionNumber }} {PROBLEM} }}
}}
"""
ANNUL_ENTRY = f"""
mutation ($input: AnnulEntryInput!) {{
  annulEntry(input: $input) {{ __typename ... on Entry {{ {ENTRY} }} {PROBLEM} }}
}}
"""


@dataclass
class People:
    """The demo's people, each signed in."""

    owner: Client
    operator_admin: Client
    operator_employee: Client
    subscriber_admin: Client
    subscriber_employee: Client

    @classmethod
    async def of(cls, client: Client) -> People:
        """Sign all five in."""
        emails = [account.email for account in demo.ACCOUNTS]
        return cls(*[await client.signed_in(email) for email in emails])


async def types(client: Client) -> dict[str, str]:
    """Journal type ids by code."""
    answer = await client.ask("{ journalTypes { id code } }")
    return {kind["code"]: kind["id"] for kind in answer["journalTypes"]}


async def warehouse(client: Client) -> dict[str, Any]:
    """The demo's warehouse with its active journals."""
    answer = await client.ask(
        """query ($name: String!) { objects(first: 1, filter: {name: $name}) { edges { node {
             id name contract { id } subscriber { id } operator { id }
             journals(status: ACTIVE) { id volume type { id code } } } } } }""",
        name="склад",
    )
    site: dict[str, Any] = answer["objects"]["edges"][0]["node"]
    return site


async def main_journal(client: Client) -> str:
    """The warehouse's active SPZ_MAIN journal."""
    site = await warehouse(client)
    return next(journal["id"] for journal in site["journals"] if journal["type"]["code"] == "SPZ_MAIN")


async def record(client: Client, journal_id: str, **values: Any) -> dict[str, Any]:
    """A new entry."""
    entry: dict[str, Any] = await client.do(
        CREATE_ENTRY, input={"journalId": journal_id, "values": {**VALUES, **values}}
    )
    return entry


def signing(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The input of `signEntry` for what the entry says now."""
    revision = entry["revision"]
    return {
        "entryId": entry["id"],
        "expectedRevision": revision["number"],
        "expectedDigest": revision["digest"],
        "pin": PIN,
        **changes,
    }


async def sign(client: Client, entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A signature on what the entry says now."""
    signature: dict[str, Any] = await client.do(SIGN_ENTRY, input=signing(entry, **changes))
    return signature


def revising(entry: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The input of `reviseEntry` that changes `values`."""
    return {
        "entryId": entry["id"],
        "expectedRevision": entry["revision"]["number"],
        "reason": "Уточнение",
        "values": values,
    }


async def read_entry(client: Client, entry_id: str) -> dict[str, Any]:
    """The entry as it is now."""
    entry: dict[str, Any] = (await client.ask(f"query ($id: ID!) {{ entry(id: $id) {{ {ENTRY} }} }}", id=entry_id))[
        "entry"
    ]
    return entry


@dataclass
class OtherCompany:
    """A second operator with a customer of its own: foreign to everybody of the demo."""

    admin: Client
    employee: Client
    object_id: str
    journal_id: str
    entry: dict[str, Any]


async def other_company(people: People, client: Client) -> OtherCompany:
    """Made by the owner and the company's own admin."""
    operator = await people.owner.do(CREATE_ORGANIZATION, input={"kind": "OPERATOR", "name": "ООО «Другая»"})
    subscriber = await people.owner.do(CREATE_ORGANIZATION, input={"kind": "SUBSCRIBER", "name": "АО «Чужое»"})
    for email, role in (("admin@other.test", "OPERATOR_ADMIN"), ("employee@other.test", "OPERATOR_EMPLOYEE")):
        await people.owner.do(CREATE_USER, input=person(operator["id"], role, email))
    admin = await client.signed_in("admin@other.test", "correct horse")
    employee = await client.signed_in("employee@other.test", "correct horse")
    contract = await people.owner.do(
        CREATE_CONTRACT,
        input={
            "operatorId": operator["id"],
            "subscriberId": subscriber["id"],
            "number": "Ч-1",
            "startsOn": "2026-01-01",
        },
    )
    site = await admin.do(
        CREATE_OBJECT,
        input={"contractId": contract["id"], "name": "Чужой объект", "address": "Тверь", "timeZone": "Europe/Moscow"},
    )
    employee_id = (await employee.ask("{ viewer { id } }"))["viewer"]["id"]
    await admin.do(
        ASSIGN, input={"objectId": site["id"], "userId": employee_id, "duty": "RESPONSIBLE", "basis": "Приказ № 1"}
    )
    journal = await admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": (await types(admin))["SPZ_MAIN"]})
    entry = await record(employee, journal["id"])
    return OtherCompany(admin, employee, site["id"], journal["id"], entry)


def person(organization_id: str, role: str, email: str) -> dict[str, Any]:
    """The input of `createUser`."""
    return {
        "organizationId": organization_id,
        "role": role,
        "surname": "Тестова",
        "givenName": "Тестина",
        "email": email,
        "password": "correct horse",
    }
