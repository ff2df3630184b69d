"""Who asks and what for, in the access matrix (docs/access.md): one caller of each role, and rows of every kind in the
three places that each of them can stand to."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from access_rows import BY_OBJECT, BY_PERSON, BY_WORKER, PERSONAL, Database
from access_table import ROLES, STANDINGS
from client import PIN, Client
from conftest import Cluster, Template
from files import uploaded
from object_deeds import DERIVE_TYPE, PUBLISH_TYPE
from rich_world import (
    CONFINED,
    FOREIGN_ADMIN,
    FOREIGN_EMPLOYEE,
    UNASSIGNED,
    World,
    made,
)
from world import (
    ADD_SYSTEM,
    ARCHIVE_JOURNAL,
    ASSIGN,
    COMMENT_ENTRY,
    CREATE_CONTRACT,
    CREATE_ENTRY,
    CREATE_OBJECT,
    MERGE_OBJECTS,
    OPEN_JOURNAL,
    PLAN_ABSENCE,
    SAVE_DRAFT,
    VALUES,
    sign,
    types,
    warehouse,
)

from app import demo
from app.settings import Settings
from models.certificates import Certificate
from models.enums import Acceptance, IdentificationMethod
from rules import agreements, certificate_decisions, certificate_requests, clock, compromise, revocation
from rules.actor import Actor
from rules.identifiers import encode, parse
from tests.test_service_accounts import account

ACCOUNTS = dict(
    zip(
        ROLES,
        (
            demo.OWNER,
            demo.OPERATOR_ADMIN,
            demo.OPERATOR_EMPLOYEE,
            demo.SUBSCRIBER_ADMIN,
            demo.SUBSCRIBER_EMPLOYEE,
            None,
            None,
        ),
        strict=True,
    )
)
"""Who stands for each role."""
ASSIGNED, UNASSIGNED_PLACE, FOREIGN = STANDINGS
SIGNERS = tuple(email for email in ACCOUNTS.values() if email not in (None, demo.OWNER))
OF_SUBSCRIBER = ("subscriber admin", "subscriber employee")

SHEET = "Название;Адрес;Часовой пояс\nСклад 19;Москва;Europe/Moscow\n"


@dataclass
class AccessWorld:
    """The callers, and what lies where. Rows are named by their GraphQL type."""

    world: World
    database: Database
    clients: dict[str, Client]
    actors: dict[str, Actor]
    cookie_secret: bytes
    rows: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """By (side, standing)."""
    own: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """By (role, standing), where what is one's own differs from person to person."""
    people: dict[tuple[str, str], UUID] = field(default_factory=dict)
    revisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By standing, what the entry there says: `expectedRevision` and `expectedDigest`."""
    before: str = ""
    """The cursor after which the furnishing of the three places follows: foreign, not assigned, assigned."""
    beginning: str = ""
    """The cursor of the first event of all that the operator's admin sees."""

    def row(self, role: str, type_name: str, standing: str) -> str:
        """The identifier of a row of the type that stands so to the role."""
        own = self.own.get((role, standing), {})
        return own.get(type_name) or self.rows[side_of(role), standing][type_name]

    def key(self, role: str, type_name: str, standing: str) -> UUID:
        """The key of that row."""
        return parse(self.row(role, type_name, standing), "id")[1]

    async def session(self, role: str) -> Client:
        """Somebody else of the role, in a session of their own."""
        actor, token = self.actors.get(role), secrets.token_urlsafe(32)
        if actor is None:
            return self.clients[role]  # has none
        digest = hashlib.sha256(token.encode()).hexdigest()
        somebody = await self.database.clone("users", actor.user_id, email=f"{digest}@spare.test")
        await self.database.clone("sessions", actor.session_id, user_id=somebody, token_digest=digest)
        return await self.client(token)

    async def client(self, token: str) -> Client:
        """Whoever has the token, until the world ends."""
        self.visitor.sessions[token] = token
        return await self.visitor.signed_in(token)

    @property
    def visitor(self) -> Client:
        """The anonymous caller."""
        return self.clients["anonymous"]


def nobodys(id: str) -> str:
    """An identifier that names no row, beside one that does: in any order of identifiers they have one place."""
    type_name, key = parse(id, "id")
    return encode(type_name, UUID(int=key.int ^ 1))


def side_of(role: str) -> str:
    """Whose rows stand for the role's own: the operator's for everybody who is of neither side."""
    return "subscriber" if role in OF_SUBSCRIBER else "operator"


@asynccontextmanager
async def access_world(
    cluster: Cluster, template: Template, base_settings: Settings, name: str
) -> AsyncIterator[AccessWorld]:
    """The rich world, furnished alike in the three places, in a database `name` of its own."""
    roomy = replace(base_settings, graphql_cost_per_minute_anonymous=5_000_000, file_uploads_per_minute=10_000)
    async with (
        made(cluster, template, roomy, name) as world,
        Client(world.address, sessions=dict(world.tokens)) as visitor,
    ):
        connection = await asyncpg.connect(world.owner_url, server_settings={"journals.organization": "every"})
        try:
            clients = {role: await visitor.signed_in(email) if email else visitor for role, email in ACCOUNTS.items()}
            actors = {role: world.actors[email] for role, email in ACCOUNTS.items() if email}
            access = AccessWorld(world, Database(connection), clients, actors, base_settings.server_secret)
            await _furnished(access, visitor)
            yield access
        finally:
            await connection.close()


async def _furnished(access: AccessWorld, visitor: Client) -> None:
    world, admin = access.world, access.clients["operator admin"]
    owner = world.actors[demo.OWNER]
    people = {email: await visitor.signed_in(email) for email in (CONFINED, FOREIGN_ADMIN, FOREIGN_EMPLOYEE)}
    for email in (*SIGNERS, CONFINED, UNASSIGNED, FOREIGN_EMPLOYEE):
        await _certified(owner, world.actors[email])
    ours, lonely = await warehouse(admin), await _lonely_object(access)
    theirs = await warehouse_of(people[FOREIGN_ADMIN])
    ends = await admin.ask(
        "{ first: events(first: 1) { edges { cursor } } last: events(last: 1) { edges { cursor } } }"
    )
    access.beginning, access.before = (ends[end]["edges"][0]["cursor"] for end in ("first", "last"))
    for standing, boss, worker, substitute, site in (
        (FOREIGN, people[FOREIGN_ADMIN], FOREIGN_EMPLOYEE, FOREIGN_ADMIN, theirs),
        (UNASSIGNED_PLACE, admin, CONFINED, demo.NEWCOMER, lonely),
        (ASSIGNED, admin, demo.OPERATOR_EMPLOYEE, demo.NEWCOMER, ours["id"]),
    ):
        hand = people.get(worker) or access.clients["operator employee"]
        entry = await _furnish(access, boss, hand, site, world.actors[worker], world.actors[substitute])
        said = entry["revision"]
        access.revisions[standing] = {"expectedRevision": said["number"], "expectedDigest": said["digest"]}
        key = parse(site, "id")[1]
        of_worker = await _found(access, BY_WORKER, world.actors[worker].user_id)
        for side, person in (
            ("operator", worker),
            ("subscriber", {ASSIGNED: demo.SUBSCRIBER_EMPLOYEE, UNASSIGNED_PLACE: UNASSIGNED}.get(standing, worker)),
        ):
            someone = world.actors[person]
            access.people[side, standing] = someone.user_id
            await _reported(owner, someone)
            if person != worker:
                later = datetime.now(UTC) + timedelta(days=90)
                await access.clients["subscriber admin"].do(
                    PLAN_ABSENCE,
                    input={
                        "userId": encode("User", someone.user_id),
                        "substituteId": encode("User", world.actors[demo.SUBSCRIBER_ADMIN].user_id),
                        "startsAt": later.isoformat(),
                        "endsAt": (later + timedelta(days=1)).isoformat(),
                        "basis": "Отпуск",
                    },
                )
            duty = "select id from assignments where object_id = $1 and user_id = $2 order by id"
            access.rows[side, standing] = {
                **await _found(access, BY_OBJECT, key),
                **of_worker,
                **await _found(access, BY_PERSON, someone.user_id),
                "Assignment": encode("Assignment", await access.database.key(duty, key, someone.user_id)),
            }
    await _of_organizations(access, people[FOREIGN_ADMIN])
    await _personal(access)


async def _found(access: AccessWorld, statements: dict[str, str], key: UUID) -> dict[str, str]:
    return {name: encode(name, await access.database.key(statement, key)) for name, statement in statements.items()}


async def _certified(owner: Actor, actor: Actor) -> None:
    """Somebody who can sign."""
    actor, owner = actor.at(clock.now()), owner.at(clock.now())
    await agreements.accept_agreement(actor, (await agreements.in_force()).version, Acceptance.PERSON)
    if await Certificate.exists(user_id=actor.user_id, status="ACTIVE", not_after__gt=actor.now):
        return
    request = await certificate_requests.request_certificate(actor, pin=PIN)
    seen = certificate_decisions.Identification(IdentificationMethod.IN_PERSON, "Паспорт РФ", clock.now().date())
    await certificate_decisions.approve_request(owner, request.id, seen)


async def _reported(owner: Actor, actor: Actor) -> None:
    """A report of compromise that came to nothing."""
    certificate = await Certificate.filter(user_id=actor.user_id).order_by("-id").first()
    assert certificate is not None
    if certificate.suspended_at is None:
        await compromise.report_compromise(actor.at(clock.now()), certificate.id)
        await revocation.release_certificate(owner.at(clock.now()), certificate.id, comment="Найден")


async def warehouse_of(client: Client) -> str:
    """The only object of the foreign operator."""
    found = await client.ask("{ objects(first: 2) { edges { node { id } } } }")
    (edge,) = found["objects"]["edges"]
    id: str = edge["node"]["id"]
    return id


async def _lonely_object(access: AccessWorld) -> str:
    """A site of the demo's subscriber, served by the demo's operator under a contract of its own, with a colleague of
    either side on it and none of the two employees of the matrix."""
    admin, world = access.clients["operator admin"], access.world
    ours = await warehouse(admin)
    parties = {"operatorId": ours["operator"]["id"], "subscriberId": ours["subscriber"]["id"]}
    contract = await admin.do(CREATE_CONTRACT, input={**parties, "number": "ТО-2026/99", "startsOn": "2026-01-01"})
    place = {"contractId": contract["id"], "address": "Псков", "timeZone": "Europe/Moscow"}
    site = await admin.do(CREATE_OBJECT, input={**place, "name": "Без них"})
    for boss, colleague in ((admin, CONFINED), (access.clients["subscriber admin"], UNASSIGNED)):
        given = {"objectId": site["id"], "userId": encode("User", world.actors[colleague].user_id)}
        await boss.do(ASSIGN, input={**given, "duty": "RESPONSIBLE", "basis": "Приказ № 9"})
    kinds = await types(admin)
    await admin.do(OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kinds["SPZ_MAIN"]})
    id: str = site["id"]
    return id


async def _furnish(
    access: AccessWorld, boss: Client, hand: Client, site: str, worker: Actor, substitute: Actor
) -> dict[str, Any]:
    """Something of every kind on an object. Returns the entry."""
    whole = await boss.ask(
        "query ($id: ID!) { object(id: $id) { contract { id } journals(status: ACTIVE) { id type { code } } } }",
        id=site,
    )
    journal = next(each["id"] for each in whole["object"]["journals"] if each["type"]["code"] == "SPZ_MAIN")
    await boss.do(ADD_SYSTEM, input={"objectId": site, "kind": "FIRE_ALARM", "name": "АПС"})
    place = {"contractId": whole["object"]["contract"]["id"], "address": "Псков", "timeZone": "Europe/Moscow"}
    former = await boss.do(CREATE_OBJECT, input={**place, "name": "Прежний"})
    await boss.do(MERGE_OBJECTS, input={"objectId": former["id"], "intoId": site, "reason": "Одно здание"})
    kinds = await types(boss)
    closed = await boss.do(OPEN_JOURNAL, input={"objectId": site, "typeId": kinds["SPS_TO"]})
    await boss.do(ARCHIVE_JOURNAL, input={"journalId": closed["id"]})
    files = await uploaded(hand, ("Акт.txt", f"Акт {site}".encode()))
    draft = {"journalId": journal, "values": {"location": "Этаж 9"}}
    await hand.do(SAVE_DRAFT, input=draft)
    given = {"journalId": journal, "values": VALUES, "attachmentIds": [files[0]["id"]]}
    entry = await hand.do(CREATE_ENTRY, input=given)
    await hand.do(COMMENT_ENTRY, input={"entryId": entry["id"], "text": "См. акт"})
    await sign(hand, entry)
    later = datetime.now(UTC) + timedelta(days=90)
    absence = {"startsAt": later.isoformat(), "endsAt": (later + timedelta(days=1)).isoformat(), "basis": "Отпуск"}
    ids = {"userId": encode("User", worker.user_id), "substituteId": encode("User", substitute.user_id)}
    await boss.do(PLAN_ABSENCE, input={**absence, **ids})
    made: dict[str, Any] = entry
    return made


async def _of_organizations(access: AccessWorld, foreigner: Client) -> None:
    """What hangs on an organisation: itself, forms of journals, sheets of objects, partners' systems."""
    admin, owned = access.clients["operator admin"], access.clients["subscriber admin"]
    rows, actors = access.rows, access.world.actors
    kinds = await types(admin)
    operator, subscriber = (
        encode("Organization", actors[email].organization_id) for email in (demo.OPERATOR_ADMIN, demo.SUBSCRIBER_ADMIN)
    )
    stranger = encode("Organization", actors[FOREIGN_ADMIN].organization_id)
    derived = {}
    for boss in (admin, foreigner):
        form = await boss.do(DERIVE_TYPE, input={"typeId": kinds["SPS_TO"], "code": "SPS_OWN"})
        derived[boss] = form["id"]
        await boss.do(PUBLISH_TYPE, input={"typeId": form["id"]})
    lonely = rows["operator", UNASSIGNED_PLACE]["ServiceObject"]
    await admin.do(OPEN_JOURNAL, input={"objectId": lonely, "typeId": derived[admin]})
    issued = {boss: [await account(boss) for _ in range(2)] for boss in (admin, owned, foreigner)}
    access.clients["partner"] = await access.client(issued[admin][0]["token"])
    # Its use is noted once a minute; here never again, so that nothing at all may change by what is denied.
    await access.database.connection.execute("update service_tokens set last_used_at = '2100-01-01Z'")
    for side, boss, organizations in (
        ("operator", admin, (operator, subscriber, stranger)),
        ("subscriber", owned, (subscriber, operator, stranger)),
    ):
        own, other = (each["serviceAccount"]["id"] for each in issued[boss])
        accounts = (own, other, issued[foreigner][0]["serviceAccount"]["id"])
        forms = (kinds["SPS_TO"], derived[admin], derived[foreigner])
        for standing, organization, system, form in zip(STANDINGS, organizations, accounts, forms, strict=True):
            edition = "select id from journal_type_versions where type_id = $1"
            version = await access.database.key(edition, parse(form, "id")[1])
            rows[side, standing] |= {
                "Organization": organization,
                "ServiceAccount": system,
                "JournalType": form,
                "JournalTypeVersion": encode("JournalTypeVersion", version),
            }
    for standing, boss in ((ASSIGNED, admin), (UNASSIGNED_PLACE, admin), (FOREIGN, foreigner)):
        sheet = await boss.http.post(
            "/imports/objects",
            data={"contract": rows["operator", standing]["Contract"]},
            files={"file": ("Объекты.csv", SHEET.encode())},
        )
        assert sheet.status_code == 201, sheet.text
        staged: str = sheet.json()["id"]
        line = "select id from object_import_rows where of_id = $1"
        row = encode("ObjectImportRow", await access.database.key(line, parse(staged, "id")[1]))
        for side in ("operator", "subscriber"):
            rows[side, standing] |= {"ObjectImport": staged, "ObjectImportRow": row}
    lists = encode("ReferenceList", await access.database.key("select id from reference_lists"))
    agreement = encode("Agreement", await access.database.key("select id from agreements order by version desc"))
    for each in rows.values():
        each |= {"ReferenceList": lists, "Agreement": agreement}


async def _personal(access: AccessWorld) -> None:
    """What is nobody's but one person's: sessions beside the one that asks, passkeys, notifications."""
    database = access.database
    await database.connection.execute("update notifications set read_at = null")
    await database.connection.execute("update sessions set confirmed_at = now(), second_factor = 'PASSKEY'")
    somebody = {role: actor.user_id for role, actor in access.actors.items()}
    for role in ROLES:
        side = side_of(role)
        people = (somebody.get(role, access.people[side, ASSIGNED]), *(access.people[side, at] for at in STANDINGS[1:]))
        for standing, person in zip(STANDINGS, people, strict=True):
            session = await database.key("select id from sessions where user_id = $1 and ended_at is null", person)
            spare = await database.clone("sessions", session, token_digest=secrets.token_hex(32))
            passkey = await database.connection.fetchval(
                "insert into passkeys"
                " (id, user_id, name, credential_id, public_key, sign_count, transports, created_at)"
                " values (gen_random_uuid(), $1, 'Ключ', $2, 'key', 0, '[]', now()) returning id",
                person,
                secrets.token_urlsafe(16),
            )
            rows = {name: parse(id, "id")[1] for name, id in access.rows[side, standing].items()}
            preparation = await database.connection.fetchval(
                "insert into signature_preparations (id, user_id, certificate_id, entry_id, revision_id, slot_id,"
                " signed_attributes, prepared_at, expires_at)"
                " values (gen_random_uuid(), $1, $2, $3, $4, $5, '', now(), now()) returning id",
                person,
                *(rows[name] for name in ("Certificate", "Entry", "Revision", "Slot")),
            )
            notification = await database.key(PERSONAL["Notification"], person)
            access.own[role, standing] = {
                "OpenSession": encode("OpenSession", spare),
                "SignaturePreparation": encode("SignaturePreparation", preparation),
                "Passkey": encode("Passkey", passkey),
                "Notification": encode("Notification", notification),
            }
