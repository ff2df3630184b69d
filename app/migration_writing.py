"""From the tables that models/ declares to the statements that make them: for whoever changes a model.

A migration is written as Tortoise's operations, from which it knows what models/ has become since; what runs is its
script beside it, in SQL. Operations rebuild every table's class at each of their steps: a new database would wait ten
seconds for what its statements do in less than one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from tortoise.apps import Apps
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterModelOptions,
    CreateModel,
    RunSQL,
)
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

from app.migration import APP, MIGRATIONS, orm_configuration


class ScriptWriter(AsyncpgSchemaEditor):
    """Collects statements instead of sending them; there is no database to look into."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        super().__init__(connection, atomic=False, collect_sql=True)

    async def _resolve_constraint_name(self, model: type[Model], constraint: UniqueConstraint) -> str:
        """A column's own UNIQUE is made without a name, so that PostgreSQL gives it one."""
        columns = self._resolve_fields_to_columns(model, constraint.fields)
        return constraint.name or "_".join([model._meta.db_table, *columns, "key"])


ADDITIONS = (CreateModel, AddField, AddIndex, AddConstraint, RunSQL)
"""Operations whose statements do not depend on what was before them: a copy of that is dear."""
NO_DATABASE = "postgresql://nobody@localhost/none"


async def missing_migrations() -> list[str]:
    """The names of the migrations that models/ would need but models/migrations does not have; no database needed."""
    async with _context() as (context, apps):
        writers = await MigrationAutodetector(cast("Apps", context.apps), apps).changes()
    # Options reach no database: they are words such as the table's description, taken from the model's docstring.
    return [
        writer.name
        for writer in writers
        if not all(isinstance(operation, AlterModelOptions) for operation in writer.operations)
    ]


async def scripts() -> dict[str, str]:
    """The script of every migration, by the migration's name; no database needed."""
    async with _context() as (context, apps):
        connection = context.db()
        loader = MigrationLoader(apps, MigrationRecorder(connection), load=False)
        await loader.build_graph()
        state = State(models={}, apps=StateApps(default_connections={APP: "default"}))
        written = {}
        for key in loader.graph.forwards_plan(MigrationKey(APP, max(key.name for key in loader.graph.nodes))):
            migration = cast("Migration", loader.graph.nodes[key])
            writer = ScriptWriter(connection)
            for operation in migration.operations:
                before = None if isinstance(operation, ADDITIONS) else state.clone()
                operation.state_forward(APP, state)
                writer.collected_sql.append(f"-- {operation.describe()}")
                await operation.database_forward(APP, cast("State", before), state, writer)
            written[key.name] = _script(writer.collected_sql)
    return written


async def stale_scripts() -> dict[str, str]:
    """The scripts that are missing beside their migrations or differ from what those say."""
    files = {file.stem: file.read_text() for file in MIGRATIONS.glob("*.sql")}
    written = await scripts()
    # A script without a migration would be applied all the same.
    orphans = {name: "" for name in files if name not in written}
    return {name: script for name, script in written.items() if _lines(files.get(name, "")) != _lines(script)} | orphans


def _lines(script: str) -> list[str]:
    """What two scripts are compared by: Tortoise keeps a table's relations in sets, so that the order of their columns
    is another in every process."""
    return sorted(line.rstrip(",") for line in script.splitlines())


def _script(lines: list[str]) -> str:
    """Statements, each ended, under the operations they come from."""
    return "".join(f"{line}\n" if line.startswith("--") else f"{line.strip().rstrip(';')};\n" for line in lines)


@asynccontextmanager
async def _context() -> AsyncIterator[tuple[TortoiseContext, dict[str, Any]]]:
    configuration = orm_configuration(NO_DATABASE)
    async with TortoiseContext() as context:
        await context.init(config=configuration, init_connections=False)
        yield context, configuration["apps"]
