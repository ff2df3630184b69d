"""Signing and declining: one transaction each, in which the entry is complete or declined at once (laws 6 to 9)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from authority import signing as cms_signing
from authority.certificates import from_der
from authority.holder_key import HolderKey
from authority.serial_numbers import new_serial
from authority.time_stamps import TimeStampAuthority
from authority.verification_report import Indication
from authority.verifier import verify
from models.certificates import Certificate
from models.entries import Entry, Revision, Slot
from models.enums import CertificateStatus, Custody, EntryStatus, EventKind, SignatureLevel, SlotStatus
from models.objects import Assignment
from models.signatures import Signature
from models.users import User
from rules import access, agreements, installation, pins, slots, texts
from rules.actor import Actor
from rules.certificate_status import history
from rules.entries import stale
from rules.refusals import Code, Refusal
from rules.unit import snapshot, unit

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


async def sign_entry(actor: Actor, wanted: Wanted, *, pin: str) -> Signature:
    """Fill one's slot of the entry's current revision with a CAdES-T signature by one's key in the server's custody.

    Raises NOT_FOUND, STALE_REVISION, ALREADY_SIGNED, NOT_YOUR_SLOT, CONFLICT, AGREEMENT_REQUIRED, NO_CERTIFICATE,
    WRONG_PIN, PIN_LOCKED. What is right is looked at before the PIN is asked and again under the entry's lock.
    """
    async with snapshot():
        right = await _right(actor, wanted)
        certificate = await _certificate(actor)
    key = await pins.open_key(actor, certificate.key_id, pin)
    cms, level = _signed(actor, certificate, key, bytes(right.revision.payload))
    async with unit(actor) as deed:
        right = await _right(actor, wanted, lock=True)
        certificate = await _certificate(actor, only=certificate.id)
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
        await _decide(actor, right.slot, SlotStatus.SIGNED)
        made = await deed.record_entry(
            EventKind.SIGNATURE_MADE,
            right.entry,
            revision_id=right.revision.id,
            signature_id=signature.id,
            changes={"revision": right.revision.number, "digest": right.revision.digest, "side": right.slot.side.value},
        )
        await deed.tell(made, [right.revision.author_user_id])
        if not await Slot.exists(revision_id=right.revision.id, status=SlotStatus.OPEN):
            right.entry.status = EntryStatus.SIGNED
            await right.entry.save(update_fields=["status"])
            await deed.record_entry(
                EventKind.ENTRY_COMPLETED, right.entry, revision_id=right.revision.id, signature_id=signature.id
            )
    return signature


async def decline_entry(actor: Actor, wanted: Wanted, *, reason: str) -> Entry:
    """Refuse one's slot: the revision is declined, its other open slots are withdrawn, its author and signers are told.

    Raises as `sign_entry` does, but asks neither for a certificate nor for a PIN.
    """
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        right = await _right(actor, wanted, lock=True)
        await _decide(actor, right.slot, SlotStatus.DECLINED, reason)
        await slots.withdraw_open_slots(right.revision.id)
        right.entry.status = EntryStatus.DECLINED
        await right.entry.save(update_fields=["status"])
        declined = await deed.record_entry(
            EventKind.ENTRY_DECLINED,
            right.entry,
            revision_id=right.revision.id,
            changes={"revision": right.revision.number, "reason": reason, "side": right.slot.side.value},
        )
        signatures = await Signature.filter(revision_id=right.revision.id)
        await deed.tell(declined, [right.revision.author_user_id, *(signature.user_id for signature in signatures)])
    return right.entry


async def _right(actor: Actor, wanted: Wanted, *, lock: bool = False) -> Right:
    """What entitles the actor, read afresh; with `lock` the entry is held until the transaction ends."""
    entry = await access.get(Entry, actor, wanted.entry_id, field="entryId", lock=lock)
    if actor.side is None:
        raise Refusal(Code.FORBIDDEN)
    revision = await Revision.get(id=entry.current_revision_id)
    if revision.number != wanted.expected_revision:
        raise stale(revision, "expectedRevision")
    if not secrets.compare_digest(revision.digest.encode(), wanted.expected_digest.lower().encode()):
        raise stale(revision, "expectedDigest")
    slot, assignment = await slots.slot_to_decide(actor, entry, wanted.slot_id)
    return Right(entry, revision, slot, assignment)


async def _certificate(actor: Actor, *, only: UUID | None = None) -> Certificate:
    """The actor's certificate that counts at this moment, in the server's custody; the newest if there are several.

    Raises AGREEMENT_REQUIRED, or NO_CERTIFICATE with details.status: NONE, SUSPENDED, REVOKED, EXPIRED, NOT_YET_VALID
    (law 9).
    """
    await agreements.require_accepted(actor.user_id)
    found = Certificate.filter(user_id=actor.user_id, custody=Custody.SERVER)
    certificates = await (found.filter(id=only) if only else found).order_by("-issued_at")
    if not certificates:
        raise Refusal(Code.NO_CERTIFICATE, details={"status": "NONE"})
    for certificate in certificates:
        if (
            certificate.status is CertificateStatus.ACTIVE
            and certificate.not_before <= actor.now <= certificate.not_after
        ):
            return certificate
    newest = certificates[0]
    status = newest.status.value
    if newest.status is CertificateStatus.ACTIVE:
        status = "EXPIRED" if newest.not_after < actor.now else "NOT_YET_VALID"
    raise Refusal(Code.NO_CERTIFICATE, details={"status": status})


def _signed(actor: Actor, certificate: Certificate, key: HolderKey, payload: bytes) -> tuple[bytes, SignatureLevel]:
    """The CMS over `payload`, time-stamped, and verified by the code that strangers' questions are answered with."""
    authority = installation.current().authority
    holder = from_der(bytes(certificate.der))
    cms = cms_signing.sign_content(
        payload, key=key, certificate=holder, chain=authority.chain, signing_time=actor.now.replace(microsecond=0)
    )
    stamping = TimeStampAuthority(authority.time_stamping, authority.chain, authority.policy.time_stamping)
    imprint = hashlib.sha256(cms_signing.signature_value(cms)).digest()
    cms = cms_signing.attach_time_stamp(cms, stamping.stamp(imprint, serial=new_serial(), at=actor.now))
    report = verify(
        cms,
        payload,
        roots=[authority.root],
        intermediates=authority.chain[:-1],
        status=lambda serial: history(certificate, actor.now),
        at=actor.now,
    )
    if report.indication is not Indication.TOTAL_PASSED:
        raise RuntimeError(f"a signature just made does not verify: {report.indication} {report.sub_indication}")
    return cms, SignatureLevel.T


async def _decide(actor: Actor, slot: Slot, status: SlotStatus, reason: str | None = None) -> None:
    slot.status = status
    slot.decided_by_id = actor.user_id
    slot.decided_at = actor.now
    slot.declined_reason = reason
    await slot.save(update_fields=["status", "decided_by_id", "decided_at", "declined_reason"])


def new_code() -> str:
    """A verification code: 20 characters that cannot be guessed or misread."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
