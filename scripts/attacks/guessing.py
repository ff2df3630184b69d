"""Brute force: passwords, codes, PINs, links; what is counted, and whether counting harms the owner of an account."""

from __future__ import annotations

import asyncio
import base64
import time
from secrets import token_hex, token_urlsafe
from typing import Any

import httpx
import pyotp

from scripts.attacks.checks import Category, NotApplicable, broken_if, check
from scripts.attacks.making import newcomer
from scripts.attacks.pages import mailed, mails_to
from scripts.attacks.standing import KNOWN
from scripts.attacks.target import Answer, Target
from scripts.attacks.world import ADMIN, CREATE_USER, CUSTOMER_ADMIN, NEWCOMER, PASSWORD

ENROL = "mutation { enrolTotp { ... on TotpEnrolment { secret } ... on Problem { code } } }"
CONFIRM = (
    "mutation ($otp: String!) { confirmTotp(otp: $otp) { ... on RecoveryCodes { codes } ... on Problem { code } } }"
)
CHANGE_PIN = """mutation ($input: ChangePinInput!) { changePin(input: $input) {
  __typename ... on Certificate { id } ... on Problem { code } } }"""
PREPARE = (
    """mutation { preparePasskeySignIn { ... on PasskeyCeremony { challengeId options } ... on Problem { code } } }"""
)
BY_PASSKEY = """mutation ($input: SignInByPasskeyInput!) { signInByPasskey(input: $input) {
  ... on Session { token } ... on Problem { code } } }"""
ACCEPT = """mutation ($input: AccountLinkInput!) { acceptInvitation(input: $input) {
  __typename ... on User { email } ... on Problem { code } } }"""
LIMITED = {"RATE_LIMITED", "PIN_LOCKED"}


async def until_limited(answers: int, told: Any) -> None:
    """Raises Broken unless one of so many tries is answered with a delay. `told` makes a try."""
    for _ in range(answers):
        answer: Answer = await told()
        if LIMITED & set(answer.codes) or answer.status == 429:
            return
    broken_if(True, f"{answers} tries, and never told to wait")


async def with_totp(target: Target) -> tuple[str, pyotp.TOTP, list[str]]:
    """A new colleague with a second factor: their address, their app, their recovery codes."""
    _, email = await newcomer(target)
    token = (await target.signed_in(email, PASSWORD)).value["token"]
    enrolled = await target.ask(ENROL, by=token)
    if "secret" not in (enrolled.value or {}):
        raise NotApplicable(f"no second factor: {enrolled.codes}")
    app = pyotp.TOTP(enrolled.value["secret"])
    codes = (await target.ask(CONFIRM, {"otp": app.now()}, by=token)).value["codes"]
    return email, app, codes


@check(Category.GUESSING, "twenty passwords for one account from one place")
async def passwords(target: Target) -> None:
    _, email = await newcomer(target)
    await until_limited(20, lambda: target.signed_in(email, token_hex(6)))
    broken_if((await target.signed_in(email, PASSWORD)).done, "the twenty-first was taken at once")


@check(Category.GUESSING, "twenty passwords in one request, by aliases")
async def passwords_by_aliases(target: Target) -> None:
    _, email = await newcomer(target)
    asked = """{}: signIn(input: {{email: "{}", password: "{}"}}) {{
  ... on Session {{ token }} ... on Problem {{ code }} }}"""
    deeds = [asked.format(f"a{n}", email, f"guess-{n}") for n in range(19)]
    answer = await target.ask("mutation { " + " ".join([*deeds, asked.format("right", email, PASSWORD)]) + " }")
    broken_if("token" in (answer.data.get("right") or {}), "the twentieth was taken")


@check(
    Category.GUESSING,
    "keeping the owner of an account out by failing in their name",
    planted=lambda: let_in(Answer(200, httpx.Headers(), b"{}", 0.1)),
)
async def lock_out(target: Target) -> None:
    _, email = await newcomer(target)
    for _ in range(12):
        await target.signed_in(email, token_hex(6))
    elsewhere = {"x-forwarded-for": "203.0.113.250"}
    query = KNOWN["sign in"]
    let_in(await target.ask(query, {"input": {"email": email, "password": PASSWORD}}, headers=elsewhere))


def let_in(answer: Answer) -> None:
    """Raises Broken if the rightful owner is kept out."""
    broken_if("token" not in (answer.value or {}), f"kept out: {answer.codes}")


@check(Category.GUESSING, "one password for a hundred accounts from one place (spraying)")
async def spraying(target: Target) -> None:
    await until_limited(130, lambda: target.signed_in(f"{token_hex(5)}@attack.test", "Password-2026"))


@check(Category.GUESSING, "codes of an app, thirty of them")
async def totp(target: Target) -> None:
    email, app, _ = await with_totp(target)
    tries = iter(range(100_000, 100_100))
    await until_limited(30, lambda: target.signed_in(email, PASSWORD, otp=str(next(tries))))
    broken_if((await target.signed_in(email, PASSWORD, otp=app.at(time.time() + 30))).done, "let in after that")


@check(Category.GUESSING, "the password alone, where a second factor is set up")
async def password_alone(target: Target) -> None:
    email, _, _ = await with_totp(target)
    for more in ({}, {"otp": ""}, {"otp": None}, {"otp": "000000"}):
        broken_if((await target.signed_in(email, PASSWORD, **more)).done, str(more))


@check(Category.GUESSING, "a code of an app twice, and one of five minutes ago")
async def totp_again(target: Target) -> None:
    email, app, _ = await with_totp(target)
    code = app.at(time.time() + 30)
    first = await target.signed_in(email, PASSWORD, otp=code)
    broken_if(not first.done, f"a right code was not taken: {first.codes}")
    broken_if((await target.signed_in(email, PASSWORD, otp=code)).done, "twice")
    broken_if((await target.signed_in(email, PASSWORD, otp=app.at(time.time() - 300))).done, "an old one")


@check(Category.GUESSING, "a recovery code twice, and thirty guessed ones")
async def recovery_codes(target: Target) -> None:
    email, _, codes = await with_totp(target)
    await target.signed_in(email, PASSWORD, otp=codes[0])
    broken_if((await target.signed_in(email, PASSWORD, otp=codes[0])).done, "twice")
    await until_limited(30, lambda: target.signed_in(email, PASSWORD, otp=f"{token_hex(3)[:5]}-{token_hex(3)[:5]}"))


@check(Category.GUESSING, "twenty PINs of one's colleague's open session")
async def pins(target: Target) -> None:
    tries = iter(range(100_000, 100_100))
    await until_limited(
        20,
        lambda: target.ask(
            CHANGE_PIN, {"input": {"currentPin": str(next(tries)), "newPin": "975318"}}, by=CUSTOMER_ADMIN
        ),
    )


@check(Category.GUESSING, "passkeys: made-up credentials, and a challenge answered twice")
async def passkeys(target: Target) -> None:
    prepared = (await target.ask(PREPARE)).value
    encoded = base64.urlsafe_b64encode(b"x" * 64).decode().rstrip("=")
    credential = {
        "id": encoded,
        "rawId": encoded,
        "type": "public-key",
        "response": dict.fromkeys(("clientDataJSON", "authenticatorData", "signature", "userHandle"), encoded),
    }
    for given in (credential, credential, {}, {"id": "x"}, {**credential, "response": {}}):
        for challenge in (prepared["challengeId"], "x"):
            answer = await target.ask(
                BY_PASSKEY, {"input": {"passkey": {"challengeId": challenge, "credential": given}}}
            )
            broken_if(answer.done, "let in")
            broken_if(answer.status >= 500 or "INTERNAL" in answer.codes, f"{answer.status} {answer.codes}")


@check(Category.GUESSING, "links of invitations that nobody was sent, three hundred of them")
async def invitations(target: Target) -> None:
    for number in range(1, 6):
        page = await target.send("GET", f"/account/invitation/{number}")
        broken_if(page.status == 200 and "@" in page.text, f"/account/invitation/{number}")
    told = await target.ask(ACCEPT, {"input": {"token": "1", "password": "a long enough one"}})
    broken_if("@" in told.text, told.text[:80])
    await until_limited(300, lambda: target.send("GET", f"/account/invitation/{token_urlsafe(24)}"))


@check(Category.GUESSING, "mails without end for one forgotten password")
async def reset_flood(target: Target) -> None:
    if target.mail is None:
        raise NotApplicable("its mails do not lie on this machine")
    query = "mutation ($email: String!) { requestPasswordReset(email: $email) }"
    before = len(mails_to(target.mail, NEWCOMER))
    for _ in range(30):
        await target.ask(query, {"email": NEWCOMER})
    await mailed(target.mail, NEWCOMER)
    await asyncio.sleep(3)  # whatever else has been asked for goes out meanwhile
    sent = len(mails_to(target.mail, NEWCOMER)) - before
    broken_if(sent > 10, f"{sent} mails")
    broken_if(not before + sent, "not even one came")


@check(Category.GUESSING, "passwords that everybody tries first")
async def weak_passwords(target: Target) -> None:
    person = {"organizationId": target.world.organizations[ADMIN], "role": "OPERATOR_EMPLOYEE", "surname": "Слабый"}
    for password in ("", "1", "password", "qwertyuiop", "1234567890", "Password123"):
        email = f"w{token_hex(5)}@attack.test"
        given = {**person, "givenName": "Лев", "email": email, "password": password}
        made = await target.ask(CREATE_USER, {"input": given}, by=ADMIN)
        broken_if(made.done and (made.value or {}).get("__typename") == "User", repr(password))


@check(Category.GUESSING, "codes of verification, three hundred of them")
async def verification(target: Target) -> None:
    await until_limited(300, lambda: target.send("GET", f"/verify/{token_hex(10).upper()}"))


@check(Category.GUESSING, "another X-Forwarded-For with each try", strict=True)
async def forwarded(target: Target) -> None:
    numbers = iter(range(1, 100))

    async def one() -> Answer:
        headers = {"x-forwarded-for": f"203.0.113.{next(numbers)}"}
        given = {"email": NEWCOMER, "password": token_hex(6)}
        return await target.send(
            "POST", "/graphql", json={"query": KNOWN["sign in"], "variables": {"input": given}}, headers=headers
        )

    await until_limited(20, one)
