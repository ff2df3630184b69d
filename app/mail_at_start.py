"""Where mails go, as the settings say."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.announcement import warn
from app.private_files import make_private_folder
from app.settings import Settings
from app.startup_refusal import Line
from rules.mail_service import MailService, SmtpServer

FOLDER = "mail"


def mail_service(settings: Settings) -> MailService:
    """The service that the settings name, else a folder of our own in the data folder. The service is not asked now: it
    may be out of reach for a while like anything else.

    :raises StartupRefused: if the folder cannot be made
    """
    host = urlsplit(settings.public_url).hostname or ""
    sender = settings.mail_from or f"no-reply@{host if ':' not in host else 'localhost'}"
    folder = settings.data_folder / FOLDER
    if settings.mail_url:
        return MailService(sender, folder, SmtpServer.at(settings.mail_url))
    make_private_folder(folder)
    return MailService(sender, folder)


def warn_of_unsent_mail(settings: Settings) -> None:
    """Tell an operator with a database of their own that nobody receives a mail."""
    if not settings.mail_url:
        folder = settings.data_folder / FOLDER
        line = Line(
            ru=f"не задан MAIL_URL: письма никому не отправляются, они складываются в {folder}.",
            en=f"MAIL_URL is not set: mails are sent to nobody, they are put into {folder}.",
        )
        warn(line, settings.console_language)
