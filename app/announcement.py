"""What the console says."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.settings import Settings, local_address
from app.startup_refusal import Language, Line

if TYPE_CHECKING:
    from app.demo import DemoAccount


def warn(line: Line, language: Language) -> None:
    """Tell of something that is allowed but seldom meant."""
    sys.stderr.write(f"{Line('Внимание', 'Warning').text(language)}: {line.text(language)}\n")


def announce(settings: Settings, accounts: Sequence[DemoAccount]) -> None:
    """Tell where the product is served and, of a demo, who can sign in."""
    address = local_address(settings.host, settings.port)
    title = Line("Электронные журналы работают; остановка: Ctrl-C", "Electronic Journals are served; Ctrl-C stops them")
    lines = [title.text(settings.console_language), f"  GraphQL  {address}/graphql", f"  Admin    {address}/admin"]
    if not settings.mail_url:
        unsent = Line("письма складываются сюда, задайте MAIL_URL", "mails are put here; set MAIL_URL to send them")
        lines.append(f"  Mail     {settings.data_folder / 'mail'} ({unsent.text(settings.console_language)})")
    if accounts:
        heading = Line(
            "Учётные записи: роль, почта, пароль, PIN подписи", "Accounts: role, e-mail, password, signing PIN"
        )
        rows = [(each.role, each.email, each.password, each.pin or "") for each in accounts]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines.append(heading.text(settings.console_language))
        lines += ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
