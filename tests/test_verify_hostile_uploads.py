"""What strangers bring to be verified may be meant to do harm: each is refused soon, in bounded memory."""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import httpx
import pytest
from asn1crypto import core
from client import Client
from conftest import Database
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from authority.isolated_verification import VerificationFailed, verify_apart
from authority.verification_messages import Grounds
from authority.verification_process import MEMORY
from authority.verification_report import CertificateStatusHistory
from rules import uploads
from tests.shown import Show
from tests.test_authority_asking import GOOD
from tests.test_authority_forgery import with_certificates
from tests.test_authority_setting import CONTENT, NOW, authority, ivanov
from tests.uploading import FOREIGN, brought, of_the_demo, resigned_by, self_signed, verifying, watched

SECONDS = 5.0
BOUNDARY = b"7d1c6a"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}


# What is hostile.


@cache
def small_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def thousands_of_certificates() -> bytes:
    one = self_signed(small_key())
    return with_certificates(FOREIGN, [one] * 2_500)


def a_maze() -> bytes:
    """Authorities of one name and key, each a possible issuer of every other: as many as are taken."""
    maze = [self_signed(small_key(), serial=1000 + number) for number in range(16)]
    return with_certificates(resigned_by(maze[0], small_key()), maze)


def nested(depth: int) -> bytes:
    heads, length = [b"\x05\x00"], 2
    for _ in range(depth):
        octets = length.to_bytes((length.bit_length() + 7) // 8)
        heads.append(b"\x30" + (octets if length < 128 else bytes([0x80 + len(octets)]) + octets))
        length += len(heads[-1])
    return b"".join(reversed(heads))


def huge_rsa_key() -> bytes:
    """A signer whose modulus has 65,536 bits and whose exponent is as long; nobody has the private half."""
    public_key = rsa.RSAPublicNumbers((1 << 65_535) + 1, (1 << 65_536) - 159).public_key()
    return resigned_by(self_signed(small_key(), public_key=public_key), small_key())


def ten_thousand_signers() -> bytes:
    """The smallest that there can be: a signature file has its limit."""
    smallest = b"\x30\x0b\x02\x01\x01\x30\x00\x30\x00\x30\x00\x04\x00"
    body = b"\x02\x01\x01\x31\x00\x30\x0b" + core.ObjectIdentifier("1.2.840.113549.1.7.1").dump()
    body += b"\x31\x83" + (len(smallest) * 10_000).to_bytes(3) + smallest * 10_000
    signed_data = b"\x30\x83" + len(body).to_bytes(3) + body
    inner = (
        core.ObjectIdentifier("1.2.840.113549.1.7.2").dump() + b"\xa0\x83" + len(signed_data).to_bytes(3) + signed_data
    )
    return b"\x30\x83" + len(inner).to_bytes(3) + inner


HOSTILE: dict[str, Callable[[], bytes]] = {
    "2,500 certificates": thousands_of_certificates,
    "a maze of authorities": a_maze,
    "nested 200,000 deep": lambda: nested(200_000),
    "indefinite lengths": lambda: b"\x30\x80" * 500_000,
    "500,000 elements": lambda: b"\x30\x83\x0f\x42\x40" + b"\x05\x00" * 500_000,
    "a huge RSA key": huge_rsa_key,
    "10,000 signers": ten_thousand_signers,
    "broken PEM": lambda: b"-----BEGIN CMS-----\n" + b"MIIB" * 250_000,
    "many PEM beginnings": lambda: b"-----BEGIN CMS-----" * 55_000,
    "zeros": lambda: bytes(1024 * 1024),
    "noise": lambda: hashlib.shake_256(b"seed").digest(1024 * 1024),
}


async def test_hostile_signatures(client: Client, shown: Show) -> None:
    """No answer but that nothing is confirmed, soon and in little memory; the server answers others meanwhile."""
    rows = []
    for kind, make in HOSTILE.items():
        signature = make()
        assert len(signature) <= uploads.SIGNATURE_OCTETS
        async with watched() as peaks:
            began = time.monotonic()
            posting = asyncio.create_task(brought(client, signature, CONTENT))
            longest = 0.0
            while not posting.done():
                asked = time.monotonic()
                assert (await client.http.get("/health/live")).status_code == 200
                longest = max(longest, time.monotonic() - asked)
                await asyncio.wait([posting], timeout=0.05)
            status, text = await posting
            seconds = time.monotonic() - began
        together, memory = peaks.pop(0), max(peaks.values())
        said = re.search(r"Why: (.*?)\.", text)
        rows.append(
            [kind, said[1] if said else f"{status}", f"{seconds:.2f}", str(memory >> 10), f"{longest * 1000:.0f}"]
        )
        assert status in {200, 422}, kind
        assert "is confirmed" not in text, kind
        assert seconds < SECONDS, kind
        assert longest < 1.0, kind
        assert together == 1, kind
        assert memory * 1024 < MEMORY / 2, kind
        assert verifying() == []
    heads = ["upload", "answer", "seconds", "peak MiB", "others waited, ms"]
    shown("Hostile uploads: one process, limits of 5 s and 384 MiB", heads, rows)


async def test_two_at_once_and_the_third_waits(client: Client, database: Database) -> None:
    _, cms, payload = await of_the_demo(database)
    async with watched() as peaks:
        answers = await asyncio.gather(*(brought(client, cms, payload) for _ in range(5)))
    assert [status for status, _ in answers] == [200] * 5
    assert peaks[0] == uploads.AT_ONCE
    assert len(peaks) == 6
    assert verifying() == []


@contextmanager
def files_of(*contents: bytes | int) -> Iterator[list[int]]:
    """Descriptors of files that hold these octets, or so many zeros."""
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in contents]
        for file, content in zip(files, contents, strict=True):
            file.write(content if isinstance(content, bytes) else b"")
            file.truncate(content if isinstance(content, int) else len(content))
            file.flush()
        yield [file.fileno() for file in files]


async def test_a_process_that_wants_too_much_memory_ends() -> None:
    with files_of(FOREIGN, MEMORY) as (signature, content), pytest.raises(VerificationFailed):
        await verify_apart(signature, content, grounds=Grounds(NOW, [authority().root]), status=never)
    assert verifying() == []


async def never(_: int) -> None:
    await asyncio.Event().wait()


async def test_a_process_that_takes_too_long_ends() -> None:
    """Here it waits for the registry; that it waits is all the parent sees of any other delay."""
    grounds = Grounds(NOW, [authority().root], authority().issuing_certificates)

    async def good(serial: int) -> CertificateStatusHistory:
        assert serial in {ivanov().certificate.serial_number, authority().time_stamping.certificate.serial_number}
        return GOOD

    with files_of(FOREIGN, CONTENT) as (signature, content):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await verify_apart(signature, content, grounds=grounds, status=never)
        assert verifying() == []
        answer = await verify_apart(signature, content, grounds=grounds, status=good)
    assert answer.report.indication == "TOTAL_PASSED"
    assert answer.report.status == GOOD
    assert answer.certificate is not None
    assert answer.certificate.name == "Иванов Иван Иванович"


def test_the_process_has_no_environment_and_bounds() -> None:
    script = (
        "import os, resource as r; from authority import verification_process as p; p.limit();"
        "print(len(os.environ), *(r.getrlimit(each)[1] for each in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE)))"
    )
    house = Path(__file__).parent.parent
    shown = subprocess.run(
        [sys.executable, "-s", "-c", script], cwd=house, env={}, capture_output=True, text=True, timeout=20, check=True
    )
    assert shown.stdout.split()[1:] == [str(MEMORY), "5", "0"]
    assert int(shown.stdout.split()[0]) <= 1  # LC_CTYPE, which Python sets itself


# What is sent badly.


async def sent(client: Client, head: str, body: bytes = b"", *, seconds: float = 10) -> tuple[int, float]:
    """Send octets as they are; the answer's status, and how long it took to come."""
    url = httpx.URL(client.address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    began = time.monotonic()
    try:
        writer.write(f"POST /verify HTTP/1.1\r\nhost: {url.host}\r\n{head}\r\n\r\n".encode() + body)
        line = await asyncio.wait_for(reader.readline(), seconds)
        return int(line.split()[1]), time.monotonic() - began
    finally:
        writer.close()


HEAD = f"content-type: {FORM['content-type']}"
PART = b"--" + BOUNDARY + b'\r\ncontent-disposition: form-data; name="signature"; filename="a.p7s"\r\n\r\n'


async def test_too_large_is_refused_by_its_announcement(client: Client) -> None:
    for length in ("104857600", "9" * 30, "1e3", "-1"):
        status, seconds = await sent(client, f"{HEAD}\r\ncontent-length: {length}")
        assert status in {400, 413}
        assert seconds < 1
    assert (await sent(client, f"{HEAD}\r\ncontent-length: 104857600"))[0] == 413


async def test_too_large_is_refused_as_it_comes(client: Client) -> None:
    """100 MB without an announced length: the answer comes when the limit is passed, and the rest is not taken."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield PART
        for _ in range(1_600):
            taken += 65_536
            yield bytes(65_536)

    before = resident()
    try:
        answer = await client.http.post("/verify", content=endless(), headers=FORM)
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # the connection was closed while we were still sending
    assert taken < 60 * 1024 * 1024
    assert resident() - before < 64 * 1024
    assert verifying() == []


def resident() -> int:
    """What this process holds in memory, in KiB: the server and its client."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])


async def test_the_limits_themselves(client: Client) -> None:
    most = bytes(uploads.CONTENT_OCTETS)
    status, text = await brought(client, FOREIGN, most)
    assert status == 200
    assert "the content was changed after it was signed" in text
    assert (await brought(client, FOREIGN, most + b"\x00"))[0] == 413
    assert (await brought(client, bytes(uploads.SIGNATURE_OCTETS + 1), CONTENT))[0] == 413


def part(name: str, *, file: bool = True, body: bytes = b"x") -> bytes:
    file_name = '; filename="f"' if file else ""
    head = f'--{BOUNDARY.decode()}\r\ncontent-disposition: form-data; name="{name}"{file_name}\r\n\r\n'
    return head.encode() + body + b"\r\n"


BROKEN: list[tuple[bytes, dict[str, str]]] = [
    (b"", {"content-type": "application/json"}),
    (b"", {"content-type": "multipart/form-data"}),
    (b"", FORM),
    (b"nothing of the kind", FORM),
    (b"".join(part("signature") for _ in range(3)), FORM),
    (b"".join(part(f"x{number}", file=False) for number in range(5_000)), FORM),
    (part("signature", file=False, body=bytes(500_000)), FORM),
    (PART.replace(b"content-d", b"x: " + b"y" * 1_000_000 + b"\r\ncontent-d"), FORM),
    (PART.replace(b"content-d", b"x: y\r\n" * 100_000 + b"content-d"), FORM),
    (part("other"), FORM),
    (part("signature", body=b""), FORM),
    (part("signature", file=False), FORM),
]


async def test_broken_forms(client: Client) -> None:
    for body, headers in BROKEN:
        ended = body + b"--" + BOUNDARY + b"--\r\n" if body else body
        answer = await client.http.post("/verify", content=ended, headers=headers | {"accept-language": "en"})
        assert answer.status_code == 400, body[:100]
        assert answer.json()["code"] in {"NOT_A_FORM", "NO_SIGNATURE"}
        assert answer.json()["detail"]
        assert verifying() == []


async def test_what_is_slow_or_finds_no_place_is_let_go(client: Client, database: Database) -> None:
    """Three that would wait for ever, together: a form that never ends, one that dribbles, one without a place."""
    _, cms, payload = await of_the_demo(database)
    never_ends = sent(client, f"{HEAD}\r\ncontent-length: 100000", PART)
    async with uploads._places, uploads._places:
        began = time.monotonic()
        stuck, (without_place, text), dribble = await asyncio.gather(
            never_ends, brought(client, cms, payload), dribbled(client)
        )
        assert time.monotonic() - began < SECONDS + 1
    assert stuck[0] == dribble == 408
    assert stuck[1] < SECONDS
    assert without_place == 503
    assert "Too many signatures are being checked now" in text
    assert verifying() == []
    assert (await brought(client, cms, payload))[0] == 200


async def dribbled(client: Client) -> int:
    """The status after one octet each 50 ms."""
    url = httpx.URL(client.address)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    answer = asyncio.create_task(reader.readline())
    try:
        writer.write(f"POST /verify HTTP/1.1\r\nhost: x\r\n{HEAD}\r\ncontent-length: 100000\r\n\r\n".encode() + PART)
        for _ in range(200):
            writer.write(b"x")
            if (await asyncio.wait([answer], timeout=0.05))[0]:
                break
        return int((await asyncio.wait_for(answer, 1)).split()[1])
    finally:
        answer.cancel()
        writer.close()


async def test_one_address_cannot_bring_without_end(client: Client) -> None:
    answers = [await client.http.post("/verify", content=b"", headers=FORM) for _ in range(22)]
    assert [answer.status_code for answer in answers] == [400] * 20 + [429] * 2
    assert answers[-1].headers["retry-after"] == "60"
    assert (await client.http.get("/verify")).status_code == 200
