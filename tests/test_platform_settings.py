"""Settings: what the environment gives, what it may not give, and what is made where it gives nothing."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from app.private_files import generated_secret
from app.settings import CHECKOUT, Settings
from app.startup_refusal import StartupRefused
from rules.file_kinds import FileKind

SECRETS = {"AUTHORITY_PASSPHRASE": "of the authority", "SERVER_SECRET": "of the server"}
EXTERNAL = SECRETS | {"DATABASE_URL": "postgresql://web:hush@database.example/journals"}


def test_the_operations_guide_has_every_setting() -> None:
    guide = (CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([A-Z0-9_]+)` \|", guide, re.MULTILINE)
    assert sorted(documented) == sorted([*(each.name.upper() for each in fields(Settings)), "SECURE_COOKIES"])


def test_every_setting_comes_from_the_variable_of_its_name(tmp_path: Path) -> None:
    given: dict[str, tuple[str, object]] = {
        "DATA_FOLDER": (str(tmp_path), tmp_path),
        "HOST": ("::1", "::1"),
        "PORT": ("9000", 9000),
        "PUBLIC_URL": ("https://journals.example/", "https://journals.example"),
        "DATABASE_URL": ("postgresql://web@/a", "postgresql://web@/a"),
        "MIGRATION_DATABASE_URL": ("postgres://owner@/a", "postgres://owner@/a"),
        "AUTHORITY_FOLDER": ("/srv/authority", Path("/srv/authority")),
        "AUTHORITY_PASSPHRASE": ("phrase", b"phrase"),
        "ROOT_PASSPHRASE": ("root phrase", b"root phrase"),
        "SERVER_SECRET": ("secret", b"secret"),
        "PKCS11_MODULE": ("/usr/lib/softhsm/libsofthsm2.so", Path("/usr/lib/softhsm/libsofthsm2.so")),
        "AUTHORITY_TOKEN": ("journals", "journals"),
        "AUTHORITY_ROOT_TOKEN": ("safe", "safe"),
        "COMPROMISED_KEYS": ("/srv/keys.txt", Path("/srv/keys.txt")),
        "FOUR_EYES": ("1", True),
        "GRAPHQL_TOKENS": ("1000", 1000),
        "GRAPHQL_DEPTH": ("12", 12),
        "GRAPHQL_ALIASES": ("30", 30),
        "GRAPHQL_DIRECTIVES": ("20", 20),
        "GRAPHQL_ROOT_FIELDS": ("10", 10),
        "GRAPHQL_BODY_KIB": ("512", 512),
        "GRAPHQL_COST": ("10000", 10_000),
        "GRAPHQL_COST_PER_MINUTE": ("100000", 100_000),
        "GRAPHQL_COST_PER_MINUTE_ANONYMOUS": ("1000", 1000),
        "INTROSPECTION": ("1", True),
        "TRUSTED_DOCUMENTS": ("/srv/documents.json", Path("/srv/documents.json")),
        "TRUSTED_DOCUMENTS_ONLY": ("1", True),
        "CORS_ORIGINS": (
            "https://app.example, http://localhost:3000",
            ("https://app.example", "http://localhost:3000"),
        ),
        "SOCKETS": ("100", 100),
        "SOCKETS_PER_CALLER": ("5", 5),
        "SOCKETS_PER_NETWORK": ("50", 50),
        "OPERATIONS_PER_SOCKET": ("10", 10),
        "SECOND_FACTOR_REQUIRED": ("0", False),
        "TRUSTED_PROXIES": ("192.0.2.7, 10.0.0.0/8", ("192.0.2.7", "10.0.0.0/8")),
        "CERTIFICATE_DAYS": ("180", 180),
        "REQUEST_DAYS": ("14", 14),
        "TIME_STAMP_URL": ("https://time.example/tsa", "https://time.example/tsa"),
        "TIME_STAMP_ROOTS": ("/srv/time.pem", Path("/srv/time.pem")),
        "FILE_STORAGE_URL": ("s3://journals/files/", "s3://journals/files"),
        "FILE_STORAGE_ENDPOINT": ("https://s3.example", "https://s3.example"),
        "FILE_STORAGE_REGION": ("ru-1", "ru-1"),
        "FILE_STORAGE_KEY_ID": ("key", "key"),
        "FILE_STORAGE_SECRET": ("hush", b"hush"),
        "FILE_MIB": ("10", 10),
        "FILE_KINDS": ("PNG, jpeg", (FileKind.JPEG, FileKind.PNG)),
        "FILES_PER_ENTRY": ("5", 5),
        "FILES_UNHELD_MIB": ("100", 100),
        "FILES_ORPHANED_HOURS": ("48", 48),
        "FILE_UPLOADS_PER_MINUTE": ("30", 30),
        "MAIL_URL": ("smtps://user:hush@mail.example", "smtps://user:hush@mail.example"),
        "MAIL_FROM": ("Журналы <journals@example.org>", "Журналы <journals@example.org>"),
        "JOBS": ("0", False),
        "DEMO": ("0", False),
        "SESSION_HOURS": ("8", 8),
        "STATEMENT_TIMEOUT_MS": ("1500", 1500),
        "PDF_ENGINE": ("/opt/wkhtmltopdf", "/opt/wkhtmltopdf"),
        "PG_BINDIR": ("/opt/pg/bin", Path("/opt/pg/bin")),
        "LOG_LEVEL": ("DEBUG", "debug"),
    }
    environ = {name: text for name, (text, _) in given.items()} | {"LANG": "ru_RU.UTF-8"}
    expected = {name.lower(): value for name, (_, value) in given.items()} | {"console_language": "ru"}
    settings = Settings.from_environment(environ)
    assert {each.name: getattr(settings, each.name) for each in fields(Settings)} == expected
    assert settings.secure_cookies


def test_defaults_follow_from_the_other_settings(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_FOLDER": str(tmp_path), "HOST": "::1", "PORT": "8001"})
    assert settings.public_url == "http://[::1]:8001"
    assert settings.authority_folder == tmp_path / "authority"
    assert not settings.secure_cookies
    assert Settings.from_environment(EXTERNAL).migration_database_url == EXTERNAL["DATABASE_URL"]


def test_secrets_are_made_once_and_for_our_account_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    first, second = (Settings.from_environment({"DATA_FOLDER": str(folder)}) for _ in range(2))
    assert first == second
    assert len(first.server_secret) >= 32
    assert first.server_secret != first.authority_passphrase
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list((folder / "secrets").iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_everybody_who_makes_a_secret_at_once_gets_the_same_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        made = set(threads.map(lambda _: generated_secret(tmp_path / "secrets" / "one"), range(64)))
    assert len(made) == 1
    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["one"]


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("from the file\n")
    environ = EXTERNAL | {"AUTHORITY_PASSPHRASE": "", "AUTHORITY_PASSPHRASE_FILE": str(file)}
    assert Settings.from_environment(environ).authority_passphrase == b"from the file"


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings.from_environment(EXTERNAL))
    assert not [secret for secret in ("hush", *SECRETS.values()) if secret in shown]


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "80a"}, "PORT"),
        ({"PORT": "٣"}, "PORT"),
        ({"SESSION_HOURS": "-1"}, "SESSION_HOURS"),
        ({"DEMO": "yes"}, "DEMO"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        ({"PUBLIC_URL": "journals.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://журналы.рф"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://[journals"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://journals.example/?a"}, "PUBLIC_URL"),
        ({"DATABASE_URL": "mysql://root:hush@/a"}, "DATABASE_URL"),
        ({"MIGRATION_DATABASE_URL": "postgresql://owner:hush@/a"}, "MIGRATION_DATABASE_URL"),
        ({"FILE_STORAGE_URL": "https://journals.example"}, "FILE_STORAGE_URL"),
        ({"FILE_STORAGE_KEY_ID": "key"}, "FILE_STORAGE_SECRET"),
        ({"FILE_KINDS": "jpeg, exe"}, "FILE_KINDS"),
        ({"FILE_MIB": "0"}, "FILE_MIB"),
        (EXTERNAL | {"SERVER_SECRET": ""}, "SERVER_SECRET"),
        (EXTERNAL | {"SERVER_SECRET": "", "SERVER_SECRET_FILE": "/nowhere"}, "SERVER_SECRET_FILE"),
        (EXTERNAL | {"DEMO": "1"}, "DATABASE_URL"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_variable(
    environ: dict[str, str], named: str, tmp_path: Path
) -> None:
    with pytest.raises(StartupRefused) as refused:
        Settings.from_environment({"DATA_FOLDER": str(tmp_path / "data")} | environ)
    for line in refused.value.line:
        assert named in line
        assert "hush" not in line
        assert "\n" not in line
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("make", [lambda file: file.write_text(""), lambda file: file.symlink_to(file)])
def test_a_data_folder_that_cannot_be_made_is_refused(make: Callable[[Path], object], tmp_path: Path) -> None:
    make(tmp_path / "taken")
    with pytest.raises(StartupRefused, match="cannot be written"):
        Settings.from_environment({"DATA_FOLDER": str(tmp_path / "taken")})
