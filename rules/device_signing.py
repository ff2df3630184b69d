"""Signing with a key that never reaches us: we say which octets are to be signed, the holder brings the value."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authority import signing as cms_signing
from authority.certificates import from_der
from authority.public_keys import accept_public_key, signing_hash
from authority.verification_report import SubIndication
from models.entries import Revision
from models.enums import Custody
from models.signatures import Signature, SignaturePreparation
from rules import confirmation, installation, stamping
from rules.actor import Actor
from rules.refusals import Code, Refusal, invalid, not_found
from rules.signature_making import Wanted, certificate_to_sign, checked, keep, require_confirmed, right_to_decide
from rules.unit import snapshot, unit

TIME_TO_SIGN = timedelta(minutes=15)
"""The prepared octets claim the moment of their preparation as the time of signing."""
LONGEST_VALUE = 2048
"""Octets; an RSA key of 8192 bits gives 1024."""


@dataclass(frozen=True, slots=True)
class PreparedSignature:
    """What the holder is to be shown and to sign. `payload`: the signed content; `digest`: of it, hexadecimal, by the
    hash that the key signs with; `to_be_signed`: DER SET OF signed attributes (RFC 5652 §5.4). Sign these octets with
    ECDSA (P-256 with SHA-256, P-384 with SHA-384) or RSASSA-PKCS1-v1_5 with SHA-256."""

    preparation_id: UUID
    payload: bytes
    digest: str
    hash_algorithm: str
    to_be_signed: bytes
    expires_at: datetime


async def prepare_signature(actor: Actor, wanted: Wanted, *, certificate_id: UUID) -> PreparedSignature:
    """Prepare one's slot of the entry's current revision for the key of a DEVICE certificate of one's own.

    Raises as `rules.signing.sign_entry`, but asks no PIN: instead CONFIRMATION_REQUIRED. Nothing of the entry is
    changed.
    """
    await confirmation.require(actor)
    async with snapshot():
        right = await right_to_decide(actor, wanted)
        certificate = await certificate_to_sign(actor, Custody.DEVICE, only=certificate_id)
    holder = from_der(bytes(certificate.der))
    payload = bytes(right.revision.payload)
    algorithm = signing_hash(holder.public_key())
    digest = hashlib.new(algorithm.name, payload).digest()
    prepared_at = actor.now.replace(microsecond=0)
    to_be_signed = cms_signing.prepare_attributes(digest, holder, prepared_at)
    async with unit(actor):
        preparation = await SignaturePreparation.create(
            user_id=actor.user_id,
            certificate_id=certificate.id,
            entry_id=right.entry.id,
            revision_id=right.revision.id,
            slot_id=right.slot.id,
            signed_attributes=to_be_signed,
            prepared_at=prepared_at,
            expires_at=prepared_at + TIME_TO_SIGN,
        )
    return PreparedSignature(
        preparation.id, payload, digest.hex(), algorithm.name, to_be_signed, preparation.expires_at
    )


async def submit_signature(actor: Actor, preparation_id: UUID, *, value: bytes) -> Signature:
    """Finish a prepared signature with its `value`: DER Ecdsa-Sig-Value, r and s in a row as WebCrypto gives them, or
    an RSA value. The CMS is put together, verified, time-stamped and kept as if it had been made here.

    Raises NOT_FOUND, CONFLICT (prepared too long ago), INVALID (not a signature of these octets by this key), and what
    `prepare_signature` raises: everything is looked at again.
    """
    preparation = await SignaturePreparation.get_or_none(id=preparation_id, user_id=actor.user_id)
    if preparation is None:
        raise not_found("preparationId")
    if preparation.expires_at <= actor.now:
        raise Refusal(Code.CONFLICT, "preparation_expired", field="preparationId")
    revision = await Revision.get(id=preparation.revision_id)
    wanted = Wanted(preparation.entry_id, revision.number, revision.digest, preparation.slot_id)
    async with snapshot():
        right = await right_to_decide(actor, wanted)
        certificate = await certificate_to_sign(actor, Custody.DEVICE, only=preparation.certificate_id)
    holder = from_der(bytes(certificate.der))
    payload = bytes(right.revision.payload)
    try:
        if len(value) > LONGEST_VALUE:
            raise ValueError("no signature of an accepted key is so long")
        public_key = accept_public_key(holder.public_key())
        signature_value = cms_signing.normalised_signature_value(value, public_key)
    except ValueError as error:
        raise invalid("signature", "signature_value") from error
    chain = installation.current().authority.chain_of(holder)
    cms = cms_signing.assemble(bytes(preparation.signed_attributes), signature_value, holder, chain)
    report = checked(cms, payload, certificate, actor.now)
    if report.sub_indication is SubIndication.SIG_CRYPTO_FAILURE:
        raise invalid("signature", "signature_value")
    require_confirmed(report)
    cms, level = await stamping.stamped(cms, actor.now)
    require_confirmed(checked(cms, payload, certificate, actor.now))
    async with unit(actor) as deed:
        right = await right_to_decide(actor, wanted, lock=True)
        certificate = await certificate_to_sign(actor, Custody.DEVICE, only=certificate.id, lock=True)
        return await keep(deed, actor, right, certificate, cms, level)
