"""Signing with a key in the server's custody, and declining: one transaction each, in which the entry is complete or
declined at once. A key elsewhere signs in two steps: `rules.device_signing`."""

from __future__ import annotations

from collections.abc import Sequence

from authority.certificates import from_der
from authority.holder_key import HolderKey
from authority.signing import sign_content
from models.certificates import Certificate
from models.entries import Entry, Revision
from models.enums import Custody, EntryStatus, EventKind, RevisionKind, SlotStatus
from models.signatures import Signature
from rules import annulments, installation, pins, slots, stamping, texts
from rules.actor import Actor
from rules.refusals import Code, Refusal, invalid
from rules.signature_making import (
    Wanted,
    certificate_to_sign,
    checked,
    decide,
    keep,
    require_confirmed,
    right_to_decide,
)
from rules.unit import snapshot, unit

__all__ = ["Wanted", "decline_entry", "sign_entries", "sign_entry"]

MOST_AT_ONCE = 200


async def sign_entry(actor: Actor, wanted: Wanted, *, pin: str) -> Signature:
    """Fill one's slot of the entry's current revision with a CAdES signature by one's key in the server's custody.

    Raises NOT_FOUND, STALE_REVISION, ALREADY_SIGNED, NOT_YOUR_SLOT, CONFLICT, AGREEMENT_REQUIRED, NO_CERTIFICATE,
    WRONG_PIN, PIN_LOCKED. What is right is looked at before the PIN is asked and again under the entry's lock.
    """
    async with snapshot():
        right = await right_to_decide(actor, wanted)
        certificate = await certificate_to_sign(actor, Custody.SERVER)
    key = await pins.open_key(actor, certificate.key_id, pin)
    return await _sign(actor, wanted, right.revision, certificate, key)


async def sign_entries(actor: Actor, wanted: Sequence[Wanted], *, pin: str) -> list[Signature | Refusal]:
    """One act of will over a package (63-FZ art. 6(4)): each entry is signed by itself, in a transaction of its own,
    with the answer that `sign_entry` would give. The PIN is asked once.

    Raises INVALID for none and for more than `MOST_AT_ONCE`, AGREEMENT_REQUIRED, NO_CERTIFICATE, WRONG_PIN, PIN_LOCKED:
    then nothing is signed.
    """
    if not 1 <= len(wanted) <= MOST_AT_ONCE:
        raise invalid("items", "package_size", most=MOST_AT_ONCE)
    if actor.side is None:
        raise Refusal(Code.FORBIDDEN)
    async with snapshot():
        certificate = await certificate_to_sign(actor, Custody.SERVER)
    key = await pins.open_key(actor, certificate.key_id, pin)
    return [await _one_of(actor, each, certificate, key) for each in wanted]


async def _one_of(actor: Actor, wanted: Wanted, certificate: Certificate, key: HolderKey) -> Signature | Refusal:
    try:
        async with snapshot():
            right = await right_to_decide(actor, wanted)
        return await _sign(actor, wanted, right.revision, certificate, key)
    except Refusal as refusal:
        return refusal


async def _sign(
    actor: Actor, wanted: Wanted, revision: Revision, certificate: Certificate, key: HolderKey
) -> Signature:
    """Sign with the opened key and keep the signature, if the right to it is still there."""
    payload = bytes(revision.payload)
    holder = from_der(bytes(certificate.der))
    cms = sign_content(
        payload,
        key=key,
        certificate=holder,
        chain=installation.current().authority.chain_of(holder),
        signing_time=actor.now,
    )
    cms, level = await stamping.stamped(cms, actor.now)
    require_confirmed(checked(cms, payload, certificate, actor.now))
    async with unit(actor) as deed:
        right = await right_to_decide(actor, wanted, lock=True)
        certificate = await certificate_to_sign(actor, Custody.SERVER, only=certificate.id, lock=True)
        return await keep(deed, actor, right, certificate, cms, level)


async def decline_entry(actor: Actor, wanted: Wanted, *, reason: str) -> Entry:
    """Refuse one's slot: the revision is declined, its other open slots are withdrawn, its author and signers are told.
    A declined annulment leaves the record as it was (law 2).

    Raises as `sign_entry` does, but asks neither for a certificate nor for a PIN.
    """
    reason = texts.text(reason, "reason", most=1000)
    async with unit(actor) as deed:
        right = await right_to_decide(actor, wanted, lock=True)
        await decide(actor, right.slot, SlotStatus.DECLINED, reason)
        await slots.withdraw_open_slots(right.revision.id)
        kind = EventKind.ENTRY_DECLINED
        if right.revision.kind is RevisionKind.ANNULMENT:
            kind = EventKind.ANNULMENT_DECLINED
            await annulments.take_back(right.entry)
        else:
            right.entry.status = EntryStatus.DECLINED
            await right.entry.save(update_fields=["status"])
        declined = await deed.record_entry(
            kind,
            right.entry,
            revision_id=right.revision.id,
            changes={"revision": right.revision.number, "reason": reason, "side": right.slot.side.value},
        )
        signatures = await Signature.filter(revision_id=right.revision.id)
        concerned = [right.revision.author_user_id, right.entry.author_id]
        await deed.tell(declined, [*concerned, *(signature.user_id for signature in signatures)])
    return right.entry
