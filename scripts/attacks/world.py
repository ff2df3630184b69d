"""What the attackers know beforehand: accounts of the demo, one of another company's, and ids of what is not theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

OWNER = "owner@demo.test"
ADMIN = "operator.admin@demo.test"
WORKER = "operator.employee@demo.test"
NEWCOMER = "operator.newcomer@demo.test"
CUSTOMER_ADMIN = "subscriber.admin@demo.test"
CUSTOMER = "subscriber.employee@demo.test"
STRANGER = "stranger@attack.test"
"""The admin of another operator: a rightful user who wants what is not theirs."""
PASSWORD = "demo-password"
PIN = "246810"

CREATE_ORGANIZATION = """mutation ($input: CreateOrganizationInput!) { createOrganization(input: $input) {
  __typename ... on Organization { id } ... on Problem { code } } }"""
CREATE_USER = """mutation ($input: CreateUserInput!) { createUser(input: $input) {
  __typename ... on User { id email person { name } } ... on Problem { code } } }"""
CREATE_OBJECT = """mutation ($input: CreateObjectInput!) { createObject(input: $input) {
  __typename ... on ServiceObject { id name } ... on Problem { code } } }"""
OPEN_JOURNAL = """mutation ($input: OpenJournalInput!) { openJournal(input: $input) {
  __typename ... on Journal { id } ... on Problem { code } } }"""
SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
  ... on Session { token } ... on Problem { code } } }"""
OBJECTS = "{ objects(first: 10) { edges { node { id contract { id } subscriber { id } journals { id } } } } }"
ENTRIES = """query ($id: ID!) { journal(id: $id) { entries(first: 5) { edges { node {
  id revision { number digest } signatures { id code certificate { id } } } } } } }"""


class Unprepared(Exception):
    """The target is not what is attacked here: a server with the demo's data."""


@dataclass
class World:
    """Ids of the demo operator's things, tokens and cookies by e-mail address."""

    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    object: str = ""
    contract: str = ""
    journal: str = ""
    entry: str = ""
    revision: dict[str, Any] = field(default_factory=dict)
    signature: str = ""
    code: str = ""
    certificate: str = ""
    type: str = ""
    file: str = ""

    @property
    def ids(self) -> dict[str, str]:
        """What strangers must not see, by kind."""
        kinds = ("object", "contract", "journal", "entry", "signature", "certificate")
        return {kind: getattr(self, kind) for kind in kinds} | {
            "user": self.users[WORKER],
            "organization": self.organizations[ADMIN],
        }


async def explored(address: str, http: httpx.AsyncClient) -> World:
    """Sign everybody in and look around. Raises Unprepared."""
    world = World()
    scout = _Scout(address, http, world)
    for email in (OWNER, ADMIN, WORKER, NEWCOMER, CUSTOMER_ADMIN, CUSTOMER):
        await scout.sign_in(email)
    if not await scout.tried(STRANGER):
        company = {"kind": "OPERATOR", "name": "ООО «Чужие»"}
        made = await scout.do(OWNER, CREATE_ORGANIZATION, input=company)
        person = {"surname": "Чужой", "givenName": "Глеб", "email": STRANGER, "password": PASSWORD}
        await scout.do(OWNER, CREATE_USER, input={**person, "organizationId": made["id"], "role": "OPERATOR_ADMIN"})
        await scout.sign_in(STRANGER)
    site, journal, entry = await scout.something_signed()
    world.object, world.contract, world.journal = site["id"], site["contract"]["id"], journal
    world.organizations["subscriber"] = site["subscriber"]["id"]
    world.entry, world.revision = entry["id"], entry["revision"]
    signature = entry["signatures"][0]
    world.signature, world.code, world.certificate = signature["id"], signature["code"], signature["certificate"]["id"]
    types = await scout.do(ADMIN, '{ journalTypes(code: "SPZ_MAIN") { id } }')
    world.type = types[0]["id"]
    uploaded = await http.post(
        f"{address}/files",
        files={"file": ("note.txt", "Давление на вводе 5,2 бар\n".encode(), "text/plain")},
        headers={"authorization": f"Bearer {world.tokens[WORKER]}"},
    )
    world.file = uploaded.json()["attachments"][0]["id"]
    return world


@dataclass
class _Scout:
    address: str
    http: httpx.AsyncClient
    world: World

    async def do(self, by: str | None, query: str, **variables: Any) -> Any:
        """The value of the operation's first field. Raises Unprepared."""
        response = await self._post(by, query, variables)
        told = response.json()
        value = next(iter((told.get("data") or {}).values()), None)
        if value is None or (isinstance(value, dict) and "code" in value and "id" not in value):
            raise Unprepared(f"{query.split('{', 1)[0].strip() or query[:60]}: {json.dumps(told)[:300]}")
        return value

    async def _post(self, by: str | None, query: str, variables: dict[str, Any]) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.world.tokens[by]}"} if by else {}
        body = {"query": query, "variables": variables}
        return await self.http.post(f"{self.address}/graphql", json=body, headers=headers)

    async def tried(self, email: str) -> bool:
        """Whether somebody could be signed in."""
        response = await self._post(None, SIGN_IN, {"input": {"email": email, "password": PASSWORD}})
        token = (response.json().get("data") or {}).get("signIn", {}).get("token")
        if not token:
            return False
        self.world.tokens[email] = token
        cookie = next(each for each in response.headers.get_list("set-cookie") if token in each)
        self.world.cookies[email] = cookie.partition(";")[0]
        viewer = await self.do(email, "{ viewer { id organization { id } } }")
        self.world.users[email], self.world.organizations[email] = viewer["id"], viewer["organization"]["id"]
        return True

    async def sign_in(self, email: str) -> None:
        """Raises Unprepared."""
        if not await self.tried(email):
            raise Unprepared(f"{email} cannot sign in: the target needs the data of `serve --demo`")

    async def something_signed(self) -> tuple[dict[str, Any], str, dict[str, Any]]:
        """A signed entry of the demo operator's, its journal and its object. Raises Unprepared."""
        for edge in (await self.do(ADMIN, OBJECTS))["edges"]:
            for journal in edge["node"]["journals"]:
                for entry in (await self.do(ADMIN, ENTRIES, id=journal["id"]))["entries"]["edges"]:
                    if entry["node"]["signatures"]:
                        return edge["node"], journal["id"], entry["node"]
        raise Unprepared("there is no signed entry")
