"""The people, the keys and the journal types that all histories share, and the place that each has to itself."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from history_plan import OPERATOR, POLICIES, SHORT_VOLUME, Kind, Member

from models.certificates import Certificate
from models.enums import (
    Acceptance,
    CertificateStatus,
    Custody,
    Duty,
    IdentificationMethod,
    OrganizationKind,
    Role,
)
from models.objects import Absence
from rules import (
    absences,
    agreements,
    assignments,
    certificate_decisions,
    certificate_requests,
    clock,
    identity,
    journal_types,
    journals,
    objects,
    people,
    revocation,
)
from rules.actor import Actor, Anonymous
from rules.certificate_decisions import Identification
from rules.journal_types import TypeDetails
from rules.objects import ObjectDetails
from rules.people import OrganizationDetails, PersonDetails

PASSWORD = "correct horse"
PIN = "246810"
COLUMNS = [
    {
        "key": key,
        "label": {"ru": key, "en": key},
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    }
    for key in ("work", "place")
]
ASSIGNED = {
    Member.OPERATOR_FIRST: (Duty.RESPONSIBLE, "all"),
    Member.OPERATOR_SECOND: (Duty.RESPONSIBLE, "this"),
    Member.OPERATOR_HAND: (Duty.PARTICIPANT, "all"),
    Member.OPERATOR_ELSEWHERE: (Duty.RESPONSIBLE, "another"),
    Member.SUBSCRIBER_FIRST: (Duty.RESPONSIBLE, "all"),
    Member.SUBSCRIBER_SECOND: (Duty.RESPONSIBLE, "this"),
    Member.SUBSCRIBER_HAND: (Duty.PARTICIPANT, "all"),
}
"""Who has which duty, for which journal types, when a history begins."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where one history happens: its own object with one active journal."""

    name: str
    object_id: UUID
    type_id: UUID
    operator_id: UUID
    subscriber_id: UUID


@dataclass
class World:
    """Everybody signed in and certified. The keys of every second one are in their own devices, the others' with us."""

    owner: Actor
    actors: dict[Member, Actor] = field(default_factory=dict)
    members: dict[UUID, Member] = field(default_factory=dict)
    types: dict[Kind, UUID] = field(default_factory=dict)
    contract_id: UUID = field(init=False)
    device_keys: dict[Member, tuple[UUID, ec.EllipticCurvePrivateKey]] = field(default_factory=dict)
    """The newest certificate and key of those who sign with a device."""
    histories: count[int] = field(default_factory=lambda: count(1))

    @classmethod
    async def made(cls, owner_token: str) -> World:
        """In the demo's installation, whose owner's session the token is."""
        owner = await identity.actor_of_token(owner_token, clock.now())
        assert owner is not None
        world = cls(owner)
        await world._people()
        for kind, (policy, _) in POLICIES.items():
            details = TypeDetails(
                name_ru=kind,
                name_en=kind,
                regulation="ППР РФ, п. 17(1)",
                columns=COLUMNS,
                retention_years=3,
                signature_policy=policy,
                volume_entries=SHORT_VOLUME if kind is Kind.SHORT else None,
            )
            world.types[kind] = (await journal_types.create_journal_type(world.by_owner(), kind.value, details)).id
        return world

    def by_owner(self, request: str | None = None) -> Actor:
        """The owner's superadmin now."""
        return replace(self.owner, now=clock.now(), request_id=request)

    def by(self, member: Member, request: str | None = None) -> Actor:
        """Somebody now, in the request of that name."""
        return replace(self.actors[member], now=clock.now(), request_id=request)

    def admin_of(self, member: Member, request: str | None = None) -> Actor:
        """The admin of somebody's organisation now."""
        return self.by(member.staff[0], request)

    async def site(self, kind: Kind) -> Site:
        """A fresh object with a journal of the kind and with its people; what the last history took is given back."""
        await self._given_back()
        name = f"h{next(self.histories)}"
        admin = self.by(Member.OPERATOR_ADMIN)
        details = ObjectDetails(name=f"Объект {name}", address="Москва", time_zone="Europe/Moscow")
        site = await objects.create_object(admin, self.contract_id, details)
        other = self.types[Kind.USUAL if kind is not Kind.USUAL else Kind.ORDERED]
        types = {"all": None, "this": [self.types[kind]], "another": [other]}
        for member, (duty, extent) in ASSIGNED.items():
            await self.assign(site.id, member, duty, types[extent])
        await journals.open_journal(self.by(Member.OPERATOR_ADMIN), site.id, self.types[kind])
        return Site(name, site.id, self.types[kind], site.operator_id, site.subscriber_id)

    async def assign(
        self, object_id: UUID, member: Member, duty: Duty, types: list[UUID] | None, request: str | None = None
    ) -> UUID:
        """A duty from now on."""
        admin = self.admin_of(member, request)
        user_id = self.actors[member].user_id
        given = await assignments.assign(
            admin, object_id, user_id, duty, type_ids=types, valid_from=None, valid_to=None, basis="Приказ № 1"
        )
        return given.id

    async def certify(self, member: Member, request: str | None = None) -> UUID:
        """A new certificate: asked for by the person, issued by the owner."""
        actor = self.by(member, request)
        key = ec.generate_private_key(ec.SECP256R1()) if self.signs_with_device(member) else None
        if key is None:
            asked = await certificate_requests.request_certificate(actor, pin=PIN)
        else:
            csr = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, hashes.SHA256())
            octets = base64.b64encode(csr.public_bytes(serialization.Encoding.DER)).decode()
            asked = await certificate_requests.request_certificate(actor, custody=Custody.DEVICE, csr=octets)
        identification = Identification(IdentificationMethod.IN_PERSON, "Паспорт РФ", clock.now().date())
        issued = await certificate_decisions.approve_request(self.by_owner(request), asked.id, identification)
        if key is not None:
            self.device_keys[member] = issued.id, key
        return issued.id

    def signs_with_device(self, member: Member) -> bool:
        """Whether the key of somebody is their own device's."""
        return [*Member].index(member) % 2 == 0

    async def newest_certificate(self, member: Member) -> UUID | None:
        """The one that was issued last."""
        found = await Certificate.filter(user_id=self.actors[member].user_id).order_by("-issued_at").first()
        return found.id if found else None

    async def _given_back(self) -> None:
        """Everybody is there and can sign again."""
        for absence in await Absence.filter(cancelled_at=None, ends_at__gt=clock.now()):
            member = self.members.get(absence.user_id)
            if member is not None:
                await absences.cancel_absence(self.admin_of(member), absence.id)
        certificates = await Certificate.filter(user_id__in=[*self.members]).order_by("issued_at")
        newest = {self.members[each.user_id]: each for each in certificates}
        for member in self.actors:
            certificate = newest.get(member)
            if certificate is None or certificate.status is CertificateStatus.REVOKED:
                await self.certify(member)
            elif certificate.status is CertificateStatus.SUSPENDED:
                await revocation.release_certificate(self.by_owner(), certificate.id, comment="Найден")

    async def _people(self) -> None:
        organizations = {}
        for key, kind in (("operator", "OPERATOR"), ("subscriber", "SUBSCRIBER"), ("stranger", "OPERATOR")):
            details = OrganizationDetails(f"ООО «{key}»")
            made = await people.create_organization(self.by_owner(), OrganizationKind(kind), details)
            organizations[key] = made.id
        contract = await people.create_contract(
            self.by_owner(),
            operator_id=organizations["operator"],
            subscriber_id=organizations["subscriber"],
            number="И-1",
            starts_on=date(2026, 1, 1),
            ends_on=None,
        )
        self.contract_id = contract.id
        agreement = await agreements.in_force()
        for member in Member:
            side, role = _role(member)
            email = f"{member.name.lower()}@histories.test"
            person = PersonDetails(member.name.title(), "Иван", email, "Инженер")
            await people.create_user(self.by_owner(), organizations[side], role, person, password=PASSWORD)
            token = (await identity.sign_in(Anonymous(now=clock.now()), email, PASSWORD)).token
            actor = await identity.actor_of_token(token, clock.now())
            assert actor is not None
            self.actors[member], self.members[actor.user_id] = actor, member
            await agreements.accept_agreement(self.by(member), agreement.version, Acceptance.PERSON)


def _role(member: Member) -> tuple[str, Role]:
    if member is Member.STRANGER:
        return "stranger", Role.OPERATOR_ADMIN
    if member in OPERATOR:
        return "operator", Role.OPERATOR_ADMIN if member is Member.OPERATOR_ADMIN else Role.OPERATOR_EMPLOYEE
    return "subscriber", Role.SUBSCRIBER_ADMIN if member is Member.SUBSCRIBER_ADMIN else Role.SUBSCRIBER_EMPLOYEE
