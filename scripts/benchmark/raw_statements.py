"""The statements of the bare server: one text for each query, role and language.

What a careful engineer writes who knows the tables: row_to_json over ordered correlated subqueries, visibility asked at
the top alone because the database keeps the tenants of a tree equal, order by `number` alone because it is unique in a
journal, all counts of a journal in one pass.
"""

from __future__ import annotations

ROLE = """
select u.role, u.language from sessions s join users u on u.id = s.user_id
where s.token_digest = $1 and s.ended_at is null and s.expires_at > now() and u.active
"""

ACTOR = """
with a as materialized (
    select u.id, u.organization_id from sessions s join users u on u.id = s.user_id
    where s.token_digest = $1 and s.ended_at is null and s.expires_at > now() and u.active
      and u.role = '{role}' and u.language = '{language}')
"""

ASSIGNED = """exists(
    select from assignments g where g.object_id = {object} and g.user_id = a.id and g.valid_from <= now()
    and (g.valid_to is null or g.valid_to > now()){of_type})"""
OF_TYPE = """
    and (g.all_types or exists(
        select from assignment_types at where at.assignment_id = g.id and at.type_id = {type}))"""


def one(select: str) -> str:
    """The row as JSON, null if there is none."""
    return f"(select row_to_json(t) from ({select}) t)"


def every(select: str) -> str:
    """The rows as a JSON array."""
    return f"(select coalesce(json_agg(t), '[]') from ({select}) t)"


def identifier(type_name: str, key: str) -> str:
    """The public identifier of a row. Nothing in it needs base64url's own letters; the padding is of a known length."""
    octets = len(type_name) + 37
    text = f"encode(('{type_name}:' || {key})::bytea, 'base64')"
    return text if octets % 3 == 0 else f"left({text}, {-(-octets * 4 // 3)})"


def visible(role: str, t: str, object: str, type: str | None) -> str:
    """The condition that the actor sees the row `t`, which hangs on an object and perhaps on a type."""
    match role:
        case "SUPERADMIN":
            return "true"
        case "OPERATOR_ADMIN":
            return f"{t}.operator_id = a.organization_id"
        case "SUBSCRIBER_ADMIN":
            return f"{t}.subscriber_id = a.organization_id"
        case _:
            return ASSIGNED.format(object=object, of_type=OF_TYPE.format(type=type) if type else "")


def journals_of(role: str, columns: str, beside: str = "") -> str:
    """The active journals of the object `o`: an employee sees those of the types assigned, an admin all."""
    may = visible(role, "j", "j.object_id", "j.type_id") if role.endswith("EMPLOYEE") else "true"
    return every(
        f"select {identifier('Journal', 'j.id')} as id, {columns} from journals j{beside}"
        f" where j.object_id = o.id and j.status = 'ACTIVE' and {may} order by j.type_id, j.volume"
    )


def objects(role: str, columns: str, further: str = "true") -> str:
    """The first $2 objects, as a connection."""
    node = one(f"select {identifier('ServiceObject', 'o.id')} as id, o.name, {columns}")
    edges = every(
        f"select {node} as node from objects o where {visible(role, 'o', 'o.id', None)} and {further}"
        " order by o.name_sort, o.id limit $2"
    )
    return f"select {one(f'select {edges} as edges')} from a"


def graph(role: str, language: str, after: bool) -> str:
    """$2 how many objects, $3 and $4 the name and the key they come after, $5 how many entries."""
    signatures = every(
        f'select {identifier("Signature", "s.id")} as id, s.code, s.side, s.level, s.signed_at as "signedAt",'
        " signer, certificate from signatures s"
        ", lateral (select p.name, p.position, p.organization, p.side from people p where p.id = s.signer_id) signer"
        ', lateral (select c.serial, c.fingerprint, c.not_after as "notAfter"'
        " from certificates c where c.id = s.certificate_id) certificate"
        " where s.revision_id = r.id order by s.signed_at, s.id"
    )
    revision = one(
        f"select {identifier('Revision', 'r.id')} as id, r.number, r.digest, r.values,"
        f' r.performed_at as "performedAt", author, {signatures} as signatures from revisions r'
        ", lateral (select p.name, p.position from people p where p.id = r.author_id) author"
        " where r.id = e.current_revision_id"
    )
    node = one(f"select {identifier('Entry', 'e.id')} as id, e.number, e.status, {revision} as revision")
    edges = every(f"select {node} as node from entries e where e.journal_id = j.id order by e.number limit $5")
    kind = one(
        f"select {identifier('JournalType', 'k.id')} as id, k.code, k.name_{language} as name from journal_types k"
        " where k.id = j.type_id"
    )
    journals = journals_of(role, f"j.volume, j.status, {kind} as type, {one(f'select {edges} as edges')} as entries")
    further = "(o.name_sort, o.id) > ($3::text, $4::uuid)" if after else "$3::text is null and $4::uuid is null"
    return objects(role, f"o.address, {journals} as journals", further)


def counts(role: str, language: str, after: bool) -> str:
    """$2 how many objects."""
    words = ("AWAITING_SIGNATURES", "SIGNED", "DECLINED", "ANNULLED")
    passed = ", ".join(f"count(*) filter (where e.status = '{word}') as {_alias(word)}" for word in words)
    totals = ", ".join(
        f'(select t from (select c.{_alias(word)} as "totalCount") t) as {_alias(word)}' for word in words
    )
    beside = f", lateral (select {passed} from entries e where e.journal_id = j.id) c"
    return objects(role, journals_of(role, totals, beside) + " as journals")


def _alias(status: str) -> str:
    return status.partition("_")[0].lower()


def point(role: str, language: str, after: bool) -> str:
    """$2 the entry's key."""
    revision = one(
        f"select {identifier('Revision', 'r.id')} as id, r.number, r.kind, r.digest, r.values, r.reason,"
        ' r.performed_at as "performedAt", r.recorded_at as "recordedAt", author from revisions r'
        ", lateral (select p.name, p.position from people p where p.id = r.author_id) author"
        " where r.id = e.current_revision_id"
    )
    slots = every(
        f'select {identifier("Slot", "s.id")} as id, s.side, s.duty, s."order", s.status from slots s'
        ' where s.revision_id = e.current_revision_id order by s."order", s."group", s.id'
    )
    signatures = every(
        f'select {identifier("Signature", "s.id")} as id, s.side, s.signed_at as "signedAt", signer, certificate'
        " from signatures s, lateral (select p.name from people p where p.id = s.signer_id) signer"
        ', lateral (select c.serial, c.not_after as "notAfter" from certificates c where c.id = s.certificate_id)'
        " certificate where s.revision_id = e.current_revision_id order by s.signed_at, s.id"
    )
    entry = one(
        f"select {identifier('Entry', 'e.id')} as id, e.number, e.status, {revision} as revision, {slots} as slots,"
        f" {signatures} as signatures from entries e"
        f" where e.id = $2 and {visible(role, 'e', 'e.object_id', 'e.type_id')}"
    )
    return f"select {entry} from a"


def page(role: str, language: str, after: bool) -> str:
    """$2 the journal's key, $3 how many entries, $4 the number they come after."""
    revision = one(
        'select r.number, r.values, r.performed_at as "performedAt", author from revisions r'
        ", lateral (select p.name from people p where p.id = r.author_id) author where r.id = e.current_revision_id"
    )
    signatures = every(
        'select s.side, s.signed_at as "signedAt", signer'
        " from signatures s, lateral (select p.name from people p where p.id = s.signer_id) signer"
        " where s.revision_id = e.current_revision_id order by s.signed_at, s.id"
    )
    node = one(
        f"select {identifier('Entry', 'e.id')} as id, e.number, e.status, {revision} as revision,"
        f" {signatures} as signatures"
    )
    within = "e.journal_id = j.id" + (" and e.number > $4::int" if after else " and $4::int is null")
    place = "rtrim(encode(('[' || e.number || ']')::bytea, 'base64'), '=')"
    edges = f"select {place} as cursor, {node} as node from entries e where {within} order by e.number limit $3"
    connection = one(
        "select coalesce(json_agg(t), '[]') as edges, (select p from (select"
        f" (select count(*) from (select from entries e where {within} order by e.number limit $3 + 1) m) > $3"
        ' as "hasNextPage", (array_agg(t.cursor))[1] as "startCursor",'
        ' (array_agg(t.cursor))[count(t.cursor)] as "endCursor") p) as "pageInfo"'
        f" from ({edges}) t"
    )
    journal = one(
        f"select {identifier('Journal', 'j.id')} as id, j.volume, j.status, {connection} as entries from journals j"
        f" where j.id = $2 and {visible(role, 'j', 'j.object_id', 'j.type_id')}"
    )
    return f"select {journal} from a"


STATEMENTS = {"graph": graph, "point": point, "page": page, "counts": counts}


def statement(query: str, role: str, language: str, after: bool) -> str:
    """The text of a query for an actor of `role`, whose token's digest is $1; `after` says whether it goes on from a
    place. It yields no row unless the token stands for such an actor."""
    return ACTOR.format(role=role, language=language) + STATEMENTS[query](role, language, after)
