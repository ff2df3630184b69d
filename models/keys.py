"""Primary keys: UUID version 7 (RFC 9562 §5.7), which sort by the moment they were made."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new time-ordered key: 48 bits of Unix milliseconds, the rest random."""
    octets = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    octets[6] = (octets[6] & 0x0F) | 0x70
    octets[8] = (octets[8] & 0x3F) | 0x80
    return uuid.UUID(bytes=bytes(octets))
