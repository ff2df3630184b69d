"""What an answer gives away: the schema, the program, who has an account."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import statistics

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, CUSTOMER_ADMIN, NEWCOMER, OWNER, STRANGER, WORKER

INSIDES = re.compile(
    r"Traceback|File \"|/site-packages/|\.py\b|asyncpg|tortoise|sqlalchemy|starlette|strawberry|graphql-core|uvicorn|"
    r"original_error|object at 0x|select .* from",
    re.I,
)
UNKNOWN = "nobody@attack.test"


@check(Category.INFORMATION, "the schema, by __schema")
async def schema(target: Target) -> None:
    answer = await target.ask("{ __schema { types { name fields { name } } } }", by=ADMIN)
    broken_if('"User"' in answer.text, "all names")


@check(Category.INFORMATION, "one type, by __type, in a fragment and under an alias")
async def one_type(target: Target) -> None:
    query = '{ ...q } fragment q on Query { harmless: __type(name: "User") { fields { name } } }'
    broken_if("email" in (await target.ask(query, by=ADMIN)).text, "the fields of User")


@check(Category.INFORMATION, "the schema by GET, and as a stream of events")
async def schema_by_get(target: Target) -> None:
    for headers in ({}, {"accept": "text/event-stream"}, {"graphql-require-preflight": "1"}):
        answer = await target.send(
            "GET", "/graphql", params={"query": "{ __schema { types { name } } }"}, by=ADMIN, headers=headers
        )
        broken_if("ServiceObject" in answer.text, "all names")


@check(Category.INFORMATION, "names guessed from misspelled fields, arguments, types and values")
async def suggestions(target: Target) -> None:
    for query in (
        "{ viewer { emai } }",
        "{ objects(firs: 1) { totalCount } }",
        "{ viewer { ... on Usr { id } } }",
        'mutation { updateObject(input: {objectId: "x", nam: "y"}) { __typename } }',
        '{ objects(first: 1, filter: {nam: "x"}) { totalCount } }',
    ):
        answer = await target.ask(query, by=ADMIN)
        broken_if("Did you mean" in answer.text, answer.text[:150])


@check(Category.INFORMATION, "traces of the program in the answers to nonsense")
async def traces(target: Target) -> None:
    answers = [
        await target.ask('{ object(id: "\'") { id } }', by=ADMIN),
        await target.ask('mutation { deactivateUser(input: {userId: "x", reason: "y"}) { __typename } }', by=ADMIN),
        await target.ask("{ objects(first: 1, after: \"''\") { totalCount } }", by=ADMIN),
        await target.post(b"{", by=ADMIN),
        await target.send("GET", "/files/%00", by=ADMIN),
        await target.send("GET", "/objects/%ff", by=ADMIN),
        await target.send("GET", "/admin/user/details/notauuid"),
        await target.send("GET", "/print/journals/x.pdf", by=ADMIN),
    ]
    for answer in answers:
        broken_if(INSIDES.search(answer.text), answer.text[:150])
        broken_if(answer.status >= 500, str(answer.status))


@check(Category.INFORMATION, "every error has a code, and none says INTERNAL")
async def codes(target: Target) -> None:
    for query in (
        "{",
        "{ nothing }",
        "{ object { id } }",
        "{ objects(first: -1) { totalCount } }",
        '{ node(id: "x") { id } }',
    ):
        answer = await target.ask(query, by=ADMIN)
        broken_if(
            len(answer.codes) < max(1, len(answer.errors)) or "INTERNAL" in answer.codes,
            f"{query}: {answer.text[:120]}",
        )


@check(Category.INFORMATION, "the program and its version in a header")
async def banner(target: Target) -> None:
    for path in ("/graphql", "/verify", "/admin/login", "/no/such/place"):
        answer = await target.send("GET", path)
        told = " ".join(answer.headers.get(name, "") for name in ("server", "x-powered-by", "via"))
        broken_if(re.search(r"\d", told), told)


@check(Category.INFORMATION, "files that lie about, consoles, the schema as a file")
async def lying_about(target: Target) -> None:
    for path in (
        *("/.env", "/.git/config", "/graphiql", "/playground", "/schema.graphql", "/docs", "/openapi.json", "/metrics"),
        *("/debug", "/server-status", "/data/secrets/server_secret", "/backup.sql", "/pyproject.toml", "/health/env"),
    ):
        answer = await target.send("GET", path)
        broken_if(answer.status == 200, path)


@check(Category.INFORMATION, "a console for GraphQL, for browsers")
async def console(target: Target) -> None:
    answer = await target.send("GET", "/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    broken_if("<html" in answer.text.lower() or "graphiql" in answer.text.lower(), answer.text[:80])


@check(Category.INFORMATION, "signing in: an unknown account and a wrong password are told alike")
async def unknown_account(target: Target) -> None:
    known = await target.signed_in(WORKER, "wrong password")
    unknown = await target.signed_in(UNKNOWN, "wrong password")
    told = [json.dumps([answer.data, answer.errors], sort_keys=True) for answer in (known, unknown)]
    broken_if(known.status != unknown.status or told[0] != told[1], " / ".join(told))


@check(Category.INFORMATION, "signing in: an unknown account and a wrong password take the same time (median of 9)")
async def timing(target: Target) -> None:
    times: dict[str, list[float]] = {NEWCOMER: [], UNKNOWN: []}
    for turn in range(10):
        for email in times:
            name = email if email == NEWCOMER else f"n{turn}{UNKNOWN}"
            network = {"x-forwarded-for": f"203.0.113.{turn + 1}"}
            answer = await target.ask(
                "mutation ($i: SignInInput!) { signIn(input: $i) { ... on Problem { code } } }",
                {"i": {"email": name, "password": "wrong password"}},
                headers=network,
            )
            times[email].append(answer.seconds)
    medians = [statistics.median(values[1:]) for values in times.values()]
    apart = abs(medians[0] - medians[1])
    spread = max(statistics.stdev(values[1:]) for values in times.values())
    said = f"known {medians[0] * 1000:.1f} ms, unknown {medians[1] * 1000:.1f} ms, deviation {spread * 1000:.1f} ms"
    broken_if(apart > max(0.25 * max(medians), 0.005), said)


@check(Category.INFORMATION, "a forgotten password: an unknown address is told as a known one, by API and by page")
async def unknown_address(target: Target) -> None:
    query = "mutation ($email: String!) { requestPasswordReset(email: $email) }"
    told = [(await target.ask(query, {"email": email})) for email in (WORKER, UNKNOWN)]
    broken_if(told[0].data != told[1].data or told[0].codes != told[1].codes, f"{told[0].text} / {told[1].text}")
    pages = [await target.send("POST", "/account/reset", data={"email": email}) for email in (WORKER, UNKNOWN)]
    texts = [page.text.replace(WORKER, "").replace(UNKNOWN, "") for page in pages]
    broken_if(pages[0].status != pages[1].status or texts[0] != texts[1], f"{pages[0].status} / {pages[1].status}")


@check(Category.INFORMATION, "a forgotten password: the time it takes (median of 9)")
async def reset_timing(target: Target) -> None:
    query = "mutation ($email: String!) { requestPasswordReset(email: $email) }"
    times: dict[str, list[float]] = {CUSTOMER_ADMIN: [], UNKNOWN: []}
    for turn in range(18):
        email = (CUSTOMER_ADMIN, UNKNOWN)[turn % 2]
        network = {"x-forwarded-for": f"203.0.113.{turn + 101}"}
        times[email].append((await target.ask(query, {"email": email}, headers=network)).seconds)
        await asyncio.sleep(0.25)  # what is done about it afterwards shall not be measured with the next one
    medians = [statistics.median(each) for each in times.values()]
    said = f"known {medians[0] * 1000:.1f} ms, unknown {medians[1] * 1000:.1f} ms"
    broken_if(abs(medians[0] - medians[1]) > max(0.5 * max(medians), 0.01), said)


@check(Category.INFORMATION, "somebody else's id and one that nobody has are told alike")
async def foreign_and_unknown(target: Target) -> None:
    for kind, key in target.world.ids.items():
        told = []
        for asked in (key, unknown(key)):
            answer = await target.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": asked}, by=STRANGER)
            told.append((answer.status, json.dumps([answer.data, answer.codes])))
        broken_if(told[0] != told[1], f"{kind}: {told}")


def unknown(key: str) -> str:
    """An id like that one, of nothing."""
    padded = key + "=" * (-len(key) % 4)
    with contextlib.suppress(ValueError):
        kind, colon, uuid = base64.urlsafe_b64decode(padded).decode().partition(":")
        if colon:
            other = f"{kind}:{uuid[:-1]}{'0' if uuid[-1] != '0' else '1'}"
            return base64.urlsafe_b64encode(other.encode()).decode().rstrip("=")
    return key + "99"


@check(Category.INFORMATION, "__typename of somebody else's id")
async def typename(target: Target) -> None:
    for kind, key in target.world.ids.items():
        answer = await target.ask("query ($id: ID!) { node(id: $id) { __typename } }", {"id": key}, by=STRANGER)
        broken_if(answer.value, f"{kind}: {answer.value}")


@check(Category.INFORMATION, "answers and files that a cache in between may keep")
async def caches(target: Target) -> None:
    answers = [
        await target.ask("{ viewer { id } }", by=ADMIN),
        await target.send("GET", f"/files/{target.world.file}", by=WORKER),
    ]
    for answer in answers:
        kept = answer.headers.get("cache-control", "")
        broken_if(not ("no-store" in kept or "private" in kept), f"cache-control: {kept!r}")


@check(Category.INFORMATION, "e-mail addresses of the other side's people")
async def addresses(target: Target) -> None:
    answer = await target.ask("{ users(first: 100) { edges { node { email } } } }", by=CUSTOMER_ADMIN)
    broken_if(WORKER in answer.text or OWNER in answer.text, answer.text[:150])
