"""What a mail looks like: one template, shown as plain text and as HTML, in the recipient's language."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from jinja2 import Environment, PackageLoader, StrictUndefined

from models.enums import Language
from rules.mail import Mail

BLANK_LINES = re.compile(r"\n{3,}")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def _templates(*, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader("jobs", "mail_templates"),
        autoescape=autoescape,  # noqa: S701 - off for plain text alone, where nothing is markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


FORMS = {"txt": _templates(autoescape=False), "html": _templates(autoescape=True)}


class Unaddressable(Exception):
    """No mail can be sent to such an address."""


def message_of(mail: Mail, sender: str, now: datetime) -> EmailMessage:
    """The mail as it is sent (RFC 5322), plain text first (RFC 2046 §5.1.4), marked as written by a program, so that no
    program answers it (RFC 3834).

    :param sender: what stands in From
    :raises Unaddressable: for an address that no header can hold
    """
    name, address = parseaddr(sender)
    origin = _address(name, address)
    subject, _, text = _shown(mail, "txt").partition("\n")
    message = EmailMessage(policy=SMTP)
    message["From"] = origin
    message["To"] = _address(mail.name, mail.address)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=origin.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(BLANK_LINES.sub("\n\n", text).lstrip("\n"), cte="base64")
    message.add_alternative(_shown(mail, "html"), subtype="html", cte="base64")
    message["Content-Language"] = mail.language.value
    return message


def _address(name: str, address: str) -> Address:
    """The parts of a mailbox: built, never pasted, so that nothing in them can end a header."""
    local, _, domain = address.rpartition("@")
    try:
        plain = domain.encode("idna").decode().lower()
        if not DOMAIN.fullmatch(plain):
            raise Unaddressable("the address has no such domain")
        return Address(" ".join(name.split()), local, plain)
    except (UnicodeError, ValueError) as error:
        raise Unaddressable("the address cannot be written into a header") from error


def _shown(mail: Mail, form: str) -> str:
    def t(ru: str, en: str) -> str:
        return ru if mail.language is Language.RU else en

    template = FORMS[form].get_template(f"{mail.kind}.jinja")
    return template.render(mail.values, form=form, t=t, language=mail.language)
