"""The steps of a plan taken: each by the rule that the product's own door calls, each answer put down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from history_plan import POLICIES, Deed, Kind, Step
from history_rows import Rows
from history_world import PIN, Site, World

from models.certificates import Certificate
from models.enums import CertificateStatus, Duty, RevocationReason
from models.journals import JournalType, JournalTypeVersion
from rules import (
    absences,
    annulments,
    assignments,
    clock,
    comments,
    device_signing,
    drafts,
    entries,
    journal_types,
    journals,
    revocation,
    signing,
)
from rules.entries import Work
from rules.refusals import Refusal
from rules.signing import Wanted

NOTHING = "0" * 64


@dataclass(slots=True)
class Outcome:
    """What came of a step. `request` names it in the events; `code` is the refusal's, None if it was done; `made` are
    the rows it answered with, by table; `expected` is the revision that it was decided on,
    `journal_id` where it was to be recorded. A step without anything to
    do it to is `idle`."""

    step: Step
    request: str
    code: str | None = None
    idle: bool = False
    made: dict[str, set[UUID]] = field(default_factory=dict)
    expected: tuple[int, str | None] | None = None
    journal_id: UUID | None = None

    @property
    def done(self) -> bool:
        """Whether the rule did it."""
        return self.code is None and not self.idle

    @property
    def again(self) -> bool:
        """Whether it was recorded with a `clientId` that the person uses for whatever they record so."""
        return self.step.deed is Deed.RECORD and self.step.stale and self.step.which == 0

    def told(self, table: str, id: UUID) -> None:
        """A row that the rule answered with."""
        self.made.setdefault(table, set()).add(id)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a step is taken upon: the rows are those that stood before the round."""

    world: World
    site: Site
    kind: Kind
    rows: Rows


async def take(stage: Stage, step: Step, request: str) -> Outcome:
    """The step, refused or done. Whatever else comes of a rule is raised."""
    outcome = Outcome(step, request)
    try:
        await DEEDS[step.deed](stage, step, outcome)
    except Refusal as refusal:
        outcome.code = refusal.code.value
    except Exception as error:
        error.add_note(f"in {step}")
        raise
    return outcome


def _entry(stage: Stage, step: Step, outcome: Outcome) -> Any:
    """The entry that the step is about, with what it said before the round; None makes the step idle."""
    found = sorted(stage.rows.entries.values(), key=lambda entry: entry["created_at"], reverse=True)
    if not found:
        outcome.idle = True
        return None
    entry = found[step.which % len(found)]
    revision = stage.rows.revisions[entry["current_revision_id"]]
    outcome.expected = revision["number"], revision["digest"]
    if step.stale and step.which == 0:
        outcome.expected = revision["number"], NOTHING
    elif step.stale:
        outcome.expected = revision["number"] - 1, revision["digest"]
    return entry


def _journal(stage: Stage, step: Step) -> UUID:
    """The newest volume, or the one before."""
    volumes = sorted(stage.rows.journals.values(), key=lambda journal: journal["volume"], reverse=True)
    older: UUID = volumes[min(step.which if step.stale else 0, len(volumes) - 1)]["id"]
    return older


async def _record(stage: Stage, step: Step, outcome: Outcome) -> None:
    again = outcome.again
    given = {"work": f"Осмотр {step.whom if again else outcome.request}", "place": "Этаж 1"}
    performed = stage.world.owner.now - timedelta(hours=1) if again else None
    outcome.journal_id = _journal(stage, step)
    entry = await entries.create_entry(
        stage.world.by(step.who, outcome.request),
        outcome.journal_id,
        Work(given=given, performed_at=performed),
        client_id=f"{stage.site.name}-again" if again else None,
    )
    outcome.told("entries", entry.id)


async def _submit(stage: Stage, step: Step, outcome: Outcome) -> None:
    actor = stage.world.by(step.who, outcome.request)
    work = Work(given={"work": outcome.request, "place": "Этаж 2"})
    draft = await drafts.save_draft(actor, work, draft_id=None, journal_id=_journal(stage, step), client_id=None)
    outcome.told("entries", (await drafts.submit_draft(stage.world.by(step.who, outcome.request), draft.id)).id)
    # A client that has not heard the answer submits once more; whoever has lost their duty meanwhile is told nothing.
    with suppress(Refusal):
        outcome.told("entries", (await drafts.submit_draft(stage.world.by(step.who, outcome.request), draft.id)).id)


async def _sign(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (entry := _entry(stage, step, outcome)) is None or outcome.expected is None:
        return
    number, digest = outcome.expected
    wanted = Wanted(entry["id"], number, digest or NOTHING)
    world = stage.world
    if step.who in world.device_keys:
        certificate_id, key = world.device_keys[step.who]
        prepared = await device_signing.prepare_signature(
            world.by(step.who, outcome.request), wanted, certificate_id=certificate_id
        )
        value = key.sign(prepared.to_be_signed, ec.ECDSA(hashes.SHA256()))
        signature = await device_signing.submit_signature(
            world.by(step.who, outcome.request), prepared.preparation_id, value=value
        )
    else:
        signature = await signing.sign_entry(world.by(step.who, outcome.request), wanted, pin=PIN)
    outcome.told("signatures", signature.id)


async def _decline(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (entry := _entry(stage, step, outcome)) is None or outcome.expected is None:
        return
    number, digest = outcome.expected
    wanted = Wanted(entry["id"], number, digest or NOTHING)
    await signing.decline_entry(stage.world.by(step.who, outcome.request), wanted, reason="Не предъявлено")


async def _revise(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (entry := _entry(stage, step, outcome)) is None or outcome.expected is None:
        return
    outcome.expected = outcome.expected[0] - (step.stale and step.which == 0), None
    await entries.revise_entry(
        stage.world.by(step.who, outcome.request),
        entry["id"],
        expected_revision=outcome.expected[0],
        reason="Уточнение",
        given={"place": outcome.request},
        performed_at=None,
    )


async def _annul(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (entry := _entry(stage, step, outcome)) is None or outcome.expected is None:
        return
    number, digest = outcome.expected
    await annulments.annul_entry(
        stage.world.by(step.who, outcome.request),
        entry["id"],
        expected_revision=number,
        expected_digest=digest or NOTHING,
        reason="Записано по ошибке",
    )


async def _comment(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (entry := _entry(stage, step, outcome)) is None:
        return
    outcome.expected = None
    client_id = f"{stage.site.name}-{entry['number']}" if step.stale else None
    actor = stage.world.by(step.who, outcome.request)
    comment = await comments.comment_entry(actor, entry["id"], text="Замечание", client_id=client_id)
    outcome.told("comments", comment.id)


async def _rotate(stage: Stage, step: Step, outcome: Outcome) -> None:
    actor = stage.world.by(step.who, outcome.request)
    outcome.told("journals", (await journals.open_journal(actor, stage.site.object_id, stage.site.type_id)).id)


async def _archive(stage: Stage, step: Step, outcome: Outcome) -> None:
    actor = stage.world.by(step.who, outcome.request)
    outcome.told("closed", (await journals.archive_journal(actor, _journal(stage, step))).id)


async def _succeed(stage: Stage, step: Step, outcome: Outcome) -> None:
    await journals.succeed(clock.now())


async def _certificate(stage: Stage, step: Step, outcome: Outcome) -> UUID | None:
    found = await stage.world.newest_certificate(step.whom)
    outcome.idle = found is None
    return found


async def _revoke(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (certificate := await _certificate(stage, step, outcome)) is not None:
        owner, reason = stage.world.by_owner(outcome.request), RevocationReason.CESSATION_OF_OPERATION
        await revocation.revoke_certificate(owner, certificate, reason=reason, comment="Утрачен")


async def _suspend(stage: Stage, step: Step, outcome: Outcome) -> None:
    if (certificate := await _certificate(stage, step, outcome)) is not None:
        await revocation.suspend_certificate(stage.world.by_owner(outcome.request), certificate, comment="Проверка")


async def _release(stage: Stage, step: Step, outcome: Outcome) -> None:
    members = {actor.user_id for actor in stage.world.actors.values()}
    held = await Certificate.filter(status=CertificateStatus.SUSPENDED, user_id__in=members).order_by("id").first()
    if (certificate := held.id if held else await _certificate(stage, step, outcome)) is not None:
        await revocation.release_certificate(stage.world.by_owner(outcome.request), certificate, comment="Проверен")


async def _issue(stage: Stage, step: Step, outcome: Outcome) -> None:
    await stage.world.certify(step.whom, outcome.request)


async def _end(stage: Stage, step: Step, outcome: Outcome) -> None:
    user_id = stage.world.actors[step.whom].user_id
    lasting = [each for each in stage.rows.assignments.values() if each["user_id"] == user_id and not each["valid_to"]]
    if not lasting:
        outcome.idle = True
        return
    admin = stage.world.admin_of(step.whom, outcome.request)
    await assignments.end_assignment(admin, lasting[step.which % len(lasting)]["id"], reason="Переведён")


async def _assign(stage: Stage, step: Step, outcome: Outcome) -> None:
    duty = Duty.PARTICIPANT if step.which == 1 else Duty.RESPONSIBLE
    types = [stage.site.type_id] if step.which == 2 else None
    given = await stage.world.assign(stage.site.object_id, step.whom, duty, types, outcome.request)
    outcome.told("assignments", given)


async def _absence(stage: Stage, step: Step, outcome: Outcome) -> None:
    staff = step.whom.staff
    substitute = staff[(staff.index(step.whom) + 1 + step.which) % len(staff)]
    absence = await absences.plan_absence(
        stage.world.admin_of(step.whom, outcome.request),
        stage.world.actors[step.whom].user_id,
        stage.world.actors[substitute].user_id,
        starts_at=clock.now(),
        ends_at=clock.now() + timedelta(hours=1),
        basis="Приказ об отпуске № 2",
    )
    outcome.told("absences", absence.id)


async def _return(stage: Stage, step: Step, outcome: Outcome) -> None:
    found = [each for each in stage.rows.absences if each["user_id"] in stage.world.members]
    if not found:
        outcome.idle = True
        return
    member = stage.world.members[found[-1]["user_id"]]
    await absences.cancel_absence(stage.world.admin_of(member, outcome.request), found[-1]["absence_id"])


async def _retype(stage: Stage, step: Step, outcome: Outcome) -> None:
    kind = await JournalType.get(id=stage.site.type_id)
    version = await JournalTypeVersion.get(id=kind.current_version_id)
    details = journal_types.details_of(version)
    first, second = POLICIES[stage.kind]
    changed = journal_types.TypeDetails(
        **{
            name: getattr(details, name)
            for name in ("name_ru", "name_en", "regulation", "columns", "retention_years", "volume_entries")
        },
        signature_policy=second if version.number % 2 else first,
    )
    owner = stage.world.by_owner(outcome.request)
    await journal_types.revise_journal_type(owner, kind.id, version.number, changed)


DEEDS: dict[Deed, Callable[[Stage, Step, Outcome], Awaitable[None]]] = {
    Deed.RECORD: _record,
    Deed.SUBMIT: _submit,
    Deed.SIGN: _sign,
    Deed.DECLINE: _decline,
    Deed.REVISE: _revise,
    Deed.ANNUL: _annul,
    Deed.COMMENT: _comment,
    Deed.ROTATE: _rotate,
    Deed.ARCHIVE: _archive,
    Deed.SUCCEED: _succeed,
    Deed.REVOKE: _revoke,
    Deed.SUSPEND: _suspend,
    Deed.RELEASE: _release,
    Deed.ISSUE: _issue,
    Deed.END: _end,
    Deed.ASSIGN: _assign,
    Deed.ABSENCE: _absence,
    Deed.RETURN: _return,
    Deed.RETYPE: _retype,
}
