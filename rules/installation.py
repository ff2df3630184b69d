"""What this installation signs with and is reached at. Set once at start, before the first rule runs."""

from dataclasses import dataclass, field

from authority.keystore import Authority


@dataclass(frozen=True, slots=True)
class Installation:
    """`public_url` without a trailing slash; `server_secret` joins every PIN; `session_hours` is a session's length."""

    authority: Authority
    public_url: str
    server_secret: bytes = field(repr=False)
    session_hours: int = 12


_current: Installation | None = None


def install(installation: Installation) -> None:
    """Make `installation` the one that rules work with."""
    global _current
    _current = installation


def current() -> Installation:
    """The installation. Raises RuntimeError if a rule runs before the start is complete."""
    if _current is None:
        raise RuntimeError("no installation: call rules.installation.install at start")
    return _current
