"""Demo data: a service company, its customer and a few days of work, made by the rules that real people use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.runtime import running
from app.settings import Settings
from models.certificates import Certificate, CertificateRequest
from models.entries import Entry, Revision
from models.enums import Acceptance, Duty, EntryStatus, IdentificationMethod, OrganizationKind, Role, Side
from models.journals import Journal, JournalType
from models.objects import Assignment, ServiceObject
from models.organizations import Contract, Organization
from models.signatures import Signature
from models.users import User
from rules import (
    agreements,
    assignments,
    certificate_decisions,
    certificate_requests,
    clock,
    entries,
    founding,
    identity,
    journals,
    objects,
    people,
    signing,
)
from rules.actor import Actor, Anonymous
from rules.certificate_decisions import Identification
from rules.entries import Work
from rules.objects import ObjectDetails
from rules.people import OrganizationDetails, PersonDetails
from rules.signing import Wanted

PASSWORD = "demo-password"  # noqa: S105 - printed at every start, on purpose
PIN = "246810"

OWNER = "owner@demo.test"
OPERATOR_ADMIN = "operator.admin@demo.test"
OPERATOR_EMPLOYEE = "operator.employee@demo.test"
SUBSCRIBER_ADMIN = "subscriber.admin@demo.test"
SUBSCRIBER_EMPLOYEE = "subscriber.employee@demo.test"
NEWCOMER = "operator.newcomer@demo.test"
"""Has asked for a certificate and waits for the owner's decision."""


LAST = "demo-request"
"""The entry that is made last: once it is signed, the demo is complete."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A login to print."""

    role: str
    email: str
    password: str
    pin: str | None


ACCOUNTS = [
    DemoAccount("SUPERADMIN", OWNER, PASSWORD, None),
    DemoAccount("OPERATOR_ADMIN", OPERATOR_ADMIN, PASSWORD, PIN),
    DemoAccount("OPERATOR_EMPLOYEE", OPERATOR_EMPLOYEE, PASSWORD, PIN),
    DemoAccount("SUBSCRIBER_ADMIN", SUBSCRIBER_ADMIN, PASSWORD, PIN),
    DemoAccount("SUBSCRIBER_EMPLOYEE", SUBSCRIBER_EMPLOYEE, PASSWORD, PIN),
]


async def create_demo(settings: Settings) -> list[DemoAccount]:
    """Make the demo data unless it is there. A start that was killed half-way goes on where it stopped."""
    async with running(settings):
        await _People().make()
    return ACCOUNTS


class _People:
    """The making of the demo, each step only if it has not been made."""

    def __init__(self) -> None:
        self.actors: dict[str, Actor] = {}

    async def make(self) -> None:
        """Everything, in the order of a company's first days."""
        if await Signature.exists(entry__client_id=LAST, side=Side.SUBSCRIBER):
            return
        visitor = Anonymous(now=clock.now())
        if not await Organization.exists(kind=OrganizationKind.OWNER):
            await founding.found(
                visitor,
                OrganizationDetails("ООО «Электронные журналы»", inn="7707083893", kpp="770701001"),
                PersonDetails("Владимирова", "Анна Сергеевна", OWNER, "Администратор удостоверяющего центра"),
                password=PASSWORD,
            )
        owner = await self.actor(OWNER)
        operator = await self._organization(owner, OrganizationKind.OPERATOR, "ООО «Пожсервис»", "7728168971")
        subscriber = await self._organization(owner, OrganizationKind.SUBSCRIBER, "АО «Северный парк»", "7736050003")
        operators = [
            (OPERATOR_ADMIN, Role.OPERATOR_ADMIN, "Орлов", "Дмитрий Павлович", "Главный инженер"),
            (OPERATOR_EMPLOYEE, Role.OPERATOR_EMPLOYEE, "Ёлкин", "Иван Петрович", "Электромонтёр ОПС 5 разряда"),
            (NEWCOMER, Role.OPERATOR_EMPLOYEE, "Соколова", "Мария Андреевна", "Инженер по наладке"),
        ]
        subscribers = [
            (SUBSCRIBER_ADMIN, Role.SUBSCRIBER_ADMIN, "Кузнецова", "Ольга Викторовна", "Директор по эксплуатации"),
            (
                SUBSCRIBER_EMPLOYEE,
                Role.SUBSCRIBER_EMPLOYEE,
                "Фёдоров",
                "Алексей Николаевич",
                "Ответственный за ПБ",
            ),
        ]
        for organization, staff in ((operator, operators), (subscriber, subscribers)):
            for email, role, surname, given_name, position in staff:
                if not await User.exists(email=email):
                    details = PersonDetails(surname, given_name, email, position)
                    await people.create_user(owner, organization.id, role, details, password=PASSWORD)
        for email in (OPERATOR_ADMIN, OPERATOR_EMPLOYEE, SUBSCRIBER_ADMIN, SUBSCRIBER_EMPLOYEE):
            await self._certificate(email)
        newcomer = await self.actor(NEWCOMER)
        await self._accept_agreement(newcomer)
        if not await CertificateRequest.exists(user_id=newcomer.user_id):
            await certificate_requests.request_certificate(newcomer, pin=PIN)
        await self._work(owner, operator, subscriber)

    async def actor(self, email: str) -> Actor:
        """Somebody of the demo, signed in once, with the present instant."""
        if email not in self.actors:
            signed_in = await identity.sign_in(Anonymous(now=clock.now()), email, PASSWORD)
            actor = await identity.actor_of_token(signed_in.token, clock.now())
            if actor is None:
                raise RuntimeError(f"{email} cannot sign in to the demo")
            self.actors[email] = actor
        return replace(self.actors[email], now=clock.now())

    async def _organization(self, owner: Actor, kind: OrganizationKind, name: str, inn: str) -> Organization:
        found = await Organization.get_or_none(inn=inn)
        return found or await people.create_organization(owner, kind, OrganizationDetails(name, inn=inn))

    async def _accept_agreement(self, actor: Actor) -> None:
        agreement = await agreements.in_force()
        await agreements.accept_agreement(actor, agreement.version, Acceptance.PERSON)

    async def _certificate(self, email: str) -> None:
        actor = await self.actor(email)
        await self._accept_agreement(actor)
        if await Certificate.exists(user_id=actor.user_id):
            return
        request = await CertificateRequest.get_or_none(user_id=actor.user_id)
        request = request or await certificate_requests.request_certificate(actor, pin=PIN)
        identification = Identification(IdentificationMethod.IN_PERSON, "Паспорт РФ", clock.now().date())
        await certificate_decisions.approve_request(await self.actor(OWNER), request.id, identification)

    async def _work(self, owner: Actor, operator: Organization, subscriber: Organization) -> None:
        contract = await Contract.get_or_none(operator_id=operator.id, number="ТО-2026/14")
        contract = contract or await people.create_contract(
            owner,
            operator_id=operator.id,
            subscriber_id=subscriber.id,
            number="ТО-2026/14",
            starts_on=date(2026, 1, 12),
            ends_on=None,
        )
        warehouse = await self._object(contract, *WAREHOUSE)
        terminal = await self._object(contract, *TERMINAL)
        kinds = {kind.code: kind.id for kind in await JournalType.all()}
        main = await self._journal(warehouse, kinds["SPZ_MAIN"])
        maintenance = await self._journal(warehouse, kinds["SPS_TO"], volumes=2)
        await self._journal(terminal, kinds["SPZ_MAIN"])
        requests = await self._journal(terminal, kinds["PCO_REQ"])
        both = (OPERATOR_EMPLOYEE, SUBSCRIBER_EMPLOYEE)
        await self._entry(main, "signed", days_ago=9, given=ALARM_CHECK, signers=both)
        revised = await self._entry(main, "revised", days_ago=6, given=BATTERIES, signers=both, revisions=1)
        await self._revise(revised)
        await self._entry(main, "awaiting", days_ago=2, given=SMOKE_TEST, signers=(OPERATOR_EMPLOYEE,))
        declined = await self._entry(main, "declined", days_ago=1, given=DOUBTFUL, signers=(OPERATOR_EMPLOYEE,))
        await self._decline(declined)
        await self._entry(main, "fresh", days_ago=0, given=HYDRANTS, signers=())
        await self._entry(maintenance, "maintenance", days_ago=4, given=MAINTENANCE, signers=both)
        await self._entry(requests, LAST.removeprefix("demo-"), days_ago=3, given=REPAIR_REQUEST, signers=both)

    async def _object(self, contract: Contract, name: str, address: str, time_zone: str) -> ServiceObject:
        admin = await self.actor(OPERATOR_ADMIN)
        site = await ServiceObject.get_or_none(contract_id=contract.id, name=name)
        site = site or await objects.create_object(
            admin, contract.id, ObjectDetails(name=name, address=address, time_zone=time_zone)
        )
        for by, email, basis in (
            (OPERATOR_ADMIN, OPERATOR_EMPLOYEE, "Приказ № 12 от 12.01.2026"),
            (SUBSCRIBER_ADMIN, SUBSCRIBER_EMPLOYEE, "Доверенность № 3 от 15.01.2026"),
        ):
            user_id = (await self.actor(email)).user_id
            if not await Assignment.exists(object_id=site.id, user_id=user_id):
                await assignments.assign(
                    await self.actor(by),
                    site.id,
                    user_id,
                    Duty.RESPONSIBLE,
                    type_ids=None,
                    valid_from=clock.now() - timedelta(days=30),
                    valid_to=None,
                    basis=basis,
                )
        return site

    async def _journal(self, site: ServiceObject, type_id: UUID, *, volumes: int = 1) -> Journal:
        opened = await Journal.filter(object_id=site.id, type_id=type_id).count()
        for _ in range(opened, volumes):
            await journals.open_journal(await self.actor(OPERATOR_ADMIN), site.id, type_id)
        return await Journal.get(object_id=site.id, type_id=type_id, volume=volumes)

    async def _entry(
        self,
        journal: Journal,
        key: str,
        *,
        days_ago: int,
        given: dict[str, Any],
        signers: Sequence[str],
        revisions: int = 1,
    ) -> Entry:
        """The entry that `key` names, recorded and signed as far as it is not yet."""
        worker = await self.actor(OPERATOR_EMPLOYEE)
        entry = await Entry.get_or_none(author_id=worker.user_id, client_id=f"demo-{key}")
        entry = entry or await entries.create_entry(
            worker,
            journal.id,
            Work(given=given, performed_at=worker.now - timedelta(days=days_ago, minutes=7)),
            client_id=f"demo-{key}",
        )
        if (await self._current(entry)).number == revisions:
            for email in signers:
                await self._sign(entry, email)
        return entry

    async def _current(self, entry: Entry) -> Revision:
        return (await Revision.filter(entry_id=entry.id).order_by("-number").limit(1))[0]

    async def _wanted(self, entry: Entry) -> Wanted:
        revision = await self._current(entry)
        return Wanted(entry.id, revision.number, revision.digest)

    async def _sign(self, entry: Entry, email: str) -> None:
        actor, wanted = await self.actor(email), await self._wanted(entry)
        revision = await self._current(entry)
        if not await Signature.exists(revision_id=revision.id, user_id=actor.user_id):
            await signing.sign_entry(actor, wanted, pin=PIN)

    async def _revise(self, entry: Entry) -> None:
        if (await self._current(entry)).number == 1:
            await entries.revise_entry(
                await self.actor(OPERATOR_EMPLOYEE),
                entry.id,
                expected_revision=1,
                reason="Уточнено количество заменённых аккумуляторов",
                given={"replaced_parts": "АКБ 12 В 7 А·ч — 3 шт."},
                performed_at=None,
            )
        for email in (OPERATOR_EMPLOYEE, SUBSCRIBER_EMPLOYEE):
            await self._sign(entry, email)

    async def _decline(self, entry: Entry) -> None:
        current = await Entry.get(id=entry.id)
        if current.status is EntryStatus.AWAITING_SIGNATURES:
            await signing.decline_entry(
                await self.actor(SUBSCRIBER_EMPLOYEE),
                await self._wanted(entry),
                reason="Работа не предъявлена: доступ в насосную не запрашивался",
            )


WAREHOUSE = ("Складской комплекс «Север», корпус 1", "Москва, Дмитровское ш., 157, стр. 1", "Europe/Moscow")
TERMINAL = ("Терминал «Восток»", "Екатеринбург, ул. Черняховского, 86", "Asia/Yekaterinburg")

ALARM_CHECK = {
    "system": "Автоматическая пожарная сигнализация",
    "location": "Зона хранения, ряды 1–12",
    "work_kind": "CHECK",
    "basis": "Регламент № 1, п. 4.2",
    "work_done": "Проверены извещатели (48 шт.), шлейфы и ППК; имитация срабатывания в двух зонах.",
    "result": "OPERATIONAL",
}
BATTERIES = {
    "system": "Система оповещения и управления эвакуацией",
    "location": "Пост охраны",
    "work_kind": "REPAIR",
    "work_done": "Замена аккумуляторных батарей резервного питания, проверка времени работы от резерва.",
    "replaced_parts": "АКБ 12 В 7 А·ч — 2 шт.",
    "result": "OPERATIONAL",
}
SMOKE_TEST = {
    "system": "Противодымная вентиляция",
    "location": "Лестничная клетка № 2",
    "work_kind": "TEST",
    "basis": "ГОСТ Р 53300",
    "work_done": "Испытание подпора воздуха: перепад давления 28 Па, клапаны открываются за 11 с.",
    "result": "OPERATIONAL",
}
DOUBTFUL = {
    "system": "Внутренний противопожарный водопровод",
    "location": "Насосная",
    "work_kind": "MAINTENANCE",
    "work_done": "Обслуживание насосов-повысителей.",
    "result": "OPERATIONAL",
}
HYDRANTS = {
    "system": "Внутренний противопожарный водопровод",
    "location": "ПК-1 … ПК-14",
    "work_kind": "MAINTENANCE",
    "basis": "ППР РФ, п. 48",
    "work_done": "Перекатка рукавов, проверка комплектности и пломб, проверка водоотдачи ПК-7.",
    "result": "FAULTY",
    "defects": "ПК-9: течь запорного клапана.",
    "fix_due": "2026-12-10",
}
MAINTENANCE = {
    "installation": "Спринклерная установка водяного пожаротушения",
    "maintenance_kind": "ТО-1, регламент № 2",
    "work_list": "Осмотр узла управления, контроль давления (0,62 МПа), проверка сигнализатора потока.",
    "condition": "Исправна, пригодна к эксплуатации",
}
REPAIR_REQUEST = {
    "reported_at": "2026-11-18T21:40:00+05:00",
    "console_number": "4417",
    "report_kind": "FALSE_ALARM",
    "reported_by": "Ларин К. О., дежурный ПЦО",
    "cause": "Сквозняк в тамбуре, смещение створки ворот № 3",
    "performed_by": "19.11.2026, Ёлкин И. П.",
}
