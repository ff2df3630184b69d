"""The issuing ritual (after Boulder's CA): every step numbered, nothing signed that was not stored before, nothing
stored that was not verified."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, Protocol
from uuid import UUID

from authority import holder_key, issuer
from authority.certificates import fingerprint, serial_digits, serial_text, to_der
from authority.keystore import TokenUnavailable
from models.certificates import Certificate, CertificateRequest, IssuanceIntent, SigningKey
from models.enums import CertificateStatus, EventKind, IdentificationMethod, RequestStatus
from models.users import Person, User
from rules import agreements, installation
from rules.actor import Actor
from rules.certificate_requests import record
from rules.refusals import Code, Refusal
from rules.unit import unit

LOG = logging.getLogger(__name__)
KEY_UNAVAILABLE = "KEY_UNAVAILABLE"
BACKDATED = timedelta(minutes=5)
"""A certificate begins a little before it is issued, for clients whose clocks are slow."""


@dataclass(frozen=True, slots=True)
class Identification:
    """How the requester's identity was checked (63-FZ art. 13(1)): the way, the document's kind and number, the day."""

    method: IdentificationMethod
    document: str
    date: date
    note: str | None = None

    def write_on(self, request: CertificateRequest, by: UUID, at: datetime) -> None:
        """Put it down on the request, not yet saved."""
        request.identification_method = self.method
        request.identification_document = self.document
        request.identification_date = self.date
        request.identification_note = self.note
        request.identified_by_id, request.identified_at = by, at


class Undecided(Protocol):
    """Asked thrice in the ritual: the request as it is now, still this actor's to decide on; with `lock` it stays so
    until the transaction ends."""

    async def __call__(self, *, lock: bool = False) -> CertificateRequest: ...


async def issue(
    actor: Actor, undecided: Undecided, identification: Identification | None, certificate_term: timedelta
) -> Certificate:
    """Issue what the request asks for.

    Raises AGREEMENT_REQUIRED while the holder has not accepted the agreement in force; CONFLICT `issue_failed` with
    details.cause if the authority will not issue, which is recorded and leaves the request as it was.
    """
    authority = installation.current().authority
    # (1) Look: the request, its key's proof of possession, the agreement. Nothing is held or written yet.
    request = await undecided()
    await agreements.require_accepted(request.user_id)
    person = await Person.get(id=request.person_id)
    user = await User.get(id=request.user_id)
    # (2) Plan: a certificate signed with a throw-away key is linted; what is planned cannot change any more.
    serial = issuer.new_serial()
    issuing = authority.issuing.certificate
    not_before = max((actor.now - BACKDATED).replace(microsecond=0), issuing.not_valid_before_utc)
    not_after = min((actor.now + certificate_term).replace(microsecond=0), issuing.not_valid_after_utc)
    holder = issuer.Holder(
        common_name=person.name,
        surname=person.surname,
        given_name=person.given_name,
        position=person.position,
        organization=person.organization,
        email=user.email,
    )
    try:
        proof = holder_key.read_certification_request(
            bytes(request.certification_request or b""), installation.current().compromised_keys
        )
        plan = await asyncio.to_thread(
            issuer.prepare,
            authority,
            holder=holder,
            public_key=proof.public_key,
            serial=serial,
            not_before=not_before,
            not_after=not_after,
        )
    except (issuer.CannotIssue, holder_key.UnacceptableRequest) as error:
        await _refuse(actor, request, error)
    # (3) Store the serial and the intent, in a unit of its own: nothing is ever signed unrecorded.
    async with unit(actor):
        await undecided(lock=True)
        await IssuanceIntent.create(
            request_id=request.id,
            serial=serial_digits(serial),
            not_before=not_before,
            not_after=not_after,
            decided_by_id=actor.user_id,
            created_at=actor.now,
        )
    try:
        async with unit(actor) as deed:
            # (4) Under the request's lock, which keeps two deciders from certifying one key twice: sign, and verify
            #     what was signed as a stranger would (the issuer does both).
            request = await undecided(lock=True)
            issued = await asyncio.to_thread(issuer.issue, authority, plan)
            # (5) Store certificate and decision together, and tell.
            request.status = RequestStatus.ISSUED
            request.decided_by_id, request.decided_at = actor.user_id, actor.now
            if identification:
                identification.write_on(request, actor.user_id, actor.now)
            await request.save()
            certificate = await Certificate.create(
                user_id=request.user_id,
                organization_id=request.organization_id,
                holder_id=request.person_id,
                request_id=request.id,
                key_id=request.key_id,
                serial=serial_text(issued),
                status=CertificateStatus.ACTIVE,
                custody=(await SigningKey.get(id=request.key_id)).custody,
                not_before=issued.not_valid_before_utc,
                not_after=issued.not_valid_after_utc,
                fingerprint=fingerprint(issued),
                issuer_key_id=authority.generations[0].key_id,
                der=to_der(issued),
                lint=plan.report.as_json(),
                issued_at=actor.now,
            )
            method = request.identification_method
            event = await record(
                deed,
                EventKind.CERTIFICATE_ISSUED,
                request,
                {"serial": certificate.serial, "method": method.value if method else "RENEWAL_SIGNATURE"},
                certificate_id=certificate.id,
            )
            await deed.tell(event, [request.user_id])
    except issuer.CannotIssue as error:
        await _refuse(actor, request, error)
    except TokenUnavailable as error:
        LOG.exception("the issuing key does not answer")
        await _refuse(actor, request, error)
    return certificate


async def _refuse(
    actor: Actor,
    request: CertificateRequest,
    error: issuer.CannotIssue | holder_key.UnacceptableRequest | TokenUnavailable,
) -> NoReturn:
    """Record that the authority would not issue, and say so; the request stays undecided."""
    details: dict[str, Any] = {"cause": KEY_UNAVAILABLE if isinstance(error, TokenUnavailable) else error.reason.value}
    if isinstance(error, issuer.CannotIssue) and error.report:
        details["findings"] = [finding.code for finding in error.report.findings if finding.refuses]
    async with unit(actor) as deed:
        await record(deed, EventKind.CERTIFICATE_ISSUE_REFUSED, request, details)
    raise Refusal(Code.CONFLICT, "issue_failed", details=details) from error
