"""Broken object level authorization: other people's ids at every door that takes one."""

from __future__ import annotations

from urllib.parse import quote

from scripts.attacks.browsers import OFFICE_FORMS
from scripts.attacks.checks import Category, broken_if, check
from scripts.attacks.target import Target
from scripts.attacks.world import ADMIN, CUSTOMER, NEWCOMER, STRANGER, WORKER

NOBODY = "nobody's token"


async def seen(target: Target, field: str, key: str, by: str) -> object:
    """What a field answers with for an id."""
    return (await target.ask(f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", {"id": key}, by=by)).value


@check(Category.ACCESS, "another company's object by its id")
async def object_by_id(target: Target) -> None:
    broken_if(await seen(target, "object", target.world.object, STRANGER), "seen")


@check(Category.ACCESS, "another company's journal and entry by their ids")
async def journal_and_entry(target: Target) -> None:
    for field, key in (("journal", target.world.journal), ("entry", target.world.entry)):
        broken_if(await seen(target, field, key, STRANGER), field)


@check(Category.ACCESS, "anything of another company's by node(id)")
async def node(target: Target) -> None:
    for kind, key in target.world.ids.items():
        broken_if(await seen(target, "node", key, STRANGER), kind)


@check(Category.ACCESS, "anything of another company's by nodes(ids)")
async def nodes(target: Target) -> None:
    ids = list(target.world.ids.values())
    answer = await target.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}, by=STRANGER)
    broken_if(any(answer.value or []), str(answer.value))


@check(Category.ACCESS, "anything by its id, as nobody and with a token of nobody's")
async def as_nobody(target: Target) -> None:
    for by in (None, NOBODY):
        for field, key in (
            ("object", target.world.object),
            ("node", target.world.entry),
            ("entry", target.world.entry),
        ):
            answer = await target.ask(f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", {"id": key}, by=by)
            broken_if(answer.value, field)


@check(Category.ACCESS, "an object of one's own company that one is not assigned to")
async def not_assigned(target: Target) -> None:
    for field, key in (
        ("object", target.world.object),
        ("journal", target.world.journal),
        ("entry", target.world.entry),
    ):
        broken_if(await seen(target, field, key, NEWCOMER), field)


@check(Category.ACCESS, "another person's file by its id")
async def file_by_id(target: Target) -> None:
    for by in (STRANGER, CUSTOMER, NEWCOMER, None):
        answer = await target.send("GET", f"/files/{quote(target.world.file)}", by=by)
        broken_if(answer.status == 200, f"as {by}")


@check(Category.ACCESS, "another company's journal on paper")
async def paper(target: Target) -> None:
    for by in (STRANGER, NEWCOMER, None):
        answer = await target.send("GET", f"/print/journals/{quote(target.world.journal)}.pdf", by=by)
        broken_if(answer.status == 200, f"as {by}")


@check(Category.ACCESS, "another company's object on its page, and by its QR code")
async def page(target: Target) -> None:
    known = await target.ask("query ($id: ID!) { object(id: $id) { name } }", {"id": target.world.object}, by=ADMIN)
    for by in (STRANGER, None):
        answer = await target.send("GET", f"/objects/{quote(target.world.object)}", by=by)
        broken_if(known.value["name"] in answer.text, f"its name, as {by}")


@check(Category.ACCESS, "rows of another company's by filters that name its ids")
async def filters(target: Target) -> None:
    query = "query ($filter: ObjectFilter) { objects(first: 100, filter: $filter) { edges { node { id } } } }"
    for given in ({}, {"name": ""}, {"search": "склад"}):
        answer = await target.ask(query, {"filter": given}, by=STRANGER)
        broken_if(target.world.object in answer.text, str(given))


@check(Category.ACCESS, "the company's people, asked by an employee")
async def people(target: Target) -> None:
    answer = await target.ask("{ users(first: 100) { edges { node { email } } } }", by=WORKER)
    broken_if(answer.done, answer.text[:100])


@check(Category.ACCESS, "people by way of what one may see: viewer → organization → …")
async def sideways(target: Target) -> None:
    answer = await target.ask("{ viewer { organization { users { email } } } }", by=NEWCOMER)
    broken_if(ADMIN in answer.text, answer.text[:100])


@check(Category.ACCESS, "the back office, as anybody but the superadmin")
async def office(target: Target) -> None:
    for path in ("/admin/user/list", "/admin/organization/list", "/admin/event/list", "/admin/authority"):
        for headers in ({}, {"cookie": target.world.cookies[ADMIN]}):
            answer = await target.send("GET", path, by=ADMIN, headers=headers)
            broken_if(answer.status == 200, path)


@check(Category.ACCESS, "the back office's deeds by POST without a session")
async def deeds_of_the_office(target: Target) -> None:
    for path in OFFICE_FORMS:
        answer = await target.send("POST", path, data={"pk": "1", "deed": "enrol"}, by=ADMIN)
        broken_if(answer.status not in (303, 401, 403), f"{path}: {answer.status}")
