"""Public identifiers: opaque text that names a type and a row, as Relay's global object identification asks for."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from rules.refusals import invalid, not_found

LONGEST = 100
LINE_OCTETS = 57
"""PostgreSQL breaks base64 into lines of so many octets (RFC 2045 §6.8)."""


def encode(type_name: str, id: UUID) -> str:
    """The public identifier of a row of the GraphQL type `type_name`."""
    return base64.urlsafe_b64encode(f"{type_name}:{id}".encode()).decode().rstrip("=")


def parse(text: str, field: str) -> tuple[str, UUID]:
    """The type's name and the row's key. Raises INVALID naming `field` for a text that is no identifier."""
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        type_name, _, key = plain.partition(":")
        return type_name, UUID(key)
    except (ValueError, binascii.Error) as error:
        raise invalid(field, "malformed_id") from error


def decode(text: str, type_name: str, field: str) -> UUID:
    """The key of a row of `type_name`. Raises INVALID for no identifier, NOT_FOUND for one of another type."""
    named, key = parse(text, field)
    if named != type_name:
        raise not_found(field)
    return key


def expression(type_name: str, key: str) -> str:
    """The public identifier as an SQL expression over `key`, the SQL of a row's key: what `encode` makes of it.

    A type's name and a key are plain letters, digits, ":" and "-", whose base64 holds none of the characters in which
    the URL-safe alphabet differs (RFC 4648, section 5); what may have to be cut off is padding and the line's end.
    """
    octets = len(type_name) + 1 + 36
    text = f"encode(('{type_name}:' || {key})::bytea, 'base64')"
    if octets > LINE_OCTETS:
        return f"translate({text}, E'\\n=', '')"
    return text if octets % 3 == 0 and octets < LINE_OCTETS else f"left({text}, {-(-octets * 4 // 3)})"


def base64url_expression(text: str) -> str:
    """The SQL of `text` in base64url without padding (RFC 4648, section 5)."""
    return f"translate(encode(convert_to({text}, 'UTF8'), 'base64'), E'+/\\n=', '-_')"
