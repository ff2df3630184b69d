"""What is signed: the RFC 8785 bytes of one revision, built in one place and never rebuilt from rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785

from models.enums import RevisionKind
from models.journals import Journal, JournalType, JournalTypeVersion
from models.objects import ServiceObject
from models.organizations import Contract, Organization
from models.users import Person

REVISION_SCHEMA = "electronic-journals/revision/2"
"""The second names units, choices, systems and attachments; revisions made before keep the bytes of the first."""
NAMED = ("key", "label", "unit", "choices")
"""What of a column tells a reader of the bytes alone what a value means."""
CLOSING_SCHEMA = "electronic-journals/closing-record/1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: everything above it that the signed bytes name."""

    object: ServiceObject
    contract: Contract
    operator: Organization
    subscriber: Organization
    journal: Journal
    type: JournalType
    version: JournalTypeVersion


@dataclass(frozen=True, slots=True)
class Content:
    """What one revision says. `slots` is the signature policy in force, as the version of the type states it;
    `systems` and `attachments` are described as the signed bytes name them."""

    number: int
    kind: RevisionKind
    values: dict[str, Any]
    author: Person
    performed_at: datetime
    recorded_at: datetime
    reason: str | None
    previous_digest: str | None
    slots: Sequence[dict[str, Any]]
    systems: Sequence[dict[str, Any]] = ()
    attachments: Sequence[dict[str, Any]] = ()


def moment(value: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond the database keeps."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def card(person: Person) -> dict[str, Any]:
    """A person as the signed bytes name them."""
    return {
        "name": person.name,
        "organization": person.organization,
        "position": person.position,
        "side": person.side.value if person.side else None,
    }


def revision_payload(place: Place, entry_id: UUID, entry_number: int, content: Content) -> bytes:
    """The exact bytes of a revision that its signatures cover (legal.md §3)."""
    return rfc8785.dumps(
        {
            "schema": REVISION_SCHEMA,
            "object": {
                "id": str(place.object.id),
                "name": place.object.name,
                "address": place.object.address,
                "timeZone": place.object.time_zone,
            },
            "contract": {"id": str(place.contract.id), "number": place.contract.number},
            "operator": {"id": str(place.operator.id), "name": place.operator.name},
            "subscriber": {"id": str(place.subscriber.id), "name": place.subscriber.name},
            "journal": {
                "id": str(place.journal.id),
                "volume": place.journal.volume,
                "type": {
                    "code": place.type.code,
                    "version": place.version.number,
                    "name": {"ru": place.version.name_ru, "en": place.version.name_en},
                },
            },
            "entry": {"id": str(entry_id), "number": entry_number},
            "revision": {
                "number": content.number,
                "kind": content.kind.value,
                "previousDigest": content.previous_digest,
                "reason": content.reason,
            },
            "columns": [{name: column[name] for name in NAMED if name in column} for column in place.version.columns],
            "values": content.values,
            "systems": list(content.systems),
            "attachments": list(content.attachments),
            "author": card(content.author),
            "performedAt": moment(content.performed_at),
            "recordedAt": moment(content.recorded_at),
            "signaturePolicy": list(content.slots),
        }
    )


def closing_payload(
    journal: Journal, entries: Sequence[tuple[int, str, str]], person: Person | None, closed_at: datetime
) -> bytes:
    """The bytes of a volume's closing record. `entries` are (number, status, digest of the current revision); `person`
    is None if the volume was full or its period over."""
    return rfc8785.dumps(
        {
            "schema": CLOSING_SCHEMA,
            "journal": {"id": str(journal.id), "volume": journal.volume, "previousDigest": journal.previous_digest},
            "entryCount": len(entries),
            "entries": [{"number": number, "status": status, "digest": digest} for number, status, digest in entries],
            "closedBy": card(person) if person else None,
            "closedAt": moment(closed_at),
        }
    )


def digest(payload: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(payload).hexdigest()
