"""What is kept on disk for our own account alone."""

import contextlib
import os
import secrets
from pathlib import Path

from app.startup_refusal import StartupRefused


def generated_secret(path: Path) -> bytes:
    """The secret kept in the file `path`: 256 random bits as URL-safe text, made on the first call.

    :raises StartupRefused: if the file can neither be read nor made
    """
    try:
        if not path.exists():
            make_private_folder(path.parent)
            # The finished file is linked into place: of two processes the second takes the secret of the first,
            # and a kill half-way leaves no empty secret behind.
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_urlsafe(32).encode())
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
            draft.unlink()
        return path.read_bytes()
    except OSError as error:
        raise unusable_folder(path.parent, error) from error


def make_private_folder(folder: Path) -> None:
    """Make `folder`, and what is missing above it, for our own account alone.

    :raises StartupRefused: if it cannot be made
    """
    try:
        for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise unusable_folder(folder, error) from error


def unusable_folder(folder: Path, error: OSError) -> StartupRefused:
    """The refusal where the operating system keeps us from a folder of our own."""
    return StartupRefused(
        ru=f"Каталог {folder} недоступен для записи ({error.strerror}); укажите другой: --data КАТАЛОГ.",
        en=f"The folder {folder} cannot be written ({error.strerror}); choose another with --data DIR.",
    )
