"""What processes have used, from /proc (proc(5)): CPU in ticks of 10 ms, memory."""

from __future__ import annotations

import os
from pathlib import Path

import asyncpg

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def _stat(process: int) -> list[str]:
    """The fields after the program's name: state, parent, …"""
    return (PROC / str(process) / "stat").read_text().rpartition(")")[2].split()


def cpu_seconds(process: int) -> float:
    """User and system time of a process and its threads."""
    stat = _stat(process)
    return (int(stat[11]) + int(stat[12])) / TICKS_A_SECOND


def memory_mb(process: int) -> float:
    """Resident memory now."""
    status = (PROC / str(process) / "status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


async def database_process(url: str) -> int | None:
    """The PostgreSQL server's own process, None if it is not on this machine."""
    connection = await asyncpg.connect(url)
    try:
        backend = await connection.fetchval("select pg_backend_pid()")
        here = (PROC / str(backend) / "stat").exists() and b"postgres" in (PROC / str(backend) / "cmdline").read_bytes()
        return int(_stat(backend)[1]) if here else None
    finally:
        await connection.close()


def children_cpu_seconds(parent: int) -> float:
    """What all processes started by `parent` have used so far."""
    total = 0.0
    for folder in PROC.iterdir():
        if folder.name.isdecimal():
            try:
                if int(_stat(int(folder.name))[1]) == parent:
                    total += cpu_seconds(int(folder.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    return total
