"""Entries for the printer: their rows as texts, stamps and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from models.attachments import RevisionAttachment
from models.entries import Entry, Revision, Slot
from models.enums import EntryStatus, Language, RevisionKind
from models.events import Event
from models.journals import JournalTypeVersion
from models.signatures import Signature
from models.users import Person
from pdf_templates.paper import (
    AnnulmentPaper,
    DeclinePaper,
    EntryPaper,
    FilePaper,
    PersonPaper,
    SlotPaper,
    StampPaper,
)
from rules import installation
from rules.printed_values import file_size, printed_columns, printed_values
from rules.standing import standing_of


@dataclass(frozen=True, slots=True)
class Volume:
    """All rows of a journal that a print needs, by what they hang on; the number of statements behind it is fixed."""

    entries: Sequence[Entry]
    revisions: Mapping[UUID, Sequence[Revision]]
    versions: Mapping[UUID, JournalTypeVersion]
    systems: Mapping[UUID, Mapping[str, Mapping[str, Any]]]
    signatures: Mapping[UUID, Sequence[Signature]]
    open_slots: Mapping[UUID, Sequence[Slot]]
    declines: Mapping[UUID, Sequence[Event]]
    files: Mapping[UUID, Sequence[RevisionAttachment]]


def entry_paper(entry: Entry, volume: Volume, language: Language, time_zone: str) -> EntryPaper:
    """What an entry says, who signed and who refused, and whether it still holds; moments are told in `time_zone`."""
    revisions = {revision.id: revision for revision in volume.revisions[entry.id]}
    record, current = revisions[entry.record_revision_id], revisions[entry.current_revision_id]
    version = volume.versions[record.type_version_id]
    systems = volume.systems.get(record.id, {})
    return EntryPaper(
        number=entry.number,
        revision=record.number,
        revisions=len(revisions),
        status=entry.status.value,
        performed_at=record.performed_at,
        recorded_at=record.recorded_at,
        author=_person(record.author),
        reason=record.reason,
        digest=record.digest,
        columns=printed_columns(version.columns, language),
        values=printed_values(record.values, version.columns, language, time_zone, systems),
        stamps=tuple(_stamp(entry, signature) for signature in volume.signatures.get(entry.id, ())),
        awaiting=tuple(
            SlotPaper(side=slot.side.value, duty=slot.duty.value) for slot in volume.open_slots.get(current.id, ())
        ),
        declines=tuple(_decline(event) for event in volume.declines.get(record.id, ())),
        files=tuple(
            FilePaper(
                name=held.attachment.name,
                size=file_size(held.attachment.size, language),
                digest=held.attachment.digest,
            )
            for held in volume.files.get(record.id, ())
        ),
        backdated=entry.created_at - record.performed_at > timedelta(hours=version.record_within_hours),
        annulment=_annulment(entry, current) if current.kind is RevisionKind.ANNULMENT else None,
    )


def _annulment(entry: Entry, annulment: Revision) -> AnnulmentPaper:
    return AnnulmentPaper(
        revision=annulment.number,
        complete=entry.status is EntryStatus.ANNULLED,
        reason=annulment.reason or "",
        proposed_at=annulment.recorded_at,
        author=_person(annulment.author),
        digest=annulment.digest,
    )


def _person(card: Person) -> PersonPaper:
    return PersonPaper(name=card.name, position=card.position, organization=card.organization)


def _stamp(entry: Entry, signature: Signature) -> StampPaper:
    standing = standing_of(entry, signature.revision_id)
    return StampPaper(
        side=signature.side.value,
        name=signature.signer.name,
        position=signature.signer.position,
        organization=signature.signer.organization,
        certificate_serial=signature.certificate.serial,
        not_before=signature.certificate.not_before,
        not_after=signature.certificate.not_after,
        signed_at=signature.signed_at,
        revision=signature.revision.number,
        code=signature.code,
        verify_url=f"{installation.current().public_url}/verify/{signature.code}",
        level=signature.level.value,
        standing=standing.value,
        annulment=signature.revision.kind is RevisionKind.ANNULMENT,
    )


def _decline(event: Event) -> DeclinePaper:
    """A refusal as its event tells it: who it was then, not who they are now."""
    if event.actor is None:
        raise RuntimeError("a refusal without a person")
    return DeclinePaper(
        side=event.changes["side"],
        name=event.actor.name,
        position=event.actor.position,
        organization=event.actor.organization,
        declined_at=event.occurred_at,
        reason=event.changes["reason"],
    )
