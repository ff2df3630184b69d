"""What the console says once the product serves."""

import sys
from collections.abc import Sequence

from app.demo import DemoAccount
from app.settings import Settings, local_address
from app.startup_refusal import Language, Line


def say(line: Line, language: Language) -> None:
    """Put `line` on the console at once."""
    print(line.text(language), flush=True)


def announce(settings: Settings, accounts: Sequence[DemoAccount]) -> None:
    """Tell where the product is served and, of a demo, who can sign in."""
    address = local_address(settings.host, settings.port)
    width = max((len(account.email) for account in accounts), default=0)
    people = [
        f"  {account.role:<19} {account.email:<{width}}  {account.password}{f'  PIN {account.pin}' if account.pin else ''}"
        for account in accounts
    ]
    places = [f"  GraphQL  {address}/graphql", f"  Admin    {address}/admin/"]
    say(Line(ru="Электронные журналы работают:", en="Electronic Journals are being served:"), settings.console_language)
