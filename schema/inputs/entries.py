"""What mutations about entries and signatures take."""

from __future__ import annotations

from datetime import datetime

import strawberry

from schema.scalars import JSON, Base64


@strawberry.input
class CreateEntryInput:
    journal_id: strawberry.ID
    values: JSON = strawberry.field(description="By column key, as the type's version asks.")
    performed_at: datetime | None = strawberry.field(default=None, description="Now if left out.")
    attachment_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Of files received by POST /files, in the order they shall have."
    )
    client_id: str | None = strawberry.field(
        default=None, description="The client's own key of this request; repeating it is safe."
    )


@strawberry.input
class ReviseEntryInput:
    entry_id: strawberry.ID
    expected_revision: int
    reason: str
    values: JSON | None = strawberry.field(default=None, description="What is left out stays as it was.")
    performed_at: datetime | None = None
    attachment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="All that it shall hold; left out, they stay as they were."
    )


@strawberry.input
class AnnulEntryInput:
    entry_id: strawberry.ID
    expected_revision: int
    expected_digest: str
    reason: str


@strawberry.input
class CommentEntryInput:
    entry_id: strawberry.ID
    text: str
    client_id: str | None = strawberry.field(
        default=None, description="The client's own key of this request; repeating it is safe."
    )


@strawberry.input
class SaveDraftInput:
    draft_id: strawberry.ID | None = strawberry.field(
        default=None, description="Changes it; otherwise a new one is kept."
    )
    journal_id: strawberry.ID | None = strawberry.field(default=None, description="For a new one.")
    values: JSON = strawberry.field(description="As far as they are known; all that the draft shall hold.")
    performed_at: datetime | None = None
    attachment_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    client_id: str | None = strawberry.field(
        default=None, description="The client's own key of a new one; repeating it is safe."
    )


@strawberry.input
class CopyEntryInput:
    entry_id: strawberry.ID


@strawberry.input
class SignEntriesItem:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = None
    expected_revision: int
    expected_digest: str


@strawberry.input
class SignEntriesInput:
    items: list[SignEntriesItem] = strawberry.field(description="At most 200.")
    pin: str


@strawberry.input
class SignEntryInput:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = strawberry.field(default=None, description="The first in turn if left out.")
    expected_revision: int
    expected_digest: str
    pin: str


@strawberry.input
class DeclineEntryInput:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = None
    expected_revision: int
    expected_digest: str
    reason: str


@strawberry.input
class PrepareSignatureInput:
    entry_id: strawberry.ID
    slot_id: strawberry.ID | None = strawberry.field(default=None, description="The first in turn if left out.")
    expected_revision: int
    expected_digest: str
    certificate_id: strawberry.ID


@strawberry.input
class SubmitSignatureInput:
    preparation_id: strawberry.ID
    signature: Base64 = strawberry.field(
        description="The value over `toBeSigned`: DER, or r and s in a row as WebCrypto gives them; RSA as it is."
    )
