"""What the tests of entries say often: deeds on entries and duties in GraphQL, colleagues who can sign, and what a
refused deed must leave as it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from client import PIN, Client
from conftest import Database
from world import ASSIGN, CREATE_USER, OPEN_JOURNAL, PROBLEM, People, person, signing, warehouse

PASSWORD = "correct horse"

SIGNATURES = "signatures { id code standing side signer { name } }"
REVISION = (
    "id number kind digest previousDigest reason values performedAt recordedAt backdated"
    f" {SIGNATURES} slots {{ id side duty order status deadline overdue }}"
)
WHOLE = f"""
  id number status canSign canRevise canAnnul
  cannotSign {{ obstacle message }}
  revision {{ {REVISION} }}
  record {{ {REVISION} }}
  slots {{ id side status }}
"""
READ_WHOLE = f"query ($id: ID!) {{ entry(id: $id) {{ {WHOLE} revisions {{ {REVISION} }} }} }}"
ANNUL_ENTRY = f"""
mutation ($input: AnnulEntryInput!) {{
  annulEntry(input: $input) {{ __typename ... on Entry {{ {WHOLE} }} {PROBLEM} }}
}}
"""
COMMENT_ENTRY = f"""
mutation ($input: CommentEntryInput!) {{
  commentEntry(input: $input) {{
    __typename ... on Comment {{ id text revisionNumber createdAt author {{ name }} entry {{ id }} }} {PROBLEM}
  }}
}}
"""
DRAFT = "id values performedAt clientId attachments { id name digest } journal { id }"
SAVE_DRAFT = f"""
mutation ($input: SaveDraftInput!) {{ saveDraft(input: $input) {{ __typename ... on Draft {{ {DRAFT} }} {PROBLEM} }} }}
"""
SUBMIT_DRAFT = f"""
mutation ($id: ID!) {{
  submitDraft(id: $id) {{
    __typename
    ... on Entry {{ {WHOLE} attached: record {{ attachments {{ id name digest }} }} journal {{ id }} }}
    {PROBLEM}
  }}
}}
"""
DISCARD_DRAFT = "mutation ($id: ID!) { discardDraft(id: $id) }"
COPY_ENTRY = f"""
mutation ($input: CopyEntryInput!) {{ copyEntry(input: $input) {{ __typename ... on Draft {{ {DRAFT} }} {PROBLEM} }} }}
"""
SIGN_ENTRIES = f"""
mutation ($input: SignEntriesInput!) {{
  signEntries(input: $input) {{
    __typename
    ... on Signature {{ id verificationCode: code cms entry {{ id status }} revision {{ payload }} }}
    {PROBLEM}
  }}
}}
"""
END_ASSIGNMENT = f"""
mutation ($input: EndAssignmentInput!) {{
  endAssignment(input: $input) {{ __typename ... on Assignment {{ id validTo }} {PROBLEM} }}
}}
"""
CANCEL_ABSENCE = f"""
mutation ($input: CancelAbsenceInput!) {{
  cancelAbsence(input: $input) {{ __typename ... on Absence {{ id }} {PROBLEM} }}
}}
"""
DEACTIVATE_USER = f"""
mutation ($input: DeactivateUserInput!) {{
  deactivateUser(input: $input) {{ __typename ... on User {{ id }} {PROBLEM} }}
}}
"""
CREATE_JOURNAL_TYPE = f"""
mutation ($input: CreateJournalTypeInput!) {{
  createJournalType(input: $input) {{ __typename ... on JournalType {{ id }} {PROBLEM} }}
}}
"""
ACCEPT = f"""
mutation ($input: AcceptAgreementInput!) {{
  acceptAgreement(input: $input) {{ __typename ... on User {{ id }} {PROBLEM} }}
}}
"""
REQUEST = f"""
mutation ($input: RequestCertificateInput!) {{
  requestCertificate(input: $input) {{ __typename ... on CertificateRequest {{ id }} {PROBLEM} }}
}}
"""
APPROVE = f"""
mutation ($input: ApproveCertificateRequestInput!) {{
  approveCertificateRequest(input: $input) {{ __typename ... on Certificate {{ id }} {PROBLEM} }}
}}
"""
NOTE = {
    "key": "note",
    "label": {"ru": "Заметка", "en": "Note"},
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
TRACES = """
select (select count(*) from entries), (select count(*) from revisions), (select count(*) from signatures),
       (select count(*) from events), (select count(*) from notifications), (select count(*) from comments),
       (select string_agg(id || status::text, ',' order by id) from slots),
       (select string_agg(id || status::text || current_revision_id, ',' order by id) from entries)
"""


async def traces(database: Database) -> tuple[object, ...]:
    """What a refused deed must leave as it was: every row that entries consist of, the events and the notices."""
    return tuple((await database.fetch(TRACES))[0])


async def whole(client: Client, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry as it is now, with what it says, what is current, and all its revisions."""
    read: dict[str, Any] = (await client.ask(READ_WHOLE, id=entry["id"]))["entry"]
    return read


def annulling(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The input of `annulEntry` for what is current."""
    return {**deciding(entry), "reason": "Запись сделана по ошибке", **changes}


def deciding(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The input of a decision on the current revision, without a PIN."""
    wanted = signing(entry, **changes)
    del wanted["pin"]
    return wanted


async def certified(owner: Client, signer: Client) -> None:
    """Accepts the agreement, asks for a certificate and is issued one."""
    version = (await signer.ask("{ agreement { version } }"))["agreement"]["version"]
    await signer.do(ACCEPT, input={"version": version, "onBehalfOf": "PERSON"})
    request = await signer.do(REQUEST, input={"pin": PIN})
    identification = {"method": "IN_PERSON", "document": "Паспорт РФ", "date": datetime.now(UTC).date().isoformat()}
    await owner.do(APPROVE, input={"requestId": request["id"], "identification": identification})


async def colleague(people: People, client: Client, email: str, role: str, *, certificate: bool = True) -> Client:
    """Somebody new on either side of the warehouse, assigned to nothing yet; `role` as in `createUser`."""
    site = await warehouse(people.operator_admin)
    organization = site["operator" if role.startswith("OPERATOR") else "subscriber"]["id"]
    await people.owner.do(CREATE_USER, input=person(organization, role, email))
    other = await client.signed_in(email, PASSWORD)
    if certificate:
        await certified(people.owner, other)
    return other


async def id_of(client: Client) -> str:
    """The client's own user."""
    user: str = (await client.ask("{ viewer { id } }"))["viewer"]["id"]
    return user


async def assigned(people: People, to: Client, object_id: str, *, duty: str = "RESPONSIBLE", **given: Any) -> str:
    """A new assignment, made by the owner."""
    wanted = {"objectId": object_id, "userId": await id_of(to), "duty": duty, "basis": "Приказ № 7", **given}
    made: str = (await people.owner.do(ASSIGN, input=wanted))["id"]
    return made


async def assignment_of(people: People, holder: Client, object_id: str) -> str:
    """The holder's assignment on an object."""
    answer = await people.owner.ask(
        "query ($id: ID!) { object(id: $id) { assignments { id person { name } } } }", id=object_id
    )
    name = (await holder.ask("{ viewer { person { name } } }"))["viewer"]["person"]["name"]
    found: list[str] = [each["id"] for each in answer["object"]["assignments"] if each["person"]["name"] == name]
    return found[0]


def slot(side: str, **changes: Any) -> dict[str, Any]:
    """One slot of a signature policy."""
    return {"side": side, "duty": "RESPONSIBLE", "order": 1, "group": 1, "deadlineDays": None, **changes}


async def journal_of(people: People, code: str, policy: list[dict[str, Any]], **given: Any) -> str:
    """An open volume on the warehouse of a type made for the test."""
    wanted = {
        "code": code,
        "nameRu": f"Журнал {code}",
        "nameEn": f"Log {code}",
        "regulation": "ППР РФ",
        "columns": [NOTE],
        "signaturePolicy": policy,
        "retentionYears": 5,
        **given,
    }
    kind = await people.owner.do(CREATE_JOURNAL_TYPE, input=wanted)
    site = await warehouse(people.operator_admin)
    opened = await people.operator_admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kind["id"]})
    journal: str = opened["id"]
    return journal


async def news(client: Client, last: int = 20) -> list[str]:
    """The kinds of the latest events that the client was told of, oldest first."""
    answer = await client.ask(
        "query ($last: Int!) { notifications(last: $last) { edges { node { event { kind } } } } }", last=last
    )
    return [edge["node"]["event"]["kind"] for edge in answer["notifications"]["edges"]]


def visible(answer: httpx.Response) -> str:
    """A page's text as a reader sees it, white space made even."""
    body = answer.text.partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def ago(**term: float) -> str:
    """A moment so long before now."""
    return (datetime.now(UTC) - timedelta(**term)).isoformat()


def ahead(**term: float) -> str:
    """A moment so long after now."""
    return (datetime.now(UTC) + timedelta(**term)).isoformat()
