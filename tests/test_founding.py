"""An operator's first steps without a demo: the owner and its superadmin, once."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import uvicorn
from client import Client
from conftest import PASSPHRASE, PUBLIC_URL, Cluster, Server

from app.assembly import build
from app.settings import Settings
from rules.founding import SHIPPED_TYPES

ROOT = Path(__file__).parent.parent


async def found(environ: dict[str, str], password: str) -> tuple[int | None, str]:
    """The command as an operator runs it; its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "app", "found", "--organization", "ООО «Владелец»"],
        *["--surname", "Иванова", "--given-name", "Анна Петровна", "--email", "owner@example.org"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **environ},
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(process.communicate(f"{password}\n".encode()), 60)
    return process.returncode, said.decode()


async def test_an_installation_is_founded_once_and_its_superadmin_signs_in(
    cluster: Cluster, base_settings: Settings
) -> None:
    name = f"founded_{uuid.uuid4().hex[:12]}"
    await cluster.execute(f'create database "{name}" owner "{cluster.owner}"')
    url = cluster.at(cluster.owner_url, name)
    environ = {
        "DATABASE_URL": url,
        "PUBLIC_URL": PUBLIC_URL,
        "DATA_FOLDER": str(base_settings.data_folder),
        "AUTHORITY_FOLDER": str(base_settings.authority_folder),
        "AUTHORITY_PASSPHRASE": PASSPHRASE.decode(),
        "SERVER_SECRET": base_settings.server_secret.decode(),
    }
    try:
        code, said = await found(environ, "short")
        assert code == 2
        assert said.splitlines()[-1] == "At least 10 characters. (password)"
        assert (await found(environ, "a long password"))[0] == 0
        code, said = await found(environ, "a long password")
        assert code == 2
        assert said.splitlines()[-1] == "The system has an owner already."
        application = build(replace(base_settings, database_url=url))
        configuration = uvicorn.Config(application, lifespan="on", log_config=None, ws="websockets-sansio")
        async with Server(configuration).running() as address, Client(address) as client:
            owner = await client.signed_in("owner@example.org", "a long password")
            viewer = await owner.ask("{ viewer { role person { name organization } } journalTypes { code } }")
            assert viewer["viewer"]["role"] == "SUPERADMIN"
            assert viewer["viewer"]["person"]["organization"] == "ООО «Владелец»"
            assert {kind["code"] for kind in viewer["journalTypes"]} == set(SHIPPED_TYPES)
    finally:
        await cluster.drop(name)
