"""What the authority does in a second, alone and as a part of the product, beside what openssl's ECDSA does in the same
run: ./scripts/bench --authority."""

from __future__ import annotations

import asyncio
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authority.certificates import to_der
from authority.holder_key import create_sealed_key, open_sealed_key
from authority.issuer import Holder, issue, new_serial, prepare
from authority.keystore import Authority, open_authority
from authority.lint import lint_certificate
from authority.signing import attach_time_stamp, sign_content, signature_value
from authority.time_stamps import TimeStampAuthority
from authority.verification_report import CertificateStatusHistory, Indication
from authority.verifier import verify
from scripts.benchmark import authority_product
from scripts.benchmark.ours import PASSPHRASE, make_settings

CONTENT = '{"work": "Проверены извещатели, шлейфы и приёмно-контрольный прибор"}'.encode() * 20
HOLDER = Holder("Ёлкин Иван Петрович", "Ёлкин", "Иван Петрович", "Электромонтёр", "ООО «Пожсервис»", "e@example.org")
PIN, SERVER_SECRET = "246810", b"s" * 32
SPEED = re.compile(r"256 bits ecdsa \(nistp256\)\s+\S+\s+\S+\s+([\d.]+)\s+([\d.]+)")


@dataclass
class Line:
    """How often something was done and how long its parts took, in seconds all together."""

    what: str
    times: int = 0
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def a_second(self) -> float:
        """How often it is done in a second."""
        return self.times / self.seconds

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time a part of it."""
        began = time.perf_counter()
        yield
        took = time.perf_counter() - began
        self.parts[name] = self.parts.get(name, 0.0) + took
        self.seconds += took

    def markdown(self, of_openssl: float) -> str:
        """The line of the table; `of_openssl`: how many signatures openssl makes in a second."""
        parts = ", ".join(f"{name} {1000 * took / self.times:.2g} ms" for name, took in self.parts.items())
        each = 1000 * self.seconds / self.times
        return f"| {self.what} | {self.a_second:,.0f} | {each:.2g} | 1 : {of_openssl / self.a_second:,.0f} | {parts} |"


def openssl_speed(seconds: int) -> tuple[float, float]:
    """How many signatures openssl makes and verifies in a second on one core: ECDSA with P-256, one digest again and
    again."""
    command = ["openssl", "speed", "-seconds", str(seconds), "ecdsap256"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10 * seconds + 30).stdout
    found = SPEED.search(said)
    if found is None:
        raise ValueError(f"openssl speed said something else than expected: {said[-300:]}")
    return float(found[1]), float(found[2])


def opened(folder: Path) -> Authority:
    """An authority of the bench's own."""
    settings = make_settings(folder, "", "", 1)
    return open_authority(settings.authority_folder, PASSPHRASE)


def issuing(authority: Authority, seconds: float) -> Line:
    """Certificates by the issuer alone: planned, linted, signed, verified."""
    line = Line("certificates, the issuer alone")
    now = datetime.now(UTC)
    spki = ec.generate_private_key(ec.SECP256R1()).public_key()
    public_key = spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    lint = Line("")
    for _ in until(seconds):
        with line.part("plan"):
            plan = prepare(
                authority,
                holder=HOLDER,
                public_key=public_key,
                serial=new_serial(),
                not_before=now,
                not_after=now + timedelta(days=365),
            )
        with line.part("sign and verify"):
            certificate = issue(authority, plan)
        with lint.part("lint"):
            lint_certificate(to_der(certificate))
        line.times += 1
    # The plan has linted its rehearsal: as long as the certificate's own lint took.
    line.parts = {"lint": lint.seconds, "the rest of the plan": line.parts["plan"] - lint.seconds} | {
        "sign and verify": line.parts["sign and verify"]
    }
    return line


def signing(authority: Authority, seconds: float, *, with_pin: bool) -> Line:
    """Signatures alone: signed, stamped, verified as a stranger's question is; `with_pin`: the key opened each time."""
    line = Line(f"signatures, the signer alone{', key opened by PIN' if with_pin else ''}")
    now = datetime.now(UTC).replace(microsecond=0)
    sealed = create_sealed_key(PIN, SERVER_SECRET)
    key = open_sealed_key(sealed, PIN, SERVER_SECRET)
    plan = prepare(
        authority,
        holder=HOLDER,
        public_key=sealed.public_key,
        serial=new_serial(),
        not_before=now,
        not_after=now + timedelta(days=365),
    )
    certificate = issue(authority, plan)
    stamps = TimeStampAuthority(authority.time_stamping, authority.time_stamping_chain, authority.policy.time_stamping)
    history = CertificateStatusHistory(issued=now, as_of=now)
    for _ in until(seconds):
        if with_pin:
            with line.part("Argon2id"):
                key = open_sealed_key(sealed, PIN, SERVER_SECRET)
        with line.part("sign"):
            cms = sign_content(CONTENT, key=key, certificate=certificate, chain=authority.chain, signing_time=now)
        with line.part("stamp"):
            digest = hashes.Hash(hashes.SHA256())
            digest.update(signature_value(cms))
            cms = attach_time_stamp(cms, stamps.stamp(digest.finalize(), serial=new_serial(), at=now))
        with line.part("verify"):
            report = verify(
                cms,
                CONTENT,
                roots=[authority.root],
                intermediates=authority.issuing_certificates,
                status=lambda serial: history,
                at=now,
                revocation_lists=[authority.root_revocation_list],
            )
        if report.indication is not Indication.TOTAL_PASSED:
            raise RuntimeError(f"the bench measures a wrong signature: {report.sub_indication}")
        line.times += 1
    return line


def open_to_others(folder: Path) -> None:
    """The embedded server may run as another account, which must reach its data."""
    folder.chmod(0o755)


def until(seconds: float) -> Iterator[None]:
    """Turns, as many as begin within `seconds`; at least one."""
    end = time.perf_counter() + seconds
    yield
    while time.perf_counter() < end:
        yield


async def run(seconds: float, say: Callable[[str], object]) -> int:
    """Measure and print; the exit code."""
    with tempfile.TemporaryDirectory(prefix="bench-authority-") as name:
        folder = Path(name)
        open_to_others(folder)
        signs, verifies = await asyncio.to_thread(openssl_speed, max(1, int(seconds)))
        say(f"openssl speed ecdsap256: {signs:,.0f} signatures, {verifies:,.0f} verifications a second")
        authority = opened(folder)
        issuing(authority, 0)  # loads the linter
        lines = [
            issuing(authority, seconds),
            signing(authority, seconds, with_pin=False),
            signing(authority, seconds, with_pin=True),
        ]
        say("alone: done")
        product = await authority_product.measure(folder, seconds, say)
    heads = ["| what | a second | ms each | to openssl's | where the time goes |", "|---|---|---|---|---|"]
    print("\n".join(["", *heads, *(line.markdown(signs) for line in lines), ""]))
    print("\n".join([*authority_product.HEADS, *(figure.markdown(signs) for figure in product), ""]))
    return 0
