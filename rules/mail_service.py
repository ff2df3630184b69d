"""How mails leave this installation: through an SMTP service or, where none is named, into a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Encryption(StrEnum):
    """What keeps others from reading along, by the scheme of the service's address."""

    STARTTLS = "smtp"
    """Begun in the open, encrypted before anything is said that matters (RFC 3207)."""
    TLS = "smtps"
    """Encrypted from the first octet (RFC 8314)."""
    NONE = "smtp+plain"
    """For a relay on this very machine."""


PORTS = {Encryption.STARTTLS: 587, Encryption.TLS: 465, Encryption.NONE: 25}
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server that takes mails (RFC 6409)."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def at(cls, address: str) -> SmtpServer:
        """The server at `smtp://user:password@host:587`, `smtps://host:465` or, on this machine alone,
        `smtp+plain://localhost:25`; user and password are percent-encoded. Raises ValueError for anything else."""
        parts = urlsplit(address)
        encryption = Encryption(parts.scheme)
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("a host, a port and nothing after them")
        if encryption is Encryption.NONE and parts.hostname not in THIS_MACHINE:
            raise ValueError("links to accounts do not cross a network in the open")
        return cls(
            parts.hostname,
            parts.port or PORTS[encryption],
            encryption,
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
        )


@dataclass(frozen=True, slots=True)
class MailService:
    """`sender` is what stands in From: an address, with or without a name before it. Without a `server`, mails are
    written into `folder`, one file each (RFC 5322), for an operator to look at."""

    sender: str
    folder: Path
    server: SmtpServer | None = None
