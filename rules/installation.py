"""What this installation signs with, how it decides, and what it is reached at. Set once at start, before the first
rule runs."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from authority.keystore import CONFIGURATION, Authority, open_authority
from authority.verification_messages import Grounds
from rules.file_limits import FileLimits
from rules.file_storage import FileStorage
from rules.mail_service import MailService

SECONDS_BETWEEN_TRIES = 10
LOG = logging.getLogger(__name__)


class KeptAuthority:
    """The authority of a folder, opened; opened anew when an operator or a job has changed it (a renewed service, a new
    generation), so that no process need be started again.

    :param passphrase: opens the keys, or is the PIN of their token
    :param module: the PKCS#11 library, if keys are in a token
    :raises AuthorityMissing, WrongPassphrase, AuthorityDamaged: as `open_authority`, at the first opening only
    """

    def __init__(self, folder: Path, passphrase: bytes, module: Path | None = None) -> None:
        self.folder = folder
        self.passphrase = passphrase
        self.module = module
        self._changed_at = self._last_change()
        self._authority = self._opened()
        self._next_try = 0.0

    def current(self) -> Authority:
        """As the folder says it is now."""
        changed_at = self._last_change()
        if changed_at != self._changed_at and time.monotonic() >= self._next_try:
            try:
                self._authority = self._opened()
                self._changed_at = changed_at
            except Exception:
                LOG.exception("the changed authority does not open; going on with the former one")
                self._next_try = time.monotonic() + SECONDS_BETWEEN_TRIES
        return self._authority

    def _opened(self) -> Authority:
        return open_authority(self.folder, self.passphrase, module=self.module)

    def _last_change(self) -> int | None:
        try:
            return (self.folder / CONFIGURATION).stat().st_mtime_ns
        except OSError:
            return None

    def __repr__(self) -> str:
        return f"<KeptAuthority {self.folder}>"


@dataclass(frozen=True, slots=True)
class Installation:
    """`public_url` without a trailing slash; `server_secret` joins every PIN; `session_hours` is a session's length.
    Files of entries lie in `file_storage`, as many and as large as `file_limits` let in. Mails leave by `mail`.

    `four_eyes`: identity is checked by one superadmin and the certificate issued by another. `certificate_term` is that
    of holders' certificates; a request that nobody decides on ends after `request_term`. `time_stamp_service` is the
    address of a time-stamp authority of others (RFC 3161 over HTTP), None: our own stamps; `other_time_stamp_roots`
    are believed about time as long as they are named, whoever stamps now. `compromised_keys` are SHA-256 digests, in
    hexadecimal, of public keys (DER SubjectPublicKeyInfo) that the operator knows to be in other hands.
    `second_factor_required`: of superadmins.
    """

    kept_authority: KeptAuthority
    public_url: str
    server_secret: bytes = field(repr=False)
    file_storage: FileStorage
    file_limits: FileLimits
    mail: MailService
    session_hours: int = 12
    four_eyes: bool = False
    second_factor_required: bool = True
    certificate_term: timedelta = timedelta(days=365)
    request_term: timedelta = timedelta(days=30)
    time_stamp_service: str | None = None
    other_time_stamp_roots: tuple[x509.Certificate, ...] = ()
    compromised_keys: frozenset[str] = frozenset()

    @property
    def authority(self) -> Authority:
        """The authority as it is now."""
        return self.kept_authority.current()

    @property
    def time_stamp_roots(self) -> tuple[x509.Certificate, ...]:
        """The roots that vouch for time-stamps: our own and those of others that stamp or have stamped for us."""
        return (self.authority.root, *self.other_time_stamp_roots)

    def grounds(self, at: datetime) -> Grounds:
        """What every signature is judged by at `at`, besides the registry."""
        authority = self.authority
        return Grounds(
            at=at,
            roots=[authority.root],
            intermediates=authority.issuing_certificates,
            time_stamp_roots=self.time_stamp_roots,
            revocation_lists=[authority.root_revocation_list],
        )


_current: Installation | None = None


def install(installation: Installation) -> None:
    """Make `installation` the one that rules work with."""
    global _current
    _current = installation


def current() -> Installation:
    """The installation. Raises RuntimeError if a rule runs before the start is complete."""
    if _current is None:
        raise RuntimeError("no installation: call rules.installation.install at start")
    return _current
