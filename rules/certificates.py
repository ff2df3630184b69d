"""Requests for certificates and the owner's decisions on them.

Issuing follows a ritual (after Boulder): store what is about to be signed, sign, verify, store the certificate. The
intent is committed before the authority's key is used, so nothing is ever signed unrecorded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn
from uuid import UUID

from authority import holder_key, issuer
from authority.certificates import fingerprint, from_der, serial_digits, serial_text, to_der, to_pem
from models.certificates import Certificate, CertificateRequest, IssuanceIntent, SigningKey
from models.enums import (
    CertificateStatus,
    Custody,
    EventKind,
    IdentificationMethod,
    RequestKind,
    RequestStatus,
    Role,
)
from models.events import Event
from models.users import Person, User
from rules import access, installation, pins, texts
from rules.actor import SIDES, Actor
from rules.passwords import derive
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

TERM = timedelta(days=365)
BACKDATED = timedelta(minutes=5)
"""A certificate begins a little before it is issued, for clients whose clocks are slow."""


@dataclass(frozen=True, slots=True)
class Identification:
    """How the requester's identity was checked (63-FZ art. 13(1)): the way, the document's kind and number, the day."""

    method: IdentificationMethod
    document: str
    date: date
    note: str | None = None


async def request_certificate(actor: Actor, *, pin: str) -> CertificateRequest:
    """Ask for a certificate with a new key in the server's custody, opened by `pin` from now on.

    Raises INVALID for a weak PIN and CONFLICT while another request of the actor is open.
    """
    if actor.role is Role.SUPERADMIN:
        raise Refusal(Code.FORBIDDEN)
    pins.acceptable(pin, "pin")
    await _refuse_second_request(actor)
    secret = installation.current().server_secret
    sealed = await derive(lambda: holder_key.create_sealed_key(pin, secret))
    opened = await derive(lambda: holder_key.open_sealed_key(sealed, pin, secret))
    person = await Person.get(id=actor.person_id)
    async with unit(actor) as deed:
        await User.select_for_update().get(id=actor.user_id)
        await _refuse_second_request(actor)
        key = await SigningKey.create(
            user_id=actor.user_id,
            custody=Custody.SERVER,
            public_key=sealed.public_key,
            public_key_digest=holder_key.spki_digest(sealed.public_key),
            sealed=sealed.sealed,
            salt=sealed.salt,
            iterations=sealed.iterations,
            memory_kib=sealed.memory_kib,
            lanes=sealed.lanes,
            created_at=actor.now,
        )
        request = await CertificateRequest.create(
            kind=RequestKind.ISSUE,
            status=RequestStatus.SUBMITTED,
            user_id=actor.user_id,
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            key_id=key.id,
            certification_request=opened.certification_request(person.name),
            created_at=actor.now,
        )
        await _record(deed, EventKind.CERTIFICATE_REQUESTED, request, {"request": str(request.id)})
    return request


async def _refuse_second_request(actor: Actor) -> None:
    undecided = [RequestStatus.SUBMITTED, RequestStatus.ON_HOLD]
    if await CertificateRequest.exists(user_id=actor.user_id, status__in=undecided):
        raise Refusal(Code.CONFLICT, "request_open")


async def approve_request(actor: Actor, request_id: UUID, identification: Identification) -> Certificate:
    """Issue the certificate asked for, once the requester's identity has been checked. Never one's own (law 10).

    Raises FORBIDDEN, NOT_FOUND, CONFLICT (decided already), INVALID; a failure of the authority itself is recorded as
    CERTIFICATE_ISSUE_REFUSED and leaves the request as it was.
    """
    actor.require(Role.SUPERADMIN)
    document = texts.text(identification.document, "identification.document", most=300)
    note = identification.note and texts.text(identification.note, "identification.note", most=1000, least=0)
    # "Today" has begun somewhere up to fourteen hours before it begins in UTC.
    if identification.date > (actor.now + timedelta(hours=14)).date():
        raise invalid("identification.date", "identification_date")
    authority = installation.current().authority
    # 1. Look at the request and the key's proof of possession; nothing is held or written yet.
    request = await _undecided(actor, request_id)
    person = await Person.get(id=request.person_id)
    user = await User.get(id=request.user_id)
    public_key = holder_key.read_certification_request(bytes(request.certification_request)).public_key
    serial = issuer.new_serial()
    issuer_begins = authority.issuing.certificate.not_valid_before_utc
    not_before = max((actor.now - BACKDATED).replace(microsecond=0), issuer_begins)
    not_after = (actor.now + TERM).replace(microsecond=0)
    try:
        plan = issuer.prepare(
            authority,
            holder=issuer.Holder(
                common_name=person.name,
                surname=person.surname,
                given_name=person.given_name,
                position=person.position,
                organization=person.organization,
                email=user.email,
            ),
            public_key=public_key,
            serial=serial,
            not_before=not_before,
            not_after=not_after,
        )
    except issuer.CannotIssue as error:
        await _refuse_issue(actor, request, error)
    # 2. Store the serial and what is about to be signed, in a unit of its own.
    async with unit(actor):
        await _undecided(actor, request_id, lock=True)
        await IssuanceIntent.create(
            request_id=request.id,
            serial=serial_digits(serial),
            not_before=not_before,
            not_after=not_after,
            decided_by_id=actor.user_id,
            created_at=actor.now,
        )
    # 3. Under the request's lock: sign, verify what was signed (the issuer does), store certificate and decision
    #    together. The lock is what keeps two deciders from certifying one key twice.
    try:
        async with unit(actor) as deed:
            request = await _undecided(actor, request_id, lock=True)
            issued = issuer.issue(authority, plan)
            request.status = RequestStatus.ISSUED
            request.decided_by_id, request.decided_at = actor.user_id, actor.now
            request.identification_method = identification.method
            request.identification_document = document
            request.identification_date = identification.date
            request.identification_note = note
            await request.save()
            certificate = await Certificate.create(
                user_id=request.user_id,
                organization_id=request.organization_id,
                holder_id=request.person_id,
                request_id=request.id,
                key_id=request.key_id,
                serial=serial_text(issued),
                status=CertificateStatus.ACTIVE,
                custody=Custody.SERVER,
                not_before=issued.not_valid_before_utc,
                not_after=issued.not_valid_after_utc,
                fingerprint=fingerprint(issued),
                der=to_der(issued),
                issued_at=actor.now,
            )
            event = await _record(
                deed,
                EventKind.CERTIFICATE_ISSUED,
                request,
                {"serial": certificate.serial, "method": identification.method.value},
                certificate_id=certificate.id,
            )
            await deed.tell(event, [request.user_id])
    except issuer.CannotIssue as error:
        await _refuse_issue(actor, request, error)
    return certificate


async def _refuse_issue(actor: Actor, request: CertificateRequest, error: issuer.CannotIssue) -> NoReturn:
    """Record that the authority would not issue, and say so; the request stays undecided."""
    async with unit(actor) as deed:
        await _record(deed, EventKind.CERTIFICATE_ISSUE_REFUSED, request, {"cause": error.reason.value})
    raise Refusal(Code.CONFLICT, "issue_failed", details={"cause": error.reason.value}) from error


async def reject_request(actor: Actor, request_id: UUID, *, comment: str) -> CertificateRequest:
    """Refuse a request, saying why. Never one's own."""
    actor.require(Role.SUPERADMIN)
    comment = texts.text(comment, "comment", most=1000)
    async with unit(actor) as deed:
        request = await _undecided(actor, request_id, lock=True)
        request.status, request.comment = RequestStatus.REJECTED, comment
        request.decided_by_id, request.decided_at = actor.user_id, actor.now
        await request.save(update_fields=["status", "comment", "decided_by_id", "decided_at"])
        event = await _record(
            deed,
            EventKind.CERTIFICATE_REQUEST_REJECTED,
            request,
            {"request": str(request.id), "comment": comment},
        )
        await deed.tell(event, [request.user_id])
    return request


async def _undecided(actor: Actor, request_id: UUID, *, lock: bool = False) -> CertificateRequest:
    request = await access.get(CertificateRequest, actor, request_id, field="requestId", lock=lock)
    if request.user_id == actor.user_id:
        raise Refusal(Code.FORBIDDEN, "own_request", field="requestId")
    if request.status not in (RequestStatus.SUBMITTED, RequestStatus.ON_HOLD):
        raise Refusal(Code.CONFLICT, "request_decided", field="requestId")
    return request


async def _record(
    deed: Unit,
    kind: EventKind,
    request: CertificateRequest,
    changes: dict[str, str],
    *,
    certificate_id: UUID | None = None,
) -> Event:
    user = await User.get(id=request.user_id)
    return await deed.record_person(
        kind,
        user_id=user.id,
        organization_id=request.organization_id,
        side=SIDES[user.role],
        changes=changes,
        certificate_id=certificate_id,
    )


def pem(der: bytes) -> str:
    """A certificate as RFC 7468 text."""
    return to_pem(from_der(der))
