"""The page behind an object's QR code: a passport for who sees the object, nothing for anybody else."""

from __future__ import annotations

import re

import pytest
from client import Client
from conftest import PUBLIC_URL
from world import People, other_company, warehouse

HTML = {"accept": "text/html"}


async def test_the_passport_is_shown_to_who_sees_the_object(client: Client) -> None:
    people = await People.of(client)
    site = await warehouse(people.owner)
    for who in (people.owner, people.operator_employee, people.subscriber_admin):
        answer = await who.http.get(f"/objects/{site['id']}?lang=en", headers=HTML)
        assert answer.status_code == 200
        assert site["name"] in answer.text
        assert "Active journals" in answer.text
        printed = re.findall(r"/print/journals/([^.]+)\.pdf", answer.text)
        assert sorted(printed) == sorted(journal["id"] for journal in site["journals"])
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_nobody_else_learns_whether_there_is_an_object(client: Client) -> None:
    people = await People.of(client)
    site, others = await warehouse(people.owner), await other_company(people, client)
    addresses = (site["id"], others.object_id, "nothing", "U2VydmljZU9iamVjdDox")
    strangers = [await client.http.get(f"/objects/{id}", headers=HTML) for id in addresses]
    assert {answer.status_code for answer in strangers} == {401}
    assert len({answer.text for answer in strangers}) == 1
    foreign = [await others.admin.http.get(f"/objects/{id}", headers=HTML) for id in (site["id"], "nothing")]
    assert [answer.status_code for answer in foreign] == [404, 404]
    assert foreign[0].text == foreign[1].text
    for kind in ("svg", "png"):
        assert (await client.http.get(f"/objects/{site['id']}/qr.{kind}")).status_code == 401
        assert (await others.admin.http.get(f"/objects/{site['id']}/qr.{kind}")).status_code == 404


@pytest.mark.parametrize(("kind", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
async def test_the_code_is_a_picture(client: Client, kind: str, begins: bytes) -> None:
    admin = (await People.of(client)).operator_admin
    site = await warehouse(admin)
    answer = await admin.http.get(f"/objects/{site['id']}/qr.{kind}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert PUBLIC_URL.startswith("https")
    assert (await admin.http.get(f"/objects/{site['id']}/qr.pdf")).status_code == 404
