"""A PKCS#11 token made of software, in a folder of its own: SoftHSM2 with tokens called "journals" and "root"."""

import functools
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.test_authority_setting import passing_folder

PIN = b"24681012"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@functools.cache
def soft_token() -> Path:
    """
    The PKCS#11 library, with both tokens made and their user's PIN set to `PIN`.

    The library reads its configuration once in a process, so every test of a process shares the two tokens.
    """
    module = next((Path(path) for path in MODULES if Path(path).exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM2 is not installed (apt-get install softhsm2)")
    folder = passing_folder()
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    for label in ("journals", "root"):
        made = subprocess.run(
            [
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                "87654321",
                "--pin",
                PIN.decode(),
            ],
            capture_output=True,
            encoding="utf-8",
            timeout=30,
            check=False,
        )
        assert made.returncode == 0, made.stderr
    return module
