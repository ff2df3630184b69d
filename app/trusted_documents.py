"""Documents that are known beforehand: clients send an id in the place of a text.

The manifest is what the frontends' build makes: Relay's (`{"id": "text"}`, relay-compiler's `persistConfig.file`) or
Apollo's (`generate-persisted-query-manifest`). An id comes as `documentId`, as GraphQL over HTTP has it, or as
`extensions.persistedQuery.sha256Hash`, as Apollo's clients send it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import orjson

from app.startup_refusal import StartupRefused
from schema.request_errors import RequestCode, RequestRefused


@dataclass(frozen=True)
class TrustedDocuments:
    """The known documents by their ids; with `only` nothing else is executed."""

    texts: Mapping[str, str]
    only: bool = False

    def text(self, query: object, document_id: object, extensions: object) -> str:
        """The text of the document that a request asks for. Raises RequestRefused."""
        if self.only or not query:
            return self._known(query, document_id, extensions)
        if not isinstance(query, str):
            raise RequestRefused(RequestCode.BAD_REQUEST)
        return query

    def _known(self, query: object, document_id: object, extensions: object) -> str:
        asked = document_id if document_id is not None else _hash_of(extensions)
        if asked is None:
            if isinstance(query, str) and query in self._trusted:
                return query
            if not query:
                raise RequestRefused(RequestCode.BAD_REQUEST)
            raise RequestRefused(RequestCode.QUERY_NOT_IN_SAFELIST, status=HTTPStatus.FORBIDDEN)
        if not self.texts:
            raise RequestRefused(RequestCode.PERSISTED_QUERY_NOT_SUPPORTED)
        text = self.texts.get(asked) if isinstance(asked, str) else None
        if text is None:
            raise RequestRefused(RequestCode.PERSISTED_QUERY_NOT_FOUND)
        return text

    @property
    def _trusted(self) -> frozenset[str]:
        return frozenset(self.texts.values())


def _hash_of(extensions: object) -> object:
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    return persisted.get("sha256Hash") if isinstance(persisted, dict) else None


def read_manifest(path: Path | None, *, only: bool) -> TrustedDocuments:
    """The documents of a manifest.

    :raises StartupRefused: if it cannot be read, or none is named although nothing else is to be executed
    """
    if path is None:
        if only:
            raise StartupRefused(
                ru="TRUSTED_DOCUMENTS_ONLY задан без TRUSTED_DOCUMENTS: не выполнялось бы ничего.",
                en="TRUSTED_DOCUMENTS_ONLY is set without TRUSTED_DOCUMENTS: nothing would be executed.",
            )
        return TrustedDocuments({})
    try:
        return TrustedDocuments(_texts(orjson.loads(path.read_bytes())), only)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StartupRefused(
            ru=f"TRUSTED_DOCUMENTS: список документов не читается ({error}).",
            en=f"TRUSTED_DOCUMENTS: the manifest cannot be read ({error}).",
        ) from error


def _texts(manifest: Any) -> dict[str, str]:
    if not isinstance(manifest, dict):
        raise ValueError("no JSON object")
    found = manifest
    if manifest.get("format") == "apollo-persisted-query-manifest":
        found = {each["id"]: each["body"] for each in manifest["operations"]}
    if not found or not all(isinstance(text, str) for text in found.values()):
        raise ValueError("neither Relay's nor Apollo's format")
    # GraphQL over HTTP writes the digest's name before it.
    return {**found, **{f"sha256:{name}": text for name, text in found.items()}}
