"""What is asked: the documents as a frontend would write them, and the variables they are asked with."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from rules.identifiers import encode

GRAPH = """
query Graph($first: Int!, $after: String, $entries: Int!) {
  objects(first: $first, after: $after) {
    edges { node {
      id name address
      journals(status: ACTIVE) {
        id volume status
        type { id code name }
        entries(first: $entries) { edges { node {
          id number status
          revision {
            id number digest values performedAt%s
            author { name position }
            signatures {
              id code side level signedAt
              signer { name position organization side }
              certificate { serial fingerprint notAfter }
            }
          }
        } } }
      }
    } }
  }
}
"""

POINT = """
query Point($id: ID!) {
  entry(id: $id) {
    id number status
    revision {
      id number kind digest values reason performedAt recordedAt
      author { name position }
    }
    slots { id side duty order status }
    signatures { id side signedAt signer { name } certificate { serial notAfter } }
  }
}
"""

PAGE = """
query Page($id: ID!, $first: Int!, $after: String) {
  journal(id: $id) {
    id volume status
    entries(first: $first, after: $after) {
      edges {
        cursor
        node {
          id number status
          revision { number values performedAt author { name } }
          signatures { side signedAt signer { name } }
        }
      }
      pageInfo { hasNextPage startCursor endCursor }
    }
  }
}
"""

COUNTS = """
query Counts($first: Int!) {
  objects(first: $first) {
    edges { node {
      id name
      journals(status: ACTIVE) {
        id
        awaiting: entries(first: 0, filter: {status: [AWAITING_SIGNATURES]}) { totalCount }
        signed: entries(first: 0, filter: {status: [SIGNED]}) { totalCount }
        declined: entries(first: 0, filter: {status: [DECLINED]}) { totalCount }
        annulled: entries(first: 0, filter: {status: [ANNULLED]}) { totalCount }
      }
    } }
  }
}
"""

DOCUMENTS = {
    "graph": GRAPH % "",
    "point": POINT,
    "page": PAGE,
    "counts": COUNTS,
    "mixed": GRAPH % " changes { field }",
}
"""`mixed` asks in the graph for one field that is worked out in Python."""

GRAPH_OBJECTS, GRAPH_ENTRIES, PAGE_ENTRIES, COUNTS_OBJECTS = 10, 18, 50, 50


SEEN = """
select o.id, o.name_sort from objects o join users u on u.id = $1
where (u.role = 'SUPERADMIN' or u.organization_id in (o.operator_id, o.subscriber_id))
  and (u.role not like '%EMPLOYEE' or exists(select from assignments a where a.object_id = o.id and a.user_id = u.id))
order by o.name_sort, o.id
"""
STRANGE = "select id from objects where id <> all($1) order by id limit 1"
PLACES = """
select e.id, e.journal_id, e.number
from entries e join journals j on j.id = e.journal_id
where j.object_id = any($1) and j.last_number = 100 and e.number < 50 and e.number % 7 = 3
order by e.id
"""
ENTRIES = "select id from entries where object_id = any($1) order by md5(id::text) limit $2"


@dataclass(frozen=True)
class Sample:
    """One request: its variables, and the place that their cursor means for a server that writes cursors of its own."""

    variables: Mapping[str, Any]
    after: tuple[Any, ...] | None = None


async def samples(url: str, user_id: UUID, many: int) -> dict[str, list[Sample]]:
    """About `many` requests of each query over the rows on the user's objects, and one over a stranger's.

    :param url: of the database, for a role that sees all
    """
    connection = await asyncpg.connect(url)
    try:
        objects = await connection.fetch(SEEN, user_id)
        ids = [row["id"] for row in objects]
        strange = [row["id"] for row in await connection.fetch(STRANGE, ids)]
        entries = await connection.fetch(ENTRIES, ids, many)
        entries += await connection.fetch(ENTRIES, strange, 1)
        places = await connection.fetch(PLACES, ids + strange)
    finally:
        await connection.close()
    starts = [(row["name_sort"], str(row["id"])) for row in _spread(objects[:-GRAPH_OBJECTS] or objects[:1], many)]
    graph = [
        Sample({"first": GRAPH_OBJECTS, "entries": GRAPH_ENTRIES, "after": start and cursor(*start)}, start)
        for start in (None, *starts[: many - 1])
    ]
    pages = [
        Sample(
            {
                "id": encode("Journal", row["journal_id"]),
                "first": PAGE_ENTRIES,
                "after": cursor(row["number"]) if turn % 5 else None,
            },
            (row["number"], str(row["id"])) if turn % 5 else None,
        )
        for turn, row in enumerate(_spread(places, many))
    ]
    return {
        "graph": graph,
        "point": [Sample({"id": encode("Entry", row["id"])}) for row in entries],
        "page": pages,
        "counts": [Sample({"first": COUNTS_OBJECTS})],
        "mixed": graph,
    }


def cursor(*values: Any) -> str:
    """A place in an order as the product writes it."""
    return base64.urlsafe_b64encode(json.dumps(values, ensure_ascii=False).encode()).decode().rstrip("=")


def _spread(rows: Sequence[Any], many: int) -> Sequence[Any]:
    """At most `many` of the rows, evenly."""
    return rows[:: max(1, len(rows) // many)][:many]
