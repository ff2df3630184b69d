"""What the textbook's resolvers are given: who may see what, and a DataLoader a relation."""

# mypy: disable-error-code="attr-defined"
from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.expressions import Q
from tortoise.functions import Count

from models import certificates, entries, enums, journals, objects, signatures, users


class Access:
    """What a user may see; `assigned` is for employees: the types by object, None for all types."""

    def __init__(self, user: users.User, assigned: dict[UUID, set[UUID] | None]) -> None:
        self._user, self._assigned = user, assigned

    def objects(self) -> Q:
        """The objects seen."""
        match self._user.role:
            case enums.Role.SUPERADMIN:
                return Q()
            case enums.Role.OPERATOR_ADMIN:
                return Q(operator_id=self._user.organization_id)
            case enums.Role.SUBSCRIBER_ADMIN:
                return Q(subscriber_id=self._user.organization_id)
            case _:
                return Q(id__in=list(self._assigned))

    def sees(self, row: Any) -> bool:
        """Whether a journal or an entry is seen."""
        match self._user.role:
            case enums.Role.SUPERADMIN:
                return True
            case enums.Role.OPERATOR_ADMIN:
                return bool(row.operator_id == self._user.organization_id)
            case enums.Role.SUBSCRIBER_ADMIN:
                return bool(row.subscriber_id == self._user.organization_id)
            case _:
                types = self._assigned.get(row.object_id, set())
                return types is None or row.type_id in types


async def access_of(user: users.User, now: datetime) -> Access:
    """What the user may see now."""
    assigned: dict[UUID, set[UUID] | None] = {}
    if user.role in (enums.Role.OPERATOR_EMPLOYEE, enums.Role.SUBSCRIBER_EMPLOYEE):
        in_force = objects.Assignment.filter(user_id=user.id, valid_from__lte=now)
        in_force = in_force.filter(Q(valid_to=None) | Q(valid_to__gt=now)).prefetch_related("types")
        for row in await in_force:
            types = assigned.setdefault(row.object_id, set())
            if row.all_types or types is None:
                assigned[row.object_id] = None
            else:
                types.update(one.type_id for one in row.types)
    return Access(user, assigned)


def by_id(model: Any) -> DataLoader[UUID, Any]:
    """Rows by their key."""

    async def load(keys: list[UUID]) -> list[Any]:
        found = await model.in_bulk(keys, "id")
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)


def below(model: Any, column: str, *order: str) -> DataLoader[UUID, list[Any]]:
    """Rows by the row they hang on."""

    async def load(keys: list[UUID]) -> list[list[Any]]:
        found = defaultdict(list)
        for row in await model.filter(**{f"{column}__in": keys}).order_by(*order):
            found[getattr(row, column)].append(row)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)


async def counts(keys: list[UUID]) -> list[dict[str, int]]:
    """How many entries of each status the journals have."""
    found: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = entries.Entry.filter(journal_id__in=keys).annotate(many=Count("id")).group_by("journal_id", "status")
    for row in await rows.values("journal_id", "status", "many"):
        found[row["journal_id"]][row["status"]] = row["many"]
    return [found[key] for key in keys]


def loaders() -> dict[str, DataLoader[UUID, Any]]:
    """Fresh ones, for one request."""
    return {
        "people": by_id(users.Person),
        "certificates": by_id(certificates.Certificate),
        "types": by_id(journals.JournalType),
        "revisions": by_id(entries.Revision),
        "revisions_of_entry": below(entries.Revision, "entry_id", "number"),
        "journals": below(journals.Journal, "object_id", "type_id", "volume", "id"),
        "entries": below(entries.Entry, "journal_id", "number"),
        "slots": below(entries.Slot, "revision_id", "order", "group", "id"),
        "signatures": below(signatures.Signature, "revision_id", "signed_at", "id"),
        "counts": DataLoader(load_fn=counts),
    }
