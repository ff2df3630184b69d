"""The values and conditions that declarations leave to the database or to Python, in plain Python over fetched rows:
what the compiled expressions are held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from ordinary_reading import Row, View

from models.certificates import Agreement, AgreementAcceptance
from models.entries import Entry, Revision, Slot
from models.enums import Acceptance, Duty, EntryStatus, JournalStatus, Role, SignatureLevel, SlotStatus
from models.journals import Journal
from models.objects import Assignment, AssignmentType
from models.signatures import Signature, SignatureTimeStamp
from rules import agreements, canonical, events, identity, published_certificates, slots, values
from rules.actor import Actor
from rules.certificate_status import standing_at
from rules.events import Cursor
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
            assignment.all_types or type_id in {each.type_id for each in of_types}
        ):
            return True
    return False


def fillable(view: View, slot: Row) -> bool:
    """Law 7: the slot is open, its turn has come, it is the caller's side's, their duty fits, they have not signed."""
    caller = view.caller
    if not isinstance(caller, Actor) or slot.side is not caller.side or slot.status is not SlotStatus.OPEN:
        return False
    siblings = view.snapshot.children(Slot, "revision_id", slot.revision_id)
    if any(other.status is SlotStatus.OPEN and other.order < slot.order for other in siblings):
        return False
    signatures = view.snapshot.children(Signature, "revision_id", slot.revision_id)
    if any(signature.user_id == caller.user_id for signature in signatures):
        return False
    duties = {Duty.RESPONSIBLE} if slot.duty is Duty.RESPONSIBLE else {Duty.RESPONSIBLE, Duty.PARTICIPANT}
    return assigned(view, slot.object_id, slot.type_id, duties=duties)


def can_sign(view: View, entry: Row) -> bool:
    """A slot of the current revision may be filled."""
    return any(fillable(view, slot) for slot in view.snapshot.children(Slot, "revision_id", entry.current_revision_id))


def can_revise(view: View, entry: Row) -> bool:
    """Law 4: the operator's admin any, an employee their own, while the volume is open."""
    caller = view.caller
    if not isinstance(caller, Actor) or caller.role not in (Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE):
        return False
    journal = view.snapshot.rows[Journal][entry.journal_id]
    theirs = caller.role is Role.OPERATOR_ADMIN or entry.author_id == caller.user_id
    live = journal.status is JournalStatus.ACTIVE and entry.status is not EntryStatus.ANNULLED
    return theirs and live and entry.operator_id == caller.organization_id and view.may(entry)


def standing(view: View, signature: Row) -> Any:
    """The business axis."""
    entry = view.snapshot.rows[Entry][signature.entry_id]
    return standing_of(entry.status, signed=signature.revision_id, current=entry.current_revision_id)


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
    if former.performed_at != revision.performed_at:
        moments: list[datetime] = [former.performed_at, revision.performed_at]
        found.append(("performedAt", *map(canonical.moment, moments)))  # type: ignore[arg-type]
    return [SimpleNamespace(field=field, before=before, after=after) for field, before, after in found]


VALUES: Mapping[tuple[str, str], Callable[[View, Any], Any]] = {
    ("Entry", "canSign"): can_sign,
    ("Entry", "canRevise"): can_revise,
    ("Signature", "standing"): standing,
    ("Signature", "level"): lambda view, row: SignatureLevel.T if time_stamp(view, row) else row.level,
    ("Signature", "cms"): lambda view, row: bytes((time_stamp(view, row) or row).cms),
    ("Certificate", "status"): lambda view, row: standing_at(row, view.caller.now),
    ("Certificate", "pem"): lambda view, row: published_certificates.pem(bytes(row.der)),
    ("Agreement", "accepted"): accepted,
    ("Revision", "changes"): changes,
    ("Event", "cursor"): lambda view, row: str(Cursor(row.epoch, row.transaction_id, row.position)),
}
"""By type and field. A computed field that is not here stops the oracle from being built."""

CONDITIONS: Mapping[Any, Callable[[View, Any], bool]] = {
    slots.fillable: fillable,
    identity.oneself: lambda view, row: isinstance(view.caller, Actor) and row.id == view.caller.user_id,
    agreements.latest: lambda view, row: row.version == max(each.version for each in view.snapshot.all(Agreement)),
    events.certain: lambda view, row: True,  # nothing is being written while the oracle is asked
}
"""The plain meaning of each condition that narrows a root."""
