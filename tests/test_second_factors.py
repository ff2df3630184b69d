"""A code of an app after the password, recovery codes, and the same once more for what is grave."""

from __future__ import annotations

import asyncio
from typing import Any

import pyotp
from authority_world import PREPARE
from client import PIN, SIGN_IN, Client
from conftest import Database
from test_sign_in_delays import codes, fail_thrice, tried
from world import PROBLEM

from app import demo
from rules import clock

IDENTITY = "secondFactorRequired confined totpSince recoveryCodesLeft confirmedUntil passkeys { id name }"
ENROL = f"mutation {{ enrolTotp {{ __typename ... on TotpEnrolment {{ secret uri qrCode }} {PROBLEM} }} }}"
CONFIRM_TOTP = f"""mutation ($otp: String!) {{ confirmTotp(otp: $otp) {{ __typename
  ... on RecoveryCodes {{ codes identity {{ {IDENTITY} }} }} {PROBLEM} }} }}"""
REMOVE_TOTP = f"mutation {{ removeTotp {{ __typename ... on Identity {{ {IDENTITY} }} {PROBLEM} }} }}"
MAKE_CODES = f"mutation {{ makeRecoveryCodes {{ __typename ... on RecoveryCodes {{ codes }} {PROBLEM} }} }}"
CONFIRM = f"""mutation ($input: ConfirmIdentityInput!) {{ confirmIdentity(input: $input) {{ __typename
  ... on Identity {{ {IDENTITY} }} {PROBLEM} }} }}"""
REQUEST_REVOCATION = f"""mutation ($input: RequestRevocationInput!) {{ requestRevocation(input: $input) {{ __typename
  ... on CertificateRequest {{ id }} {PROBLEM} }} }}"""

RESET = f"""mutation ($input: ResetSecondFactorsInput!) {{ resetSecondFactors(input: $input) {{ __typename
  ... on User {{ id status }} {PROBLEM} }} }}"""


def code(secret: str, steps: int = 0) -> str:
    """What the app shows, so many steps of thirty seconds from now. The next one is taken already, the last one might
    not be any more by the time it arrives."""
    return pyotp.TOTP(secret).at(clock.now(), counter_offset=steps)


async def enrolled(client: Client) -> tuple[str, list[str]]:
    """Sets an app up: its secret, and the recovery codes."""
    secret = (await client.do(ENROL))["secret"]
    return secret, (await client.do(CONFIRM_TOTP, otp=code(secret)))["codes"]


async def forget_confirmation(database: Database) -> None:
    """As if everybody had signed in eleven minutes ago."""
    await database.fetch("update sessions set confirmed_at = confirmed_at - interval '11 minutes'")


async def test_an_app_is_asked_for_after_the_password_and_no_code_counts_twice(
    client: Client, database: Database
) -> None:
    email, right = demo.OPERATOR_EMPLOYEE, demo.PASSWORD
    worker = await client.signed_in(email)
    begun = await worker.do(ENROL)
    secret = begun["secret"]
    assert pyotp.parse_uri(begun["uri"]).secret == secret
    assert begun["qrCode"].startswith("data:image/svg+xml,")
    refused = await worker.refused(CONFIRM_TOTP, otp="000000" if code(secret) != "000000" else "111111")
    assert (refused["code"], refused["field"]) == ("INVALID", "otp")
    assert "token" in await tried(client, "192.0.2.1", email=email, password=right)  # not asked for before it counts
    confirmed = await worker.do(CONFIRM_TOTP, otp=code(secret))
    assert len(set(confirmed["codes"])) == confirmed["identity"]["recoveryCodesLeft"] == 10
    kept = bytes((await database.fetch("select totp_secret from users where email = $1", email))[0][0])
    assert secret.encode() not in kept

    sessions = await database.value("select count(*) from sessions")
    needed = await tried(client, "192.0.2.1", email=email, password=right)
    assert needed["code"] == "SECOND_FACTOR_REQUIRED"
    assert needed["details"]["methods"] == ["TOTP", "RECOVERY_CODE"]
    wrong_password = await tried(client, "192.0.2.1", email=email, otp=code(secret, 1))
    assert wrong_password["code"] == "UNAUTHENTICATED"
    replayed = await tried(client, "192.0.2.1", email=email, password=right, otp=code(secret))
    assert (replayed["code"], replayed["field"]) == ("INVALID", "otp")
    assert await database.value("select count(*) from sessions") == sessions

    given = {"email": email, "password": right, "otp": code(secret, 1)}
    at_once = await asyncio.gather(*(tried(client, "192.0.2.1", **given) for _ in range(3)))
    assert sorted(codes(list(at_once))) == ["INVALID", "INVALID", "Session"]
    on_paper = confirmed["codes"][0].upper().replace("-", " ")
    twice = [await tried(client, "192.0.2.1", email=email, password=right, otp=on_paper) for _ in range(2)]
    assert codes(twice) == ["Session", "INVALID"]
    everything = str(await database.fetch("select * from events")) + str(await database.fetch("select * from users"))
    everything += str(await database.fetch("select * from recovery_codes"))
    assert not [
        each for each in (secret, *confirmed["codes"], confirmed["codes"][0].replace("-", "")) if each in everything
    ]
    assert await database.value("select count(*) from events where kind = 'RECOVERY_CODE_USED'") == 1


async def test_guessing_codes_delays_the_guesser_who_knows_the_password_alone(
    client: Client, database: Database
) -> None:
    email, right = demo.OPERATOR_EMPLOYEE, demo.PASSWORD
    device = (await tried(client, "192.0.2.1", email=email, password=right))["deviceToken"]
    secret, _ = await enrolled(await client.signed_in(email))
    wrong = {"email": email, "password": right, "otp": "recovery"}
    guesses = [await tried(client, "198.51.100.1", **wrong)]
    await fail_thrice(database)
    guesses += [await tried(client, f"198.51.100.{each}", **wrong) for each in (2, 3)]
    assert codes(guesses) == ["INVALID", "INVALID", "RATE_LIMITED"]
    delayed = await tried(client, "192.0.2.9", email=email, password=right, otp=code(secret, 1))
    assert delayed["code"] == "RATE_LIMITED"
    own = {"email": email, "password": right, "otp": code(secret, 1), "deviceToken": device}
    assert "token" in await tried(client, "192.0.2.9", **own)


async def test_what_is_grave_is_confirmed_once_more(client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    (certificate,) = (await worker.ask("{ viewer { certificates { id } } }"))["viewer"]["certificates"]
    _, paper = await enrolled(worker)
    await forget_confirmation(database)
    before = await database.fetch("select id from recovery_codes where withdrawn_at is null order by id")
    asked: list[tuple[str, dict[str, Any]]] = [
        (MAKE_CODES, {}),
        (REMOVE_TOTP, {}),
        (REQUEST_REVOCATION, {"input": {"certificateId": certificate["id"], "reason": "SUPERSEDED"}}),
        (
            PREPARE,
            {
                "input": {
                    "entryId": certificate["id"],
                    "expectedRevision": 1,
                    "expectedDigest": "0" * 64,
                    "certificateId": certificate["id"],
                }
            },
        ),
    ]
    for mutation, variables in asked[:3]:
        refused = await worker.refused(mutation, **variables)
        assert (refused["code"], refused["details"]) == (
            "CONFIRMATION_REQUIRED",
            {"methods": ["TOTP", "RECOVERY_CODE", "PIN"]},
        )
    assert await database.fetch("select id from recovery_codes where withdrawn_at is null order by id") == before
    assert await database.value("select count(*) from certificate_requests where kind = 'REVOKE'") == 0

    for given, told in (
        ({}, "INVALID"),
        ({"otp": "1", "pin": PIN}, "INVALID"),
        ({"otp": "1"}, "INVALID"),
        ({"pin": "135799"}, "WRONG_PIN"),
    ):
        assert (await worker.refused(CONFIRM, input=given))["code"] == told
    assert (await worker.refused(MAKE_CODES))["code"] == "CONFIRMATION_REQUIRED"
    assert (await worker.do(CONFIRM, input={"pin": PIN}))["confirmedUntil"]
    assert (await worker.do(REQUEST_REVOCATION, **asked[2][1]))["id"]
    await forget_confirmation(database)
    assert (await worker.do(CONFIRM, input={"otp": paper[0]}))["recoveryCodesLeft"] == 9
    fresh = (await worker.do(MAKE_CODES))["codes"]
    assert not set(fresh) & set(paper)
    assert (await worker.refused(CONFIRM, input={"otp": paper[1]}))["code"] == "INVALID"
    assert (await worker.do(REMOVE_TOTP))["recoveryCodesLeft"] == 0
    assert "token" in await client.do(SIGN_IN, email=demo.OPERATOR_EMPLOYEE, password=demo.PASSWORD)
    kinds = await database.fetch("select kind, count(*) as times from events group by kind")
    times = {row["kind"]: row["times"] for row in kinds}
    told_kinds = ("SECOND_FACTOR_ENROLLED", "IDENTITY_CONFIRMED", "RECOVERY_CODES_MADE", "SECOND_FACTOR_REMOVED")
    assert [times[kind] for kind in told_kinds] == [1, 2, 2, 1]


async def test_whoever_has_no_second_factor_is_asked_for_none(client: Client) -> None:
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    assert (await admin.refused(MAKE_CODES))["code"] == "CONFLICT"
    assert (await admin.refused(CONFIRM, input={"otp": "123456"}))["code"] == "CONFLICT"
    assert (await admin.do(CONFIRM, input={"pin": PIN}))["confirmedUntil"]


async def test_an_admin_takes_lost_factors_away_and_nobody_their_own(client: Client, database: Database) -> None:
    email, right = demo.OPERATOR_EMPLOYEE, demo.PASSWORD
    worker, admin = await client.signed_in(email, anew=True), await client.signed_in(demo.OPERATOR_ADMIN)
    ids = {who: (await each.ask("{ viewer { id } }"))["viewer"]["id"] for who, each in (("w", worker), ("a", admin))}
    lost = {"userId": ids["w"], "reason": "Телефон утерян, личность проверена по паспорту"}
    assert (await admin.refused(RESET, input=lost))["code"] == "CONFLICT"
    _, recovery = await enrolled(worker)
    assert (await worker.refused(RESET, input=lost))["code"] == "FORBIDDEN"
    stranger = await client.signed_in(demo.SUBSCRIBER_ADMIN)
    assert (await stranger.refused(RESET, input=lost))["code"] == "NOT_FOUND"
    assert (await admin.refused(RESET, input={**lost, "userId": ids["a"]}))["code"] == "FORBIDDEN"
    assert (await client.refused(SIGN_IN, email=email, password=right))["code"] == "SECOND_FACTOR_REQUIRED"
    assert (await admin.do(RESET, input=lost))["status"] == "ACTIVE"
    assert (await worker.ask("{ viewer { id } }"))["viewer"] is None
    again = await client.signed_in(email, anew=True)
    assert (await again.ask("{ identity { totpSince recoveryCodesLeft } }"))["identity"] == {
        "totpSince": None,
        "recoveryCodesLeft": 0,
    }
    told = await again.ask("{ notifications(last: 1) { edges { node { event { kind } } } } }")
    assert [edge["node"]["event"]["kind"] for edge in told["notifications"]["edges"]] == ["SECOND_FACTOR_REMOVED"]
    assert len(recovery) == 10
    assert await database.value("select count(*) from recovery_codes where withdrawn_at is null") == 0
