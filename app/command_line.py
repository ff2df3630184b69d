"""The commands of the product: `python -m app COMMAND …`, which the scripts call.

Each imports what it needs when it runs, so that a refusal comes at once.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from app.settings import Settings, console_language
from app.startup_refusal import StartupRefused

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "serve": {"--port": "N", "--host": "ADDRESS", "--data": "DIR"},
    "init_authority": {"--owner-name": "NAME", "--public-url": "URL", "--data": "DIR"},
    "found": {
        "--organization": "NAME",
        "--surname": "NAME",
        "--given-name": "NAME",
        "--email": "E-MAIL",
        "--data": "DIR",
    },
    "renew_issuing": {"--root-key": "FILE", "--data": "DIR"},
    "revoke_issuing": {"--key-id": "HEX", "--reason": "REASON", "--root-key": "FILE", "--data": "DIR"},
    "import_objects": {"--contract": "NUMBER|ID", "--as": "E-MAIL", "--report": "FILE", "--data": "DIR"},
    "work": {"--data": "DIR"},
    "check_migrations": {},
    "write_migrations": {},
}
SETTINGS = {"port": "PORT", "host": "HOST", "data": "DATA_FOLDER", "public_url": "PUBLIC_URL"}
"""The options that are another way to give a setting, with its variable."""


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run one command.

    :param arguments: the command's name and its options
    :returns: the exit code: 0 done, 1 a check failed, 2 refused, with one line on standard error
    """
    try:
        command, *rest = arguments or ["--help"]
        if command not in OPTIONS:
            known = ", ".join(OPTIONS)
            raise StartupRefused(ru=f"Команды: {known}.", en=f"The commands are {known}.")
        options = _parse(command, rest)
        environ = dict(environ) | {SETTINGS[name]: value for name, value in options.items() if name in SETTINGS}
        match command:
            case "check_migrations":
                return _check_migrations()
            case "write_migrations":
                return _write_migrations()
            case "init_authority":
                return _init_authority(environ, options.get("owner_name"))
            case "found":
                return _found(environ, options)
            case "renew_issuing":
                return _renew_issuing(environ, options)
            case "revoke_issuing":
                return _revoke_issuing(environ, options)
            case "import_objects":
                return _import_objects(environ, options)
            case "work":
                return _work(environ)
            case _:
                return _serve(environ | ({"DEMO": "1"} if "demo" in options else {}))
    except StartupRefused as refusal:
        sys.stderr.write(refusal.line.text(console_language(environ)) + "\n")
        return 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise StartupRefused(ru=f"Параметры не поняты: {message}.", en=f"Options not understood: {message}.")


def _parse(command: str, arguments: Sequence[str]) -> dict[str, str]:
    """The options given, by name."""
    parser = _Parser(prog=f"./scripts/{command}", allow_abbrev=False, argument_default=argparse.SUPPRESS)
    for option, value in OPTIONS[command].items():
        parser.add_argument(option, nargs="?", const="", metavar=value)
    if command == "serve":
        parser.add_argument("--demo", action="store_const", const="1", help="with demo data, on the embedded database")
    if command == "import_objects":
        parser.add_argument("file", metavar="FILE", help="XLSX or CSV")
        parser.add_argument("--dry-run", action="store_const", const="1", help="judge the rows only")
    namespace, unknown = parser.parse_known_args(arguments)
    options: dict[str, str] = vars(namespace)
    if unknown:
        raise StartupRefused(ru=f"Неизвестный параметр: {unknown[0]}.", en=f"Unknown option: {unknown[0]}.")
    for name, value in options.items():
        if not value.strip():
            option = f"--{name.replace('_', '-')}"
            raise StartupRefused(ru=f"У параметра {option} нет значения.", en=f"The option {option} needs a value.")
    return options


def _serve(environ: Mapping[str, str]) -> int:
    settings = Settings.from_environment(environ)
    _log(settings)
    from app.serving import run

    run(settings)
    return 0


def _work(environ: Mapping[str, str]) -> int:
    settings = Settings.from_environment(environ)
    _log(settings)
    from app.working import work

    work(settings)
    return 0


def _log(settings: Settings) -> None:
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )


def _init_authority(environ: Mapping[str, str], owner_name: str | None) -> int:
    if not owner_name:
        raise StartupRefused(
            ru="Укажите владельца центра: --owner-name «Название».", en="Name the authority's owner: --owner-name NAME."
        )
    if not owner_name.isprintable():
        raise StartupRefused(
            ru="Название владельца — одна строка без управляющих знаков.",
            en="The owner's name is one line without control characters.",
        )
    if not environ.get("PUBLIC_URL"):
        raise StartupRefused(
            ru="Укажите адрес системы, он навсегда войдёт в сертификаты: --public-url АДРЕС.",
            en="Give the service's address, it stands in every certificate for ever: --public-url URL.",
        )
    from app.authority_at_start import hold_ceremony

    settings = Settings.from_environment(environ)
    sys.stdout.write(hold_ceremony(settings, owner_name).text(settings.console_language))
    return 0


def _found(environ: Mapping[str, str], options: Mapping[str, str]) -> int:
    for name in ("organization", "surname", "given_name", "email"):
        if name not in options:
            option = f"--{name.replace('_', '-')}"
            raise StartupRefused(ru=f"Укажите {option}.", en=f"{option} is needed.")
    settings = Settings.from_environment(environ)
    from app.founding import found

    found(
        settings,
        organization=options["organization"],
        surname=options["surname"],
        given_name=options["given_name"],
        email=options["email"],
    )
    return 0


def _renew_issuing(environ: Mapping[str, str], options: Mapping[str, str]) -> int:
    from app.authority_at_start import roll_over

    settings = Settings.from_environment(environ)
    protocol = roll_over(settings, options.get("root_key"))
    sys.stdout.write(protocol.text(settings.console_language))
    return 0


def _revoke_issuing(environ: Mapping[str, str], options: Mapping[str, str]) -> int:
    if "key_id" not in options:
        raise StartupRefused(ru="Укажите --key-id.", en="--key-id is needed.")
    from app.authority_at_start import revoke_issuing

    settings = Settings.from_environment(environ)
    revoke_issuing(settings, options["key_id"].lower(), options.get("reason", "superseded"), options.get("root_key"))
    return 0


def _import_objects(environ: Mapping[str, str], options: Mapping[str, str]) -> int:
    for name in ("contract", "as"):
        if name not in options:
            raise StartupRefused(ru=f"Укажите --{name}.", en=f"--{name} is needed.")
    settings = Settings.from_environment(environ)
    from app.object_importing import import_objects

    return import_objects(
        settings,
        Path(options["file"]),
        contract=options["contract"],
        email=options["as"],
        dry_run="dry_run" in options,
        report=Path(options["report"]) if "report" in options else None,
    )


def _check_migrations() -> int:
    from app.migration_writing import missing_migrations, stale_scripts

    missing = asyncio.run(missing_migrations())
    for name in missing:
        sys.stderr.write(f"models/ has changed without its migration: {name}\n")
    stale = asyncio.run(stale_scripts())
    for name in stale:
        sys.stderr.write(f"the migration has changed without its script: {name}; run write_migrations\n")
    return 1 if missing or stale else 0


def _write_migrations() -> int:
    from app.migration import MIGRATIONS
    from app.migration_writing import stale_scripts

    for name, script in asyncio.run(stale_scripts()).items():
        (MIGRATIONS / f"{name}.sql").write_text(script)
        sys.stderr.write(f"written: {name}.sql\n")
    return 0
