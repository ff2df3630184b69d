"""The demo's world made richer, for tests that read it from every side: borders of every kind, rows in every state.

Made once a module by the product's own mutations and rules; what no rule does (a certificate past
its term, an older agreement) is written by the owner of the tables.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import asyncpg
import uvicorn
from client import PIN, Client
from conftest import Cluster, Server, Template
from files import uploaded
from world import (
    ADD_SYSTEM,
    ANNUL_ENTRY,
    ARCHIVE_JOURNAL,
    ASSIGN,
    COMMENT_ENTRY,
    CREATE_CONTRACT,
    CREATE_ENTRY,
    CREATE_OBJECT,
    CREATE_ORGANIZATION,
    CREATE_SERVICE_ACCOUNT,
    CREATE_USER,
    DECLINE_ENTRY,
    MERGE_OBJECTS,
    OPEN_JOURNAL,
    PLAN_ABSENCE,
    REMOVE_SYSTEM,
    REVISE_ENTRY,
    SAVE_DRAFT,
    UPDATE_OBJECT,
    VALUES,
    People,
    main_journal,
    other_company,
    person,
    read_entry,
    record,
    revising,
    sign,
    signing,
    types,
    warehouse,
)

from app import demo
from app.assembly import build
from app.serving import PROTOCOLS
from app.settings import Settings
from models.certificates import Certificate, CertificateRequest
from models.enums import Acceptance, IdentificationMethod, Language, RevocationReason
from models.organizations import Contract
from rules import (
    agreements,
    certificate_decisions,
    certificate_requests,
    clock,
    compromise,
    identity,
    object_import,
    revocation,
)
from rules.actor import Actor, Anonymous, Caller

PASSWORD = "correct horse"
FORMER = "former.signer@demo.test"
CONFINED = "confined@demo.test"
FUTURE = "future@demo.test"
UNASSIGNED = "unassigned@demo.test"
NEIGHBOUR = "neighbour.admin@demo.test"
PARTNER = "partner"
FOREIGN_ADMIN, FOREIGN_EMPLOYEE = "admin@other.test", "employee@other.test"

EVERYBODY = [
    *(account.email for account in demo.ACCOUNTS),
    demo.NEWCOMER,
    FORMER,
    CONFINED,
    FUTURE,
    UNASSIGNED,
    NEIGHBOUR,
    FOREIGN_ADMIN,
    FOREIGN_EMPLOYEE,
]


@dataclass
class World:
    """A served database, everybody who has an account in it, and the way to write past every rule."""

    address: str
    owner_url: str
    tokens: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    @property
    def callers(self) -> dict[str, Caller]:
        """Everybody by e-mail, and two visitors, all at one instant: what time decides is decided alike."""
        now = max(actor.now for actor in self.actors.values())
        visitors = {language.value: Anonymous(now=now, language=language) for language in Language}
        return {**visitors, **{email: replace(actor, now=now) for email, actor in self.actors.items()}}

    async def write(self, *statements: str) -> None:
        """Run statements as the owner of the tables."""
        connection = await asyncpg.connect(self.owner_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


_templates: dict[str, tuple[str, World]] = {}
"""By cluster: the database that holds a rich world, and what there is to know of it."""


@asynccontextmanager
async def made(cluster: Cluster, template: Template, base_settings: Settings, name: str) -> AsyncIterator[World]:
    """The world, served, in a database `name` of its own: enriched once a session, then cloned."""
    if cluster.admin_url not in _templates:
        rich = f"rich_{template.name}"
        await cluster.execute(f'create database "{rich}" template "{template.name}" owner "{cluster.owner}"')
        cluster.left_over.append(rich)
        async with (
            _served(cluster, base_settings, rich) as address,
            Client(address, sessions=dict(template.tokens)) as client,
        ):
            _templates[cluster.admin_url] = rich, await _enriched(client, cluster.at(cluster.owner_url, rich))
    rich, world = _templates[cluster.admin_url]
    await cluster.execute(f'create database "{name}" template "{rich}" owner "{cluster.owner}"')
    async with _served(cluster, base_settings, name) as address:
        yield replace(world, address=address, owner_url=cluster.at(cluster.owner_url, name))
    await cluster.drop(name)


@asynccontextmanager
async def _served(cluster: Cluster, base_settings: Settings, database: str) -> AsyncIterator[str]:
    settings = replace(base_settings, database_url=cluster.at(cluster.web_url, database))
    configuration = uvicorn.Config(build(settings), timeout_graceful_shutdown=2, **PROTOCOLS)
    async with Server(configuration).running() as address:
        yield address


async def _enriched(client: Client, owner_url: str) -> World:
    people = await People.of(client)
    await other_company(people, client)
    world = World(client.address, owner_url)
    await _staff(people, client)
    await _neighbour(people)
    for email in EVERYBODY:
        world.tokens[email] = (await _session(client, email)).token or ""
        await _actor(world, email)
    await _work(people, world, client)
    await _passports(people)
    await _unfinished(people)
    await _annulled(people)
    await _sheet(world)
    await _requests(world)
    await _endings(world)
    await _partner(people, world)
    await world.write(*PAST_EVERY_RULE)
    for email in EVERYBODY:
        await _actor(world, email)
    return world


async def _partner(people: People, world: World) -> None:
    """A partner's system of the demo's operator; the matrix of scopes has tests of its own."""
    site = await warehouse(people.operator_admin)
    scopes = ["OBJECTS", "JOURNALS", "EVENTS"]
    ends_at = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    given = {"organizationId": site["operator"]["id"], "name": "Отчёты", "scopes": scopes, "endsAt": ends_at}
    world.tokens[PARTNER] = (await people.operator_admin.do(CREATE_SERVICE_ACCOUNT, input=given))["token"]
    await _actor(world, PARTNER)


async def _session(client: Client, email: str) -> Client:
    password = demo.PASSWORD if email in client.sessions else PASSWORD
    return await client.signed_in(email, password)


async def _actor(world: World, email: str) -> Actor:
    actor = await identity.actor_of_token(world.tokens[email], clock.now())
    assert actor is not None, email
    world.actors[email] = actor
    return actor


async def _staff(people: People, client: Client) -> None:
    """Colleagues on either side: assigned for one type, from tomorrow on, not at all, and until now."""
    site, kinds = await warehouse(people.operator_admin), await types(people.operator_admin)
    operator, subscriber = site["operator"]["id"], site["subscriber"]["id"]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for email, organization, role, admin, assignment in (
        (CONFINED, operator, "OPERATOR_EMPLOYEE", people.operator_admin, {"journalTypeIds": [kinds["SPS_TO"]]}),
        (FUTURE, operator, "OPERATOR_EMPLOYEE", people.operator_admin, {"validFrom": tomorrow, "duty": "PARTICIPANT"}),
        (UNASSIGNED, subscriber, "SUBSCRIBER_EMPLOYEE", people.subscriber_admin, None),
        (FORMER, subscriber, "SUBSCRIBER_EMPLOYEE", people.subscriber_admin, {}),
    ):
        language = "EN" if email in (FORMER, CONFINED) else "RU"
        made = await admin.do(CREATE_USER, input={**person(organization, role, email), "language": language})
        if assignment is not None:
            given = {"objectId": site["id"], "userId": made["id"], "duty": "RESPONSIBLE", "basis": "Приказ № 100%"}
            await admin.do(ASSIGN, input={**given, **assignment})


async def _neighbour(people: People) -> None:
    """A second customer of the demo's operator, with an admin and a site of its own."""
    operator = (await warehouse(people.operator_admin))["operator"]["id"]
    subscriber = await people.operator_admin.do(
        CREATE_ORGANIZATION, input={"kind": "SUBSCRIBER", "name": 'ООО «Южный_берег» 100% \\ "К"', "inn": "7707083893"}
    )
    await people.operator_admin.do(CREATE_USER, input=person(subscriber["id"], "SUBSCRIBER_ADMIN", NEIGHBOUR))
    term = {"number": "ТО-2026/15", "startsOn": "2026-02-01", "endsOn": "2027-01-31"}
    contract = await people.operator_admin.do(
        CREATE_CONTRACT, input={"operatorId": operator, "subscriberId": subscriber["id"], **term}
    )
    kinds = await types(people.operator_admin)
    for name in ("Ангар_1", "Ангар 100%", "Ёмкость\\2", "Ангар", "АНГАР"):
        place = {"contractId": contract["id"], "name": name, "address": "Сочи", "timeZone": "Europe/Moscow"}
        site = await people.operator_admin.do(CREATE_OBJECT, input=place)
        journal = await people.operator_admin.do(
            OPEN_JOURNAL, input={"objectId": site["id"], "typeId": kinds["SPZ_MAIN"]}
        )
        await record(people.operator_admin, journal["id"], location=name)


async def _work(people: People, world: World, client: Client) -> None:
    """Entries in every state, a former signer's signature, an archived volume, notifications read."""
    await _certified(world, FORMER)
    journal = await main_journal(people.operator_employee)
    former = await client.signed_in(FORMER, PASSWORD)
    revised = revising(await record(people.operator_employee, journal, location="Подвал"), location="Чердак")
    await sign(former, await people.operator_employee.do(REVISE_ENTRY, input=revised))
    for number in range(3):
        entry = await record(people.operator_employee, journal, location=f"Этаж {number}")
        if number == 0:
            await sign(people.operator_employee, entry)
            continue
        await sign(former, entry)
        if number == 1:
            entry = await people.operator_employee.do(REVISE_ENTRY, input=revising(entry, location="Кровля"))
    wanted = signing(entry)
    del wanted["pin"]
    await people.operator_employee.do(DECLINE_ENTRY, input={**wanted, "reason": "Не та дата"})
    site = await warehouse(people.operator_admin)
    maintenance = next(each["id"] for each in site["journals"] if each["type"]["code"] == "SPS_TO")
    await people.operator_admin.do(ARCHIVE_JOURNAL, input={"journalId": maintenance})
    unread = await people.subscriber_employee.ask("{ notifications(first: 2) { edges { node { id } } } }")
    ids = [edge["node"]["id"] for edge in unread["notifications"]["edges"]]
    marking = "mutation ($ids: [ID!]!) { markNotificationsRead(ids: $ids) }"
    await people.subscriber_employee.ask(marking, ids=ids)


async def _passports(people: People) -> None:
    """Systems, one of them removed; two sites merged; a planned absence."""
    admin = people.operator_admin
    site = await warehouse(admin)
    for name in ("АПС корпуса 1", "СОУЭ корпуса 1"):
        given = {"objectId": site["id"], "kind": "FIRE_ALARM", "name": name, "commissionedOn": "2020-05-01"}
        system = await admin.do(ADD_SYSTEM, input=given)
    await admin.do(REMOVE_SYSTEM, input={"systemId": system["id"], "reason": "Демонтирована"})
    contacts = [{"name": "Дежурный", "phone": "+7 495 000-00-00"}]
    await admin.do(UPDATE_OBJECT, input={"objectId": site["id"], "contacts": contacts, "externalId": "С-1"})
    found = await admin.ask(
        "query ($name: String!) { objects(first: 9, filter: {name: $name}) { edges { node { id name } } } }",
        name="ангар",
    )
    sites = {edge["node"]["name"]: edge["node"]["id"] for edge in found["objects"]["edges"]}
    merging = {"objectId": sites["АНГАР"], "intoId": sites["Ангар"], "reason": "Одно здание"}
    await admin.do(MERGE_OBJECTS, input=merging)
    staff = await admin.ask("{ users(first: 50) { edges { node { id email } } } }")
    ids = {edge["node"]["email"]: edge["node"]["id"] for edge in staff["users"]["edges"]}
    later = datetime.now(UTC) + timedelta(days=30)
    absence = {"startsAt": later.isoformat(), "endsAt": (later + timedelta(days=14)).isoformat(), "basis": "Отпуск"}
    people_of_it = {"userId": ids[demo.OPERATOR_EMPLOYEE], "substituteId": ids[CONFINED]}
    await admin.do(PLAN_ABSENCE, input={**absence, **people_of_it})


async def _unfinished(people: People) -> None:
    """A draft and an entry with files, remarks of both sides."""
    worker = people.operator_employee
    journal = await main_journal(worker)
    files = await uploaded(worker, ("Акт.txt", "Акт проверки".encode()), ("Схема.txt", b"1-2-3"))
    ids = [file["id"] for file in files]
    draft = {"journalId": journal, "values": {"location": "Этаж 7"}, "attachmentIds": ids[:1], "clientId": "draft-1"}
    await worker.do(SAVE_DRAFT, input=draft)
    given = {"journalId": journal, "values": {**VALUES, "location": "С файлами"}, "attachmentIds": ids}
    entry = await worker.do(CREATE_ENTRY, input=given)
    for speaker in (people.subscriber_employee, worker):
        await speaker.do(COMMENT_ENTRY, input={"entryId": entry["id"], "text": "Где акт?"})


async def _annulled(people: People) -> None:
    """An annulment that is proposed, one that was declined, one that is complete."""
    worker, customer = people.operator_employee, people.subscriber_employee
    journal = await main_journal(worker)
    for place in range(3):
        entry = await record(worker, journal, location=f"Лишняя {place}")
        if place:
            await sign(worker, entry)
            await sign(customer, entry)
        wanted = signing(await read_entry(worker, entry["id"]))
        del wanted["pin"]
        proposed = await worker.do(ANNUL_ENTRY, input={**wanted, "reason": "Внесена дважды"})
        if place == 1:
            wanted = signing(proposed)
            del wanted["pin"]
            await customer.do(DECLINE_ENTRY, input={**wanted, "reason": "Работа была"})
        if place == 2:
            await sign(worker, proposed)
            await sign(customer, proposed)


async def _sheet(world: World) -> None:
    """A staged import with a faulty row."""
    actor = await _actor(world, demo.OPERATOR_ADMIN)
    contract = await Contract.filter(operator_id=actor.organization_id).order_by("number").first()
    assert contract is not None
    sheet = "Название;Адрес;Часовой пояс\nСклад 9;Москва;Europe/Moscow\nСклад 10;Москва;Europe/Nowhere\n"
    await object_import.stage(actor, contract.id, file=BytesIO(sheet.encode()), file_name="Объекты.csv")


async def _certified(world: World, email: str) -> None:
    """Accepts the agreement and is issued a certificate."""
    actor = await _actor(world, email)
    agreement = await agreements.in_force()
    await agreements.accept_agreement(actor, agreement.version, Acceptance.PERSON)
    request = await certificate_requests.request_certificate(actor, pin=PIN)
    identification = certificate_decisions.Identification(
        IdentificationMethod.IN_PERSON, "Паспорт РФ", clock.now().date()
    )
    await certificate_decisions.approve_request(await _actor(world, demo.OWNER), request.id, identification)


async def _requests(world: World) -> None:
    """One request refused; the demo leaves one open."""
    refused = await certificate_requests.request_certificate(await _actor(world, FOREIGN_EMPLOYEE), pin=PIN)
    await certificate_decisions.reject_request(await _actor(world, demo.OWNER), refused.id, comment="Нет документа")
    assert await CertificateRequest.filter(status="SUBMITTED").count() == 1


async def _endings(world: World) -> None:
    """A certificate revoked, another on hold because its key may be in other hands, a revocation asked for."""
    owner, former = await _actor(world, demo.OWNER), await _actor(world, FORMER)
    comment = "Уволен"
    revoked = await Certificate.get(user__email=demo.SUBSCRIBER_ADMIN)
    await revocation.revoke_certificate(owner, revoked.id, reason=RevocationReason.SUPERSEDED, comment=comment)
    held = await Certificate.get(user_id=former.user_id)
    await compromise.report_compromise(former, held.id, comment="Потерян телефон", suspected_since=held.issued_at)
    asked_about = await Certificate.get(user__email=demo.SUBSCRIBER_EMPLOYEE)
    await certificate_requests.request_revocation(
        await _actor(world, demo.SUBSCRIBER_ADMIN), asked_about.id, reason=RevocationReason.AFFILIATION_CHANGED
    )


PAST_EVERY_RULE = [
    f"update assignments set valid_to = now() where user_id = (select id from users where email = '{FORMER}')",
    "alter table certificates disable trigger only_status_changes",
    "update certificates set not_after = now() - interval '1 second'"
    f" where user_id = (select id from users where email = '{demo.OPERATOR_ADMIN}')",
    "alter table certificates enable trigger only_status_changes",
    "alter table signatures disable trigger immutable",
    "update signatures set level = 'B' where id in (select id from signatures order by id desc limit 2)",
    "alter table signatures enable trigger immutable",
    "insert into signature_time_stamps (id, signature_id, token, cms, proved_at, obtained_at)"
    " select gen_random_uuid(), id, 'token', cms || 'stamped', now(), now() from signatures order by id desc limit 1",
    "insert into agreements (id, version, text_ru, text_en, digest, effective_from)"
    " select gen_random_uuid(), version + 1, 'Прежде \"было\"', 'Next\tone', digest, effective_from from agreements",
]
