"""Entries: recording, revising, signing, declining, and what is worked out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import strawberry

from models.entries import Comment, Draft, Entry
from models.enums import Language, SigningObstacle
from models.signatures import Signature
from resolvers.context import Info
from resolvers.graph import Row, made
from rules import annulments, canonical, comments, device_signing, drafts, entries, signing, values
from rules.actor import Caller
from rules.entries import Work
from rules.identifiers import decode, encode
from rules.obstacle_words import OBSTACLES
from rules.refusals import Code, Refusal
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


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal that stands among answers."""

    code: Code
    message: str
    field: str | None
    details: dict[str, Any] | None

    @classmethod
    def of(cls, refusal: Refusal, at: str, language: Language) -> Refused:
        """The refusal of the part `at` of the arguments."""
        field = refusal.field and at + refusal.field
        return cls(refusal.code, refusal.message(language), field, refusal.details or None)


@dataclass(frozen=True, slots=True)
class CannotSign:
    """What keeps somebody from signing, in words."""

    obstacle: SigningObstacle
    message: str


def cannot_sign(obstacle: str | None, caller: Caller) -> CannotSign | None:
    """What keeps the caller from signing an entry."""
    if obstacle is None:
        return None
    return CannotSign(SigningObstacle(obstacle), OBSTACLES[SigningObstacle(obstacle)][caller.language])


async def create_entry(
    info: Info,
    journal_id: strawberry.ID,
    values: Any,
    performed_at: datetime | None,
    attachment_ids: list[strawberry.ID],
    client_id: str | None,
) -> Row:
    """Records a work."""
    entry = await entries.create_entry(
        info.context.actor,
        decode(journal_id, "Journal", "journalId"),
        _work(values, performed_at, attachment_ids),
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
    attachment_ids: list[strawberry.ID] | None,
) -> Row:
    """Makes a new revision."""
    entry = await entries.revise_entry(
        info.context.actor,
        decode(entry_id, "Entry", "entryId"),
        expected_revision=expected_revision,
        reason=reason,
        given=None if values is None else plain(values, "values"),
        performed_at=performed_at,
        attachment_ids=None if attachment_ids is None else _attachments(attachment_ids),
    )
    return made(Entry, entry.id)


async def annul_entry(
    info: Info, entry_id: strawberry.ID, expected_revision: int, expected_digest: str, reason: str
) -> Row:
    """Proposes that an entry does not hold."""
    entry = await annulments.annul_entry(
        info.context.actor,
        decode(entry_id, "Entry", "entryId"),
        expected_revision=expected_revision,
        expected_digest=expected_digest,
        reason=reason,
    )
    return made(Entry, entry.id)


async def comment_entry(info: Info, entry_id: strawberry.ID, text: str, client_id: str | None) -> Row:
    """Says something about an entry."""
    comment = await comments.comment_entry(
        info.context.actor, decode(entry_id, "Entry", "entryId"), text=text, client_id=client_id
    )
    return made(Comment, comment.id)


async def save_draft(
    info: Info,
    draft_id: strawberry.ID | None,
    journal_id: strawberry.ID | None,
    values: Any,
    performed_at: datetime | None,
    attachment_ids: list[strawberry.ID],
    client_id: str | None,
) -> Row:
    """Keeps an unfinished entry."""
    draft = await drafts.save_draft(
        info.context.actor,
        _work(values, performed_at, attachment_ids),
        draft_id=None if draft_id is None else decode(draft_id, "Draft", "draftId"),
        journal_id=None if journal_id is None else decode(journal_id, "Journal", "journalId"),
        client_id=client_id,
    )
    return made(Draft, draft.id)


async def submit_draft(info: Info, id: strawberry.ID) -> Row:
    """Makes an entry of a draft."""
    entry = await drafts.submit_draft(info.context.actor, decode(id, "Draft", "id"))
    return made(Entry, entry.id)


async def discard_draft(info: Info, id: strawberry.ID) -> bool:
    """Throws a draft away; whether there was one."""
    return await drafts.discard_draft(info.context.actor, decode(id, "Draft", "id"))


async def copy_entry(info: Info, entry_id: strawberry.ID) -> Row:
    """Makes a draft of what an earlier entry says."""
    draft = await drafts.copy_entry(info.context.actor, decode(entry_id, "Entry", "entryId"))
    return made(Draft, draft.id)


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


class GivenItem(Protocol):
    """One of the entries to be signed together."""

    entry_id: strawberry.ID
    slot_id: strawberry.ID | None
    expected_revision: int
    expected_digest: str


async def sign_entries(info: Info, items: Sequence[GivenItem], pin: str) -> list[Row | Refused]:
    """Signs a package, each entry by itself."""
    answers = await signing.sign_entries(
        info.context.actor,
        [
            _wanted(item.entry_id, item.expected_revision, item.expected_digest, item.slot_id, f"items.{place}.")
            for place, item in enumerate(items)
        ],
        pin=pin,
    )
    return [
        Refused.of(answer, f"items.{place}.", info.context.caller.language)
        if isinstance(answer, Refusal)
        else made(Signature, answer.id)
        for place, answer in enumerate(answers)
    ]


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


def _wanted(entry_id: str, revision: int, digest: str, slot_id: str | None, at: str = "") -> Wanted:
    return Wanted(
        entry_id=decode(entry_id, "Entry", f"{at}entryId"),
        expected_revision=revision,
        expected_digest=digest,
        slot_id=None if slot_id is None else decode(slot_id, "Slot", f"{at}slotId"),
    )


def _work(values: Any, performed_at: datetime | None, attachment_ids: Sequence[str]) -> Work:
    return Work(given=plain(values, "values"), performed_at=performed_at, attachment_ids=_attachments(attachment_ids))


def _attachments(ids: Sequence[str]) -> list[UUID]:
    return [decode(id, "Attachment", "attachmentIds") for id in ids]


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
    if former["attachments"] != now["attachments"]:
        found.append(Change("attachments", former["attachments"], now["attachments"]))
    if former["performedAt"] != now["performedAt"]:
        moments = (canonical.moment(datetime.fromisoformat(each["performedAt"])) for each in (former, now))
        found.append(Change("performedAt", *moments))
    return found
