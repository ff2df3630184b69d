"""Which language a visitor reads: what `?lang=` asks for, else the browser's wish, else Russian."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from models.enums import Language


def language_of(request: HTTPConnection) -> Language:
    """The language to answer in (RFC 9110 §12.5.4 for the browser's wish)."""
    chosen = chosen_language(request)
    return chosen or _wished(request.headers.get("accept-language", ""))


def chosen_language(request: HTTPConnection) -> Language | None:
    """The language that the address itself names, so that links can keep it."""
    asked = request.query_params.get("lang", "").lower()
    return Language(asked) if asked in set(Language) else None


def _wished(header: str) -> Language:
    wishes: list[tuple[float, Language]] = []
    for part in header[:500].split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in set(Language):
            wishes.append((_weight(parameters), Language(primary)))
    weight, language = max(wishes, key=lambda wish: wish[0], default=(0.0, Language.RU))
    return language if weight > 0 else Language.RU


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
