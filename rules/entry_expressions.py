"""What the database works out of entries and revisions for whoever reads them."""

from __future__ import annotations

from models.entries import Entry, Revision
from models.enums import Role
from rules import access
from rules.actor import Anonymous, Caller
from rules.identifiers import expression
from rules.slots import obstacle


def revisable(caller: Caller, e: str, parameters: access.Parameters) -> str:
    """The SQL condition under which the caller may revise the entry aliased `e` now."""
    return (
        f"({annullable(caller, e, parameters)}"
        f" and exists(select 1 from journals j where j.id = {e}.journal_id and j.status = 'ACTIVE'))"
    )


def annullable(caller: Caller, e: str, parameters: access.Parameters) -> str:
    """The SQL condition under which the caller may propose to annul the entry aliased `e` now: archived volumes take
    annulments too (law 2)."""
    if isinstance(caller, Anonymous) or caller.role not in (Role.OPERATOR_ADMIN, Role.OPERATOR_EMPLOYEE):
        return "false"
    if caller.role is Role.OPERATOR_EMPLOYEE:
        on_duty = access.assigned(caller, parameters, f"{e}.object_id", f"{e}.type_id")
        mine = f" and {e}.author_id = {parameters.bind(caller.user_id, 'uuid')} and {on_duty}"
    else:
        mine = f" and {access.condition(Entry, caller, e, parameters)}"
    return (
        f"({e}.operator_id = {parameters.bind(caller.organization_id, 'uuid')} and {e}.status <> 'ANNULLED'"
        f" and {e}.current_revision_id = {e}.record_revision_id{mine})"
    )


def backdated(caller: Caller, r: str, parameters: access.Parameters) -> str:
    """The SQL condition that the work of the revision aliased `r` was recorded later than its journal type allows."""
    return (
        f"(select en.created_at - {r}.performed_at > make_interval(hours => v.record_within_hours)"
        f" from entries en, journal_type_versions v where en.id = {r}.entry_id and v.id = {r}.type_version_id)"
    )


def recorded_late(caller: Caller, e: str, parameters: access.Parameters) -> str:
    """The same of what the entry aliased `e` says."""
    return _of_record(e, backdated(caller, "rr", parameters))


def own(caller: Caller, e: str, parameters: access.Parameters) -> str:
    """The SQL condition that the caller recorded the entry aliased `e`."""
    return "false" if isinstance(caller, Anonymous) else f"{e}.author_id = {parameters.bind(caller.user_id, 'uuid')}"


def performed_since(e: str, placeholder: str) -> str:
    """The SQL condition that the work of the entry aliased `e` was done at `placeholder` or later."""
    return _of_record(e, f"rr.performed_at >= {placeholder}")


def performed_until(e: str, placeholder: str) -> str:
    """The SQL condition that the work of the entry aliased `e` was done before `placeholder`."""
    return _of_record(e, f"rr.performed_at < {placeholder}")


def says(e: str, placeholder: str) -> str:
    """The SQL condition that the words at `placeholder` stand in what the entry aliased `e` says."""
    said = (
        "(select string_agg(v #>> '{}', ' ') from jsonb_path_query(rr.values, '$.**') v"
        " where jsonb_typeof(v) in ('string', 'number'))"
    )
    words = (
        f"to_tsvector('pg_catalog.russian', search_words({said}))"
        f" || to_tsvector('pg_catalog.simple', search_words({said}))"
    )
    return _of_record(e, f"({words}) @@ search_query({placeholder})")


def obstacle_told(caller: Caller, e: str, parameters: access.Parameters) -> str:
    """The SQL of what keeps the caller from signing the entry aliased `e`, as JSON."""
    return f"coalesce(to_json({obstacle(caller, e, parameters)}::text), 'null')"


def file_address(caller: Caller, f: str, parameters: access.Parameters) -> str:
    """The SQL of the path from which the attachment aliased `f` is downloaded."""
    return f"'/files/' || {expression('Attachment', f'{f}.id')}"


def _of_record(e: str, stated: str) -> str:
    return f"exists(select 1 from revisions rr where rr.id = {e}.record_revision_id and {stated})"


def with_former(caller: Caller, r: str, parameters: access.Parameters) -> str:
    """The SQL of a JSON array: what the revision aliased `r` says, and what the one before it said; null if there is
    none or the caller, who may have signed only this one, may not see it (law 11)."""
    said = (
        "json_build_object('values', {0}.values, 'performedAt', {0}.performed_at, 'attachments',"
        " (select coalesce(json_agg(f.name order by ra.position), '[]') from revision_attachments ra"
        " join attachments f on f.id = ra.attachment_id where ra.revision_id = {0}.id))"
    )
    return (
        f"json_build_array({said.format(r)}, (select {said.format('before')} from revisions before"
        f" where before.entry_id = {r}.entry_id and before.number = {r}.number - 1"
        f" and {access.condition(Revision, caller, 'before', parameters)}))"
    )
