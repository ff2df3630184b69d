"""Passkeys: registered, a second factor, a sign-in of their own; each challenge once, and nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from client import SIGN_IN, Client
from conftest import PUBLIC_URL, Database
from software_authenticator import PRESENT, SoftwareAuthenticator
from test_second_factors import CONFIRM, ENROL, IDENTITY, MAKE_CODES, forget_confirmation
from test_sign_in_delays import codes, tried
from world import PROBLEM

from app import demo

CEREMONY = f"__typename ... on PasskeyCeremony {{ challengeId options }} {PROBLEM}"
PREPARE_PASSKEY = f"mutation {{ preparePasskey {{ {CEREMONY} }} }}"
PREPARE_SIGN_IN = f"mutation {{ preparePasskeySignIn {{ {CEREMONY} }} }}"
PREPARE_CONFIRMATION = f"mutation {{ prepareConfirmation {{ {CEREMONY} }} }}"
REGISTER = f"""mutation ($input: RegisterPasskeyInput!) {{ registerPasskey(input: $input) {{ __typename
  ... on RecoveryCodes {{ codes identity {{ {IDENTITY} }} }} {PROBLEM} }} }}"""
SIGN_IN_BY_PASSKEY = f"""mutation ($input: SignInByPasskeyInput!) {{ signInByPasskey(input: $input) {{ __typename
  ... on Session {{ token user {{ email }} }} {PROBLEM} }} }}"""
RENAME = f"""mutation ($input: RenamePasskeyInput!) {{ renamePasskey(input: $input) {{ __typename
  ... on Identity {{ {IDENTITY} }} {PROBLEM} }} }}"""
REMOVE = f"mutation ($id: ID!) {{ removePasskey(id: $id) {{ __typename ... on Identity {{ {IDENTITY} }} {PROBLEM} }} }}"


async def registered(client: Client, name: str = "Ноутбук", **made: Any) -> SoftwareAuthenticator:
    """A passkey of the client's person."""
    ceremony = await client.do(PREPARE_PASSKEY)
    authenticator = SoftwareAuthenticator(PUBLIC_URL, **made)
    answer = {"challengeId": ceremony["challengeId"], "credential": authenticator.make(ceremony["options"])}
    await client.do(REGISTER, input={"name": name, "passkey": answer})
    return authenticator


async def answered(client: Client, prepare: str, authenticator: SoftwareAuthenticator, **wrong: Any) -> dict[str, Any]:
    """The input with an answer to a fresh challenge."""
    ceremony = await client.do(prepare)
    answer = authenticator.answer(ceremony["options"], **wrong)
    return {"passkey": {"challengeId": ceremony["challengeId"], "credential": answer}}


async def test_a_passkey_signs_in_without_a_password_and_each_challenge_counts_once(
    client: Client, database: Database
) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    ceremony = await worker.do(PREPARE_PASSKEY)
    options = ceremony["options"]
    assert options["rp"]["id"] == "journals.example"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    stranger = SoftwareAuthenticator("https://evil.example")
    foreign = {"challengeId": ceremony["challengeId"], "credential": stranger.make(options)}
    refused = await worker.refused(REGISTER, input={"name": "Чужой", "passkey": foreign})
    assert (refused["code"], refused["field"]) == ("INVALID", "passkey")
    broken = foreign["credential"] | {"response": {"attestationObject": "gg"}}
    nonsense: tuple[Any, ...] = ([], {}, "x", {"rawId": 1}, broken)
    for credential in nonsense:
        again = await worker.do(PREPARE_PASSKEY)
        answer = {"challengeId": again["challengeId"], "credential": credential}
        assert (await worker.refused(REGISTER, input={"name": "x", "passkey": answer}))["code"] == "INVALID"
    assert await database.value("select count(*) from passkeys") == 0

    mine = await registered(worker)
    assert await database.value("select transports::text from passkeys") == '["internal", "hybrid"]'
    assert (await client.do(PREPARE_SIGN_IN))["options"]["allowCredentials"] == []
    given = await answered(client, PREPARE_SIGN_IN, mine)
    at_once = await asyncio.gather(*(client.post(SIGN_IN_BY_PASSKEY, {"input": given}) for _ in range(3)))
    answers = [each["data"]["signInByPasskey"] for each in at_once]
    assert sorted(codes(answers)) == ["INVALID", "INVALID", "Session"]
    (session,) = [each for each in answers if each["__typename"] == "Session"]
    assert session["user"]["email"] == demo.OPERATOR_EMPLOYEE

    sessions = await database.value("select count(*) from sessions")
    wrong = [
        await answered(client, PREPARE_SIGN_IN, mine, flags=PRESENT),  # nobody made sure who holds it
        await answered(client, PREPARE_SIGN_IN, replace(mine, origin="https://evil.example", count=50)),
        await answered(client, PREPARE_SIGN_IN, replace(mine, key=stranger.key, count=51)),
        await answered(client, PREPARE_SIGN_IN, replace(mine, user_handle=bytes(16), count=52)),
        await answered(client, PREPARE_SIGN_IN, replace(mine, user_handle=b"", count=53)),
        await answered(client, PREPARE_SIGN_IN, replace(mine, credential_id=stranger.credential_id, count=54)),
        await answered(client, PREPARE_SIGN_IN, replace(mine, count=0)),  # a copy: the counter went back
        await answered(worker, PREPARE_CONFIRMATION, replace(mine, count=55)),  # asked for something else
    ]
    refusals = [await client.refused(SIGN_IN_BY_PASSKEY, input=each) for each in wrong]
    assert {each["code"] for each in refusals} == {"INVALID"}
    told = "select count(*) from events where kind = 'SECOND_FACTOR_REFUSED' and user_id is not null"
    assert (
        await database.value(told) == 6
    )  # not of an unknown passkey, nor of a challenge that asked for something else
    assert len({each["message"] for each in refusals[:-1]}) == 1
    stale = await answered(client, PREPARE_SIGN_IN, replace(mine, count=60))
    await database.fetch("update challenges set expires_at = now()")
    assert (await client.refused(SIGN_IN_BY_PASSKEY, input=stale))["code"] == "INVALID"
    assert await database.value("select count(*) from sessions") == sessions
    await database.fetch("update users set active = false where email = $1", demo.OPERATOR_EMPLOYEE)
    ended = await client.refused(
        SIGN_IN_BY_PASSKEY, input=await answered(client, PREPARE_SIGN_IN, replace(mine, count=70))
    )
    assert ended == refusals[0]


async def test_a_passkey_is_a_second_factor_and_confirms(client: Client, database: Database) -> None:
    email, right = demo.OPERATOR_EMPLOYEE, demo.PASSWORD
    worker = await client.signed_in(email)
    mine = await registered(worker, counts=False)
    needed = await tried(client, "192.0.2.1", email=email, password=right)
    details = needed["details"]
    assert (needed["code"], details["methods"]) == ("SECOND_FACTOR_REQUIRED", ["PASSKEY", "RECOVERY_CODE"])
    assert len(details["options"]["allowCredentials"]) == 1
    passkey = {"challengeId": details["challengeId"], "credential": mine.answer(details["options"], flags=PRESENT)}
    given: dict[str, Any] = {"email": email, "password": right, "passkey": passkey}
    somebody = await tried(client, "192.0.2.1", **given | {"password": "wrong"})
    assert somebody["code"] == "UNAUTHENTICATED"
    twice = [await tried(client, "192.0.2.1", **given) for _ in range(2)]
    assert codes(twice) == ["Session", "INVALID"]

    await forget_confirmation(database)
    assert (await worker.refused(PREPARE_PASSKEY))["code"] == "CONFIRMATION_REQUIRED"
    assert (await worker.refused(ENROL))["code"] == "CONFIRMATION_REQUIRED"
    another = await client.signed_in(demo.OPERATOR_ADMIN)
    theirs = await answered(another, PREPARE_CONFIRMATION, mine)
    assert (await worker.refused(CONFIRM, input=theirs))["code"] == "INVALID"
    assert (await worker.refused(MAKE_CODES))["code"] == "CONFIRMATION_REQUIRED"
    state = await worker.do(CONFIRM, input=await answered(worker, PREPARE_CONFIRMATION, mine))
    (shown,) = state["passkeys"]
    assert shown["name"] == "Ноутбук"

    for stranger in (another, client):
        assert (await stranger.refused(REMOVE, id=shown["id"]))["code"] in ("NOT_FOUND", "UNAUTHENTICATED")
    renamed = await worker.do(RENAME, input={"id": shown["id"], "name": "Рабочий ноутбук"})
    assert renamed["passkeys"][0]["name"] == "Рабочий ноутбук"
    assert (await worker.refused(RENAME, input={"id": shown["id"], "name": " "}))["field"] == "name"
    assert (await worker.do(REMOVE, id=shown["id"]))["passkeys"] == []
    gone = await answered(client, PREPARE_SIGN_IN, mine)
    assert (await client.refused(SIGN_IN_BY_PASSKEY, input=gone))["code"] == "INVALID"
    assert "token" in await client.do(SIGN_IN, email=email, password=right)
    kinds = await database.fetch("select kind from events where kind like 'PASSKEY%' order by id")
    assert [row["kind"] for row in kinds] == ["PASSKEY_ADDED", "PASSKEY_REMOVED"]
