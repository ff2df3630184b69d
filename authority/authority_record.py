"""
authority.json: what belongs to the authority, and under which names.

Every other file is written under a name of its own and never changed. The replacement of authority.json is what makes
a change happen: a process killed before it leaves files that nobody refers to.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from authority.keystore_errors import AuthorityDamaged, AuthorityMissing

CONFIGURATION = "authority.json"
LONGEST_WAIT_SECONDS = 30.0
BETWEEN_LOOKS_SECONDS = 0.05


class AuthorityBusy(Exception):
    """Another process has been changing the authority for half a minute."""


@dataclass(frozen=True)
class AuthorityPolicy:
    """Object identifiers, dotted: the policy in holders' certificates and the one in time-stamp tokens."""

    certificate: str
    time_stamping: str


@dataclass(frozen=True)
class KeyRecord:
    """`certificate` is a file's name, PEM; `key` says where the private key lies, as `key_places` writes it."""

    certificate: str
    key: str


@dataclass(frozen=True)
class GenerationRecord:
    """One issuing authority and its OCSP responder."""

    issuing: KeyRecord
    ocsp: KeyRecord


@dataclass(frozen=True)
class AuthorityRecord:
    """The content of authority.json; the generation that issues is the first."""

    public_url: str
    owner: str
    created_at: datetime
    policies: AuthorityPolicy
    root: KeyRecord
    root_revocation_list: str
    generations: tuple[GenerationRecord, ...]
    time_stamping: KeyRecord

    def put_into(self, folder: Path) -> None:
        """Make this the authority of `folder`, in one step, after everything it refers to is safely on disk."""
        flush(folder)
        unfinished = folder / f".{CONFIGURATION}.unfinished"
        text = json.dumps(self, default=_plain, ensure_ascii=False, indent=2) + "\n"
        unfinished.write_text(text, encoding="utf-8")
        flush(folder)
        unfinished.replace(folder / CONFIGURATION)
        flush(folder)


def read_record(folder: Path) -> AuthorityRecord:
    """Read authority.json. Raises `AuthorityMissing`, `AuthorityDamaged`."""
    path = folder / CONFIGURATION
    try:
        content = json.loads(read_file(folder, CONFIGURATION))
        if "generations" not in content:
            raise AuthorityDamaged(f"{path} was written before there were generations; hold a new ceremony")
        record = AuthorityRecord(
            public_url=content["public_url"],
            owner=content["owner"],
            created_at=datetime.fromisoformat(content["created_at"]),
            policies=AuthorityPolicy(**content["policies"]),
            root=KeyRecord(**content["root"]),
            root_revocation_list=content["root_revocation_list"],
            generations=tuple(
                GenerationRecord(KeyRecord(**generation["issuing"]), KeyRecord(**generation["ocsp"]))
                for generation in content["generations"]
            ),
            time_stamping=KeyRecord(**content["time_stamping"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise AuthorityDamaged(str(path)) from error
    if not record.generations:
        raise AuthorityDamaged(f"{path} names no issuing authority")
    return record


def read_file(folder: Path, name: str) -> bytes:
    """The octets of one of the authority's files. Raises `AuthorityMissing`."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise AuthorityMissing(f"{folder / name} is missing") from error


def free_name(folder: Path, kind: str) -> str:
    """The first of "kind-1", "kind-2", … that neither a certificate nor a key of `folder` has ever had."""
    number = 1
    while any((folder / f"{kind}-{number}{ending}").exists() for ending in (".crt", ".key")):
        number += 1
    return f"{kind}-{number}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep all other processes from changing the authority; a killed process gives way by itself."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise AuthorityMissing(f"{folder} is missing") from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def flush(folder: Path) -> None:
    """Have the disk hold every file of `folder`."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    give_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > give_up_at:
                raise AuthorityBusy(str(folder)) from error
            time.sleep(BETWEEN_LOOKS_SECONDS)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}
