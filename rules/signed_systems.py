"""Systems as the signed content of revisions describes them: what an entry named stays as it was signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson

from models.entries import Revision
from models.journals import JournalTypeVersion
from rules.values import systems_in


async def signed_systems(
    revisions: Iterable[Revision], versions: Mapping[UUID, JournalTypeVersion]
) -> dict[UUID, dict[str, Mapping[str, Any]]]:
    """By revision, then by public id: `{kind, name, model, serial, place, …}` of the systems that its values name.

    :param versions: the versions that the revisions were made with, by id
    """
    naming = [
        revision.id for revision in revisions if systems_in(revision.values, versions[revision.type_version_id].columns)
    ]
    rows = await Revision.filter(id__in=naming).values_list("id", "payload") if naming else []
    return {id: {system["id"]: system for system in orjson.loads(payload)["systems"]} for id, payload in rows}
