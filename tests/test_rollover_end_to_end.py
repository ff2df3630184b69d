"""
A server at work while its authority changes: the next generation of the issuing authority, the end of the former one,
new keys of its services. Nothing is started again, and what was signed before stays proved.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from authority_template import template_of
from authority_world import REVOKE, certificate_of, issued, run
from client import PIN, Client
from conftest import PASSPHRASE, PUBLIC_URL, Cluster, Database, Template
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.ocsp import OCSPCertStatus
from test_status_services import answered, question, stamped
from world import SIGN_ENTRY, People, main_journal, record, sign, signing

from app.authority_at_start import roll_over
from app.settings import Settings
from authority.ceremony import create_authority
from authority.keystore import open_authority
from rules import authority_renewal, clock

AGE = timedelta(days=320)
ROOT = Path(__file__).parent.parent
VERIFY = "query ($code: String!) { verifySignature(code: $code) { indication subIndication provedAt summary } }"
PEM = "query ($id: ID!) { node(id: $id) { ... on Certificate { pem } } }"


@pytest.fixture(scope="module")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings without a database; the authority was founded so long ago that its services are due for renewal."""
    settings = Settings(
        data_folder=tmp_path_factory.mktemp("data"),
        public_url=PUBLIC_URL,
        authority_folder=tmp_path_factory.mktemp("aged") / "authority",
        authority_passphrase=PASSPHRASE,
        server_secret=b"s" * 32,
        jobs=False,
        second_factor_required=False,
    )
    create_authority(
        settings.authority_folder,
        passphrase=PASSPHRASE,
        owner_name="ООО «Давний владелец»",
        public_url=PUBLIC_URL,
        now=datetime.now(UTC) - AGE,
    )
    return settings


@pytest.fixture(scope="module")
async def template(cluster: Cluster, base_settings: Settings) -> AsyncIterator[Template]:
    """The demo world, certified by that authority."""
    async with template_of(cluster, base_settings) as made:
        yield made


@pytest.fixture
def settings(base_settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """The test's server has a copy of the authority, whose root key lies in a safe."""
    folder, safe = tmp_path / "authority", tmp_path / "safe"
    shutil.copytree(base_settings.authority_folder, folder)
    safe.mkdir()
    (folder / "root.key").rename(safe / "root.key")
    return replace(base_settings, database_url=database.web_url, authority_folder=folder)


@pytest.fixture
def root_key(settings: Settings) -> str:
    """The root's key, fetched from the safe."""
    return str(settings.authority_folder.parent / "safe" / "root.key")


@pytest.fixture
async def people(client: Client) -> People:
    """Everybody of the demo."""
    return await People.of(client)


@dataclass(frozen=True)
class Signed:
    """A signature and what it was made with."""

    signature: dict[str, Any]
    certificate: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.signature["verificationCode"])


async def signed(people: People, signer: Client) -> Signed:
    """A signature with the signer's newest certificate, under a new entry of the operator's employee."""
    worker = people.operator_employee
    signature = await sign(signer, await record(worker, await main_journal(worker)))
    certificate = await certificate_of(signer)
    assert signature["certificate"]["serial"] == certificate["serial"]
    pem = (await signer.ask(PEM, id=certificate["id"]))["node"]["pem"]
    return Signed(signature, certificate | {"pem": pem})


async def judged(client: Client, made: Signed) -> tuple[str, str | None, bool]:
    """What our verifier says: indication, sub-indication, whether the time is proved."""
    answer = (await client.ask(VERIFY, code=made.code))["verifySignature"]
    return answer["indication"], answer["subIndication"], answer["provedAt"] is not None


PROVED = ("TOTAL_PASSED", None, True)


def key_id_of(certificate: dict[str, Any]) -> str:
    """The generation that issued it."""
    extensions = x509.load_pem_x509_certificate(certificate["pem"].encode()).extensions
    identifier = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert identifier
    return identifier.hex()


class Stranger:
    """Somebody with openssl and what is published, in a folder of their own."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.folder = folder
        folder.mkdir(exist_ok=True)

    async def fetch(self, name: str) -> bytes:
        """What is published now, kept in a file."""
        answer = await self.client.http.get(f"/pki/{name}")
        assert answer.status_code == 200, name
        (self.folder / name).write_bytes(answer.content)
        return answer.content

    async def verified(self, made: Signed) -> bool:
        """Whether the signature is right by the published chain alone."""
        await self.fetch("chain.pem")
        for name in ("payload.json", "signature.p7s"):
            answer = await self.client.http.get(f"/verify/{made.code}/{name}")
            (self.folder / name).write_bytes(answer.content)
        check = ("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s")
        more = ("-content", "payload.json", "-CAfile", "chain.pem", "-out", "/dev/null")
        status, said = await run(self.folder, *check, *more)
        return status == 0 and "CAdES Verification successful" in said

    async def standing(self, *all_made: Signed) -> list[str]:
        """What `openssl verify` says of the certificates with the root's list and those of their generations."""
        key_ids = {key_id_of(made.certificate) for made in all_made}
        lists = b""
        for name in ("root.crl", *(f"issuing-{key_id}.crl" for key_id in key_ids)):
            lists += x509.load_der_x509_crl(await self.fetch(name)).public_bytes(serialization.Encoding.PEM)
        (self.folder / "lists.pem").write_bytes(lists)
        await self.fetch("chain.pem")
        await self.fetch("root.pem")
        said = []
        for made in all_made:
            (self.folder / "holder.pem").write_text(made.certificate["pem"])
            check = ("openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem", "-CAfile")
            _, output = await run(self.folder, *check, "root.pem", "-untrusted", "chain.pem", "holder.pem")
            said.append(output.strip().splitlines()[-1 if output.startswith("holder.pem: OK") else -2])
        return said

    async def asked(self, made: Signed) -> str:
        """What the responder of the certificate's generation says of it."""
        issuer = f"issuing-{key_id_of(made.certificate)}.pem"
        await self.fetch(issuer)
        await self.fetch("chain.pem")
        (self.folder / "holder.pem").write_text(made.certificate["pem"])
        ask = ("openssl", "ocsp", "-issuer", issuer, "-cert", "holder.pem", "-CAfile", "chain.pem")
        said = (await run(self.folder, *ask, "-url", f"{self.client.address}/pki/ocsp"))[1]
        assert "Response verify OK" in said, said
        return said.partition("holder.pem: ")[2].split()[0]

    async def number_of(self, name: str) -> int:
        """The number of a published list."""
        extensions = x509.load_der_x509_crl(await self.fetch(name)).extensions
        return extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@pytest.fixture
def stranger(client: Client, tmp_path: Path) -> Stranger:
    """Somebody with openssl."""
    return Stranger(client, tmp_path / "stranger")


async def test_a_rollover_under_a_running_server(
    client: Client, people: People, stranger: Stranger, settings: Settings, root_key: str
) -> None:
    before = await signed(people, people.operator_employee)
    roots_list = await stranger.number_of("root.crl")

    said = await command(settings, "renew_issuing", "--root-key", root_key)
    assert "ISSUING AUTHORITY KEY ROLLOVER PROTOCOL" in said

    # New certificates come from the new generation; the server has not been started again.
    renewed = await issued(people.subscriber_employee, people.owner, pin=PIN)
    old, new = key_id_of(before.certificate), key_id_of(renewed)
    assert old != new
    assert open_authority(settings.authority_folder, PASSPHRASE).generations[0].key_id == new
    assert (await stranger.fetch("issuing.crt")) == (await stranger.fetch(f"issuing-{new}.crt"))
    assert await stranger.number_of("root.crl") == roots_list + 1
    after = await signed(people, people.subscriber_employee)
    assert key_id_of(after.certificate) == new

    for made in (before, after):
        assert await judged(client, made) == PROVED
        assert await stranger.verified(made)
        assert await stranger.asked(made) == "good"
    assert await stranger.standing(before, after) == ["holder.pem: OK"] * 2

    # Whoever is revoked is on the list of the generation that issued the certificate, and on no other.
    of_old, of_new = [await stranger.number_of(f"issuing-{key_id}.crl") for key_id in (old, new)]
    wanted = {"certificateId": before.certificate["id"], "reason": "CESSATION_OF_OPERATION", "comment": "к"}
    await people.owner.do(REVOKE, input=wanted)
    assert await stranger.number_of(f"issuing-{old}.crl") == of_old + 1
    assert await stranger.number_of(f"issuing-{new}.crl") == of_new
    listed = x509.load_der_x509_crl(await stranger.fetch(f"issuing-{old}.crl"))
    assert listed.get_revoked_certificate_by_serial_number(int(before.certificate["serial"], 16))
    revoked = "error 23 at 0 depth lookup: certificate revoked"
    assert await stranger.standing(before, after) == [revoked, "holder.pem: OK"]
    assert (await stranger.asked(before), await stranger.asked(after)) == ("revoked", "good")
    assert await judged(client, before) == PROVED  # it was stamped before


async def command(settings: Settings, *arguments: str) -> str:
    """What a command of the product prints, run as its script runs it, in a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "DATA_FOLDER": str(settings.data_folder),
        "AUTHORITY_FOLDER": str(settings.authority_folder),
        "AUTHORITY_PASSPHRASE": settings.authority_passphrase.decode(),
        "SERVER_SECRET": settings.server_secret.decode(),
        "PUBLIC_URL": settings.public_url,
    }
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "app", *arguments],
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, complained.decode()
    return said.decode()


REPLACED, COMPROMISED = ("superseded", PROVED), ("keyCompromise", ("INDETERMINATE", "REVOKED_CA_NO_POE", False))


@pytest.mark.parametrize(("reason", "verdict"), [REPLACED, COMPROMISED])
async def test_the_end_of_a_former_generation(
    client: Client,
    people: People,
    database: Database,
    stranger: Stranger,
    settings: Settings,
    root_key: str,
    reason: str,
    verdict: tuple[str, str | None, bool],
) -> None:
    """Replaced in order, it leaves what was stamped before as it was; with its key in other hands, its own time-stamps
    prove nothing any more, so that nothing shows a signature to be older (docs/authority.md)."""
    before = await signed(people, people.operator_employee)
    roll_over(settings, root_key)
    await issued(people.subscriber_employee, people.owner, pin=PIN)
    after = await signed(people, people.subscriber_employee)
    assert await stranger.standing(before, after) == ["holder.pem: OK"] * 2

    await command(
        settings,
        "revoke_issuing",
        "--key-id",
        key_id_of(before.certificate),
        "--reason",
        reason,
        "--root-key",
        root_key,
    )

    assert await judged(client, before) == verdict
    assert await judged(client, after) == PROVED
    revoked = "error 23 at 1 depth lookup: certificate revoked"
    assert await stranger.standing(before, after) == [revoked, "holder.pem: OK"]
    assert await judged(client, await signed(people, people.subscriber_employee)) == PROVED
    # Whoever holds a certificate of the ended generation needs a new one.
    entry = await record(people.operator_employee, await main_journal(people.operator_employee))
    kept = await database.value("select count(*) from signatures")
    refused = await people.operator_employee.refused(SIGN_ENTRY, input=signing(entry))
    assert (refused["code"], refused["details"]) == ("NO_CERTIFICATE", {"status": "REVOKED"})
    assert await database.value("select count(*) from signatures") == kept


async def test_services_are_renewed_under_a_running_server(
    client: Client, people: People, database: Database, stranger: Stranger, settings: Settings
) -> None:
    before = await signed(people, people.operator_employee)
    old = open_authority(settings.authority_folder, PASSPHRASE)
    (stranger.folder / "data").write_bytes(b"what was said")
    for name in ("chain.pem", "root.pem"):
        await stranger.fetch(name)
    await stamped(client, stranger.folder, "data")
    assert await enclosed(stranger.folder) == old.time_stamping.certificate.serial_number
    shutil.copy(stranger.folder / "answer", stranger.folder / "old-answer")
    asked = await question(client, int(before.certificate["serial"], 16))
    assert (await answered(client, asked)).certificates == [old.generations[0].ocsp.certificate]

    assert await authority_renewal.renew(clock.now()) == 2
    assert await authority_renewal.renew(clock.now()) == 0

    new = open_authority(settings.authority_folder, PASSPHRASE)
    assert new.time_stamping.certificate != old.time_stamping.certificate
    assert (await answered(client, asked)).certificates == [new.generations[0].ocsp.certificate]
    await stamped(client, stranger.folder, "data")
    assert await enclosed(stranger.folder) == new.time_stamping.certificate.serial_number
    for name in ("old-answer", "answer"):
        check = ("openssl", "ts", "-verify", "-data", "data", "-in", name, "-CAfile", "chain.pem")
        assert "Verification: OK" in (await run(stranger.folder, *check))[1]
    after = await signed(people, people.operator_employee)
    for made in (before, after):
        assert await judged(client, made) == PROVED
        assert await stranger.verified(made)
        assert await stranger.asked(made) == "good"
    for service in (old.time_stamping, new.time_stamping, old.generations[0].ocsp, new.generations[0].ocsp):
        answer = await answered(client, await question(client, service.certificate.serial_number))
        assert answer.certificate_status is OCSPCertStatus.GOOD
    renewed = await database.fetch("select changes from events where kind = 'AUTHORITY_SERVICE_RENEWED'")
    assert len(renewed) == 2


async def enclosed(folder: Path) -> int:
    """The serial number of the certificate that signed the time-stamp in the file `answer`."""
    assert (await run(folder, "openssl", "ts", "-reply", "-in", "answer", "-token_out", "-out", "token"))[0] == 0
    show = ("openssl", "pkcs7", "-inform", "DER", "-in", "token", "-print_certs", "-out", "certificates.pem")
    assert (await run(folder, *show))[0] == 0
    certificates = x509.load_pem_x509_certificates((folder / "certificates.pem").read_bytes())
    (stamper,) = (
        each for each in certificates if not each.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    )
    return stamper.serial_number
