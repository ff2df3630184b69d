"""The values and conditions that declarations leave to the database or to Python, in plain Python over fetched rows:
what the compiled expressions are held to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from ordinary_reading import Row, View

from models.attachments import Attachment, RevisionAttachment
from models.certificates import Agreement, AgreementAcceptance, Certificate
from models.entries import Entry, Revision, Slot
from models.enums import (
    Acceptance,
    AccountLinkKind,
    CertificateStatus,
    Duty,
    EntryStatus,
    JournalStatus,
    Role,
    ServiceScope,
    SignatureLevel,
    SigningObstacle,
    SlotStatus,
)
from models.identity import AccountLink, Passkey
from models.journals import Journal, JournalTypeVersion
from models.objects import Assignment, AssignmentType, System
from models.service_accounts import ServiceToken
from models.signatures import Signature, SignatureTimeStamp
from models.users import Session
from resolvers import objects
from rules import (
    agreements,
    canonical,
    entry_expressions,
    events,
    identifiers,
    identity,
    object_expressions,
    object_search,
    published_certificates,
    service_accounts,
    slots,
    values,
)
from rules.account_status import UserStatus
from rules.actor import Actor
from rules.certificate_status import standing_at
from rules.events import Cursor
from rules.obstacle_words import OBSTACLES
from rules.standing import standing_of


def assigned(view: View, object_id: Any, type_id: Any, *, duties: set[Duty]) -> bool:
    """Whether the caller is assigned now, with one of the duties, for the type."""
    caller = view.caller
    if not isinstance(caller, Actor):
        return False
    for assignment in view.snapshot.children(Assignment, "object_id", object_id):
        ended = assignment.valid_to is not None and assignment.valid_to <= caller.now
        if assignment.user_id != caller.user_id or assignment.duty not in duties or ended:
            continue
        of_types = view.snapshot.children(AssignmentType, "assignment_id", assignment.id)
        if assignment.valid_from <= caller.now and (
            assignment.all_types or type_id is None or type_id in {each.type_id for each in of_types}
        ):
            return True
    return False


def rightful(view: View, slot: Row) -> bool:
    """The slot is open, it is the caller's side's, their duty fits."""
    caller = view.caller
    if not isinstance(caller, Actor) or slot.side is not caller.side or slot.status is not SlotStatus.OPEN:
        return False
    duties = {Duty.RESPONSIBLE} if slot.duty is Duty.RESPONSIBLE else {Duty.RESPONSIBLE, Duty.PARTICIPANT}
    return assigned(view, slot.object_id, slot.type_id, duties=duties)


def fillable(view: View, slot: Row) -> bool:
    """Law 7: the slot is open, its turn has come, it is the caller's side's, their duty fits, they have not signed."""
    caller = view.caller
    if not isinstance(caller, Actor) or not rightful(view, slot):
        return False
    siblings = view.snapshot.children(Slot, "revision_id", slot.revision_id)
    if any(other.status is SlotStatus.OPEN and other.order < slot.order for other in siblings):
        return False
    signatures = view.snapshot.children(Signature, "revision_id", slot.revision_id)
    return all(signature.user_id != caller.user_id for signature in signatures)


def waiting(view: View, entry: Row) -> bool:
    """A slot of the current revision may be filled."""
    return any(fillable(view, slot) for slot in view.snapshot.children(Slot, "revision_id", entry.current_revision_id))


def obstacle(view: View, entry: Row) -> SigningObstacle | None:
    """Laws 7 and 9: the first thing in the way of a signature."""
    caller = view.caller
    if not isinstance(caller, Actor) or caller.side is None:
        return SigningObstacle.NOT_YOUR_SLOT
    if entry.status is not EntryStatus.AWAITING_SIGNATURES:
        return SigningObstacle.NOTHING_TO_SIGN
    signatures = view.snapshot.children(Signature, "revision_id", entry.current_revision_id)
    if any(signature.user_id == caller.user_id for signature in signatures):
        return SigningObstacle.ALREADY_SIGNED
    slots_of_revision = view.snapshot.children(Slot, "revision_id", entry.current_revision_id)
    if not any(rightful(view, slot) for slot in slots_of_revision):
        return SigningObstacle.NOT_YOUR_SLOT
    if not waiting(view, entry):
        return SigningObstacle.NOT_YOUR_TURN
    latest = max(view.snapshot.all(Agreement), key=lambda each: each.version)
    if not accepted(view, latest):
        return SigningObstacle.AGREEMENT_REQUIRED
    certificates = view.snapshot.children(Certificate, "user_id", caller.user_id)
    if not any(
        each.status is CertificateStatus.ACTIVE and each.not_before <= caller.now <= each.not_after
        for each in certificates
    ):
        return SigningObstacle.NO_CERTIFICATE
    return None


def cannot_sign(view: View, entry: Row) -> Any:
    """The same in words."""
    found = obstacle(view, entry)
    if found is None:
        return None
    return SimpleNamespace(obstacle=found, message=OBSTACLES[found][view.caller.language])


def can_annul(view: View, entry: Row) -> bool:
    """Law 2: the operator's admin any, an employee on duty their own, in an archived volume too."""
    caller = view.caller
    if not isinstance(caller, Actor) or caller.role not in (Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE):
        return False
    theirs = caller.role is Role.OPERATOR_ADMIN or (
        entry.author_id == caller.user_id and assigned(view, entry.object_id, entry.type_id, duties=set(Duty))
    )
    live = entry.status is not EntryStatus.ANNULLED and entry.current_revision_id == entry.record_revision_id
    return theirs and live and entry.operator_id == caller.organization_id and view.may(entry)


def can_revise(view: View, entry: Row) -> bool:
    """Law 4: the same, while the volume is open."""
    return can_annul(view, entry) and view.snapshot.rows[Journal][entry.journal_id].status is JournalStatus.ACTIVE


def backdated(view: View, revision: Row) -> bool:
    """Recorded later than the journal type allows."""
    entry = view.snapshot.rows[Entry][revision.entry_id]
    version = view.snapshot.rows[JournalTypeVersion][revision.type_version_id]
    allowed = timedelta(hours=version.record_within_hours)
    return bool(entry.created_at - revision.performed_at > allowed)


def record(view: View, entry: Row) -> Any:
    """What the entry says."""
    return view.snapshot.rows[Revision][entry.record_revision_id]


def said(view: View, entry: Row, text: str) -> bool:
    """The words begin words of the entry's values. The oracle knows no inflection: ask it for none."""
    return _begun(" ".join(map(str, record(view, entry).values.values())), text)


def _begun(said: str, text: str) -> bool:
    """Whether every word of `text` begins a word of what is said."""
    words = re.findall(r"\w+", said.lower().replace("ё", "е").replace("_", " "))
    return all(any(each.startswith(word) for each in words) for word in text.lower().replace("ё", "е").split())


def files(view: View, revision: Row) -> list[str]:
    """The names of what the revision holds."""
    held = view.snapshot.children(RevisionAttachment, "revision_id", revision.id)
    attachments = view.snapshot.rows[Attachment]
    return [attachments[each.attachment_id].name for each in sorted(held, key=lambda each: each.position)]


def standing(view: View, signature: Row) -> Any:
    """The business axis."""
    entry = view.snapshot.rows[Entry][signature.entry_id]
    return standing_of(entry, signature.revision_id)


def time_stamp(view: View, signature: Row) -> Any:
    """The token that came later, if one did."""
    return next(iter(view.snapshot.children(SignatureTimeStamp, "signature_id", signature.id)), None)


def accepted(view: View, agreement: Row) -> bool:
    """By the viewer, for themself."""
    caller = view.caller
    return isinstance(caller, Actor) and any(
        acceptance.user_id == caller.user_id and acceptance.on_behalf_of is Acceptance.PERSON
        for acceptance in view.snapshot.children(AgreementAcceptance, "agreement_id", agreement.id)
    )


def changes(view: View, revision: Row) -> list[Any]:
    """Field by field against the revision before."""
    siblings = view.snapshot.children(Revision, "entry_id", revision.entry_id)
    former = next((each for each in siblings if each.number == revision.number - 1 and view.may(each)), None)
    if former is None:
        return []
    differing = values.changes(former.values, revision.values)
    found = [(f"values.{key}", change["before"], change["after"]) for key, change in differing.items()]
    if files(view, former) != files(view, revision):
        found.append(("attachments", files(view, former), files(view, revision)))
    if former.performed_at != revision.performed_at:
        moments: list[datetime] = [former.performed_at, revision.performed_at]
        found.append(("performedAt", *map(canonical.moment, moments)))  # type: ignore[arg-type]
    return [SimpleNamespace(field=field, before=before, after=after) for field, before, after in found]


def account_status(view: View, row: Any) -> UserStatus:
    """INVITED until there is something to sign in with."""
    keys = [key for key in view.snapshot.children(Passkey, "user_id", row.id) if key.removed_at is None]
    if not row.active:
        return UserStatus.INACTIVE
    return UserStatus.ACTIVE if keys or row.password_hash is not None else UserStatus.INVITED


def open_invitation(view: View, row: Any) -> Any:
    """The last invitation that was neither taken up nor withdrawn."""
    links = [
        link
        for link in view.snapshot.children(AccountLink, "user_id", row.id)
        if link.kind is AccountLinkKind.INVITATION and link.used_at is None and link.withdrawn_at is None
    ]
    return max(links, key=lambda link: link.created_at, default=None)


def tokens(view: View, row: Any) -> list[Row]:
    """The tokens of a service account."""
    return view.snapshot.children(ServiceToken, "account_id", row.id)


VALUES: Mapping[tuple[str, str], Callable[[View, Any], Any]] = {
    ("Entry", "canSign"): lambda view, row: obstacle(view, row) is None,
    ("Entry", "cannotSign"): cannot_sign,
    ("Entry", "canAnnul"): can_annul,
    ("Revision", "backdated"): backdated,
    ("Attachment", "address"): lambda view, row: f"/files/{identifiers.encode('Attachment', row.id)}",
    ("Slot", "overdue"): lambda view, row: (
        row.status is SlotStatus.OPEN and row.deadline is not None and row.deadline < view.caller.now
    ),
    ("ServiceObject", "contacts"): lambda view, row: [SimpleNamespace(**contact) for contact in row.contacts],
    ("ServiceObject", "qrCode"): lambda view, row: f"/objects/{identifiers.encode('ServiceObject', row.id)}/qr.svg",
    ("ObjectImportRow", "problems"): lambda view, row: objects.problems(row.problems, view.caller),
    ("Entry", "canRevise"): can_revise,
    ("Signature", "standing"): standing,
    ("Signature", "level"): lambda view, row: SignatureLevel.T if time_stamp(view, row) else row.level,
    ("Signature", "cms"): lambda view, row: bytes((time_stamp(view, row) or row).cms),
    ("Certificate", "status"): lambda view, row: standing_at(row, view.caller.now),
    ("Certificate", "pem"): lambda view, row: published_certificates.pem(bytes(row.der)),
    ("Agreement", "accepted"): accepted,
    ("Revision", "changes"): changes,
    ("User", "status"): account_status,
    ("User", "invitedUntil"): lambda view, row: (each := open_invitation(view, row)) and each.expires_at,
    ("User", "invitationSentAt"): lambda view, row: (each := open_invitation(view, row)) and each.sent_at,
    ("User", "lastSignedInAt"): lambda view, row: max(
        (session.created_at for session in view.snapshot.children(Session, "user_id", row.id)), default=None
    ),
    ("ServiceAccount", "scopes"): lambda view, row: [ServiceScope(scope) for scope in row.scopes],
    ("ServiceAccount", "endsAt"): lambda view, row: max((token.ends_at for token in tokens(view, row)), default=None),
    ("ServiceAccount", "lastUsedAt"): lambda view, row: max(
        (token.last_used_at for token in tokens(view, row) if token.last_used_at), default=None
    ),
    ("Event", "cursor"): lambda view, row: str(Cursor(row.epoch, row.transaction_id, row.position)),
}
"""By type and field. A computed field that is not here stops the oracle from being built."""

CONDITIONS: Mapping[Any, Callable[[View, Any], bool]] = {
    slots.fillable: fillable,
    service_accounts.itself: lambda view, row: (
        isinstance(view.caller, Actor) and view.caller.role is Role.PARTNER and row.id == view.caller.user_id
    ),
    identity.oneself: lambda view, row: isinstance(view.caller, Actor) and row.id == view.caller.user_id,
    agreements.latest: lambda view, row: row.version == max(each.version for each in view.snapshot.all(Agreement)),
    slots.waiting: waiting,
    entry_expressions.own: lambda view, row: isinstance(view.caller, Actor) and row.author_id == view.caller.user_id,
    entry_expressions.recorded_late: lambda view, row: backdated(view, record(view, row)),
    object_expressions.closed: lambda view, row: row.closed_at is not None,
    object_expressions.attended: lambda view, row: assigned(view, row.id, None, duties=set(Duty)),
    object_expressions.waiting: lambda view, row: any(
        slot.status is SlotStatus.OPEN for slot in view.those(view.snapshot.children(Slot, "object_id", row.id))
    ),
    events.certain: lambda view, row: True,  # nothing is being written while the oracle is asked
}
"""The plain meaning of each condition that narrows a root."""

MATCHES: Mapping[Any, Callable[[View, Any, Any], bool]] = {
    entry_expressions.performed_since: lambda view, row, moment: record(view, row).performed_at >= moment,
    entry_expressions.performed_until: lambda view, row, moment: record(view, row).performed_at < moment,
    entry_expressions.says: said,
    object_search.search_condition: lambda view, row, text: _begun(
        f"{row.name} {row.address} {row.external_id or ''}", text
    ),
    object_expressions.has_system: lambda view, row, kind: any(
        system.kind == kind and system.removed_at is None
        for system in view.snapshot.children(System, "object_id", row.id)
    ),
}
"""The plain meaning of each filter that is no comparison of a column."""
