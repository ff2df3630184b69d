"""Mails: one run sends one, and is repeated with growing waits while the service does not take it."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

import aiosmtplib

from jobs.letters import Unaddressable, message_of
from jobs.mail_delivery import deliver
from rules import account_links, installation, mail
from rules.mail import Mail

log = logging.getLogger(__name__)
FOR_GOOD = range(500, 600)
"""Replies that mean: not now and not later (RFC 5321 §4.2.1)."""


async def send_link(now: datetime, link_id: str) -> int:
    """Mail a link, with a secret made for this very mail."""
    due = await account_links.mail_of(now, UUID(link_id))
    if due is None or not await _send(due, now):
        return 0
    await account_links.mark_sent(now, UUID(link_id))
    return 1


async def send_notice(now: datetime, kind: str, user_id: str, at: str, address: str | None = None) -> int:
    """Mail a notice about an account."""
    return int(await _send(await mail.notice(kind, user_id, at, address), now))


async def _send(due: Mail, now: datetime) -> bool:
    """Whether the mail was taken. One that never will be is told of in the log and not tried again; what may pass is
    raised, for the queue to try again."""
    service = installation.current().mail
    try:
        await deliver(message_of(due, service.sender, now), service)
    except Unaddressable as error:
        log.warning("a mail (%s) was not sent: %s", due.kind, error)
        return False
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = {refusal.code for refusal in error.recipients}
        if not codes <= set(FOR_GOOD):
            raise
        log.warning("a mail (%s) was not taken: the recipient is refused (%s)", due.kind, ", ".join(map(str, codes)))
        return False
    return True
