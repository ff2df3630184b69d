"""What every signature goes through, wherever its key lies: the right to it is looked at twice, the finished CMS is
verified before it is kept, and it is kept together with what it completes (laws 6 to 9)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise import connections

from authority.verification_report import Indication, VerificationReport
from authority.verifier import verify
from models.certificates import Certificate
from models.entries import Entry, Revision, Slot
from models.enums import CertificateStatus, Custody, EntryStatus, EventKind, RevisionKind, SignatureLevel, SlotStatus
from models.objects import Assignment
from models.signatures import Signature
from models.users import User
from rules import access, agreements, annulments, installation, slots
from rules.actor import Actor
from rules.certificate_status import registry_of
from rules.refusals import Code, Refusal
from rules.revisions import stale
from rules.unit import Unit

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letters that are taken for digits when read from paper."""
CODE_LENGTH = 20
"""100 random bits: a code cannot be guessed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the signer has seen and means to decide on."""

    entry_id: UUID
    expected_revision: int
    expected_digest: str
    slot_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """Why the actor may decide: the entry's current revision, the slot, the assignment behind it."""

    entry: Entry
    revision: Revision
    slot: Slot
    assignment: Assignment


async def right_to_decide(actor: Actor, wanted: Wanted, *, lock: bool = False) -> Right:
    """What entitles the actor, read afresh; with `lock` the entry and the duty are held until the transaction
    ends.

    Raises NOT_FOUND, FORBIDDEN, STALE_REVISION, ALREADY_SIGNED, NOT_YOUR_SLOT, CONFLICT.
    """
    entry = await access.get(Entry, actor, wanted.entry_id, field="entryId", lock=lock)
    if actor.side is None:
        raise Refusal(Code.FORBIDDEN)
    revision = await Revision.get(id=entry.current_revision_id)
    if revision.number != wanted.expected_revision:
        raise stale(revision, "expectedRevision")
    if not secrets.compare_digest(revision.digest.encode(), wanted.expected_digest.lower().encode()):
        raise stale(revision, "expectedDigest")
    at_duty = await slots.hold_assignments(actor, entry.object_id) if lock else actor
    slot, assignment = await slots.slot_to_decide(at_duty, entry, wanted.slot_id)
    return Right(entry, revision, slot, assignment)


async def certificate_to_sign(
    actor: Actor, custody: Custody, *, only: UUID | None = None, lock: bool = False
) -> Certificate:
    """The actor's certificate that counts at this moment, with its key in `custody`; the newest if there are several.
    With `lock` nobody can suspend or revoke it until the transaction ends.

    Raises AGREEMENT_REQUIRED, or NO_CERTIFICATE with details.status: NONE, SUSPENDED, REVOKED, EXPIRED, NOT_YET_VALID
    (law 9).
    """
    await agreements.require_accepted(actor.user_id)
    if lock and only:
        await connections.get("default").execute_query("select 1 from certificates where id = $1 for share", [only])
    found = Certificate.filter(user_id=actor.user_id, custody=custody)
    certificates = await (found.filter(id=only) if only else found).order_by("-issued_at")
    if not certificates:
        raise Refusal(Code.NO_CERTIFICATE, details={"status": "NONE"})
    authority = installation.current().authority
    for certificate in certificates:
        if (
            certificate.status is CertificateStatus.ACTIVE
            and certificate.not_before <= actor.now <= certificate.not_after
            and not authority.is_revoked(certificate.issuer_key_id)
        ):
            return certificate
    newest = certificates[0]
    status = newest.status.value
    if authority.is_revoked(newest.issuer_key_id):
        status = CertificateStatus.REVOKED.value
    elif newest.status is CertificateStatus.ACTIVE:
        status = "EXPIRED" if newest.not_after < actor.now else "NOT_YET_VALID"
    raise Refusal(Code.NO_CERTIFICATE, details={"status": status})


def checked(cms: bytes, payload: bytes, certificate: Certificate, at: datetime) -> VerificationReport:
    """What the code that strangers' questions are answered with says of a signature just made."""
    return verify(cms, payload, status=registry_of(certificate, at), **vars(installation.current().grounds(at)))


def require_confirmed(report: VerificationReport) -> None:
    """What does not verify is never kept. Raises RuntimeError."""
    if report.indication is not Indication.TOTAL_PASSED:
        raise RuntimeError(f"a signature just made does not verify: {report.indication} {report.sub_indication}")


async def keep(
    deed: Unit,
    actor: Actor,
    right: Right,
    certificate: Certificate,
    cms: bytes,
    level: SignatureLevel,
) -> Signature:
    """Store the verified signature, fill its slot, complete the entry if it was the last (law 8): a part of `deed`,
    under the entry's lock. What the signer claims as the time stands in the CMS; the row has when it was kept."""
    user = await User.get(id=actor.user_id)
    signature = await Signature.create(
        code=new_code(),
        slot_id=right.slot.id,
        revision_id=right.revision.id,
        entry_id=right.entry.id,
        object_id=right.entry.object_id,
        type_id=right.entry.type_id,
        operator_id=right.entry.operator_id,
        subscriber_id=right.entry.subscriber_id,
        certificate_id=certificate.id,
        user_id=user.id,
        signer_id=user.person_id,
        side=right.slot.side,
        basis=right.assignment.basis,
        level=level,
        signed_at=actor.now,
        cms=cms,
    )
    await decide(actor, right.slot, SlotStatus.SIGNED)
    made = await deed.record_entry(
        EventKind.SIGNATURE_MADE,
        right.entry,
        revision_id=right.revision.id,
        signature_id=signature.id,
        changes={"revision": right.revision.number, "digest": right.revision.digest, "side": right.slot.side.value},
    )
    await deed.tell(made, [right.revision.author_user_id])
    if not await Slot.exists(revision_id=right.revision.id, status=SlotStatus.OPEN):
        await _complete(deed, right, signature)
    return signature


async def _complete(deed: Unit, right: Right, signature: Signature) -> None:
    if right.revision.kind is RevisionKind.ANNULMENT:
        await annulments.complete(deed, right.entry, right.revision, signature)
        return
    right.entry.status = EntryStatus.SIGNED
    await right.entry.save(update_fields=["status"])
    await deed.record_entry(
        EventKind.ENTRY_COMPLETED, right.entry, revision_id=right.revision.id, signature_id=signature.id
    )


async def decide(actor: Actor, slot: Slot, status: SlotStatus, reason: str | None = None) -> None:
    """Put the actor's decision on a slot down."""
    slot.status = status
    slot.decided_by_id = actor.user_id
    slot.decided_at = actor.now
    slot.declined_reason = reason
    await slot.save(update_fields=["status", "decided_by_id", "decided_at", "declined_reason"])


def new_code() -> str:
    """A verification code: 20 characters that cannot be guessed or misread."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
