"""One's own sessions: seen, ended at once wherever they are in use, and after another password."""

from __future__ import annotations

from client import SIGN_IN, Client
from conftest import Database
from test_sign_in_delays import fail_thrice, tried
from world import PROBLEM

from app import demo

SESSIONS = "sessions { id current client address secondFactor expiresAt }"
MINE = f"{{ identity {{ {SESSIONS} }} }}"
END = f"mutation ($id: ID!) {{ endSession(id: $id) {{ __typename ... on Identity {{ {SESSIONS} }} {PROBLEM} }} }}"
EVERYWHERE = f"""mutation ($here: Boolean!) {{ signOutEverywhere(hereToo: $here) {{ __typename
  ... on Identity {{ {SESSIONS} }} {PROBLEM} }} }}"""
CHANGE = f"""mutation ($input: ChangePasswordInput!) {{ changePassword(input: $input) {{ __typename
  ... on Identity {{ {SESSIONS} }} {PROBLEM} }} }}"""
VIEWER = "{ viewer { email } }"
FOLLOW = "subscription { events { kind } }"
NEW = "Осенний дождь над Тулой"


async def alive(client: Client) -> bool:
    """Whether the client's session still stands for somebody."""
    return (await client.ask(VIEWER))["viewer"] is not None


async def test_one_sees_and_ends_ones_own_sessions_and_nobody_elses(client: Client, database: Database) -> None:
    email = demo.OPERATOR_EMPLOYEE
    here = await client.signed_in(email)
    there = Client(client.address, (await tried(client, "192.0.2.77", email=email, password=demo.PASSWORD))["token"])
    stranger = await client.signed_in(demo.OPERATOR_ADMIN)
    async with there:
        seen = (await here.ask(MINE))["identity"]["sessions"]
        assert [session["current"] for session in seen].count(True) == 1
        (other,) = [session for session in seen if session["address"] == "192.0.2.77"]
        assert other["client"].startswith("python-httpx")
        assert other["id"] not in str(await stranger.ask(MINE))
        assert (await stranger.refused(END, id=other["id"]))["code"] == "NOT_FOUND"
        assert (await client.refused(END, id=other["id"]))["code"] == "UNAUTHENTICATED"
        async with there.subscribed(FOLLOW) as stream:
            left = await here.do(END, id=other["id"])
            assert (await stream.message())["type"] == "complete"
        assert other["id"] not in str(left)
        assert not await alive(there)
        assert (await here.refused(END, id=other["id"]))["code"] == "NOT_FOUND"

    second = await client.signed_in(email, anew=True)
    (only,) = (await here.do(EVERYWHERE, here=False))["sessions"]
    assert only["current"]
    assert [await alive(each) for each in (here, second, stranger)] == [True, False, True]
    assert (await here.do(EVERYWHERE, here=True))["sessions"] == []
    assert not await alive(here)
    ended = await database.fetch("select kind, user_id, actor_user_id from events where kind = 'SESSIONS_ENDED'")
    assert [row["user_id"] == row["actor_user_id"] for row in ended] == [True] * 3


async def test_another_password_ends_the_other_sessions(client: Client, database: Database) -> None:
    email = demo.OPERATOR_EMPLOYEE
    here, there = await client.signed_in(email), await client.signed_in(email, anew=True)
    before = await database.value("select password_hash from users where email = $1", email)
    wrong = {
        "short": ("new", "короткий1"),
        "long": ("new", "я" * 201),
        "common": ("new", "ＱｗｅｒｔｙＵｉｏｐ"),
        "own e-mail": ("new", "Operator.Employee1"),
        "own name": ("new", "Елкин_Иван-77"),
        "product": ("new", "electronicjournals!"),
    }
    for field, password in wrong.values():
        refused = await here.refused(CHANGE, input={"current": demo.PASSWORD, "new": password})
        assert (refused["code"], refused["field"]) == ("INVALID", field), password
    for _ in range(2):
        refused = await here.refused(CHANGE, input={"current": "wrong", "new": NEW})
        assert (refused["code"], refused["field"]) == ("INVALID", "current")
        await fail_thrice(database)
    assert (await here.refused(CHANGE, input={"current": demo.PASSWORD, "new": NEW}))["code"] == "RATE_LIMITED"
    assert await database.value("select password_hash from users where email = $1", email) == before
    assert await alive(there)

    await database.fetch("update failed_tries set locked_until = null")
    async with there.subscribed(FOLLOW) as stream:
        (kept,) = (await here.do(CHANGE, input={"current": demo.PASSWORD, "new": NEW}))["sessions"]
        assert (await stream.message())["type"] == "complete"
    assert kept["current"]
    assert [await alive(each) for each in (here, there)] == [True, False]
    assert (await client.refused(SIGN_IN, email=email, password=demo.PASSWORD))["code"] == "UNAUTHENTICATED"
    assert "token" in await client.do(SIGN_IN, email=email, password=NEW)
    told = str(await database.fetch("select changes from events where kind = 'PASSWORD_CHANGED'"))
    assert "sessions" in told
    assert NEW not in told
