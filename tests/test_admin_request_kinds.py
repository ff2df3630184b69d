"""Requests in the back office that are not for a first certificate: renewals, revocations, keys that others made."""

from __future__ import annotations

import re

from authority_world import REQUEST_CERTIFICATE, REQUEST_REVOCATION, certificate_of
from client import PIN, Client
from conftest import Database
from cryptography.hazmat.primitives.asymmetric import ec
from test_admin_certificate_requests import decide, identification, trace, waiting
from test_admin_door import Visitor, superadmin
from test_device_keys import csr_of

from app import demo


async def test_a_renewal_signed_with_the_valid_key_needs_no_other_identification(
    server: str, client: Client, database: Database
) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    present = await certificate_of(worker)
    await worker.do(REQUEST_CERTIFICATE, input={"kind": "RENEW", "pin": "135792", "currentPin": PIN})
    id = str(await database.value("select id from certificate_requests where kind = 'RENEW'"))
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
        assert "Подписана ещё действующим ключом" in page
        assert re.search(rf"О сертификате</dt>\s*<dd[^>]*>\s*<a [^>]*>{present['serial']}</a>", page)
        assert not re.search(r"<select[^>]*issue\.identification\.method[^>]* required", page)
        half = await decide(visitor, "issue", id, identification(document=""))
        assert half.status_code == 422
        assert (await trace(database, id))["certificates"] == 0
        nothing = dict.fromkeys(identification(), "")
        assert (await decide(visitor, "issue", id, nothing)).status_code == 303
    left = await trace(database, id)
    assert (left["status"], left["certificates"], left["identification_method"]) == ("ISSUED", 1, None)


async def test_an_unsigned_renewal_needs_identification(server: str, client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    await worker.do(REQUEST_CERTIFICATE, input={"kind": "RENEW", "pin": "135792"})
    id = str(await database.value("select id from certificate_requests where kind = 'RENEW'"))
    before = await trace(database, id)
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
        assert "Действующим ключом не подписана" in page
        refused = await decide(visitor, "issue", id, dict.fromkeys(identification(), ""))
        assert refused.status_code == 422
        assert re.findall(r'id="issue\.([\w.]+)\.fault"', refused.text) == ["identification.method"]
        assert await trace(database, id) == before
        assert (await decide(visitor, "issue", id, identification())).status_code == 303
    assert (await trace(database, id))["identification_method"] == "IN_PERSON"


async def revocation_request(client: Client, database: Database) -> str:
    """The id of a request for a revocation: an admin's, of an employee's certificate."""
    worker = await certificate_of(await client.signed_in(demo.OPERATOR_EMPLOYEE))
    admin = await client.signed_in(demo.OPERATOR_ADMIN)
    asked = {"certificateId": worker["id"], "reason": "AFFILIATION_CHANGED", "comment": "Уволен\nприказом № 7"}
    await admin.do(REQUEST_REVOCATION, input=asked)
    return str(await database.value("select id from certificate_requests where kind = 'REVOKE'"))


async def test_the_superadmin_revokes_on_request(server: str, client: Client, database: Database) -> None:
    for_issue = await waiting(database)
    id = await revocation_request(client, database)
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
        for shown in ("Смена места работы или должности", "Уволен<br>приказом № 7", "Ёлкин", "Орлов Дмитрий Павлович"):
            assert shown in page, shown
        before = await trace(database, id)
        for deed in ("issue", "identify"):
            assert (await decide(visitor, deed, id, identification())).status_code == 404
        assert (await decide(visitor, "revoke", for_issue, {})).status_code == 404
        assert await trace(database, id) == before
        assert await database.value("select count(*) from certificates where status = 'REVOKED'") == 0
        done = await decide(visitor, "revoke", id, {})
        assert done.status_code == 303
        left = await trace(database, id)
        assert (left["status"], left["target"], left["decided_by"]) == ("DONE", "REVOKED", demo.OWNER)
        assert "Отозван сертификат" in (await visitor.get(done.headers["location"])).text
        assert (await decide(visitor, "revoke", id, {})).status_code == 409
    assert await trace(database, id) == left


async def test_neither_the_holder_nor_the_asker_decides_on_a_revocation(
    server: str, client: Client, database: Database
) -> None:
    id = await revocation_request(client, database)
    before = await trace(database, id)
    for email in (demo.OPERATOR_EMPLOYEE, demo.OPERATOR_ADMIN):
        await database.fetch("update users set role = 'SUPERADMIN' where email = $1", email)
        async with Visitor(server) as visitor:
            await visitor.sign_in(email)
            page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
            assert "Это ваша заявка" in page
            for deed, form in (("revoke", {}), ("hold", {"comment": "Нет"}), ("reject", {"comment": "Нет"})):
                refused = await decide(visitor, deed, id, form)
                assert refused.status_code == 403
                assert "Решать по своей заявке нельзя." in refused.text
    assert await trace(database, id) == before


async def test_a_key_that_others_made_is_told_by_its_algorithm(server: str, client: Client, database: Database) -> None:
    worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
    csr = csr_of(ec.generate_private_key(ec.SECP384R1()))
    await worker.do(REQUEST_CERTIFICATE, input={"custody": "DEVICE", "csr": csr, "remark": "Ключ на токене"})
    id = await database.value(
        "select r.id from certificate_requests r join signing_keys k on k.id = r.key_id where k.custody = 'DEVICE'"
    )
    async with superadmin(server) as visitor:
        page = (await visitor.get(f"/admin/certificate-request/details/{id}")).text
    for shown in ("На устройстве владельца", "ECDSA, secp384r1", "Ключ на токене"):
        assert shown in page, shown
    assert "BEGIN CERTIFICATE REQUEST" not in page
