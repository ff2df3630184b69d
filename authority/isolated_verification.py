"""Starting, asking and if need be ending the process that verifies a signature from a stranger."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from authority.verification_messages import Answer, Grounds, encoded, history_line
from authority.verification_report import CertificateStatusHistory

HOUSE = Path(__file__).parent.parent
LONGEST_LINE = 256 * 1024  # of the child's
MOST_QUESTIONS = 8  # one certificate of a signer, and those of at most four time-stamps

StatusSource = Callable[[int], Awaitable[CertificateStatusHistory | None]]


class VerificationFailed(Exception):
    """The process came to no answer: it wanted more memory or processor time than it may have, or broke."""


async def verify_apart(signature: int, content: int | None, *, grounds: Grounds, status: StatusSource) -> Answer:
    """
    `verifier.verify` in a process of its own, with an empty environment and little memory.

    `signature` and `content` are descriptors of open files, read from their beginnings; the signature may be DER, PEM
    or base64. `status` is asked as the verifier's, by serial number. Cancel it, as `asyncio.timeout` does, and the
    process ends at once. Raises `VerificationFailed`.
    """
    descriptors = [signature] if content is None else [signature, content]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-s",  # no packages of the account's own
        "-B",  # and nothing written
        "-m",
        "authority.verification_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=HOUSE,
        env={},
        pass_fds=descriptors,
        limit=LONGEST_LINE,
    )
    try:
        await _tell(process, {"signature": signature, "content": content, "grounds": grounds.as_line()})
        asked: dict[str, CertificateStatusHistory | None] = {}
        for _ in range(MOST_QUESTIONS + 1):
            line = await _told(process)
            if "report" in line:
                signer = line["report"]["certificate"]
                return Answer.of_line(line["report"], asked.get(_digits(signer["serial"])) if signer else None)
            serial = line["status_of"]
            asked[serial] = await status(int(serial, 16))
            await _tell(process, history_line(asked[serial]))
        raise VerificationFailed("it asked too much")
    except (ValueError, KeyError, TypeError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise VerificationFailed(f"{type(error).__name__} in what it said") from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _tell(process: asyncio.subprocess.Process, line: Any) -> None:
    assert process.stdin  # noqa: S101 - it is a pipe
    process.stdin.write(encoded(line))
    await process.stdin.drain()


async def _told(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout  # noqa: S101 - as above
    return json.loads(await process.stdout.readuntil(b"\n"))


def _digits(serial: str) -> str:
    """A serial number in the digits that the process asks by: those of `serial_text` without the leading zero."""
    return f"{int(serial or '0', 16):X}"
