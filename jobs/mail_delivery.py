"""Handing a mail over."""

from __future__ import annotations

import asyncio
import os
import secrets
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from rules.mail_service import Encryption, MailService

SECONDS = 30.0


async def deliver(message: EmailMessage, service: MailService) -> None:
    """Give the mail to the service, or write it down where there is none. Encryption that was asked for is insisted on,
    the server's certificate checked.

    :raises aiosmtplib.SMTPException, OSError: if the service does not take it, or the file cannot be written
    """
    if service.server is None:
        await asyncio.to_thread(_write, message, service.folder)
        return
    server = service.server
    await aiosmtplib.send(
        message,
        sender=message["From"].addresses[0].addr_spec,
        recipients=[message["To"].addresses[0].addr_spec],
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.encryption is Encryption.TLS,
        start_tls=server.encryption is Encryption.STARTTLS,
        timeout=SECONDS,
    )


def _write(message: EmailMessage, folder: Path) -> None:
    """A file for our own account alone, which appears under its name when it is whole."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.eml"
    draft = folder / f".{name}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(message.as_bytes())
    draft.rename(folder / name)
