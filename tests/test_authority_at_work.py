"""The authority under a running process, and what an operator is told who comes to change it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import PASSPHRASE

from app.authority_at_start import revoke_issuing, roll_over
from app.settings import Settings
from app.startup_refusal import StartupRefused
from authority.rollover import renew_issuing
from rules import installation
from rules.installation import KeptAuthority


@pytest.fixture
def folder(authority_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tests' authority."""
    return Path(shutil.copytree(authority_folder, tmp_path / "authority"))


def test_an_authority_that_does_not_open_anew_is_tried_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "SECONDS_BETWEEN_TRIES", 0)
    kept = KeptAuthority(folder, PASSPHRASE)
    former = kept.current()
    renew_issuing(folder, PASSPHRASE, now=datetime.now(UTC))
    (folder / "ocsp-2.key").rename(tmp_path / "away")
    assert kept.current() is former
    (tmp_path / "away").rename(folder / "ocsp-2.key")
    assert [generation.key_id for generation in kept.current().generations][1:] == [former.generations[0].key_id]


def test_who_changes_the_authority_is_told_what_is_missing(
    base_settings: Settings, folder: Path, tmp_path: Path
) -> None:
    settings = replace(base_settings, authority_folder=folder)
    before = (folder / "authority.json").read_bytes()
    (folder / "root.key").rename(tmp_path / "safe.key")
    (tmp_path / "nonsense").write_text("nonsense")
    for root_key, passphrase, told in (
        (None, b"", "--root-key"),
        (str(tmp_path / "elsewhere"), b"", "--root-key"),
        (str(tmp_path), b"", "--root-key"),
        (str(tmp_path / "safe.key"), b"another", "ROOT_PASSPHRASE"),
        (str(tmp_path / "nonsense"), b"", "ROOT_PASSPHRASE"),
    ):
        with pytest.raises(StartupRefused) as refused:
            roll_over(replace(settings, root_passphrase=passphrase), root_key)
        for line in refused.value.line:
            assert told in line
            assert "init_authority" not in line
    key_id = KeptAuthority(folder, PASSPHRASE).current().generations[0].key_id
    for wrong in (key_id, "00"):  # the one that issues, and none
        with pytest.raises(StartupRefused, match="Former generations"):
            revoke_issuing(settings, wrong, "superseded", str(tmp_path / "safe.key"))
    assert (folder / "authority.json").read_bytes() == before
    protocol = roll_over(settings, str(tmp_path / "safe.key"))
    assert "issuing-2" in protocol.fingerprints
    revoke_issuing(settings, key_id, "superseded", str(tmp_path / "safe.key"))
