"""The meaning of GraphQL on the compiled path, example by example: each answer is the oracle's, in process and over
HTTP, and is what a reader expects."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from conftest import Cluster, Template
from ordinary_reading import Snapshot
from readers import Readers, difference, readers_of
from world import VALUES

from app import demo
from app.settings import Settings
from models.certificates import Certificate
from models.entries import Entry, Revision
from models.journals import Journal
from models.objects import ServiceObject
from models.signatures import Signature
from rules.identifiers import encode

WORKER, ADMIN = demo.OPERATOR_EMPLOYEE, demo.OPERATOR_ADMIN
LONG = "a_response_key_that_is_longer_than_the_sixty_three_octets_of_a_name_in_postgresql"


@pytest.fixture(scope="module")
async def readers(cluster: Cluster, template: Template, base_settings: Settings) -> AsyncIterator[Readers]:
    async with readers_of(cluster, template, base_settings, f"semantics_{os.getpid()}") as both:
        yield both


@pytest.fixture
def main_journal(readers: Readers) -> str:
    """The journal with most entries."""
    entries = readers.pool.snapshot.all(Entry)
    counted = [entry.journal_id for entry in entries]
    return encode("Journal", max(counted, key=counted.count))


async def agreed(readers: Readers, document: str, who: str = WORKER, **variables: Any) -> Any:
    """The data that the product gives by either way and the oracle too."""
    expected = await readers.ordinary(document, variables, who)
    assert not expected["errors"], expected["errors"]
    for ask in (readers.compiled, readers.posted):
        answer = await ask(document, variables, who)
        assert difference(answer, expected, set()) is None, (answer, expected)
    return expected["data"]


async def refused(readers: Readers, document: str, who: str = WORKER, **variables: Any) -> tuple[str, str | None]:
    """Code and argument of the refusal that all three agree on."""
    answers = [await ask(document, variables, who) for ask in (readers.ordinary, readers.compiled, readers.posted)]
    (told,) = {
        (error["extensions"]["code"], error["extensions"].get("field"), *error["path"][:1])
        for answer in answers
        for error in answer["errors"]
    }
    assert all(len(answer["errors"]) == 1 for answer in answers)
    return told[:2]


async def test_one_relation_twice_with_other_arguments(readers: Readers, main_journal: str) -> None:
    data = await agreed(
        readers,
        """query ($id: ID!) { journal(id: $id) {
             head: entries(first: 2) { edges { node { number } } } tail: entries(last: 2) { edges { node { number } } }
             signed: entries(first: 0, filter: {status: SIGNED}) { totalCount }
             others: entries(first: 0, filter: {status: [DECLINED, AWAITING_SIGNATURES]}) { totalCount } } }""",
        id=main_journal,
    )
    head, tail = ([edge["node"]["number"] for edge in data["journal"][key]["edges"]] for key in ("head", "tail"))
    assert head == [1, 2]
    assert tail == sorted(tail)
    assert min(tail) > 2
    assert data["journal"]["signed"]["totalCount"] > 0 < data["journal"]["others"]["totalCount"]


async def test_fragments_three_deep_merged_fields_and_typename(readers: Readers, main_journal: str) -> None:
    data = await agreed(
        readers,
        """query ($id: ID!) { __typename journal(id: $id) { ...A object { name } } }
           fragment A on Journal { __typename object { ...B address } }
           fragment B on ServiceObject { name contract { ...C } ... { timeZone } }
           fragment C on Contract { number operator { __typename name } }""",
        id=main_journal,
    )
    assert data["__typename"] == "Query"
    assert list(data["journal"]) == ["__typename", "object"]
    assert list(data["journal"]["object"]) == ["name", "contract", "timeZone", "address"]
    assert data["journal"]["object"]["contract"]["operator"]["__typename"] == "Organization"


@pytest.mark.parametrize("all", [True, False])
async def test_skip_and_include_by_variable_in_one_document(readers: Readers, all: bool) -> None:
    data = await agreed(
        readers,
        """query ($all: Boolean!) { viewer { id @skip(if: $all) ... @include(if: $all) { email role }
             ...Rest @include(if: $all) } objects(first: 1) { pageInfo @skip(if: $all) { endCursor }
             edges { node @include(if: $all) { name } } totalCount @skip(if: true) } }
           fragment Rest on User { organization { name } }""",
        all=all,
    )
    assert set(data["viewer"]) == ({"email", "role", "organization"} if all else {"id"})
    assert set(data["objects"]) == ({"edges"} if all else {"pageInfo", "edges"})


async def test_a_selection_of_which_nothing_is_left(readers: Readers) -> None:
    data = await agreed(
        readers,
        """{ viewer { id @skip(if: true) } objects(first: 2) { pageInfo { endCursor @skip(if: true) }
             edges { node { id @include(if: false) } } }
             none: objects(first: 1) { edges @skip(if: true) { cursor } }
             typed: objects(first: 1) { pageInfo { __typename } } }""",
    )
    assert data["viewer"] == data["none"] == {}
    assert data["objects"] == {"pageInfo": {}, "edges": [{"node": {}}, {"node": {}}]}
    assert data["typed"] == {"pageInfo": {"__typename": "PageInfo"}}


NARROWED = """
query ($status: [EntryStatus!], $filter: EntryFilter, $from: DateTime, $first: Int = 3, $name: String = "%") {
  objects(first: 20, filter: {name: $name}) { totalCount }
  journals: objects(first: 1) { edges { node { journals { entries(first: $first, filter: {status: $status,
    recordedFrom: $from}) { totalCount edges { node { status } } } whole: entries(first: 0, filter: $filter) {
    totalCount } } } } }
}
"""


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"status": None, "filter": None, "from": None, "name": None},
        {"status": [], "filter": {}},
        {"status": ["SIGNED"], "filter": {"status": None, "recordedTo": "2020-01-01T00:00:00Z"}},
        {"status": "SIGNED", "filter": {"status": ["SIGNED", "DECLINED"]}, "first": 1},
        {"from": "2020-01-01T03:00:00+03:00", "name": "север", "first": 0},
    ],
    ids=str,
)
async def test_variables_given_null_left_out_and_defaulted(readers: Readers, variables: dict[str, Any]) -> None:
    data = await agreed(readers, NARROWED, **variables)
    journals = data["journals"]["edges"][0]["node"]["journals"]
    everything = sum(journal["whole"]["totalCount"] for journal in journals)
    named = variables.get("name", "%")
    assert data["objects"]["totalCount"] == {"%": 0, None: 2, "север": 1}[named]
    assert all(len(journal["entries"]["edges"]) <= variables.get("first", 3) for journal in journals)
    statuses = {edge["node"]["status"] for journal in journals for edge in journal["entries"]["edges"]}
    if variables.get("status"):
        assert statuses <= {"SIGNED"}
    elif variables.get("status", ...) == []:
        assert statuses == set()
    else:
        assert everything > 3


async def test_enums_by_their_names_wherever_they_come_from(readers: Readers) -> None:
    data = await agreed(
        readers,
        """query ($kind: EventKind!, $kinds: [OrganizationKind!] = [SUBSCRIBER]) {
             events(first: 50, filter: {kinds: [$kind, ASSIGNED]}) { edges { node { kind } } }
             organizations(first: 9, filter: {kind: $kinds}) { edges { node { kind } } }
             certificates(first: 9) { edges { node { status custody } } } }""",
        demo.OWNER,
        kind="ENTRY_DECLINED",
    )
    assert {edge["node"]["kind"] for edge in data["events"]["edges"]} == {"ENTRY_DECLINED", "ASSIGNED"}
    assert {edge["node"]["kind"] for edge in data["organizations"]["edges"]} == {"SUBSCRIBER"}
    statuses = {edge["node"]["status"] for edge in data["certificates"]["edges"]}
    assert statuses == {"ACTIVE", "REVOKED", "SUSPENDED", "EXPIRED"}


async def test_interfaces_by_type_and_in_the_order_asked(readers: Readers) -> None:
    snapshot = readers.pool.snapshot
    models = {"Revision": Revision, "Entry": Entry, "Journal": Journal, "ServiceObject": ServiceObject}
    ids = [encode(name, next(iter(snapshot.all(model))).id) for name, model in models.items()]
    ids = [
        *ids,
        encode("Entry", next(iter(snapshot.all(Certificate))).id),
        ids[0],
        encode("Nothing", next(iter(snapshot.all(Entry))).id),
    ]
    document = """
      query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Node { id } ... on Entry { number ...Of }
        ... on Revision { number kind } ... on Journal { volume } } }
      fragment Of on Entry { status revision { number } }
    """
    data = await agreed(readers, document, demo.OWNER, ids=ids)
    names = [node and node["__typename"] for node in data["nodes"]]
    assert names == [*models, None, "Revision", None]
    assert set(data["nodes"][1]) == {"__typename", "id", "number", "status", "revision"}
    assert set(data["nodes"][3]) == {"__typename", "id"}


async def test_custom_scalars_and_values_worked_out_in_python(readers: Readers) -> None:
    revised = next(row for row in readers.pool.snapshot.all(Revision) if row.number == 2)
    data = await agreed(
        readers,
        """query ($id: ID!) { node(id: $id) { ... on Revision { payload values performedAt changes { field before after
             __typename } signatures { cms standing certificate { pem notAfter } } typeVersion { columns } } } }""",
        id=encode("Revision", revised.id),
    )
    node = data["node"]
    assert node["payload"].startswith("ey")
    assert node["changes"]
    assert node["values"] == revised.values
    assert node["performedAt"].endswith("+00:00")


async def test_pages_of_one_row_walk_through_ties_in_both_directions(readers: Readers) -> None:
    whole = await agreed(readers, "{ objects(first: 100) { edges { cursor node { id name } } } }", ADMIN)
    rows = [edge["node"] for edge in whole["objects"]["edges"]]
    assert len({row["name"].casefold() for row in rows}) < len(rows)
    for size, place, end in (("first", "after", "endCursor"), ("last", "before", "startCursor")):
        document = f"""query ($place: String) {{ objects({size}: 1, {place}: $place) {{
            edges {{ node {{ id name }} }} pageInfo {{ {end} hasNextPage hasPreviousPage }} totalCount }} }}"""
        found: list[Any] = []
        cursor = None
        for _ in range(len(rows) + 1):
            page = (await agreed(readers, document, ADMIN, place=cursor))["objects"]
            found += [edge["node"] for edge in page["edges"]]
            cursor = page["pageInfo"][end] or cursor
            assert page["totalCount"] == len(rows)
        assert found == (rows if size == "first" else rows[::-1])


async def test_an_empty_page_has_its_counts(readers: Readers, main_journal: str) -> None:
    document = """query ($id: ID!) { journal(id: $id) { entries(first: 0) { edges { cursor } totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
    entries = (await agreed(readers, document, id=main_journal))["journal"]["entries"]
    assert entries["edges"] == []
    assert entries["totalCount"] > 5
    assert entries["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("first: -1", "first"),
        ("last: -1", "last"),
        ("first: 101", "first"),
        ("first: 2147483647", "first"),
        ("", "first"),
        ("first: 1, last: 1", "last"),
        ('first: 1, after: "x"', "after"),
        ('first: 1, after: ""', "after"),
        ('first: 1, after: "\\u0000"', "after"),
        ('last: 1, before: "WzEsMl0"', "before"),
    ],
)
async def test_impossible_pages_are_refused_at_any_depth(readers: Readers, arguments: str, field: str) -> None:
    called = f"({arguments})" if arguments else ""
    assert await refused(readers, f"{{ objects{called} {{ totalCount }} }}") == ("INVALID", field)
    deep = (
        f"{{ objects(first: 1) {{ edges {{ node {{ journals {{ entries{called} {{ edges {{ cursor }} }} }} }} }} }} }}"
    )
    answers = [await ask(deep, {}, WORKER) for ask in (readers.ordinary, readers.compiled, readers.posted)]
    for answer in answers:
        assert answer["data"] is None
        assert {(error["extensions"]["code"], error["extensions"]["field"]) for error in answer["errors"]} == {
            ("INVALID", field)
        }


async def test_response_keys_longer_than_the_databases_names(readers: Readers, main_journal: str) -> None:
    data = await agreed(
        readers,
        f"""query ($id: ID!) {{ {LONG}1: journal(id: $id) {{ {LONG}1: volume {LONG}2: status
              {LONG}3: entries(first: 1) {{ {LONG}4: edges {{ {LONG}5: node {{ {LONG}6: number
              {LONG}7: slots {{ id }} }} }}
              {LONG}8: pageInfo {{ {LONG}9: endCursor {LONG}10: hasNextPage }} }} }} }}""",
        id=main_journal,
    )
    journal = data[f"{LONG}1"]
    assert set(journal) == {f"{LONG}{n}" for n in (1, 2, 3)}
    assert set(journal[f"{LONG}3"]) == {f"{LONG}4", f"{LONG}8"}


async def test_two_roots_of_which_one_is_python(readers: Readers) -> None:
    signature = next(iter(readers.pool.snapshot.all(Signature)))
    data = await agreed(
        readers,
        """query ($code: String!) { verifySignature(code: $code) { indication signerName revision }
             viewer { email } nothing: verifySignature(code: "?") { indication } }""",
        code=signature.code,
    )
    assert data["verifySignature"]["indication"] == "TOTAL_PASSED"
    assert data["viewer"] == {"email": WORKER}
    assert data["nothing"] is None
    assert list(data) == ["verifySignature", "viewer", "nothing"]


async def test_two_operations_of_one_document_share_fragments_but_not_variables(readers: Readers) -> None:
    document = """
      query One($n: Int = 1) { ...Sites } query Two($n: Int = 2) { ...Sites viewer { id } }
      fragment Sites on Query { objects(first: $n) { edges { node { name } } } }
    """
    for name, size in (("One", 1), ("Two", 2), ("One", 1)):
        answer = await readers.http.post(
            "/graphql",
            json={"query": document, "operationName": name},
            headers={"authorization": f"Bearer {readers.world.tokens[WORKER]}"},
        )
        assert len(answer.json()["data"]["objects"]["edges"]) == size


async def test_a_denied_field_answers_alike_and_denies_nothing_else(readers: Readers) -> None:
    assert await refused(readers, "{ users(first: 1) { totalCount } }") == ("FORBIDDEN", None)
    assert await refused(readers, "{ users(first: -1) { totalCount } }", "en") == ("UNAUTHENTICATED", None)
    assert await refused(readers, '{ viewer { id } node(id: "x") { id } }', "ru") == ("UNAUTHENTICATED", None)
    assert (await agreed(readers, "{ viewer { id } }", "ru")) == {"viewer": None}


async def test_a_mutations_union_is_read_as_a_query_reads(readers: Readers, main_journal: str) -> None:
    """The last test of the module: it writes."""
    read = """{ __typename ... on Entry { number canSign canRevise journal { ...Of } revision { values changes { field }
        author { name } } slots { side status } } ... on Problem { code field } }"""
    of = """fragment Of on Journal { volume object { name operator { name } }
        entries(last: 1) { totalCount edges { node { id } } } }"""
    mutation = f"mutation ($input: CreateEntryInput!) {{ createEntry(input: $input) {read} }} {of}"
    given = {"journalId": main_journal, "values": {**VALUES, "location": 'Кровля " \\ \n 1'}}
    refusal = await readers.posted(mutation, {"input": {**given, "values": {}}}, WORKER)
    assert refusal["data"]["createEntry"]["__typename"] == "Problem"
    made = (await readers.posted(mutation, {"input": given}, WORKER))["data"]["createEntry"]
    snapshot = await Snapshot.taken()
    readers.views = {**readers.views, WORKER: await snapshot.seen_by(readers.callers[WORKER])}
    newest = max(snapshot.all(Entry), key=lambda entry: entry.created_at)
    query = f"query ($id: ID!) {{ node(id: $id) {read.replace('... on Problem { code field }', '')} }} {of}"
    data = await agreed(readers, query, id=encode("Entry", newest.id))
    assert made == data["node"]
    assert made["revision"]["values"]["location"] == 'Кровля " \\ \n 1'
