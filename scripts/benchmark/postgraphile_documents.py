"""The same questions in the peer's words, and its answers brought to the product's form for the comparison."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from rules.identifiers import encode, parse
from scripts.benchmark.queries import Sample, cursor

GRAPH = """
query Graph($first: Int!, $after: Cursor, $entries: Int!) {
  objects(first: $first, after: $after, orderBy: [NAME_SORT_ASC, ROW_ID_ASC]) {
    edges { node {
      rowId name address
      journalsList(condition: {status: "ACTIVE"}, orderBy: [TYPE_ID_ASC, VOLUME_ASC]) {
        rowId volume status
        type { rowId code nameRu }
        entries(first: $entries, orderBy: NUMBER_ASC) { edges { node {
          rowId number status
          currentRevision {
            rowId number digest values performedAt
            author { name position }
            signaturesList(orderBy: [SIGNED_AT_ASC, ROW_ID_ASC]) {
              rowId code side level signedAt
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
query Point($id: UUID!) {
  entry(rowId: $id) {
    rowId number status
    currentRevision {
      rowId number kind digest values reason performedAt recordedAt
      author { name position }
      slotsList(orderBy: [ORDER_ASC, GROUP_ASC, ROW_ID_ASC]) { rowId side duty order status }
      signaturesList(orderBy: [SIGNED_AT_ASC, ROW_ID_ASC]) {
        rowId side signedAt signer { name } certificate { serial notAfter }
      }
    }
  }
}
"""

PAGE = """
query Page($id: UUID!, $first: Int!, $after: Cursor) {
  journal(rowId: $id) {
    rowId volume status
    entries(first: $first, after: $after, orderBy: NUMBER_ASC) {
      edges {
        cursor
        node {
          rowId number status
          currentRevision {
            number values performedAt author { name }
            signaturesList(orderBy: [SIGNED_AT_ASC, ROW_ID_ASC]) { side signedAt signer { name } }
          }
        }
      }
      pageInfo { hasNextPage startCursor endCursor }
    }
  }
}
"""

COUNTS = """
query Counts($first: Int!) {
  objects(first: $first, orderBy: [NAME_SORT_ASC, ROW_ID_ASC]) {
    edges { node {
      rowId name
      journalsList(condition: {status: "ACTIVE"}, orderBy: [TYPE_ID_ASC, VOLUME_ASC]) {
        rowId
        awaiting: entries(condition: {status: "AWAITING_SIGNATURES"}) { totalCount }
        signed: entries(condition: {status: "SIGNED"}) { totalCount }
        declined: entries(condition: {status: "DECLINED"}) { totalCount }
        annulled: entries(condition: {status: "ANNULLED"}) { totalCount }
      }
    } }
  }
}
"""

DOCUMENTS = {"graph": GRAPH, "point": POINT, "page": PAGE, "counts": COUNTS}

ORDERS = """
query ($id: UUID!) {
  objects(first: 1, orderBy: [NAME_SORT_ASC, ROW_ID_ASC]) { edges { cursor } }
  journal(rowId: $id) { entries(first: 1, orderBy: NUMBER_ASC) { edges { cursor } } }
}
"""
"""Asks for one cursor of each order: a cursor of the peer begins with a mark of its order."""

RENAMED = {
    "rowId": "id",
    "journalsList": "journals",
    "currentRevision": "revision",
    "slotsList": "slots",
    "signaturesList": "signatures",
    "nameRu": "name",
}
TYPES = {
    "objects": "ServiceObject",
    "journals": "Journal",
    "journal": "Journal",
    "type": "JournalType",
    "entries": "Entry",
    "entry": "Entry",
    "revision": "Revision",
    "slots": "Slot",
    "signatures": "Signature",
}
"""The type of the rows under a name of the product."""
FRACTION = ".000000+00:00"


@dataclass(frozen=True)
class Orders:
    """The marks of the peer's two orders."""

    objects: str
    entries: str

    @classmethod
    def read(cls, answer: Mapping[str, Any]) -> Self:
        """From the answer to ORDERS."""
        edges = (answer["objects"]["edges"], answer["journal"]["entries"]["edges"])
        return cls(*(json.loads(base64.b64decode(edge[0]["cursor"]))[0] for edge in edges))

    def variables(self, query: str, sample: Sample) -> dict[str, Any]:
        """A sample's variables in the peer's form: bare keys, its own cursors."""
        variables = dict(sample.variables)
        if "id" in variables:
            variables["id"] = str(parse(variables["id"], "id")[1])
        if sample.after:
            mark = self.entries if query == "page" else self.objects
            written = json.dumps([mark, *sample.after], ensure_ascii=False, separators=(",", ":"))
            variables["after"] = base64.b64encode(written.encode()).decode()
        return variables


def answer(query: str, data: Any) -> Any:
    """The peer's `data` in the product's form: its names, identifiers, cursors and moments. Nothing is left out."""
    formed = _formed(data, None)
    found: list[Any] = []
    if query == "point":
        found = [formed["entry"]]
    elif query == "page" and formed["journal"]:
        found = [edge["node"] for edge in formed["journal"]["entries"]["edges"]]
    for entry in filter(None, found):  # the peer reaches these through the revision
        moved = {"slots", "signatures"} & entry["revision"].keys()
        entry.update({name: entry["revision"].pop(name) for name in moved})
    return formed


def _formed(value: Any, under: str | None) -> Any:
    if isinstance(value, list):
        return [_formed(item, under) for item in value]
    if isinstance(value, str):
        return value.removesuffix(FRACTION) + FRACTION[7:] if value.endswith(FRACTION) else value
    if not isinstance(value, dict) or under == "values":
        return value
    named = {RENAMED.get(name, name): content for name, content in value.items()}
    return {
        name: encode(TYPES[under], UUID(content))
        if name == "id" and under
        else _cursor(content)
        if name in ("cursor", "startCursor", "endCursor") and content
        else _formed(content, name if name in TYPES or name == "values" else under)
        for name, content in named.items()
    }


def _cursor(written: str) -> str:
    _, *place = json.loads(base64.b64decode(written))
    return cursor(*place[:1]) if isinstance(place[0], int) else cursor(*place)
