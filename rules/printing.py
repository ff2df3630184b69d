"""A journal for the printer: rows looked up, rights checked, values worded. The sheets are `pdf_templates`' work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from tortoise.expressions import Q

from models.attachments import RevisionAttachment
from models.entries import Entry, Revision, Slot
from models.enums import Duty, EventKind, Language, Role, ServiceScope, Side, SignatureLevel, SlotStatus
from models.events import Event
from models.journals import Journal, JournalTypeVersion
from models.objects import Assignment
from models.service_accounts import ServiceAccount
from models.signatures import Signature, SignatureTimeStamp
from models.users import Person
from pdf_templates.paper import (
    JournalPaper,
    ResponsiblePaper,
)
from rules import access, installation
from rules.actor import Actor
from rules.printed_entries import Volume, entry_paper
from rules.printed_values import printed_columns
from rules.refusals import Code, Refusal
from rules.signed_systems import signed_systems
from rules.unit import unit

Row = TypeVar("Row")


async def journal_paper(actor: Actor, journal_id: UUID) -> JournalPaper:
    """The volume as it is at this moment, to be printed, in the actor's language; the print is recorded as an event.

    Whoever sees the journal may print it. Raises NOT_FOUND.
    """
    async with unit(actor, partner_too=True) as deed:
        # One snapshot for all statements: a revision that commits meanwhile is on the paper as a whole or not at all.
        await deed.connection.execute_query("set transaction isolation level repeatable read")
        await access.get(Journal, actor, journal_id)
        if actor.role is Role.PARTNER and ServiceScope.PAPER not in actor.scopes:
            raise Refusal(Code.FORBIDDEN, "scope_missing", details={"scope": ServiceScope.PAPER.value})
        journal = await Journal.get(id=journal_id).select_related(
            "object", "object__contract", "operator", "subscriber", "type", "type__current_version"
        )
        volume = await _volume(journal)
        responsible = await _responsible(actor, journal)
        printed_by = await _printer(actor)
        event = await deed.record(
            EventKind.JOURNAL_PRINTED,
            operator_id=journal.operator_id,
            subscriber_id=journal.subscriber_id,
            object_id=journal.object_id,
            type_id=journal.type_id,
            journal_id=journal.id,
            changes={"entries": len(volume.entries), "printedBy": printed_by},
        )
    version = journal.type.current_version
    public_url = installation.current().public_url
    return JournalPaper(
        language=actor.language.value,
        type_name=version.name_ru if actor.language is Language.RU else version.name_en,
        regulation=version.regulation,
        approval=version.approval_order,
        volume=journal.volume,
        status=journal.status.value,
        object_name=journal.object.name,
        address=journal.object.address,
        time_zone=journal.object.time_zone,
        operator=journal.operator.name,
        subscriber=journal.subscriber.name,
        contract_number=journal.object.contract.number,
        contract_date=journal.object.contract.starts_on,
        opened_at=journal.opened_at,
        closed_at=journal.closed_at,
        responsible=responsible,
        columns=printed_columns(version.columns, actor.language),
        entries=tuple(entry_paper(entry, volume, actor.language, journal.object.time_zone) for entry in volume.entries),
        printed_by=printed_by,
        printed_at=actor.now,
        document_code=str(event.id),
        verify_url=f"{public_url}/verify",
    )


async def _volume(journal: Journal) -> Volume:
    of_journal = {"entry__journal_id": journal.id}
    entries = await Entry.filter(journal_id=journal.id).order_by("number")
    # Payloads and signatures are left where they are: a print needs their digests and codes only.
    revisions = (
        await Revision.filter(**of_journal)
        .order_by("number")
        .select_related("author")
        .only(
            *(
                "id",
                "entry_id",
                "number",
                "kind",
                "type_version_id",
                "digest",
                "values",
                "performed_at",
                "recorded_at",
                "reason",
            ),
            *("author__id", "author__name", "author__position", "author__organization"),
        )
    )
    signatures = (
        await Signature.filter(**of_journal)
        .order_by("signed_at", "id")
        .select_related("signer", "certificate", "revision")
        .only(
            *("id", "entry_id", "revision_id", "side", "code", "level", "signed_at"),
            *("signer__id", "signer__name", "signer__position", "signer__organization"),
            *("certificate__id", "certificate__serial", "certificate__not_before", "certificate__not_after"),
            *("revision__id", "revision__number", "revision__kind"),
        )
    )
    await _raise_levels(signatures)
    slots = await Slot.filter(**of_journal, status=SlotStatus.OPEN).order_by("order", "group", "id")
    declines = await Event.filter(
        object_id=journal.object_id, journal_id=journal.id, kind=EventKind.ENTRY_DECLINED
    ).select_related("actor")
    files = await RevisionAttachment.filter(**of_journal).order_by("position").select_related("attachment")
    used = await JournalTypeVersion.filter(id__in={revision.type_version_id for revision in revisions})
    versions = {version.id: version for version in used}
    return Volume(
        entries=entries,
        revisions=_by("entry_id", revisions),
        versions=versions,
        systems=await signed_systems(revisions, versions),
        signatures=_by("entry_id", signatures),
        open_slots=_by("revision_id", slots),
        declines=_by("revision_id", declines),
        files=_by("revision_id", files),
    )


def _by(column: str, rows: Sequence[Row]) -> Mapping[UUID, Sequence[Row]]:
    grouped: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, column)].append(row)
    return grouped


async def _printer(actor: Actor) -> str:
    if actor.role is Role.PARTNER:
        account = await ServiceAccount.get(id=actor.user_id).select_related("organization")
        return f"{account.name}, {account.organization.name}"
    person = await Person.get(id=actor.person_id)
    return f"{person.name}, {person.organization}"


async def _responsible(actor: Actor, journal: Journal) -> tuple[ResponsiblePaper, ...]:
    """Who was responsible for the journal at any time while the volume was open."""
    until = journal.closed_at or actor.now
    assignments = (
        await Assignment.filter(
            Q(all_types=True) | Q(types__type_id=journal.type_id),
            Q(valid_to=None) | Q(valid_to__gt=journal.opened_at),
            object_id=journal.object_id,
            duty=Duty.RESPONSIBLE,
            valid_from__lte=until,
        )
        .order_by("valid_from", "id")
        .select_related("person")
    )
    return tuple(
        ResponsiblePaper(
            name=assignment.person.name,
            position=assignment.person.position,
            organization=assignment.person.organization,
            side=(assignment.person.side or Side.OPERATOR).value,
            valid_from=assignment.valid_from,
            valid_to=assignment.valid_to,
        )
        for assignment in assignments
    )


async def _raise_levels(signatures: Sequence[Signature]) -> None:
    """A time-stamp that came later counts on paper as it does in the file that is served."""
    without = {signature.id: signature for signature in signatures if signature.level is SignatureLevel.B}
    for later in await SignatureTimeStamp.filter(signature_id__in=list(without)).only("id", "signature_id"):
        without[later.signature_id].level = SignatureLevel.T
