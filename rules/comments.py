"""Remarks about entries: beside what is signed, never part of it."""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.entries import Comment, Entry, Revision
from models.enums import EventKind
from models.signatures import Signature
from rules import access, texts
from rules.actor import Actor
from rules.refusals import Code, Refusal
from rules.unit import unit


async def comment_entry(actor: Actor, entry_id: UUID, *, text: str, client_id: str | None = None) -> Comment:
    """Say something about an entry to everybody who sees it: its author, its signers and those who spoke before are
    told. Signatures stay as they are.

    `client_id` makes repeating safe; with another text it is refused as CONFLICT. Raises NOT_FOUND, FORBIDDEN (neither
    side's), INVALID.
    """
    if actor.side is None:
        raise Refusal(Code.FORBIDDEN)
    text = texts.text(text, "text", most=4000)
    if client_id is not None:
        client_id = texts.text(client_id, "clientId", most=100)
    async with unit(actor) as deed:
        entry = await access.get(Entry, actor, entry_id, field="entryId", lock=True)
        if actor.organization_id not in (entry.operator_id, entry.subscriber_id):
            raise Refusal(Code.FORBIDDEN, field="entryId")
        if client_id is not None and (
            repeated := await Comment.get_or_none(author_user_id=actor.user_id, client_id=client_id)
        ):
            if (repeated.entry_id, repeated.text) != (entry.id, text):
                raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId")
            return repeated
        current = await Revision.get(id=entry.current_revision_id)
        try:
            comment = await Comment.create(
                entry_id=entry.id,
                object_id=entry.object_id,
                type_id=entry.type_id,
                operator_id=entry.operator_id,
                subscriber_id=entry.subscriber_id,
                author_id=actor.person_id,
                author_user_id=actor.user_id,
                revision_number=current.number,
                text=text,
                client_id=client_id,
                created_at=actor.now,
            )
        except IntegrityError as error:  # the same key came at once for another entry
            raise Refusal(Code.CONFLICT, "client_id_reused", field="clientId") from error
        event = await deed.record_entry(
            EventKind.ENTRY_COMMENTED, entry, revision_id=current.id, changes={"text": text}
        )
        signers = await Signature.filter(entry_id=entry.id).values_list("user_id", flat=True)
        speakers = await Comment.filter(entry_id=entry.id).values_list("author_user_id", flat=True)
        await deed.tell(event, [entry.author_id, *map(_key, signers), *map(_key, speakers)])
    return comment


def _key(value: object) -> UUID:
    return UUID(str(value))
