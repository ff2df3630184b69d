"""GraphQL documents that cost more than they look: nothing of them may be executed."""

from __future__ import annotations

import json
from typing import Any

import httpx

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN, NEWCOMER

SECONDS = 5.0


def refused(answer: Answer, *codes: str) -> None:
    """Raises Broken unless the document was refused as a whole, with a code, soon."""
    broken_if(answer.data, f"executed: {answer.text[:100]}")
    broken_if(answer.status >= 500 or not answer.codes, f"{answer.status}: {answer.text[:100]}")
    broken_if(codes and not set(answer.codes) & set(codes), f"{answer.codes}")
    broken_if(answer.seconds > SECONDS, f"{answer.seconds:.1f} s")


async def asked(target: Target, query: str, variables: dict[str, Any] | None = None) -> Answer:
    """As somebody who may see what is asked for."""
    return await target.ask(query, variables, by=ADMIN)


def circle(levels: int) -> str:
    """entry → revision → entry …, each below the other."""
    inner = "number"
    for level in range(levels):
        inner = ("revision" if level % 2 else "entry") + " { " + inner + " }"
    head = 'entry(id: "entry-1") { revision { ' if levels % 2 else 'entry(id: "entry-1") { '
    return "{ " + head + inner + " }" * head.count("{") + " }"


@check(Category.SERVICE, "a document 60 levels deep")
async def depth(target: Target) -> None:
    refused(await asked(target, circle(60)), "DOCUMENT_TOO_COMPLEX")


@check(Category.SERVICE, "60 levels hidden in fragments")
async def depth_in_fragments(target: Target) -> None:
    kinds = [("Revision", "entry"), ("Entry", "revision")]
    parts = [f"fragment f{n} on {kinds[n % 2][0]} {{ {kinds[n % 2][1]} {{ ...f{n - 1} }} }}" for n in range(1, 60)]
    query = '{ entry(id: "entry-1") { ...f59 } } ' + " ".join(parts) + " fragment f0 on Revision { number }"
    refused(await asked(target, query), "DOCUMENT_TOO_COMPLEX")


@check(Category.SERVICE, "a thousand aliases of one field")
async def aliases(target: Target) -> None:
    refused(await asked(target, "{ viewer { " + " ".join(f"a{n}: id" for n in range(1000)) + " } }"))


@check(Category.SERVICE, "a hundred queries under aliases at the root")
async def roots(target: Target) -> None:
    refused(await asked(target, "{ " + " ".join(f"a{n}: viewer {{ id }}" for n in range(100)) + " }"))


@check(Category.SERVICE, "a thousand directives on one field")
async def directives(target: Target) -> None:
    refused(await asked(target, "{ viewer { id " + many_directives() + " } }"))


def many_directives() -> str:
    """One pair on each of five hundred fields."""
    return " ".join(["role @skip(if: false) @include(if: true)"] * 500)


@check(Category.SERVICE, "a thousand directives that do not exist")
async def unknown_directives(target: Target) -> None:
    answer = await asked(target, "{ viewer { id " + "@aa" * 1000 + " } }")
    refused(answer)
    broken_if(len(answer.errors) > 5, f"{len(answer.errors)} errors")


@check(Category.SERVICE, "one field five thousand times")
async def duplicates(target: Target) -> None:
    refused(await asked(target, "{ viewer { " + "id " * 5000 + "} }"))


@check(Category.SERVICE, "fragments that hold themselves", planted=lambda: refused(a_loop_that_ran()))
async def cycles(target: Target) -> None:
    refused(await asked(target, "{ viewer { ...a } } fragment a on User { ...b } fragment b on User { id ...a }"))


def a_loop_that_ran() -> Answer:
    """What a server without the rule would answer; graphql-core itself knows it."""
    return Answer(200, httpx.Headers(), b'{"data": {"viewer": {"id": "1"}}}', 0.1)


@check(Category.SERVICE, "fragments that double at each level, 2^14 fields")
async def doubling(target: Target) -> None:
    twice = "{{ a: entry {{ revision {{ ...f{0} }} }} b: entry {{ revision {{ ...f{0} }} }} }}"
    parts = [f"fragment f{n} on Revision {twice.format(n - 1)}" for n in range(1, 14)]
    query = (
        '{ entry(id: "entry-1") { revision { ...f13 } } } ' + " ".join(parts) + " fragment f0 on Revision { number }"
    )
    refused(await asked(target, query))


@check(Category.SERVICE, "ten thousand words in one document")
async def words(target: Target) -> None:
    refused(await target.post(json.dumps({"query": unused(1500), "operationName": "q7"}).encode(), by=ADMIN))


def unused(count: int) -> str:
    """Operations beside the one that is run."""
    return " ".join(f"query q{n} {{ viewer {{ id }} }}" for n in range(count))


@check(Category.SERVICE, "a document of two megabytes of blanks")
async def megabytes(target: Target) -> None:
    refused(await asked(target, "{ viewer { id } }" + " " * 2_000_000))


@check(Category.SERVICE, "a page of a million rows")
async def page_size(target: Target) -> None:
    query = "{ objects(first: 1000000) { edges { node { id } } } }"
    refused(await asked(target, query), "INVALID", "COST_TOO_HIGH")


@check(Category.SERVICE, "pages within pages: a million rows by rightful sizes")
async def cost(target: Target) -> None:
    inner = "id " + "entries(first: 100) { edges { node { id revision { id entry { id revision { id } } } } } }"
    query = f"{{ objects(first: 100) {{ edges {{ node {{ id journals {{ {inner} }} }} }} }} }}"
    entries = " ".join(f"p{n}: journals {{ {inner} }}" for n in range(5))
    refused(await asked(target, query.replace(f"journals {{ {inner} }}", entries)), "COST_TOO_HIGH")


@check(Category.SERVICE, "ten thousand ids in one list")
async def many_ids(target: Target) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    refused(await asked(target, query, {"ids": ["entry-1"] * 10_000}))


@check(Category.SERVICE, "the schema asked for in circles")
async def introspection_in_circles(target: Target) -> None:
    inner = "name"
    for _ in range(2):
        inner = f"name fields {{ name type {{ {inner} }} }}"
    refused(await asked(target, f"{{ __schema {{ types {{ {inner} }} }} }}"))


@check(Category.SERVICE, "a document with four hundred faults tells only a few")
async def many_faults(target: Target) -> None:
    answer = await asked(target, "{ viewer { " + " ".join(f"wrong{n}" for n in range(400)) + " } }")
    broken_if(not answer.errors or len(answer.errors) > 5, f"{len(answer.errors)} errors, {len(answer.body)} octets")


@check(Category.SERVICE, "requests that cost much, again and again: the budget of one person ends")
async def budget(target: Target) -> None:
    entries = "entries(first: 100) { edges { node { id revision { digest } } } }"
    query = f"{{ objects(first: 100) {{ edges {{ node {{ id journals {{ id {entries} }} }} }} }} }}"
    for _ in range(60):
        answer = await target.ask(query, by=NEWCOMER)
        if answer.status == 429:
            broken_if("retry-after" not in answer.headers, "no Retry-After")
            return
    broken_if(True, "sixty times, and never told to wait")


@check(Category.SERVICE, "a search for twenty thousand words", planted=lambda: soon(too_late()))
async def long_search(target: Target) -> None:
    query = "query ($filter: ObjectFilter) { objects(first: 1, filter: $filter) { totalCount } }"
    for words in ("слово " * 20_000, "ё" * 100_000, "% _ " * 20_000, "-" * 100_000):
        soon(await asked(target, query, {"filter": {"search": words}}))


def soon(answer: Answer) -> None:
    """Raises Broken for an answer that kept the database busy."""
    broken_if(answer.status >= 500 or "INTERNAL" in answer.codes, f"{answer.status} {answer.codes}")
    broken_if(answer.seconds > SECONDS, f"{answer.seconds:.1f} s")


def too_late() -> Answer:
    """What a table scan for each word would bring."""
    return Answer(200, httpx.Headers(), b"{}", 2 * SECONDS)
