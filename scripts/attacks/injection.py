"""SQL in whatever is a text: every argument of the schema, cursors, ids, addresses."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.making import VALUES as WORK
from scripts.attacks.making import Victims, victims
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN, OWNER, PASSWORD, PIN

QUOTE = "x'\"); select pg_sleep(0)--"
INSIDES = re.compile(
    r"syntax error|sqlite|asyncpg|psycopg|sqlalchemy|tortoise|unterminated|near \"|Traceback|pg_catalog|"
    r"violates|invalid input syntax|INTERNAL|/site-packages/",
    re.I,
)
LEFT_OUT = {
    *("signOut", "signOutEverywhere", "endSession", "enrolTotp", "changePassword", "requestPasswordReset"),
    *("removeTotp", "makeRecoveryCodes", "preparePasskey", "preparePasskeySignIn", "prepareConfirmation"),
    *("signIn", "signInByPasskey", "publishAgreement", "verifySignature", "transferUser", "moveObject", "changePin"),
    *("requestCertificate", "requestRevocation", "reportCompromise", "revokeCertificate", "suspendCertificate"),
}
"""These end or change the attackers' own sessions, count tries, or have checks of their own."""
TEXTS = {"String", "ID"}
VALUES: dict[str, Any] = {
    "Int": 1,
    "Boolean": False,
    "JSON": {"a": QUOTE},
    "DateTime": "2026-01-01T00:00:00Z",
    "Date": "2026-01-01",
    "Base64": "AAAA",
}


def filled(kind: Any) -> Any:
    """A value of an input type with the payload in each of its texts."""
    if isinstance(kind, GraphQLNonNull):
        return filled(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [filled(kind.of_type)]
    if isinstance(kind, GraphQLInputObjectType):
        inner = {name: filled(field.type) for name, field in kind.fields.items()}
        return inner | ({"values": {**WORK, "work_done": QUOTE}} if "values" in inner else {})
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    return QUOTE if kind.name in TEXTS else VALUES.get(kind.name, QUOTE)


def selection(kind: Any) -> str:
    """The least that can be asked of a type."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    return "{ __typename ... on Problem { code } }" if isinstance(named, GraphQLUnionType) else "{ __typename }"


def texts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the payload stands in a value."""
    if value == QUOTE:
        yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from texts(inner, (*at, key))


def operations(kind: str, root: GraphQLObjectType) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """An operation for each field that takes a text: its name, its document, its variables."""
    for name, field in root.fields.items():
        given = {argument: filled(described.type) for argument, described in field.args.items()}
        given = {argument: value for argument, value in given.items() if argument not in ("last", "before")}
        if name not in LEFT_OUT and any(texts(given)):
            yield name, document(kind, name, field, given), given


def document(kind: str, name: str, field: GraphQLField, given: dict[str, Any]) -> str:
    """The operation that gives these arguments by variables."""
    heads = ", ".join(f"${argument}: {field.args[argument].type}" for argument in given)
    arguments = ", ".join(f"{argument}: ${argument}" for argument in given)
    return f"{kind} ({heads}) {{ {name}({arguments}) {selection(field.type)} }}"


def judged(name: str, answer: Answer) -> None:
    """Raises Broken for an answer that comes from a database that has read the payload as SQL."""
    told = INSIDES.search(answer.text.replace(json.dumps(QUOTE), ""))
    broken_if(answer.status >= 500 or told, f"{name}: {answer.status} {told and told[0]} {answer.text[:120]}")


CHOICES = {"Role": "OPERATOR_EMPLOYEE", "OrganizationKind": "SUBSCRIBER", "Duty": "PARTICIPANT"}
Place = tuple[Any, ...]
"""The way into a value, by names and numbers."""
RIGHTFUL: dict[str, str] = {
    "code": "SPZ_MAIN",
    "timeZone": "Europe/Moscow",
    "email": "walk@attack.test",
    "surname": "Иванов",
    "givenName": "Иван",
    "pin": PIN,
    "newPin": "975318",
    "currentPin": PIN,
    "password": PASSWORD,
    "basis": "Приказ № 1",
    "reason": "Ошибка",
}
"""By name: what lets an operation come as far as the text that is tried."""


def rightful(target: Target, broken: Victims, name: object) -> str:
    """A value for a text that is not being tried: an id that its name speaks of, or a word."""
    world = target.world
    ids = {
        "contract": world.contract,
        "type": world.type,
        "organization": world.organizations[ADMIN],
        "operator": world.organizations[ADMIN],
        "subscriber": world.organizations["subscriber"],
        "certificate": world.certificate,
        "holder": world.users[ADMIN],
        **{kind: getattr(broken, kind) for kind in ("user", "object", "journal", "entry")},
    }
    key = str(name).removesuffix("Id")
    key = {"id": "object", "fromUser": "user", "toUser": "user"}.get(key, key)
    return ids.get(key) or RIGHTFUL.get(str(name), "Слово")


async def walked(target: Target, kind: str, by: str) -> None:
    """Every operation of a kind: its texts all at once, and each alone among others that let it come through."""
    root = target.schema.query_type if kind == "query" else target.schema.mutation_type
    assert root
    broken = await victims(target)
    tried = reached = 0
    for name, query, given in operations(kind, root):
        judged(name, await target.ask(query, given, by=by))
        for place in texts(given):
            arguments = root.fields[name].args
            alone = {
                argument: around(arguments[argument].type, (argument,), place, partial(rightful, target, broken))
                for argument in given
            }
            answer = await target.ask(query, alone, by=by)
            judged(name, answer)
            tried, reached = tried + 1, reached + (not answer.codes)
    broken_if(not tried or reached < tried // 20, f"{tried} texts, {reached} of them came through: nothing is shown")


def around(kind: Any, at: Place, place: Place, other: Callable[[object], str]) -> Any:
    """A value of an input type with the payload at one place. What need not be given is not, the rest is rightful."""
    required = isinstance(kind, GraphQLNonNull)
    kind = kind.of_type if required else kind
    if not required and place[: len(at)] != at and at[-1] != "first":
        return None
    if isinstance(kind, GraphQLList):
        return [around(kind.of_type, (*at, 0), place, other)]
    if isinstance(kind, GraphQLInputObjectType):
        return {name: around(field.type, (*at, name), place, other) for name, field in kind.fields.items()}
    if isinstance(kind, GraphQLEnumType):
        return CHOICES.get(kind.name) or next(iter(kind.values))
    if kind.name == "JSON":
        return WORK | {place[-1]: QUOTE} if place[: len(at)] == at else WORK
    if kind.name == "DateTime" and str(at[-1]).startswith(("ends", "validTo", "formerEnds")):
        return (datetime.now(UTC) + timedelta(days=20)).isoformat()
    if kind.name not in TEXTS:
        return VALUES.get(kind.name, QUOTE)
    return QUOTE if at == place else other(next(key for key in reversed(at) if isinstance(key, str)))


@check(Category.INJECTION, "SQL in every text of every query's arguments, walked through the schema")
async def queries(target: Target) -> None:
    await walked(target, "query", ADMIN)


@check(Category.INJECTION, "SQL in every text of every mutation's input, as an operator's admin")
async def mutations(target: Target) -> None:
    await walked(target, "mutation", ADMIN)


@check(Category.INJECTION, "SQL in every text of every mutation's input, as the owner")
async def mutations_of_the_owner(target: Target) -> None:
    await walked(target, "mutation", OWNER)


@check(Category.INJECTION, "a filter that is always true finds more than one that never is")
async def tautologies(target: Target) -> None:
    query = "query ($filter: ObjectFilter) { objects(first: 100, filter: $filter) { totalCount } }"
    for name in ("name", "search", "externalId"):
        counts = []
        for condition in ("'1'='1", "'1'='2"):
            answer = await target.ask(query, {"filter": {name: f"zzz%' or {condition}' or 'a' like 'b"}}, by=ADMIN)
            counts.append((answer.value or {}).get("totalCount"))
        broken_if(counts[0] != counts[1], f"{name}: {counts}")


@check(Category.INJECTION, "a filter that lets the database sleep")
async def sleeping(target: Target) -> None:
    query = "query ($filter: ObjectFilter) { objects(first: 1, filter: $filter) { totalCount } }"
    for name in ("name", "search", "externalId"):
        told = await target.ask(query, {"filter": {name: "x' || cast(pg_sleep(1.5) as text) || 'x"}}, by=ADMIN)
        broken_if(told.seconds > 1.4, f"{name}: {told.seconds:.1f} s")


@check(Category.INJECTION, "SQL in place of an id")
async def identifiers(target: Target) -> None:
    encoded = base64.b64encode(b"ServiceObject:' or '1'='1").decode()
    for key in ("' or '1'='1", encoded):
        for field in ("object", "node"):
            answer = await target.ask(f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", {"id": key}, by=ADMIN)
            judged(field, answer)
            broken_if(answer.value, f"{field}: {answer.value}")


@check(Category.INJECTION, "SQL in a forged cursor")
async def cursors(target: Target) -> None:
    query = "query ($after: String) { objects(first: 5, after: $after) { totalCount } }"
    for forged in (
        "0 or 1=1",
        "(select 1 from nothing)",
        base64.urlsafe_b64encode(json.dumps(["a' or '1'='1", "b"]).encode()).decode(),
    ):
        answer = await target.ask(query, {"after": forged}, by=ADMIN)
        judged("after", answer)
        broken_if(answer.data, f"{forged} was taken: {answer.text}")


@check(Category.INJECTION, "SQL in the addresses of pages and files")
async def addresses(target: Target) -> None:
    for path in ("/verify/'%20or%20'1'='1", "/verify?code='%20union%20select%201--", "/files/'%20or%20'1'='1"):
        answer = await target.send("GET", path, by=ADMIN)
        judged(path, answer)
        broken_if("object-1" in answer.text, f"{path}: {answer.text}")
