"""Reading: one statement a level whatever the breadth, pages by Relay's rules, the semantics of GraphQL."""

from __future__ import annotations

from typing import Any

import pytest
from client import Client
from world import ASSIGN, CREATE_OBJECT, OPEN_JOURNAL, People, main_journal, record, sign, types, warehouse

from app import demo

GRAPH = """
query ($first: Int!) {
  objects(first: $first, filter: {name: "объект "}) { edges { node {
    name journals { volume type { code } entries(first: 5) { edges { node {
      number signatures { code signer { name organization } } } } } } } } }
}
"""


async def statements(client: Client, query: str, caplog: pytest.LogCaptureFixture, **variables: Any) -> list[str]:
    """The statements that one request runs, as the logs of Tortoise and of the compiler show them."""
    caplog.clear()
    with caplog.at_level("DEBUG", logger="tortoise.db_client"), caplog.at_level("DEBUG", logger="graph.statements"):
        await client.ask(query, **variables)
    return [message.message for message in caplog.records if message.name in ("tortoise.db_client", "graph.statements")]


async def test_one_statement_whatever_the_breadth(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    people = await People.of(client)
    await spread(people, 50)
    counts = {}
    for first in (1, 10, 50):
        ran = await statements(people.operator_employee, GRAPH, caplog, first=first)
        counts[first] = len(ran)
    # Objects, journals, types, entries, signatures, signers, and whether the session still lives: all in one.
    assert counts == {1: 1, 10: 1, 50: 1}


async def spread(people: People, count: int) -> None:
    """`count` objects, each with a journal, an entry and its operator's signature."""
    site, kinds = await warehouse(people.operator_admin), await types(people.operator_admin)
    worker = (await people.operator_employee.ask("{ viewer { id } }"))["viewer"]["id"]
    for number in range(count):
        made = await people.operator_admin.do(
            CREATE_OBJECT,
            input={
                "contractId": site["contract"]["id"],
                "name": f"Объект {number:02}",
                "address": "Москва",
                "timeZone": "Europe/Moscow",
            },
        )
        await people.operator_admin.do(
            ASSIGN, input={"objectId": made["id"], "userId": worker, "duty": "RESPONSIBLE", "basis": "Приказ"}
        )
        journal = await people.operator_admin.do(
            OPEN_JOURNAL, input={"objectId": made["id"], "typeId": kinds["SPZ_MAIN"]}
        )
        entry = await record(people.operator_employee, journal["id"])
        if number % 10 == 0:
            await sign(people.operator_employee, entry)


async def test_pages_go_forward_and_back_and_count_only_if_asked(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    journal = await main_journal(worker)
    for _ in range(4):
        await record(worker, journal)
    query = """
    query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { journal(id: $id) {
      entries(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { number } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }
    """

    async def page(**bounds: Any) -> tuple[list[int], dict[str, Any]]:
        entries = (await worker.ask(query, id=journal, **bounds))["journal"]["entries"]
        return [edge["node"]["number"] for edge in entries["edges"]], entries["pageInfo"]

    numbers, info = await page(first=4)
    assert numbers == [1, 2, 3, 4]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
    end = info["endCursor"]
    await record(worker, journal)  # an insert elsewhere moves no page
    numbers, info = await page(first=4, after=end)
    assert numbers == [5, 6, 7, 8]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, True)
    numbers, info = await page(last=2, before=info["startCursor"])
    assert numbers == [3, 4]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, True)
    numbers, info = await page(last=3)
    assert numbers == [8, 9, 10]
    assert (info["hasNextPage"], info["hasPreviousPage"]) == (False, True)
    numbers, info = await page(first=0)
    assert (numbers, info["startCursor"], info["hasNextPage"]) == ([], None, True)
    total = "query ($id: ID!) { journal(id: $id) { entries(first: 0, filter: {status: [SIGNED]}) { totalCount } } }"
    counted = await statements(worker, total, caplog, id=journal)
    assert [statement.count("count(*)") for statement in counted] == [1]
    assert (await worker.ask(total, id=journal))["journal"]["entries"]["totalCount"] == 2
    uncounted = await statements(worker, query, caplog, id=journal, first=2)
    assert not any('"totalCount"' in statement for statement in uncounted)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ("", "first"),
        ("first: 1, last: 1", "last"),
        ("first: -1", "first"),
        ("last: -1", "last"),
        ("first: 101", "first"),
        ('first: 1, after: "x"', "after"),
        ('first: 1, after: "W10"', "after"),
        ('first: 1, after: "WzEsMl0"', "after"),
        ('first: 1, after: "W251bGwsbnVsbF0"', "after"),
        ('last: 1, before: "WyJcdTAwMDAiLCJ4Il0"', "before"),
    ],
)
async def test_a_page_that_cannot_be_is_refused_by_its_argument(client: Client, arguments: str, field: str) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    call = f"objects({arguments})" if arguments else "objects"
    answer = await worker.post(f"{{ {call} {{ totalCount edges {{ node {{ id }} }} }} }}")
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
    assert answer["errors"][0]["extensions"]["field"] == field


async def test_names_are_sorted_as_russians_sort_and_found_in_any_case(client: Client) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    site = await warehouse(admin)
    for name in ("ёлка", "Яма", "арбуз", "Ель", "Жук"):
        await admin.do(
            CREATE_OBJECT,
            input={"contractId": site["contract"]["id"], "name": name, "address": "а", "timeZone": "Asia/Omsk"},
        )
    found = await admin.ask("{ objects(first: 20) { totalCount edges { node { name } } } }")
    names = [edge["node"]["name"] for edge in found["objects"]["edges"]]
    assert names == ["арбуз", "ёлка", "Ель", "Жук", "Складской комплекс «Север», корпус 1", "Терминал «Восток»", "Яма"]
    one = await admin.ask('{ objects(first: 5, filter: {name: "ЕЛК"}) { edges { node { name } } } }')
    assert [edge["node"]["name"] for edge in one["objects"]["edges"]] == ["ёлка"]
    none = await admin.ask('{ objects(first: 5, filter: {name: "%"}) { totalCount } }')
    assert none["objects"]["totalCount"] == 0


async def test_aliases_fragments_directives_and_upward_walks(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    answer = await worker.ask(
        """
        query ($all: Boolean!, $none: JournalStatus) {
          objects(first: 1) { edges { node { __typename ...Site archived: journals(status: ARCHIVED) { volume }
            any: journals(status: $none) { volume } } } }
        }
        fragment Site on ServiceObject { name ...Volumes }
        fragment Volumes on ServiceObject { active: journals(status: ACTIVE) { volume ...Newest } }
        fragment Newest on Journal { entries(last: 1) { edges { node {
          number @include(if: $all) status @skip(if: $all)
          slots { entry { journal { object { operator { name } subscriber { kind } contract { number } } } } } } } } }
        """,
        all=True,
    )
    node = answer["objects"]["edges"][0]["node"]
    assert node["__typename"] == "ServiceObject"
    assert len(node["any"]) == len(node["active"]) + len(node["archived"]) == 3
    (newest,) = node["active"][0]["entries"]["edges"] or node["active"][1]["entries"]["edges"]
    assert set(newest["node"]) == {"number", "slots"}
    site = newest["node"]["slots"][0]["entry"]["journal"]["object"]
    assert site["operator"]["name"] == "ООО «Пожсервис»"
    assert site["contract"]["number"] == "ТО-2026/14"


async def test_every_row_is_found_by_its_identifier(client: Client) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    answer = await worker.ask(
        """{ journalTypes { id } viewer { id } objects(first: 1) { edges { node { id contract { id } operator { id }
             assignments { id } journals(status: ACTIVE) { id entries(first: 1) { edges { node { id revision { id }
             slots { id } signatures { id certificate { id } } } } } } } } }
             events(last: 1) { edges { node { id } } } }"""
    )
    ids: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            ids.extend(v for k, v in value.items() if k == "id")
            for inner in value.values():
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(answer)
    found = await worker.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    seen = {node["__typename"] for node in found["nodes"] if node}
    assert {"Entry", "Revision", "Slot", "Signature", "Journal", "ServiceObject", "Event", "User"} <= seen
    # Seen through a row that may be seen, but not by themselves: other people's organisation and certificates.
    hidden = [id for id, node in zip(ids, found["nodes"], strict=True) if node is None]
    assert len(hidden) <= 4
    for broken in ("", "x", "!!!", "RW50cnk6eA"):
        answer = await worker.post("query ($id: ID!) { node(id: $id) { id } }", {"id": broken})
        assert answer["data"]["node"] is None
        assert answer["errors"][0]["extensions"]["code"] == "INVALID"


async def test_words_come_in_the_readers_language(client: Client) -> None:
    english = Client(client.address, language="en-GB, ru;q=0.5")
    refused = await english.refused(
        'mutation { signIn(input: {email: "a@b.ru", password: "x"}) { __typename ... on Problem { code message } } }'
    )
    assert refused == {
        "__typename": "Problem",
        "code": "UNAUTHENTICATED",
        "message": "The e-mail address or the password is wrong.",
    }
    await english.http.aclose()
