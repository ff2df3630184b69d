"""Everything the environment decides, read once. docs/operations.md explains each setting to an operator."""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from app.private_files import generated_secret
from app.startup_refusal import Language, StartupRefused
from rules.file_kinds import FileKind
from rules.mail_service import SmtpServer

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How this installation runs. A setting's environment variable is its name in capitals."""

    data_folder: Path = CHECKOUT / "data"
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str
    database_url: str = field(default="", repr=False)
    migration_database_url: str = field(default="", repr=False)
    authority_folder: Path
    authority_passphrase: bytes = field(repr=False)
    root_passphrase: bytes = field(default=b"", repr=False)
    server_secret: bytes = field(repr=False)
    demo: bool = False
    pkcs11_module: Path | None = None
    authority_token: str = ""
    authority_root_token: str = ""
    compromised_keys: Path | None = None
    four_eyes: bool = False
    certificate_days: int = 365
    request_days: int = 30
    time_stamp_url: str = ""
    time_stamp_roots: Path | None = None
    file_storage_url: str = ""
    file_storage_endpoint: str = ""
    file_storage_region: str = ""
    file_storage_key_id: str = ""
    file_storage_secret: bytes = field(default=b"", repr=False)
    file_mib: int = 25
    file_kinds: tuple[FileKind, ...] = tuple(FileKind)
    files_per_entry: int = 20
    files_unheld_mib: int = 500
    files_orphaned_hours: int = 24
    file_uploads_per_minute: int = 60
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""
    jobs: bool = True
    session_hours: int = 12
    second_factor_required: bool = True
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    statement_timeout_ms: int = 30_000
    graphql_tokens: int = 2_000
    graphql_depth: int = 15
    graphql_aliases: int = 50
    graphql_directives: int = 50
    graphql_root_fields: int = 20
    graphql_body_kib: int = 1024
    graphql_cost: int = 500_000
    graphql_cost_per_minute: int = 5_000_000
    graphql_cost_per_minute_anonymous: int = 50_000
    introspection: bool = False
    trusted_documents: Path | None = None
    trusted_documents_only: bool = False
    cors_origins: tuple[str, ...] = ()
    sockets: int = 2_000
    sockets_per_caller: int = 20
    sockets_per_network: int = 500
    operations_per_socket: int = 100
    pdf_engine: str = "wkhtmltopdf"
    pg_bindir: Path | None = None
    log_level: str = "info"
    console_language: Language = "en"

    @property
    def secure_cookies(self) -> bool:
        """Whether browsers may send our cookies over TLS only: so it is wherever the public address is https."""
        return self.public_url.startswith("https:")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **overrides: Any) -> Self:
        """The settings of this process; the only reader of the environment.

        A secret comes from its variable, else from the file that `<NAME>_FILE` names. With the embedded server a
        secret given in neither way is generated once and kept in the data folder, for its owner's eyes alone.

        :param environ: usually `os.environ`
        :param overrides: finished values that win over the environment
        :raises StartupRefused: if a value is malformed, a secret is missing or the data folder cannot be written
        """
        given = {name: read(name, environ[name]) for name, read in _READERS.items() if environ.get(name, "").strip()}
        values: dict[str, Any] = {name.lower(): value for name, value in given.items()} | overrides
        defaults = {each.name: each.default for each in fields(cls) if each.default is not MISSING}
        effective = defaults | values
        if effective["database_url"] and effective["demo"]:
            raise StartupRefused(
                ru="--demo работает только со встроенной базой: уберите DATABASE_URL или --demo.",
                en="--demo runs on the embedded database only: unset DATABASE_URL or leave --demo out.",
            )
        if effective["migration_database_url"] and not effective["database_url"]:
            raise StartupRefused(
                ru="Задан MIGRATION_DATABASE_URL, но не DATABASE_URL.",
                en="MIGRATION_DATABASE_URL is set, but DATABASE_URL is not.",
            )
        if (
            effective["file_storage_key_id"]
            and not {"FILE_STORAGE_SECRET", "FILE_STORAGE_SECRET_FILE"} & environ.keys()
        ):
            raise StartupRefused(
                ru="FILE_STORAGE_SECRET: нужен к FILE_STORAGE_KEY_ID; задайте его или FILE_STORAGE_SECRET_FILE.",
                en="FILE_STORAGE_SECRET: FILE_STORAGE_KEY_ID needs it; set it or FILE_STORAGE_SECRET_FILE.",
            )
        for name in ("authority_passphrase", "server_secret"):
            if name not in values:
                kept = None if effective["database_url"] else effective["data_folder"] / "secrets" / name
                values[name] = _secret(name.upper(), environ, kept)
        for name in ("root_passphrase", "file_storage_secret"):
            if name not in values and {name.upper(), f"{name.upper()}_FILE"} & environ.keys():
                values[name] = _secret(name.upper(), environ, None)
        if environ.get("MAIL_URL", "").strip() or environ.get("MAIL_URL_FILE"):
            values["mail_url"] = _mail_service("MAIL_URL", _secret("MAIL_URL", environ, None))
        values.setdefault("migration_database_url", effective["database_url"])
        if effective["demo"]:
            values.setdefault("second_factor_required", False)
        values.setdefault("authority_folder", effective["data_folder"] / "authority")
        values.setdefault("public_url", local_address(effective["host"], effective["port"]))
        values.setdefault("introspection", effective["demo"])
        values.setdefault("console_language", console_language(environ))
        return cls(**values)


def console_language(environ: Mapping[str, str]) -> Language:
    """The language of the lines on the console: Russian in a Russian locale, otherwise English (locale(7))."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "ru" if locale.startswith("ru") else "en"


def local_address(host: str, port: int) -> str:
    """Where a browser on this machine finds us: the default of `public_url`."""
    name = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def _secret(name: str, environ: Mapping[str, str], kept: Path | None) -> bytes:
    """The secret `name`, from its variable, its file, or (with the embedded server) from the file `kept`."""
    if text := environ.get(name):
        return text.encode()
    if file := environ.get(f"{name}_FILE"):
        try:
            content = Path(file).read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise StartupRefused(
                ru=f"{name}_FILE: файл {file} не читается ({error.strerror}).",
                en=f"{name}_FILE: the file {file} cannot be read ({error.strerror}).",
            ) from error
        if content:
            return content
        raise StartupRefused(ru=f"{name}_FILE: файл {file} пуст.", en=f"{name}_FILE: the file {file} is empty.")
    if kept:
        return generated_secret(kept)
    raise StartupRefused(
        ru=f"С внешней базой нужен секрет: задайте {name} или {name}_FILE.",
        en=f"An external database needs the secret from you: set {name} or {name}_FILE.",
    )


def _malformed(name: str, value: str, *, ru: str, en: str) -> StartupRefused:
    return StartupRefused(ru=f"{name}: «{value}» не подходит, нужно {ru}.", en=f"{name}: '{value}' is not {en}.")


def _text(_: str, value: str) -> str:
    return value.strip()


def _folder(_: str, value: str) -> Path:
    return Path(value).expanduser().absolute()


def _number(lowest: int, highest: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if value.isascii() and value.strip().isdecimal() and lowest <= int(value) <= highest:
            return int(value)
        limits = f"{lowest}–{highest}"
        raise _malformed(name, value, ru=f"целое число {limits}", en=f"a whole number {limits}")

    return read


def _switch(name: str, value: str) -> bool:
    if value.strip() in ("0", "1"):
        return value.strip() == "1"
    raise _malformed(name, value, ru="0 или 1", en="0 or 1")


def _log_level(name: str, value: str) -> str:
    levels = ("critical", "error", "warning", "info", "debug")
    if value.strip().lower() in levels:
        return value.strip().lower()
    raise _malformed(name, value, ru=f"одно из {', '.join(levels)}", en=f"one of {', '.join(levels)}")


def _web_address(name: str, value: str) -> str:
    address = value.strip().rstrip("/")
    with contextlib.suppress(ValueError):
        parts = urlsplit(address)
        # Certificates hold addresses in ASCII (RFC 5280 §7.4).
        if (
            parts.scheme in ("http", "https")
            and parts.hostname
            and not parts.username
            and address.isascii()
            and not parts.query + parts.fragment
        ):
            return address
    example = "https://journals.example.org"
    raise _malformed(name, value, ru=f"адрес вида {example} (латиницей)", en=f"an ASCII address like {example}")


def _service_address(name: str, value: str) -> str:
    """An address that is called as it is written."""
    address = value.strip()
    parts = urlsplit(address)
    if parts.scheme in ("http", "https") and parts.hostname and address.isascii() and not parts.fragment:
        return address
    example = "https://time.example.org/tsr"
    raise _malformed(name, "…", ru=f"адрес вида {example} (латиницей)", en=f"an ASCII address like {example}")


def _database_address(name: str, value: str) -> str:
    if value.strip().startswith(("postgresql://", "postgres://")):
        return value.strip()
    # The value may hold a password and is therefore not repeated.
    example = "postgresql://user:password@host:5432/database"
    raise _malformed(name, "…", ru=f"адрес вида {example}", en=f"an address like {example}")


def _bucket_address(name: str, value: str) -> str:
    address = value.strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme == "s3" and re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc) and not parts.query:
        return address
    example = "s3://bucket/prefix"
    raise _malformed(name, value, ru=f"адрес вида {example}", en=f"an address like {example}")


def _mail_service(name: str, value: bytes) -> str:
    address = value.decode(errors="replace").strip()
    try:
        SmtpServer.at(address)
    except ValueError as error:
        # The value may hold a password and is therefore not repeated.
        examples = "smtp://user:password@host:587, smtps://host:465, smtp+plain://localhost:25"
        raise _malformed(name, "…", ru=f"адрес вида {examples}", en=f"an address like {examples}") from error
    return address


def _sender(name: str, value: str) -> str:
    shown, address = parseaddr(value.strip())
    local, _, domain = address.rpartition("@")
    if local and domain and value.isprintable() and (shown + address).isprintable():
        return value.strip()
    example = "Журналы <journals@example.org>"
    raise _malformed(name, value, ru=f"адрес вида {example}", en=f"an address like {example}")


def _file_kinds(name: str, value: str) -> tuple[FileKind, ...]:
    given = {each.strip().lower() for each in value.split(",") if each.strip()}
    if given and given <= set(FileKind):
        return tuple(kind for kind in FileKind if kind in given)
    known = ", ".join(FileKind)
    raise _malformed(name, value, ru=f"список через запятую из {known}", en=f"a comma-separated list of {known}")


def _networks(name: str, value: str) -> tuple[str, ...]:
    """Addresses and networks in text, as uvicorn takes them."""
    given = [each.strip() for each in value.split(",") if each.strip()]
    with contextlib.suppress(ValueError):
        return tuple(str(ip_network(each)) if "/" in each else str(ip_address(each)) for each in given)
    example = "10.0.0.7, 192.168.0.0/24"
    raise _malformed(name, value, ru=f"адреса и сети вида {example}", en=f"addresses and networks like {example}")


def _origins(name: str, value: str) -> tuple[str, ...]:
    """Origins as browsers send them (RFC 6454 §6.2): no path, no final slash, the default port left out."""
    origins = tuple(each.strip() for each in value.split(",") if each.strip())
    for origin in origins:
        with contextlib.suppress(ValueError):
            parts = urlsplit(origin)
            if (
                parts.scheme in ("http", "https")
                and parts.hostname
                and origin == f"{parts.scheme}://{parts.netloc}".lower()
                and not parts.username
            ):
                continue
        example = "https://app.example.org"
        raise _malformed(name, value, ru=f"список вида {example}, …", en=f"a list like {example}, …")
    return origins


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "DATA_FOLDER": _folder,
    "HOST": _text,
    "PORT": _number(1, 65_535),
    "PUBLIC_URL": _web_address,
    "DATABASE_URL": _database_address,
    "MIGRATION_DATABASE_URL": _database_address,
    "AUTHORITY_FOLDER": _folder,
    "PKCS11_MODULE": _folder,
    "AUTHORITY_TOKEN": _text,
    "AUTHORITY_ROOT_TOKEN": _text,
    "COMPROMISED_KEYS": _folder,
    "FOUR_EYES": _switch,
    "CERTIFICATE_DAYS": _number(1, 3 * 366),
    "REQUEST_DAYS": _number(1, 366),
    "TIME_STAMP_URL": _service_address,
    "TIME_STAMP_ROOTS": _folder,
    "FILE_STORAGE_URL": _bucket_address,
    "FILE_STORAGE_ENDPOINT": _service_address,
    "FILE_STORAGE_REGION": _text,
    "FILE_STORAGE_KEY_ID": _text,
    "FILE_MIB": _number(1, 1024),
    "FILE_KINDS": _file_kinds,
    "FILES_PER_ENTRY": _number(1, 100),
    "FILES_UNHELD_MIB": _number(1, 1024 * 1024),
    "FILES_ORPHANED_HOURS": _number(1, 24 * 366),
    "FILE_UPLOADS_PER_MINUTE": _number(1, 10_000),
    "MAIL_FROM": _sender,
    "JOBS": _switch,
    "DEMO": _switch,
    "SESSION_HOURS": _number(1, 24 * 365),
    "SECOND_FACTOR_REQUIRED": _switch,
    "TRUSTED_PROXIES": _networks,
    "STATEMENT_TIMEOUT_MS": _number(1, 24 * 3_600_000),
    "GRAPHQL_TOKENS": _number(10, 100_000),
    "GRAPHQL_DEPTH": _number(1, 100),
    "GRAPHQL_ALIASES": _number(0, 10_000),
    "GRAPHQL_DIRECTIVES": _number(0, 10_000),
    "GRAPHQL_ROOT_FIELDS": _number(1, 1_000),
    "GRAPHQL_BODY_KIB": _number(1, 65_536),
    "GRAPHQL_COST": _number(1, 10**9),
    "GRAPHQL_COST_PER_MINUTE": _number(1, 10**12),
    "GRAPHQL_COST_PER_MINUTE_ANONYMOUS": _number(1, 10**12),
    "INTROSPECTION": _switch,
    "TRUSTED_DOCUMENTS": _folder,
    "TRUSTED_DOCUMENTS_ONLY": _switch,
    "CORS_ORIGINS": _origins,
    "SOCKETS": _number(1, 1_000_000),
    "SOCKETS_PER_CALLER": _number(1, 100_000),
    "SOCKETS_PER_NETWORK": _number(1, 1_000_000),
    "OPERATIONS_PER_SOCKET": _number(1, 10_000),
    "PDF_ENGINE": _text,
    "PG_BINDIR": _folder,
    "LOG_LEVEL": _log_level,
}
