"""The authority's page after a rollover: both generations, each with its own list, and a root key that is in a safe."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import PASSPHRASE, Database
from test_admin_authority import PAGE, plain
from test_admin_door import superadmin

from app.settings import Settings
from authority.rollover import renew_issuing


@pytest.fixture
def folder(authority_folder: Path, tmp_path: Path) -> Path:
    """The authority, in a folder of its own."""
    return Path(shutil.copytree(authority_folder, tmp_path / "authority"))


@pytest.fixture
def settings(base_settings: Settings, database: Database, folder: Path) -> Settings:
    """The settings of an installation with that authority."""
    return replace(base_settings, database_url=database.web_url, authority_folder=folder)


async def test_a_new_generation_is_shown_at_once(server: str, folder: Path, tmp_path: Path) -> None:
    async with superadmin(server) as visitor:
        before = (await visitor.get(PAGE)).text
        safe = (folder / "root.key").rename(tmp_path / "root.key")
        renew_issuing(folder, PASSPHRASE, now=datetime.now(UTC), root_key=safe)
        page = (await visitor.get(PAGE)).text
        lists = (await visitor.get("/admin/revocation-list/list")).text
    assert "Издающий ключ 1: выпускает сейчас" in plain(before)
    assert "Издающий ключ 2: выпускает сейчас" in plain(page)
    assert "Издающий ключ 1: прежний" in plain(page)
    assert "файл issuing-2.key" in plain(page)
    assert "унесите его в сейф" in plain(before)
    assert "унесите его в сейф" not in plain(page)
    (former,) = re.findall(r"/pki/issuing-\w+\.crl", before)
    assert re.findall(r"/pki/issuing-\w+\.crl", page) == [former]
    assert "нет ни одного" in plain(page)
    assert re.findall(r'href="(/pki/issuing-\w+\.crl)"', lists)[1:] == [former]
