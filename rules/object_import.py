"""Bringing many objects in from a sheet: staged first, every row judged, then made in short batches (law 13).

A staged import is its own dry run. Each batch is one transaction that makes the objects, tells of them and marks their
rows; whoever is stopped half-way goes on with the rows that are still READY, and two at once take turns.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any, BinaryIO
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.enums import EventKind, ImportRowStatus, ImportStatus, Role
from models.imports import ObjectImport, ObjectImportRow
from models.organizations import Contract
from models.users import User
from rules import access, clock, queue, systems, texts
from rules.actor import Actor
from rules.object_batch import existing, make_objects
from rules.object_sheet import Judged, Kinds, Problem, judged, read_objects
from rules.refusals import Code, Refusal
from rules.unit import Unit, unit

log = logging.getLogger(__name__)

BATCH = 200
"""Objects of one transaction: about a fifth of a second, for which readers of events wait at most."""
STORED_AT_ONCE = 1000
TRIES = 3
TASK = "object_import.apply"

Staged = tuple[int, dict[str, str], list[Problem]]
"""A row that was judged: its number, its cells by column, what is wrong with it."""


async def stage(actor: Actor, contract_id: UUID, *, file: BinaryIO, file_name: str) -> ObjectImport:
    """Read a sheet of objects for a contract and judge every row, as if each were created now; nothing is made yet.

    A row is at fault whose values cannot be taken, and one that repeats another or an open object of the same parties:
    by its external id, or by its name and address.

    :raises Refusal: NOT_FOUND, FORBIDDEN, INVALID naming `file` for a sheet that cannot be read at all
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    contract = await access.get(Contract, actor, contract_id, field="contractId")
    kinds = await systems.kinds()
    name = texts.text(PurePath(file_name.replace("\\", "/")).name, "fileName", most=255)
    digest, rows = await asyncio.to_thread(_read, file, kinds)
    for start in range(0, len(rows), STORED_AT_ONCE):
        await _mark_existing(contract, rows[start : start + STORED_AT_ONCE])
    # One transaction, so that nothing is half staged; it only inserts what has been judged.
    async with unit(actor):
        staged = await ObjectImport.create(
            operator_id=contract.operator_id,
            subscriber_id=contract.subscriber_id,
            contract_id=contract.id,
            author_id=actor.user_id,
            file_name=name,
            digest=digest,
            status=ImportStatus.STAGED,
            total=len(rows),
            faulty=sum(bool(problems) for _, _, problems in rows),
            created_at=actor.now,
        )
        await ObjectImportRow.bulk_create(
            [
                ObjectImportRow(
                    of_id=staged.id,
                    number=number,
                    status=ImportRowStatus.FAULTY if problems else ImportRowStatus.READY,
                    given=given,
                    problems=problems,
                )
                for number, given, problems in rows
            ],
            batch_size=STORED_AT_ONCE,
        )
    return staged


async def request_application(actor: Actor, import_id: UUID) -> ObjectImport:
    """Have the READY rows of a staged import made by the worker, as the deed of `actor`; once or again.

    :raises Refusal: NOT_FOUND, FORBIDDEN
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    async with unit(actor) as deed:
        staged = await access.get(ObjectImport, actor, import_id, field="importId", lock=True)
        if staged.status is not ImportStatus.DONE:
            staged.status = ImportStatus.APPLYING
            await staged.save(update_fields=["status"])
            session = {"user_id": str(actor.user_id), "session_id": str(actor.session_id)}
            await queue.enqueue(deed, TASK, {"import_id": str(import_id), "request_id": actor.request_id, **session})
    return staged


async def apply_requested(
    now: datetime, *, import_id: str, user_id: str, session_id: str, request_id: str | None = None
) -> int:
    """The worker's part of `request_application`: how many objects came of it. It stops as soon as the account that
    asked for it is closed, moved or loses its role."""
    user = await User.get_or_none(id=UUID(user_id), active=True)
    if user is None:
        log.warning("the import %s was not applied: the account that asked for it is closed", import_id)
        return 0
    actor = Actor(
        now=now,
        user_id=user.id,
        organization_id=user.organization_id,
        person_id=user.person_id,
        role=user.role,
        language=user.language,
        session_id=UUID(session_id),
        request_id=request_id,
    )
    before = (await access.get(ObjectImport, actor, UUID(import_id))).applied
    try:
        return (await apply(actor, UUID(import_id))).applied - before
    except Refusal as refusal:
        if refusal.code is not Code.FORBIDDEN:
            raise
        log.warning("the import %s was stopped: who asked for it has no right any more", import_id)
        return (await ObjectImport.get(id=UUID(import_id))).applied - before


async def apply(actor: Actor, import_id: UUID, progress: Callable[[int, int], None] | None = None) -> ObjectImport:
    """Make the objects of the READY rows, in batches that commit each for itself.

    :param progress: told after each batch how many rows are done and how many there were to do
    :raises Refusal: NOT_FOUND; FORBIDDEN as soon as the actor's account is not what it was. What was made stays.
    """
    actor.require(Role.SUPERADMIN, Role.OPERATOR_ADMIN)
    tries = 0
    while True:
        try:
            staged = await _apply_batch(actor.at(clock.now()), import_id)
        except IntegrityError as error:  # somebody brought the same object in between our look and our write
            tries += 1
            if tries == TRIES:
                raise Refusal(Code.CONFLICT) from error
            continue
        tries = 0
        if progress:
            progress(staged.applied, staged.total - staged.faulty)
        if staged.status is ImportStatus.DONE:
            return staged


async def report(actor: Actor, import_id: UUID) -> AsyncIterator[list[ObjectImportRow]]:
    """All rows of an import in their order, some at a time. Raises NOT_FOUND before the first."""
    staged = await access.get(ObjectImport, actor, import_id, field="importId")
    number = 0
    while rows := await ObjectImportRow.filter(of_id=staged.id, number__gt=number).order_by("number").limit(BATCH * 5):
        yield rows
        number = rows[-1].number


async def _apply_batch(actor: Actor, import_id: UUID) -> ObjectImport:
    async with unit(actor) as deed:
        await _require_unchanged(actor)
        staged = await access.get(ObjectImport, actor, import_id, field="importId", lock=True)
        contract = await access.get(Contract, actor, staged.contract_id, lock=True)
        ready = ObjectImportRow.filter(of_id=staged.id, status=ImportRowStatus.READY).order_by("number")
        rows = await ready.limit(BATCH)
        made = await _made(deed, actor, contract, rows)
        staged.applied += made
        staged.faulty += len(rows) - made
        finished = len(rows) < BATCH
        if finished and staged.status is not ImportStatus.DONE:
            staged.status, staged.finished_at = ImportStatus.DONE, actor.now
            await deed.record(
                EventKind.OBJECTS_IMPORTED,
                operator_id=staged.operator_id,
                subscriber_id=staged.subscriber_id,
                changes={"file": staged.file_name, "applied": staged.applied, "faulty": staged.faulty},
            )
        elif staged.status is ImportStatus.STAGED:
            staged.status = ImportStatus.APPLYING
        await staged.save(update_fields=["status", "applied", "faulty", "finished_at"])
    return staged


async def _require_unchanged(actor: Actor) -> None:
    """Whoever was dismissed meanwhile brings nothing more in."""
    user = await User.get(id=actor.user_id)
    if not user.active or (user.role, user.organization_id) != (actor.role, actor.organization_id):
        raise Refusal(Code.FORBIDDEN)


async def _made(deed: Unit, actor: Actor, contract: Contract, rows: Sequence[ObjectImportRow]) -> int:
    """Make what can still be made of `rows` and mark them all; how many that was."""
    kinds = await systems.kinds()
    again = {row.id: judged(row.given, kinds) for row in rows}
    taken = await existing(contract, [each.columns for each in again.values() if not each.problems])
    good: list[tuple[ObjectImportRow, Judged]] = []
    for row in rows:
        verdict = again[row.id]
        row.problems = verdict.problems or taken.problems(verdict.columns)
        row.status = ImportRowStatus.FAULTY if row.problems else ImportRowStatus.APPLIED
        if not row.problems:
            good.append((row, verdict))
    sites = await make_objects(deed, actor, contract, [verdict for _, verdict in good])
    for (row, _), site in zip(good, sites, strict=True):
        row.object_id = site.id
    if rows:
        await ObjectImportRow.bulk_update(rows, ["status", "problems", "object_id"])
    return len(good)


def _read(file: BinaryIO, kinds: Kinds) -> tuple[str, list[Staged]]:
    """The file's SHA-256 and its rows, each judged alone and against those above it. Work for a thread."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    seen: dict[tuple[str, ...], int] = {}
    rows: list[Staged] = []
    for number, given in read_objects(file):
        verdict = judged(given, kinds)
        problems = verdict.problems or _repetitions(seen, number, verdict.columns)
        rows.append((number, {key: _kept(text) for key, text in given.items()}, problems))
    return digest, rows


def _repetitions(seen: dict[tuple[str, ...], int], number: int, columns: dict[str, Any]) -> list[Problem]:
    keys: dict[str, tuple[str, ...]] = {"name": (columns["name_sort"], texts.sort_key(columns["address"]))}
    if columns["external_id"]:
        keys["externalId"] = (columns["external_id"],)
    return [
        {"field": field, "reason": "sheet_row_repeats", "details": {"row": first}}
        for field, key in keys.items()
        if (first := seen.setdefault(key, number)) != number
    ]


def _kept(text: str) -> str:
    """What PostgreSQL can hold of a cell: a row with more than that is at fault anyway."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


async def _mark_existing(contract: Contract, rows: Iterable[Staged]) -> None:
    """Add to rows without a fault that they repeat an object there is."""
    kinds = await systems.kinds()
    sound = [(problems, judged(given, kinds).columns) for _, given, problems in rows if not problems]
    taken = await existing(contract, [columns for _, columns in sound])
    for problems, columns in sound:
        problems += taken.problems(columns)
