"""The naive server's mails, written as they come, and its way with passwords."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def write(to: str, text: str) -> None:
    """A mail as a file, its headers put together from what was typed."""
    folder = Path(os.environ["NAIVE_MAIL"])
    (folder / f"{len(list(folder.iterdir()))}.eml").write_text(f"To: {to}\nSubject: Hello\n\n{text}\n", newline="")


def slowly_hashed(password: str) -> bytes:
    """Only reached where there is such an account, which the clock tells."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), b"the same salt for all", 100_000)
