"""Broken authentication: sessions that should be over, tokens made up or rewritten."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter

from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.making import newcomer
from scripts.attacks.rights import DEACTIVATE
from scripts.attacks.sockets import CLOSED, EVENTS, heard, hello, socket, subscribe
from scripts.attacks.standing import id_of
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, CUSTOMER, NEWCOMER, OWNER, PASSWORD, STRANGER, WORKER

VIEWER = "{ viewer { id email } }"
END = "mutation ($id: ID!) { endSession(id: $id) { __typename ... on Problem { code } } }"
SESSIONS = "{ identity { sessions { id } } }"


async def a_session(target: Target, email: str) -> str:
    """A new session's token."""
    return str((await target.signed_in(email, PASSWORD)).value["token"])


@check(Category.ACCESS, "a session after signing out, by bearer and by cookie, for reads and for writes")
async def after_sign_out(target: Target) -> None:
    token = await a_session(target, CUSTOMER)
    cookie = {"cookie": target.world.cookies[CUSTOMER].partition("=")[0] + "=" + token}
    broken_if(not (await target.ask(VIEWER, by=token)).value, "no session to begin with")
    await target.ask("mutation { signOut }", by=token)
    broken_if((await target.ask(VIEWER, by=token)).value, "bearer")
    broken_if((await target.ask(VIEWER, headers=cookie)).value, "cookie")
    broken_if((await target.ask("mutation { markNotificationsRead(ids: []) }", by=token)).done, "a mutation")
    broken_if((await target.send("GET", f"/files/{target.world.file}", by=token)).status == 200, "a file")


async def still_asks(target: Target, token: str, ending: str, variables: dict[str, object], by: str) -> None:
    """Raises Broken if an open socket goes on after `ending`."""
    async with socket(target) as connection:
        await hello(connection, token)
        await subscribe(connection, EVENTS)
        await target.ask(ending, variables, by=by)
        ended = asked = False
        try:
            await subscribe(connection, VIEWER, "2")
            while not (ended and asked):
                message = await heard(connection, 5)
                payload = message.get("payload") or {}
                if message.get("id") == "2":
                    asked = True
                    viewer = (payload.get("data") or {}).get("viewer") if isinstance(payload, dict) else None
                    broken_if(viewer, "the socket still asks")
                elif message.get("id") == "1":
                    ended = message["type"] in ("complete", "error") or "errors" in payload
        except TimeoutError:
            broken_if(True, "the subscription goes on")
        except CLOSED:
            return


@check(Category.ACCESS, "an open socket after signing out")
async def socket_after_sign_out(target: Target) -> None:
    token = await a_session(target, WORKER)
    await still_asks(target, token, "mutation { signOut }", {}, token)


@check(Category.ACCESS, "a session, and an open socket, of somebody deactivated")
async def after_deactivation(target: Target) -> None:
    key, email = await newcomer(target)
    token = await a_session(target, email)
    await still_asks(target, token, DEACTIVATE, {"input": {"userId": key, "reason": "Уволен"}}, ADMIN)
    broken_if((await target.ask(VIEWER, by=token)).value, "the session stands")
    broken_if((await target.signed_in(email, PASSWORD)).done, "they sign in again")


@check(Category.ACCESS, "ending another person's session")
async def foreign_session(target: Target) -> None:
    token = await a_session(target, NEWCOMER)
    sessions = (await target.ask(SESSIONS, by=token)).value["sessions"]
    for each in sessions:
        answer = await target.ask(END, {"id": each["id"]}, by=STRANGER)
        broken_if(answer.done and answer.value["__typename"] != "Problem", "done")
    broken_if(not (await target.ask(VIEWER, by=token)).value, "it is over")


@check(Category.ACCESS, "one's own token, rewritten to name the owner")
async def rewritten(target: Target) -> None:
    token = target.world.tokens[NEWCOMER]
    forged = [token.replace(NEWCOMER, OWNER), "token-" + OWNER, OWNER, base64.b64encode(OWNER.encode()).decode()]
    for each in forged:
        viewer = (await target.ask(VIEWER, headers={"authorization": f"Bearer {each}"})).value
        broken_if(viewer and viewer["email"] == OWNER, each[:40])


@check(
    Category.ACCESS, "a JSON web token that says of itself that it is not signed", planted=lambda: nobody({"id": "1"})
)
async def unsigned_token(target: Target) -> None:
    parts = [{"alg": "none", "typ": "JWT"}, {"sub": target.world.users[OWNER], "email": OWNER, "role": "SUPERADMIN"}]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    nobody((await target.ask(VIEWER, by=".".join([*encoded, ""]))).value)


def nobody(viewer: object) -> None:
    """Raises Broken if there is a viewer."""
    broken_if(viewer, f"asked as {viewer}")


@check(Category.ACCESS, "tokens that can be foreseen: too short, alike, or the same again")
async def foreseen(target: Target) -> None:
    tokens = [await a_session(target, CUSTOMER) for _ in range(4)]
    broken_if(len(set(tokens)) < len(tokens), "the same again")
    for token in tokens:
        shares = [count / len(token) for count in Counter(token).values()]
        bits = -len(token) * sum(share * math.log2(share) for share in shares)
        broken_if(len(token) < 22 or bits < 100, f"{bits:.0f} bits in {len(token)} characters")
    alike = sum(len(set(column)) == 1 for column in zip(*tokens, strict=False))
    broken_if(alike > 8, f"{alike} characters are the same in all")


@check(Category.ACCESS, "oddly written bearers: other schemes, an empty one, the token in the address")
async def odd_bearers(target: Target) -> None:
    token = target.world.tokens[WORKER]
    for header in (
        "Basic " + token,
        token,
        "Bearer",
        "Bearer  null",
        "Bearer undefined",
        "Bearer '",
        "Digest " + token,
    ):
        answer = await target.ask(VIEWER, headers={"authorization": header})
        broken_if(answer.value, header[:12])
    address = await target.send("POST", f"/graphql?token={token}&access_token={token}", json={"query": VIEWER})
    broken_if(address.value, "in the address")


@check(
    Category.ACCESS,
    "a superadmin without the second factor that is required",
    strict=True,
    planted=lambda: confined({}),
)
async def confined_session(target: Target) -> None:
    signed_in = await target.send(
        "POST",
        "/graphql",
        json={"documentId": id_of("sign in"), "variables": {"input": {"email": OWNER, "password": PASSWORD}}},
    )
    token = signed_in.value["token"]
    for name, variables in (
        ("objects", {}),
        ("organization", {"input": {"kind": "OPERATOR", "name": "ООО «Обход»"}}),
    ):
        answer = await target.send(
            "POST", "/graphql", by=token, json={"documentId": id_of(name), "variables": variables}
        )
        confined({"codes": answer.codes, "value": answer.value})


def confined(told: dict[str, object]) -> None:
    """Raises Broken unless an answer is that the second factor is missing."""
    broken_if("SECOND_FACTOR_REQUIRED" not in str(told.get("codes")), str(told))
