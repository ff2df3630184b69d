"""Where files lie and how many may come, as the settings say."""

from __future__ import annotations

import os
from datetime import timedelta

from app.private_files import make_private_folder, unusable_folder
from app.settings import Settings
from rules.file_limits import MIB, FileLimits
from rules.file_storage import FileStorage

FOLDER = "files"


def file_storage(settings: Settings) -> FileStorage:
    """The bucket that the settings name, else a folder of our own in the data folder. A bucket is not asked now: it may
    be out of reach for a while like anything else.

    :raises StartupRefused: if the folder cannot be made or written
    """
    if settings.file_storage_url:
        return FileStorage.s3(
            settings.file_storage_url,
            endpoint=settings.file_storage_endpoint,
            region=settings.file_storage_region,
            key_id=settings.file_storage_key_id,
            secret=settings.file_storage_secret.decode(),
        )
    folder = settings.data_folder / FOLDER
    make_private_folder(folder)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise unusable_folder(folder, PermissionError(13, "Permission denied"))
    return FileStorage.local(folder)


def file_limits(settings: Settings) -> FileLimits:
    """What may be received."""
    return FileLimits(
        most_octets=settings.file_mib * MIB,
        per_entry=settings.files_per_entry,
        kinds=frozenset(settings.file_kinds),
        unheld_octets=settings.files_unheld_mib * MIB,
        orphaned_after=timedelta(hours=settings.files_orphaned_hours),
    )
