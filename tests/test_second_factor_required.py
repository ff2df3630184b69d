"""Where the installation asks superadmins for a second factor: without one they can set one up, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from client import Client
from conftest import Database
from test_admin_door import Visitor
from test_passkeys import PREPARE_PASSKEY
from test_second_factors import IDENTITY, REMOVE_TOTP, code, enrolled, forget_confirmation
from world import CREATE_ORGANIZATION, PROBLEM

from app import demo
from app.settings import Settings

OBJECTS = "{ objects(first: 1) { totalCount } }"
PUBLISH = f"""mutation ($input: PublishAgreementInput!) {{ publishAgreement(input: $input) {{ __typename
  ... on Agreement {{ version }} {PROBLEM} }} }}"""
COMPANY = {"kind": "OPERATOR", "name": "ООО «Новая»"}
REQUIRED = "SECOND_FACTOR_REQUIRED"


@pytest.fixture
def settings(base_settings: Settings, database: Database) -> Settings:
    """As an installation has it unless it says otherwise."""
    return replace(base_settings, database_url=database.web_url, second_factor_required=True)


async def codes_of_errors(client: Client, query: str, **variables: object) -> list[str]:
    """The codes of the answer's errors."""
    return [error["extensions"]["code"] for error in (await client.post(query, variables)).get("errors", [])]


async def test_a_superadmin_without_one_is_confined_until_it_is_set_up(client: Client, database: Database) -> None:
    owner = await client.signed_in(demo.OWNER, anew=True)
    assert (await owner.ask("{ viewer { email } }"))["viewer"]["email"] == demo.OWNER
    identity = (await owner.ask(f"{{ identity {{ {IDENTITY} }} }}"))["identity"]
    assert (identity["confined"], identity["secondFactorRequired"]) == (True, True)
    organizations = await database.value("select count(*) from organizations")
    assert await codes_of_errors(owner, OBJECTS) == [REQUIRED]
    assert await codes_of_errors(owner, '{ node(id: "x") { id } }') == [REQUIRED]
    assert await codes_of_errors(owner, "mutation { markNotificationsRead(ids: []) }") == [REQUIRED]
    assert (await owner.refused(CREATE_ORGANIZATION, input=COMPANY))["code"] == REQUIRED
    async with owner.subscribed("subscription { events { kind } }") as stream:
        assert REQUIRED in str(await stream.message())
    assert await database.value("select count(*) from organizations") == organizations

    await enrolled(owner)
    assert (await owner.ask(OBJECTS))["objects"]["totalCount"] > 0
    assert (await owner.do(CREATE_ORGANIZATION, input=COMPANY))["name"] == COMPANY["name"]
    assert (await owner.refused(REMOVE_TOTP))["code"] == "CONFLICT"  # the only one, and required
    await database.fetch("update sessions set second_factor = null")
    assert await codes_of_errors(owner, OBJECTS) == [REQUIRED]  # at once, whatever a process remembers
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    assert (await admin.ask(OBJECTS))["objects"]["totalCount"] > 0  # nobody else has to have one


async def test_the_owner_confirms_what_is_done_with_the_authority(client: Client, database: Database) -> None:
    owner = await client.signed_in(demo.OWNER)
    await enrolled(owner)
    await forget_confirmation(database)
    input = {"textRu": "https://journals.example/verify", "textEn": "https://journals.example/verify"}
    assert (await owner.refused(PUBLISH, input=input))["code"] == "CONFIRMATION_REQUIRED"
    assert (await owner.refused(PREPARE_PASSKEY))["code"] == "CONFIRMATION_REQUIRED"
    assert await database.value("select max(version) from agreements") == 1


async def test_the_back_office_asks_in_two_steps_and_shows_where_to_set_it_up(server: str, database: Database) -> None:
    page = "/admin/second-factor"
    async with Visitor(server) as visitor:
        await visitor.sign_in(demo.OWNER)
        confined = await visitor.get("/admin/agreement/list")
        assert (confined.status_code, confined.headers["location"]) == (303, page)
        shown = (await visitor.get(page)).text
        assert "Суперадминистратору нужен второй фактор" in shown
        (token,) = set(re.findall(r'name="token" value="([\w-]+)"', shown))
        assert (await visitor.post(page, {"deed": "enrol"})).status_code == 403
        begun = (await visitor.post(page, {"token": token, "deed": "enrol"})).text
        (secret,) = re.findall(r"<code>([A-Z2-7]{32})</code>", begun)
        assert 'src="data:image/svg+xml,' in begun
        wrong = await visitor.post(page, {"token": token, "deed": "set-up", "otp": "recovery"})
        assert (wrong.status_code, "Неверный или уже использованный код." in wrong.text) == (422, True)
        done = (await visitor.post(page, {"token": token, "deed": "set-up", "otp": code(secret)})).text
        paper = re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", done)
        assert len(paper) == 10
        assert (await visitor.get("/admin/agreement/list")).status_code == 200
        assert (await visitor.post(page, {"token": token, "deed": "remove"})).status_code == 409

        async with Visitor(server) as again:
            asked = await again.sign_in(demo.OWNER)
            assert (asked.status_code, 'name="otp"' in asked.text) == (403, True)
            assert (await again.get("/admin/agreement/list")).headers["location"] == "/admin/login"
        async with Visitor(server) as stranger:  # the code without the password is nothing
            assert 'name="otp"' not in (await stranger.post("/admin/login", {"otp": code(secret)})).text
        async with Visitor(server) as again:
            await again.sign_in(demo.OWNER)
            again_wrong = await again.post("/admin/login", {"otp": "recovery"})
            assert 'name="otp"' in again_wrong.text
            pending = dict(again.cookies)
            assert (await again.post("/admin/login", {"otp": code(secret, 1)})).headers["location"] == "/admin/"
            assert (await again.get("/admin/agreement/list")).status_code == 200
            again.cookies = pending
            spent = await again.post("/admin/login", {"otp": paper[1]})
            assert 'name="otp"' not in spent.text
            assert (await again.get("/admin/agreement/list")).headers["location"] == "/admin/login"

        await forget_confirmation(database)
        publish = "/admin/agreement/publish"
        text = {
            "token": token,
            "textRu": "https://journals.example/verify",
            "textEn": "https://journals.example/verify",
        }
        refused = await visitor.post(publish, text)
        assert f'href="{page}"' in refused.text.split('role="alert"')[1]
        confirm = {"token": token, "deed": "confirm", "otp": paper[0]}
        assert (await visitor.post(page, confirm)).status_code == 303
        assert (await visitor.post(publish, text)).status_code == 303
