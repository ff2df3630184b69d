"""The operator's command that brings a sheet of objects in: staged, told of, made, with bars on standard error."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.authority_at_start import check_authority
from app.database import ready_database
from app.runtime import running
from app.settings import Settings
from app.startup_refusal import Line, StartupRefused
from models.enums import Language
from models.imports import ObjectImport
from models.keys import uuid7
from models.organizations import Contract
from models.users import User
from rules import access, clock, object_import
from rules.actor import Actor
from rules.identifiers import encode, parse
from rules.object_report import report_head, report_lines
from rules.refusals import Refusal


def import_objects(
    settings: Settings, file: Path, *, contract: str, email: str, dry_run: bool, report: Path | None
) -> int:
    """Bring the objects of a sheet in, as the deed of a person.

    :param file: XLSX or CSV
    :param contract: its number or public id
    :param email: of the account that answers for the import; who may run this command is asked no password
    :param dry_run: judge the rows only
    :param report: where the report of all rows goes
    :returns: the exit code: 0, or 1 if there were rows at fault
    :raises StartupRefused: if nothing can be brought in at all
    """
    try:
        return asyncio.run(_import(settings, file, contract, email, dry_run, report))
    except Refusal as refusal:
        at = f" ({refusal.field})" if refusal.field else ""
        raise StartupRefused(ru=refusal.message(Language.RU) + at, en=refusal.message(Language.EN) + at) from refusal
    except OSError as error:
        raise StartupRefused(
            ru=f"Файл недоступен: {error.filename}: {error.strerror}.",
            en=f"The file is not accessible: {error.filename}: {error.strerror}.",
        ) from error


async def _import(settings: Settings, file: Path, contract: str, email: str, dry_run: bool, report: Path | None) -> int:
    check_authority(settings)
    async with ready_database(settings) as (served, _), running(served):
        actor = await _actor(email, Language(settings.console_language))
        with file.open("rb") as sheet, _bar() as bar:
            reading = bar.add_task(Line(ru="Проверка", en="Judging").text(settings.console_language), total=None)
            contract_id = await _contract(actor, contract)
            staged = await object_import.stage(actor, contract_id, file=sheet, file_name=file.name)
            bar.update(reading, total=staged.total, completed=staged.total)
            if not dry_run:
                making = bar.add_task(
                    Line(ru="Перенос", en="Making").text(settings.console_language), total=staged.total
                )
                staged = await object_import.apply(
                    actor, staged.id, lambda done, total: bar.update(making, completed=done, total=total)
                )
        if report:
            await _write(actor, staged, report)
        sys.stdout.write(_told(staged).text(settings.console_language) + "\n")
        return 1 if staged.faulty else 0


async def _actor(email: str, language: Language) -> Actor:
    user = await User.get_or_none(email=email.strip().lower(), active=True)
    if user is None:
        raise StartupRefused(ru=f"Нет такой учётной записи: {email}.", en=f"There is no such account: {email}.")
    return Actor(
        now=clock.now(),
        user_id=user.id,
        organization_id=user.organization_id,
        person_id=user.person_id,
        role=user.role,
        language=language,
        session_id=uuid7(),
    )


async def _contract(actor: Actor, named: str) -> UUID:
    """The contract with this public id, or the only visible one with this number."""
    try:
        return parse(named, "contract")[1]
    except Refusal:
        numbered = await Contract.filter(number=named).values_list("id", flat=True)
        found = await access.visible_ids(Contract, actor, [UUID(str(id)) for id in numbered])
    if len(found) != 1:
        raise StartupRefused(
            ru=f"Договоров с номером {named}: {len(found)}; укажите идентификатор.",
            en=f"There are {len(found)} contracts with number {named}; give the identifier.",
        )
    return found.pop()


@contextmanager
def _bar() -> Iterator[Progress]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        yield bar


async def _write(actor: Actor, staged: ObjectImport, report: Path) -> None:
    with report.open("w", encoding="utf-8-sig", newline="") as written:
        written.write(report_head(actor.language))
        async for rows in object_import.report(actor, staged.id):
            written.writelines(report_lines(row, actor.language) for row in rows)


def _told(staged: ObjectImport) -> Line:
    id = encode("ObjectImport", staged.id)
    return Line(
        ru=f"Строк: {staged.total}, с ошибкой: {staged.faulty}, перенесено: {staged.applied}. Импорт {id}.",
        en=f"Rows: {staged.total}, at fault: {staged.faulty}, applied: {staged.applied}. Import {id}.",
    )
