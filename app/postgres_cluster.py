"""What the embedded PostgreSQL has on disk: the cluster, the locks that keep two servers apart, the socket."""

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from asyncio.subprocess import PIPE, STDOUT, create_subprocess_exec
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.postgres_account import ServerAccount
from app.postgres_binaries import Binaries
from app.startup_refusal import StartupRefused

FORMER_SERVER_SECONDS = 30
CLEAN_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
"""A socket's address holds 108 octets with the closing zero (unix(7))."""


@contextmanager
def instance_lock(data_folder: Path) -> Iterator[None]:
    """Keep other instances of this product from `data_folder`.

    :raises StartupRefused: if one holds it
    """
    with (data_folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise StartupRefused(
                ru=f"Каталог данных {data_folder} занят: с ним уже работает процесс {holder}.",
                en=f"The data folder {data_folder} is in use by the running process {holder}.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


async def server_lock(data_folder: Path) -> int:
    """An open file that the server inherits and that stays locked while any process of that server lives.

    After a kill of the product its server may still be writing its last pages; that one is waited for.

    :raises StartupRefused: if it does not end
    """
    lock = os.open(data_folder / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        async with asyncio.timeout(FORMER_SERVER_SECONDS):
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    await asyncio.sleep(0.05)
                else:
                    return lock
    except BaseException as error:
        os.close(lock)
        if not isinstance(error, TimeoutError):
            raise
        raise StartupRefused(
            ru=f"Прежний сервер PostgreSQL в {data_folder} ещё не завершился.",
            en=f"The former PostgreSQL server in {data_folder} has not ended yet.",
        ) from error


@contextmanager
def socket_folder(data_folder: Path, account: ServerAccount) -> Iterator[Path]:
    """A short private folder for the socket; `postgres.socket` in the data folder leads to it (`psql --host`)."""
    name = f"journals-{secrets.token_hex(4)}"
    folder = Path(tempfile.gettempdir(), name)
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        folder = Path("/tmp", name)  # noqa: S108 - nobody can guess the name
    link = data_folder / "postgres.socket"
    try:
        # The link comes first: it leads the next start to what a kill leaves behind.
        if link.is_symlink():
            shutil.rmtree(link.readlink(), ignore_errors=True)
            link.unlink()
        link.symlink_to(folder)
        folder.mkdir(mode=0o700)
        account.hand_over(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        link.unlink(missing_ok=True)


async def make_cluster(
    cluster: Path, *, binaries: Binaries, account: ServerAccount, superuser: str, password: bytes, durable: bool
) -> None:
    """Make the cluster if there is none: UTF-8, the same sorting (by code point) everywhere, SCRAM passwords.

    :raises StartupRefused: if there is one of another major version, or initdb fails
    """
    if made_by := _major(cluster):
        account.hand_over(cluster)
        if made_by == binaries.major:
            return
        raise StartupRefused(
            ru=f"База в {cluster} создана PostgreSQL {made_by}, а найден {binaries.major}: задайте PG_BINDIR.",
            en=f"The cluster in {cluster} is of PostgreSQL {made_by}, but {binaries.major} was found: set PG_BINDIR.",
        )
    # Renamed into place when complete: a kill half-way leaves nothing that looks like a cluster.
    draft = cluster.with_name(f"{cluster.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    account.hand_over(draft)
    password_file = cluster.with_name(f"{cluster.name}.password")
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)
    password_file.write_bytes(password)
    account.hand_over(password_file)
    initdb = await create_subprocess_exec(
        *account.command,
        binaries.folder / "initdb",
        f"--pgdata={draft}",
        f"--username={superuser}",
        f"--pwfile={password_file}",
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
        *(("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if binaries.major >= 17 else ()),
        *(() if durable else ("--no-sync",)),
        cwd="/",
        env=CLEAN_ENVIRONMENT,
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await initdb.communicate()
    password_file.unlink()
    if initdb.returncode:
        raise will_not_run(output.decode(errors="replace"))
    draft.rename(cluster)


def _major(cluster: Path) -> int | None:
    """The major version of PostgreSQL that made the cluster; None if there is no cluster."""
    return int((cluster / "PG_VERSION").read_text()) if cluster.exists() else None


def will_not_run(output: str) -> StartupRefused:
    """The refusal that quotes the line of PostgreSQL's `output` that tells why."""
    lines = output.strip().splitlines() or ["?"]
    cause = next((line for line in reversed(lines) if "FATAL" in line or "error:" in line), lines[-1])
    return StartupRefused(ru=f"PostgreSQL не запускается: {cause}", en=f"PostgreSQL does not start: {cause}")
