"""Time-stamps of every signature: ours or others', at once or later; a failure costs the level, never the signature."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from authority_world import published, run
from client import Client
from conftest import Database, Server, Template
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from world import SIGN_ENTRY, main_journal, record, sign, signing

from app import demo
from app.assembly import build
from app.settings import Settings
from authority.ceremony import create_authority
from authority.certificates import to_pem
from authority.keystore import open_authority
from authority.serial_numbers import new_serial
from authority.time_stamps import TimeStampAuthority
from rules import clock, stamping

PASSPHRASE = b"somebody else's"
SEEN = """query ($id: ID!) { node(id: $id) { ... on Signature { level cms verificationCode: code } } }"""
VERIFY = "query ($code: String!) { verifySignature(code: $code) { indication subIndication provedAt } }"


@dataclass
class Elsewhere:
    """A time-stamp service of others: what it answers with, and how often it was asked."""

    stamps: TimeStampAuthority
    mood: str = "grants"
    asked: int = 0

    async def answer(self, request: Request) -> Response:
        """RFC 3161 over HTTP, in one of several moods."""
        self.asked += 1
        octets = await request.body()
        granted = self.stamps.respond(octets, serial=new_serial(), at=datetime.now(UTC))
        bodies = {
            "grants": granted,
            "garbles": b"\x00" + granted,
            "rejects": self.stamps.respond(b"nonsense", serial=1, at=datetime.now(UTC)),
            "floods": b"0" * 1_000_000,
        }
        if self.mood == "fails":
            return Response(status_code=503)
        return Response(bodies[self.mood], media_type="application/timestamp-reply")


@pytest.fixture(scope="module")
def foreign_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority of somebody else."""
    folder = tmp_path_factory.mktemp("elsewhere") / "authority"
    create_authority(
        folder,
        passphrase=PASSPHRASE,
        owner_name="Служба времени",
        public_url="https://t.example",
        now=datetime.now(UTC),
    )
    return folder


@pytest.fixture
async def elsewhere(foreign_folder: Path) -> AsyncIterator[tuple[Elsewhere, str, Path]]:
    """The service, its address and the file of its root."""
    authority = open_authority(foreign_folder, PASSPHRASE)
    service = Elsewhere(
        TimeStampAuthority(authority.time_stamping, authority.time_stamping_chain, authority.policy.time_stamping)
    )
    roots = foreign_folder / "root.pem"
    roots.write_text(to_pem(authority.root))
    application = Starlette(routes=[Route("/", service.answer, methods=["POST"])])
    async with Server(uvicorn.Config(application, log_config=None)).running() as address:
        yield service, f"{address}/", roots


@asynccontextmanager
async def serving(settings: Settings, template: Template) -> AsyncIterator[Client]:
    """An anonymous client of a server with these settings."""
    configuration = uvicorn.Config(build(settings), lifespan="on", log_config=None, timeout_graceful_shutdown=2)
    async with Server(configuration).running() as address, Client(address, sessions=template.tokens) as anonymous:
        yield anonymous


async def test_a_service_of_others_stamps(
    settings: Settings, template: Template, elsewhere: tuple[Elsewhere, str, Path], tmp_path: Path
) -> None:
    service, address, roots = elsewhere
    settings = replace(settings, time_stamp_url=address, time_stamp_roots=roots)
    async with serving(settings, template) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        entry = await record(worker, await main_journal(worker))
        signature = await sign(worker, entry)
        assert (signature["level"], service.asked) == ("T", 1)
        answer = (await client.ask(VERIFY, code=signature["verificationCode"]))["verifySignature"]
        assert answer["indication"] == "TOTAL_PASSED"
        assert answer["provedAt"]
        (tmp_path / "signature.p7s").write_bytes(b64decode(signature["cms"]))
        shown = await run(tmp_path, "openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", "signature.p7s")
        assert "id-smime-aa-timeStampToken" in shown[1]


async def test_its_stamps_are_believed_after_it_was_switched_off(
    settings: Settings, template: Template, elsewhere: tuple[Elsewhere, str, Path]
) -> None:
    _, address, roots = elsewhere
    async with serving(replace(settings, time_stamp_url=address, time_stamp_roots=roots), template) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        code = (await sign(worker, await record(worker, await main_journal(worker))))["verificationCode"]
    for named, proved in ((roots, True), (None, False)):
        async with serving(replace(settings, time_stamp_roots=named), template) as client:
            answer = (await client.ask(VERIFY, code=code))["verifySignature"]
            assert (answer["indication"], bool(answer["provedAt"])) == ("TOTAL_PASSED", proved)


@pytest.mark.parametrize("mood", ["fails", "garbles", "rejects", "floods"])
async def test_its_failure_costs_the_level_and_a_later_token_restores_it(
    settings: Settings,
    template: Template,
    database: Database,
    elsewhere: tuple[Elsewhere, str, Path],
    tmp_path: Path,
    mood: str,
) -> None:
    service, address, roots = elsewhere
    service.mood = mood
    settings = replace(settings, time_stamp_url=address, time_stamp_roots=roots)
    async with serving(settings, template) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        entry = await record(worker, await main_journal(worker))
        signature = await sign(worker, entry)
        assert signature["level"] == "B"
        answer = (await client.ask(VERIFY, code=signature["verificationCode"]))["verifySignature"]
        assert (answer["indication"], answer["provedAt"]) == ("TOTAL_PASSED", None)
        assert await stamping.stamp_later(clock.now()) == 0

        service.mood = "grants"
        assert await stamping.stamp_later(clock.now()) == 1
        assert await stamping.stamp_later(clock.now()) == 0
        seen = (await worker.ask(SEEN, id=signature["id"]))["node"]
        assert seen["level"] == "T"
        assert seen["cms"] != signature["cms"]
        stored = await database.fetch("select level, cms from signatures order by id desc limit 1")
        assert (stored[0]["level"], stored[0]["cms"]) == ("B", b64decode(signature["cms"]))  # immutable
        answer = (await client.ask(VERIFY, code=signature["verificationCode"]))["verifySignature"]
        assert answer["indication"] == "TOTAL_PASSED"
        assert answer["provedAt"]
        served = await client.http.get(f"/verify/{signature['verificationCode']}/signature.p7s")
        assert served.content == b64decode(seen["cms"])
        (tmp_path / "signature.p7s").write_bytes(served.content)
        (tmp_path / "content").write_bytes(b64decode(signature["revision"]["payload"]))
        await published(client, tmp_path, "chain.pem")
        check = ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s")
        status, said = await run(tmp_path, *check, "-content", "content", "-CAfile", "chain.pem", "-out", "/dev/null")
        assert status == 0, said


async def test_a_service_with_a_foreign_root_proves_nothing(
    settings: Settings,
    template: Template,
    elsewhere: tuple[Elsewhere, str, Path],
    authority_folder: Path,
    tmp_path: Path,
) -> None:
    service, address, _ = elsewhere
    wrong = tmp_path / "wrong.pem"
    wrong.write_text((authority_folder / "root.crt").read_text())
    settings = replace(settings, time_stamp_url=address, time_stamp_roots=wrong)
    async with serving(settings, template) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        entry = await record(worker, await main_journal(worker))
        assert (await sign(worker, entry))["level"] == "B"
        assert service.asked == 1


async def test_a_service_that_is_not_there_costs_no_signature_and_no_lock(
    settings: Settings, template: Template, elsewhere: tuple[Elsewhere, str, Path]
) -> None:
    _, _, roots = elsewhere
    settings = replace(settings, time_stamp_url="http://127.0.0.1:9", time_stamp_roots=roots)
    async with serving(settings, template) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        customer = await client.signed_in(demo.SUBSCRIBER_EMPLOYEE)
        entry = await record(worker, await main_journal(worker))
        both = await asyncio.gather(*(who.do(SIGN_ENTRY, input=signing(entry)) for who in (worker, customer)))
        assert [each["level"] for each in both] == ["B", "B"]
        assert await stamping.stamp_later(clock.now()) == 0


async def test_workers_that_stamp_at_once_store_one_token(
    settings: Settings, template: Template, database: Database, elsewhere: tuple[Elsewhere, str, Path]
) -> None:
    service, address, roots = elsewhere
    service.mood = "fails"
    settings = replace(settings, time_stamp_url=address, time_stamp_roots=roots)
    async with serving(settings, template) as client:
        worker = await client.signed_in(demo.OPERATOR_EMPLOYEE)
        entry = await record(worker, await main_journal(worker))
        await sign(worker, entry)
        service.mood = "grants"
        assert sum(await asyncio.gather(*(stamping.stamp_later(clock.now()) for _ in range(3)))) == 1
        assert await database.value("select count(*) from signature_time_stamps") == 1
        assert await database.value("select count(*) from events where kind = 'SIGNATURE_TIME_STAMPED'") == 1
