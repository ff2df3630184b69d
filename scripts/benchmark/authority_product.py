"""The same deeds by the whole product: GraphQL over HTTP, a durable PostgreSQL, every rule and check."""

from __future__ import annotations

import asyncio
import statistics
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app import demo
from app.migration import migrate
from app.postgres import WEB, EmbeddedPostgres
from scripts.benchmark.ours import make_settings
from scripts.benchmark.targets import Target, python_target
from scripts.benchmark.usage import children_cpu_seconds, cpu_seconds, database_process

HEADS = (
    "| what, over HTTP | at once | a second | p50 ms | to openssl's | server's CPU, ms | PostgreSQL's CPU, ms |",
    "|---|---|---|---|---|---|---|",
)
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { ... on Session { token } } }"""
JOURNAL = "{ objects(first: 1) { edges { node { journals(status: ACTIVE) { id type { code } } } } } }"
RECORD = """mutation ($i: CreateEntryInput!) { createEntry(input: $i) {
  ... on Entry { id revision { number digest } } ... on Problem { code field } } }"""
REQUEST = """mutation ($i: RequestCertificateInput!) { requestCertificate(input: $i) {
  ... on CertificateRequest { id } ... on Problem { code field } } }"""
APPROVE = """mutation ($i: ApproveCertificateRequestInput!) { approveCertificateRequest(input: $i) {
  ... on Certificate { id } ... on Problem { code field } } }"""
SIGN = (
    "mutation ($i: SignEntryInput!) { signEntry(input: $i) { ... on Signature { id } ... on Problem { code field } } }"
)
PREPARE = """mutation ($i: PrepareSignatureInput!) { prepareSignature(input: $i) {
  ... on PreparedSignature { preparationId toBeSigned } ... on Problem { code field } } }"""
SUBMIT = """mutation ($i: SubmitSignatureInput!) { submitSignature(input: $i) {
  ... on Signature { id } ... on Problem { code field } } }"""
VALUES = {"system": "АПС", "location": "Этаж 1", "work_kind": "CHECK", "work_done": "Проверка", "result": "OPERATIONAL"}
IDENTIFICATION = {"method": "IN_PERSON", "document": "Паспорт РФ", "date": "2026-11-20"}
HOLDERS = (demo.OPERATOR_EMPLOYEE, demo.SUBSCRIBER_EMPLOYEE, demo.OPERATOR_ADMIN, demo.SUBSCRIBER_ADMIN)
SIGNERS = HOLDERS[:2]
AT_ONCE = (1, 4)

Deed = Callable[[], Awaitable[object]]


@dataclass
class Figure:
    """What many deeds took; CPU in seconds of the server's process and of PostgreSQL's."""

    what: str
    at_once: int
    seconds: float = 0.0
    server_cpu: float = 0.0
    database_cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def markdown(self, of_openssl: float) -> str:
        """The line of the table."""
        times = len(self.latencies)
        a_second, p50 = times / self.seconds, 1000 * statistics.median(self.latencies)
        cpu = " | ".join(f"{1000 * spent / times:.2g}" for spent in (self.server_cpu, self.database_cpu))
        ratio = f"1 : {of_openssl / a_second:,.0f}"
        return f"| {self.what} | {self.at_once} | {a_second:.3g} | {p50:.3g} | {ratio} | {cpu} |"


@dataclass(frozen=True)
class Processes:
    """Whose CPU is counted."""

    server: int
    database: int | None
    """None if PostgreSQL is elsewhere; its CPU then counts as nothing."""

    async def timed(self, figure: Figure, deeds: Sequence[Deed]) -> None:
        """Do the deeds, as many at once as the figure says."""
        places = asyncio.Semaphore(figure.at_once)

        async def one(deed: Deed) -> None:
            async with places:
                began = time.perf_counter()
                await deed()
                figure.latencies.append(time.perf_counter() - began)

        before = cpu_seconds(self.server), self._of_database()
        began = time.perf_counter()
        await asyncio.gather(*map(one, deeds))
        figure.seconds += time.perf_counter() - began
        figure.server_cpu += cpu_seconds(self.server) - before[0]
        figure.database_cpu += self._of_database() - before[1]

    def _of_database(self) -> float:
        return children_cpu_seconds(self.database) if self.database else 0.0


class World:
    """The demo's people, signed in, and the journal that both sides sign in."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.tokens: dict[str, str] = {}
        self.devices: dict[str, tuple[ec.EllipticCurvePrivateKey, str]] = {}
        self.journal = ""

    async def ask(self, who: str, query: str, **variables: Any) -> Any:
        """The value of the only field. Raises RuntimeError for errors and Problems."""
        headers = {"authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
        response = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer = response.json()
        if answer.get("errors") or any("code" in (value or {}) for value in answer["data"].values()):
            raise RuntimeError(f"the bench was refused: {answer}")
        (value,) = answer["data"].values()
        return value

    async def enter(self) -> None:
        """Sign everybody in and find the journal."""
        for email in (demo.OWNER, *HOLDERS):
            self.tokens[email] = (await self.ask("", SIGN_IN, email=email, password=demo.PASSWORD))["token"]
        found = (await self.ask(demo.OPERATOR_EMPLOYEE, JOURNAL))["edges"]
        journals = found[0]["node"]["journals"]
        self.journal = next(journal["id"] for journal in journals if journal["type"]["code"] == "SPZ_MAIN")

    async def requested(self, email: str) -> Deed:
        """The owner's decision on a new request for a key of the holder's device."""
        key = ec.generate_private_key(ec.SECP256R1())
        csr = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        pem = csr.public_bytes(serialization.Encoding.PEM).decode()
        request = await self.ask(email, REQUEST, i={"custody": "DEVICE", "csr": pem})

        async def approve() -> None:
            wanted = {"requestId": request["id"], "identification": IDENTIFICATION}
            certificate = await self.ask(demo.OWNER, APPROVE, i=wanted)
            self.devices[email] = key, certificate["id"]

        return approve

    async def recorded(self) -> dict[str, Any]:
        """A new entry, as its signers mean to decide on it."""
        entry = await self.ask(demo.OPERATOR_EMPLOYEE, RECORD, i={"journalId": self.journal, "values": VALUES})
        revision = entry["revision"]
        return {
            "entryId": entry["id"],
            "expectedRevision": revision["number"],
            "expectedDigest": revision["digest"],
        }

    def by_pin(self, email: str, wanted: dict[str, Any]) -> Deed:
        """A signature by a key in the server's custody."""

        async def sign() -> None:
            await self.ask(email, SIGN, i=wanted | {"pin": demo.PIN})

        return sign

    async def prepared(self, email: str, wanted: dict[str, Any]) -> Deed:
        """The last step of a signature by a device's key, which has signed already."""
        key, certificate = self.devices[email]
        preparation = await self.ask(email, PREPARE, i=wanted | {"certificateId": certificate})
        value = key.sign(b64decode(preparation["toBeSigned"]), ec.ECDSA(hashes.SHA256()))
        signed = {"preparationId": preparation["preparationId"], "signature": b64encode(value).decode()}

        async def submit() -> None:
            await self.ask(email, SUBMIT, i=signed)

        return submit


async def measure(folder: Path, seconds: float, say: Callable[[str], object]) -> list[Figure]:
    """Start the product on a database of its own, with the demo in it, and do each deed for about `seconds`."""
    async with EmbeddedPostgres(folder / "postgres") as server:
        await migrate(server.owner_url(), WEB)
        await demo.create_demo(make_settings(folder, server.web_url(), server.owner_url(), 1))
        say("the product: demo made")
        environment = {
            "DATABASE_URL": server.web_url(),
            "OWNER_URL": server.owner_url(),
            "BENCH_FOLDER": str(folder),
        }
        async with python_target("ours", folder / "ours.log", environment) as target:
            return await drive(target, server.superuser_url(), seconds, say)


async def drive(target: Target, superuser: str, seconds: float, say: Callable[[str], object]) -> list[Figure]:
    """Every deed, one at a time and four at once."""
    processes, figures = Processes(target.process, await database_process(superuser)), []
    async with httpx.AsyncClient(base_url=target.address, timeout=60) as http:
        world = World(http)
        await world.enter()
        for at_once in AT_ONCE:
            certificates = Figure("certificates: approveCertificateRequest", at_once)
            by_pin = Figure("signatures: signEntry, key opened by PIN", at_once)
            by_device = Figure("signatures: submitSignature, key elsewhere", at_once)
            await repeat(certificates, seconds, lambda: _each(world.requested, HOLDERS), processes)
            await repeat(by_pin, seconds, lambda: _by_pin(world), processes)
            await repeat(by_device, seconds, lambda: _by_device(world), processes)
            figures += [certificates, by_pin, by_device]
            say(f"the product: {at_once} at once")
    return figures


async def repeat(
    figure: Figure, seconds: float, deeds: Callable[[], Awaitable[list[Deed]]], processes: Processes
) -> None:
    """Batches of four deeds, made ready outside the time, after one that does not count."""
    await processes.timed(Figure("", figure.at_once), await deeds())
    while not figure.latencies or figure.seconds < seconds:
        await processes.timed(figure, await deeds())


async def _each(make: Callable[[str], Awaitable[Deed]], emails: Sequence[str]) -> list[Deed]:
    return [await make(email) for email in emails]


async def _by_pin(world: World) -> list[Deed]:
    return [world.by_pin(email, wanted) for wanted in await _two(world) for email in SIGNERS]


async def _by_device(world: World) -> list[Deed]:
    return [await world.prepared(email, wanted) for wanted in await _two(world) for email in SIGNERS]


async def _two(world: World) -> list[dict[str, Any]]:
    return [await world.recorded() for _ in range(2)]
