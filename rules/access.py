"""Which rows a caller may see: the only place that says so, and the door every row is had through.

A policy is a condition in SQL over a table's alias with the actor as parameters, so that one statement can carry it at
any depth (design.md §6). A model without a policy is visible to nobody.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

from tortoise import Model, connections

import models.attachments as attachments
import models.certificates as certificates
import models.entries as entries
import models.events as events
import models.imports as imports
import models.journals as journals
import models.objects as objects
import models.organizations as organizations
import models.revocation as revocation
import models.service_accounts as service_accounts
import models.signatures as signatures
import models.users as users
from models.enums import Role, ServiceScope
from rules.actor import Actor, Anonymous, Caller
from rules.refusals import Code, Refusal, not_found
from rules.tenancy import confined

ADMINS = {Role.OPERATOR_ADMIN: "operator_id", Role.SUBSCRIBER_ADMIN: "subscriber_id"}
EMPLOYEES = {Role.OPERATOR_EMPLOYEE: "operator_id", Role.SUBSCRIBER_EMPLOYEE: "subscriber_id"}

Row = TypeVar("Row", bound=Model)


class Parameters:
    """The values of one statement, in the order of their placeholders."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def bind(self, value: Any, sql_type: str) -> str:
        """A placeholder for `value`, cast to the PostgreSQL type `sql_type`."""
        self.values.append(value)
        return f"${len(self.values)}::{sql_type}"


Policy = Callable[[Actor, str, Parameters], str]


def _user(actor: Actor, parameters: Parameters) -> str:
    return parameters.bind(actor.user_id, "uuid")


def _organization(actor: Actor, parameters: Parameters) -> str:
    return parameters.bind(actor.organization_id, "uuid")


def assigned(
    actor: Actor, parameters: Parameters, object_id: str, type_id: str | None, *, also: str | None = None
) -> str:
    """The SQL condition that the actor is assigned to the object now and, where a type is given, for that type; `also`
    is a further condition on the assignment, aliased `a`."""
    now = parameters.bind(actor.now, "timestamptz")
    of_type = (
        f" and (a.all_types or {type_id} is null or exists(select 1 from assignment_types at"
        f" where at.assignment_id = a.id and at.type_id = {type_id}))"
        if type_id
        else ""
    )
    further = f" and {also}" if also else ""
    return (
        f"exists(select 1 from assignments a where a.object_id = {object_id} and a.user_id = {_user(actor, parameters)}"
        f" and a.valid_from <= {now} and (a.valid_to is null or a.valid_to > {now}){of_type}{further})"
    )


def _party(actor: Actor, t: str, parameters: Parameters) -> str:
    """Rows of the caller's organisation, on whichever side it stands."""
    own = _organization(actor, parameters)
    return f"({t}.operator_id = {own} or {t}.subscriber_id = {own})"


def _tenant(object_column: str, type_column: str | None, *, shared: bool = True) -> Policy:
    """Rows that hang on an object: the owner sees all, admins their organisation's, employees the assigned ones. Unless
    it is not `shared`, they also see what was recorded under the objects that theirs stand for, where the history is
    (law 11)."""

    def policy(actor: Actor, t: str, parameters: Parameters) -> str:
        if actor.role is Role.SUPERADMIN:
            return "true"
        if actor.role is Role.PARTNER:
            return _party(actor, t, parameters)
        place = f"{t}.{object_column}"
        if column := ADMINS.get(actor.role):
            own = _organization(actor, parameters)
            theirs = f"{t}.{column} = {own}"
            if actor.role is Role.SUBSCRIBER_ADMIN or not shared:
                return theirs
            return (
                f"({theirs} or {place} in (select h.former_id from object_successions h"
                f" where h.operator_id = {own} and h.shares_history))"
            )
        of_type = type_column and f"{t}.{type_column}"
        now = assigned(actor, parameters, place, of_type)
        if not shared:
            return now
        later = assigned(actor, parameters, "h.successor_id", of_type)
        return (
            f"({now} or exists(select 1 from object_successions h"
            f" where h.former_id = {place} and h.shares_history and {later}))"
        )

    return policy


def _signatures(actor: Actor, t: str, parameters: Parameters) -> str:
    """One's own signatures stay visible after the assignment has ended (design.md §3, law 11)."""
    of_object = _tenant("object_id", "type_id")(actor, t, parameters)
    return of_object if actor.role not in EMPLOYEES else f"({of_object} or {t}.user_id = {_user(actor, parameters)})"


def _own_staff(own: str) -> Policy:
    """Rows about people: all for the owner, one's own organisation's for admins, one's own for employees."""

    def policy(actor: Actor, t: str, parameters: Parameters) -> str:
        if actor.role is Role.SUPERADMIN:
            return "true"
        oneself = f"{t}.{own} = {_user(actor, parameters)}"
        if actor.role in ADMINS:
            # One's own even from another company that one was of.
            return f"({t}.organization_id = {_organization(actor, parameters)} or {oneself})"
        return oneself

    return policy


def _organizations(actor: Actor, t: str, parameters: Parameters) -> str:
    if actor.role is Role.SUPERADMIN:
        return "true"
    own = _organization(actor, parameters)
    if actor.role in EMPLOYEES:
        return f"{t}.id = {own}"
    return (
        f"({t}.id = {own} or {t}.founder_id = {own} or exists(select 1 from contracts c"
        f" where (c.operator_id = {own} and c.subscriber_id = {t}.id)"
        f" or (c.subscriber_id = {own} and c.operator_id = {t}.id)))"
    )


def _contracts(actor: Actor, t: str, parameters: Parameters) -> str:
    if actor.role is Role.SUPERADMIN:
        return "true"
    if actor.role is Role.PARTNER:
        return _party(actor, t, parameters)
    if column := ADMINS.get(actor.role):
        return f"{t}.{column} = {_organization(actor, parameters)}"
    on_object = assigned(actor, parameters, "o.id", None)
    return f"exists(select 1 from objects o where o.contract_id = {t}.id and {on_object})"


def _events(actor: Actor, t: str, parameters: Parameters) -> str:
    """Admins see what touches their organisation; employees what happens on assigned objects and what is about them."""
    if actor.role is Role.SUPERADMIN:
        return "true"
    if actor.role is Role.PARTNER:
        return _party(actor, t, parameters)
    if column := ADMINS.get(actor.role):
        return f"{t}.{column} = {_organization(actor, parameters)}"
    user = _user(actor, parameters)
    on_object = assigned(actor, parameters, f"{t}.object_id", f"{t}.type_id")
    return f"({on_object} or {t}.user_id = {user} or {t}.actor_user_id = {user})"


def _types(column: str | None) -> Policy:
    """The installation's own journal types are everybody's; a derived one is its operator's and of those it serves."""

    def policy(actor: Actor, t: str, parameters: Parameters) -> str:
        if actor.role is Role.SUPERADMIN:
            return "true"
        own, k = _organization(actor, parameters), "k" if column else t
        derived = f"{k}.operator_id = {own}"
        served = f"exists(select 1 from journals j where j.type_id = {k}.id and j.subscriber_id = {own})"
        theirs = f"({derived} or {served})" if actor.role is Role.PARTNER else derived
        if actor.role in (Role.SUBSCRIBER_ADMIN, Role.SUBSCRIBER_EMPLOYEE):
            theirs = served
        seen = f"({k}.operator_id is null or {theirs})"
        return f"exists(select 1 from journal_types k where k.id = {t}.{column} and {seen})" if column else seen

    return policy


def _drafts(actor: Actor, t: str, parameters: Parameters) -> str:
    """An author's alone, until it has become an entry."""
    return f"({t}.author_id = {_user(actor, parameters)} and {t}.entry_id is null)"


def _attachments(actor: Actor, t: str, parameters: Parameters) -> str:
    """One's own uploads, and what a visible revision holds."""
    held = POLICIES[attachments.RevisionAttachment](actor, "ra", parameters)
    return (
        f"({t}.uploader_id = {_user(actor, parameters)}"
        f" or exists(select 1 from revision_attachments ra where ra.attachment_id = {t}.id and {held}))"
    )


def _absences(actor: Actor, t: str, parameters: Parameters) -> str:
    """As people are seen, and by the substitute."""
    return f"({_own_staff('user_id')(actor, t, parameters)} or {t}.substitute_id = {_user(actor, parameters)})"


def _closing_records(actor: Actor, t: str, parameters: Parameters) -> str:
    of_journal = POLICIES[journals.Journal](actor, "j", parameters)
    return f"exists(select 1 from journals j where j.id = {t}.journal_id and {of_journal})"


def _of_certificate(actor: Actor, t: str, parameters: Parameters) -> str:
    of_certificate = POLICIES[certificates.Certificate](actor, "c", parameters)
    return f"exists(select 1 from certificates c where c.id = {t}.certificate_id and {of_certificate})"


def _notifications(actor: Actor, t: str, parameters: Parameters) -> str:
    """One's own; of what happens to an entry only while one may see it (law 11)."""
    seen = _events(actor, "e", parameters)
    return (
        f"({t}.user_id = {_user(actor, parameters)} and exists(select 1 from events e"
        f" where e.id = {t}.event_id and (e.entry_id is null or {seen})))"
    )


def _imports(actor: Actor, t: str, parameters: Parameters) -> str:
    """For those who may bring objects in."""
    if actor.role is Role.SUPERADMIN:
        return "true"
    if actor.role is not Role.OPERATOR_ADMIN:
        return "false"
    return f"{t}.operator_id = {_organization(actor, parameters)}"


def _import_rows(actor: Actor, t: str, parameters: Parameters) -> str:
    of_import = POLICIES[imports.ObjectImport](actor, "i", parameters)
    return f"exists(select 1 from object_imports i where i.id = {t}.of_id and {of_import})"


def _everybody(actor: Actor, t: str, parameters: Parameters) -> str:
    return "true"


POLICIES: dict[type[Model], Policy] = {
    organizations.Organization: _organizations,
    organizations.Contract: _contracts,
    users.User: _own_staff("id"),
    objects.ServiceObject: _tenant("id", None),
    objects.System: _tenant("object_id", None),
    objects.ObjectSuccession: _tenant("successor_id", None),
    objects.Assignment: _tenant("object_id", None, shared=False),
    objects.Absence: _absences,
    journals.JournalType: _types(None),
    journals.JournalTypeVersion: _types("type_id"),
    journals.ReferenceList: _everybody,
    journals.Journal: _tenant("object_id", "type_id"),
    journals.ClosingRecord: _closing_records,
    entries.Entry: _tenant("object_id", "type_id"),
    entries.Revision: _tenant("object_id", "type_id"),
    entries.Slot: _tenant("object_id", "type_id"),
    entries.Comment: _tenant("object_id", "type_id"),
    entries.Draft: _drafts,
    attachments.Attachment: _attachments,
    attachments.RevisionAttachment: _tenant("object_id", "type_id"),
    signatures.Signature: _signatures,
    certificates.Certificate: _own_staff("user_id"),
    certificates.CertificateRequest: _own_staff("user_id"),
    certificates.Agreement: _everybody,
    revocation.CertificateStatusChange: _of_certificate,
    revocation.CompromiseReport: _of_certificate,
    service_accounts.ServiceAccount: _own_staff("id"),
    imports.ObjectImport: _imports,
    imports.ObjectImportRow: _import_rows,
    events.Event: _events,
    events.Notification: _notifications,
}


SCOPES: dict[ServiceScope, tuple[type[Model], ...]] = {
    ServiceScope.OBJECTS: (
        organizations.Organization,
        organizations.Contract,
        objects.ServiceObject,
        objects.System,
        objects.ObjectSuccession,
        objects.Assignment,
    ),
    ServiceScope.JOURNALS: (
        journals.JournalType,
        journals.JournalTypeVersion,
        journals.ReferenceList,
        journals.Journal,
        journals.ClosingRecord,
        entries.Entry,
        entries.Revision,
        entries.Slot,
        entries.Comment,
        attachments.Attachment,
        attachments.RevisionAttachment,
        signatures.Signature,
    ),
    ServiceScope.EVENTS: (events.Event,),
    ServiceScope.PAPER: (),
}
"""What each scope of a partner's token opens. What stands in none is shown to no partner."""


def condition(model: type[Model], caller: Caller, alias: str, parameters: Parameters) -> str:
    """The SQL condition under which `caller` may see rows of `model`, whose table is aliased `alias`."""
    policy = POLICIES.get(model)
    if policy is None or isinstance(caller, Anonymous):
        return "false"
    if caller.confined:
        return f"{alias}.id = {_user(caller, parameters)}" if model is users.User else "false"
    if caller.role is Role.PARTNER and not _opened(model, caller.scopes):
        return "false"
    return policy(caller, alias, parameters)


def _opened(model: type[Model], scopes: Iterable[ServiceScope]) -> bool:
    return model is service_accounts.ServiceAccount or any(model in SCOPES[scope] for scope in scopes)


def signed_in(caller: Caller) -> Actor:
    """The caller as an actor. Raises UNAUTHENTICATED for an anonymous one."""
    if isinstance(caller, Anonymous):
        raise Refusal(Code.UNAUTHENTICATED)
    return caller


async def visible_ids(model: type[Model], caller: Caller, ids: Iterable[UUID], *, lock: bool = False) -> set[UUID]:
    """Those of `ids` whose rows the caller may see; with `lock` they are held until the transaction ends."""
    parameters = Parameters()
    wanted = parameters.bind(list(ids), "uuid[]")
    may = condition(model, caller, "t", parameters)
    statement = f'select t.id from "{model._meta.db_table}" t where t.id = any({wanted}) and {may}' + (
        " order by t.id for no key update of t" if lock else ""
    )
    with confined(caller):
        rows = await connections.get("default").execute_query_dict(statement, parameters.values)
    return {UUID(str(row["id"])) for row in rows}


async def get(model: type[Row], caller: Caller, id: UUID, *, field: str | None = None, lock: bool = False) -> Row:
    """The row, if the caller may see it; with `lock` it cannot change until the transaction ends.

    Raises NOT_FOUND naming `field`, alike for a row that does not exist and for one that may not be seen.
    """
    if not await visible_ids(model, caller, [id], lock=lock):
        raise not_found(field)
    return await model.get(id=id)
