"""
One verification in a process of its own, for signatures from strangers: `python -m authority.verification_process`.

It limits itself before it looks at anything, reads what it judges by from its standard input, asks there for the status
of certificates, and answers on its standard output (`verification_messages`). It has no database, no network to use,
no environment and no files but the two that it was handed open.
"""

import json
import os
import resource
import sys
from typing import Any

MEMORY = 384 * 1024 * 1024
PROCESSOR_SECONDS = 5
LONGEST_LINE = 32 * 1024 * 1024  # of the parent's: the revocation lists are in it


def limit() -> None:
    """Have the kernel end this process when it wants too much."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: PROCESSOR_SECONDS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 32,
    }
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))


def main() -> None:
    """Verify the one signature that the parent tells of."""
    limit()

    # Not before: what these import is not small, and shall be counted.
    from authority.signature_files import der_of
    from authority.verification_messages import Answer, Grounds, encoded, read_history
    from authority.verification_report import CertificateStatusHistory
    from authority.verifier import verify

    def tell(**line: Any) -> None:
        sys.stdout.buffer.write(encoded(line))
        sys.stdout.buffer.flush()

    def told() -> Any:
        return json.loads(sys.stdin.buffer.readline(LONGEST_LINE))

    def status(serial: int) -> CertificateStatusHistory | None:
        tell(status_of=f"{serial:X}")
        return read_history(told())

    question = told()
    grounds = Grounds.of_line(question["grounds"])
    content = question["content"]
    report = verify(
        der_of(_whole(question["signature"])),
        None if content is None else _whole(content),
        roots=grounds.roots,
        intermediates=grounds.intermediates,
        status=status,
        at=grounds.at,
        time_stamp_roots=grounds.time_stamp_roots,
        revocation_lists=grounds.revocation_lists,
    )
    tell(report=Answer.line(report))


def _whole(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


if __name__ == "__main__":
    main()
