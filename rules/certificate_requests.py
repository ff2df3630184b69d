"""Asking for a certificate, for a renewal, for a revocation; withdrawing what was asked. The owner's decisions stand in
`rules.certificate_decisions`."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asn1crypto import pem
from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from authority import holder_key
from authority.certificates import from_der
from models.certificates import Certificate, CertificateRequest, SigningKey
from models.enums import (
    UNDECIDED,
    CertificateStatus,
    Custody,
    EventKind,
    RequestKind,
    RequestStatus,
    RevocationReason,
    Role,
)
from models.events import Event
from models.users import Person, User
from rules import access, confirmation, installation, pins, revocation, texts
from rules.actor import SIDES, Actor, Anonymous
from rules.passwords import derive
from rules.refusals import Code, Refusal, invalid
from rules.unit import Unit, unit

HOLDERS_REASONS = (
    RevocationReason.UNSPECIFIED,
    RevocationReason.KEY_COMPROMISE,
    RevocationReason.SUPERSEDED,
    RevocationReason.CESSATION_OF_OPERATION,
    RevocationReason.AFFILIATION_CHANGED,
)
"""What a holder may give as the reason (legal.md §2); the employer's admin may say AFFILIATION_CHANGED only."""
LONGEST_REQUEST = 24 * 1024
BATCH = 100


@dataclass(frozen=True, slots=True)
class NewKey:
    """The key that is to be certified, ready to be stored, with the request that proves its possession."""

    key: SigningKey
    certification_request: bytes
    renewal_signature: bytes | None


async def request_certificate(
    actor: Actor,
    *,
    kind: RequestKind = RequestKind.ISSUE,
    custody: Custody = Custody.SERVER,
    pin: str | None = None,
    csr: str | None = None,
    current_pin: str | None = None,
    renewal_signature: bytes | None = None,
    remark: str | None = None,
    certificate_id: UUID | None = None,
) -> CertificateRequest:
    """Ask for a certificate with a new key.

    `custody` SERVER: we make the key, `pin` opens it from now on. DEVICE: `csr` is a PKCS#10 (PEM, or DER in base64)
    whose key and signature are taken, and nothing else of it. `kind` RENEW asks in the place of a valid one of one's
    own (`certificate_id`, else the newest): a signature by that one's key over the new PKCS#10 stands for the
    identification: made by us if `current_pin` opens the present key, brought as `renewal_signature` (over the octets
    of the DER) if it is elsewhere.

    Raises INVALID, NO_CERTIFICATE (nothing to renew), WRONG_PIN, PIN_LOCKED, CONFIRMATION_REQUIRED, and CONFLICT while
    another request of the actor is open or if the key is known already.
    """
    if actor.role is Role.SUPERADMIN:
        raise Refusal(Code.FORBIDDEN)
    await confirmation.require(actor)
    if kind is RequestKind.REVOKE:
        raise invalid("kind", "request_kind")
    others = {"pin": pin} if custody is Custody.DEVICE else {"csr": csr, "renewalSignature": renewal_signature}
    for field, value in others.items():
        if value is not None:
            raise invalid(field, "other_custody")
    remark = remark and texts.text(remark, "remark", most=1000, least=0)
    if certificate_id is not None and kind is not RequestKind.RENEW:
        raise invalid("certificateId", "request_kind")
    target = await valid_certificate(actor, certificate_id) if kind is RequestKind.RENEW else None
    await _refuse_second_request(actor)
    if custody is Custody.SERVER:
        new = await _key_of_ours(actor, pin, current_pin, target)
    else:
        new = await _key_elsewhere(actor, csr, current_pin, renewal_signature, target)
    async with unit(actor) as deed:
        await User.select_for_update(no_key=True).get(id=actor.user_id)
        await _end_overdue(deed, CertificateRequest.filter(user_id=actor.user_id).exclude(kind=RequestKind.REVOKE))
        await _refuse_second_request(actor)
        try:
            async with in_transaction():
                await new.key.save(force_create=True)
        except IntegrityError as error:
            raise Refusal(Code.CONFLICT, "key_repeated", field="csr") from error
        request = await CertificateRequest.create(
            kind=kind,
            status=RequestStatus.SUBMITTED,
            user_id=actor.user_id,
            requested_by_id=actor.user_id,
            organization_id=actor.organization_id,
            person_id=actor.person_id,
            target_id=target and target.id,
            key_id=new.key.id,
            certification_request=new.certification_request,
            renewal_signature=new.renewal_signature,
            remark=remark or None,
            created_at=actor.now,
            expires_at=actor.now + installation.current().request_term,
        )
        await record(deed, EventKind.CERTIFICATE_REQUESTED, request, {"request": str(request.id), "kind": kind.value})
    return request


async def request_revocation(
    actor: Actor,
    certificate_id: UUID,
    *,
    reason: RevocationReason,
    comment: str | None = None,
    invalid_since: datetime | None = None,
) -> CertificateRequest:
    """Ask the owner to revoke one's own certificate or, as an admin, one of a colleague who has left.

    Raises NOT_FOUND, INVALID (a reason that is not the asker's to give, a moment outside the certificate's life),
    CONFLICT (revoked already, or asked for), CONFIRMATION_REQUIRED.
    """
    await confirmation.require(actor)
    comment = comment and texts.text(comment, "comment", most=1000, least=0)
    async with unit(actor) as deed:
        certificate = await access.get(Certificate, actor, certificate_id, field="certificateId", lock=True)
        own = certificate.user_id == actor.user_id
        if reason not in (HOLDERS_REASONS if own else (RevocationReason.AFFILIATION_CHANGED,)):
            raise invalid("reason", "revocation_reason")
        revocation.check_invalid_since(certificate, invalid_since, actor.now)
        if certificate.status is CertificateStatus.REVOKED:
            raise Refusal(Code.CONFLICT, "certificate_revoked", field="certificateId")
        about_it = CertificateRequest.filter(target_id=certificate.id, kind=RequestKind.REVOKE)
        await _end_overdue(deed, about_it)
        if await about_it.filter(status__in=UNDECIDED).exists():
            raise Refusal(Code.CONFLICT, "request_open")
        request = await CertificateRequest.create(
            kind=RequestKind.REVOKE,
            status=RequestStatus.SUBMITTED,
            user_id=certificate.user_id,
            requested_by_id=actor.user_id,
            organization_id=certificate.organization_id,
            person_id=certificate.holder_id,
            target_id=certificate.id,
            reason=reason,
            invalid_since=invalid_since,
            remark=comment or None,
            created_at=actor.now,
            expires_at=actor.now + installation.current().request_term,
        )
        event = await record(
            deed,
            EventKind.REVOCATION_REQUESTED,
            request,
            {"request": str(request.id), "serial": certificate.serial, "reason": reason.value},
            certificate_id=certificate.id,
        )
        await deed.tell(event, [certificate.user_id])
    return request


async def cancel_request(actor: Actor, request_id: UUID) -> CertificateRequest:
    """Withdraw one's own request. Raises NOT_FOUND, FORBIDDEN (a colleague's), CONFLICT (decided already)."""
    async with unit(actor) as deed:
        request = await access.get(CertificateRequest, actor, request_id, field="requestId", lock=True)
        if request.requested_by_id != actor.user_id:
            raise Refusal(Code.FORBIDDEN)
        if request.status not in UNDECIDED:
            raise Refusal(Code.CONFLICT, "request_decided", field="requestId")
        request.status = RequestStatus.CANCELLED
        request.decided_by_id, request.decided_at = actor.user_id, actor.now
        await request.save(update_fields=["status", "decided_by_id", "decided_at"])
        await record(deed, EventKind.CERTIFICATE_REQUEST_CANCELLED, request, {"request": str(request.id)})
    return request


async def expire(now: datetime) -> int:
    """End the requests that nobody has decided on in time and tell who asked; how many. Called by a job."""
    ended = 0
    while True:
        async with unit(Anonymous(now=now)) as deed:
            batch = await _end_overdue(deed, CertificateRequest.all())
        ended += batch
        if batch < BATCH:
            return ended


async def _end_overdue(deed: Unit, requests: QuerySet[CertificateRequest]) -> int:
    overdue = (
        await requests.filter(status__in=UNDECIDED, expires_at__lte=deed.now)
        .order_by("id")
        .limit(BATCH)
        .select_for_update(no_key=True)
    )
    for request in overdue:
        request.status = RequestStatus.EXPIRED
        await request.save(update_fields=["status"])
        event = await record(deed, EventKind.CERTIFICATE_REQUEST_EXPIRED, request, {"request": str(request.id)})
        await deed.tell(event, {request.user_id, request.requested_by_id})
    return len(overdue)


async def valid_certificate(actor: Actor, certificate_id: UUID | None = None) -> Certificate:
    """The actor's certificate, the newest if none is named, that is valid now. Raises NO_CERTIFICATE."""
    own = Certificate.filter(user_id=actor.user_id)
    certificate = (
        await (own.filter(id=certificate_id) if certificate_id else own)
        .filter(
            status=CertificateStatus.ACTIVE,
            not_before__lte=actor.now,
            not_after__gte=actor.now,
        )
        .order_by("-issued_at")
        .first()
    )
    if certificate is None or installation.current().authority.is_revoked(certificate.issuer_key_id):
        raise Refusal(Code.NO_CERTIFICATE, details={"status": "NONE"})
    return certificate


async def record(
    deed: Unit,
    kind: EventKind,
    request: CertificateRequest,
    changes: dict[str, Any],
    *,
    certificate_id: UUID | None = None,
) -> Event:
    """Append an event about the request's holder."""
    user = await User.get(id=request.user_id)
    return await deed.record_person(
        kind,
        user_id=user.id,
        organization_id=request.organization_id,
        side=SIDES[user.role],
        changes=changes,
        certificate_id=certificate_id,
    )


async def _refuse_second_request(actor: Actor) -> None:
    open_ones = CertificateRequest.filter(user_id=actor.user_id, status__in=UNDECIDED, expires_at__gt=actor.now)
    if await open_ones.exclude(kind=RequestKind.REVOKE).exists():
        raise Refusal(Code.CONFLICT, "request_open")


async def _key_of_ours(actor: Actor, pin: str | None, current_pin: str | None, target: Certificate | None) -> NewKey:
    if pin is None:
        raise invalid("pin", "required")
    pins.acceptable(pin, "pin")
    secret = installation.current().server_secret
    present = await _present_key(actor, current_pin, target)
    sealed = await derive(lambda: holder_key.create_sealed_key(pin, secret))
    opened = await derive(lambda: holder_key.open_sealed_key(sealed, pin, secret))
    person = await Person.get(id=actor.person_id)
    certification_request = opened.certification_request(person.name)
    key = SigningKey(
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
    return NewKey(key, certification_request, present.sign(certification_request) if present else None)


async def _key_elsewhere(
    actor: Actor,
    csr: str | None,
    current_pin: str | None,
    renewal_signature: bytes | None,
    target: Certificate | None,
) -> NewKey:
    if csr is None:
        raise invalid("csr", "required")
    certification_request = _octets(csr)
    try:
        known = installation.current().compromised_keys
        public_key = holder_key.read_certification_request(certification_request, known).public_key
    except holder_key.UnacceptableRequest as error:
        raise invalid("csr", f"key_{error.reason.value.lower()}") from error
    digest = holder_key.spki_digest(public_key)
    if await SigningKey.exists(public_key_digest=digest):
        raise Refusal(Code.CONFLICT, "key_repeated", field="csr")
    if current_pin is not None and renewal_signature is not None:
        raise invalid("renewalSignature", "other_custody")
    present = await _present_key(actor, current_pin, target)
    if present:
        renewal_signature = present.sign(certification_request)
    elif renewal_signature is not None:
        if target is None:
            raise invalid("renewalSignature", "renewal_signature")
        certificate = from_der(bytes(target.der))
        if not holder_key.is_signed_by(certificate, certification_request, renewal_signature):
            raise invalid("renewalSignature", "renewal_signature")
    key = SigningKey(
        user_id=actor.user_id,
        custody=Custody.DEVICE,
        public_key=public_key,
        public_key_digest=digest,
        created_at=actor.now,
    )
    return NewKey(key, certification_request, renewal_signature)


async def _present_key(
    actor: Actor, current_pin: str | None, target: Certificate | None
) -> holder_key.HolderKey | None:
    """The key of the certificate to be renewed, if it is in our custody and the PIN was given."""
    if current_pin is None:
        return None
    if target is None or target.custody is not Custody.SERVER:
        raise invalid("currentPin", "no_present_key")
    return await pins.open_key(actor, target.key_id, current_pin, field="currentPin")


def _octets(csr: str) -> bytes:
    """The DER of a PKCS#10 given as PEM or as base64 of the DER."""
    if len(csr) > LONGEST_REQUEST:
        raise invalid("csr", "key_malformed")
    try:
        octets = csr.encode("ascii")
        if pem.detect(octets):
            return bytes(pem.unarmor(octets)[2])
        return b64decode("".join(csr.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise invalid("csr", "key_malformed") from error
