"""Objects are found by their words, inflected or begun, whatever is typed."""

from __future__ import annotations

import pytest
from conftest import Database

from rules.object_search import search_condition, searchable

NAMED = {
    "Школа № 12": ("г. Тверь, ул. Ленинского Комсомола, д. 5", "A-77/12"),
    "School of arts": ("12 Baker Street", "X_9"),
    "Склад «Берёзка»": ("ул.Ленина,3", "00123"),
    "Бизнес-центр «ЁЛКА»": ("Москва, 1-я Тверская-Ямская ул., 12/3", None),
}
FIND = f"select t.name from objects t where {search_condition('t', '$1::text')} order by t.name"
COPY = """
insert into objects (id, contract_id, operator_id, subscriber_id, name, name_sort, address, time_zone, external_id,
                     contacts, created_at)
select gen_random_uuid(), o.contract_id, o.operator_id, o.subscriber_id, given.name, given.name, given.address, 'UTC',
       given.external_id, '[]', now()
from (select * from objects limit 1) o, ({}) given(name, address, external_id)
"""


@pytest.fixture
async def named(database: Database) -> Database:
    """A database with the objects of `NAMED`."""
    for name, (address, external_id) in NAMED.items():
        await database.fetch(COPY.format("select $1::text, $2::text, $3::text"), name, address, external_id)
    return database


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("школы", ["Школа № 12"]),
        ("шко", ["Школа № 12"]),
        ("schools", ["School of arts"]),
        ("березки", ["Склад «Берёзка»"]),
        ("ЁЛКИ", ["Бизнес-центр «ЁЛКА»"]),
        ("ул лен", ["Склад «Берёзка»", "Школа № 12"]),
        ("школа ленинског", ["Школа № 12"]),
        ("школа берёзка", []),
        ("a-77/12", ["Школа № 12"]),
        ("001", ["Склад «Берёзка»"]),
        ("12/3", ["Бизнес-центр «ЁЛКА»"]),
        ("бизнес центры", ["Бизнес-центр «ЁЛКА»"]),
    ],
)
async def test_words_are_found_inflected_and_begun(named: Database, typed: str, found: list[str]) -> None:
    assert [row["name"] for row in await named.fetch(FIND, searchable(typed)) if row["name"] in NAMED] == found


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "!!!",
        "' | & :* \\ ()<->",
        "'; drop table objects;--",
        "%_",
        "\0",
        "\ud800",
        "а" * 10_000,
        "а " * 5000,
        "😀",
    ],
)
async def test_no_text_is_an_error(named: Database, typed: str) -> None:
    assert await named.fetch(FIND, searchable(typed)) == []


async def test_ten_thousand_objects_are_searched_by_the_index(named: Database) -> None:
    many = "select 'Аптека № ' || n, 'ул. Советская, ' || n, 'Е-' || n from generate_series(1, 10000) n"
    await named.fetch(COPY.format(many))
    await named.fetch("analyze objects")
    plan = "\n".join(row[0] for row in await named.fetch(f"explain analyze {FIND}", "аптеки 7777"))
    assert "Bitmap Index Scan on objects_by_words" in plan
    assert [row["name"] for row in await named.fetch(FIND, "аптеки 7777")] == ["Аптека № 7777"]
