"""The house: rooms as the README tells, one room that writes, no file too long, tables as declared."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from conftest import Database

import models

ROOT = Path(__file__).parent.parent
ROOMS = ["schema", "resolvers", "rules", "authority", "models", "admin", "web", "jobs", "pdf_templates", "app"]
WRITES = {"save", "create", "get_or_create", "update_or_create", "update", "delete", "bulk_create", "bulk_update"}


def sources(*rooms: str) -> list[Path]:
    """The Python files of rooms, migrations left out."""
    return [path for room in rooms for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]


def test_the_readme_names_the_rooms_that_are_there() -> None:
    told = set(re.findall(r"^\| `(\w+)/` \|", (ROOT / "README.md").read_text(), re.M))
    there = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__")) and path.name != "data"
    }
    assert told == there


def test_nothing_outside_rules_writes_a_row() -> None:
    tables = {name for module in models.MODULES for name in _classes(module)}
    found = []
    for path in sources(*(room for room in ROOMS if room not in ("rules", "models"))):
        tree = ast.parse(path.read_text())
        imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("models.")
            for alias in node.names
        } & tables
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                root = node.func.value
                while isinstance(root, ast.Attribute | ast.Call):
                    root = root.value if isinstance(root, ast.Attribute) else root.func
                if isinstance(root, ast.Name) and root.id in imported:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []


def _classes(module: str) -> list[str]:
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text())
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def test_no_file_is_above_four_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): length
        for path in sources(*ROOMS)
        if (length := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


async def test_every_declared_constraint_stands_in_the_database(database: Database) -> None:
    models.declare()
    wanted = set()
    for module in models.MODULES:
        namespace = __import__(module, fromlist=["*"])
        for name in _classes(module):
            wanted |= {constraint.name for constraint in getattr(namespace, name)._meta.constraints}
    rows = await database.fetch(
        "select conname as name from pg_constraint union select indexname from pg_indexes where schemaname = 'public'"
    )
    assert wanted - {row["name"] for row in rows} == set()
    assert len(wanted) > 30
