"""Entries: recording, revising, signing, declining, and what is worked out of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from models.entries import Entry
from models.signatures import Signature
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import canonical, device_signing, entries, signing, values
from rules.actor import Caller
from rules.identifiers import decode, encode
from rules.signing import Wanted
from rules.values import plain


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared signature, with its opaque id."""

    preparation_id: str
    payload: bytes
    digest: str
    hash_algorithm: str
    to_be_signed: bytes
    expires_at: datetime


async def create_entry(
    info: Info,
    journal_id: strawberry.ID,
    values: Any,
    performed_at: datetime | None,
    client_id: str | None,
) -> Row:
    """Records a work."""
    entry = await entries.create_entry(
        info.context.actor,
        decode(journal_id, "Journal", "journalId"),
        given=plain(values, "values"),
        performed_at=performed_at,
        client_id=client_id,
    )
    return made(Entry, entry.id)


async def revise_entry(
    info: Info,
    entry_id: strawberry.ID,
    expected_revision: int,
    reason: str,
    values: Any,
    performed_at: datetime | None,
) -> Row:
    """Makes a new revision."""
    entry = await entries.revise_entry(
        info.context.actor,
        decode(entry_id, "Entry", "entryId"),
        expected_revision=expected_revision,
        reason=reason,
        given=None if values is None else plain(values, "values"),
        performed_at=performed_at,
    )
    return made(Entry, entry.id)


async def sign_entry(
    info: Info,
    entry_id: strawberry.ID,
    slot_id: strawberry.ID | None,
    expected_revision: int,
    expected_digest: str,
    pin: str,
) -> Row:
    """Signs one's slot of the current revision."""
    wanted = _wanted(entry_id, expected_revision, expected_digest, slot_id)
    signature = await signing.sign_entry(info.context.actor, wanted, pin=pin)
    return made(Signature, signature.id)


async def prepare_signature(
    info: Info,
    entry_id: strawberry.ID,
    slot_id: strawberry.ID | None,
    expected_revision: int,
    expected_digest: str,
    certificate_id: strawberry.ID,
) -> Prepared:
    """What a DEVICE key is to sign."""
    prepared = await device_signing.prepare_signature(
        info.context.actor,
        _wanted(entry_id, expected_revision, expected_digest, slot_id),
        certificate_id=decode(certificate_id, "Certificate", "certificateId"),
    )
    return Prepared(
        preparation_id=encode("SignaturePreparation", prepared.preparation_id),
        payload=prepared.payload,
        digest=prepared.digest,
        hash_algorithm=prepared.hash_algorithm,
        to_be_signed=prepared.to_be_signed,
        expires_at=prepared.expires_at,
    )


async def submit_signature(info: Info, preparation_id: strawberry.ID, signature: bytes) -> Row:
    """Finishes a prepared signature."""
    made_signature = await device_signing.submit_signature(
        info.context.actor, decode(preparation_id, "SignaturePreparation", "preparationId"), value=signature
    )
    return made(Signature, made_signature.id)


async def decline_entry(
    info: Info,
    entry_id: strawberry.ID,
    slot_id: strawberry.ID | None,
    expected_revision: int,
    expected_digest: str,
    reason: str,
) -> Row:
    """Refuses to sign."""
    wanted = _wanted(entry_id, expected_revision, expected_digest, slot_id)
    entry = await signing.decline_entry(info.context.actor, wanted, reason=reason)
    return made(Entry, entry.id)


def _wanted(entry_id: str, revision: int, digest: str, slot_id: str | None) -> Wanted:
    return Wanted(
        entry_id=decode(entry_id, "Entry", "entryId"),
        expected_revision=revision,
        expected_digest=digest,
        slot_id=None if slot_id is None else decode(slot_id, "Slot", "slotId"),
    )


@dataclass(frozen=True, slots=True)
class Change:
    """What one field was and is."""

    field: str
    before: Any
    after: Any


def changes(said: tuple[dict[str, Any], dict[str, Any] | None], caller: Caller) -> list[Change]:
    """Field by field against the revision before; nothing for the first."""
    now, former = said
    if former is None:
        return []
    found = [
        Change(f"values.{key}", change["before"], change["after"])
        for key, change in values.changes(former["values"], now["values"]).items()
    ]
    if former["performedAt"] != now["performedAt"]:
        moments = (canonical.moment(datetime.fromisoformat(each["performedAt"])) for each in (former, now))
        found.append(Change("performedAt", *moments))
    return found
