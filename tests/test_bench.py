"""The bench measures what it says: its data are sound, and its servers give one answer. Nothing is timed here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest
from conftest import Cluster, Database
from test_authority_setting import authority as authority_of_tests

from scripts.benchmark import authority, authority_product, database, report
from scripts.benchmark.data import Size
from scripts.benchmark.equality import Unequal, compare
from scripts.benchmark.queries import Sample
from scripts.benchmark.stand import Stand, standing
from scripts.benchmark.targets import Target

SIZE = Size(scale=0.005)
FOREIGN_KEYS = """
select format('select count(*) from %s t where t.%I is not null and not exists (select from %s p where p.id = t.%I)',
              conrelid::regclass, attname, confrelid::regclass, attname)
from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
where contype = 'f' and connamespace = 'public'::regnamespace
"""


@pytest.fixture(scope="module")
async def stand(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """Ten objects with 1,500 works, and the three servers in Python over them."""
    server = database.Cluster(
        cluster.admin_url, cluster.owner_url, cluster.web_url, owner=cluster.owner, web=cluster.web
    )
    folder = tmp_path_factory.mktemp("bench")
    async with standing(server, SIZE, folder, lambda _: None, ("ours", "raw", "textbook"), compared=2) as found:
        yield found
    await cluster.drop(SIZE.database)


async def test_every_server_gives_every_actor_the_same_answer(stand: Stand) -> None:
    actors = {
        actor: (token, {query: [_short(sample) for sample in asked] for query, asked in samples.items()})
        for actor, (token, samples) in stand.actors.items()
    }
    sizes = await compare([*stand.targets.values()], actors)
    assert sizes.keys() == {"graph", "point", "page", "counts", "mixed"}
    assert sizes["graph"] > 50_000


def _short(sample: Sample) -> Sample:
    """With fewer entries a journal: the textbook takes its time."""
    return replace(sample, variables={**sample.variables, "entries": 3}) if "entries" in sample.variables else sample


async def test_a_difference_is_found_and_shown(stand: Stand) -> None:
    """Two servers that are asked different things do differ."""
    ours, raw, _ = stand.targets.values()
    token, samples = stand.actors["operator admin"]
    strange = replace(raw, variables=lambda query, sample: {"id": samples["point"][1].variables["id"]})
    asked = {"operator admin": (token, {"point": samples["point"][:1]})}
    with pytest.raises(Unequal, match="point by the operator admin"):
        await compare([ours, strange], asked)


async def test_nobody_is_answered_without_a_token_that_stands(stand: Stand) -> None:
    """All check tokens: a server that spared itself that would be no comparison."""
    sample: Sample = stand.samples["point"][0]
    async with httpx.AsyncClient() as client:
        for target in stand.targets.values():
            response = await client.post(
                f"{target.address}/graphql",
                json=target.body("point", sample),
                headers={"authorization": f"Bearer {stand.token}x"},
            )
            answer = response.json() if response.status_code == 200 else {}
            assert not (answer.get("data") or {}).get("entry"), target.name


async def test_the_data_hold_what_the_foreign_keys_ask(stand: Stand) -> None:
    """They are written past the triggers that would have looked."""
    connection = await asyncpg.connect(stand.superuser_url)
    try:
        statements = [row[0] for row in await connection.fetch(FOREIGN_KEYS)]
        assert len(statements) > 50
        assert {statement for statement in statements if await connection.fetchval(statement)} == set()
        counted = "select (select count(*) from entries), (select count(*) from slots where status = 'SIGNED')"
        entries, signed = await connection.fetchrow(counted)
        assert entries == SIZE.objects * 150
        assert signed == await connection.fetchval("select count(*) from signatures")
    finally:
        await connection.close()


def test_the_report_writes_between_its_marks_only(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    begin, end = "<!-- bench: written by scripts/bench -->", "<!-- bench: end -->"
    document.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    rows = [report.Row("a", 1.05, 1.2, 1.1, lower=True), report.Row("b", 2, 1, 0.5), report.Row("c", 2, 1, None)]
    report.write("bench", report.table(rows), document)
    report.write("bench", report.table(rows), document)
    text = document.read_text()
    assert text.startswith(f"before\n{begin}\n")
    assert text.endswith(f"{end}\nafter\n")
    assert "old" not in text
    assert text.count("| a | ≤ 1.05 | 1.2 | 1.1 | floor |") == 1
    assert "| b | ≥ 2 | 1 | 0.5 | **below the floor** |" in text
    assert "| c | ≥ 2 | 1 | – | – |" in text


def test_the_document_has_the_marks() -> None:
    text = report.DOCUMENT.read_text()
    for block in ("bench", "growth"):
        assert text.count(f"<!-- {block}: written by scripts/bench -->") == 1
        assert text.count(f"<!-- {block}: end -->") == 1


async def test_the_authority_is_measured_by_deeds_that_are_done(
    server: str, cluster: Cluster, database: Database
) -> None:
    signatures, certificates = "select count(*) from signatures", "select count(*) from certificates"
    before = [await database.value(query) for query in (signatures, certificates)]
    target = Target("ours", server, os.getpid(), {})
    figures = await authority_product.drive(target, cluster.admin_url, 0, lambda _: None)
    assert [(figure.at_once, len(figure.latencies)) for figure in figures] == [(1, 4)] * 3 + [(4, 4)] * 3
    after = [await database.value(query) for query in (signatures, certificates)]
    # Two ways to sign and one to issue, at two widths, a batch of four that counts and one that does not.
    assert [int(str(now)) - int(str(then)) for now, then in zip(after, before, strict=True)] == [32, 16]
    assert figures[0].markdown(50_000).startswith("| certificates: approveCertificateRequest | 1 | ")


def test_the_parts_of_what_the_authority_does_add_up() -> None:
    certificates = authority.issuing(authority_of_tests(), 0)
    signatures = authority.signing(authority_of_tests(), 0, with_pin=True)
    for line in (certificates, signatures):
        assert line.times == 1
        assert sum(line.parts.values()) == pytest.approx(line.seconds)
    assert [*signatures.parts] == ["Argon2id", "sign", "stamp", "verify"]
    assert signatures.parts["Argon2id"] > signatures.seconds / 2  # by design
